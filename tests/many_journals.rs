//! Journals of several replicas, each its own chain, looked at in one go and without a register.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::configuration::diensan;
use crate::harness::root;
use crate::register_bench::{Journal, end};

/// Two replicas of one deployment; their lines interleave.
fn replicas() -> [Journal; 2] {
    let mut all = [Journal::new("tinh-1"), Journal::new("tinh-2")];
    for (at, journal) in all.iter_mut().enumerate() {
        let hour = |hour: usize| format!("2026-11-2{}T0{hour}:00:00.000Z", hour + at);
        journal.disclosure(&hour(1), "999085000001", "cb-0123");
        journal.disclosure(&hour(3), "999187000004", "cb-0456");
        journal.disclosure(&hour(5), "999085000001", "cb-0123");
        journal.leave_head();
        let name =
            format!("url = \"postgresql:///x?host=/nowhere\"\nuser = \"x\"\njournal_name = \"{}\"", journal.name);
        journal.configure_with(&name);
    }
    all
}

/// A command over both, by their configurations or by their directories.
fn audit(all: &[Journal], by_directory: bool, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(diensan());
    command.arg("audit").args(arguments).current_dir(root()).env_remove("DIENSAN_CONFIG");
    for journal in all {
        if by_directory {
            command.arg("--directory").arg(journal.path("journal"));
        } else {
            command.arg("--config").arg(journal.path("diensan.toml"));
        }
    }
    if by_directory {
        command.arg("--mac-key-file").arg(all[0].path("mac")).arg("--citizen-key-file").arg(all[0].path("citizen"));
    }
    end(&command.output().expect("ran"))
}

#[test]
fn several_journals_are_verified_and_every_finding_names_its_journal() {
    let all = replicas();
    let (code, out, _) = audit(&all, false, &["verify", "--lang", "en"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(
        out.contains("tinh-1\n") && out.contains("tinh-2\n") && out.matches("the journal is whole").count() == 2,
        "{out}"
    );
    let text = fs::read_to_string(all[1].segment()).expect("a segment");
    fs::write(all[1].segment(), text.replacen("cb-0456", "cb-0457", 1)).expect("changed");
    let (code, out, _) = audit(&all, false, &["verify", "--lang", "en"]);
    assert!(code == Some(1) && out.contains("tinh-2/journal-000001.jsonl:2: wrong MAC"), "{out}");
    assert_eq!(out.matches("the journal is whole").count(), 1);
    let (code, out, _) = audit(&all, true, &["verify", "--format", "json"]);
    let read: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, read["faults"].as_u64()), (Some(1), Some(1)));
    let name = all[1].path("journal").display().to_string();
    assert_eq!(read["journals"][1]["journal"], name.as_str());
    assert_eq!(read["journals"][1]["findings"][0]["code"], "wrong_mac");
}

#[test]
fn anchors_of_several_journals_say_whose_they_are() {
    let all = replicas();
    let heads: Vec<String> = all.iter().map(|one| one.path("journal/head.json").display().to_string()).collect();
    let named = |at: usize| format!("{}={}", all[at].name, heads[at]);
    let (code, out, err) =
        audit(&all, false, &["verify", "--lang", "en", "--anchors", &named(0), "--anchors", &named(1)]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(out.matches("compared with 2 heads").count(), 2, "{out}");
    let wrong = format!("tinh-2={}", heads[0]);
    let (code, out, _) = audit(&all, false, &["verify", "--lang", "en", "--anchors", &wrong]);
    assert!(code == Some(1) && out.contains("tinh-2/journal-000001.jsonl:3: line number 3 is another"), "{out}");
    let (code, _, err) = audit(&all, false, &["verify", "--anchors", &heads[0]]);
    assert!(code == Some(2) && err.contains("Write NAME=FILE with one of tinh-1, tinh-2"), "{err}");
}

#[test]
fn answers_of_several_journals_come_in_the_order_of_time_and_name_their_journal() {
    let all = replicas();
    let number = all[0].path("number");
    fs::write(&number, "999085000001").expect("written");
    let by_citizen = ["search", "--format", "json", "--citizen-from", number.to_str().expect("a path")];
    let (code, out, err) = audit(&all, false, &by_citizen);
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<_> = lines.iter().map(|line| (line["journal"].as_str(), line["seq"].as_u64())).collect();
    let (one, two) = (Some("tinh-1"), Some("tinh-2"));
    assert_eq!(told, [(one, Some(1)), (two, Some(1)), (one, Some(3)), (two, Some(3))]);
    let (_, out, _) = audit(&all, false, &["search", "--format", "csv", "--officer", "cb-0456"]);
    assert!(out.starts_with("journal,time,") && out.contains("\ntinh-1,") && out.contains("\ntinh-2,"), "{out}");
    let (_, out, _) = audit(&all[..1], false, &["search", "--format", "csv", "--officer", "cb-0456"]);
    assert!(out.starts_with("time,seq,"), "one journal needs no name");
}

#[test]
fn reports_breaches_and_papers_for_citizens_count_all_journals() {
    let all = replicas();
    let (code, out, err) = audit(&all, false, &["report", "--month", "2026-11", "--format", "json"]);
    assert_eq!(code, Some(0), "{err}");
    let read: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((read["lines"].as_u64(), read["total"]["citizens"].as_u64()), (Some(6), Some(2)));
    assert_eq!(
        (&read["journals"]["tinh-1"]["faults"], &read["journals"]["tinh-2"]["last_line"]),
        (&0.into(), &3.into())
    );
    assert!(read.get("journal").is_none());
    let (_, out, _) = audit(&all, false, &["report", "--month", "2026-11"]);
    assert!(out.contains("### tinh-1") && out.contains(&all[1].mac), "{out}");
    let (_, out, _) = audit(&all, true, &["breach", "--from", "2026-11-20", "--to", "2026-11-30", "--format", "json"]);
    let read: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(read["disclosures"], 6);
    let number = all[0].path("number");
    fs::write(&number, "999187000004").expect("written");
    let (_, out, _) = audit(&all, true, &["citizen", "--citizen-from", number.to_str().expect("a path")]);
    assert!(out.contains("Số lần: 2"), "{out}");
}

#[test]
fn a_journal_is_not_given_twice_and_pruning_takes_one() {
    let all = replicas();
    let both = [&all[0], &all[0]].map(|journal| journal.path("diensan.toml"));
    let mut command = Command::new(diensan());
    command.args(["audit", "verify"]).env_remove("DIENSAN_CONFIG").arg("--config").arg(&both[0]);
    let (code, _, err) = end(&command.arg("--config").arg(&both[1]).output().expect("ran"));
    assert!(code == Some(2) && err.contains("the journal tinh-1 is given twice"), "{err}");
    let (code, _, err) = audit(&all, false, &["prune", "--keep", "24mo"]);
    assert!(code == Some(2) && err.contains("one journal"), "{err}");
}
