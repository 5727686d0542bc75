//! What the journal promises, tried with mutated files, killed writers, full disks and clocks that run backwards.

mod anchors;
mod chain;
mod crash;
mod disk;
mod fuzz;
mod mutations;
mod retention;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Event, Failing, Health, Involved, Journal, JournalRefused, Kind, MacKeys, NotWritable, Verified, verify};
use crate::citizen::{Attribute, AttributeSet, Number};
use crate::config::{JournalKey, JournalSettings};

/// Settings of a journal in this folder, with small segments when asked.
fn settings(directory: &Path) -> JournalSettings {
    JournalSettings {
        directory: directory.to_owned(),
        mac_key: JournalKey::new([1; 32]),
        old_mac_keys: Vec::new(),
        citizen_key: JournalKey::new([2; 32]),
        old_citizen_keys: Vec::new(),
        segment_bytes: 64 << 20,
        retention_months: None,
        anchor_file: None,
        anchor_syslog: None,
    }
}

fn keys() -> MacKeys {
    MacKeys::new(&JournalKey::new([1; 32]), &[])
}

fn number(index: usize) -> Number {
    Number::parse(&format!("9990850{index:05}")).expect("a number")
}

/// A usual disclosure, told apart by its request id.
fn disclosure(journal: &Journal, request_id: &str, index: usize, then: impl FnOnce(&Event<'_>)) {
    let number = number(index);
    let mut person = Involved::new("me", &number, &journal.citizens, "tinh", "found");
    person.attributes = AttributeSet::EMPTY.with(Attribute::HoVaTen).with(Attribute::NgaySinh);
    then(&Event {
        request_id: Some(request_id),
        caller: Some("mot-cua-tinh"),
        officer: Some("cb-0123"),
        agency: Some("H01.12"),
        dossier: Some("H01.12-261120-0007"),
        service: Some("1.004772"),
        form: Some("to-khai"),
        people: vec![person],
        status: Some(200),
        catalog: Some("0123456789ab"),
        ..Event::new(Kind::Disclosure)
    });
}

/// Records a disclosure and waits for the disk.
fn record(journal: &Journal, index: usize) -> Result<u64, NotWritable> {
    let mut waiting = None;
    disclosure(journal, &format!("r-{index}"), index, |event| waiting = Some(journal.record(event)));
    runtime().block_on(waiting.expect("submitted"))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn verified(directory: &Path) -> Verified {
    verify(directory, &keys(), &[], &|_| ()).expect("a directory that can be read")
}

/// The findings as file, line and code, without notices.
fn faults(verified: &Verified) -> Vec<(String, u64, &'static str)> {
    let faults = verified.findings.iter().filter(|finding| !finding.fault.is_notice());
    faults.map(|finding| (finding.file.clone(), finding.line, finding.fault.code())).collect()
}

/// The first segment's path.
fn first_segment(directory: &Path) -> PathBuf {
    directory.join("journal-000001.jsonl")
}

/// The numbers of all lines on disk.
fn lines_on_disk(directory: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for segment in super::segments::list(directory).expect("a directory") {
        let text = std::fs::read_to_string(segment.path).expect("text");
        lines.extend(text.lines().map(str::to_owned));
    }
    lines
}

fn timestamp(text: &str) -> Timestamp {
    text.parse().expect("a time")
}
