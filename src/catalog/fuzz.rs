//! Fuzz targets: the files that maintainers of the catalogue write.

use std::path::Path;

use super::form_schema::FormSchema;
use super::mapping_file::MappingFile;
use super::service_file::{Level, ServiceFile};
use crate::fuzzing::run;
use crate::strict_json::{self, Finding, Node};

const PIECES: [&str; 24] = [
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
    "\"from\":",
    "\"first_of\":[",
    "\"persons\":{",
    "\"fields\":{",
    "\"manual\":[",
    "\"applicant\":",
    "\"lookup\":true",
    "\"$ref\":\"http://127.0.0.1/\"",
    "\"pattern\":\"(a+)+$\"",
    "\"$ref\":\"#\"",
    "\\ud800",
    "\u{feff}",
    "\0",
    "ễ",
];

/// A few files of a folder, not larger than what a script can change well.
fn seeds(folder: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = std::fs::read_dir(Path::new(folder)).expect("a folder").filter_map(Result::ok).collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    let texts = files.iter().filter_map(|file| std::fs::read(file.path()).ok());
    let small: Vec<Vec<u8>> = texts.filter(|text| text.len() < 12_000).collect();
    let seeds: Vec<Vec<u8>> = small.iter().step_by((small.len() / 12).max(1)).cloned().collect();
    assert!(seeds.len() >= 3, "{folder}");
    seeds
}

/// Whatever is refused is refused with a reason, at a place that is in the file.
fn check<T>(input: &[u8], read: impl Fn(&Node, &mut Vec<Finding>) -> Option<T>) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut findings = Vec::new();
    let read = match strict_json::parse(text) {
        Ok(root) => read(&root, &mut findings).is_some(),
        Err(wrong) => {
            findings = wrong;
            false
        }
    };
    assert!(read || !findings.is_empty(), "refused without a reason");
    for finding in &findings {
        assert!(text.get(finding.span.clone()).is_some(), "{}: {:?} is no place", finding.rule, finding.span);
    }
}

#[test]
fn fuzz_a_mapping() {
    run("mapping", &PIECES, &seeds("service-catalog/mappings"), |input| check(input, MappingFile::read));
}

#[test]
fn fuzz_a_form_schema() {
    run("form schema", &PIECES, &seeds("schemas/forms"), |input| check(input, FormSchema::read));
}

#[test]
fn fuzz_a_service() {
    run("service", &PIECES, &seeds("service-catalog/province"), |input| {
        check(input, |root, findings| ServiceFile::read(root, Level::Province, findings))
    });
}
