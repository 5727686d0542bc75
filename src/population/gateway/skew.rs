//! How far upstream's clock is ahead of ours: signatures carry the time, so a skew is a health signal (PROTOCOL §3.1,
//! RISKS T30).

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// No clock skew was seen yet.
const UNKNOWN: i64 = i64::MIN;
/// From here on somebody should look at the clock: a tenth of the tolerance that upstream is assumed to have
/// (PROTOCOL §3.1, ASM 300 s).
const ALARM_SECONDS: u64 = 30;

/// The last skew that was seen.
pub struct Skew {
    seconds: AtomicI64,
    alarmed: AtomicBool,
}

impl Skew {
    /// None was seen yet.
    pub fn unknown() -> Self {
        Self { seconds: AtomicI64::new(UNKNOWN), alarmed: AtomicBool::new(false) }
    }

    /// Seconds by which upstream's clock is ahead of ours; `None` before the first answer with a `Date`.
    pub fn seconds(&self) -> Option<i64> {
        Some(self.seconds.load(Ordering::Relaxed)).filter(|seconds| *seconds != UNKNOWN)
    }

    /// Keeps what an answer showed. The log is told when the skew becomes large and when it is small again, not by
    /// every call.
    pub fn note(&self, connection: &str, seconds: i64) {
        self.seconds.store(seconds, Ordering::Relaxed);
        let large = seconds.unsigned_abs() > ALARM_SECONDS;
        if self.alarmed.swap(large, Ordering::Relaxed) != large {
            if large {
                tracing::warn!(connection, seconds, "upstream's clock and ours differ: set the clock by NTP");
            } else {
                tracing::info!(connection, seconds, "upstream's clock and ours agree again");
            }
        }
    }
}

/// The skew in seconds that an answer shows: upstream wrote `date` half-way between question and answer, as far as
/// anybody can know, and cut the fraction of its second off.
pub fn estimate(date: Timestamp, seen: Timestamp, waited: Duration) -> i64 {
    let half = i64::try_from(waited.as_millis() / 2).unwrap_or(0);
    let theirs = date.as_millisecond().saturating_add(500);
    let ours = seen.as_millisecond().saturating_sub(half);
    // Towards zero: less than a second cannot be told from none.
    theirs.saturating_sub(ours) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_skew_is_corrected_by_half_of_the_time_that_was_waited() {
        // Date in seconds, seen at milliseconds, waited milliseconds, skew in seconds.
        let cases = [
            (1000, 1_000_000, 0, 0),
            (1000, 1_000_999, 0, 0),
            (1000, 1_008_000, 16_000, 0),
            (1000, 1_010_000, 0, -9),
            (1000, 1_010_000, 2_000, -8),
            (1600, 1_000_400, 800, 600),
            (400, 1_000_000, 0, -599),
        ];
        for (date, seen, waited, expected) in cases {
            let date = Timestamp::from_second(date).expect("a date");
            let seen = Timestamp::from_millisecond(seen).expect("a time");
            assert_eq!(estimate(date, seen, Duration::from_millis(waited)), expected, "{date} {seen} {waited}");
        }
    }

    #[test]
    fn nothing_is_known_before_the_first_answer() {
        let skew = Skew::unknown();
        assert_eq!(skew.seconds(), None);
        skew.note("test", -45);
        assert_eq!(skew.seconds(), Some(-45));
    }
}
