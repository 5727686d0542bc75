//! `upstream-faults.csv`: a row for every fault and place.

use serde::Deserialize;

use crate::harness::root;

/// One row of the matrix.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub id: String,
    /// The row of PROTOCOL (or of RISKS) that it shows.
    pub protocol: String,
    /// What upstream does.
    pub what: String,
    /// Where on the road it does so.
    #[serde(rename = "where")]
    pub place: String,
    /// What is switched on; see `script.rs`.
    pub script: String,
    pub profile: String,
    /// Keys of the connection that differ, as in the configuration, parted by `; `.
    settings: String,
    asks: String,
    pub outcome: String,
    pub cause: String,
    pub status: u16,
    /// The problem code of our answer; empty for a form.
    pub code: String,
    pub data_calls: usize,
    pub token_calls: usize,
    /// Faults and time-outs that count against an address; the breaker of the row's connection opens at this many (at
    /// one when there are none), so one more or fewer shows.
    pub faults: usize,
    /// `closed`, `data open` or `token open`.
    pub breaker: String,
    /// `address result count`, parted by commas, of `diensan_upstream_calls_total`.
    calls: String,
    /// Seconds, or `least..most`.
    pub retry_after: String,
}

/// How often a row asks; what it expects is expected of the last look-up.
pub enum Asks {
    Times(usize),
    /// The second look-up while the first is under way.
    Overlapping,
}

/// All rows.
pub fn rows() -> Vec<Row> {
    let path = root().join("tests/upstream-faults.csv");
    let mut reader = csv::Reader::from_path(&path).expect("the table");
    let rows: Result<Vec<Row>, csv::Error> = reader.deserialize().collect();
    rows.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Row {
    /// Keys and values of the connection that differ.
    pub fn settings(&self) -> Vec<(&str, &str)> {
        let pairs = self.settings.split("; ").filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once(" = ").expect("key = value")).collect()
    }

    pub fn asks(&self) -> Asks {
        match self.asks.as_str() {
            "2 overlapping" => Asks::Overlapping,
            times => Asks::Times(times.parse().expect("a number")),
        }
    }

    /// As [`super::watched::Watched::calls_since`] tells them.
    pub fn calls(&self) -> String {
        let mut calls: Vec<&str> = self.calls.split(", ").collect();
        calls.sort_unstable();
        calls.join(", ")
    }

    /// The labels of `diensan_lookups_total`: outcome and cause, once.
    pub fn lookup_label(&self) -> String {
        format!("{}/{} 1", self.outcome, self.cause)
    }

    /// Whether our answer may ask to wait so long.
    pub fn accepts_wait(&self, header: &str) -> bool {
        match (self.retry_after.split_once(".."), header.parse::<u64>()) {
            (Some((least, most)), Ok(seconds)) => {
                let bound = |text: &str| text.parse::<u64>().expect("seconds");
                (bound(least)..=bound(most)).contains(&seconds)
            }
            _ => self.retry_after == header,
        }
    }
}

#[test]
fn every_row_of_the_two_tables_of_the_protocol_is_shown() {
    let rows = rows();
    assert!(rows.len() >= 60, "{} rows", rows.len());
    let shown = |words: &str| rows.iter().filter(|row| row.protocol.contains(words)).count();
    for outcome in [
        "NotFound",
        "Multiple",
        "Rejected",
        "NotPermittedProcedure",
        "NotPermittedOfficer",
        "AuthFailed",
        "Throttled",
        "UpstreamFault",
        "Timeout",
        "Malformed",
    ] {
        assert!(shown(&format!("§6.1 {outcome}")) > 0, "{outcome}");
    }
    for shape in ["SOAP", "X-Road", "wrapped", "HTML"] {
        assert!(shown(&format!("§6.2 {shape}")) > 0, "{shape}");
    }
    for code in [
        "900901", "900902", "900903", "900904", "900906", "900908", "900909", "900910", "900802", "303001", "101503",
        "101504", "101505",
    ] {
        assert!(shown(code) > 0, "{code}");
    }
    let mut ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rows.len(), "an id stands twice");
}

/// The rule that matters most, on the table itself: only three shapes of a good answer mean "nobody".
#[test]
fn no_row_but_a_readable_nobody_expects_not_found() {
    for row in rows().iter().filter(|row| row.outcome == "not_found") {
        assert!(row.script.ends_with("data: not-found"), "{}", row.id);
    }
}
