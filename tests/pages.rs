//! The pages for people: over HTTP, and in a real Chromium (`tests/browser/run.sh`).

use std::process::Command;

use crate::harness::{Process, root};

#[test]
fn every_kind_of_page_is_accessible_in_a_real_browser_and_asks_nobody_else() {
    let process = Process::serve(&[]);
    run_browser("pages.mjs", &[&process.address]);
}

/// Runs a script of `tests/browser` and shows what it says when it fails.
fn run_browser(script: &str, arguments: &[&str]) {
    let run = Command::new(root().join("tests/browser/run.sh")).arg(script).args(arguments).output().expect("a shell");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(run.status.success(), "{}{}", said(&run.stdout), said(&run.stderr));
}
