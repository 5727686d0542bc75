//! The simulator's own access log: what it received, for tests (RISKS T6, T12, T18).
//!
//! In memory only and bounded; never in the log of the process. Only invented people come here: the body of a call
//! about any other number is not kept. Credentials are kept as the beginning of a hash, so that a test sees that they
//! changed without seeing them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Most calls that are kept.
const CALLS: usize = 1000;
/// Most bytes of one body.
const BODY_BYTES: usize = 64 << 10;
/// Most bytes of all bodies and headers together.
const TOTAL_BYTES: usize = 16 << 20;

/// One call.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Entry {
    /// When it came, by the system's clock (RFC 3339).
    pub at: String,
    /// The address, without query.
    pub route: String,
    /// The status of the answer; absent while there is none, and when the caller left before.
    pub status: Option<u16>,
    /// The outcome as in the counters.
    pub outcome: Option<&'static str>,
    pub ma_yeu_cau: Option<String>,
    pub officer: Option<String>,
    pub procedure: Option<String>,
    /// The number that was asked for, when it is one of an invented person.
    pub number: Option<String>,
    pub headers: BTreeMap<String, String>,
    /// The body, cut at 64 KiB; empty when it asks for a number that is not invented.
    pub body: String,
}

/// The last calls.
#[derive(Default)]
pub struct Received(Mutex<Ring>);

#[derive(Default)]
struct Ring {
    next_id: u64,
    bytes: usize,
    entries: VecDeque<(u64, Entry)>,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.body.len() + self.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    }
}

impl Received {
    /// Takes up a call that came in; the id completes it.
    pub fn begin(&self, mut entry: Entry) -> u64 {
        entry.body.truncate(entry.body.floor_char_boundary(BODY_BYTES));
        let mut ring = self.lock();
        ring.next_id += 1;
        let id = ring.next_id;
        ring.bytes += entry.bytes();
        ring.entries.push_back((id, entry));
        while ring.entries.len() > CALLS || ring.bytes > TOTAL_BYTES {
            let Some((_, oldest)) = ring.entries.pop_front() else { break };
            ring.bytes -= oldest.bytes();
        }
        id
    }

    /// Notes how a call was answered.
    pub fn finish(&self, id: u64, status: u16, outcome: Option<&'static str>) {
        let mut ring = self.lock();
        if let Some((_, entry)) = ring.entries.iter_mut().rev().find(|(known, _)| *known == id) {
            entry.status = Some(status);
            entry.outcome = outcome;
        }
    }

    /// The last calls, the oldest of them first.
    pub fn last(&self, count: usize) -> Vec<Entry> {
        let ring = self.lock();
        let skipped = ring.entries.len().saturating_sub(count);
        ring.entries.iter().skip(skipped).map(|(_, entry)| entry.clone()).collect()
    }

    pub fn clear(&self) {
        let mut ring = self.lock();
        ring.entries.clear();
        ring.bytes = 0;
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_body(body: String) -> Entry {
        Entry { body, ..Entry::default() }
    }

    #[test]
    fn the_log_is_bounded_in_calls_and_in_bytes() {
        let received = Received::default();
        for index in 0..1005 {
            received.begin(with_body(index.to_string()));
        }
        let kept = received.last(5000);
        assert_eq!((kept.len(), kept[0].body.as_str(), kept[999].body.as_str()), (1000, "5", "1004"));
        for _ in 0..300 {
            received.begin(with_body("ẫ".repeat(40_000)));
        }
        let kept = received.last(5000);
        assert!(kept.iter().all(|entry| entry.body.len() <= BODY_BYTES));
        let total: usize = kept.iter().map(Entry::bytes).sum();
        assert!(total <= TOTAL_BYTES && total > TOTAL_BYTES / 2, "{total}");
    }

    #[test]
    fn a_call_is_completed_by_its_id() {
        let received = Received::default();
        let first = received.begin(with_body("one".to_owned()));
        received.begin(with_body("two".to_owned()));
        received.finish(first, 200, Some("found"));
        let kept = received.last(2);
        assert_eq!((kept[0].status, kept[0].outcome, kept[1].status), (Some(200), Some("found"), None));
        assert_eq!(received.last(1)[0].body, "two");
        received.clear();
        received.finish(first, 200, None);
        assert!(received.last(9).is_empty());
    }
}
