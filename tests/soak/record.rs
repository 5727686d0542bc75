//! What callers heard against what the three journals hold.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::Heard;
use crate::fleet::replica::Replica;

/// What the comparison showed.
#[derive(Default)]
pub struct Compared {
    pub lines: usize,
    pub cuts: usize,
    pub starts: usize,
    pub segments: usize,
    /// Lines for answers that nobody heard.
    pub unheard: usize,
    pub wrong: Vec<String>,
}

/// Every answer that a caller heard is on record once, as what it was and about whom it was; and the chains are whole.
pub fn compare(replicas: &[Replica], heard: &[Heard]) -> Compared {
    let mut compared = Compared::default();
    let mut on_record: HashMap<String, Value> = HashMap::new();
    for replica in replicas {
        let verified = replica.verify();
        if !verified.status.success() {
            let said =
                String::from_utf8_lossy(&verified.stdout).into_owned() + &String::from_utf8_lossy(&verified.stderr);
            compared.wrong.push(format!("the journal of {} is not whole: {said}", replica.name));
        }
        let entries = std::fs::read_dir(replica.journal()).expect("the journal").filter_map(Result::ok);
        compared.segments += entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "jsonl")).count();
        for line in replica.lines() {
            compared.lines += 1;
            match line["kind"].as_str() {
                Some("disclosure" | "verify" | "refusal") => {
                    let id = line["request_id"].as_str().unwrap_or_default().to_owned();
                    if on_record.insert(id.clone(), line).is_some() {
                        compared.wrong.push(format!("{id} is on record twice"));
                    }
                }
                Some("cut") => compared.cuts += 1,
                Some("start") => compared.starts += 1,
                _ => {}
            }
        }
    }
    let mut hashes: HashMap<usize, String> = HashMap::new();
    let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in heard {
        let Some(line) = on_record.remove(&answer.id) else {
            *missing.entry(answer.kind).or_default() += 1;
            continue;
        };
        if line["kind"] != answer.kind {
            compared.wrong.push(format!("{} is on record as {}, heard as {}", answer.id, line["kind"], answer.kind));
        }
        compared.wrong.extend(about_another(answer, &line, &mut hashes));
    }
    missing.into_iter().for_each(|(kind, count)| compared.wrong.push(format!("{count} × {kind} NOT ON RECORD")));
    compared.unheard = on_record.len();
    let mut different: Vec<&String> = hashes.values().collect();
    different.sort();
    different.dedup();
    if different.len() != hashes.len() {
        compared.wrong.push("two people are one on record".to_owned());
    }
    compared
}

/// The line names the person by one keyed hash, in whichever journal it stands.
fn about_another(answer: &Heard, line: &Value, hashes: &mut HashMap<usize, String>) -> Option<String> {
    let people = line["people"].as_array().map(Vec::as_slice).unwrap_or_default();
    let [person] = answer.people[..] else {
        let all = answer.people.len() == people.len() || answer.kind == "refusal";
        return (!all).then(|| format!("{} is on record with {} people", answer.id, people.len()));
    };
    let Some(citizen) = people.first().and_then(|person| person["citizen"].as_str()) else {
        return (answer.kind != "refusal").then(|| format!("{} is on record without a person", answer.id));
    };
    let known = hashes.entry(person).or_insert_with(|| citizen.to_owned());
    (known != citizen).then(|| format!("{} is on record about somebody else", answer.id))
}
