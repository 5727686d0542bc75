//! Alarms: counted for the metrics, one log line each with nothing but kind and caller, and a line of the journal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::moment::Moment;
use crate::clock;
use crate::telemetry::AlarmState;

/// What somebody should look at. A closed set: the labels of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    DossierExhausted,
    OfficerExhausted,
    CallerExhausted,
    YearOnlyExhausted,
    VerifyExhausted,
    NotFoundRun,
    NeighbouringNumbers,
    OfficerLocked,
    WatchListHit,
    TokenReplayed,
    StoreFull,
    StateDamaged,
    StateUnavailable,
    SampleListFull,
}

impl Alarm {
    /// Every alarm with its label.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::DossierExhausted, "dossier_exhausted"),
        (Self::OfficerExhausted, "officer_exhausted"),
        (Self::CallerExhausted, "caller_exhausted"),
        (Self::YearOnlyExhausted, "year_only_exhausted"),
        (Self::VerifyExhausted, "verify_exhausted"),
        (Self::NotFoundRun, "not_found_run"),
        (Self::NeighbouringNumbers, "neighbouring_numbers"),
        (Self::OfficerLocked, "officer_locked"),
        (Self::WatchListHit, "watch_list_hit"),
        (Self::TokenReplayed, "token_replayed"),
        (Self::StoreFull, "store_full"),
        (Self::StateDamaged, "state_damaged"),
        (Self::StateUnavailable, "state_unavailable"),
        (Self::SampleListFull, "sample_list_full"),
    ];

    fn index(self) -> usize {
        Self::ALL.iter().position(|(alarm, _)| *alarm == self).unwrap_or(0)
    }

    /// The label.
    pub fn label(self) -> &'static str {
        Self::ALL.get(self.index()).map_or("", |(_, label)| label)
    }
}

/// The journal has one line for a kind and caller within this time, however often it was raised: a script must not
/// fill the journal with its own alarms.
const REPEAT: Duration = Duration::from_secs(600);
/// Kinds and callers that are remembered for it; callers are configured, so there are few.
const MOST_TOLD: usize = 1000;

/// How often each was raised since the start, when last, and what the journal has not been told yet.
#[derive(Default)]
pub struct Alarms {
    raised: [Raised; Alarm::ALL.len()],
    told: Mutex<Vec<Told>>,
}

#[derive(Default)]
struct Raised {
    count: AtomicU64,
    /// Milliseconds since 1970; 0: never.
    newest: AtomicU64,
}

/// Alarms of one kind and caller, for one line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub alarm: Alarm,
    /// Empty: of the service itself.
    pub caller: String,
    /// When the first of them was raised: the 72 hours of a breach notice run from here (RISKS R10).
    pub since: Timestamp,
    on_record: bool,
}

impl Alarms {
    /// Counts an alarm and logs it. The officer stands in the journal, not in the log.
    ///
    /// Nothing is decided by the time that is read here: it tells people when to look.
    pub fn raise(&self, alarm: Alarm, caller: &str) {
        let now = clock::now();
        if let Some(raised) = self.raised.get(alarm.index()) {
            raised.count.fetch_add(1, Ordering::Relaxed);
            raised.newest.fetch_max(Moment::from(now).millis(), Ordering::Relaxed);
        }
        tracing::warn!(alarm = alarm.label(), caller, "access alarm");
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|told| !told.on_record || is_recent(told.since, now));
        if told.len() < MOST_TOLD && !told.iter().any(|told| told.alarm == alarm && told.caller == caller) {
            told.push(Told { alarm, caller: caller.to_owned(), since: now, on_record: false });
        }
    }

    /// What the journal is to be told.
    pub fn waiting(&self) -> Vec<Told> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().filter(|told| !told.on_record).cloned().collect()
    }

    /// The journal has this one.
    pub fn on_record(&self, recorded: &Told) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter_mut().filter(|told| *told == recorded).for_each(|told| told.on_record = true);
    }

    /// How often an alarm was raised.
    #[cfg(test)]
    pub fn count(&self, alarm: Alarm) -> u64 {
        self.raised.get(alarm.index()).map_or(0, |raised| raised.count.load(Ordering::Relaxed))
    }

    /// Every alarm for the metrics, also those that were never raised: an alert needs the zero to see the first one.
    pub fn states(&self) -> Vec<AlarmState> {
        let all = Alarm::ALL.iter().zip(&self.raised);
        all.map(|((_, label), raised)| AlarmState {
            label,
            count: raised.count.load(Ordering::Relaxed),
            newest: Duration::from_millis(raised.newest.load(Ordering::Relaxed)),
        })
        .collect()
    }
}

/// Within the time for which one line of the journal stands; a clock that was set back ends it.
fn is_recent(since: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(since);
    !age.is_negative() && age.unsigned_abs() < REPEAT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_counted_each_time_and_told_to_the_journal_once_for_each_caller() {
        let alarms = Alarms::default();
        alarms.raise(Alarm::OfficerLocked, "a");
        alarms.raise(Alarm::OfficerLocked, "a");
        alarms.raise(Alarm::OfficerLocked, "b");
        let of = |told: &Told| (told.alarm.label(), told.caller.clone());
        let waiting = alarms.waiting();
        let expected = [("officer_locked", "a".to_owned()), ("officer_locked", "b".to_owned())];
        assert_eq!(waiting.iter().map(of).collect::<Vec<_>>(), expected);
        assert_eq!(alarms.waiting(), waiting, "still to be told: the journal could not be written");
        waiting.iter().for_each(|told| alarms.on_record(told));
        alarms.raise(Alarm::OfficerLocked, "a");
        assert_eq!(alarms.waiting(), [], "one line within ten minutes");
        alarms.told.lock().expect("unbroken").iter_mut().for_each(|told| told.since -= REPEAT);
        alarms.raise(Alarm::OfficerLocked, "a");
        assert_eq!(alarms.waiting().iter().map(of).collect::<Vec<_>>(), expected[..1]);
        let states = alarms.states();
        assert_eq!(states.len(), Alarm::ALL.len());
        for state in states {
            let raised = state.label == "officer_locked";
            assert_eq!((state.count, state.newest > Duration::ZERO), (if raised { 5 } else { 0 }, raised));
        }
    }

    #[test]
    fn operators_are_told_what_to_do_on_each_alarm() {
        let text = include_str!("../../docs/access.md");
        for (_, label) in Alarm::ALL {
            assert!(text.contains(&format!("\n| `{label}` | ")), "{label}");
        }
    }

    #[test]
    fn callers_that_come_and_go_do_not_fill_the_memory() {
        let alarms = Alarms::default();
        (0..MOST_TOLD + 10).for_each(|caller| alarms.raise(Alarm::StoreFull, &caller.to_string()));
        assert_eq!(alarms.waiting().len(), MOST_TOLD);
    }
}
