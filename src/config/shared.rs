//! `[cache.shared]`: the Valkey or Redis that replicas share, and the keys under which what lies there is sealed.

use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::section::Section;
use super::{JournalKey, SecretFile};

/// How long a request waits for the shared tier before it goes on without it (several times what a call takes on a local network).
const TIMEOUT: Duration = Duration::from_millis(5);
/// How long a replica waits for another one that asks the register for the same record.
const FOLLOW: Duration = Duration::from_secs(5);
const DEFAULT_PREFIX: &str = "diensan";

/// How the store is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// One server, or an address behind which somebody else moves the primary.
    Single,
    /// Sentinels that know where the primary of this name is.
    Sentinel,
    /// A cluster; any of its nodes can be named.
    Cluster,
}

/// A server: host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreAddress {
    pub host: String,
    pub port: u16,
    /// `rediss://`
    pub tls: bool,
}

/// The table `[cache.shared]`.
pub struct SharedSettings {
    pub kind: StoreKind,
    /// At least one; all with TLS or none.
    pub addresses: Vec<StoreAddress>,
    /// With [`StoreKind::Sentinel`]: the name of the primary.
    pub primary: String,
    /// ACL user; none: the default user.
    pub username: Option<String>,
    pub password: Option<SecretFile>,
    /// Of the sentinels themselves; none: they ask for none.
    pub sentinel_password: Option<SecretFile>,
    /// PEM of the only roots to trust; without it those of the system.
    pub trust: Option<PathBuf>,
    /// The first seals, all open.
    pub keys: Vec<JournalKey>,
    /// What a query is called there is a hash under this key: the same in all replicas.
    pub hash_key: JournalKey,
    /// The longest that one call may take.
    pub timeout: Duration,
    /// The longest that a look-up waits for the same look-up of another replica.
    pub follow: Duration,
    /// What every name there begins with, so that two deployments can share a server.
    pub prefix: String,
}

pub(super) fn read(mut section: Section<'_, '_>, folder: &Path) -> Option<SharedSettings> {
    let cluster = section.bool("cluster").unwrap_or(false);
    let primary = section.text("sentinel_primary").map(str::to_owned);
    let kind = match (cluster, &primary) {
        (true, None) => StoreKind::Cluster,
        (false, Some(_)) => StoreKind::Sentinel,
        (false, None) => StoreKind::Single,
        (true, Some(_)) => {
            section.missing("cluster", "excludes `sentinel_primary`: a cluster has no sentinels");
            StoreKind::Cluster
        }
    };
    let addresses = addresses(&mut section, kind);
    let username = section.text("username").map(str::to_owned);
    let password = secret(&mut section, "password_file", folder);
    let sentinel_password = secret(&mut section, "sentinel_password_file", folder);
    let trust = section.path("trust", folder);
    let keys = keys(&mut section, folder);
    let hash_key = hash_key(&mut section, folder, &keys);
    let timeout = section.duration("timeout", Duration::from_millis(1)..=Duration::from_secs(2)).unwrap_or(TIMEOUT);
    let follow = section.duration("follow", Duration::ZERO..=Duration::from_secs(30)).unwrap_or(FOLLOW);
    let prefix = prefix(&mut section);
    section.finish();
    if addresses.is_empty() || keys.is_empty() {
        return None;
    }
    let primary = primary.unwrap_or_default();
    let hash_key = hash_key?;
    Some(SharedSettings {
        kind,
        addresses,
        primary,
        username,
        password,
        sentinel_password,
        trust,
        keys,
        hash_key,
        timeout,
        follow,
        prefix,
    })
}

fn addresses(section: &mut Section<'_, '_>, kind: StoreKind) -> Vec<StoreAddress> {
    let mut written: Vec<(&str, Range<usize>)> = section.spanned_text("url").into_iter().collect();
    let key = if written.is_empty() { "urls" } else { "url" };
    match section.texts("urls") {
        Some(_) if !written.is_empty() => section.missing("urls", "stands beside `url`: write one of the two"),
        Some(several) => written = several,
        None => {}
    }
    if written.is_empty() {
        section.missing("url", "is needed: `rediss://host:6379`, or `urls` with several sentinels or cluster nodes");
    }
    let mut found: Vec<StoreAddress> = Vec::new();
    for (text, span) in &written {
        match address(text) {
            Ok(address) if found.first().is_some_and(|first| first.tls != address.tls) => {
                section.report(span, key, "all with rediss:// or all with redis://");
            }
            Ok(address) => found.push(address),
            Err(message) => section.report(span, key, message),
        }
    }
    if kind == StoreKind::Single
        && let Some((_, span)) = written.get(1)
    {
        section.report(span, key, "one address is enough, or say `sentinel_primary = \"name\"` or `cluster = true`");
    }
    found
}

/// `rediss://host[:port]`; plain `redis://` for this machine only.
fn address(text: &str) -> Result<StoreAddress, String> {
    const FORM: &str =
        "must be written rediss://host:6379 (redis:// on this machine only), without user, password, path";
    let (scheme, rest) = text.split_once("://").ok_or(FORM)?;
    let tls = match scheme {
        "rediss" => true,
        "redis" => false,
        _ => return Err(FORM.to_owned()),
    };
    if rest.contains('@') {
        return Err("holds a user or a password: write `username` and `password_file`".to_owned());
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !rest.ends_with(']') => (host, port.parse().map_err(|_| FORM)?),
        _ => (rest, 6379),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() || port == 0 || host.contains(['/', '?', '#', ' ']) {
        return Err(FORM.to_owned());
    }
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !tls && !loopback {
        return Err("is not encrypted: write rediss://; redis:// is for this machine only".to_owned());
    }
    Ok(StoreAddress { host: host.to_owned(), port, tls })
}

fn secret(section: &mut Section<'_, '_>, key: &'static str, folder: &Path) -> Option<SecretFile> {
    let (text, span) = section.spanned_text(key)?;
    match SecretFile::read(folder.join(text)) {
        Ok(secret) => Some(secret),
        Err(message) => {
            section.report(&span, key, message);
            None
        }
    }
}

fn keys(section: &mut Section<'_, '_>, folder: &Path) -> Vec<JournalKey> {
    let files = section.texts("keys").unwrap_or_default();
    if files.is_empty() {
        section.missing("keys", "is needed: files that `diensan key new --purpose shared-cache FILE` writes");
    }
    let mut keys: Vec<JournalKey> = Vec::new();
    for (path, span) in files {
        match JournalKey::read(&folder.join(path)) {
            Ok(key) if keys.iter().any(|other| other.is(&key)) => {
                section.report(&span, "keys", "names the same key twice");
            }
            Ok(key) => keys.push(key),
            Err(message) => section.report(&span, "keys", message),
        }
    }
    keys
}

/// A key of its own: with the key that seals, one slip would open both.
fn hash_key(section: &mut Section<'_, '_>, folder: &Path, keys: &[JournalKey]) -> Option<JournalKey> {
    const MEND: &str =
        "is needed: a file that `diensan key new --purpose shared-cache FILE` writes, the same in all replicas";
    let Some((text, span)) = section.spanned_text("hash_key_file") else {
        section.missing("hash_key_file", MEND);
        return None;
    };
    match JournalKey::read(&folder.join(text)) {
        Ok(key) if keys.iter().any(|other| other.is(&key)) => {
            section.report(&span, "hash_key_file", "holds a key of `keys`: write a new one");
            None
        }
        Ok(key) => Some(key),
        Err(message) => {
            section.report(&span, "hash_key_file", message);
            None
        }
    }
}

fn prefix(section: &mut Section<'_, '_>) -> String {
    let Some((text, span)) = section.spanned_text("prefix") else { return DEFAULT_PREFIX.to_owned() };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == ':';
    if text.is_empty() || text.len() > 64 || !text.chars().all(plain) {
        section.report(&span, "prefix", "must be 1 to 64 letters, digits, `-`, `_` or `:`");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{Purpose, Settings};

    fn read(lines: &str) -> (Option<SharedSettings>, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, digit) in [("one", "1"), ("two", "2"), ("again", "1"), ("hash", "3"), ("open", "4")] {
            let path = folder.path().join(name);
            std::fs::write(&path, digit.repeat(64)).expect("written");
            let mode = if name == "open" { 0o644 } else { 0o600 };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode");
        }
        let text = format!("[cache.shared]\n{lines}");
        let mut problems = Vec::new();
        let settings = Settings::parse(&text, folder.path(), Purpose::Examine, &mut problems);
        let said = problems.into_iter().map(|found| format!("{}: {}: {}", found.line, found.key, found.message));
        (settings.and_then(|settings| settings.cache_shared), said.collect())
    }

    const KEYS: &str = "keys = [\"one\", \"two\"]\nhash_key_file = \"hash\"\n";

    #[test]
    fn one_server_sentinels_and_a_cluster_are_told_apart() {
        for (lines, kind, count) in [
            ("url = \"rediss://valkey.example\"\n", StoreKind::Single, 1),
            ("url = \"redis://[::1]:7000/\"\n", StoreKind::Single, 1),
            (
                "urls = [\"rediss://a.example:1\", \"rediss://b.example:2\"]\nsentinel_primary = \"m\"\n",
                StoreKind::Sentinel,
                2,
            ),
            ("urls = [\"redis://127.0.0.1:1\", \"redis://localhost:2\"]\ncluster = true\n", StoreKind::Cluster, 2),
        ] {
            let (settings, problems) = read(&format!("{lines}{KEYS}"));
            assert_eq!(problems, [""; 0], "{lines}");
            let settings = settings.expect("settings");
            assert_eq!((settings.kind, settings.addresses.len()), (kind, count), "{lines}");
            assert_eq!((settings.timeout, settings.keys.len()), (Duration::from_millis(5), 2));
        }
    }

    #[test]
    fn every_problem_is_told_with_line_and_key() {
        for (lines, expected) in [
            ("", "1: cache.shared.url: is needed"),
            ("url = \"http://a.example\"", "2: cache.shared.url: must be written"),
            ("url = \"redis://a.example\"", "2: cache.shared.url: is not encrypted"),
            ("url = \"rediss://u:p@a.example\"", "2: cache.shared.url: holds a user or a password"),
            ("url = \"rediss://a.example:0\"", "2: cache.shared.url: must be written"),
            ("urls = [\"rediss://a.example\", \"rediss://b.example\"]", "2: cache.shared.urls: one address is enough"),
            ("urls = [\"rediss://a.example\", \"redis://[::1]\"]\ncluster = true", "2: cache.shared.urls: all with"),
            ("url = \"rediss://a\"\nkeys = [\"one\", \"again\"]", "3: cache.shared.keys: names the same key twice"),
            ("url = \"rediss://a\"\nkeys = [\"open\"]", "3: cache.shared.keys: has mode 644"),
            (
                "url = \"rediss://a\"\nkeys = [\"one\"]\nhash_key_file = \"again\"",
                "4: cache.shared.hash_key_file: holds a key",
            ),
            ("url = \"rediss://a\"\nkeys = [\"one\"]", "1: cache.shared.hash_key_file: is needed"),
            ("url = \"rediss://a\"\ntimeout = \"3s\"", "3: cache.shared.timeout: must be from"),
            ("url = \"rediss://a\"\nprefix = \"a b\"", "3: cache.shared.prefix: must be 1 to 64"),
            ("url = \"rediss://a\"\npassword_file = \"none\"", "3: cache.shared.password_file: cannot be read"),
            ("url = \"rediss://a\"\npassword = \"none\"", "3: cache.shared.password: is not known; allowed here"),
        ] {
            let (_, problems) = read(lines);
            assert!(problems.iter().any(|said| said.starts_with(expected)), "{expected} in {problems:?}");
            assert!(problems.iter().all(|said| !said.contains("u:p")), "{problems:?}");
        }
    }
}
