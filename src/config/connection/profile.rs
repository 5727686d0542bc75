//! Keys of the profiles (PROTOCOL §3): how a connection authenticates.

use std::path::Path;
use std::time::Duration;

use super::super::section::Section;
use super::{
    JsonBody, PerOperation, ProfileSettings, TimestampUnit, TokenRequest, TokenSettings, optional_secret, secret,
};

/// The word behind `profile`.
#[derive(Clone, Copy)]
pub enum Kind {
    Direct,
    LgspSoap,
    LgspJson,
}

/// Every key that some profile has, so that an unknown profile is one problem and not ten.
const KEYS: [&str; 10] = [
    "user",
    "secret_file",
    "signing_url",
    "timestamp_unit",
    "token_path",
    "token",
    "connection_string_file",
    "auth_hash_file",
    "auth_file",
    "body",
];

pub fn read_kind(section: &mut Section<'_, '_>) -> Option<Kind> {
    if !section.has("profile") {
        section.required_text("profile", "(direct, lgsp-soap or lgsp-json)");
        return None;
    }
    section.word("profile", &[("direct", Kind::Direct), ("lgsp-soap", Kind::LgspSoap), ("lgsp-json", Kind::LgspJson)])
}

pub fn read(section: &mut Section<'_, '_>, kind: Option<Kind>, folder: &Path) -> Option<ProfileSettings> {
    match kind {
        Some(Kind::Direct) => read_direct(section, folder),
        Some(Kind::LgspSoap) => read_soap(section, folder),
        Some(Kind::LgspJson) => read_json(section, folder),
        None => {
            section.ignore(&KEYS);
            None
        }
    }
}

fn read_direct(section: &mut Section<'_, '_>, folder: &Path) -> Option<ProfileSettings> {
    let user = section.required_text("user", "by the profile direct").map(str::to_owned);
    let secret = secret(section, "secret_file", folder);
    let signing_url = read_signing_url(section);
    let units = [("ms", TimestampUnit::Milliseconds), ("s", TimestampUnit::Seconds)];
    let timestamp_unit = section.word("timestamp_unit", &units).unwrap_or(TimestampUnit::Milliseconds);
    Some(ProfileSettings::Direct { user: user?, secret: secret?, signing_url: signing_url?, timestamp_unit })
}

/// One text for both operations, or a table of two.
fn read_signing_url(section: &mut Section<'_, '_>) -> Option<PerOperation<String>> {
    if !section.is_table("signing_url") {
        let text = section.required_text("signing_url", "by the profile direct (the text that is signed)")?;
        return Some(PerOperation { record: text.to_owned(), existence: None });
    }
    let mut table = section.section("signing_url")?;
    let record = table.required_text("037", "(the text that is signed for service 037)").map(str::to_owned);
    let existence = table.text("033").map(str::to_owned);
    table.finish();
    Some(PerOperation { record: record?, existence })
}

fn read_soap(section: &mut Section<'_, '_>, folder: &Path) -> Option<ProfileSettings> {
    let token = read_token(section, folder, "client-credentials");
    let connection_string = secret(section, "connection_string_file", folder);
    let auth_hash = secret(section, "auth_hash_file", folder);
    Some(ProfileSettings::LgspSoap {
        token: token?,
        connection_string: Some(connection_string?),
        auth_hash: Some(auth_hash?),
    })
}

fn read_json(section: &mut Section<'_, '_>, folder: &Path) -> Option<ProfileSettings> {
    if !section.has("body") {
        section.required_text("body", "by the profile lgsp-json (json-pascal or json-camel)");
    }
    let body = section.word("body", &[("json-pascal", JsonBody::Pascal), ("json-camel", JsonBody::Camel)]);
    let usual = if body == Some(JsonBody::Camel) { "auth-header" } else { "client-credentials" };
    let token = read_token(section, folder, usual);
    let by_connection_string =
        token.as_ref().is_some_and(|token| matches!(token.request, TokenRequest::ClientCredentials));
    let connection_string = if by_connection_string {
        Some(secret(section, "connection_string_file", folder)?)
    } else {
        optional_secret(section, "connection_string_file", folder)
    };
    let auth_hash = optional_secret(section, "auth_hash_file", folder);
    Some(ProfileSettings::LgspJson { body: body?, token: token?, connection_string, auth_hash })
}

/// `token_path`, `auth_file` and the table `token`.
fn read_token(section: &mut Section<'_, '_>, folder: &Path, usual: &str) -> Option<TokenSettings> {
    let path = match section.spanned_text("token_path") {
        Some((path, _)) if path.starts_with('/') => Some(path.to_owned()),
        Some((_, span)) => {
            section.report(&span, "token_path", "must be a path that starts with /");
            None
        }
        None => {
            section.missing("token_path", "is needed by profiles with a token");
            None
        }
    };
    let (mut lifetime, mut margin, mut request) = (None, None, None);
    if let Some(mut table) = section.section("token") {
        let hour = Duration::from_secs(3600);
        lifetime = table.duration("lifetime", Duration::from_secs(1)..=hour * 24 * 30);
        margin = table.duration("margin", Duration::ZERO..=hour * 24);
        request =
            table.word("request", &[("client-credentials", "client-credentials"), ("auth-header", "auth-header")]);
        table.finish();
    }
    let request = match request.unwrap_or(usual) {
        "auth-header" => secret(section, "auth_file", folder).map(TokenRequest::AuthHeader),
        _ => Some(TokenRequest::ClientCredentials),
    };
    Some(TokenSettings {
        path: path?,
        request: request?,
        lifetime: lifetime.unwrap_or(Duration::from_secs(3600)),
        margin: margin.unwrap_or(Duration::from_secs(300)),
    })
}
