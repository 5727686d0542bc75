//! What was asked of the simulator, for tests and load runs (PROTOCOL §11): numbers of calls, never a citizen.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Counters since the start or the last reset.
#[derive(Default)]
pub struct Counters(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    routes: BTreeMap<&'static str, u64>,
    outcomes: BTreeMap<&'static str, u64>,
    faults: BTreeMap<&'static str, u64>,
    officers: BTreeMap<String, u64>,
    request_ids: HashSet<String>,
    repeated_request_ids: u64,
    tokens: u64,
}

/// What `GET /counters` answers.
#[derive(Serialize, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Calls by route.
    pub routes: BTreeMap<&'static str, u64>,
    /// Calls by outcome, token requests included.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Look-ups with the outcome `fault`, by behaviour of the fault table.
    pub faults: BTreeMap<&'static str, u64>,
    /// Readable look-ups by `MaCanBo`.
    pub officers: BTreeMap<String, u64>,
    /// Different `MaYeuCau` seen.
    pub distinct_request_ids: usize,
    /// Look-ups with a `MaYeuCau` that had been used before.
    pub repeated_request_ids: u64,
    /// Tokens given.
    pub tokens: u64,
}

impl Counters {
    pub fn count_route(&self, route: &'static str) {
        *self.lock().routes.entry(route).or_default() += 1;
    }

    pub fn count_outcome(&self, outcome: &'static str) {
        *self.lock().outcomes.entry(outcome).or_default() += 1;
    }

    pub fn count_fault(&self, behaviour: &'static str) {
        *self.lock().faults.entry(behaviour).or_default() += 1;
    }

    pub fn count_token(&self) {
        self.lock().tokens += 1;
    }

    /// Counts a look-up that could be read: who asked, and whether its `MaYeuCau` is new.
    pub fn count_look_up(&self, officer: &str, request_id: &str) {
        let mut counts = self.lock();
        *counts.officers.entry(officer.to_owned()).or_default() += 1;
        if !counts.request_ids.insert(request_id.to_owned()) {
            counts.repeated_request_ids += 1;
        }
    }

    pub fn snapshot(&self) -> Snapshot {
        let counts = self.lock();
        Snapshot {
            routes: counts.routes.clone(),
            outcomes: counts.outcomes.clone(),
            faults: counts.faults.clone(),
            officers: counts.officers.clone(),
            distinct_request_ids: counts.request_ids.len(),
            repeated_request_ids: counts.repeated_request_ids,
            tokens: counts.tokens,
        }
    }

    pub fn reset(&self) {
        *self.lock() = Counts::default();
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_request_id_is_counted_apart() {
        let counters = Counters::default();
        counters.count_look_up("cb-mau", "A-1");
        counters.count_look_up("cb-mau", "A-1");
        counters.count_look_up("cb-khac", "A-2");
        let snapshot = counters.snapshot();
        assert_eq!((snapshot.distinct_request_ids, snapshot.repeated_request_ids), (2, 1));
        assert_eq!(snapshot.officers["cb-mau"], 2);
        counters.reset();
        assert_eq!(counters.snapshot(), Counters::default().snapshot());
    }
}
