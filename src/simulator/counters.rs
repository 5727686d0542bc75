//! What was asked of the simulator, for tests, training and load runs (PROTOCOL §11): numbers of calls, never a
//! citizen.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::call;

/// Most `MaYeuCau` that are listed one by one.
const LISTED_REQUEST_IDS: usize = 100;

/// Counters since the start or the last reset.
#[derive(Default)]
pub struct Counters {
    counts: Mutex<Counts>,
    load: Arc<Load>,
}

#[derive(Default)]
struct Counts {
    routes: BTreeMap<&'static str, u64>,
    outcomes: BTreeMap<&'static str, u64>,
    faults: BTreeMap<&'static str, u64>,
    officers: BTreeMap<String, u64>,
    request_ids: HashMap<String, u64>,
    repeated_request_ids: u64,
    tokens: u64,
}

/// What is going on at this moment.
#[derive(Default)]
pub struct Load {
    open: AtomicU64,
    opened: AtomicU64,
    in_flight: AtomicU64,
}

/// A call that is being answered; over when dropped.
pub struct InFlight(Arc<Load>);

/// Connections over which anybody called, this reader included.
#[derive(Serialize, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Open now.
    pub open: u64,
    /// Opened since the start or the last reset (which counts those that were open then).
    pub opened: u64,
}

/// What `GET /counters` answers.
#[derive(Serialize, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Calls by route.
    pub routes: BTreeMap<&'static str, u64>,
    /// Calls by outcome, token requests included.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Calls with the outcome `fault`, by behaviour of the fault table.
    pub faults: BTreeMap<&'static str, u64>,
    /// Readable look-ups by `MaCanBo`.
    pub officers: BTreeMap<String, u64>,
    /// Different `MaYeuCau` seen.
    pub distinct_request_ids: usize,
    /// Look-ups with a `MaYeuCau` that had been used before.
    pub repeated_request_ids: u64,
    /// How often each `MaYeuCau` came that came more than once; at most 100 of them.
    pub reused_request_ids: BTreeMap<String, u64>,
    /// Tokens given.
    pub tokens: u64,
    pub connections: Connections,
    /// Calls whose answer has not been sent to its end.
    pub in_flight: u64,
}

impl Counters {
    pub fn count_route(&self, route: &'static str) {
        *self.lock().routes.entry(route).or_default() += 1;
    }

    /// Counts how a call ended, and notes it on the call.
    pub fn count_outcome(&self, outcome: &'static str) {
        call::note_outcome(outcome);
        *self.lock().outcomes.entry(outcome).or_default() += 1;
    }

    pub fn count_fault(&self, behaviour: &'static str) {
        *self.lock().faults.entry(behaviour).or_default() += 1;
    }

    pub fn count_token(&self) {
        self.lock().tokens += 1;
    }

    /// Counts a look-up that could be read: who asked, and whether its `MaYeuCau` is new (noted on the call).
    pub fn count_look_up(&self, officer: &str, request_id: &str) {
        let mut counts = self.lock();
        *counts.officers.entry(officer.to_owned()).or_default() += 1;
        let times = counts.request_ids.entry(request_id.to_owned()).or_default();
        *times += 1;
        if *times > 1 {
            counts.repeated_request_ids += 1;
            call::note_reused_request_id();
        }
    }

    /// Connections and open calls.
    pub fn load(&self) -> &Arc<Load> {
        &self.load
    }

    pub fn snapshot(&self) -> Snapshot {
        let counts = self.lock();
        let reused = counts.request_ids.iter().filter(|(_, times)| **times > 1).take(LISTED_REQUEST_IDS);
        Snapshot {
            routes: counts.routes.clone(),
            outcomes: counts.outcomes.clone(),
            faults: counts.faults.clone(),
            officers: counts.officers.clone(),
            distinct_request_ids: counts.request_ids.len(),
            repeated_request_ids: counts.repeated_request_ids,
            reused_request_ids: reused.map(|(id, times)| (id.clone(), *times)).collect(),
            tokens: counts.tokens,
            connections: self.load.connections(),
            in_flight: self.load.in_flight.load(Ordering::Relaxed),
        }
    }

    pub fn reset(&self) {
        *self.lock() = Counts::default();
        self.load.opened.store(self.load.open.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Load {
    pub fn connection_opened(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub fn connection_closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// A call has come in.
    pub fn enter(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    fn connections(&self) -> Connections {
        Connections { open: self.open.load(Ordering::Relaxed), opened: self.opened.load(Ordering::Relaxed) }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
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
        assert_eq!(snapshot.reused_request_ids, BTreeMap::from([("A-1".to_owned(), 2)]));
        counters.reset();
        assert_eq!(counters.snapshot(), Counters::default().snapshot());
    }

    #[test]
    fn open_connections_and_calls_outlast_a_reset() {
        let counters = Counters::default();
        counters.load().connection_opened();
        counters.load().connection_opened();
        counters.load().connection_closed();
        let call = counters.load().enter();
        counters.reset();
        let snapshot = counters.snapshot();
        assert_eq!((snapshot.connections, snapshot.in_flight), (Connections { open: 1, opened: 1 }, 1));
        drop(call);
        assert_eq!(counters.snapshot().in_flight, 0);
    }
}
