//! Whether a call of the profile `lgsp-json` may come in (PROTOCOL §3.3).
//!
//! Both flavours take their tokens from one store; those of `json-camel` are handed out with a prefix, so that neither
//! door takes a token of the other.

use std::time::Duration;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use super::access::{AccessRefusal, check_connection_string, check_content_type};
use super::settings::{CamelAccount, LgspAccount};
use super::tokens::{TokenState, TokenStore};

/// Stands before the tokens of `json-camel`.
pub const CAMEL_TOKEN_PREFIX: &str = "camel-";

/// Checks a call of the flavour `json-pascal`: everything as in `lgsp-soap` but `Content-Type: application/json`.
/// Returns the token.
pub fn check_pascal<'a>(
    headers: &'a HeaderMap,
    account: &LgspAccount,
    tokens: &TokenStore,
    now: Duration,
) -> Result<&'a str, AccessRefusal> {
    let token = bearer(headers)?;
    check_connection_string(headers, account)?;
    if text(headers, "authhash")? != account.auth_hash {
        return Err(AccessRefusal::Wrong);
    }
    check_token(token, tokens, now)?;
    check_content_type(headers, "application/json")?;
    Ok(token)
}

/// Checks a call of the flavour `json-camel`: a bearer token of its own (that it travels so is an assumption, ASM) and
/// `Content-Type: application/json`. Returns the token as the store knows it.
pub fn check_camel<'a>(headers: &'a HeaderMap, tokens: &TokenStore, now: Duration) -> Result<&'a str, AccessRefusal> {
    let token = bearer(headers)?.strip_prefix(CAMEL_TOKEN_PREFIX).ok_or(AccessRefusal::Wrong)?;
    check_token(token, tokens, now)?;
    check_content_type(headers, "application/json")?;
    Ok(token)
}

/// Checks the `Auth` header of a token request of `json-camel`.
pub fn check_camel_auth(headers: &HeaderMap, account: &CamelAccount) -> Result<(), AccessRefusal> {
    if text(headers, "auth")? == account.auth { Ok(()) } else { Err(AccessRefusal::Wrong) }
}

fn bearer(headers: &HeaderMap) -> Result<&str, AccessRefusal> {
    text(headers, AUTHORIZATION.as_str())?.strip_prefix("Bearer ").ok_or(AccessRefusal::Wrong)
}

fn check_token(token: &str, tokens: &TokenStore, now: Duration) -> Result<(), AccessRefusal> {
    match tokens.state(token, now) {
        TokenState::Good => Ok(()),
        TokenState::Expired => Err(AccessRefusal::Expired),
        TokenState::Unknown => Err(AccessRefusal::Wrong),
    }
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

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("header name");
            map.insert(name, HeaderValue::from_str(value).expect("header value"));
        }
        map
    }

    #[test]
    fn neither_flavour_takes_a_token_of_the_other() {
        let (tokens, account) = (TokenStore::default(), Accounts::training().lgsp);
        let token = tokens.give(NOW, Duration::from_secs(60)).expect("randomness");
        let pascal = |bearer: &str| {
            let headers = headers(&[
                ("Authorization", bearer),
                ("lgspaccesstoken", &account.connection_string),
                ("AuthHash", &account.auth_hash),
                ("Content-Type", "application/json"),
            ]);
            check_pascal(&headers, &account, &tokens, NOW).map(|_| ())
        };
        let camel = |bearer: &str| {
            let headers = headers(&[("Authorization", bearer), ("Content-Type", "application/json")]);
            check_camel(&headers, &tokens, NOW).map(|_| ())
        };
        let (plain, prefixed) = (format!("Bearer {token}"), format!("Bearer camel-{token}"));
        assert_eq!((pascal(&plain), pascal(&prefixed)), (Ok(()), Err(AccessRefusal::Wrong)));
        assert_eq!((camel(&prefixed), camel(&plain)), (Ok(()), Err(AccessRefusal::Wrong)));
        tokens.expire(&token);
        assert_eq!((pascal(&plain), camel(&prefixed)), (Err(AccessRefusal::Expired), Err(AccessRefusal::Expired)));
    }

    #[test]
    fn a_call_in_xml_is_refused() {
        let tokens = TokenStore::default();
        let token = tokens.give(NOW, Duration::from_secs(60)).expect("randomness");
        let bearer = format!("Bearer camel-{token}");
        let headers = headers(&[("Authorization", &bearer), ("Content-Type", "application/xml")]);
        assert_eq!(check_camel(&headers, &tokens, NOW).map(|_| ()), Err(AccessRefusal::ContentType));
    }

    #[test]
    fn the_auth_text_must_be_the_agreed_one() {
        let account = Accounts::training().camel;
        assert_eq!(check_camel_auth(&headers(&[("Auth", &account.auth)]), &account), Ok(()));
        assert_eq!(check_camel_auth(&headers(&[("Auth", "other")]), &account), Err(AccessRefusal::Wrong));
        assert_eq!(check_camel_auth(&headers(&[]), &account), Err(AccessRefusal::Missing));
    }
}
