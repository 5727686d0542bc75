//! `[[caller]]` and `[access]`: who may ask, for what, how much, and where the access room keeps its state (DESIGN §8).
//!
//! Nothing is allowed by default: an absent list of scopes, agencies, services or attributes allows none. This file
//! must not know what the values are used for; `docs/access.md` explains them to operators.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::SecretFile;
use super::pattern::{AttributePattern, CertificateName, Pattern, ServicePattern, hex_digest};
use super::section::{Problem, Section};

/// Two live keys: the new one is handed out before the old one is taken away (RISKS T13).
const MAX_KEYS: usize = 2;

/// What a caller may do at all; a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Autofill,
    Verify,
    CatalogRead,
    CacheWrite,
    Metrics,
    AuditRead,
}

impl Scope {
    /// Every scope with its word in the file.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("autofill", Self::Autofill),
        ("verify", Self::Verify),
        ("catalog:read", Self::CatalogRead),
        ("cache:write", Self::CacheWrite),
        ("metrics", Self::Metrics),
        ("audit:read", Self::AuditRead),
    ];
}

/// A signature method of tokens. Only asymmetric ones: a shared secret would let us forge what we are to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenAlgorithm {
    Rs256,
    Es256,
    EdDsa,
}

/// Where the issuer's public keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKeys {
    /// PEM or JWKS.
    File(PathBuf),
    /// JWKS; `trust` are the only roots that the address is believed with, the system's when absent.
    Address { url: String, trust: Option<PathBuf> },
}

/// Tokens of one issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtSettings {
    pub issuer: String,
    pub audience: String,
    pub algorithms: Vec<TokenAlgorithm>,
    pub keys: TokenKeys,
}

/// The most that a caller may ask. The reasons for the defaults stand in `docs/access.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaSettings {
    pub requests_per_second: u32,
    /// Distinct citizens; besides, never more than the persons of the form and two (RISKS T1).
    pub citizens_per_dossier: usize,
    pub citizens_per_officer_hour: usize,
    pub citizens_per_officer_day: usize,
    /// Of the whole caller.
    pub citizens_per_day: usize,
    /// Distinct citizens that one officer asks for with the year of birth only.
    pub year_only_per_day: usize,
}

impl Default for QuotaSettings {
    fn default() -> Self {
        Self {
            requests_per_second: 50,
            citizens_per_dossier: 8,
            citizens_per_officer_hour: 120,
            citizens_per_officer_day: 800,
            citizens_per_day: 5_000,
            year_only_per_day: 100,
        }
    }
}

/// One caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerSettings {
    /// A metric's label and a part of log lines.
    pub name: String,
    /// Where it stands in its file, from 1.
    pub line: usize,
    /// SHA-256 of API keys.
    pub keys: Vec<[u8; 32]>,
    pub jwt: Option<JwtSettings>,
    pub certificates: Vec<CertificateName>,
    pub scopes: Vec<Scope>,
    pub agencies: Vec<Pattern>,
    pub services: Vec<ServicePattern>,
    pub attributes: Vec<AttributePattern>,
    /// Least log-in strength that a token must claim for look-ups (RISKS R21).
    pub strength: Option<u8>,
    pub quota: QuotaSettings,
}

/// `[access]`: the state of quotas, releases and samples, and the watch list.
#[derive(Default)]
pub struct AccessSettings {
    /// Callers in a file of their own, which is read again by itself; else those of the main file.
    pub callers_file: Option<PathBuf>,
    pub state_directory: Option<PathBuf>,
    /// The key of the keyed hashes in the state; without one it is made in the state folder.
    pub state_key: Option<SecretFile>,
    pub watch_list: Option<PathBuf>,
    pub watch_list_key: Option<SecretFile>,
    /// How many of 1,000 look-ups ask the officer for the reason.
    pub sampled_per_thousand: u16,
}

/// Reads `[access]`.
pub fn read_access(mut section: Section<'_, '_>, folder: &Path) -> AccessSettings {
    let secret = |section: &mut Section<'_, '_>, key| {
        let (path, span) = section.spanned_text(key)?;
        SecretFile::read(folder.join(path)).map_err(|message| section.report(&span, key, message)).ok()
    };
    let callers_file = section.path("callers_file", folder);
    let state_directory = section.path("state_directory", folder);
    let state_key = secret(&mut section, "state_key_file");
    let watch_list = section.path("watch_list_file", folder);
    let watch_list_key = secret(&mut section, "watch_list_key_file");
    if section.has("watch_list_file") != section.has("watch_list_key_file") {
        section.missing("watch_list_key_file", "and `watch_list_file` are only good together");
    }
    let sampled = section.number("sampled_per_thousand", 0..=1000).unwrap_or(0);
    section.finish();
    AccessSettings {
        callers_file,
        state_directory,
        state_key,
        watch_list,
        watch_list_key,
        sampled_per_thousand: u16::try_from(sampled).unwrap_or(0),
    }
}

/// Reads every `[[caller]]` of a file.
pub fn read_all(
    tables: &[(&DeTable<'_>, Range<usize>)],
    text: &str,
    folder: &Path,
    problems: &mut Vec<Problem>,
) -> Vec<CallerSettings> {
    let mut callers: Vec<CallerSettings> = Vec::new();
    for (index, (table, span)) in tables.iter().enumerate() {
        let key = format!("caller[{index}]");
        let read = read(Section::new(table, span.clone(), key.clone(), text, problems), folder);
        let Some(caller) = read else { continue };
        let mut section = Section::new(table, span.clone(), key, text, problems);
        check_alone(&caller, &callers, &mut section);
        callers.push(caller);
    }
    callers
}

/// One credential leads to one caller: nothing that tells callers apart may stand at two of them.
fn check_alone(caller: &CallerSettings, before: &[CallerSettings], section: &mut Section<'_, '_>) {
    let any = |same: &dyn Fn(&CallerSettings) -> bool| before.iter().any(same);
    if any(&|other| other.name == caller.name) {
        section.missing("name", "is the name of an earlier caller");
    }
    if any(&|other| other.keys.iter().any(|key| caller.keys.contains(key))) {
        section.missing("keys", "holds a key of an earlier caller");
    }
    if any(&|other| other.certificates.iter().any(|name| caller.certificates.contains(name))) {
        section.missing("client_certificates", "holds a certificate of an earlier caller");
    }
    let issued = |jwt: &JwtSettings| (jwt.issuer.clone(), jwt.audience.clone());
    if caller.jwt.is_some() && any(&|other| other.jwt.as_ref().map(issued) == caller.jwt.as_ref().map(issued)) {
        section.missing("jwt", "has issuer and audience of an earlier caller");
    }
}

fn read(mut section: Section<'_, '_>, folder: &Path) -> Option<CallerSettings> {
    let line = section.own_line();
    let name = read_name(&mut section);
    let keys = read_keys(&mut section);
    let jwt_given = section.has("jwt");
    let jwt = section.section("jwt").and_then(|jwt| read_jwt(jwt, folder));
    let certificates = section.parsed("client_certificates", CertificateName::parse);
    let scopes = section.words("scopes", &Scope::WORDS).unwrap_or_default();
    let agencies = section.parsed("agencies", Pattern::parse);
    let services = section.parsed("services", ServicePattern::parse);
    let attributes = section.parsed("attributes", AttributePattern::parse);
    let strength = section.number("strength", 1..=9).and_then(|strength| u8::try_from(strength).ok());
    let quota = section.section("quota").map_or_else(QuotaSettings::default, read_quota);
    if !section.has("keys") && !jwt_given && !section.has("client_certificates") {
        section.missing("keys", "or `jwt` or `client_certificates` is needed: how the caller proves who it is");
    }
    if strength.is_some() && !jwt_given {
        section.missing("strength", "needs `jwt`: only a token can claim how the officer logged in");
    }
    section.finish();
    if jwt_given && jwt.is_none() {
        return None;
    }
    Some(CallerSettings {
        name: name?,
        line,
        keys: keys?,
        jwt,
        certificates,
        scopes,
        agencies,
        services,
        attributes,
        strength,
        quota,
    })
}

/// Whether a text can name a caller.
pub fn is_caller_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= 40 && name.chars().all(plain)
}

fn read_name(section: &mut Section<'_, '_>) -> Option<String> {
    let Some((name, span)) = section.spanned_text("name") else {
        section.missing("name", "is needed to tell callers apart in logs, metrics and the journal");
        return None;
    };
    if !is_caller_name(name) {
        section.report(&span, "name", "must be 1 to 40 of a-z, 0-9 and -, for example \"mot-cua-tinh\"");
        return None;
    }
    Some(name.to_owned())
}

fn read_keys(section: &mut Section<'_, '_>) -> Option<Vec<[u8; 32]>> {
    let mut keys = Vec::new();
    for (index, (text, span)) in section.texts("keys").unwrap_or_default().into_iter().enumerate() {
        if index == MAX_KEYS {
            section.report(&span, "keys", "at most two keys live at a time: the new one and the one it replaces");
            return None;
        }
        // The text is not repeated: somebody may have pasted the key itself.
        let Some(digest) = hex_digest(text) else {
            section.report(&span, "keys", "must be \"sha256:\" and 64 hexadecimal digits, as `diensan key new` prints");
            return None;
        };
        if keys.contains(&digest) {
            section.report(&span, "keys", "stands twice in the list");
            return None;
        }
        keys.push(digest);
    }
    Some(keys)
}

fn read_jwt(mut section: Section<'_, '_>, folder: &Path) -> Option<JwtSettings> {
    let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let issuer = given(section.required_text("issuer", "(`iss` of the tokens)"));
    let audience = given(section.required_text("audience", "(`aud` of the tokens: this service)"));
    let known = [("RS256", TokenAlgorithm::Rs256), ("ES256", TokenAlgorithm::Es256), ("EdDSA", TokenAlgorithm::EdDsa)];
    let algorithms = section.words("algorithms", &known).filter(|list| !list.is_empty());
    if algorithms.is_none() && !section.has("algorithms") {
        section.missing("algorithms", "is needed, for example [\"ES256\"]");
    }
    let file = section.path("keys_file", folder);
    let address = section.spanned_text("keys_url");
    let trust = section.path("keys_trust", folder);
    let keys = match (file, address) {
        (Some(file), None) => Some(TokenKeys::File(file)),
        (None, Some((url, span))) if !is_pinned(url) => {
            section.report(
                &span,
                "keys_url",
                "must be an https:// address without user, query and fragment (plain http:// on loopback only)",
            );
            None
        }
        (None, Some((url, _))) => Some(TokenKeys::Address { url: url.to_owned(), trust }),
        _ => {
            section.missing("keys_file", "or `keys_url` is needed, and not both: the issuer's public keys");
            None
        }
    };
    section.finish();
    Some(JwtSettings { issuer: issuer?, audience: audience?, algorithms: algorithms?, keys: keys? })
}

/// An address whose host cannot be something else than it looks (RISKS T9).
fn is_pinned(url: &str) -> bool {
    let loopback = |rest: &str| {
        ["127.0.0.1", "[::1]", "localhost"]
            .iter()
            .any(|host| rest.strip_prefix(host).is_some_and(|after| after.is_empty() || after.starts_with([':', '/'])))
    };
    let plain = !url.contains(['@', '?', '#', '\\', ' ']) && !url.chars().any(char::is_control);
    let host = |rest: &str| !rest.is_empty() && !rest.starts_with(['/', ':']);
    plain
        && match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => host(rest),
            (None, Some(rest)) => loopback(rest),
            (None, None) => false,
        }
}

fn read_quota(mut section: Section<'_, '_>) -> QuotaSettings {
    let mut quota = QuotaSettings::default();
    if let Some(rate) = section.number("requests_per_second", 1..=100_000) {
        quota.requests_per_second = u32::try_from(rate).unwrap_or(quota.requests_per_second);
    }
    let mut or = |key, most, value: &mut usize| *value = section.number(key, 1..=most).unwrap_or(*value);
    or("citizens_per_dossier", 100, &mut quota.citizens_per_dossier);
    or("citizens_per_officer_hour", 10_000, &mut quota.citizens_per_officer_hour);
    or("citizens_per_officer_day", 100_000, &mut quota.citizens_per_officer_day);
    or("citizens_per_day", 1_000_000, &mut quota.citizens_per_day);
    or("year_only_per_day", 10_000, &mut quota.year_only_per_day);
    section.finish();
    quota
}

/// The callers of a file that may hold other things too; only `[[caller]]` is looked at.
///
/// # Errors
/// Every problem of the callers in it.
pub fn read_callers(file: &Path) -> Result<Vec<CallerSettings>, Vec<Problem>> {
    let whole = |message: String| vec![Problem { line: 1, key: String::new(), message }];
    let text = std::fs::read_to_string(file).map_err(|error| whole(format!("cannot be read: {error}")))?;
    let root = DeTable::parse(&text).map_err(|error| whole(format!("is not TOML: {}", error.message())))?;
    let mut problems = Vec::new();
    let tables = Section::new(root.get_ref(), 0..0, "", &text, &mut problems).tables("caller");
    let callers = read_all(&tables, &text, file.parent().unwrap_or(Path::new("")), &mut problems);
    if problems.is_empty() { Ok(callers) } else { Err(problems) }
}

#[cfg(test)]
#[path = "caller_tests.rs"]
mod tests;
