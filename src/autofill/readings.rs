//! How the service is: what metrics and the operator's page tell of the desk's parts.

use super::Desk;
use crate::telemetry::{JournalState, Readings};

impl Desk {
    /// Every metric now.
    pub fn readings(&self) -> Readings {
        let cache = &self.register.cache;
        self.register.metrics.cache_bytes(cache.bytes(), cache.limit().unwrap_or(0));
        self.register.metrics.read(self.journal_state())
    }

    fn journal_state(&self) -> Option<JournalState> {
        let health = self.journal.as_ref()?.health();
        Some(JournalState {
            failing: health.failing.is_some(),
            sequence: health.lines,
            waiting: health.waiting,
            oldest_waiting: health.oldest_waiting(),
            written_bytes: health.bytes,
            segment_bytes: health.segment_bytes,
            last_sync: health.last_sync,
            failed_groups: health.failed_groups,
            failed_anchors: health.failed_anchors,
        })
    }
}
