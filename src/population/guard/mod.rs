//! What stands between a look-up and the wire: maintenance windows, pauses that upstream asked for, limits, permits and
//! breakers (PROTOCOL §7, DESIGN §6).
//!
//! Pure decisions over a clock that is handed in; the gateway asks before it calls and reports what came of it. It must
//! not know of HTTP, profiles or records.

mod breaker;
mod officers;
mod pace;
#[cfg(test)]
mod tests;
mod ticket;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use self::officers::{Officers, Place};
use self::pace::Pace;
pub use self::ticket::CallTicket;
use self::ticket::Watched;
use super::outcome::{LONGEST_RETRY_AFTER, ThrottleCause};
use super::{FaultCause, Outcome};
use crate::clock;
use crate::config::{GuardSettings, MaintenanceWindow};
use crate::telemetry::upstream::{Address, ConnectionMetrics};

/// What a caller is told when all permits are taken, or an officer's look-ups are still under way.
const BUSY: Duration = Duration::from_secs(1);

/// Nobody waits longer than until this much is left before the deadline (ASM): a call without time for an answer would
/// only count as a time-out of an address that did nothing wrong.
const LEAST_LEFT: Duration = Duration::from_millis(50);

/// Tells what time it is on the wall; maintenance windows are written in that time.
type WallClock = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// The guard of one connection.
pub struct Guard {
    maintenance: Vec<MaintenanceWindow>,
    wall: WallClock,
    pause: Pause,
    officers: Option<Arc<Officers>>,
    permits: Arc<Semaphore>,
    pace: Option<Pace>,
    data: Arc<Watched>,
    token: Arc<Watched>,
    metrics: ConnectionMetrics,
}

/// Leave to look one citizen up; gives everything back when dropped.
pub struct Admission {
    // Dropped in this order: the officer's next look-up must find the permit free.
    _permit: Permit,
    _place: Option<Place>,
}

/// A permit that the metrics count.
struct Permit {
    _permit: OwnedSemaphorePermit,
    metrics: ConnectionMetrics,
}

/// The pause that upstream asked for: nanoseconds after `began` at which it is over. One number, so that the longest
/// pause wins without a lock.
struct Pause {
    began: Instant,
    over: AtomicU64,
}

/// What one call says about the health of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallHealth {
    /// An answer that shows that upstream works, whatever it says.
    Good,
    /// A fault or a time-out (PROTOCOL §7: only these count).
    Bad,
}

impl Guard {
    /// A guard with everything closed, free and unused. Limits of zero are read as one: nothing at all would be no
    /// limit but a connection that is switched off.
    pub fn new(settings: &GuardSettings, metrics: ConnectionMetrics) -> Self {
        Self::with_wall_clock(settings, metrics, Box::new(clock::now))
    }

    fn with_wall_clock(settings: &GuardSettings, metrics: ConnectionMetrics, wall: WallClock) -> Self {
        let permits = settings.permits.clamp(1, Semaphore::MAX_PERMITS);
        metrics.permits(permits);
        Self {
            maintenance: settings.maintenance.clone(),
            wall,
            pause: Pause { began: Instant::now(), over: AtomicU64::new(0) },
            officers: settings.officer_at_once.map(Officers::new),
            permits: Arc::new(Semaphore::new(permits)),
            pace: settings.calls_per_second.map(|calls| Pace::new(NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN))),
            data: Watched::new(Address::Data, settings.breaker, metrics.clone()),
            token: Watched::new(Address::Token, settings.breaker, metrics.clone()),
            metrics,
        }
    }

    /// Leave for one look-up, or why not: a maintenance window, a pause that upstream asked for, this officer's earlier
    /// look-ups (waits for them until `deadline`), no permit (refused at once).
    pub async fn admit(&self, officer: &str, deadline: Instant) -> Result<Admission, Outcome> {
        self.check_open()?;
        let place = match &self.officers {
            None => None,
            Some(officers) => {
                let place = officers.enter(officer, latest(deadline)).await;
                let place = place.ok_or_else(|| Outcome::throttled(ThrottleCause::OfficerBusy, Some(BUSY)))?;
                // A window or a pause may have begun while this look-up waited.
                self.check_open()?;
                Some(place)
            }
        };
        match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => Ok(Admission { _permit: Permit::new(permit, self.metrics.clone()), _place: place }),
            Err(_) => Err(Outcome::throttled(ThrottleCause::NoPermit, Some(BUSY))),
        }
    }

    /// Waits until one more data call fits into the calls a second; refused when that is after `deadline`. Refused at
    /// once when [`Self::call`] would refuse: nobody waits for a call that is not made.
    pub async fn pace(&self, deadline: Instant) -> Result<(), Outcome> {
        let Some(pace) = &self.pace else { return Ok(()) };
        self.pause.check()?;
        self.data.refusal().map_or(Ok(()), |probe_in| Err(breaker_open(probe_in)))?;
        pace.wait(latest(deadline)).await.map_err(|wait| Outcome::throttled(ThrottleCause::OwnLimit, Some(wait)))
    }

    /// Leave for one HTTP call, unless the address is left alone or upstream asked for a pause: also a repeat, and a
    /// look-up that waited for its moment, must not leave in a pause. A maintenance window stops only look-ups that have
    /// not begun.
    pub fn call(&self, address: Address) -> Result<CallTicket, Outcome> {
        self.pause.check()?;
        let watched = match address {
            Address::Data => &self.data,
            Address::Token => &self.token,
        };
        watched.ask().map_err(breaker_open)
    }

    /// Upstream asked for a pause: until it is over, at most [`LONGEST_RETRY_AFTER`], nothing is asked. A pause never
    /// shortens one that is longer.
    pub fn hold_back(&self, pause: Duration) {
        self.pause.extend(pause.min(LONGEST_RETRY_AFTER));
    }

    fn check_open(&self) -> Result<(), Outcome> {
        self.check_maintenance()?;
        self.pause.check()
    }

    fn check_maintenance(&self) -> Result<(), Outcome> {
        if self.maintenance.is_empty() {
            return Ok(());
        }
        let now = (self.wall)();
        match self.maintenance.iter().filter_map(|window| window.is_in(now)).max() {
            None => Ok(()),
            Some(end) => Err(Outcome::maintenance(Duration::try_from(end.duration_since(now)).ok())),
        }
    }
}

/// When waiting ends, so that a call still has time.
fn latest(deadline: Instant) -> Instant {
    deadline.checked_sub(LEAST_LEFT).unwrap_or(deadline)
}

fn breaker_open(probe_in: Duration) -> Outcome {
    Outcome::UpstreamFault(FaultCause::BreakerOpen { probe_in })
}

impl Permit {
    fn new(permit: OwnedSemaphorePermit, metrics: ConnectionMetrics) -> Self {
        metrics.permits_in_use(1);
        Self { _permit: permit, metrics }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.metrics.permits_in_use(-1);
    }
}

impl Pause {
    fn extend(&self, pause: Duration) {
        let over = (Instant::now() + pause).saturating_duration_since(self.began);
        self.over.fetch_max(u64::try_from(over.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), Outcome> {
        let over = self.began + Duration::from_nanos(self.over.load(Ordering::Relaxed));
        let left = over.saturating_duration_since(Instant::now());
        if left.is_zero() { Ok(()) } else { Err(Outcome::throttled(ThrottleCause::HeldBack, Some(left))) }
    }
}
