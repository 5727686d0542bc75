//! The answer to a token request (PROTOCOL §3.2, §3.3; OAuth 2.0, RFC 6749 §5).

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use super::document::{Document, Intake};
use super::plan::Plan;
use super::tree::Element;
use super::{HttpReply, MAX_BYTES, fault, lifetime};
use crate::config::ReplySettings;
use crate::population::outcome::{FaultCause, MalformedCause, Outcome, ThrottleCause};

/// A token as it was issued.
pub struct TokenReply {
    pub token: SecretString,
    /// How long it lives from now, when that is said in a form that is understood. Nothing: it is over already.
    pub lifetime: Option<Duration>,
}

/// Reads a token. A refusal (4xx) is [`Outcome::AuthFailed`]; trouble upstream stays trouble.
pub fn read_token(reply: &HttpReply<'_>) -> Result<TokenReply, Outcome> {
    read_token_at(reply, Timestamp::now())
}

/// The same at a given moment of our clock.
pub(super) fn read_token_at(reply: &HttpReply<'_>, now: Timestamp) -> Result<TokenReply, Outcome> {
    match reply.status {
        200 | 201 => {}
        429 => return Err(Outcome::throttled(ThrottleCause::Upstream, fault::wait(reply, now))),
        400..=499 => return Err(Outcome::AuthFailed),
        // The connection's fault rules are about look-ups.
        _ => return Err(fault::by_status(reply, &ReplySettings::default(), now)),
    }
    let Document::Json(root) = Intake::new(Plan::Token, MAX_BYTES).read(reply)? else {
        return Err(Outcome::Malformed(MalformedCause::UnexpectedElement));
    };
    if root.child("fault").is_some() {
        return Err(Outcome::UpstreamFault(FaultCause::GatewayFault));
    }
    let given = |name: &str| root.child(name).filter(|child| !child.has_children()).and_then(Element::given_text);
    // The names of the two kinds of gateway (PROTOCOL §3.2, §3.3).
    let token = given("access_token").or_else(|| given("token")).filter(|token| is_token(token));
    let life = given("expires_in")
        .and_then(lifetime::from_seconds)
        .or_else(|| given("expiryDate").and_then(|moment| lifetime::until(moment, now)));
    match token {
        Some(token) => Ok(TokenReply { token: token.into(), lifetime: life }),
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
    fn the_other_gateways_token_is_read_with_the_moment_of_its_end() {
        let now: Timestamp = "2026-11-25T05:00:00Z".parse().expect("time");
        let cases = [
            (r#"{"token":"t","refreshToken":"r","expiryDate":"2026-11-25T13:00:00+07:00"}"#, Some(3600)),
            (r#"{"token":"t","refreshToken":"r","expiryDate":"2026-11-25T13:00:00"}"#, Some(3600)),
            (r#"{"token":"t","expiryDate":1795586400000}"#, Some(3600)),
            (r#"{"token":"t","expiryDate":1795586400}"#, Some(3600)),
            (r#"{"token":"t","expiryDate":"2026-11-25T05:00:00Z"}"#, Some(0)),
            (r#"{"token":"t","expiryDate":"2020-01-01T00:00:00Z"}"#, Some(0)),
            (r#"{"token":"t","expiryDate":"next week"}"#, None),
            (r#"{"token":"t","expiryDate":1.7955864e9}"#, None),
            (r#"{"token":"t","expiryDate":{"year":2026}}"#, None),
            (r#"{"token":"t","expiryDate":null}"#, None),
            (r#"{"token":"t"}"#, None),
            // Seconds from now need no clock to be right, and are believed first.
            (r#"{"token":"t","expires_in":60,"expiryDate":"2026-11-25T13:00:00+07:00"}"#, Some(60)),
            (r#"{"token":"t","expires_in":0.5}"#, None),
        ];
        for (body, expected) in cases {
            let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
            let read = read_token_at(&reply, now).map_err(|outcome| outcome.label()).expect("token");
            assert_eq!(read.token.expose_secret(), "t", "{body}");
            assert_eq!(read.lifetime.map(|life| life.as_secs()), expected, "{body}");
        }
    }

    #[test]
    fn a_refusal_and_an_outage_are_told_apart() {
        let cases = [
            (400, r#"{"error":"invalid_client"}"#, "auth_failed", None),
            (401, "", "auth_failed", None),
            (403, "<html></html>", "auth_failed", None),
            (429, "", "throttled", Some("upstream")),
            (302, "", "upstream_fault", Some("redirect")),
            (500, "", "upstream_fault", Some("server_error")),
            (502, "<html></html>", "upstream_fault", Some("html_page")),
            (200, "<html></html>", "upstream_fault", Some("html_page")),
            (200, "", "malformed", Some("empty_body")),
            (200, "{}", "malformed", Some("unexpected_element")),
            (200, r#"{"access_token":""}"#, "malformed", Some("unexpected_element")),
            (200, r#"{"token":""}"#, "malformed", Some("unexpected_element")),
            (200, r#"{"refreshToken":"a"}"#, "malformed", Some("unexpected_element")),
            (200, r#"{"token":"a","token":"b"}"#, "malformed", Some("duplicate_element")),
            (200, "<a/>", "malformed", Some("unexpected_element")),
            (200, r#"{"access_token":"a\r\nX: y"}"#, "malformed", Some("unexpected_element")),
            (200, r#"{"access_token":"a"#, "malformed", Some("truncated")),
        ];
        for (status, body, label, cause) in cases {
            assert_eq!(read(status, body), Err((label, cause)), "{status} {body}");
        }
    }
}
