//! Which tokens were used: each is good for one request, until it has expired (RISKS T10).
//!
//! Bounded for each caller, so that one cannot use up what another needs; when it is full or cannot be written down,
//! no token is accepted: a forgotten token would be an open door (RISKS T26).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::alarm::{Alarm, Alarms};
use super::keyed_hash::{HashKey, KeyedHash};
use super::moment::Moment;
use super::refusal::AuthRefusal;
use super::state_log::{Held, StateLog};

/// Tokens of one caller that are alive at once: 50 requests a second with tokens of half an hour.
const MOST: usize = 100_000;
/// Out-of-date lines that are worth a rewrite.
const SLACK: usize = 20_000;

/// The used tokens.
pub struct ReplayStore {
    key: Arc<HashKey>,
    alarms: Arc<Alarms>,
    state: Mutex<State>,
}

struct State {
    callers: HashMap<String, Used>,
    /// None: only remembered until the process ends (sandbox).
    log: Option<StateLog>,
    most: usize,
}

#[derive(Default)]
struct Used {
    ids: HashSet<KeyedHash>,
    by_end: BTreeSet<(Moment, KeyedHash)>,
}

impl Used {
    fn forget(&mut self, now: Moment) {
        while let Some(first) = self.by_end.first().copied().filter(|(until, _)| *until <= now) {
            self.by_end.remove(&first);
            self.ids.remove(&first.1);
        }
    }

    fn add(&mut self, id: KeyedHash, until: Moment) {
        if self.ids.insert(id) {
            self.by_end.insert((until, id));
        }
    }
}

impl ReplayStore {
    /// A store with what an earlier process left.
    pub fn new(key: Arc<HashKey>, alarms: Arc<Alarms>, log: Option<(StateLog, Held)>) -> Self {
        let mut callers: HashMap<String, Used> = HashMap::new();
        let log = log.map(|(log, held)| {
            for (caller, id, until) in held.lines.iter().filter_map(|line| parse(line)) {
                callers.entry(caller).or_default().add(id, until);
            }
            log
        });
        Self { key, alarms, state: Mutex::new(State { callers, log, most: MOST }) }
    }

    /// Uses a token.
    ///
    /// # Errors
    /// It was used before, or its use cannot be remembered.
    pub fn use_once(&self, caller: &str, id: &str, until: Moment, now: Moment) -> Result<(), AuthRefusal> {
        let id = self.key.hash("token", &[caller.as_bytes(), id.as_bytes()]);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { callers, log, most } = &mut *state;
        let used = callers.entry(caller.to_owned()).or_default();
        used.forget(now);
        if used.ids.contains(&id) {
            self.alarms.raise(Alarm::TokenReplayed, caller);
            return Err(AuthRefusal::Replayed);
        }
        if used.ids.len() >= *most {
            self.alarms.raise(Alarm::StoreFull, caller);
            return Err(AuthRefusal::ReplayStoreFull);
        }
        if let Some(log) = log
            && log.append(&[line(caller, id, until)]).is_err()
        {
            self.alarms.raise(Alarm::StateUnavailable, caller);
            return Err(AuthRefusal::ReplayStoreUnavailable);
        }
        used.add(id, until);
        Ok(())
    }

    /// Forgets what has expired, makes the disk write, and writes the file anew when most of it is out of date. Called
    /// once a second.
    pub fn maintain(&self, now: Moment) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { callers, log, .. } = &mut *state;
        callers.values_mut().for_each(|used| used.forget(now));
        callers.retain(|_, used| !used.ids.is_empty());
        let Some(log) = log else { return };
        let live: usize = callers.values().map(|used| used.ids.len()).sum();
        let lines = || {
            callers.iter().flat_map(|(caller, used)| used.by_end.iter().map(|(until, id)| line(caller, *id, *until)))
        };
        let kept = if log.lines() > 2 * live + SLACK { log.rewrite(lines()).map(|()| None) } else { log.unsynced() };
        match kept.or_else(|_| log.rewrite(lines()).map(|()| None)) {
            Err(_) => self.alarms.raise(Alarm::StateUnavailable, ""),
            Ok(None) => {}
            Ok(Some(file)) => {
                // Nobody waits for the disk.
                drop(state);
                if file.sync_data().is_err() {
                    self.alarms.raise(Alarm::StateUnavailable, "");
                    let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.log.iter_mut().for_each(StateLog::distrust);
                }
            }
        }
    }
}

fn line(caller: &str, id: KeyedHash, until: Moment) -> String {
    format!("{caller} {} {}", id.text(), until.millis())
}

fn parse(line: &str) -> Option<(String, KeyedHash, Moment)> {
    let mut parts = line.split(' ');
    let caller = parts.next()?.to_owned();
    Some((caller, KeyedHash::from_text(parts.next()?)?, Moment::of_millis(parts.next()?.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn key() -> Arc<HashKey> {
        Arc::new(HashKey::new(&[3; 32]).expect("a key"))
    }

    fn at(seconds: u64) -> Moment {
        Moment::of_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn a_token_is_good_once_also_after_a_restart() {
        let folder = tempfile::tempdir().expect("folder");
        let open = || ReplayStore::new(key(), Arc::default(), StateLog::open(folder.path(), "tokens", key()).ok());
        let store = open();
        assert_eq!(store.use_once("a", "t1", at(300), at(0)), Ok(()));
        assert_eq!(store.use_once("a", "t1", at(300), at(1)), Err(AuthRefusal::Replayed));
        assert_eq!(store.use_once("b", "t1", at(300), at(1)), Ok(()));
        assert_eq!(store.alarms.count(Alarm::TokenReplayed), 1);
        drop(store);
        let store = open();
        assert_eq!(store.use_once("a", "t1", at(300), at(2)), Err(AuthRefusal::Replayed));
        store.maintain(at(301));
        assert!(store.state.lock().expect("unbroken").callers.is_empty());
    }

    #[test]
    fn a_full_store_refuses_and_only_the_caller_that_filled_it() {
        let store = ReplayStore::new(key(), Arc::default(), None);
        store.state.lock().expect("unbroken").most = 3;
        for id in ["1", "2", "3"] {
            assert_eq!(store.use_once("a", id, at(60), at(0)), Ok(()));
        }
        assert_eq!(store.use_once("a", "4", at(60), at(59)), Err(AuthRefusal::ReplayStoreFull));
        assert_eq!(store.use_once("b", "4", at(60), at(59)), Ok(()));
        assert_eq!(store.use_once("a", "4", at(120), at(60)), Ok(()));
    }

    #[test]
    fn a_token_whose_use_cannot_be_written_down_is_refused() {
        // Every write to this device fails as on a full disk.
        let folder = tempfile::tempdir().expect("folder");
        let (mut log, held) = StateLog::open(folder.path(), "tokens", key()).expect("open");
        log.break_for_test();
        let store = ReplayStore::new(key(), Arc::default(), Some((log, held)));
        assert_eq!(store.use_once("a", "1", at(60), at(0)), Err(AuthRefusal::ReplayStoreUnavailable));
        // Written anew, and so it works again by itself.
        store.maintain(at(1));
        assert_eq!(store.use_once("a", "1", at(60), at(1).after(Duration::ZERO)), Ok(()));
    }
}
