//! How long a token lives, as the two kinds of token reply say it (PROTOCOL §3.2, §3.3).
//!
//! What is not understood is not believed: then the connection's own setting counts.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// Digits of an epoch time in seconds: the years 1973 to 2286.
const SECONDS_DIGITS: std::ops::RangeInclusive<usize> = 9..=10;
/// Digits of an epoch time in milliseconds, for the same years.
const MILLISECONDS_DIGITS: std::ops::RangeInclusive<usize> = 12..=13;

/// `expires_in`: seconds from now (RFC 6749 §5.1).
pub fn from_seconds(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_secs)
}

/// `expiryDate`: what is left until a moment, nothing when it is over.
///
/// Its form is not documented. Understood are a date and time with offset, and an epoch time in seconds or milliseconds
/// (ASM). A date and time without offset is taken as Viet Nam's time (ASM): the reply comes from a Vietnamese gateway,
/// and for UTC the writers' libraries add a `Z`. A date alone says no moment.
pub fn until(text: &str, now: Timestamp) -> Option<Duration> {
    let left = moment(text.trim())?.duration_since(now);
    Some(Duration::try_from(left).unwrap_or(Duration::ZERO))
}

fn moment(text: &str) -> Option<Timestamp> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = text.parse().ok()?;
        return match text.len() {
            length if SECONDS_DIGITS.contains(&length) => Timestamp::from_second(number).ok(),
            length if MILLISECONDS_DIGITS.contains(&length) => Timestamp::from_millisecond(number).ok(),
            _ => None,
        };
    }
    if !text.contains(':') {
        return None;
    }
    text.parse().ok().or_else(|| in_viet_nam(text))
}

fn in_viet_nam(text: &str) -> Option<Timestamp> {
    let local: DateTime = text.parse().ok()?;
    TimeZone::fixed(Offset::constant(7)).to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_believed_only_in_the_forms_that_are_understood() {
        let now: Timestamp = "2026-11-25T05:00:00Z".parse().expect("time");
        let cases = [
            ("2026-11-25T06:00:00Z", Some(3600)),
            ("2026-11-25T13:00:00+07:00", Some(3600)),
            ("2026-11-25T13:00:00.1234567+07:00", Some(3600)),
            ("2026-11-25 06:00:00Z", Some(3600)),
            // Without offset: Viet Nam's time, seven hours ahead.
            ("2026-11-25T13:00:00", Some(3600)),
            ("2026-11-25 13:00:00.000", Some(3600)),
            ("1795586400", Some(3600)),
            ("1795586400000", Some(3600)),
            (" 1795586400 ", Some(3600)),
            // Over.
            ("2026-11-25T04:59:59Z", Some(0)),
            ("2026-11-25T11:59:59", Some(0)),
            ("1000000000", Some(0)),
            // Not believed.
            ("2026-11-25", None),
            ("25/11/2026 13:00:00", None),
            ("2026-11-31T06:00:00Z", None),
            ("3600", None),
            ("17955864000", None),
            ("17955864000000", None),
            ("-1795586400", None),
            ("/Date(1795586400000)/", None),
            ("99999999999999999999999999", None),
            ("soon: later", None),
            (":", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(until(text, now).map(|left| left.as_secs()), expected, "{text}");
        }
    }

    #[test]
    fn seconds_are_a_whole_number() {
        for (text, expected) in [("3600", Some(3600)), ("0", Some(0)), ("-1", None), ("1.5", None), ("", None)] {
            assert_eq!(from_seconds(text).map(|life| life.as_secs()), expected, "{text}");
        }
    }
}
