//! A long journal, changed in one place at a time as somebody with access to it might: `audit verify` finds every change
//! and names its line (RISKS T14). The journal is written by a second implementation of its format.
//!
//! `DIENSAN_LINES=1000000 DIENSAN_MUTATIONS=1000 DIENSAN_TEST_BINARY=target/release/diensan cargo test --test main
//! journal_mutations -- --nocapture` is the whole; `DIENSAN_SEED` repeats a run.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::audit_commands::{Sealer, private_file, token};
use crate::harness::binary;

/// Milliseconds between two lines.
const STEP_MS: i64 = 20_000;
/// The time of the line before the first.
const START: &str = "2025-01-01T00:00:00Z";
/// The furthest that a segment grows.
const MOST_SEGMENT_BYTES: usize = 64 << 20;

fn number_from(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Numbers without a pattern that come again with their seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of the first `count` numbers.
    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.throw() % count as u64).expect("below a usize")
    }
}

/// A line of the chain: where it stands, by segment and line in it, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    segment: usize,
    line: usize,
}

/// A journal on disk and where each of its lines ends.
struct Journal {
    folder: tempfile::TempDir,
    sealer: Sealer,
    /// Of each segment: where its lines begin, and its length at the end.
    offsets: Vec<Vec<usize>>,
    /// A head that is half as old as the journal.
    old_head: String,
    head: String,
    lines: usize,
}

fn time_of(seq: usize) -> String {
    let start: jiff::Timestamp = START.parse().expect("a time");
    let milliseconds = STEP_MS * i64::try_from(seq).expect("few lines");
    format!("{:.3}", start + jiff::SignedDuration::from_millis(milliseconds))
}

/// A usual disclosure without its chain.
fn body(seq: usize, citizens: &[String]) -> String {
    format!(
        "\"kind\":\"disclosure\",\"request_id\":\"01990000-0000-7000-8000-{seq:012x}\",\"caller\":\"mot-cua-tinh\",\
         \"officer\":\"cb-{:04}\",\"agency\":\"H01.{}\",\"dossier\":\"H01.{}-26-{:07}\",\"service\":\"1.000894\",\
         \"form\":\"to-khai-dang-ky-ket-hon\",\"people\":[{{\"role\":\"ben_nam\",\"citizen\":\"{}\",\
         \"outcome\":\"found\",\"cached\":false,\"connection\":\"lgsp-tinh\",\"calls\":[\"c-{seq:012x}\"],\
         \"attributes\":[\"so_dinh_danh\",\"ho_va_ten\",\"gioi_tinh\",\"ngay_sinh\",\"quoc_tich\",\"thuong_tru\"]}}],\
         \"status\":200,\"took_us\":4321,\"catalog\":\"0123456789ab\"",
        seq % 400,
        seq % 90,
        seq % 90,
        seq / 3,
        citizens[seq % citizens.len()],
    )
}

impl Journal {
    fn write(lines: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = Sealer::new();
        fs::create_dir(folder.path().join("journal")).expect("a folder");
        private_file(&folder.path().join("mac"), &sealer.mac_key());
        let citizens: Vec<String> = (0..20_000.min(lines)).map(|index| token(&format!("9990{:08}", index))).collect();
        let segment_bytes = (lines * 800 / 10).min(MOST_SEGMENT_BYTES);
        let mut anchors = BufWriter::new(fs::File::create(folder.path().join("anchors")).expect("anchors"));
        let mut journal =
            Self { folder, sealer, offsets: Vec::new(), old_head: String::new(), head: String::new(), lines };
        let mut prev = "0".repeat(64);
        let mut text = Vec::new();
        let mut offsets = vec![0];
        for seq in 1..=lines {
            let (line, mac) = journal.sealer.line(&time_of(seq), seq, &body(seq, &citizens), &prev);
            prev = mac;
            text.extend_from_slice(line.as_bytes());
            offsets.push(text.len());
            if seq % (lines / 20) == 0 || seq == lines {
                journal.head = journal.sealer.head(seq, &prev, &time_of(seq));
                writeln!(anchors, "{}", journal.head).expect("an anchor");
                if seq <= lines / 2 {
                    journal.old_head.clone_from(&journal.head);
                }
            }
            if text.len() >= segment_bytes || seq == lines {
                fs::write(journal.path(journal.offsets.len()), &text).expect("a segment");
                journal.offsets.push(std::mem::replace(&mut offsets, vec![0]));
                text.clear();
            }
        }
        anchors.flush().expect("anchors");
        fs::write(journal.directory().join("head.json"), format!("{}\n", journal.head)).expect("a head");
        journal
    }

    fn directory(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn name(segment: usize) -> String {
        format!("journal-{:06}.jsonl", segment + 1)
    }

    fn path(&self, segment: usize) -> PathBuf {
        self.directory().join(Self::name(segment))
    }

    fn lines_of(&self, segment: usize) -> usize {
        self.offsets[segment].len() - 1
    }

    fn last_segment(&self) -> usize {
        self.offsets.len() - 1
    }

    fn any_line(&self, dice: &mut Dice) -> Place {
        let mut line = dice.below(self.lines);
        let mut segment = 0;
        while line >= self.lines_of(segment) {
            line -= self.lines_of(segment);
            segment += 1;
        }
        Place { segment, line }
    }

    fn bytes_of(&self, segment: usize) -> Vec<u8> {
        fs::read(self.path(segment)).expect("a segment")
    }

    fn range(&self, place: Place) -> std::ops::Range<usize> {
        self.offsets[place.segment][place.line]..self.offsets[place.segment][place.line + 1]
    }

    fn line(&self, place: Place) -> Vec<u8> {
        self.bytes_of(place.segment)[self.range(place)].to_vec()
    }
}

/// A changed journal: what takes the place of which segment (`None`: deleted), what becomes of `head.json`, and the
/// line at which the first fault must be told.
struct Mutated {
    segments: BTreeMap<usize, Option<Vec<u8>>>,
    head: Option<String>,
    place: Place,
}

const KINDS: [&str; 12] = [
    "flip",
    "flip",
    "flip",
    "delete",
    "duplicate",
    "swap",
    "cut lines",
    "cut bytes",
    "second writer",
    "clock back",
    "written anew",
    "segment gone",
];

/// What a member of a signed line says; enough JSON for lines of our own.
fn member<'l>(line: &'l str, name: &str) -> &'l str {
    let rest = line.split_once(&format!("\"{name}\":\"")).expect("the member").1;
    rest.split_once('"').expect("its end").0
}

fn mutate(journal: &Journal, kind: &str, dice: &mut Dice) -> Mutated {
    let at = journal.any_line(dice);
    let range = journal.range(at);
    let next = Place { line: at.line + 1, ..at };
    let one = |bytes: Vec<u8>, place: Place| Mutated {
        segments: BTreeMap::from([(place.segment, Some(bytes))]),
        head: Some(journal.head.clone()),
        place,
    };
    let mut bytes = journal.bytes_of(at.segment);
    match kind {
        "flip" => {
            bytes[range.start + dice.below(range.len())] ^= 1 << dice.below(8);
            one(bytes, at)
        }
        "delete" => {
            bytes.drain(range);
            one(bytes, at)
        }
        "duplicate" => {
            let copy = bytes[range.clone()].to_vec();
            bytes.splice(range.end..range.end, copy);
            one(bytes, next)
        }
        "swap" => swap(journal, at, dice),
        "cut lines" | "cut bytes" => cut(journal, kind == "cut bytes", dice),
        "second writer" => {
            let line = String::from_utf8(bytes[range.clone()].to_vec()).expect("text");
            let seq = seq_of(journal, at);
            let forged = "\"kind\":\"disclosure\",\"officer\":\"cb-9999\",\"status\":200";
            let (forged, _) = journal.sealer.line(member(&line, "time"), seq, forged, member(&line, "prev"));
            bytes.splice(range.end..range.end, forged.into_bytes());
            one(bytes, next)
        }
        "clock back" | "written anew" => written_anew(journal, kind == "clock back", dice),
        "segment gone" => {
            let segment = dice.below(journal.offsets.len());
            let place = if segment == journal.last_segment() {
                Place { segment: segment - 1, line: journal.lines_of(segment - 1) }
            } else {
                Place { segment: segment + 1, line: 0 }
            };
            Mutated { segments: BTreeMap::from([(segment, None)]), head: Some(journal.head.clone()), place }
        }
        other => panic!("no mutation is called {other}"),
    }
}

fn seq_of(journal: &Journal, place: Place) -> usize {
    (0..place.segment).map(|segment| journal.lines_of(segment)).sum::<usize>() + place.line + 1
}

fn swap(journal: &Journal, at: Place, dice: &mut Dice) -> Mutated {
    let mut other = journal.any_line(dice);
    while other == at {
        other = journal.any_line(dice);
    }
    let (first, second) = (at.min(other), at.max(other));
    let (of_first, of_second) = (journal.line(first), journal.line(second));
    let mut segments = BTreeMap::new();
    // The later one first, so that the earlier one still stands where it stood.
    for (place, line) in [(second, of_first), (first, of_second)] {
        let bytes = segments.entry(place.segment).or_insert_with(|| Some(journal.bytes_of(place.segment)));
        bytes.as_mut().expect("there").splice(journal.range(place), line);
    }
    Mutated { segments, head: Some(journal.head.clone()), place: first }
}

/// The tail goes; `head.json` stays, goes too, or is set back to an older one that is genuine.
fn cut(journal: &Journal, torn: bool, dice: &mut Dice) -> Mutated {
    let last = journal.last_segment();
    let line = dice.below(journal.lines_of(last));
    let place = Place { segment: last, line };
    let range = journal.range(place);
    let end = if torn { range.start + 1 + dice.below(range.len() - 1) } else { range.start };
    let mut bytes = journal.bytes_of(last);
    bytes.truncate(end);
    let head = match dice.below(3) {
        0 => Some(journal.head.clone()),
        1 => Some(journal.old_head.clone()),
        _ => None,
    };
    Mutated { segments: BTreeMap::from([(last, Some(bytes))]), head, place }
}

/// Somebody with the key writes everything anew from one line on. With the clock set back the time tells it; otherwise
/// only what was told outside does.
fn written_anew(journal: &Journal, clock_back: bool, dice: &mut Dice) -> Mutated {
    let last = journal.last_segment();
    let from = 1 + dice.below(journal.lines_of(last) - 1);
    let old = String::from_utf8(journal.bytes_of(last)).expect("text");
    let keep = journal.offsets[last][from];
    let mut text = old[..keep].to_owned();
    let before = old[..keep].lines().next_back().expect("a line");
    let mut prev = member(before, "mac").to_owned();
    let first_seq = seq_of(journal, Place { segment: last, line: 0 });
    for (index, line) in old[keep..].lines().enumerate() {
        let seq = first_seq + from + index;
        let time = if clock_back { time_of(seq - journal.lines_of(0).min(from + 1) - 1) } else { time_of(seq) };
        let kept = &line[line.find(",\"kind\"").expect("a kind") + 1..line.find(",\"key\":").expect("a key")];
        let (forged, mac) = journal.sealer.line(&time, seq, &kept.replace("\"cb-", "\"cc-"), &prev);
        prev = mac;
        text.push_str(&forged);
    }
    let head = Some(journal.sealer.head(journal.lines, &prev, &time_of(journal.lines)));
    let place = if clock_back {
        Place { segment: last, line: from }
    } else {
        // The first line that an anchor knows otherwise.
        let step = journal.lines / 20;
        let anchored = (first_seq + from).div_ceil(step) * step;
        Place { segment: last, line: anchored.min(journal.lines) - first_seq }
    };
    Mutated { segments: BTreeMap::from([(last, Some(text.into_bytes()))]), head, place }
}

/// The changed journal beside the true one: what did not change is a hard link.
fn lay_out(journal: &Journal, mutated: &Mutated, at: &Path) {
    let _ = fs::remove_dir_all(at);
    fs::create_dir(at).expect("a folder");
    for segment in 0..journal.offsets.len() {
        let path = at.join(Journal::name(segment));
        match mutated.segments.get(&segment) {
            Some(Some(bytes)) => fs::write(path, bytes).expect("a changed segment"),
            Some(None) => {}
            None => fs::hard_link(journal.path(segment), path).expect("a link"),
        }
    }
    if let Some(head) = &mutated.head {
        fs::write(at.join("head.json"), format!("{head}\n")).expect("a head");
    }
}

/// Exit code and faults (file, line, code) of `audit verify`, notices left out.
fn verify(journal: &Journal, directory: &Path) -> (Option<i32>, Vec<(String, u64, String)>) {
    let mut command = Command::new(binary());
    command.args(["audit", "verify", "--format", "json", "--directory"]).arg(directory);
    command.arg("--mac-key-file").arg(journal.folder.path().join("mac"));
    command.arg("--anchors").arg(journal.folder.path().join("anchors"));
    let output = command.env_remove("DIENSAN_CONFIG").output().expect("ran");
    let told: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let findings = told["findings"].as_array().expect("findings").iter();
    let faults = findings.filter(|finding| finding["notice"] == false).map(|finding| {
        let text = |name: &str| finding[name].as_str().expect("a text").to_owned();
        (text("file"), finding["line"].as_u64().expect("a line"), text("code"))
    });
    (output.status.code(), faults.collect())
}

/// Where a fault at this place is told, now that lines have moved: behind the last line of a segment it is the first
/// line of the next.
fn told_at(journal: &Journal, mutated: &Mutated) -> (String, u64) {
    let Place { segment, line } = mutated.place;
    let lines = match mutated.segments.get(&segment) {
        // A piece without a line feed is a line of its own, for somebody who looks for it.
        Some(Some(bytes)) => bytes.iter().filter(|byte| **byte == b'\n').count() + usize::from(!bytes.ends_with(b"\n")),
        _ => journal.lines_of(segment),
    };
    if line >= lines && segment < journal.last_segment() && mutated.segments.get(&(segment + 1)) != Some(&None) {
        return (Journal::name(segment + 1), 1);
    }
    (Journal::name(segment), line as u64 + 1)
}

#[test]
fn every_random_change_of_a_long_journal_is_found_at_its_line() {
    let (lines, count) = (number_from("DIENSAN_LINES", 20_000), number_from("DIENSAN_MUTATIONS", 100));
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let seed = number_from("DIENSAN_SEED", clock.subsec_nanos() as usize);
    println!("seed {seed}: {lines} lines, {count} mutations");
    let mut dice = Dice(seed as u64);
    let journal = Journal::write(lines);
    assert!(journal.offsets.len() >= 3, "several segments");
    assert_eq!(verify(&journal, &journal.directory()), (Some(0), Vec::new()), "the untouched journal is whole");
    let changed = journal.folder.path().join("changed");
    let (mut found, mut missed) = (BTreeMap::new(), Vec::new());
    for index in 0..count {
        // Every kind in its turn, so that none is left to luck.
        let kind = KINDS[index % KINDS.len()];
        let mutated = mutate(&journal, kind, &mut dice);
        let expected = told_at(&journal, &mutated);
        lay_out(&journal, &mutated, &changed);
        let (code, faults) = verify(&journal, &changed);
        let first = faults.first().map(|(file, line, _)| (file.clone(), *line));
        if code == Some(1) && first.as_ref() == Some(&expected) {
            *found.entry((kind, faults[0].2.clone())).or_insert(0_usize) += 1;
        } else {
            missed.push(format!("mutation {index}, {kind}, at {expected:?}: {code:?}, {first:?}"));
        }
    }
    for ((kind, code), count) in &found {
        println!("{kind}: {count} found as {code}");
    }
    assert_eq!(verify(&journal, &journal.directory()), (Some(0), Vec::new()), "nothing touched the true journal");
    assert!(missed.is_empty(), "seed {seed}: {} of {count} missed:\n{}", missed.len(), missed.join("\n"));
}
