//! What the metrics say about one connection.

use std::collections::BTreeMap;

use crate::harness::Process;

/// The series of one connection, by what follows the family's name.
pub struct Watched(BTreeMap<String, f64>);

impl Watched {
    /// Reads them now.
    pub async fn of(service: &Process, connection: &str) -> Self {
        let text = service.get("/metrics").await.text;
        let label = format!("connection=\"{connection}\"");
        let of_it = text.lines().filter(|line| line.contains(&label) && !line.starts_with('#'));
        Self(
            of_it
                .filter_map(|line| line.rsplit_once(' '))
                .map(|(name, value)| (name.to_owned(), value.parse().expect("a number")))
                .collect(),
        )
    }

    /// Look-ups counted since: `outcome/cause count`.
    pub fn lookups_since(&self, before: &Self) -> String {
        self.since(before, "diensan_lookups_total", |name| {
            format!("{}/{}", label(name, "outcome"), label(name, "cause"))
        })
    }

    /// Calls counted since: `address result count`.
    pub fn calls_since(&self, before: &Self) -> String {
        self.since(before, "diensan_upstream_calls_total", |name| {
            format!("{} {}", label(name, "address"), label(name, "result"))
        })
    }

    /// `closed`, or which addresses are left alone.
    pub fn breaker(&self) -> String {
        let states = self.0.iter().filter(|(name, value)| {
            name.starts_with("diensan_upstream_breaker_state") && **value == 1.0 && !name.contains("state=\"closed\"")
        });
        let open: Vec<String> =
            states.map(|(name, _)| format!("{} {}", label(name, "address"), label(name, "state"))).collect();
        if open.is_empty() { "closed".to_owned() } else { open.join(", ") }
    }

    fn since(&self, before: &Self, family: &str, words: impl Fn(&str) -> String) -> String {
        let mut grown: Vec<String> = self
            .0
            .iter()
            .filter(|(name, _)| name.starts_with(family))
            .map(|(name, value)| (name, value - before.0.get(name).copied().unwrap_or(0.0)))
            .filter(|(_, more)| *more > 0.0)
            .map(|(name, more)| format!("{} {more}", words(name)))
            .collect();
        grown.sort_unstable();
        grown.join(", ")
    }
}

/// The value of a label; labels of these families hold no quotes.
fn label<'a>(series: &'a str, name: &str) -> &'a str {
    let start = series.find(&format!("{name}=\"")).map(|at| at + name.len() + 2);
    start.and_then(|start| series[start..].split('"').next()).unwrap_or_default()
}
