//! What the metrics say about the journal; read from its health when they are asked for. Without a journal there are none.

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, IntCounter, IntGauge};

/// The journal as its health tells it.
#[derive(Clone, Copy, Debug, Default)]
pub struct JournalState {
    pub failing: bool,
    /// Number of the last line on disk.
    pub sequence: u64,
    pub waiting: usize,
    /// How long the oldest of them has waited.
    pub oldest_waiting: Duration,
    pub written_bytes: u64,
    pub segment_bytes: u64,
    pub last_sync: Duration,
    pub failed_groups: u64,
    pub failed_anchors: u64,
}

/// The families of one scrape. Made anew each time: two scrapes at once cannot disturb each other.
///
/// # Errors
/// A name that cannot be a metric's (a programming error that every scrape shows).
pub fn families(state: JournalState) -> prometheus::Result<Vec<MetricFamily>> {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let gauge = |name: &str, help: &str, value: i64| -> prometheus::Result<Box<dyn Collector>> {
        let gauge = IntGauge::new(name, help)?;
        gauge.set(value);
        Ok(Box::new(gauge))
    };
    let seconds = |name: &str, help: &str, value: Duration| -> prometheus::Result<Box<dyn Collector>> {
        let gauge = Gauge::new(name, help)?;
        gauge.set(value.as_secs_f64());
        Ok(Box::new(gauge))
    };
    let counter = |name: &str, help: &str, value: u64| -> prometheus::Result<Box<dyn Collector>> {
        let counter = IntCounter::new(name, help)?;
        counter.inc_by(value);
        Ok(Box::new(counter))
    };
    let parts = [
        gauge(
            "diensan_journal_failing",
            "1: the journal cannot be written and nothing is disclosed; 0: it can.",
            i64::from(state.failing),
        )?,
        gauge("diensan_journal_sequence", "Number of the last line that is on disk.", number(state.sequence))?,
        gauge(
            "diensan_journal_waiting_events",
            "Events that wait for the disk.",
            i64::try_from(state.waiting).unwrap_or(i64::MAX),
        )?,
        seconds(
            "diensan_journal_oldest_waiting_seconds",
            "How long the oldest event that waits for the disk has waited; 0: none waits.",
            state.oldest_waiting,
        )?,
        counter("diensan_journal_written_bytes_total", "Bytes written since the start.", state.written_bytes)?,
        gauge("diensan_journal_segment_bytes", "Length of the segment that is written.", number(state.segment_bytes))?,
        seconds(
            "diensan_journal_last_sync_duration_seconds",
            "How long the disk took for the last group.",
            state.last_sync,
        )?,
        counter("diensan_journal_failed_groups_total", "Groups of events refused by the disk.", state.failed_groups)?,
        counter(
            "diensan_journal_failed_anchors_total",
            "Heads of the chain that could not be told to an anchor.",
            state.failed_anchors,
        )?,
    ];
    Ok(parts.iter().flat_map(|part| part.collect()).collect())
}
