//! The circuit breaker of one address (PROTOCOL §7): a state machine without clock, lock, log or metric of its own.
//!
//! Closed, it counts faults and time-outs in a sliding window; open, it lets nothing through; after a while exactly one
//! call may try whether upstream is back. What a call says counts only in the period in which it began: an answer that
//! comes late says nothing about the address as it is now.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::CallHealth;
use crate::config::BreakerSettings;
use crate::telemetry::upstream::BreakerState;

/// A breaker. Moments are handed in and never go backwards.
pub struct Breaker {
    settings: BreakerSettings,
    phase: Phase,
    /// Goes up with every period: each opening, each probe, each closing.
    generation: u64,
}

enum Phase {
    /// The faults of this period that are young enough to count, oldest first; fewer than open the breaker.
    Closed {
        faults: VecDeque<Instant>,
    },
    Open {
        probe_at: Instant,
    },
    /// `probing`: the one call is under way; otherwise it is due.
    HalfOpen {
        probing: bool,
    },
}

/// Leave for one call. Neither `Clone` nor `Copy`: each is reported or abandoned once.
pub struct Pass {
    generation: u64,
}

impl Breaker {
    /// A closed breaker. No faults at all cannot open it, so the smallest limit is one.
    pub fn new(settings: BreakerSettings) -> Self {
        let settings = BreakerSettings { faults: settings.faults.max(1), ..settings };
        Self { settings, phase: Phase::Closed { faults: VecDeque::new() }, generation: 0 }
    }

    /// The state as the last call left it; an open breaker becomes half open when somebody asks, not by the clock.
    pub fn state(&self) -> BreakerState {
        match self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { .. } => BreakerState::Open,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// The time until the next probe, when a call would be refused now. While a probe is under way that is the time
    /// until the next one should it fail at once: nobody knows when it ends.
    pub fn refusal(&self, now: Instant) -> Option<Duration> {
        match self.phase {
            Phase::Closed { .. } | Phase::HalfOpen { probing: false } => None,
            Phase::Open { probe_at } => Some(probe_at.saturating_duration_since(now)).filter(|wait| !wait.is_zero()),
            Phase::HalfOpen { probing: true } => Some(self.settings.probe_after),
        }
    }

    /// Leave for one call.
    ///
    /// # Errors
    /// As [`Self::refusal`].
    pub fn ask(&mut self, now: Instant) -> Result<Pass, Duration> {
        if let Some(wait) = self.refusal(now) {
            return Err(wait);
        }
        if !matches!(self.phase, Phase::Closed { .. }) {
            self.enter(Phase::HalfOpen { probing: true });
        }
        Ok(Pass { generation: self.generation })
    }

    /// What came of a call.
    pub fn report(&mut self, pass: Pass, health: CallHealth, now: Instant) {
        if pass.generation != self.generation {
            return;
        }
        let next = match (&mut self.phase, health) {
            (Phase::Closed { faults }, CallHealth::Bad) => {
                while faults.front().is_some_and(|fault| now.duration_since(*fault) >= self.settings.within) {
                    faults.pop_front();
                }
                faults.push_back(now);
                if faults.len() < usize::try_from(self.settings.faults).unwrap_or(usize::MAX) {
                    return;
                }
                Phase::Open { probe_at: now + self.settings.probe_after }
            }
            (Phase::HalfOpen { .. }, CallHealth::Bad) => Phase::Open { probe_at: now + self.settings.probe_after },
            (Phase::HalfOpen { .. }, CallHealth::Good) => Phase::Closed { faults: VecDeque::new() },
            (Phase::Closed { .. }, CallHealth::Good) | (Phase::Open { .. }, _) => return,
        };
        self.enter(next);
    }

    /// A call ended without a report, because its task was cancelled: a probe is due again at once.
    pub fn abandon(&mut self, pass: Pass) {
        if pass.generation == self.generation && matches!(self.phase, Phase::HalfOpen { .. }) {
            self.enter(Phase::HalfOpen { probing: false });
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
    }
}
