//! The tier that replicas share, on real servers: what it saves, and that nothing depends on it.

mod cluster;
mod damage;
mod doors;
mod outage;
mod quotas;

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::connections::{Upstream, request};
use crate::harness::{PersonFile, Process, Reply, person, personal_data_in};
use crate::redis_server::RedisServer;
pub use doors::certificates;

/// Where the simulator counts look-ups.
pub const ROUTE: &str = "/direct/037";
pub const SERVICE: &str = "1.000894";

/// Upstream, and replicas that share a tier in front of it.
pub struct Province {
    pub upstream: Upstream,
}

impl Province {
    /// Upstream with the keys that replicas share.
    pub fn start() -> Self {
        let upstream = Upstream::start();
        for (name, digit) in [("seal-1", "a"), ("seal-2", "b"), ("names", "c")] {
            upstream.secret(name, &digit.repeat(64));
        }
        Self { upstream }
    }

    /// One replica; `shared` are lines of `[cache.shared]` besides the keys.
    pub fn replica(&self, shared: &str) -> Process {
        self.replica_with("ttl = \"10m\"", "\"seal-1\"", shared)
    }

    /// One replica with these lines of `[cache]` and these sealing keys.
    pub fn replica_with(&self, cache: &str, keys: &str, shared: &str) -> Process {
        let cache = format!("{cache}\n[cache.shared]\nkeys = [{keys}]\nhash_key_file = \"names\"\n{shared}\n");
        Process::serve_configured(&self.upstream.config("direct", "", &cache), "info")
    }

    /// Look-ups that reached upstream.
    pub async fn calls(&self) -> u64 {
        self.upstream.calls(ROUTE).await
    }
}

/// The lines for one server. Machines that test are busier than machines that serve: what waits for the tier here waits
/// for two cores that do everything at once.
pub fn single(server: &RedisServer) -> String {
    format!("url = \"{}\"\ntimeout = \"500ms\"", server.url())
}

/// The answer for a person, which must be the right one.
pub async fn ask(replica: &Process, of: &PersonFile) -> Value {
    right(&replica.autofill(&request(SERVICE, of)).await, of)
}

/// The answer, when it is about this person.
pub fn right(reply: &Reply, of: &PersonFile) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text);
    let answer = reply.json();
    assert_eq!(name_in(&answer), name_of(of), "another person's answer");
    answer
}

fn name_of(of: &PersonFile) -> String {
    of.record["ho_va_ten"].as_str().expect("a name in one piece").to_uppercase()
}

/// The name that the form holds.
fn name_in(answer: &Value) -> String {
    let data = answer["data"].as_object().expect("an object");
    let name = data.iter().find(|(path, _)| path.ends_with("ho_ten")).and_then(|(_, value)| value.as_str());
    name.expect("a name").to_uppercase()
}

/// Whether the answer came from a cache.
pub fn cached(answer: &Value) -> bool {
    answer["lookups"][0]["cached"].as_bool().expect("told")
}

/// Waits until a metric of a replica has a value.
pub async fn until_metric(replica: &Process, line: &str, value: f64) {
    let until = Instant::now() + Duration::from_secs(20);
    while (replica.metric(line).await - value).abs() > 0.1 {
        assert!(Instant::now() < until, "{line} never was {value}: {}", replica.log_text());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Waits until the tier holds this many records: a replica puts them there after it has answered.
pub async fn until_records(server: &RedisServer, count: usize) {
    let until = Instant::now() + Duration::from_secs(10);
    while server.names("diensan:record:*").len() < count {
        assert!(Instant::now() < until, "{:?}", server.names("*"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub const UP: &str = "diensan_shared_tier_up";
pub const SHARED_HIT: &str = "diensan_cache_requests_total{result=\"shared_hit\"}";

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_has_asked_the_others_do_not_ask_again() {
    let (province, server) = (Province::start(), RedisServer::start());
    let (one, other) = (province.replica(&single(&server)), province.replica(&single(&server)));
    let of = person("999198000022");
    assert!(!cached(&ask(&one, of).await));
    until_records(&server, 1).await;
    let answer = ask(&other, of).await;
    assert!(cached(&answer) && answer["lookups"][0]["age_s"].as_u64().is_some_and(|age| age < 30), "{answer}");
    assert_eq!((province.calls().await, other.metric(SHARED_HIT).await), (1, 1.0));
    let (told, table) = (other.get("/metrics").await.text, include_str!("../docs/metrics.md"));
    for name in table.lines().filter(|line| line.contains("| shared tier |")).filter_map(|line| line.split('`').nth(1))
    {
        assert!(told.contains(&format!("# TYPE {name} ")), "{name} is in the table and not told");
    }
    // From its own tier now.
    assert!(cached(&ask(&other, of).await));
    assert_eq!((province.calls().await, other.metric(SHARED_HIT).await), (1, 1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_readable_and_nothing_immortal_lies_in_the_tier() {
    let (province, server) = (Province::start(), RedisServer::start());
    let replica = province.replica(&single(&server));
    for stem in ["999198000022", "999085000001", "999187000004"] {
        ask(&replica, person(stem)).await;
    }
    until_records(&server, 3).await;
    let names = server.names("*");
    for name in &names {
        let left: i64 = server.cli(&["PTTL", name]).trim().parse().expect("a number");
        // A probe or a lease may just have ended.
        assert!(left != -1, "{name} never ends");
        assert!(left <= 600_000, "{name} outlives the decided time");
    }
    let all: String = names.iter().map(|name| format!("{name} {}\n", server.cli(&["--no-raw", "GET", name]))).collect();
    assert!(all.matches("diensan:record").count() >= 3);
    let found = personal_data_in(&all);
    assert!(found.is_empty(), "the tier holds personal data of {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_life_time_holds_over_both_tiers_together() {
    let (province, server) = (Province::start(), RedisServer::start());
    let lines = single(&server);
    let replica = || province.replica_with("ttl = \"4s\"", "\"seal-1\"", &lines);
    let (one, other) = (replica(), replica());
    let (of, asked) = (person("999198000022"), Instant::now());
    ask(&one, of).await;
    until_records(&server, 1).await;
    tokio::time::sleep(Duration::from_secs(2).saturating_sub(asked.elapsed())).await;
    let answer = ask(&other, of).await;
    assert!(cached(&answer));
    // Taken over late, it ends when it would have ended where it was asked for.
    tokio::time::sleep(Duration::from_millis(4200).saturating_sub(asked.elapsed())).await;
    assert!(!cached(&ask(&other, of).await));
    assert_eq!(province.calls().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_asked_for_anew_is_old_everywhere() {
    let (province, server) = (Province::start(), RedisServer::start());
    let (one, other) = (province.replica(&single(&server)), province.replica(&single(&server)));
    let of = person("999198000022");
    ask(&one, of).await;
    until_records(&server, 1).await;
    ask(&other, of).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut anew = request(SERVICE, of);
    anew["refresh"] = true.into();
    assert!(!cached(&right(&one.autofill(&anew).await, of)));
    let until = Instant::now() + Duration::from_secs(10);
    // The other one had it in its own tier, two seconds old.
    while ask(&other, of).await["lookups"][0]["age_s"] != 0 {
        assert!(Instant::now() < until, "the other replica still has the older one");
    }
    assert_eq!(province.calls().await, 2, "nobody else asked upstream");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_one_replica_after_the_other() {
    let (province, server) = (Province::start(), RedisServer::start());
    let lines = single(&server);
    let replica = |keys: &str| province.replica_with("ttl = \"10m\"", keys, &lines);
    let of = person("999198000022");
    let first = replica("\"seal-1\"");
    ask(&first, of).await;
    until_records(&server, 1).await;
    // First everybody learns to open the new key, then everybody seals with it, then the old one goes.
    for keys in ["\"seal-1\", \"seal-2\"", "\"seal-2\", \"seal-1\""] {
        assert!(cached(&ask(&replica(keys), of).await), "{keys}");
    }
    let later = person("999085000001");
    let sealing_anew = replica("\"seal-2\", \"seal-1\"");
    ask(&sealing_anew, later).await;
    until_records(&server, 2).await;
    let new = replica("\"seal-2\"");
    assert!(cached(&ask(&new, later).await), "sealed with the new key");
    assert!(!cached(&ask(&new, of).await), "sealed with a key that this replica no longer has");
    let unknown = "diensan_shared_tier_operations_total{operation=\"read\",result=\"unknown_key\"}";
    assert!(new.metric(unknown).await >= 1.0);
}
