//! The end of the process: first the balancer learns that this replica leaves, then no connection is taken any more, then
//! the requests in flight are answered.
//!
//! SIGTERM begins the drain; a second signal ends it at once, and what is in flight is still answered. SIGINT is somebody at
//! a terminal: there is no balancer to wait for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How the service ends.
#[derive(Clone, Copy, Debug)]
pub struct Farewell {
    /// How long requests are still taken after SIGTERM while `/readyz` says that the replica leaves.
    pub drain: Duration,
    /// How long requests in flight may take after that. actix-web counts whole seconds; a part of one is a whole one.
    pub in_flight: Duration,
}

impl Farewell {
    /// `in_flight` in the unit of the server.
    pub fn in_flight_seconds(self) -> u64 {
        self.in_flight.as_secs() + u64::from(self.in_flight.subsec_nanos() > 0)
    }
}

/// Whether the process is on its way out.
#[derive(Default)]
pub struct Leaving(AtomicBool);

impl Leaving {
    /// Whether a signal to end came.
    pub fn begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The two signals that end the process.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes the signals over from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for either; whether it was SIGTERM.
    async fn next(&mut self) -> bool {
        tokio::select! {
            _ = self.terminate.recv() => true,
            _ = self.interrupt.recv() => false,
        }
    }
}

/// Waits for the signal, drains, and stops the servers.
pub async fn leave(mut signals: Signals, leaving: &Leaving, farewell: Farewell, servers: Vec<ServerHandle>) {
    let terminated = signals.next().await;
    leaving.begin();
    if terminated && !farewell.drain.is_zero() {
        tracing::info!(drain_ms = milliseconds(farewell.drain), "draining: requests are still answered");
        tokio::select! {
            () = tokio::time::sleep(farewell.drain) => {}
            _ = signals.next() => tracing::info!("a second signal ends the drain"),
        }
    }
    tracing::info!("stopping: no connection is taken any more, requests in flight are answered");
    futures_util::future::join_all(servers.iter().map(|server| server.stop(true))).await;
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
