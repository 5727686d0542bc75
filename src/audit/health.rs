//! How the journal is: what readiness and metrics tell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Since when and why the journal cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    pub since: Timestamp,
    pub reason: Arc<str>,
}

/// How the journal is, for readiness and metrics.
#[derive(Clone, Debug, Default)]
pub struct Health {
    pub failing: Option<Failing>,
    /// The number of the last line.
    pub lines: u64,
    /// Bytes written since the start.
    pub bytes: u64,
    /// Index of the segment that is written.
    pub segment: u64,
    /// Length of that segment, in bytes.
    pub segment_bytes: u64,
    /// Events that wait for the disk.
    pub waiting: usize,
    /// Since when the oldest of them waits.
    pub oldest: Option<Instant>,
    /// How long the disk took for the last group.
    pub last_sync: Duration,
    /// Groups that failed since the start.
    pub failed_groups: u64,
    /// Heads that could not be told to an anchor since the start.
    pub failed_anchors: u64,
}

impl Health {
    /// So many events wait no more. Those that still wait came later; the writer says since when with its next group.
    pub(super) fn leave(&mut self, events: usize) {
        self.waiting = self.waiting.saturating_sub(events);
        if self.waiting == 0 {
            self.oldest = None;
        }
    }

    /// How long the oldest event has waited; zero: none waits.
    pub fn oldest_waiting(&self) -> Duration {
        self.oldest.map(|since| since.elapsed()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_event_is_told_until_the_last_one_has_left() {
        let since = Instant::now().checked_sub(Duration::from_secs(5)).expect("a clock that runs for seconds");
        let mut health = Health { waiting: 3, oldest: Some(since), ..Health::default() };
        health.leave(2);
        assert!(health.oldest_waiting() >= Duration::from_secs(5));
        health.leave(1);
        assert_eq!((health.waiting, health.oldest_waiting()), (0, Duration::ZERO));
    }
}
