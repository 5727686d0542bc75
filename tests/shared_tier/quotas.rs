//! Limits hold for all replicas together, and for each alone while the tier is away.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::house::{House, Plan, catalog_with_people};

/// A service with a form of two persons: a dossier may have four.
const TWO_PERSONS: &str = "1.005099";
const PEOPLE: usize = 60;

/// Numbers that are no neighbours of one another.
fn apart(n: usize) -> String {
    format!("999085{:06}", n * 50)
}

struct Town {
    server: RedisServer,
    replicas: Vec<House>,
    _catalog: tempfile::TempDir,
}

impl Town {
    /// Replicas with one caller, whose quota this is.
    fn start(replicas: usize, quota: &str) -> Self {
        let server = RedisServer::start();
        let folder = tempfile::tempdir().expect("a folder");
        let services = catalog_with_people(folder.path(), (0..PEOPLE).map(apart));
        let more = format!(
            "[cache]\nttl = \"10m\"\n[cache.shared]\nurl = \"{}\"\ntimeout = \"1s\"\nkeys = [\"seal\"]\nhash_key_file = \
             \"names\"",
            server.url()
        );
        let lines = format!(
            "scopes = [\"autofill\", \"verify\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"*\"]\nquota = {{ \
             {quota} }}"
        );
        let (seal, names) = ("1".repeat(64), "2".repeat(64));
        let plan = Plan {
            services: Some(&services),
            more: &more,
            callers: &[("mot-cua", &lines)],
            files: &[("seal", &seal), ("names", &names)],
            ..Plan::default()
        };
        let replicas = (0..replicas).map(|_| House::start(&plan)).collect();
        Self { server, replicas, _catalog: folder }
    }

    /// What a replica says about a number: `ok`, or the code of the refusal.
    async fn ask(&self, replica: usize, path: &str, number: &str, officer: &str, dossier: &str) -> String {
        let house = &self.replicas[replica % self.replicas.len()];
        let body = json!({ "service": TWO_PERSONS, "citizen": { "id": number }, "officer": officer, "agency": "H01.12",
                           "dossier": dossier, "dossier_date": "2026-11-20" });
        let reply = house.send(house.key("mot-cua"), "POST", path, Some(&body)).await;
        if reply.status == 200 { "ok".to_owned() } else { reply.code() }
    }

    async fn autofill(&self, replica: usize, number: usize, officer: &str, dossier: &str) -> String {
        self.ask(replica, "/v1/autofill", &apart(number), officer, dossier).await
    }

    /// Waits until every replica uses the tier, or none does.
    async fn until_up(&self, up: &str) {
        for house in &self.replicas {
            let until = Instant::now() + Duration::from_secs(20);
            let line = format!("diensan_shared_tier_up {up}\n");
            while !house.send(house.key("watcher"), "GET", "/metrics", None).await.text.contains(&line) {
                assert!(Instant::now() < until, "never {line}");
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_limit_counts_what_all_replicas_have_admitted() {
    let town = Town::start(
        2,
        "requests_per_second = 100000, citizens_per_officer_hour = 6, citizens_per_officer_day = 8, citizens_per_day = 10",
    );
    town.until_up("1").await;
    for person in 0..4 {
        assert_eq!(town.autofill(person, person, "cb-1", "d-1").await, "ok");
    }
    assert_eq!(town.autofill(0, 5, "cb-1", "d-1").await, "dossier_quota");
    assert_eq!(town.autofill(1, 5, "cb-1", "d-1").await, "dossier_quota");
    // Whoever was asked for may be asked for again, anywhere.
    assert_eq!(town.autofill(1, 0, "cb-1", "d-1").await, "ok");
    assert_eq!(town.autofill(0, 5, "cb-1", "d-2").await, "ok");
    assert_eq!(town.autofill(1, 6, "cb-1", "d-2").await, "ok");
    for replica in 0..2 {
        assert_eq!(town.autofill(replica, 7, "cb-1", "d-3").await, "officer_hour_quota");
    }
    for (replica, person) in [(0, 10), (1, 11), (0, 12), (1, 13)] {
        assert_eq!(town.autofill(replica, person, "cb-2", &format!("d-{person}")).await, "ok");
    }
    for replica in 0..2 {
        assert_eq!(town.autofill(replica, 20, "cb-3", "d-20").await, "caller_day_quota");
    }
    let text = town.server.names("*").join("\n");
    assert!(text.contains("diensan:quota-officer") && !text.contains("cb-1") && !text.contains("d-1"), "{text}");
    assert!(!text.contains("mot-cua") && !text.contains(&apart(1)));
    for name in town.server.names("*") {
        assert_ne!(town.server.cli(&["PTTL", &name]).trim(), "-1", "{name} never ends");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_to_verify_are_three_in_all_replicas_together() {
    let town = Town::start(3, "requests_per_second = 100000");
    town.until_up("1").await;
    let (number, mut told) = (apart(1), Vec::new());
    for replica in 0..5 {
        told.push(town.ask(replica, "/v1/verify", &number, "cb-1", "d-1").await);
    }
    assert_eq!(told[..3], ["ok", "ok", "ok"]);
    assert!(told[3..].iter().all(|code| code == &told[3] && code.contains("verify")), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_requests_at_all_replicas_do_not_slip_past_a_limit() {
    let town = Town::start(3, "requests_per_second = 100000, citizens_per_officer_hour = 9");
    town.until_up("1").await;
    let dossiers: Vec<String> = (0..45).map(|n| format!("d-{n}")).collect();
    let asked = dossiers.iter().enumerate().map(|(n, dossier)| town.autofill(n, n, "cb-1", dossier));
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for answer in join_all(asked).await {
        *told.entry(answer).or_default() += 1;
    }
    // Some are told to slow down, because so many are in flight; nobody gets more.
    assert!(told["ok"] <= 9, "{told:?}");
    for (n, dossier) in dossiers.iter().enumerate() {
        if town.autofill(n, n, "cb-1", dossier).await == "ok" {
            *told.entry("again".to_owned()).or_default() += 1;
        }
    }
    assert_eq!(told["again"], 9, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_guesses_over_all_replicas_locks_the_officer_in_all_of_them() {
    let town = Town::start(3, "requests_per_second = 100000");
    town.until_up("1").await;
    let mut told = Vec::new();
    for guess in 0..9 {
        // Nobody has these numbers; each replica sees every third guess only.
        let number = format!("999085{:06}", 500_003 + guess * 777);
        told.push(town.ask(guess, "/v1/autofill", &number, "cb-1", &format!("d-{guess}")).await);
    }
    assert_eq!(told[..5], ["not_found", "not_found", "not_found", "not_found", "not_found"], "{told:?}");
    assert!(told[5..].iter().all(|code| code == "slow_down"), "{told:?}");
    for replica in 0..3 {
        assert_eq!(town.autofill(replica, 1, "cb-1", "d-50").await, "slow_down");
        assert_eq!(town.autofill(replica, 1, "cb-2", "d-51").await, "ok", "nobody else is slowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_replica_counts_for_itself_while_the_tier_is_away() {
    let mut town = Town::start(2, "requests_per_second = 100000, citizens_per_officer_hour = 3");
    town.until_up("1").await;
    town.server.kill();
    for replica in 0..2 {
        let mut told = Vec::new();
        for person in 0..4 {
            told.push(town.autofill(replica, replica * 10 + person, "cb-1", &format!("d-{replica}-{person}")).await);
        }
        assert_eq!(told, ["ok", "ok", "ok", "officer_hour_quota"]);
    }
    town.until_up("0").await;
    town.server.restart();
    town.until_up("1").await;
    assert_eq!(town.autofill(0, 30, "cb-1", "d-30").await, "officer_hour_quota", "its own counters still hold");
    assert_eq!(town.autofill(0, 30, "cb-2", "d-30").await, "ok");
}
