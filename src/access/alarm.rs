//! Alarms: counted for the metrics, and one log line each with nothing but kind and caller.

use std::sync::atomic::{AtomicU64, Ordering};

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

/// How often each was raised since the start.
#[derive(Default)]
pub struct Alarms([AtomicU64; Alarm::ALL.len()]);

impl Alarms {
    /// Counts an alarm and logs it. The officer stands in the journal, not in the log.
    pub fn raise(&self, alarm: Alarm, caller: &str) {
        if let Some(count) = self.0.get(alarm.index()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        tracing::warn!(alarm = alarm.label(), caller, "access alarm");
    }

    /// How often an alarm was raised.
    pub fn count(&self, alarm: Alarm) -> u64 {
        self.0.get(alarm.index()).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Every label with its count, for the metrics.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Alarm::ALL.iter().map(|(alarm, label)| (*label, self.count(*alarm)))
    }
}
