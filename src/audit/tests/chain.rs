//! Lines, links and the end of the chain.

use super::*;
use crate::audit::line::Frame;

#[test]
fn what_was_recorded_is_on_disk_in_order_and_verifies() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    for index in 0..20 {
        assert_eq!(record(&journal, index), Ok(index as u64 + 2), "the start event is line 1");
    }
    let health: Health = journal.health();
    assert_eq!((health.lines, health.waiting, health.segment), (21, 0, 1));
    assert!(health.bytes > 10_000 && health.segment_bytes == health.bytes);
    journal.close();
    let verified = verified(folder.path());
    assert_eq!(faults(&verified), []);
    assert!(verified.findings.is_empty());
    assert_eq!(verified.lines, 22);
    let lines = lines_on_disk(folder.path());
    for (line, number) in lines.iter().zip(1..) {
        let read: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(read["seq"], number);
        assert_eq!(Frame::read(line.as_bytes()).map(|frame| frame.seq), Some(number));
    }
    assert!(lines[0].contains("\"kind\":\"start\"") && lines[21].contains("\"kind\":\"close\""));
    assert!(!lines.concat().contains("9990850"), "numbers are hashed");
}

/// Whoever reads the format must be able to prove a line without this program.
#[test]
fn the_order_of_the_members_is_fixed() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    record(&journal, 0).expect("recorded");
    journal.close();
    let line = lines_on_disk(folder.path()).remove(1);
    let read: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let members: Vec<&str> = read.as_object().expect("an object").keys().map(String::as_str).collect();
    let order = [
        "time",
        "seq",
        "kind",
        "request_id",
        "caller",
        "officer",
        "agency",
        "dossier",
        "service",
        "form",
        "people",
        "status",
        "catalog",
        "key",
        "prev",
        "mac",
    ];
    assert_eq!(members, order);
    let people: Vec<&str> = read["people"][0].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(people, ["role", "citizen", "outcome", "cached", "connection", "attributes"]);
}

#[test]
fn a_second_writer_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    let refused = Journal::open(&settings(folder.path())).err().expect("refused");
    assert!(matches!(refused, JournalRefused::SecondWriter(_)));
    assert!(refused.to_string().contains("one journal has one writer"), "{refused}");
    journal.close();
    assert!(Journal::open(&settings(folder.path())).is_ok(), "free again after the first has ended");
}

#[test]
fn a_small_segment_is_followed_by_the_next_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().expect("folder");
    let small = JournalSettings { segment_bytes: 2000, ..settings(folder.path()) };
    for round in 0..3 {
        let journal = Journal::open(&small).expect("a journal");
        for index in 0..20 {
            record(&journal, round * 20 + index).expect("recorded");
        }
    }
    let verified = verified(folder.path());
    assert_eq!(faults(&verified), []);
    assert!(verified.segments > 10, "{}", verified.segments);
    assert_eq!(verified.lines, 66);
}

#[test]
fn a_new_day_begins_a_new_segment_and_a_clock_set_back_is_said() {
    let folder = tempfile::tempdir().expect("folder");
    let times = ["2026-11-25T23:59:59.900Z", "2026-11-26T00:00:00.100Z", "2026-11-25T20:00:00Z"];
    let mut sink =
        crate::audit::sink::Sink::open(folder.path(), std::sync::Arc::new(keys()), 64 << 20).expect("a sink");
    for time in times {
        sink.commit(&["\"kind\":\"alarm\""], timestamp(time)).expect("written");
    }
    let verified = verified(folder.path());
    assert_eq!(verified.segments, 3);
    let found: Vec<_> = verified.findings.iter().map(|found| (found.file.as_str(), found.fault.code())).collect();
    assert!(found.contains(&("journal-000003.jsonl", "clock_back")), "{found:?}");
    assert_eq!(verified.faults, 0, "said by the line itself: a notice");
}

#[test]
fn a_clock_that_slews_by_milliseconds_leaves_the_time_of_the_line_before() {
    let mut chain = crate::audit::line::Chain::START;
    let mut text = Vec::new();
    for time in ["2026-11-25T10:00:00.500Z", "2026-11-25T09:59:59.600Z"] {
        crate::audit::line::append(&mut text, &mut chain, timestamp(time), "\"kind\":\"alarm\"", &keys());
    }
    let text = String::from_utf8(text).expect("text");
    assert_eq!(text.matches("\"time\":\"2026-11-25T10:00:00.500Z\"").count(), 2);
    assert!(!text.contains("clock_back"));
}

#[test]
fn a_tail_that_is_torn_at_any_byte_is_cut_and_noted() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    (0..3).for_each(|index| drop(record(&journal, index)));
    journal.close();
    let path = first_segment(folder.path());
    let whole = std::fs::read(&path).expect("bytes");
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("a line before") + 1;
    for length in last..=whole.len() {
        let again = tempfile::tempdir().expect("folder");
        std::fs::write(first_segment(again.path()), &whole[..length]).expect("written");
        Journal::open(&settings(again.path())).expect("a torn tail is no obstacle").close();
        let verified = verified(again.path());
        assert_eq!(faults(&verified), [], "{length}");
        let lines = lines_on_disk(again.path());
        let kept = if length == whole.len() { 5 } else { 4 };
        assert_eq!(std::fs::read(first_segment(again.path())).expect("bytes")[..last], whole[..last]);
        let torn = length != whole.len() && length != last;
        assert_eq!(lines[kept].contains("\"kind\":\"cut\""), torn, "{length}");
        if torn {
            assert!(lines[kept].contains(&format!("\"length\":{}", length - last)), "{length}");
        }
        assert!(lines[kept + usize::from(torn)].contains("\"kind\":\"start\""), "{length}");
    }
}

#[test]
fn a_tail_of_zeros_after_a_power_cut_is_cut_too() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    (0..3).for_each(|index| drop(record(&journal, index)));
    journal.close();
    let path = first_segment(folder.path());
    let mut bytes = std::fs::read(&path).expect("bytes");
    bytes.extend([0; 5000]);
    bytes.extend(b"\n\0\0half a line");
    std::fs::write(&path, bytes).expect("written");
    Journal::open(&settings(folder.path())).expect("opened").close();
    assert_eq!(faults(&verified(folder.path())), []);
}

#[test]
fn a_changed_last_line_is_no_accident_and_the_writer_does_not_start() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    record(&journal, 0).expect("recorded");
    journal.close();
    let path = first_segment(folder.path());
    let text = std::fs::read_to_string(&path).expect("text");
    let changed = text.replace("cb-0123", "cb-0124");
    std::fs::write(&path, &changed).expect("written");
    let refused = Journal::open(&settings(folder.path())).err().expect("refused").to_string();
    assert!(refused.contains("line 2") && refused.contains("audit verify"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).expect("text"), changed, "evidence is not touched");
}

#[test]
fn another_key_is_told_apart_from_a_changed_line() {
    let folder = tempfile::tempdir().expect("folder");
    Journal::open(&settings(folder.path())).expect("a journal").close();
    let new_key = JournalSettings { mac_key: JournalKey::new([9; 32]), ..settings(folder.path()) };
    let refused = Journal::open(&new_key).err().expect("refused").to_string();
    assert!(refused.contains("its key is not among the configured ones"), "{refused}");
    let rotated = JournalSettings { old_mac_keys: vec![JournalKey::new([1; 32])], ..new_key };
    let journal = Journal::open(&rotated).expect("the old key proves the old lines");
    record(&journal, 1).expect("recorded");
    journal.close();
    let both = MacKeys::new(&rotated.mac_key, &rotated.old_mac_keys);
    let verified = verify(folder.path(), &both, &[], &|_| ()).expect("verified");
    assert_eq!(faults(&verified), []);
    let only_old = super::verified(folder.path());
    assert!(faults(&only_old).iter().all(|(_, _, code)| matches!(*code, "unknown_key" | "bad_head")));
    assert_eq!(only_old.faults, 4);
}

#[test]
fn an_event_that_is_too_long_is_refused_alone() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    let long = "x".repeat(2 << 20);
    let refused = runtime().block_on(journal.record(&Event::alarm(&long)));
    assert_eq!(refused, Err(NotWritable::TooLong));
    assert_eq!(record(&journal, 0), Ok(2));
    journal.close();
    assert_eq!(record(&journal, 1), Err(NotWritable::Closed));
}

#[test]
fn many_at_once_share_the_wait_for_the_disk() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    let runtime = runtime();
    let mut waiting = Vec::new();
    for index in 0..400 {
        disclosure(&journal, &format!("r-{index}"), index, |event| waiting.push(journal.record(event)));
    }
    let mut numbers: Vec<u64> = runtime.block_on(futures_util::future::try_join_all(waiting)).expect("all recorded");
    numbers.sort_unstable();
    assert_eq!(numbers, (2..402).collect::<Vec<u64>>(), "each its own line");
    journal.close();
    assert_eq!(faults(&verified(folder.path())), []);
}
