//! A thousand random mutations of a journal: every one is found, with the right line.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// One way to tamper.
#[derive(Clone, Debug)]
enum Mutation {
    FlipBit(usize, u8),
    Delete(usize),
    Duplicate(usize),
    Swap(usize, usize),
    CutLines(usize),
    CutBytes(usize),
    /// Line copied to another place.
    Replay(usize, usize),
    /// Line replaced by one that was never proven.
    Forge(usize),
    /// The whole first segment is emptied.
    EmptyFirst,
    DeleteFirst,
}

fn mutations(lines: usize, bytes: usize) -> impl Strategy<Value = Mutation> {
    prop_oneof![
        8 => (0..bytes, 0_u8..8).prop_map(|(at, bit)| Mutation::FlipBit(at, bit)),
        3 => (0..lines).prop_map(Mutation::Delete),
        3 => (0..lines).prop_map(Mutation::Duplicate),
        3 => (0..lines, 0..lines).prop_filter("two lines", |(a, b)| a != b).prop_map(|(a, b)| Mutation::Swap(a, b)),
        2 => (1..lines).prop_map(Mutation::CutLines),
        2 => (1..bytes).prop_map(Mutation::CutBytes),
        2 => (0..lines, 0..lines).prop_filter("elsewhere", |(a, b)| a + 1 != *b && a != b)
            .prop_map(|(a, b)| Mutation::Replay(a, b)),
        2 => (0..lines).prop_map(Mutation::Forge),
        1 => Just(Mutation::EmptyFirst),
        1 => Just(Mutation::DeleteFirst),
    ]
}

/// A journal of three segments; its lines with the segment that each stands in.
struct Sample {
    folder: tempfile::TempDir,
    lines: Vec<(usize, Vec<u8>)>,
    head: Vec<u8>,
}

fn sample() -> Sample {
    let folder = tempfile::tempdir().expect("folder");
    let small = JournalSettings { segment_bytes: 8 << 10, ..settings(folder.path()) };
    let journal = Journal::open(&small).expect("a journal");
    (0..38).for_each(|index| drop(record(&journal, index)));
    journal.close();
    let mut lines = Vec::new();
    for (segment, file) in super::super::segments::list(folder.path()).expect("files").iter().enumerate() {
        let bytes = std::fs::read(&file.path).expect("bytes");
        lines.extend(bytes.split_inclusive(|byte| *byte == b'\n').map(|line| (segment, line.to_vec())));
    }
    let head = std::fs::read(folder.path().join("head.json")).expect("a head");
    Sample { folder, lines, head }
}

/// The lines after the mutation, and the first line (over all, from 0) at which something must be found.
fn mutated(lines: &[(usize, Vec<u8>)], mutation: &Mutation) -> (Vec<(usize, Vec<u8>)>, usize) {
    let mut lines = lines.to_vec();
    let place = match *mutation {
        Mutation::FlipBit(at, bit) => {
            let (mut line, mut at) = (0, at);
            while at >= lines[line].1.len() {
                at -= lines[line].1.len();
                line += 1;
            }
            lines[line].1[at] ^= 1 << bit;
            line
        }
        Mutation::Delete(line) => {
            lines.remove(line);
            line
        }
        Mutation::Duplicate(line) => {
            let copy = lines[line].clone();
            lines.insert(line, copy);
            line + 1
        }
        Mutation::Swap(a, b) => {
            let (text_a, text_b) = (lines[a].1.clone(), lines[b].1.clone());
            (lines[a].1, lines[b].1) = (text_b, text_a);
            a.min(b)
        }
        Mutation::CutLines(count) => {
            let left = lines.len() - count;
            lines.truncate(left);
            left
        }
        Mutation::CutBytes(count) => {
            let mut count = count;
            while count >= lines.last().map_or(0, |line| line.1.len()) {
                count -= lines.pop().map_or(0, |line| line.1.len());
            }
            let last = lines.len() - 1;
            let left = lines[last].1.len() - count;
            lines[last].1.truncate(left);
            if count == 0 { last + 1 } else { last }
        }
        Mutation::Replay(from, to) => {
            let copy = (lines[to].0, lines[from].1.clone());
            lines.insert(to, copy);
            to
        }
        Mutation::Forge(line) => {
            let text = String::from_utf8(lines[line].1.clone()).expect("text");
            lines[line].1 = text.replace("\"time\":\"20", "\"time\":\"21").into_bytes();
            line
        }
        Mutation::EmptyFirst | Mutation::DeleteFirst => {
            let later = lines.iter().position(|line| line.0 > 0).expect("a second segment");
            lines.drain(..later);
            0
        }
    };
    (lines, place)
}

fn write(folder: &Path, lines: &[(usize, Vec<u8>)], segments: usize, skip_first: bool) {
    for segment in 0..segments {
        let path = folder.join(format!("journal-{:06}.jsonl", segment + 1));
        let bytes: Vec<u8> = lines.iter().filter(|line| line.0 == segment).flat_map(|line| line.1.clone()).collect();
        if segment == 0 && skip_first {
            std::fs::remove_file(&path).expect("removed");
        } else {
            std::fs::write(&path, bytes).expect("written");
        }
    }
}

#[test]
fn each_of_a_thousand_random_mutations_is_found_at_its_line() {
    let sample = sample();
    let folder = sample.folder.path();
    let segments = sample.lines.last().expect("lines").0 + 1;
    assert!(segments >= 3 && sample.lines.len() == 40);
    let bytes = sample.lines.iter().map(|line| line.1.len()).sum();
    let mut runner = TestRunner::new(Config { cases: 1000, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&mutations(sample.lines.len(), bytes), |mutation| {
        let (lines, place) = mutated(&sample.lines, &mutation);
        write(folder, &lines, segments, matches!(mutation, Mutation::DeleteFirst));
        std::fs::write(folder.join("head.json"), &sample.head).expect("written");
        let found = faults(&verified(folder));
        // The line as it is counted in its file, now that the mutation has moved lines.
        let segment = lines.get(place).map_or(segments - 1, |line| line.0);
        let before = lines.iter().take(place).filter(|line| line.0 == segment).count() as u64;
        let expected = (format!("journal-{:06}.jsonl", segment + 1), before + 1);
        let first = found.first().map(|(file, line, _)| (file.clone(), *line));
        write(folder, &sample.lines, segments, false);
        prop_assert_eq!(first, Some(expected), "{:?}", found);
        Ok(())
    });
    tried.expect("every mutation is found");
    assert_eq!(faults(&verified(folder)), [], "the untouched journal verifies");
}

/// The thirteenth line of another journal that has the first twelve in common: written with the key.
fn thirteenth_of_a_fork(sample: &Sample) -> Vec<u8> {
    let other = tempfile::tempdir().expect("folder");
    let fork: Vec<u8> = sample.lines[..12].iter().flat_map(|line| line.1.clone()).collect();
    std::fs::write(first_segment(other.path()), fork).expect("written");
    let journal = Journal::open(&settings(other.path())).expect("a journal");
    record(&journal, 77).expect("recorded");
    journal.close();
    let forked = std::fs::read(first_segment(other.path())).expect("bytes");
    forked.split_inclusive(|byte| *byte == b'\n').nth(12).expect("the first of the fork").to_vec()
}

#[test]
fn a_line_that_was_replaced_with_the_key_is_found_by_the_line_after_it() {
    let sample = sample();
    let folder = sample.folder.path();
    let mut lines = sample.lines.clone();
    lines[12].1 = thirteenth_of_a_fork(&sample);
    write(folder, &lines, 3, false);
    let segment = lines[13].0;
    let line = lines[..13].iter().filter(|line| line.0 == segment).count() as u64 + 1;
    let at = |code| (format!("journal-{:06}.jsonl", segment + 1), line, code);
    // The other line is also younger than the one after it.
    assert_eq!(faults(&verified(folder)), [at("time_back"), at("broken_link")]);
}

#[test]
fn a_second_writer_with_the_key_is_found() {
    let sample = sample();
    let folder = sample.folder.path();
    let foreign = thirteenth_of_a_fork(&sample);
    let mut lines = sample.lines.clone();
    let segment = lines[12].0;
    lines.insert(13, (segment, foreign));
    write(folder, &lines, 3, false);
    let line = lines[..13].iter().filter(|line| line.0 == segment).count() as u64 + 1;
    assert_eq!(faults(&verified(folder)), [(format!("journal-{:06}.jsonl", segment + 1), line, "second_writer")]);
}

#[test]
fn a_time_that_goes_back_without_saying_so_is_found() {
    let folder = tempfile::tempdir().expect("folder");
    let mut chain = crate::audit::line::Chain::START;
    let mut text = Vec::new();
    for time in ["2026-11-25T10:00:00Z", "2026-11-25T09:00:00Z", "2026-11-25T11:00:00Z"] {
        // A writer that forgets the time of the line before, as a patched one would.
        chain.time = None;
        crate::audit::line::append(&mut text, &mut chain, timestamp(time), "\"kind\":\"alarm\"", &keys());
    }
    std::fs::write(first_segment(folder.path()), text).expect("written");
    assert_eq!(faults(&verified(folder.path())), [("journal-000001.jsonl".to_owned(), 2, "time_back")]);
}
