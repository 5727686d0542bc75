//! A service with many connections at once: each with its own breaker, token and metrics, chosen by the agency.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::harness::{Process, root};

/// Secrets of the simulator's training accounts, by file.
const SECRETS: &[(&str, &str)] = &[
    ("direct-secret", "khong-phai-bi-mat"),
    (
        "connection-string",
        "eyJBY2Nlc3NLZXkiOiJtby1waG9uZyIsIlNlY3JldEtleSI6Imtob25nLXBoYWktYmktbWF0IiwiQXBwTmFtZSI6ImRpZW5zYW4tbW8tcGhvbmciLCJQYXJ0bmVyQ29kZSI6Ijk5OSIsIlBhcnRuZXJDb2RlQ3VzIjoiOTk5In0=",
    ),
    ("auth-hash", "bW8tcGhvbmc6a2hvbmctcGhhaS1iaS1tYXQ="),
    ("camel-auth", "mo-phong-khong-phai-bi-mat"),
];

/// What every connection of these tests has unless it says otherwise: no limit of ours stands in the way.
const COMMON: &[(&str, &str)] = &[
    ("rehearsal", "true"),
    ("procedure_code", "\"service\""),
    ("officer_code", "\"request\""),
    ("guard.calls_per_second", "0"),
    ("guard.officer_at_once", "0"),
];

/// The keys of a profile, as the simulator wants them.
fn profile_keys(profile: &str) -> &'static [(&'static str, &'static str)] {
    match profile {
        "direct" => &[
            ("profile", "\"direct\""),
            ("operation_path", "{ \"037\" = \"/direct/037\" }"),
            ("user", "\"mo-phong\""),
            ("secret_file", "\"direct-secret\""),
            ("signing_url", "\"/direct/037\""),
        ],
        "lgsp-soap" => &[
            ("profile", "\"lgsp-soap\""),
            ("token_path", "\"/token\""),
            ("operation_path", "{ \"037\" = \"/lgsp/TraCuuThongTinCongDan\" }"),
            ("connection_string_file", "\"connection-string\""),
            ("auth_hash_file", "\"auth-hash\""),
        ],
        "json-pascal" => &[
            ("profile", "\"lgsp-json\""),
            ("body", "\"json-pascal\""),
            ("token_path", "\"/token\""),
            ("operation_path", "{ \"037\" = \"/lgsp-json/pascal/037\" }"),
            ("connection_string_file", "\"connection-string\""),
            ("auth_hash_file", "\"auth-hash\""),
        ],
        "json-camel" => &[
            ("profile", "\"lgsp-json\""),
            ("body", "\"json-camel\""),
            ("token_path", "\"/lgsp-json/camel/token\""),
            ("operation_path", "{ \"037\" = \"/lgsp-json/camel/037\" }"),
            ("auth_file", "\"camel-auth\""),
        ],
        other => panic!("no profile {other}"),
    }
}

/// Whether an address gives tokens, and not records.
pub fn is_token_path(path: &str) -> bool {
    path.ends_with("/token")
}

/// A folder with secrets and a configuration that grows by connections.
pub struct Road {
    folder: tempfile::TempDir,
    text: String,
}

impl Road {
    /// No connection yet; the cache keeps nothing unless `cache` says otherwise.
    pub fn new(cache: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let road = Self {
            folder,
            text: format!(
                "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\nwatch = false\n\
                 [cache]\n{cache}\n",
                root = root().display()
            ),
        };
        for (name, secret) in SECRETS {
            road.write_secret(name, secret);
        }
        road
    }

    /// Replaces the file of a secret as operators should: another file, renamed over it.
    pub fn write_secret(&self, name: &str, secret: &str) {
        let (new, path) = (self.folder.path().join(format!(".{name}.new")), self.folder.path().join(name));
        std::fs::write(&new, secret).expect("a secret");
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600)).expect("mode 600");
        std::fs::rename(new, path).expect("renamed");
    }

    /// One more connection; `keys` replace and add to the usual ones, with dots as in TOML.
    pub fn connection(&mut self, name: &str, profile: &str, base: &str, keys: &[(&str, &str)]) {
        let mut lines: BTreeMap<&str, &str> = COMMON.iter().chain(profile_keys(profile)).copied().collect();
        let (name, base) = (format!("\"{name}\""), format!("\"{base}\""));
        lines.extend([("name", name.as_str()), ("base", base.as_str())]);
        lines.extend(keys.iter().copied());
        self.text.push_str("[[connection]]\n");
        for (key, value) in lines {
            self.text.push_str(&format!("{key} = {value}\n"));
        }
    }

    /// The folder of configuration and secrets.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration's file.
    pub fn write(&self) -> PathBuf {
        let path = self.folder().join("diensan.toml");
        std::fs::write(&path, &self.text).expect("a configuration");
        path
    }

    /// The service over all connections, as talkative as it can be.
    pub fn serve(&self) -> Process {
        Process::serve_configured(&self.write(), "trace")
    }
}

/// Numbers of a process that must not grow, from `/proc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub sockets: usize,
    pub threads: usize,
}

impl Held {
    /// What a process holds now.
    pub fn by(process: &Process) -> Self {
        let folder = PathBuf::from(format!("/proc/{}", process.pid()));
        // The descriptors of a process that may not be dumped are root's to see; others only count its threads.
        let entries = |name: &str| match std::fs::read_dir(folder.join(name)) {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Vec::new(),
            entries => entries.expect("a process").filter_map(Result::ok).collect(),
        };
        // Not `Path::starts_with`: that compares whole names.
        let is_socket =
            |path: PathBuf| std::fs::read_link(path).is_ok_and(|link| link.to_string_lossy().starts_with("socket:["));
        Self {
            sockets: entries("fd").iter().filter(|entry| is_socket(entry.path())).count(),
            threads: entries("task").len(),
        }
    }

    /// The TCP sockets of a process, as `state local → remote` of `/proc/net/tcp`: which peer a socket too many leads to.
    pub fn sockets_of(process: &Process) -> Vec<String> {
        let fds = std::fs::read_dir(format!("/proc/{}/fd", process.pid())).expect("a process");
        let links = fds.filter_map(Result::ok).filter_map(|entry| std::fs::read_link(entry.path()).ok());
        let inodes: Vec<String> = links
            .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
            .collect();
        let port = |address: &str| u16::from_str_radix(address.rsplit(':').next().unwrap_or_default(), 16).unwrap_or(0);
        let table = std::fs::read_to_string("/proc/net/tcp").expect("the table of sockets");
        let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        rows.filter(|row| row.get(9).is_some_and(|inode| inodes.iter().any(|own| own == inode)))
            .map(|row| format!("{} {} → {}", row[3], port(row[1]), port(row[2])))
            .collect()
    }

    /// Waits until the process holds no more than this; returns what it holds at the end.
    pub async fn is_reached_again(self, process: &Process, within: std::time::Duration) -> Self {
        let deadline = tokio::time::Instant::now() + within;
        loop {
            let now = Self::by(process);
            let reached = now.sockets <= self.sockets && now.threads <= self.threads;
            if reached || tokio::time::Instant::now() >= deadline {
                return now;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}
