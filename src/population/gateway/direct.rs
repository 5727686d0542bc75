//! Profile `direct`: the signed header of PROTOCOL §3.1.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::header::{BadHeader, sensitive};
use crate::config::{PerOperation, SecretFile, TimestampUnit};
use crate::population::request::Operation;

/// Who signs what.
pub struct Signer {
    pub user: String,
    pub secret: SecretFile,
    pub signing_url: PerOperation<String>,
    pub unit: TimestampUnit,
    /// The header of the time stamp.
    pub timestamp: HeaderName,
}

impl Signer {
    /// Adds time stamp and signature; made for every call, because upstream refuses old time stamps.
    pub fn sign(&self, operation: Operation, now: SystemTime, headers: &mut HeaderMap) -> Result<(), BadHeader> {
        let timestamp = self.timestamp(now);
        let signature = self.signature(self.signed(operation), &timestamp);
        let credentials = Zeroizing::new(format!("{}:{signature}", self.user));
        let authorization = Zeroizing::new(format!("Basic {}", STANDARD.encode(credentials.as_bytes())));
        headers.insert(&self.timestamp, HeaderValue::from_str(&timestamp).map_err(|_| BadHeader)?);
        headers.insert(AUTHORIZATION, sensitive(&authorization)?);
        Ok(())
    }

    /// 033 is signed like 037 unless it has a text of its own.
    fn signed(&self, operation: Operation) -> &str {
        match (operation, &self.signing_url.existence) {
            (Operation::Existence, Some(text)) => text,
            _ => &self.signing_url.record,
        }
    }

    fn timestamp(&self, now: SystemTime) -> String {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        match self.unit {
            TimestampUnit::Milliseconds => since.as_millis().to_string(),
            TimestampUnit::Seconds => since.as_secs().to_string(),
        }
    }

    /// Lower-case hex SHA-256 of `signing_url + user + timestamp + secret`, without separators.
    fn signature(&self, signed: &str, timestamp: &str) -> String {
        let mut context = Context::new(&SHA256);
        for part in [signed, &self.user, timestamp, self.secret.current().expose_secret()] {
            context.update(part.as_bytes());
        }
        context.finish().as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a text cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(unit: TimestampUnit) -> Signer {
        let signing_url = PerOperation { record: "/x".to_owned(), existence: Some("/y".to_owned()) };
        let timestamp = HeaderName::from_static("timestamp");
        Signer { user: "u".into(), secret: SecretFile::fixed("s"), signing_url, unit, timestamp }
    }

    #[test]
    fn the_signature_is_the_hash_of_the_four_texts_in_order() {
        // printf '/xu1700000000000s' | sha256sum
        let expected = "40a1563485b097a42f2a6daee1fae63fbc9724f9445e675bb0e1320947951430";
        assert_eq!(signer(TimestampUnit::Milliseconds).signature("/x", "1700000000000"), expected);
    }

    #[test]
    fn the_signed_timestamp_is_the_one_in_the_header_in_the_configured_unit() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let cases = [
            (TimestampUnit::Milliseconds, Operation::Record, "1700000000123", "/x"),
            (TimestampUnit::Seconds, Operation::Existence, "1700000000", "/y"),
        ];
        for (unit, operation, timestamp, signed) in cases {
            let (signer, mut headers) = (signer(unit), HeaderMap::new());
            assert!(signer.sign(operation, now, &mut headers).is_ok());
            assert_eq!(headers["timestamp"], timestamp);
            let basic = headers[AUTHORIZATION].to_str().expect("ASCII").strip_prefix("Basic ").expect("Basic");
            let credentials = String::from_utf8(STANDARD.decode(basic).expect("base64")).expect("UTF-8");
            assert_eq!(credentials, format!("u:{}", signer.signature(signed, timestamp)));
            assert!(headers[AUTHORIZATION].is_sensitive());
        }
    }
}
