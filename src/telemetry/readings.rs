//! The metrics at one moment: rendered for Prometheus, or read by name for the operator's page, so that both say the
//! same.

use std::collections::BTreeMap;

use prometheus::proto::{Metric, MetricFamily, MetricType};
use prometheus::{Encoder as _, TextEncoder};

/// Label names with the values wanted.
pub type Labels<'a> = &'a [(&'a str, &'a str)];

/// Every metric at one moment.
pub struct Readings(pub(super) Vec<MetricFamily>);

impl Readings {
    /// The Prometheus text format (version 0.0.4).
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        if TextEncoder::new().encode(&self.0, &mut text).is_err() {
            return String::new();
        }
        String::from_utf8(text).unwrap_or_default()
    }

    /// The value of the first series of a counter or gauge with these labels; `None` when there is none.
    pub fn value(&self, name: &str, labels: Labels<'_>) -> Option<f64> {
        self.series(name, labels).next().map(|(family, metric)| value(family, metric))
    }

    /// The sums by the values of one label, in their order.
    pub fn by(&self, name: &str, label: &str, labels: Labels<'_>) -> BTreeMap<String, f64> {
        let mut sums = BTreeMap::new();
        for (family, metric) in self.series(name, labels) {
            let key = metric.get_label().iter().find(|pair| pair.name() == label);
            *sums.entry(key.map(|pair| pair.value().to_owned()).unwrap_or_default()).or_insert(0.0) +=
                value(family, metric);
        }
        sums
    }

    /// The mean of a histogram's observations, in its unit; `None` before the first.
    pub fn mean(&self, name: &str, labels: Labels<'_>) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0.0);
        for (_, metric) in self.series(name, labels) {
            let histogram = metric.get_histogram();
            sum += histogram.get_sample_sum();
            count += f64::from(u32::try_from(histogram.get_sample_count()).unwrap_or(u32::MAX));
        }
        (count > 0.0).then_some(sum / count)
    }

    fn series<'a>(&'a self, name: &'a str, labels: Labels<'a>) -> impl Iterator<Item = (&'a MetricFamily, &'a Metric)> {
        let families = self.0.iter().filter(move |family| family.name() == name);
        let all = families.flat_map(|family| family.get_metric().iter().map(move |metric| (family, metric)));
        all.filter(move |(_, metric)| {
            labels.iter().all(|(name, wanted)| {
                metric.get_label().iter().any(|pair| pair.name() == *name && pair.value() == *wanted)
            })
        })
    }
}

fn value(family: &MetricFamily, metric: &Metric) -> f64 {
    match family.get_field_type() {
        MetricType::COUNTER => metric.get_counter().get_value(),
        _ => metric.get_gauge().get_value(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Metrics;

    #[test]
    fn readings_say_what_was_counted() {
        let metrics = Metrics::new().expect("metrics");
        metrics.look_up("a", "found", None, Duration::from_secs(1));
        metrics.look_up("a", "timeout", Some("budget"), Duration::from_secs(3));
        metrics.look_up("b", "found", None, Duration::from_secs(5));
        metrics.cache_bytes(77, 100);
        let readings = metrics.read(None);
        let of_a = [("connection", "a")];
        let by = readings.by("diensan_lookups_total", "outcome", &of_a);
        assert_eq!(by.into_iter().collect::<Vec<_>>(), [("found".to_owned(), 1.0), ("timeout".to_owned(), 1.0)]);
        let all: f64 = readings.by("diensan_lookups_total", "connection", &[]).values().sum();
        assert_eq!(all, 3.0);
        assert_eq!(readings.value("diensan_cache_bytes", &[]), Some(77.0));
        assert_eq!(readings.value("diensan_upstream_permits", &of_a), None);
        assert_eq!(readings.mean("diensan_lookup_duration_seconds", &of_a), Some(2.0));
        assert_eq!(readings.mean("diensan_lookup_duration_seconds", &[("connection", "c")]), None);
        assert!(readings.text().contains("diensan_cache_bytes 77"));
    }
}
