//! Profile `direct`: the signed header of PROTOCOL §3.1.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::settings::TimestampUnit;

/// Who signs what.
pub struct Signer {
    pub user: String,
    pub secret: SecretString,
    pub signing_url: String,
    pub unit: TimestampUnit,
}

impl Signer {
    /// The headers of one call; fresh for every call, because upstream refuses old timestamps.
    pub fn headers(&self, now: SystemTime) -> Result<HeaderMap, InvalidHeaderValue> {
        let timestamp = self.timestamp(now);
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("timestamp"), HeaderValue::from_str(&timestamp)?);
        let credentials = Zeroizing::new(format!("{}:{}", self.user, self.signature(&timestamp)));
        let authorization = Zeroizing::new(format!("Basic {}", STANDARD.encode(credentials.as_bytes())));
        headers.insert(AUTHORIZATION, sensitive(&authorization)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml; charset=utf-8"));
        headers.insert(HeaderName::from_static("soapaction"), HeaderValue::from_static("\"\""));
        Ok(headers)
    }

    fn timestamp(&self, now: SystemTime) -> String {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        match self.unit {
            TimestampUnit::Milliseconds => since.as_millis().to_string(),
            TimestampUnit::Seconds => since.as_secs().to_string(),
        }
    }

    /// Lower-case hex SHA-256 of `signing_url + user + timestamp + secret`, without separators.
    fn signature(&self, timestamp: &str) -> String {
        let mut context = Context::new(&SHA256);
        for part in [&self.signing_url, &self.user, timestamp, self.secret.expose_secret()] {
            context.update(part.as_bytes());
        }
        context.finish().as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a text cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// A header value that is never shown by the HTTP library.
pub fn sensitive(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(unit: TimestampUnit) -> Signer {
        Signer { user: "u".into(), secret: "s".into(), signing_url: "/x".into(), unit }
    }

    #[test]
    fn the_signature_is_the_hash_of_the_four_texts_in_order() {
        // printf '/xu1700000000000s' | sha256sum
        let expected = "40a1563485b097a42f2a6daee1fae63fbc9724f9445e675bb0e1320947951430";
        assert_eq!(signer(TimestampUnit::Milliseconds).signature("1700000000000"), expected);
    }

    #[test]
    fn the_signed_timestamp_is_the_one_in_the_header_in_the_configured_unit() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        for (unit, timestamp) in
            [(TimestampUnit::Milliseconds, "1700000000123"), (TimestampUnit::Seconds, "1700000000")]
        {
            let signer = signer(unit);
            let headers = signer.headers(now).expect("headers");
            assert_eq!(headers["timestamp"], timestamp);
            let basic = headers[AUTHORIZATION].to_str().expect("ASCII").strip_prefix("Basic ").expect("Basic");
            let credentials = String::from_utf8(STANDARD.decode(basic).expect("base64")).expect("UTF-8");
            assert_eq!(credentials, format!("u:{}", signer.signature(timestamp)));
            assert!(headers[AUTHORIZATION].is_sensitive());
            assert_eq!(headers[CONTENT_TYPE], "application/xml; charset=utf-8");
        }
    }
}
