//! What stands between a look-up and the wire: maintenance windows, pauses that upstream asked for, limits, permits and
//! breakers (PROTOCOL §7, DESIGN §6).
//!
//! Pure decisions over a clock that is handed in; the gateway asks before it calls and reports what came of it. It must
//! not know of HTTP, profiles or records.

use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::Outcome;
use super::outcome::ThrottleCause;
use crate::config::GuardSettings;
use crate::telemetry::upstream::{Address, ConnectionMetrics};

/// What a caller is told when all permits are taken.
const BUSY: Duration = Duration::from_secs(1);

/// The guard of one connection.
pub struct Guard {
    permits: std::sync::Arc<Semaphore>,
}

/// Leave to look one citizen up; gives everything back when dropped.
pub struct Admission {
    _permit: OwnedSemaphorePermit,
}

/// Leave for one HTTP call to an address. Dropped without a report (the caller's task was cancelled) it counts nothing
/// and gives a probe back.
pub struct CallTicket {}

/// What one call says about the health of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallHealth {
    /// An answer that shows that upstream works, whatever it says.
    Good,
    /// A fault or a time-out (PROTOCOL §7: only these count).
    Bad,
}

impl Guard {
    /// A guard with everything closed, free and unused.
    pub fn new(settings: &GuardSettings, _metrics: ConnectionMetrics) -> Self {
        Self { permits: std::sync::Arc::new(Semaphore::new(settings.permits)) }
    }

    /// Leave for one look-up, or why not: a maintenance window, a pause that upstream asked for, this officer's earlier
    /// look-ups (waits for them until `deadline`), no permit (refused at once).
    pub async fn admit(&self, _officer: &str, _deadline: Instant) -> Result<Admission, Outcome> {
        match std::sync::Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => Ok(Admission { _permit: permit }),
            Err(_) => Err(Outcome::throttled(ThrottleCause::NoPermit, Some(BUSY))),
        }
    }

    /// Waits until one more data call fits into the calls a second; refused when that is after `deadline`.
    pub async fn pace(&self, _deadline: Instant) -> Result<(), Outcome> {
        Ok(())
    }

    /// Leave for one HTTP call, unless the address is left alone.
    pub fn call(&self, _address: Address) -> Result<CallTicket, Outcome> {
        Ok(CallTicket {})
    }

    /// Upstream asked for a pause: until it is over nothing is asked.
    pub fn hold_back(&self, _pause: Duration) {}
}

impl CallTicket {
    /// What came of the call.
    pub fn report(self, _health: CallHealth) {}
}
