//! Fuzz target: a configuration, with its callers.

use super::*;
use crate::fuzzing::{corpus, run};

const PIECES: [&str; 20] = [
    "[[caller]]\n",
    "[[connection]]\n",
    "[server]\n",
    "[access]\n",
    "[journal]\n",
    "=",
    "\"",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "\0",
    "-1",
    "99999999999999999999",
    "\"*\"",
    "\"sensitive:*\"",
    "sha256:",
    "0001-01-01",
    "ễ",
];

#[test]
fn fuzz_a_configuration_with_callers() {
    run("configuration", &PIECES, &corpus("configurations"), |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let mut problems = Vec::new();
        let settings = Settings::parse(text, Path::new("."), Purpose::Serve, &mut problems);
        assert!(settings.is_some() || !problems.is_empty());
        let lines = text.matches('\n').count() + 1;
        for problem in &problems {
            assert!((1..=lines).contains(&problem.line), "{}: line {} of {lines}", problem.key, problem.line);
        }
        // Who may do nothing is refused at start, and two of one name never stand.
        let callers = settings.map(|settings| settings.callers).unwrap_or_default();
        for (index, caller) in callers.iter().enumerate() {
            assert!(is_caller_name(&caller.name));
            let twice = callers[..index].iter().any(|other| other.name == caller.name);
            assert!(!twice || !problems.is_empty());
        }
    });
}
