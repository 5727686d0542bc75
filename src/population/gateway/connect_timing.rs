//! How long connections take to set up, and when a call is done with connecting.
//!
//! A layer around the HTTP library's connector: its time (name, TCP, TLS) is a metric of its own, and the limit for the
//! first byte of an answer begins when the connection stands, not when it was wanted.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use crate::telemetry::upstream::ConnectionMetrics;

tokio::task_local! {
    /// The call that is being made by this task.
    static CALL: Arc<CallClock>;
}

/// No connection had to be set up for this call, as far as is known.
const REUSED: u64 = 0;
/// A connection is being set up.
const CONNECTING: u64 = u64::MAX;

/// When one call began, and when it had a connection.
pub struct CallClock {
    begin: Instant,
    /// Microseconds after `begin`, or one of the two words above.
    connected: AtomicU64,
    /// When a connection took the question.
    taken: OnceLock<Instant>,
}

impl CallClock {
    /// A call that begins now.
    pub fn start() -> Arc<Self> {
        Arc::new(Self { begin: Instant::now(), connected: AtomicU64::new(REUSED), taken: OnceLock::new() })
    }

    /// Runs the call so that the connector finds this clock.
    pub fn run<F: Future>(self: &Arc<Self>, call: F) -> impl Future<Output = F::Output> {
        CALL.scope(Arc::clone(self), call)
    }

    /// A connection takes the question now.
    pub fn question_taken(&self) {
        let _ = self.taken.set(Instant::now());
    }

    /// When the question was sent, or could be; `None` while the connection is being set up.
    pub fn ready_since(&self) -> Option<Instant> {
        // First, because a question may leave on a connection that came free while another was being set up.
        if let Some(taken) = self.taken.get() {
            return Some(*taken);
        }
        match self.connected.load(Ordering::Relaxed) {
            CONNECTING => None,
            after => Some(self.begin + Duration::from_micros(after)),
        }
    }
}

/// Measures every connection that is opened.
#[derive(Clone)]
pub struct TimedConnections(pub ConnectionMetrics);

/// A connector that is measured.
#[derive(Clone)]
pub struct Timed<S> {
    inner: S,
    metrics: ConnectionMetrics,
}

impl<S> Layer<S> for TimedConnections {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed { inner, metrics: self.0.clone() }
    }
}

impl<S, R> Service<R> for Timed<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
    S::Response: Send,
    S::Error: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let (connecting, metrics) = (self.inner.call(request), self.metrics.clone());
        let call = CALL.try_with(Arc::clone).ok();
        Box::pin(async move {
            if let Some(call) = &call {
                call.connected.store(CONNECTING, Ordering::Relaxed);
            }
            let begin = Instant::now();
            let connected = connecting.await;
            if connected.is_ok() {
                metrics.connected(begin.elapsed());
            }
            if let Some(call) = &call {
                let after = u64::try_from(call.begin.elapsed().as_micros()).unwrap_or(REUSED);
                call.connected.store(after.min(CONNECTING - 1), Ordering::Relaxed);
            }
            connected
        })
    }
}
