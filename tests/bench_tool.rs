//! What `make bench` makes of its measurements (`benches/figures.py`): tried with planted figures, nothing is measured.

use std::process::Command;

use crate::harness::root;

#[test]
fn the_benchmark_judges_planted_figures_as_its_own_tests_say() {
    // `-B`: nothing may be left beside the sources.
    let done = Command::new("python3")
        .args(["-B", "-m", "unittest", "discover", "-s", "benches", "-p", "test_*.py"])
        .current_dir(root())
        .output()
        .expect("python3");
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}");
    // A folder in which nothing is found is no success.
    assert!(told.contains("\nOK") && !told.contains("Ran 0 tests"), "{told}");
}
