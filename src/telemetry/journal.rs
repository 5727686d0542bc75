//! What the metrics say about the journal; read from its health when they are asked for.

use std::time::Duration;

use prometheus::{Gauge, IntGauge, Registry};

/// The journal as its health tells it.
#[derive(Clone, Copy, Debug, Default)]
pub struct JournalState {
    pub failing: bool,
    /// Number of the last line on disk.
    pub sequence: u64,
    pub waiting: usize,
    pub written_bytes: u64,
    pub segment_bytes: u64,
    pub last_sync: Duration,
    pub failed_groups: u64,
    pub failed_anchors: u64,
}

/// The metrics of the journal. They appear with the first state: without a journal there are none.
pub struct JournalMetrics {
    failing: IntGauge,
    sequence: IntGauge,
    waiting: IntGauge,
    written_bytes: IntGauge,
    segment_bytes: IntGauge,
    last_sync: Gauge,
    failed_groups: IntGauge,
    failed_anchors: IntGauge,
    registry: Registry,
}

impl JournalMetrics {
    /// Nothing known yet.
    pub fn new() -> prometheus::Result<Self> {
        let metrics = Self {
            failing: IntGauge::new(
                "diensan_journal_failing",
                "1: the journal cannot be written and nothing is disclosed; 0: it can.",
            )?,
            sequence: IntGauge::new("diensan_journal_sequence", "Number of the last line that is on disk.")?,
            waiting: IntGauge::new("diensan_journal_waiting", "Events that wait for the disk.")?,
            written_bytes: IntGauge::new("diensan_journal_written_bytes", "Bytes written since the start.")?,
            segment_bytes: IntGauge::new("diensan_journal_segment_bytes", "Length of the segment that is written.")?,
            last_sync: Gauge::new("diensan_journal_last_sync_seconds", "How long the disk took for the last group.")?,
            failed_groups: IntGauge::new(
                "diensan_journal_failed_groups",
                "Groups of events refused by the disk since the start.",
            )?,
            failed_anchors: IntGauge::new(
                "diensan_journal_failed_anchors",
                "Heads of the chain that could not be told to an anchor since the start.",
            )?,
            registry: Registry::new(),
        };
        let gauges = [
            &metrics.failing,
            &metrics.sequence,
            &metrics.waiting,
            &metrics.written_bytes,
            &metrics.segment_bytes,
            &metrics.failed_groups,
            &metrics.failed_anchors,
        ];
        for gauge in gauges {
            metrics.registry.register(Box::new(gauge.clone()))?;
        }
        metrics.registry.register(Box::new(metrics.last_sync.clone()))?;
        Ok(metrics)
    }

    /// Takes over a state and gives the families to render.
    pub fn families(&self, state: JournalState) -> Vec<prometheus::proto::MetricFamily> {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.failing.set(i64::from(state.failing));
        self.sequence.set(number(state.sequence));
        self.waiting.set(i64::try_from(state.waiting).unwrap_or(i64::MAX));
        self.written_bytes.set(number(state.written_bytes));
        self.segment_bytes.set(number(state.segment_bytes));
        self.last_sync.set(state.last_sync.as_secs_f64());
        self.failed_groups.set(number(state.failed_groups));
        self.failed_anchors.set(number(state.failed_anchors));
        self.registry.gather()
    }
}
