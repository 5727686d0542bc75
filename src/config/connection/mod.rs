//! `[[connection]]`: how the population register is reached.

mod settings;

use std::path::Path;
use std::time::Duration;

pub use settings::*;
use toml::de::{DeTable, DeValue};

use super::secret_file::SecretFile;
use super::section::Section;

#[derive(Clone, Copy)]
enum Profile {
    Direct,
    LgspSoap,
}

/// Whether a connection's table says `rehearsal = true`.
pub fn is_rehearsal(table: &DeTable<'_>) -> bool {
    table.iter().any(|(name, value)| {
        name.get_ref().as_ref() == "rehearsal" && matches!(value.get_ref(), DeValue::Boolean(true))
    })
}

/// Reads one connection; `None` when something was reported.
pub fn read(mut section: Section<'_, '_>, folder: &Path) -> Option<ConnectionSettings> {
    let name = section.required_text("name", "to tell connections apart in logs and metrics").map(str::to_owned);
    let words = [("direct", Profile::Direct), ("lgsp-soap", Profile::LgspSoap)];
    let profile = section.word("profile", &words);
    if profile.is_none() {
        section.required_text("profile", "(direct or lgsp-soap)");
    }
    let rehearsal = section.bool("rehearsal").unwrap_or(false);
    let base = read_base(&mut section, rehearsal);
    let operation_path = read_operation_path(&mut section);
    let budget = section.duration("budget", Duration::from_millis(100)..=Duration::from_secs(60));
    let connect_timeout = section.duration("connect_timeout", Duration::from_millis(10)..=Duration::from_secs(30));
    let permits = section.number("permits", 1..=10_000);
    let procedure_code = section.required_text("procedure_code", "(\"service\", or the one code that upstream knows)");
    let officer_code = section.required_text("officer_code", "(\"request\", or the one account that upstream knows)");
    let trust = section.spanned_text("trust").and_then(|(path, span)| {
        let path = folder.join(path);
        match std::fs::read(&path) {
            Ok(_) => Some(path),
            Err(error) => {
                section.report(&span, "trust", format!("cannot be read: {error}"));
                None
            }
        }
    });
    let profile = match profile {
        Some(Profile::Direct) => read_direct(&mut section, folder),
        Some(Profile::LgspSoap) => read_lgsp(&mut section, folder),
        None => {
            for key in ["user", "secret_file", "signing_url", "timestamp_unit", "token_path"] {
                section.text(key);
            }
            section.text("connection_string_file");
            section.text("auth_hash_file");
            None
        }
    };
    section.finish();
    let code = |code: Option<&str>, asked: &str| match code {
        Some(fixed) if fixed != asked => Code::Fixed(fixed.to_owned()),
        _ => Code::Asked,
    };
    let defaults = GuardSettings::default();
    Some(ConnectionSettings {
        name: name?,
        profile: profile?,
        base: base?,
        operation_path: PerOperation { record: operation_path?, existence: None },
        serves: Serves::default(),
        rehearsal,
        headers: HeaderSettings::default(),
        request: RequestSettings {
            procedure: code(procedure_code, "service"),
            officer: code(officer_code, "request"),
            ..RequestSettings::default()
        },
        reply: ReplySettings::default(),
        guard: GuardSettings {
            budget: budget.unwrap_or(defaults.budget),
            connect_timeout: connect_timeout.unwrap_or(defaults.connect_timeout),
            permits: permits.unwrap_or(defaults.permits),
            ..defaults
        },
        tls: TlsSettings { trust, ..TlsSettings::default() },
    })
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

fn read_operation_path(section: &mut Section<'_, '_>) -> Option<String> {
    let Some((table, _)) = section.table("operation_path") else {
        section.missing("operation_path", "is needed, for example { \"037\" = \"/TraCuuThongTinCongDan\" }");
        return None;
    };
    let path = table.iter().find(|(name, _)| name.get_ref().as_ref() == "037").map(|(_, value)| value);
    match path.map(|value| (value.get_ref(), value.span())) {
        Some((DeValue::String(text), _)) if text.is_empty() || text.starts_with('/') => Some(text.to_string()),
        Some((_, span)) => {
            section.report(&span, "operation_path.037", "must be a path that starts with /");
            None
        }
        None => {
            section.missing("operation_path.037", "is needed: the path of service 037");
            None
        }
    }
}

fn read_direct(section: &mut Section<'_, '_>, folder: &Path) -> Option<ProfileSettings> {
    let user = section.required_text("user", "by the profile direct").map(str::to_owned);
    let secret = secret(section, "secret_file", folder);
    let signing_url = section.required_text("signing_url", "by the profile direct (the text that is signed)");
    let units = [("ms", TimestampUnit::Milliseconds), ("s", TimestampUnit::Seconds)];
    let timestamp_unit = section.word("timestamp_unit", &units).unwrap_or(TimestampUnit::Milliseconds);
    Some(ProfileSettings::Direct {
        user: user?,
        secret: secret?,
        signing_url: PerOperation { record: signing_url?.to_owned(), existence: None },
        timestamp_unit,
    })
}

fn read_lgsp(section: &mut Section<'_, '_>, folder: &Path) -> Option<ProfileSettings> {
    let token_path = section.required_text("token_path", "by the profile lgsp-soap").map(str::to_owned);
    let connection_string = secret(section, "connection_string_file", folder);
    let auth_hash = secret(section, "auth_hash_file", folder);
    Some(ProfileSettings::LgspSoap {
        token: TokenSettings {
            path: token_path?,
            request: TokenRequest::ClientCredentials,
            lifetime: Duration::from_secs(3600),
            margin: Duration::from_secs(300),
        },
        connection_string: Some(connection_string?),
        auth_hash: Some(auth_hash?),
    })
}

fn secret(section: &mut Section<'_, '_>, key: &'static str, folder: &Path) -> Option<SecretFile> {
    let Some((path, span)) = section.spanned_text(key) else {
        section.missing(key, "is needed: a file that holds the secret");
        return None;
    };
    match SecretFile::read(folder.join(path)) {
        Ok(secret) => Some(secret),
        Err(message) => {
            section.report(&span, key, message);
            None
        }
    }
}
