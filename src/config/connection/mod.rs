//! `[[connection]]`: how the population register is reached (PROTOCOL §13).
//!
//! [`settings`] says what there is; [`profile`], [`request`], [`reply`], [`guard`] and [`headers`] read their keys.

mod guard;
mod headers;
mod profile;
mod reply;
mod request;
mod settings;

use std::path::{Path, PathBuf};

pub use settings::*;
use toml::de::{DeTable, DeValue};

use super::secret_file::SecretFile;
use super::section::Section;

/// Whether a connection's table says `rehearsal = true`.
pub fn is_rehearsal(table: &DeTable<'_>) -> bool {
    table.iter().any(|(name, value)| {
        name.get_ref().as_ref() == "rehearsal" && matches!(value.get_ref(), DeValue::Boolean(true))
    })
}

/// Reads one connection; `None` when something was reported.
pub fn read(mut section: Section<'_, '_>, folder: &Path) -> Option<ConnectionSettings> {
    let name = read_name(&mut section);
    let kind = profile::read_kind(&mut section);
    let rehearsal = section.bool("rehearsal").unwrap_or(false);
    let base = read_base(&mut section, rehearsal);
    let serves = read_serves(&mut section);
    let operation_path = read_operation_path(&mut section);
    let guard = guard::read(&mut section);
    let request = request::read(&mut section);
    let reply = reply::read(&mut section);
    let headers = headers::read(&mut section, folder);
    let tls = read_tls(&mut section, folder);
    let profile = profile::read(&mut section, kind, folder);
    section.finish();
    Some(ConnectionSettings {
        name: name?,
        profile: profile?,
        base: base?,
        operation_path: operation_path?,
        serves,
        rehearsal,
        headers: headers?,
        request: request?,
        reply,
        guard,
        tls,
    })
}

/// The name becomes a metric's label and a part of log lines and file names.
fn read_name(section: &mut Section<'_, '_>) -> Option<String> {
    let Some((name, span)) = section.spanned_text("name") else {
        section.missing("name", "is needed to tell connections apart in logs and metrics");
        return None;
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
        section.report(&span, "name", "must be 1 to 40 of a-z, 0-9 and -, for example \"lgsp-tinh\"");
        return None;
    }
    Some(name.to_owned())
}

/// `https://…`; plain http and rehearsals are for loopback only.
fn read_base(section: &mut Section<'_, '_>, rehearsal: bool) -> Option<String> {
    let needed = "(the gateway's address, for example \"https://lgsp.tinh.example\")";
    let Some((base, span)) = section.spanned_text("base") else {
        section.missing("base", format!("is needed {needed}"));
        return None;
    };
    let host = host_of(base);
    let loopback = matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"));
    let problem = match (base.starts_with("https://"), base.starts_with("http://"), host) {
        (_, _, None) | (false, false, _) => Some("must be an address that starts with https://"),
        (false, true, _) if !loopback => Some("plain http:// is accepted for loopback only; use https://"),
        _ if rehearsal && !loopback => Some("a rehearsal needs a stand-in on loopback (127.0.0.1, [::1] or localhost)"),
        _ if base.contains(['?', '#']) => Some("must have neither query nor fragment"),
        _ => None,
    };
    match problem {
        Some(problem) => {
            section.report(&span, "base", problem);
            None
        }
        None => Some(base.trim_end_matches('/').to_owned()),
    }
}

/// The host of an address, without user and port. An address with a user part has no host here: `@` could hide one.
fn host_of(base: &str) -> Option<&str> {
    let rest = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"))?;
    let authority = rest.split('/').next().filter(|authority| !authority.contains('@'))?;
    let host = match authority.find(']') {
        Some(end) if authority.starts_with('[') => &authority[..=end],
        _ => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// Which look-ups the connection is for; without the key all of them.
fn read_serves(section: &mut Section<'_, '_>) -> Serves {
    let Some(mut rule) = section.section("serves") else { return Serves::default() };
    let mut list = |key| {
        let texts = rule.texts(key).unwrap_or_default();
        let named: Vec<String> = texts.iter().map(|(text, _)| (*text).to_owned()).filter(|text| text != "*").collect();
        for (text, span) in texts {
            let inner = text.strip_suffix('*').unwrap_or(text);
            if inner.contains('*') || text.trim().is_empty() {
                rule.report(&span, key, "`*` stands only alone or at the end, as in \"H01.*\"");
            }
        }
        named
    };
    let serves = Serves { services: list("services"), agencies: list("agencies") };
    rule.finish();
    serves
}

fn read_operation_path(section: &mut Section<'_, '_>) -> Option<PerOperation<String>> {
    let Some((table, span)) = section.table("operation_path") else {
        section.missing("operation_path", "is needed, for example { \"037\" = \"/TraCuuThongTinCongDan\" }");
        return None;
    };
    let (mut record, mut existence) = (None, None);
    for (name, value) in table {
        let key = format!("operation_path.{}", name.get_ref());
        let path = match value.get_ref() {
            DeValue::String(text) if text.is_empty() || text.starts_with('/') => Some(text.to_string()),
            _ => {
                section.report(&value.span(), &key, "must be a path that starts with /");
                return None;
            }
        };
        match name.get_ref().as_ref() {
            "037" => record = path,
            "033" => existence = path,
            _ => section.report(&name.span(), &key, "is not known; allowed here: 037, 033"),
        }
    }
    if record.is_none() {
        section.report(&span, "operation_path.037", "is needed: the path of service 037");
    }
    Some(PerOperation { record: record?, existence })
}

fn read_tls(section: &mut Section<'_, '_>, folder: &Path) -> TlsSettings {
    let trust = readable(section, "trust", folder);
    let certificate = readable(section, "client_certificate", folder);
    let key = match section.spanned_text("client_key") {
        None => None,
        Some((path, span)) => match SecretFile::check_mode(&folder.join(path)) {
            Ok(()) => Some(folder.join(path)),
            Err(message) => {
                section.report(&span, "client_key", message);
                None
            }
        },
    };
    let warm_connections = section.number("warm_connections", 0..=100).unwrap_or(0);
    let client = match (certificate, key) {
        (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
        (Some(_), None) if !section.has("client_key") => {
            section.missing("client_key", "is needed with `client_certificate`: the file of its key");
            None
        }
        (None, Some(_)) if !section.has("client_certificate") => {
            section.missing("client_certificate", "is needed with `client_key`: the file of the certificate chain");
            None
        }
        _ => None,
    };
    TlsSettings { trust, client, warm_connections }
}

/// A file that can be read now.
fn readable(section: &mut Section<'_, '_>, key: &'static str, folder: &Path) -> Option<PathBuf> {
    let (path, span) = section.spanned_text(key)?;
    let path = folder.join(path);
    match std::fs::read(&path) {
        Ok(_) => Some(path),
        Err(error) => {
            section.report(&span, key, format!("cannot be read: {error}"));
            None
        }
    }
}

/// A secret that must be there.
fn secret(section: &mut Section<'_, '_>, key: &'static str, folder: &Path) -> Option<SecretFile> {
    if !section.has(key) {
        section.ignore(&[key]);
        section.missing(key, "is needed: a file that holds the secret");
        return None;
    }
    optional_secret(section, key, folder)
}

fn optional_secret(section: &mut Section<'_, '_>, key: &'static str, folder: &Path) -> Option<SecretFile> {
    let (path, span) = section.spanned_text(key)?;
    match SecretFile::read(folder.join(path)) {
        Ok(secret) => Some(secret),
        Err(message) => {
            section.report(&span, key, message);
            None
        }
    }
}
