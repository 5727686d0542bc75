//! Where the time of a request goes: one histogram over all of its phases (DESIGN §9).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus::{Histogram, HistogramOpts, HistogramVec, Registry};

/// A part of the time that a request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Proving who calls: key, token or certificate, scope, pace of the caller. Without callers there is none.
    Authenticate,
    /// Leave to ask: the licence, the second person, the quota of distinct citizens.
    Access,
    /// The cache: finding the record, or waiting for the same look-up of somebody else; without the look-up of our own.
    Cache,
    /// Waiting for a token that is good.
    Token,
    /// Setting up one connection: name, TCP, TLS.
    Connect,
    /// From the question to the head of the answer.
    FirstByte,
    /// From the head of the answer to its end.
    Body,
    /// Reading the reply.
    Parse,
    /// Filling or comparing the form and writing the answer.
    Fill,
    /// Waiting until the disk has the line of the journal.
    Audit,
}

/// From a hit of the cache (microseconds) to the longest budget of a connection. Seconds.
const BUCKETS: [f64; 18] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0,
    12.0,
];

impl Phase {
    const COUNT: usize = Self::Audit as usize + 1;

    /// The label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::Access => "access",
            Self::Cache => "cache",
            Self::Token => "token",
            Self::Connect => "connect",
            Self::FirstByte => "first_byte",
            Self::Body => "body",
            Self::Parse => "parse",
            Self::Fill => "fill",
            Self::Audit => "audit",
        }
    }
}

/// The histogram; clones count together.
#[derive(Clone)]
pub struct Phases {
    all: HistogramVec,
    /// The series of our own phases, once they have been asked for: every request observes five of them.
    own: Arc<[OnceLock<Histogram>; Phase::COUNT]>,
}

impl Phases {
    /// Nothing observed yet.
    pub fn new() -> prometheus::Result<Self> {
        let options = HistogramOpts::new(
            "diensan_phase_duration_seconds",
            "Time by phase: authenticate, access, cache, token, connect, first_byte, body, parse, fill, audit. The connection is empty where none is meant.",
        );
        let all = HistogramVec::new(options.buckets(BUCKETS.to_vec()), &["phase", "connection"])?;
        Ok(Self { all, own: Arc::default() })
    }

    /// Adds it to what is rendered.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.all.clone()))
    }

    /// A phase took so long; `connection` is a configured name, or empty.
    pub fn took(&self, phase: Phase, connection: &str, took: Duration) {
        self.of(phase, connection).observe(took.as_secs_f64());
    }

    /// The series of one phase.
    pub fn of(&self, phase: Phase, connection: &str) -> Histogram {
        self.all.with_label_values(&[phase.label(), connection])
    }

    /// The series of one of our own phases, at which no connection is meant.
    pub fn own(&self, phase: Phase) -> &Histogram {
        self.own[phase as usize].get_or_init(|| self.of(phase, ""))
    }
}
