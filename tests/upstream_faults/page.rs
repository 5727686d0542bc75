//! `docs/upstream-faults.md`: the matrix for people who operate the service, made from the table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use super::table::{Row, rows};
use crate::harness::root;

/// When this variable is set, the test writes the page in place of comparing it.
const BLESS: &str = "DIENSAN_BLESS";

/// What to say and do for a problem code; a cause may have its own advice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advice {
    code: String,
    /// Empty: every cause of the code that has no row of its own.
    cause: String,
    /// The sentence for the officer, word for word as the service says it.
    officer: String,
    /// What the operator should do.
    operator: String,
}

fn advice() -> Vec<Advice> {
    let mut reader = csv::Reader::from_path(root().join("tests/upstream-advice.csv")).expect("the table of advice");
    reader.deserialize().collect::<Result<_, _>>().expect("rows of advice")
}

/// What the officer reads for a problem code.
pub fn officer_sees(code: &str) -> String {
    let advice = advice();
    let found = advice.iter().find(|advice| advice.code == code).map(|advice| advice.officer.clone());
    found.unwrap_or_else(|| format!("no advice for {code}"))
}

fn page() -> String {
    let (rows, advice) = (rows(), advice());
    let mut page = String::from(
        "# When upstream fails\n\n\
         Made from `tests/upstream-faults.csv` and `tests/upstream-advice.csv`; do not edit. After a change of the \
         tables write it again with\n\n```sh\nDIENSAN_BLESS=1 cargo test --test main upstream_faults::page\n```\n\n\
         Every line below is run against the built service by `cargo test --test main upstream_faults`. An outage is \
         never told as \"no such citizen\": that answer comes only from a well-formed reply without a person.\n\n\
         `data` is the address that gives records, `token` the one that gives tokens. *Calls* is how often upstream is \
         asked for one look-up, repeats included. *Breaker* is what happens when such faults come again and again: \
         \"counts\" means that after the configured number the address is left alone for a while.\n",
    );
    let mut groups: BTreeMap<(usize, &str, &str), Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        let order = advice.iter().position(|advice| advice.code == row.code).unwrap_or(usize::MAX);
        groups.entry((order, &row.outcome, &row.cause)).or_default().push(row);
    }
    for ((_, outcome, cause), rows) in groups {
        let first = rows[0];
        let name = if cause.is_empty() { format!("`{outcome}`") } else { format!("`{outcome}`, cause `{cause}`") };
        let _ = write!(page, "\n## {name}\n\n");
        if first.code.is_empty() {
            page.push_str("The form is filled. These faults were mended by the one permitted repeat, or are none.\n");
        } else {
            let own = advice.iter().find(|advice| advice.code == first.code && advice.cause == cause);
            let advice = own.or_else(|| advice.iter().find(|advice| advice.code == first.code));
            let advice = advice.unwrap_or_else(|| panic!("no advice for {}", first.code));
            let _ = write!(
                page,
                "HTTP {} with the code `{}`. The officer sees: “{}”\n\n{}\n",
                first.status, first.code, advice.officer, advice.operator
            );
        }
        page.push_str("\n| what upstream does | where | profile | calls: data, token | wait | breaker | row |\n");
        page.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
        for row in rows {
            let _ = writeln!(
                page,
                "| {} | {} | {} | {}, {} | {} | {} | `{}` |",
                row.what,
                row.place,
                row.profile,
                row.data_calls,
                row.token_calls,
                wait(row),
                breaker(row),
                row.id
            );
        }
    }
    page
}

fn wait(row: &Row) -> String {
    if row.retry_after.is_empty() { "–".to_owned() } else { format!("{} s", row.retry_after.replace("..", " to ")) }
}

fn breaker(row: &Row) -> String {
    match row.breaker.strip_suffix(" open") {
        Some(address) => format!("counts {}, {address}", row.faults),
        None if row.faults > 1 => "counts 1, closed by the good answer".to_owned(),
        None => "does not count".to_owned(),
    }
}

#[test]
fn the_page_for_operators_is_made_from_the_table() {
    let (path, page) = (root().join("docs/upstream-faults.md"), page());
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(&path, page).expect("written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/upstream-faults.md is not what the tables say: see its first lines");
}

#[test]
fn every_code_and_every_advice_is_used() {
    let (rows, advice) = (rows(), advice());
    for row in rows.iter().filter(|row| !row.code.is_empty()) {
        assert!(advice.iter().any(|advice| advice.code == row.code), "no advice for {}", row.code);
    }
    for advice in &advice {
        let fits = |row: &&Row| row.code == advice.code && (advice.cause.is_empty() || row.cause == advice.cause);
        assert!(rows.iter().any(|row| fits(&row)), "{} {} is never seen", advice.code, advice.cause);
        assert!(!advice.officer.is_empty() && advice.operator.ends_with('.'), "{}", advice.code);
    }
}
