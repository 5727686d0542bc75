//! `[disclosures]`: the central register to which the journal's lines are shipped.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SecretFile;
use super::journal::months;
use super::section::Section;

const FORM: &str = "must be \"postgresql://host:5432/database\", or \"postgresql:///database?host=/run/postgresql\" for a \
                    socket of this machine";

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterPlace {
    /// A name or address, and a port.
    Network { host: String, port: u16 },
    /// The folder of a Unix socket, and the port that is part of its name.
    Socket { folder: PathBuf, port: u16 },
}

impl RegisterPlace {
    /// Whether what is sent there never leaves this machine.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Socket { .. } => true,
            Self::Network { host, .. } => {
                host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

/// The section `[disclosures]`.
#[derive(Clone)]
pub struct DisclosureSettings {
    pub place: RegisterPlace,
    pub database: String,
    pub user: String,
    /// Without one the server decides by other means (a socket's peer).
    pub password: Option<Arc<SecretFile>>,
    /// The roots that the server's certificate hangs on; with them the connection is always TLS.
    pub trust: Option<PathBuf>,
    /// Under which name this journal's chain stands in the register.
    pub journal_name: Option<String>,
    /// How many months the register keeps; `None`: nobody decided yet.
    pub keep_months: Option<u32>,
}

/// Whether a text can name a journal: small letters, digits, `-`, `_` and `.`, at most 63.
pub fn is_journal_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    (1..=63).contains(&text.len()) && text.bytes().all(plain)
}

/// Reads the section; every problem is reported.
pub(super) fn read(mut section: Section<'_, '_>, folder: &Path) -> Option<DisclosureSettings> {
    if !section.has("url") {
        section.missing("url", "is needed: where the register is");
    }
    let trust = section.spanned_text("trust");
    if let Some((text, span)) = &trust
        && !folder.join(text).is_file()
    {
        section.report(span, "trust", "is no file; it holds the roots that the server's certificate hangs on");
    }
    let url = section.spanned_text("url").and_then(|(text, span)| match place(text) {
        Ok((place, _)) if !place.is_local() && trust.is_none() => {
            let mend = "leaves this machine: give `trust`, the file of the roots that the server's certificate hangs \
                        on; plain text is for loopback and sockets only";
            section.report(&span, "url", mend);
            None
        }
        Ok((RegisterPlace::Socket { .. }, _)) if trust.is_some() => {
            section.report(&span, "url", "is a socket, and there is no TLS on sockets: leave `trust` out");
            None
        }
        Ok(found) => Some(found),
        Err(message) => {
            section.report(&span, "url", message);
            None
        }
    });
    let user = section.required_text("user", "to log in to the register");
    let password = section.spanned_text("password_file").and_then(|(path, span)| {
        let read = SecretFile::read(folder.join(path));
        read.map_err(|message| section.report(&span, "password_file", message)).ok()
    });
    let name = section.spanned_text("journal_name");
    if let Some((_, span)) = name.as_ref().filter(|(text, _)| !is_journal_name(text)) {
        section.report(span, "journal_name", "must be 1 to 63 of a-z, 0-9, `-`, `_` and `.`");
    }
    let keep = section.spanned_text("keep");
    let keep_months = keep.as_ref().and_then(|(text, _)| months(text));
    if let Some((_, span)) = keep.as_ref().filter(|_| keep_months.is_none()) {
        section.report(span, "keep", "must be months such as \"60mo\", from \"1mo\" to \"600mo\"");
    }
    section.finish();
    let (place, database) = url?;
    Some(DisclosureSettings {
        place,
        database,
        user: user?.to_owned(),
        password: password.map(Arc::new),
        trust: trust.map(|(text, _)| folder.join(text)),
        journal_name: name.map(|(text, _)| text.to_owned()),
        keep_months,
    })
}

/// Place and database of a url. What is said about a wrong one never repeats it: somebody may have put a password in.
fn place(url: &str) -> Result<(RegisterPlace, String), &'static str> {
    let rest = url.strip_prefix("postgresql://").or_else(|| url.strip_prefix("postgres://")).ok_or(FORM)?;
    let (authority, path) = rest.split_once('/').ok_or(FORM)?;
    if authority.contains('@') {
        return Err("holds a user or a password: give `user` and `password_file` instead");
    }
    let (database, query) = path.split_once('?').unwrap_or((path, ""));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if database.is_empty() || !database.bytes().all(plain) {
        return Err(FORM);
    }
    let database = database.to_owned();
    if authority.is_empty() {
        let (mut folder, mut port) = (None, 5432);
        for pair in query.split('&') {
            match pair.split_once('=').ok_or(FORM)? {
                ("host", path) if path.starts_with('/') => folder = Some(PathBuf::from(path)),
                ("port", text) => port = text.parse().ok().filter(|port| *port != 0).ok_or(FORM)?,
                _ => return Err(FORM),
            }
        }
        return Ok((RegisterPlace::Socket { folder: folder.ok_or(FORM)?, port }, database));
    }
    if path.contains('?') {
        return Err("takes no parameters but `host` and `port` of a socket");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok().filter(|port| *port != 0).ok_or(FORM)?),
        _ => (authority, 5432),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(FORM);
    }
    Ok((RegisterPlace::Network { host: host.to_owned(), port }, database))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{Purpose, Settings};

    fn read(text: &str) -> (Option<DisclosureSettings>, Vec<String>) {
        let folder = tempfile::tempdir().expect("folder");
        for (name, mode) in [("password", 0o600), ("open", 0o644), ("roots.pem", 0o644)] {
            std::fs::write(folder.path().join(name), "word\n").expect("written");
            std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(mode)).expect("mode");
        }
        let mut problems = Vec::new();
        let settings = Settings::parse(text, folder.path(), Purpose::Examine, &mut problems);
        let said = problems.into_iter().map(|found| format!("{}: {}: {}", found.line, found.key, found.message));
        (settings.and_then(|settings| settings.disclosures), said.collect())
    }

    #[test]
    fn places_are_read_as_they_are_written() {
        let network = |host: &str, port| RegisterPlace::Network { host: host.to_owned(), port };
        let socket = |folder: &str, port| RegisterPlace::Socket { folder: folder.into(), port };
        for (url, expected, local) in [
            ("postgresql://db.example:5433/d", network("db.example", 5433), false),
            ("postgres://db.example/d", network("db.example", 5432), false),
            ("postgresql://[::1]:5433/d", network("::1", 5433), true),
            ("postgresql://[::1]/d", network("::1", 5432), true),
            ("postgresql://127.0.0.1:1/d", network("127.0.0.1", 1), true),
            ("postgresql:///d?host=/run/postgresql", socket("/run/postgresql", 5432), true),
            ("postgresql:///d?host=/run/x&port=7", socket("/run/x", 7), true),
        ] {
            let (found, database) = place(url).unwrap_or_else(|message| panic!("{url}: {message}"));
            assert_eq!((found.is_local(), database.as_str()), (local, "d"), "{url}");
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn everything_that_can_be_set_is_read() {
        let (settings, problems) = read(
            "[disclosures]\nurl = \"postgresql://db.example/diensan\"\nuser = \"ship\"\npassword_file = \"password\"\n\
             trust = \"roots.pem\"\njournal_name = \"tinh-1\"\nkeep = \"60mo\"\n",
        );
        assert_eq!(problems, [""; 0]);
        let settings = settings.expect("settings");
        assert_eq!((settings.user.as_str(), settings.keep_months), ("ship", Some(60)));
        assert!(settings.password.is_some() && settings.trust.is_some());
        assert_eq!(settings.journal_name.as_deref(), Some("tinh-1"));
    }

    #[test]
    fn every_problem_is_told_with_line_and_key_and_never_with_a_password() {
        let at = |line: &str| format!("[disclosures]\n{line}\n");
        for (line, expected) in [
            ("user = \"u\"", "1: disclosures.url: is needed"),
            ("url = \"postgresql:///d?host=/run\"", "1: disclosures.user: is needed"),
            ("url = \"postgresql://db.example/d\"", "2: disclosures.url: leaves this machine"),
            ("url = \"postgresql://u:geheim@127.0.0.1/d\"", "2: disclosures.url: holds a user or a password"),
            ("url = \"mysql://127.0.0.1/d\"", "2: disclosures.url: must be"),
            ("url = \"postgresql://127.0.0.1\"", "2: disclosures.url: must be"),
            ("url = \"postgresql://127.0.0.1:0/d\"", "2: disclosures.url: must be"),
            ("url = \"postgresql://127.0.0.1/d?sslmode=disable\"", "2: disclosures.url: takes no parameters"),
            ("url = \"postgresql:///d\"", "2: disclosures.url: must be"),
            ("password_file = \"open\"", "2: disclosures.password_file: has mode 644"),
            ("trust = \"nowhere.pem\"", "2: disclosures.trust: is no file"),
            ("journal_name = \"Tỉnh 1\"", "2: disclosures.journal_name: must be 1 to 63"),
            ("keep = \"5y\"", "2: disclosures.keep: must be months"),
            ("urll = \"x\"", "2: disclosures.urll: is not known, did you mean `url`"),
        ] {
            let (_, problems) = read(&at(line));
            assert!(problems.iter().any(|said| said.starts_with(expected)), "{expected} in {problems:?}");
            assert!(problems.iter().all(|said| !said.contains("geheim")));
        }
        let with_trust = "url = \"postgresql:///d?host=/run\"\ntrust = \"roots.pem\"\nuser = \"u\"";
        let (_, problems) = read(&at(with_trust));
        assert!(problems[0].starts_with("2: disclosures.url: is a socket"), "{problems:?}");
    }
}
