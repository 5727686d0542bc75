//! The simulator's clock, which can be put ahead or back so that a client meets a skew (PROTOCOL §3.1).

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// The system's clock and how many seconds the simulator is ahead of it.
#[derive(Default)]
pub struct SimulatorClock {
    ahead_s: AtomicI64,
}

impl SimulatorClock {
    /// Puts the clock ahead of the system's by seconds; negative: behind it.
    pub fn set_ahead(&self, seconds: i64) {
        self.ahead_s.store(seconds, Ordering::Relaxed);
    }

    /// Seconds ahead of the system's clock.
    pub fn ahead(&self) -> i64 {
        self.ahead_s.load(Ordering::Relaxed)
    }

    /// Time since the Unix epoch. A clock before 1970 counts as the epoch.
    pub fn now(&self) -> Duration {
        let ahead = self.ahead();
        let seconds = Duration::from_secs(ahead.unsigned_abs());
        if ahead < 0 { system_now().saturating_sub(seconds) } else { system_now().saturating_add(seconds) }
    }

    /// The same moment as the system writes it.
    pub fn moment(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.now()
    }
}

/// The system's time since the Unix epoch. A clock set before 1970 counts as the epoch.
pub fn system_now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_ahead_and_back() {
        let clock = SimulatorClock::default();
        for ahead in [600, -600] {
            clock.set_ahead(ahead);
            let distance = clock.now().as_secs_f64() - system_now().as_secs_f64();
            assert!((distance - if ahead > 0 { 600.0 } else { -600.0 }).abs() < 5.0, "{distance}");
        }
        clock.set_ahead(i64::MIN);
        assert_eq!(clock.now(), Duration::ZERO);
    }
}
