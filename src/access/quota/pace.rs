//! Requests a second: a leaky bucket that holds one moment only (GCRA).

use std::time::Duration;

use super::super::moment::Moment;

/// How far one caller has drawn on its rate. Not written down: after a restart a second's worth may come at once.
#[derive(Default)]
pub struct Pace {
    /// Nanoseconds since 1970 at which the bucket is empty.
    empty_at: u128,
}

impl Pace {
    /// Takes one request at a rate; a second's worth may come at once.
    ///
    /// # Errors
    /// How long to wait; nothing was taken.
    pub fn take(&mut self, per_second: u32, now: Moment) -> Result<(), Duration> {
        let second = Duration::from_secs(1).as_nanos();
        let each = second / u128::from(per_second.max(1));
        let now = u128::from(now.millis()) * 1_000_000;
        // A clock that was set back must not lock anybody out for as long.
        self.empty_at = self.empty_at.clamp(now, now + second);
        let empty_at = self.empty_at + each;
        if empty_at > now + second {
            return Err(Duration::from_nanos(u64::try_from(empty_at - now - second).unwrap_or(u64::MAX)));
        }
        self.empty_at = empty_at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seconds_worth_at_once_and_then_the_rate() {
        let mut pace = Pace::default();
        let at = |second: u64| Moment::of_seconds(1_800_000_000 + second);
        let start = at(3600);
        let taken = |pace: &mut Pace, at: Moment| (0..100).filter(|_| pace.take(10, at).is_ok()).count();
        assert_eq!(taken(&mut pace, start), 10);
        assert_eq!(pace.take(10, start), Err(Duration::from_millis(100)));
        assert_eq!(taken(&mut pace, start.after(Duration::from_millis(100))), 1);
        assert_eq!(taken(&mut pace, start.after(Duration::from_secs(60))), 10);
        // Set back by an hour: at most a second's wait.
        assert!(pace.take(10, at(0)).is_err_and(|wait| wait.as_secs() == 0));
        assert_eq!(taken(&mut pace, at(1)), 10);
    }
}
