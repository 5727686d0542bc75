//! The house: a room uses rooms below it, never above, never in a circle; files stay readable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::harness::root;

/// From the roof to the ground. Rooms on one line do not use each other.
const STOREYS: &[&[&str]] = &[
    &["main"],
    &["lib"],
    &["cli", "bench_steps"],
    &["http"],
    &["pages"],
    &["autofill"],
    &["cache"],
    &["disclosures"],
    &["population", "simulator", "catalog", "audit", "access", "signing", "opencps"],
    &["shared_tier", "fresh_id"],
    &["citizen", "config", "telemetry", "clock", "hygiene"],
    &["strict_json"],
    &["fuzzing"],
];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn room_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).expect("in src");
    let first = inside.iter().next().and_then(|part| part.to_str()).expect("a name");
    first.trim_end_matches(".rs").to_owned()
}

fn storey(room: &str) -> usize {
    STOREYS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("{room} has no storey"))
}

/// The rooms that a file names as `crate::room`.
fn used_rooms(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for part in text.split("crate::").skip(1) {
        let name: String = part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        rooms.insert(name);
    }
    rooms
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let mut files = Vec::new();
    rust_files(&root().join("src"), &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let (room, text) = (room_of(file), std::fs::read_to_string(file).expect("a text"));
        for used in used_rooms(&text).into_iter().filter(|used| *used != room) {
            if storey(&used) <= storey(&room) {
                wrong.push(format!("{} uses {used}", file.strip_prefix(root()).expect("inside").display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(files.len() > 60);
}

#[test]
fn no_gateway_is_named_outside_its_room() {
    let mut files = Vec::new();
    rust_files(&root().join("src"), &mut files);
    for file in files {
        // The configuration knows the words of the file, the command line hands them on, the simulator speaks them, and so
        // does another system's front end.
        if matches!(room_of(&file).as_str(), "population" | "simulator" | "config" | "cli" | "opencps") {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a text").to_lowercase();
        for name in ["lgsp", "soap", "wso2", "ndxp", "authhash", "mayeucau"] {
            assert!(!text.contains(name), "{} names {name}", file.display());
        }
    }
}

#[test]
fn the_citizen_room_is_pure() {
    let mut files = Vec::new();
    rust_files(&root().join("src/citizen"), &mut files);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a text");
        for impure in ["std::fs", "std::net", "tokio", "async ", "SystemTime", "Timestamp::now", "std::env", "tracing"]
        {
            assert!(!text.contains(impure), "{} holds {impure}", file.display());
        }
    }
}

#[test]
fn no_file_of_the_program_is_longer_than_450_lines() {
    let mut files = Vec::new();
    rust_files(&root().join("src"), &mut files);
    for file in files {
        let lines = std::fs::read_to_string(&file).expect("a text").lines().count();
        assert!(lines <= 450, "{} has {lines} lines", file.display());
    }
}
