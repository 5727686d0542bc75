//! The record cache as callers see it: merged look-ups, life time, age, refresh, off, and what never shares an entry.

use std::time::Duration;

use serde_json::json;

use crate::connections::{Upstream, request};
use crate::harness::{Process, person};

const ROUTE: &str = "/direct/037";

fn serve(upstream: &Upstream, cache: &str) -> Process {
    Process::serve_configured(&upstream.config("direct", "", cache), "info")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_identical_requests_cause_one_call_and_after_the_life_time_a_second() {
    let upstream = Upstream::start();
    let service = serve(&upstream, "ttl = \"3s\"");
    let asked = request("1.000894", person("999198000022"));
    let all = futures_util::future::join_all((0..200).map(|_| service.autofill(&asked))).await;
    assert!(all.iter().all(|reply| reply.status == 200));
    assert_eq!(upstream.calls(ROUTE).await, 1, "merged in flight");
    let hit = service.autofill(&asked).await.json();
    assert_eq!(hit["lookups"][0]["cached"], true);
    assert!(hit["lookups"][0]["age_s"].as_u64().is_some_and(|age| age <= 3));
    tokio::time::sleep(Duration::from_millis(3200)).await;
    let late = service.autofill(&asked).await.json();
    assert_eq!((&late["lookups"][0]["cached"], upstream.calls(ROUTE).await), (&json!(false), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_look_up_is_asked_once_for_a_double_click() {
    let upstream = Upstream::start();
    let service = serve(&upstream, "");
    let asked = json!({
        "service": "1.000656", "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007",
        "citizen": { "id": "999099000901", "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" },
    });
    let (first, second) = tokio::join!(service.autofill(&asked), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        service.autofill(&asked).await
    });
    assert_eq!((first.status, second.status, upstream.calls(ROUTE).await), (200, 200, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_hangs_up_neither_breaks_nor_repeats_the_look_up() {
    let upstream = Upstream::start();
    let service = serve(&upstream, "");
    let asked = json!({
        "service": "1.000656", "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007",
        "citizen": { "id": "999099000901", "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" },
    });
    let gone = tokio::time::timeout(Duration::from_millis(300), service.autofill(&asked)).await;
    assert!(gone.is_err(), "the look-up takes a second");
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(service.autofill(&asked).await.status, 200);
    assert!(upstream.calls(ROUTE).await <= 2, "never more than one call for each of the two");
}

#[tokio::test(flavor = "multi_thread")]
async fn agencies_services_forms_and_queries_never_share_an_entry() {
    let upstream = Upstream::start();
    let service = serve(&upstream, "");
    let base = request("1.000894", person("999198000022"));
    let mut variants = vec![base.clone()];
    let mut vary = |key: &str, value: serde_json::Value| {
        let mut variant = base.clone();
        variant[key] = value;
        variants.push(variant);
    };
    vary("agency", json!("H01.13"));
    vary("service", json!("2.000806"));
    vary("form", json!("eform-dang-ky-ket-hon"));
    let (mut year, mut other) = (base["citizen"].clone(), base["citizen"].clone());
    year["birth_date"] = json!("1998");
    other["name"] = json!("TÔN NỮ MẪU BÌNHH");
    vary("citizen", year);
    vary("citizen", other);
    for (index, variant) in variants.iter().enumerate() {
        let reply = service.autofill(variant).await;
        let expected = if index == 5 { 404 } else { 200 };
        assert_eq!(reply.status, expected, "variant {index}");
        if expected == 200 {
            assert_eq!(reply.json()["lookups"][0]["cached"], false, "variant {index}");
        }
        assert_eq!(upstream.calls(ROUTE).await, index as u64 + 1, "variant {index}");
    }
    // The same purpose by another officer and dossier is served from the entry: they do not change what may be seen.
    let mut again = base;
    again["officer"] = json!("cb-0456");
    again["dossier"] = json!("H01.12-261120-0008");
    assert_eq!(service.autofill(&again).await.json()["lookups"][0]["cached"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_negative_is_cached() {
    let upstream = Upstream::start();
    let service = serve(&upstream, "");
    let mut asked = request("1.000894", person("999198000022"));
    asked["citizen"]["birth_date"] = json!("1998-10-10");
    for call in 1..=3 {
        assert_eq!(service.autofill(&asked).await.status, 404);
        assert_eq!(upstream.calls(ROUTE).await, call);
    }
    assert_eq!(service.metric("diensan_cache_bytes ").await, 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_asks_again_and_replaces_the_entry() {
    let upstream = Upstream::start();
    let service = serve(&upstream, "");
    let mut asked = request("1.000894", person("999198000022"));
    assert_eq!(service.autofill(&asked).await.status, 200);
    asked["refresh"] = json!(true);
    assert_eq!(service.autofill(&asked).await.json()["lookups"][0]["cached"], false);
    asked["refresh"] = json!(false);
    assert_eq!(service.autofill(&asked).await.json()["lookups"][0]["cached"], true);
    assert_eq!(upstream.calls(ROUTE).await, 2);
    assert_eq!(service.metric("diensan_cache_requests_total{result=\"refresh\"} ").await, 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_time_of_zero_keeps_nothing() {
    let upstream = Upstream::start();
    let service = serve(&upstream, "ttl = \"0s\"");
    let asked = request("1.000894", person("999198000022"));
    for call in 1..=3 {
        let answer = service.autofill(&asked).await.json();
        assert_eq!(answer["lookups"][0]["cached"], false);
        assert_eq!(upstream.calls(ROUTE).await, call);
    }
    assert_eq!(service.metric("diensan_cache_bytes ").await, 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cache_stays_within_its_bytes() {
    let upstream = Upstream::start();
    let service = serve(&upstream, "max_bytes = \"8KiB\"");
    for person in crate::harness::people() {
        service.autofill(&request("2.000986", person)).await;
    }
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let bytes = service.metric("diensan_cache_bytes ").await;
    assert!(bytes > 0.0 && bytes <= 8192.0, "{bytes}");
}
