//! What the metrics say about the access room; read from it when they are asked for. Without callers there are none.

use std::time::Duration;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{GaugeVec, IntCounterVec, IntGauge, Opts};

/// One kind of alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlarmState {
    /// Of a closed set.
    pub label: &'static str,
    /// Since the start.
    pub count: u64,
    /// Since 1970; zero: never.
    pub newest: Duration,
}

/// The access room as it tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessState {
    pub alarms: Vec<AlarmState>,
    /// Questions about look-ups that wait for an officer's reason.
    pub samples_open: usize,
    /// Of them, older than a day.
    pub samples_overdue: usize,
}

/// Reads a state at every scrape. A fresh set of metrics each time: two scrapes at once cannot disturb each other.
pub struct AccessCollector<F> {
    read: F,
    blank: Families,
}

struct Families {
    alarms: IntCounterVec,
    newest: GaugeVec,
    open: IntGauge,
    overdue: IntGauge,
}

impl<F: Fn() -> AccessState + Send + Sync> AccessCollector<F> {
    /// What `read` tells.
    ///
    /// # Errors
    /// A name that cannot be a metric's (a programming error that the first start shows).
    pub fn new(read: F) -> prometheus::Result<Self> {
        Ok(Self { read, blank: Families::new()? })
    }
}

impl Families {
    fn new() -> prometheus::Result<Self> {
        Ok(Self {
            alarms: IntCounterVec::new(
                Opts::new("diensan_access_alarms_total", "Alarms of quotas, look-ups and credentials by kind."),
                &["alarm"],
            )?,
            newest: GaugeVec::new(
                Opts::new(
                    "diensan_access_alarm_newest_timestamp_seconds",
                    "When an alarm of this kind was last raised; 0: not since the start.",
                ),
                &["alarm"],
            )?,
            open: IntGauge::new(
                "diensan_access_samples_open",
                "Sampled look-ups whose reason has not been given yet.",
            )?,
            overdue: IntGauge::new(
                "diensan_access_samples_overdue",
                "Sampled look-ups whose reason has not been given for more than a day.",
            )?,
        })
    }

    fn parts(&self) -> [&dyn Collector; 4] {
        [&self.alarms, &self.newest, &self.open, &self.overdue]
    }

    fn take(&self, state: &AccessState) {
        for alarm in &state.alarms {
            self.alarms.with_label_values(&[alarm.label]).inc_by(alarm.count);
            self.newest.with_label_values(&[alarm.label]).set(alarm.newest.as_secs_f64());
        }
        self.open.set(i64::try_from(state.samples_open).unwrap_or(i64::MAX));
        self.overdue.set(i64::try_from(state.samples_overdue).unwrap_or(i64::MAX));
    }
}

impl<F: Fn() -> AccessState + Send + Sync> Collector for AccessCollector<F> {
    fn desc(&self) -> Vec<&Desc> {
        self.blank.parts().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        // The names were accepted when the collector was made.
        let Ok(families) = Families::new() else { return Vec::new() };
        families.take(&(self.read)());
        families.parts().into_iter().flat_map(Collector::collect).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scrape_tells_the_state_of_that_moment() {
        let count = std::sync::atomic::AtomicU64::new(0);
        let read = move || AccessState {
            alarms: vec![AlarmState {
                label: "officer_locked",
                count: count.fetch_add(2, std::sync::atomic::Ordering::Relaxed),
                newest: Duration::from_millis(1_500),
            }],
            samples_open: 3,
            samples_overdue: 1,
        };
        let registry = prometheus::Registry::new();
        registry.register(Box::new(AccessCollector::new(read).expect("names"))).expect("registered");
        for expected in [0.0, 2.0, 4.0] {
            let readings = super::super::Readings(registry.gather());
            let labels = [("alarm", "officer_locked")];
            assert_eq!(readings.value("diensan_access_alarms_total", &labels), Some(expected));
            assert_eq!(readings.value("diensan_access_alarm_newest_timestamp_seconds", &labels), Some(1.5));
            assert_eq!(readings.value("diensan_access_samples_open", &[]), Some(3.0));
            assert_eq!(readings.value("diensan_access_samples_overdue", &[]), Some(1.0));
        }
    }
}
