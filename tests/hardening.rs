//! The hardening guide says only what is true of this program: its metrics, commands and keys of configuration exist, and
//! both languages hold the same lines to paste.

use std::collections::BTreeSet;
use std::process::Command;

use crate::harness::root;

const GUIDES: [&str; 2] = ["docs/hardening.md", "docs/hardening.vi.md"];

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a text file")
}

/// Everything that stands between backquotes or in a block of code.
fn code(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, block) in text.split("```").enumerate() {
        match index % 2 {
            1 => found.extend(block.lines().skip(1).map(str::to_owned)),
            _ => found.extend(block.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " "))),
        }
    }
    found
}

fn sources() -> String {
    fn walk(folder: &std::path::Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&std::fs::read_to_string(&path).expect("a text file"));
            }
        }
    }
    let mut text = String::new();
    walk(&root().join("src"), &mut text);
    text
}

/// `diensan` and the words after it, up to the first option or place.
fn commands(code: &[String]) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for line in code.iter().filter_map(|line| line.trim().strip_prefix("diensan ")) {
        let word =
            |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !word.starts_with('-');
        let words: Vec<String> = line.split_whitespace().take_while(word).map(str::to_owned).collect();
        found.insert(words);
    }
    found
}

#[test]
fn every_command_metric_and_key_of_the_guide_exists() {
    let (sources, example) = (sources(), read("deploy/diensan.example.toml") + &read("docs/access.md"));
    for guide in GUIDES {
        let code = code(&read(guide));
        for words in commands(&code) {
            let output = Command::new(env!("CARGO_BIN_EXE_diensan")).args(&words).arg("--help").output().expect("ran");
            assert!(output.status.success(), "{guide}: diensan {}", words.join(" "));
        }
        let metrics: BTreeSet<&str> = code
            .iter()
            .flat_map(|span| span.split(|c: char| !c.is_ascii_lowercase() && c != '_'))
            .filter(|word| word.starts_with("diensan_"))
            .collect();
        assert!(metrics.len() >= 7, "{guide}: {} metrics", metrics.len());
        for metric in metrics {
            assert!(sources.contains(&format!("\"{metric}\"")), "{guide}: {metric}");
        }
        for key in [
            "listen",
            "admin_listen",
            "behind_proxy",
            "client_ca",
            "client_certificates",
            "trust",
            "permits",
            "max_bytes",
            "old_mac_key_files",
            "old_citizen_key_files",
            "anchor_file",
            "anchor_syslog",
            "retention",
            "approved_by",
            "keys_url",
            "valid_for",
        ] {
            assert!(code.iter().any(|span| span.contains(key)), "{guide} does not speak of {key}");
            assert!(example.contains(key), "{key} is no key of a configuration");
        }
    }
}

#[test]
fn both_languages_give_the_same_lines_to_paste() {
    let blocks = |guide: &str| -> Vec<String> {
        let text = read(guide);
        let lines = text
            .split("```")
            .skip(1)
            .step_by(2)
            .flat_map(|block| block.lines().skip(1).map(str::to_owned).collect::<Vec<_>>());
        lines
            .filter_map(|line| line.split('#').next().map(|line| line.trim().to_owned()))
            .filter(|line| !line.is_empty())
            .collect()
    };
    let [en, vi] = GUIDES.map(blocks);
    assert!(en.len() > 12);
    assert_eq!(en, vi);
}

/// What the guide says of the unit stands in it, and the program can start under it.
#[test]
fn the_unit_leaves_nothing_to_write_but_the_state_and_lets_the_program_forbid_core_dumps() {
    let unit = read("deploy/diensan.service");
    let lines: BTreeSet<&str> = unit.lines().collect();
    for line in [
        "User=diensan",
        "ProtectSystem=strict",
        "StateDirectory=diensan",
        "UMask=0077",
        "LimitCORE=0",
        "MemorySwapMax=0",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "SystemCallFilter=@system-service",
    ] {
        assert!(lines.contains(line), "{line}");
    }
    assert!(!unit.lines().any(|line| line.starts_with("SystemCallFilter=~") && line.contains("@resources")));
    assert!(!unit.lines().any(|line| line.starts_with("ReadWritePaths=")));
}
