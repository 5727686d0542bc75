//! The answer to a token request (PROTOCOL §3.2; OAuth 2.0, RFC 6749 §5).

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use super::classify::by_status;
use super::document::{self, Document};
use super::tree::Element;
use super::{HttpReply, retry_after};
use crate::population::outcome::{FaultCause, MalformedCause, Outcome, ThrottleCause};

/// A token as it was issued.
pub struct TokenReply {
    pub token: SecretString,
    /// `expires_in`, when given.
    pub lifetime: Option<Duration>,
}

/// Reads a token. A refusal (4xx) is [`Outcome::AuthFailed`]; trouble upstream stays trouble.
pub fn read_token(reply: &HttpReply<'_>) -> Result<TokenReply, Outcome> {
    let now = Timestamp::now();
    match reply.status {
        200 | 201 => {}
        429 => {
            return Err(Outcome::throttled(
                ThrottleCause::Upstream,
                reply.retry_after.as_deref().and_then(|header| retry_after::read(header, now)),
            ));
        }
        400..=499 => return Err(Outcome::AuthFailed),
        _ => return Err(by_status(reply, now)),
    }
    let Document::Json(root) = document::read(reply)? else {
        return Err(Outcome::Malformed(MalformedCause::UnexpectedElement));
    };
    if root.child("fault").is_some() {
        return Err(Outcome::UpstreamFault(FaultCause::GatewayFault));
    }
    let token = root.child("access_token").and_then(Element::given_text).filter(|token| is_token(token));
    let lifetime = root.child("expires_in").and_then(Element::given_text).and_then(|seconds| seconds.parse().ok());
    match token {
        Some(token) => Ok(TokenReply { token: token.into(), lifetime: lifetime.map(Duration::from_secs) }),
        None => Err(Outcome::Malformed(MalformedCause::UnexpectedElement)),
    }
}

/// A token travels in a header: visible ASCII only (RFC 6750 §2.1 allows less).
fn is_token(token: &str) -> bool {
    token.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    type Told = Result<(String, Option<u64>), (&'static str, Option<&'static str>)>;

    fn read(status: u16, body: &str) -> Told {
        let reply = HttpReply { status, content_type: None, retry_after: None, body: body.as_bytes() };
        read_token(&reply)
            .map(|read| (read.token.expose_secret().to_owned(), read.lifetime.map(|life| life.as_secs())))
            .map_err(|outcome| (outcome.label(), outcome.cause()))
    }

    #[test]
    fn a_token_is_read_with_or_without_its_lifetime() {
        assert_eq!(read(200, r#"{"access_token":"a.b","expires_in":3600}"#), Ok(("a.b".into(), Some(3600))));
        assert_eq!(read(200, r#"{"access_token":"a","expires_in":"60","x":1}"#), Ok(("a".into(), Some(60))));
        assert_eq!(read(200, r#"{"access_token":"a"}"#), Ok(("a".into(), None)));
    }

    #[test]
    fn a_refusal_and_an_outage_are_told_apart() {
        let cases = [
            (400, r#"{"error":"invalid_client"}"#, "auth_failed", None),
            (401, "", "auth_failed", None),
            (403, "<html></html>", "auth_failed", None),
            (429, "", "throttled", None),
            (302, "", "upstream_fault", Some("redirect")),
            (500, "", "upstream_fault", Some("server_error")),
            (502, "<html></html>", "upstream_fault", Some("html_page")),
            (200, "<html></html>", "upstream_fault", Some("html_page")),
            (200, "", "malformed", Some("empty_body")),
            (200, "{}", "malformed", Some("unexpected_element")),
            (200, r#"{"access_token":""}"#, "malformed", Some("unexpected_element")),
            (200, r#"{"access_token":"a\r\nX: y"}"#, "malformed", Some("unexpected_element")),
            (200, r#"{"access_token":"a"#, "malformed", Some("truncated")),
        ];
        for (status, body, label, cause) in cases {
            assert_eq!(read(status, body), Err((label, cause)), "{status} {body}");
        }
    }
}
