//! Whether a call may come in: signature and clock (profile `direct`), token and account (profile `lgsp-soap`).

use std::num::NonZeroU64;
use std::time::Duration;

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::settings::{DirectAccount, LgspAccount};
use super::tokens::{TokenState, TokenStore};

/// Why a call was not let in. Never says which part of the credentials was wrong to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessRefusal {
    /// A credential header is absent.
    Missing,
    /// A credential is not the expected one.
    Wrong,
    /// The `Timestamp` is too far from the clock.
    Stale,
    /// The token was good once.
    Expired,
    /// `Content-Type` is not the one of the profile.
    ContentType,
    /// `SOAPAction` is neither absent nor a pair of quotation marks.
    SoapAction,
}

/// Checks a call of the profile `direct`: `Timestamp` within the tolerance, `Authorization: Basic` with the user and
/// the signature over the very text of that header, `Content-Type: application/xml` (PROTOCOL §3.1).
pub fn check_direct(
    headers: &HeaderMap,
    account: &DirectAccount,
    now: Duration,
    max_age: Duration,
) -> Result<(), AccessRefusal> {
    let timestamp = text(headers, "timestamp")?;
    let authorization = text(headers, AUTHORIZATION.as_str())?;
    check_timestamp(timestamp, account.timestamp_ticks_per_second, now, max_age)?;
    let credentials = authorization.strip_prefix("Basic ").ok_or(AccessRefusal::Wrong)?;
    let decoded = STANDARD.decode(credentials).map_err(|_| AccessRefusal::Wrong)?;
    let expected = format!("{}:{}", account.user, signature(account, timestamp));
    if decoded != expected.as_bytes() {
        return Err(AccessRefusal::Wrong);
    }
    if headers.get("soapaction").is_some_and(|value| value.as_bytes() != b"\"\"") {
        return Err(AccessRefusal::SoapAction);
    }
    check_content_type(headers, "application/xml")
}

/// Checks a call of the profile `lgsp-soap`: a token that was given and is still good, the connection string, the
/// account's `AuthHash`, `Content-Type: application/xml` (PROTOCOL §3.2). Returns the token.
pub fn check_lgsp<'a>(
    headers: &'a HeaderMap,
    account: &LgspAccount,
    tokens: &TokenStore,
    now: Duration,
) -> Result<&'a str, AccessRefusal> {
    let token = text(headers, AUTHORIZATION.as_str())?.strip_prefix("Bearer ").ok_or(AccessRefusal::Wrong)?;
    check_connection_string(headers, account)?;
    if text(headers, "authhash")? != account.auth_hash {
        return Err(AccessRefusal::Wrong);
    }
    match tokens.state(token, now) {
        TokenState::Good => {}
        TokenState::Expired => return Err(AccessRefusal::Expired),
        TokenState::Unknown => return Err(AccessRefusal::Wrong),
    }
    check_content_type(headers, "application/xml")?;
    Ok(token)
}

/// Checks the `lgspaccesstoken` header of calls and token requests (PROTOCOL §3.2).
pub fn check_connection_string(headers: &HeaderMap, account: &LgspAccount) -> Result<(), AccessRefusal> {
    if text(headers, "lgspaccesstoken")? == account.connection_string { Ok(()) } else { Err(AccessRefusal::Wrong) }
}

/// Checks the media type; a `charset` may follow and must then be UTF-8.
pub fn check_content_type(headers: &HeaderMap, expected: &str) -> Result<(), AccessRefusal> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or(AccessRefusal::ContentType)?;
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let charset_is_utf8 = parts.all(|parameter| parameter.eq_ignore_ascii_case("charset=utf-8"));
    if media_type.eq_ignore_ascii_case(expected) && charset_is_utf8 { Ok(()) } else { Err(AccessRefusal::ContentType) }
}

/// Lower-case hex SHA-256 of `signing_url + user + timestamp + secret`, without separators (PROTOCOL §3.1).
fn signature(account: &DirectAccount, timestamp: &str) -> String {
    let text = format!("{}{}{timestamp}{}", account.signing_url, account.user, account.secret);
    digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_timestamp(
    text: &str,
    ticks_per_second: NonZeroU64,
    now: Duration,
    max_age: Duration,
) -> Result<(), AccessRefusal> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AccessRefusal::Wrong);
    }
    let number: u64 = text.parse().map_err(|_| AccessRefusal::Wrong)?;
    let ticks = ticks_per_second.get();
    let stated = Duration::from_secs(number / ticks) + Duration::from_millis(number % ticks * 1000 / ticks);
    if now.abs_diff(stated) > max_age { Err(AccessRefusal::Stale) } else { Ok(()) }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, AccessRefusal> {
    let value = headers.get(name).ok_or(AccessRefusal::Missing)?;
    value.to_str().map_err(|_| AccessRefusal::Wrong)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::super::settings::Accounts;
    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_000);
    const MAX_AGE: Duration = Duration::from_secs(300);

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("header name");
            map.insert(name, HeaderValue::from_str(value).expect("header value"));
        }
        map
    }

    /// Written out once, apart from the code above: SHA-256 of
    /// `/direct/037` + `mo-phong` + `1800000000000` + `khong-phai-bi-mat`.
    fn direct_headers(timestamp: &str) -> HeaderMap {
        let text = format!("/direct/037mo-phong{timestamp}khong-phai-bi-mat");
        let hex: String = digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let basic = format!("Basic {}", STANDARD.encode(format!("mo-phong:{hex}")));
        headers(&[
            ("Timestamp", timestamp),
            ("Authorization", &basic),
            ("Content-Type", "application/xml; charset=utf-8"),
            ("SOAPAction", "\"\""),
        ])
    }

    fn direct(headers: &HeaderMap) -> Result<(), AccessRefusal> {
        check_direct(headers, &Accounts::training().direct, NOW, MAX_AGE)
    }

    #[test]
    fn a_signed_call_comes_in() {
        assert_eq!(direct(&direct_headers("1800000000000")), Ok(()));
        assert_eq!(direct(&direct_headers("1800000299999")), Ok(()), "a client's clock may run ahead");
    }

    #[test]
    fn a_stale_timestamp_is_refused() {
        assert_eq!(direct(&direct_headers("1799999699999")), Err(AccessRefusal::Stale));
        assert_eq!(direct(&direct_headers("1800000300001")), Err(AccessRefusal::Stale));
    }

    #[test]
    fn seconds_where_milliseconds_are_expected_are_refused() {
        assert_eq!(direct(&direct_headers("1800000000")), Err(AccessRefusal::Stale));
    }

    #[test]
    fn a_clock_in_seconds_can_be_agreed() {
        let mut account = Accounts::training().direct;
        account.timestamp_ticks_per_second = NonZeroU64::MIN;
        assert_eq!(check_direct(&direct_headers("1800000300"), &account, NOW, MAX_AGE), Ok(()));
        assert_eq!(check_direct(&direct_headers("1800000301"), &account, NOW, MAX_AGE), Err(AccessRefusal::Stale));
    }

    #[test]
    fn a_timestamp_that_was_not_signed_is_refused() {
        let mut headers = direct_headers("1800000000000");
        headers.insert(HeaderName::from_static("timestamp"), HeaderValue::from_static("1800000000001"));
        assert_eq!(direct(&headers), Err(AccessRefusal::Wrong));
    }

    #[test]
    fn a_call_without_credentials_is_refused() {
        assert_eq!(direct(&headers(&[("Content-Type", "application/xml")])), Err(AccessRefusal::Missing));
    }

    #[test]
    fn text_xml_and_a_soap_action_are_refused() {
        let mut headers = direct_headers("1800000000000");
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
        assert_eq!(direct(&headers), Err(AccessRefusal::ContentType));
        let mut headers = direct_headers("1800000000000");
        headers.insert(HeaderName::from_static("soapaction"), HeaderValue::from_static("TraCuu"));
        assert_eq!(direct(&headers), Err(AccessRefusal::SoapAction));
    }

    #[test]
    fn the_signature_is_the_protocols() {
        // printf '%s' '/direct/037mo-phong1800000000000khong-phai-bi-mat' | sha256sum
        assert_eq!(
            signature(&Accounts::training().direct, "1800000000000"),
            "7f95eb8a10acfc7adda605720ce4d744bcd4f40e45c8a0fbf5e86e7a749bc736"
        );
    }

    fn lgsp_headers(token: &str) -> HeaderMap {
        let account = Accounts::training().lgsp;
        headers(&[
            ("Authorization", &format!("Bearer {token}")),
            ("lgspaccesstoken", &account.connection_string),
            ("AuthHash", &account.auth_hash),
            ("Content-Type", "application/xml"),
        ])
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let tokens = TokenStore::default();
        let token = tokens.give(NOW, Duration::from_secs(60)).expect("randomness");
        let account = Accounts::training().lgsp;
        let check = |now| check_lgsp(&lgsp_headers(&token), &account, &tokens, now).map(|_| ());
        assert_eq!(check(NOW), Ok(()));
        assert_eq!(check(NOW + Duration::from_secs(60)), Err(AccessRefusal::Expired));
        assert_eq!(
            check_lgsp(&lgsp_headers("invented"), &account, &tokens, NOW).map(|_| ()),
            Err(AccessRefusal::Wrong)
        );
    }

    #[test]
    fn a_token_alone_is_not_enough() {
        let tokens = TokenStore::default();
        let token = tokens.give(NOW, Duration::from_secs(60)).expect("randomness");
        let account = Accounts::training().lgsp;
        for name in ["lgspaccesstoken", "authhash"] {
            let mut headers = lgsp_headers(&token);
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("other"));
            assert_eq!(check_lgsp(&headers, &account, &tokens, NOW).map(|_| ()), Err(AccessRefusal::Wrong));
            headers.remove(name);
            assert_eq!(check_lgsp(&headers, &account, &tokens, NOW).map(|_| ()), Err(AccessRefusal::Missing));
        }
    }
}
