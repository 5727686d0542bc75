//! What is old enough goes, the rest still verifies, and nothing damaged is thrown away.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::*;
use crate::audit::prune::{Pruned, prune};
use crate::audit::retention::retain;
use crate::audit::segments::list;
use crate::audit::sink::Sink;

/// A segment a day: one in 2024, one in 2025, one in 2026, each of three lines.
fn three_years(directory: &Path) {
    let mut sink = Sink::open(directory, Arc::new(keys()), 64 << 20).expect("a sink");
    for year in [2024, 2025, 2026] {
        for hour in 1..4 {
            let time = timestamp(&format!("{year}-06-01T0{hour}:00:00Z"));
            sink.commit(&["\"kind\":\"alarm\""], time).expect("written");
        }
    }
    sink.leave_head(timestamp("2026-06-01T04:00:00Z")).expect("written");
}

fn names(directory: &Path) -> Vec<u64> {
    list(directory).expect("files").into_iter().map(|segment| segment.index).collect()
}

#[test]
fn what_is_old_enough_goes_and_the_rest_verifies_from_a_sealed_head() {
    let folder = tempfile::tempdir().expect("folder");
    three_years(folder.path());
    let now = timestamp("2026-07-01T00:00:00Z");
    let Ok(Pruned::Nothing) = prune(folder.path(), &keys(), 36, now) else { panic!("nothing is that old") };
    let Ok(Pruned::Removed { segments, head }) = prune(folder.path(), &keys(), 24, now) else { panic!("not pruned") };
    assert_eq!((segments, head.seq), (vec!["journal-000001.jsonl".to_owned()], 3));
    assert_eq!(names(folder.path()), [2, 3]);
    let verified = super::verified(folder.path());
    assert_eq!(faults(&verified), []);
    assert_eq!(verified.sealed.and_then(|head| head.removed).map(|(count, _)| count), Some(1));
    // A second time, further on; the one that is written always stays.
    let Ok(Pruned::Removed { head, .. }) = prune(folder.path(), &keys(), 1, timestamp("2030-01-01T00:00:00Z")) else {
        panic!("not pruned")
    };
    assert_eq!(head.removed, Some((2, *b"2024-06-01T01:00:00.000Z")));
    assert_eq!(names(folder.path()), [3]);
    assert_eq!(faults(&super::verified(folder.path())), []);
    // The writer goes on behind it.
    Journal::open(&settings(folder.path())).expect("opened").close();
    assert_eq!(faults(&super::verified(folder.path())), []);
}

#[test]
fn deleting_without_sealing_is_found() {
    let folder = tempfile::tempdir().expect("folder");
    three_years(folder.path());
    std::fs::remove_file(first_segment(folder.path())).expect("removed");
    assert_eq!(faults(&verified(folder.path())), [("journal-000002.jsonl".to_owned(), 1, "missing")]);
}

#[test]
fn pruning_that_was_interrupted_still_verifies_and_is_finished_later() {
    let folder = tempfile::tempdir().expect("folder");
    three_years(folder.path());
    let first = std::fs::read(first_segment(folder.path())).expect("bytes");
    let now = timestamp("2026-07-01T00:00:00Z");
    assert!(matches!(prune(folder.path(), &keys(), 24, now), Ok(Pruned::Removed { .. })));
    std::fs::write(first_segment(folder.path()), first).expect("as if it had not been removed yet");
    assert_eq!(faults(&verified(folder.path())), []);
    assert!(matches!(prune(folder.path(), &keys(), 24, now), Ok(Pruned::Removed { .. })));
    assert_eq!(names(folder.path()), [2, 3]);
    assert_eq!(faults(&verified(folder.path())), []);
}

#[test]
fn what_was_pruned_does_not_come_back_as_something_else() {
    let folder = tempfile::tempdir().expect("folder");
    three_years(folder.path());
    let now = timestamp("2026-07-01T00:00:00Z");
    assert!(matches!(prune(folder.path(), &keys(), 24, now), Ok(Pruned::Removed { .. })));
    for name in ["journal-000002.jsonl", "journal-000003.jsonl", "head.json"] {
        std::fs::remove_file(folder.path().join(name)).expect("removed");
    }
    // Other lines of the same numbers, written with the key.
    let mut chain = crate::audit::line::Chain::START;
    let mut forged = Vec::new();
    for hour in 1..4 {
        let time = timestamp(&format!("2024-06-02T0{hour}:00:00Z"));
        crate::audit::line::append(&mut forged, &mut chain, time, "\"kind\":\"alarm\"", &keys());
    }
    std::fs::write(first_segment(folder.path()), forged).expect("written");
    let found = faults(&verified(folder.path()));
    assert_eq!(found, [("journal-000001.jsonl".to_owned(), 3, "other_than_anchor")]);
}

#[test]
fn what_does_not_verify_is_evidence_and_stays() {
    let folder = tempfile::tempdir().expect("folder");
    three_years(folder.path());
    let text = std::fs::read_to_string(first_segment(folder.path())).expect("text");
    std::fs::write(first_segment(folder.path()), text.replacen("alarm", "alarn", 1)).expect("written");
    let now = timestamp("2026-07-01T00:00:00Z");
    let Ok(Pruned::Refused(findings)) = prune(folder.path(), &keys(), 24, now) else { panic!("pruned evidence") };
    assert_eq!(findings.iter().filter(|finding| finding.fault.code() == "wrong_mac").count(), 1);
    assert_eq!(names(folder.path()), [1, 2, 3]);
}

#[test]
fn a_forged_sealed_head_is_found() {
    let folder = tempfile::tempdir().expect("folder");
    three_years(folder.path());
    std::fs::remove_file(first_segment(folder.path())).expect("removed");
    let forged = "{\"head\":3,\"mac\":\"x\",\"time\":\"x\",\"taken\":\"x\",\"key\":\"00000000\",\"seal\":\"x\"}\n";
    std::fs::write(folder.path().join("sealed.json"), forged).expect("written");
    let found = faults(&verified(folder.path()));
    assert!(found.contains(&("sealed.json".to_owned(), 1, "bad_head")), "{found:?}");
    assert!(found.contains(&("journal-000002.jsonl".to_owned(), 1, "missing")), "{found:?}");
    assert!(Journal::open(&settings(folder.path())).is_err(), "no writer starts on it");
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What the service keeps of the three years, from this time on, each day with the clock set forward by so much.
async fn kept_by_day(directory: &Path, from: &str, days: usize, set_forward: impl Fn(usize) -> i64) -> Vec<Vec<u64>> {
    let ahead = Arc::new(AtomicI64::new(set_forward(0)));
    let (begun, since) = (timestamp(from), tokio::time::Instant::now());
    let seen = Arc::clone(&ahead);
    let clock = move || {
        let ahead = jiff::SignedDuration::from_secs(seen.load(Ordering::SeqCst));
        begun + since.elapsed() + ahead
    };
    let keeping = JournalSettings { retention_months: Some(24), ..settings(directory) };
    let service = tokio::spawn(retain(Some(keeping), clock));
    let mut kept = Vec::new();
    for day in 0..days {
        ahead.store(set_forward(day), Ordering::SeqCst);
        // Time stands still while files are read, and comes to an hour after the day's round when that is done.
        tokio::time::sleep_until(since + DAY * u32::try_from(day).expect("small") + DAY / 24).await;
        kept.push(names(directory));
    }
    service.abort();
    kept
}

#[tokio::test(start_paused = true)]
async fn the_service_removes_at_its_start_and_then_every_day_what_has_become_old_enough() {
    let folder = tempfile::tempdir().expect("folder");
    three_years(folder.path());
    // The lines of 2024 are two years old on the first of June, some time after one o'clock.
    let kept = kept_by_day(folder.path(), "2026-05-30T12:00:00Z", 5, |_| 0).await;
    assert_eq!(kept, [vec![1, 2, 3], vec![1, 2, 3], vec![2, 3], vec![2, 3], vec![2, 3]]);
    assert_eq!(faults(&verified(folder.path())), []);
    let kept = kept_by_day(folder.path(), "2027-06-02T12:00:00Z", 1, |_| 0).await;
    assert_eq!(kept, [[3]]);
    assert_eq!(faults(&verified(folder.path())), []);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_forward_or_back_empties_no_journal() {
    let folder = tempfile::tempdir().expect("folder");
    three_years(folder.path());
    let years = |count: i64| count * 365 * 24 * 3600;
    for jump in [years(30), years(-30)] {
        let kept = kept_by_day(folder.path(), "2026-05-01T12:00:00Z", 4, |day| if day < 2 { 0 } else { jump }).await;
        assert_eq!(kept, vec![vec![1, 2, 3]; 4]);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_decision_or_with_damage_everything_stays() {
    let folder = tempfile::tempdir().expect("folder");
    three_years(folder.path());
    retain(Some(settings(folder.path())), || timestamp("2090-01-01T00:00:00Z")).await;
    assert_eq!(names(folder.path()), [1, 2, 3]);
    let text = std::fs::read_to_string(first_segment(folder.path())).expect("text");
    std::fs::write(first_segment(folder.path()), text.replacen("alarm", "alarn", 1)).expect("written");
    assert_eq!(kept_by_day(folder.path(), "2026-07-01T12:00:00Z", 2, |_| 0).await, [[1, 2, 3], [1, 2, 3]]);
}
