//! Fuzz targets: the body of a request, and typed values against a form.

use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::date;

use super::chosen::check_typed;
use super::request::{AutofillRequest, PersonInput};
use crate::catalog::{Catalog, load};
use crate::fuzzing::{corpus, run};
use crate::strict_json::printable;

const PIECES: [&str; 28] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "1e999",
    "-0.0",
    "\\u0000",
    "\\ud800",
    "\\u0110",
    "\"id\":\"999085000001\"",
    "\"name\":",
    "\"birth_date\":\"1985\"",
    "\"qr\":",
    "\"same_as\":\"citizen\"",
    "\"persons\":{",
    "\"typed\":{",
    "\"so_luong_ban\":",
    "~1",
    "999085000001",
    "\u{feff}",
    "\u{202e}",
    "\0",
    " ",
];

/// Deeper texts are not compared: the other parser gives up at a depth of its own.
const COMPARED_DEPTH: usize = 100;

#[test]
fn fuzz_the_body_of_a_request() {
    let today = date(2026, 11, 25);
    run("request", &PIECES, &corpus("requests"), |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        match AutofillRequest::read(text, today) {
            Ok(request) => {
                let words = [&request.officer, &request.agency, &request.dossier, &request.form, &request.citizen_role];
                for word in words.into_iter().flatten().chain([&request.service]) {
                    assert!(!word.is_empty() && !word.chars().any(char::is_control));
                }
                if let PersonInput::Query(person) = &request.citizen {
                    assert!(matches!(person.query.number.digits().len(), 9 | 12));
                }
                if text.matches(['{', '[']).count() < COMPARED_DEPTH {
                    let other = serde_json::from_str::<serde_json::Value>(text.trim_start_matches('\u{feff}'));
                    // A number that no number type holds is told later, with the box that it does not fit.
                    let refused = other.err().map(|error| error.to_string());
                    let refused = refused.filter(|error| !error.starts_with("number out of range"));
                    assert_eq!(refused, None, "somebody else's parser refuses it");
                }
            }
            Err(findings) => {
                assert!(!findings.is_empty());
                for finding in findings {
                    assert!(finding.pointer == printable(&finding.pointer) || finding.pointer.is_empty());
                    let said = [finding.pointer, finding.vi, finding.en].concat();
                    assert!(!said.contains("999085000001") && !said.contains('\0'), "{}", finding.rule);
                }
            }
        }
    });
}

#[test]
fn fuzz_typed_values() {
    static CATALOG: LazyLock<Catalog> =
        LazyLock::new(|| load(Path::new("service-catalog"), Path::new("schemas")).expect("the catalogue"));
    let service = CATALOG.service("2.000815").expect("a service");
    let plan = &service.forms.last().expect("a form").plan;
    let today = date(2026, 11, 25);
    let keys: Vec<&str> = plan.targets.iter().map(|target| &*target.key).collect();
    run("typed values", &PIECES, &corpus("typed"), |input| {
        let Ok(typed) = std::str::from_utf8(input) else { return };
        let body = format!(r#"{{"service":"2.000815","citizen":{{"id":"999198000022"}},"typed":{typed}}}"#);
        let Ok(request) = AutofillRequest::read(&body, today) else { return };
        if check_typed(plan, &request.typed).is_err() {
            return;
        }
        for (key, value) in &request.typed {
            assert!(keys.contains(&key.as_str()));
            let written = value.to_string();
            assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok_and(|read| read == *value), "{key}");
            assert!(!written.contains("\\u0000") && !written.contains('\u{202e}'), "{key}");
        }
    });
}
