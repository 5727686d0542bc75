//! What the metrics say about the road to upstream: calls and their phases, breakers, permits, connections, certificates.
//!
//! Labels come from closed sets and from the connection's configured name; never from anything that upstream sent.

use std::time::Duration;

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

pub use super::phases::Phase;
use super::phases::Phases;
use super::traces;

/// Which address of a connection; their breakers are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    Data,
    Token,
}

/// The state of a circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls go through.
    Closed,
    /// One probe is under way or due; nothing else goes through.
    HalfOpen,
    /// Nothing goes through.
    Open,
}

/// Why a call was made once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// 502, 503, 504, or no connection (PROTOCOL §6.1).
    Fault,
    /// 401, with a new token or time stamp (PROTOCOL §3.4).
    Unauthorised,
}

/// A certificate whose end matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateOf {
    /// Ours.
    Client,
    /// The first of the configured roots to end.
    Root,
}

/// What becomes of a changed secret or certificate.
const MATERIAL: [&str; 2] = ["taken", "refused"];

impl Repeat {
    fn label(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Unauthorised => "unauthorised",
        }
    }
}

impl Address {
    /// The label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Token => "token",
        }
    }
}

impl BreakerState {
    const ALL: [Self; 3] = [Self::Closed, Self::HalfOpen, Self::Open];

    /// The label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

/// The metrics of all connections.
pub struct UpstreamMetrics {
    calls: IntCounterVec,
    phases: Phases,
    repeats: IntCounterVec,
    breaker: IntGaugeVec,
    permits_used: IntGaugeVec,
    permits: IntGaugeVec,
    unknown_elements: IntCounterVec,
    clock_skew: IntGaugeVec,
    certificates: IntGaugeVec,
    material: IntCounterVec,
}

impl UpstreamMetrics {
    /// Nothing counted yet; times go where `phases` are observed.
    pub fn new(phases: Phases) -> prometheus::Result<Self> {
        Ok(Self {
            calls: IntCounterVec::new(
                Opts::new(
                    "diensan_upstream_calls_total",
                    "HTTP calls to upstream by address (data, token) and result: the status class, or why there was no answer.",
                ),
                &["connection", "address", "result"],
            )?,
            phases,
            repeats: IntCounterVec::new(
                Opts::new("diensan_upstream_repeats_total", "Calls made once more by reason: fault, unauthorised."),
                &["connection", "reason"],
            )?,
            breaker: IntGaugeVec::new(
                Opts::new(
                    "diensan_upstream_breaker_state",
                    "1 for the state that the breaker of an address is in: closed, half_open, open.",
                ),
                &["connection", "address", "state"],
            )?,
            permits_used: IntGaugeVec::new(
                Opts::new("diensan_upstream_permits_in_use", "Look-ups under way on a connection."),
                &["connection"],
            )?,
            permits: IntGaugeVec::new(
                Opts::new("diensan_upstream_permits", "Most look-ups that a connection allows at once."),
                &["connection"],
            )?,
            unknown_elements: IntCounterVec::new(
                Opts::new(
                    "diensan_upstream_unknown_elements_total",
                    "Elements of replies that the protocol does not know; they are ignored.",
                ),
                &["connection"],
            )?,
            clock_skew: IntGaugeVec::new(
                Opts::new("diensan_upstream_clock_skew_seconds", "Upstream's clock minus ours, as of its last answer."),
                &["connection"],
            )?,
            certificates: IntGaugeVec::new(
                Opts::new(
                    "diensan_upstream_certificate_expires_timestamp_seconds",
                    "When a configured certificate ends: client (ours), root (the first of the trusted ones).",
                ),
                &["connection", "certificate"],
            )?,
            material: IntCounterVec::new(
                Opts::new(
                    "diensan_upstream_credentials_reloads_total",
                    "Secrets and certificates whose files changed while running: taken (in use) or refused (the old ones stay).",
                ),
                &["connection", "result"],
            )?,
        })
    }

    /// Adds all of it to what is rendered.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.calls.clone()))?;
        registry.register(Box::new(self.repeats.clone()))?;
        registry.register(Box::new(self.breaker.clone()))?;
        registry.register(Box::new(self.permits_used.clone()))?;
        registry.register(Box::new(self.permits.clone()))?;
        registry.register(Box::new(self.unknown_elements.clone()))?;
        registry.register(Box::new(self.clock_skew.clone()))?;
        registry.register(Box::new(self.certificates.clone()))?;
        registry.register(Box::new(self.material.clone()))
    }

    /// The metrics of one connection. Its rare counters begin at zero, so that rates and alerts see the first change.
    pub fn connection(&self, name: &str) -> ConnectionMetrics {
        for reason in [Repeat::Fault, Repeat::Unauthorised] {
            self.repeats.with_label_values(&[name, reason.label()]);
        }
        for result in MATERIAL {
            self.material.with_label_values(&[name, result]);
        }
        self.unknown_elements.with_label_values(&[name]);
        ConnectionMetrics {
            name: name.to_owned(),
            calls: self.calls.clone(),
            phases: self.phases.clone(),
            repeats: self.repeats.clone(),
            breaker: self.breaker.clone(),
            permits_used: self.permits_used.clone(),
            permits: self.permits.clone(),
            unknown_elements: self.unknown_elements.clone(),
            clock_skew: self.clock_skew.clone(),
            certificates: self.certificates.clone(),
            material: self.material.clone(),
        }
    }
}

/// The metrics of one connection; clones count together.
#[derive(Clone)]
pub struct ConnectionMetrics {
    name: String,
    calls: IntCounterVec,
    phases: Phases,
    repeats: IntCounterVec,
    breaker: IntGaugeVec,
    permits_used: IntGaugeVec,
    permits: IntGaugeVec,
    unknown_elements: IntCounterVec,
    clock_skew: IntGaugeVec,
    certificates: IntGaugeVec,
    material: IntCounterVec,
}

impl ConnectionMetrics {
    /// The connection's name, for log lines that belong to a metric.
    pub fn connection(&self) -> &str {
        &self.name
    }

    /// A call ended: with a status, or without an answer (`result` from a closed set).
    pub fn call(&self, address: Address, result: &'static str) {
        self.calls.with_label_values(&[&self.name, address.label(), result]).inc();
        traces::note("diensan.result", result);
    }

    /// A phase of a call ended.
    pub fn phase(&self, phase: Phase, took: Duration) {
        self.phases.took(phase, &self.name, took);
        traces::phase(phase.label(), took);
    }

    /// A connection was opened.
    pub fn connected(&self, took: Duration) {
        self.phase(Phase::Connect, took);
    }

    /// A call is made once more.
    pub fn repeat(&self, reason: Repeat) {
        self.repeats.with_label_values(&[&self.name, reason.label()]).inc();
    }

    /// The state of an address's breaker.
    pub fn breaker(&self, address: Address, state: BreakerState) {
        for each in BreakerState::ALL {
            let labels = [self.name.as_str(), address.label(), each.label()];
            self.breaker.with_label_values(&labels).set(i64::from(each == state));
        }
    }

    /// How many permits there are.
    pub fn permits(&self, permits: usize) {
        self.permits.with_label_values(&[&self.name]).set(i64::try_from(permits).unwrap_or(i64::MAX));
        self.permits_used.with_label_values(&[&self.name]);
    }

    /// A permit was taken (+1) or given back (-1).
    pub fn permits_in_use(&self, change: i64) {
        self.permits_used.with_label_values(&[&self.name]).add(change);
    }

    /// Elements of a reply that the protocol does not know.
    pub fn unknown_elements(&self, count: u64) {
        self.unknown_elements.with_label_values(&[&self.name]).inc_by(count);
    }

    /// How far upstream's clock is ahead of ours.
    pub fn clock_skew(&self, seconds: i64) {
        self.clock_skew.with_label_values(&[&self.name]).set(seconds);
    }

    /// When a configured certificate ends, in seconds since 1970.
    pub fn certificate_ends(&self, certificate: CertificateOf, second: i64) {
        let label = match certificate {
            CertificateOf::Client => "client",
            CertificateOf::Root => "root",
        };
        self.certificates.with_label_values(&[&self.name, label]).set(second);
    }

    /// The file of a secret or certificate changed: it was taken into use, or refused.
    pub fn credentials_reload(&self, taken: bool) {
        let result = if taken { MATERIAL[0] } else { MATERIAL[1] };
        self.material.with_label_values(&[self.name.as_str(), result]).inc();
    }
}
