//! What the metrics say about the catalogue in use and its reloads.

use std::sync::Mutex;

use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// Version, number of reloads, and how the last one ended.
pub struct CatalogReloads {
    total: IntCounterVec,
    success: IntGauge,
    timestamp: IntGauge,
    info: IntGaugeVec,
    /// The version whose line is shown.
    shown: Mutex<String>,
}

impl CatalogReloads {
    /// Everything from the start on, so that rates and alerts see the first change: the start counts as a success.
    pub fn new() -> prometheus::Result<Self> {
        let reloads = Self {
            total: IntCounterVec::new(
                Opts::new("diensan_catalog_reloads_total", "Reloads of the catalogue after the start by result."),
                &["result"],
            )?,
            success: IntGauge::new(
                "diensan_catalog_last_reload_success",
                "1: the last reload is in use, or nothing was reloaded yet; 0: it was refused, the old one stays.",
            )?,
            timestamp: IntGauge::new(
                "diensan_catalog_last_reload_timestamp_seconds",
                "When the last reload ended, well or not; 0 before the first.",
            )?,
            info: IntGaugeVec::new(
                Opts::new(
                    "diensan_catalog_version_info",
                    "Always 1; the version of the catalogue in use is the label.",
                ),
                &["version"],
            )?,
            shown: Mutex::default(),
        };
        for result in ["ok", "failed"] {
            reloads.total.with_label_values(&[result]);
        }
        reloads.success.set(1);
        Ok(reloads)
    }

    /// Adds all of it to what is rendered.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.total.clone()))?;
        registry.register(Box::new(self.success.clone()))?;
        registry.register(Box::new(self.timestamp.clone()))?;
        registry.register(Box::new(self.info.clone()))
    }

    /// Another version is in use; the line of the one before it goes away.
    pub fn version(&self, version: &str) {
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *shown == version {
            return;
        }
        // First the new, then the old: a scrape in between sees two versions rather than none.
        self.info.with_label_values(&[version]).set(1);
        if !shown.is_empty() {
            // It was set when it was shown, so it is there.
            let _ = self.info.remove_label_values(&[&**shown]);
        }
        version.clone_into(&mut shown);
    }

    /// A reload ended.
    pub fn ended(&self, result: &str, good: bool, second: i64) {
        self.total.with_label_values(&[result]).inc();
        self.success.set(i64::from(good));
        self.timestamp.set(second);
    }
}
