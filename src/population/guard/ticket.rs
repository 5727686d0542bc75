//! A breaker where many tasks use it: behind a lock, with its metric and its log line, and the ticket of one call.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::CallHealth;
use super::breaker::{Breaker, Pass};
use crate::config::BreakerSettings;
use crate::telemetry::upstream::{Address, BreakerState, ConnectionMetrics};

/// The breaker of one address of one connection.
pub struct Watched {
    address: Address,
    breaker: Mutex<Breaker>,
    metrics: ConnectionMetrics,
}

/// Leave for one HTTP call to an address. Dropped without a report (the caller's task was cancelled) it counts nothing
/// and gives a probe back.
pub struct CallTicket {
    watched: Arc<Watched>,
    /// Gone when reported.
    pass: Option<Pass>,
}

impl Watched {
    /// A closed breaker, which the metrics show from the start.
    pub fn new(address: Address, settings: BreakerSettings, metrics: ConnectionMetrics) -> Arc<Self> {
        let breaker = Breaker::new(settings);
        metrics.breaker(address, breaker.state());
        Arc::new(Self { address, breaker: Mutex::new(breaker), metrics })
    }

    /// The time until the next probe, when a call would be refused now; takes nothing.
    pub fn refusal(&self) -> Option<Duration> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner).refusal(Instant::now())
    }

    /// Leave for one call.
    ///
    /// # Errors
    /// The time until the next probe.
    pub fn ask(self: &Arc<Self>) -> Result<CallTicket, Duration> {
        let pass = self.change(Breaker::ask)?;
        Ok(CallTicket { watched: Arc::clone(self), pass: Some(pass) })
    }

    fn change<R>(&self, step: impl FnOnce(&mut Breaker, Instant) -> R) -> R {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        let before = breaker.state();
        // The clock is read under the lock: for the breaker time never goes backwards.
        let result = step(&mut breaker, Instant::now());
        let state = breaker.state();
        if state == before {
            return result;
        }
        // Still under the lock, so that of two transitions the later one stays in the metric.
        self.metrics.breaker(self.address, state);
        drop(breaker);
        let (connection, address, state_label) = (self.metrics.connection(), self.address.label(), state.label());
        if state == BreakerState::Open {
            tracing::warn!(connection, address, state = state_label, "breaker");
        } else {
            tracing::info!(connection, address, state = state_label, "breaker");
        }
        result
    }
}

impl CallTicket {
    /// What came of the call.
    pub fn report(mut self, health: CallHealth) {
        if let Some(pass) = self.pass.take() {
            self.watched.change(|breaker, now| breaker.report(pass, health, now));
        }
    }
}

impl Drop for CallTicket {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.watched.change(|breaker, _| breaker.abandon(pass));
        }
    }
}
