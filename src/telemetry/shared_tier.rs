//! What the metrics say about the tier that replicas share.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

/// The metrics of the shared tier; they exist only where one is configured.
#[derive(Clone)]
pub struct SharedTierMetrics {
    up: IntGauge,
    operations: IntCounterVec,
    durations: HistogramVec,
}

impl SharedTierMetrics {
    /// Nothing counted yet, and the tier out of use.
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let metrics = Self {
            up: IntGauge::new(
                "diensan_shared_tier_up",
                "1: the tier that replicas share is in use; 0: each replica goes on with its own cache and counters.",
            )?,
            operations: IntCounterVec::new(
                Opts::new(
                    "diensan_shared_tier_operations_total",
                    "Calls to the shared tier by operation and result: ok, timeout, failed, down (not made), and for \
                     what was read unknown_key, garbage, stale.",
                ),
                &["operation", "result"],
            )?,
            durations: HistogramVec::new(
                HistogramOpts::new(
                    "diensan_shared_tier_operation_duration_seconds",
                    "Time that one call to the shared tier took.",
                )
                .buckets(vec![0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0]),
                &["operation"],
            )?,
        };
        registry.register(Box::new(metrics.up.clone()))?;
        registry.register(Box::new(metrics.operations.clone()))?;
        registry.register(Box::new(metrics.durations.clone()))?;
        Ok(metrics)
    }

    /// Whether the tier is in use.
    pub fn up(&self, up: bool) {
        self.up.set(i64::from(up));
    }

    /// A call ended; without a time it was not made.
    pub fn operation(&self, operation: &'static str, result: &'static str, took: Option<Duration>) {
        self.operations.with_label_values(&[operation, result]).inc();
        if let Some(took) = took {
            self.durations.with_label_values(&[operation]).observe(took.as_secs_f64());
        }
    }
}
