//! The `Retry-After` header (RFC 9110 §10.2.3): seconds or an HTTP date.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// How long upstream asks to wait; `None` for anything else than a number of seconds or a date that is not over.
pub fn read(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a u64 holds is a long time; the outcome caps it.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    Duration::try_from(http_date(header)?.duration_since(now)).ok()
}

/// An HTTP date in its usual form (`Sun, 06 Nov 1994 08:49:37 GMT`, RFC 9110 §5.6.7).
pub fn http_date(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_nonsense_is_nothing() {
        let now: Timestamp = "2026-11-20T08:00:00Z".parse().expect("time");
        let cases = [
            ("5", Some(5)),
            (" 0 ", Some(0)),
            ("86400", Some(86_400)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("Fri, 20 Nov 2026 08:00:30 GMT", Some(30)),
            ("Fri, 20 Nov 2026 07:59:30 GMT", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ];
        for (header, expected) in cases {
            assert_eq!(read(header, now), expected.map(Duration::from_secs), "{header}");
        }
    }
}
