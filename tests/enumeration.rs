//! Somebody walks through numbers, and somebody does an honest day's work: the first gets no more than the quota and is
//! told to the operator, the second never is (RISKS T1).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::Reply;
use crate::house::{House, Plan, catalog_with_people};

/// A service with a form of two persons: a dossier may have four.
const SERVICE: &str = "1.005099";
const PERSONS_AND_TWO: usize = 4;
/// As many as an officer may ask for within an hour when nothing is configured; see `docs/access.md`.
const OFFICER_HOUR: usize = 120;
/// Numbers of the script; `DIENSAN_TEST_ENUMERATION` says otherwise.
const NUMBERS: usize = 10_000;
/// The people that the register has: more than any quota below.
const PEOPLE: usize = 200;
/// Requests of the script at a time.
const AT_ONCE: usize = 8;
/// How often the service is restarted while the script runs, every other time without warning.
const RESTARTS: usize = 4;

const THIEF: &str = "scopes = [\"autofill\", \"verify\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"*\"]\n\
                     quota = { requests_per_second = 100000 }";
/// Eight hours are pressed into one, so the hour's budget is the day's; everything else is as when nothing is configured.
const COUNTER: &str = "scopes = [\"autofill\", \"verify\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"*\"]\n\
                       quota = { requests_per_second = 100000, citizens_per_officer_hour = 800 }";

fn numbers() -> usize {
    std::env::var("DIENSAN_TEST_ENUMERATION").ok().map_or(NUMBERS, |text| text.parse().expect("a number"))
}

/// Numbers that are no neighbours of one another.
fn apart(n: usize) -> String {
    format!("999085{:06}", n * 50)
}

fn request(number: &str, officer: &str, dossier: &str) -> Value {
    json!({ "service": SERVICE, "citizen": { "id": number }, "officer": officer, "agency": "H01.12",
            "dossier": dossier, "dossier_date": "2026-11-20" })
}

/// What came of a script: the people whose data it got, answers by status and code, alarms of all processes.
#[derive(Default, Debug)]
struct Loot {
    got: BTreeSet<usize>,
    answers: BTreeMap<String, usize>,
    alarms: BTreeMap<String, u64>,
}

/// Asks for one number after the other, several at a time, over restarts.
async fn walk(house: &mut House, bodies: &[Value]) -> Loot {
    let mut loot = Loot::default();
    for (part, chunk) in bodies.chunks(bodies.len().div_ceil(RESTARTS + 1)).enumerate() {
        if part > 0 {
            house.restart(if part % 2 == 0 { "KILL" } else { "TERM" });
        }
        let next = AtomicUsize::new(0);
        let worker = async || {
            let mut told: Vec<(usize, Reply)> = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(body) = chunk.get(at) else { break told };
                told.push((at, house.send(house.key("thief"), "POST", "/v1/autofill", Some(body)).await));
            }
        };
        let begin = part * bodies.len().div_ceil(RESTARTS + 1);
        for (at, reply) in join_all((0..AT_ONCE).map(|_| worker())).await.into_iter().flatten() {
            let word = if reply.status == 200 { "ok".to_owned() } else { format!("{} {}", reply.status, reply.code()) };
            *loot.answers.entry(word).or_default() += 1;
            if reply.status == 200 {
                loot.got.insert(begin + at);
            } else {
                assert!(reply.json().get("data").is_none() && reply.json().get("fields").is_none());
            }
        }
        for (alarm, count) in house.alarms().await {
            *loot.alarms.entry(alarm).or_default() += count;
        }
    }
    assert_eq!(loot.answers.values().sum::<usize>(), bodies.len());
    loot
}

fn house(folder: &tempfile::TempDir, caller: (&str, &str)) -> House {
    let services = catalog_with_people(folder.path(), (0..PEOPLE).map(apart));
    House::start(&Plan { services: Some(&services), callers: &[caller], ..Plan::default() })
}

/// A leaked list: the first people exist, so that no run of "not found" stops the script, and each has a dossier.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_numbers_of_one_officer_give_no_more_than_the_hours_quota_and_raise_the_alarm() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut house = house(&folder, ("thief", THIEF));
    let list: Vec<Value> = (0..numbers()).map(|n| request(&apart(n), "cb-0666", &format!("D-{n}"))).collect();
    let loot = walk(&mut house, &list).await;
    println!("{} numbers: {:?}; alarms {:?}", list.len(), loot.answers, loot.alarms);
    assert_eq!(loot.got.len(), OFFICER_HOUR, "{:?}", loot.answers);
    assert!(loot.alarms.get("officer_exhausted").is_some_and(|count| *count > 0), "{:?}", loot.alarms);
    assert_eq!(house.lines_of("disclosure").len(), OFFICER_HOUR, "what the script got is on record");
    assert_eq!(house.lines_of("refusal").len(), list.len() - OFFICER_HOUR);
    let on_record: Vec<Value> = house.lines_of("alarm").iter().map(|line| line["alarm"].clone()).collect();
    assert!(on_record.contains(&json!("officer_exhausted")), "{on_record:?}");
}

/// Blind: numbers in a row, most of which nobody has.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_in_a_row_are_held_back_after_a_handful_with_an_alarm_also_over_restarts() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut house = house(&folder, ("thief", THIEF));
    let in_a_row = |n: usize| request(&format!("999085{n:06}"), "cb-0666", &format!("D-{n}"));
    let list: Vec<Value> = (0..numbers() / 10).map(in_a_row).collect();
    let loot = walk(&mut house, &list).await;
    println!("{} numbers: {:?}; alarms {:?}", list.len(), loot.answers, loot.alarms);
    let told = |word: &str| loot.answers.get(word).copied().unwrap_or(0);
    // Those under way at the same time are answered, too.
    assert!(told("ok") + told("404 not_found") <= 8 + AT_ONCE, "{:?}", loot.answers);
    assert!(loot.alarms.keys().any(|alarm| alarm == "neighbouring_numbers" || alarm == "not_found_run"));
    assert!(told("429 slow_down") + told("429 officer_locked") > list.len() - 20, "{:?}", loot.answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_numbers_in_one_dossier_stop_at_the_persons_of_the_form_and_two() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut house = house(&folder, ("thief", THIEF));
    let list: Vec<Value> = (0..60).map(|n| request(&apart(n), "cb-0666", "D-1")).collect();
    let loot = walk(&mut house, &list).await;
    println!("60 numbers: {:?}; alarms {:?}", loot.answers, loot.alarms);
    assert_eq!(loot.answers, BTreeMap::from([("ok".to_owned(), 4), ("429 dossier_quota".to_owned(), 56)]));
    assert_eq!(loot.got.len(), PERSONS_AND_TWO);
    assert_eq!(loot.alarms, BTreeMap::from([("dossier_exhausted".to_owned(), 56)]));
}

/// 120 dossiers of one counter: slips of the pen, people who come twice, a clerk who sends twice, and typed values
/// compared. Eight hours with families are simulated beside the counters themselves, with a clock of their own.
#[tokio::test(flavor = "multi_thread")]
async fn a_days_work_of_one_counter_raises_no_alarm() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = house(&folder, ("counter", COUNTER));
    let ask = async |path: &str, body: &Value| {
        let reply = house.send(house.key("counter"), "POST", path, Some(body)).await;
        if reply.status == 200 { "ok".to_owned() } else { reply.code() }
    };
    for dossier in 0..120 {
        let id = format!("D-{dossier}");
        if dossier % 12 == 7 {
            // A number that was typed wrong: nobody has it.
            let wrong = request(&apart(PEOPLE + dossier), "cb-0001", &id);
            assert_eq!(ask("/v1/autofill", &wrong).await, "not_found", "{dossier}");
        }
        let body = request(&apart(dossier), "cb-0001", &id);
        for _ in 0..=dossier % 3 {
            assert_eq!(ask("/v1/autofill", &body).await, "ok", "{dossier}");
        }
        assert_eq!(ask("/v1/verify", &body).await, "ok", "{dossier}");
        if dossier > 20 && dossier % 20 == 0 {
            let again = request(&apart(dossier - 20), "cb-0001", &format!("D-{}", dossier - 20));
            assert_eq!(ask("/v1/autofill", &again).await, "ok", "somebody from this morning");
        }
    }
    assert_eq!(house.alarms().await, BTreeMap::new());
}
