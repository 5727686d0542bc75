//! SECURITY.md tells the truth: every row of the register of risks stands in it, every test that it names exists, and what
//! is not shown, or not wholly, has its reason in the list of what is not covered.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::harness::root;

/// The rows of the register: requirements, threats, bad requests, catalogue files and replies, with how many there are.
const ROWS: [(char, usize); 5] = [('R', 21), ('T', 30), ('A', 20), ('C', 20), ('U', 20)];

/// What stands for "no test shows it" and for "tests show some of it".
const NOT_COVERED: &str = "not covered";
const IN_PART: &str = "in part: ";

fn is_row(text: &str) -> bool {
    let mut letters = text.chars();
    let known = letters.next().is_some_and(|kind| ROWS.iter().any(|(letter, _)| *letter == kind));
    known && !letters.as_str().is_empty() && letters.as_str().bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether a file of the repository has a test of this name that runs.
fn has_test(file: &str, name: &str) -> bool {
    let Ok(text) = fs::read_to_string(root().join(file)) else { return false };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declares = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('('))
    };
    let at = lines.iter().position(|line| declares(line));
    at.is_some_and(|at| {
        let above: Vec<&&str> = lines[..at].iter().rev().take_while(|line| line.starts_with(['#', '/'])).collect();
        let is_test = above.iter().any(|line| line.starts_with("#[test") || line.starts_with("#[tokio::test"));
        is_test && !above.iter().any(|line| line.starts_with("#[ignore"))
    })
}

/// Whether `make check` runs a script.
fn is_checked(script: &str) -> bool {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    script.starts_with("tests/") && root().join(script).is_file() && makefile.contains(&format!("\t@{script}\n"))
}

/// Everything that is wrong with a table of threats.
fn findings(text: &str, has_test: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut cells: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let parts: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if let [id, _, cell] = parts[..]
            && is_row(id)
            && cells.insert(id.to_owned(), cell.to_owned()).is_some()
        {
            wrong.push(format!("{id} stands there twice"));
        }
    }
    let reasons: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("- **"))
        .filter_map(|line| line.split_once("**: "))
        .filter(|(id, reason)| is_row(id) && reason.len() > 20)
        .map(|(id, _)| id)
        .collect();
    for (letter, last) in ROWS {
        let missing = (1..=last).map(|number| format!("{letter}{number}")).filter(|id| !cells.contains_key(id));
        wrong.extend(missing.map(|id| format!("{id} is missing")));
    }
    for (id, cell) in &cells {
        let whole = cell != NOT_COVERED && !cell.starts_with(IN_PART);
        if whole == reasons.contains(id.as_str()) {
            wrong.push(format!("{id}: the cell and the list of what is not covered say different things"));
        }
        let tests: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if tests.is_empty() != (cell == NOT_COVERED) {
            wrong.push(format!("{id} names no test, or one in spite of being not covered"));
        }
        for test in tests {
            if !test.split_once("::").map_or_else(|| is_checked(test), |(file, name)| has_test(file, name)) {
                wrong.push(format!("{id}: there is no test {test}"));
            }
        }
    }
    wrong.extend(reasons.iter().filter(|id| !cells.contains_key(**id)).map(|id| format!("{id} is no row")));
    wrong
}

fn security() -> String {
    fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md")
}

#[test]
fn every_row_names_tests_that_exist_or_says_why_it_is_not_covered() {
    assert_eq!(findings(&security(), has_test), [""; 0]);
}

#[test]
fn a_table_that_is_wrong_is_noticed() {
    let good = security();
    for (from, to, expected) in [
        ("| R21 |", "| R22 |", "R21 is missing"),
        ("| R21 |", "| R20 |", "R20 stands there twice"),
        ("a_weak_log_in_leaves_only_the_catalogue", "a_test_that_nobody_wrote", "R21: there is no test"),
        ("planted-advisory.sh", "planted.sh", "T23: there is no test"),
        ("- **R6**: ", "- **R7**: ", "R7: the cell and the list"),
        ("| in part: ", "| ", "R1: the cell and the list"),
        ("| not covered |", "| |", "R15 names no test"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from}");
        let found = findings(&bad, has_test);
        assert!(found.iter().any(|finding| finding.starts_with(expected)), "{expected}: {found:?}");
    }
}
