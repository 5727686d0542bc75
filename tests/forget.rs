//! `DELETE /v1/cache`: forgets in all replicas, for those who may, and tells nobody what was there.

use serde_json::json;

use crate::harness::person;
use crate::house::{House, Plan};
use crate::redis_server::RedisServer;
use crate::shared_tier::{Province, SERVICE, ask, cached, right, single, until_records};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_is_forgotten_in_all_replicas() {
    let (province, mut server) = (Province::start(), RedisServer::start());
    let (one, other) = (province.replica(&single(&server)), province.replica(&single(&server)));
    let (of, another) = (person("999198000022"), person("999085000001"));
    let body = crate::connections::request(SERVICE, of);
    for of in [of, another] {
        ask(&one, of).await;
    }
    until_records(&server, 2).await;
    ask(&other, of).await;
    for _ in 0..2 {
        // The second time there is nothing left, and the answer is the same.
        let reply = one.send("DELETE", "/v1/cache", Some(&body)).await;
        assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    }
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while server.names("diensan:record:*").len() != 1 {
        assert!(std::time::Instant::now() < until, "still there");
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!cached(&right(&other.autofill(&body).await, of)), "the other replica's own tier is empty too");
    assert!(cached(&ask(&one, another).await), "nobody else is forgotten");
    assert_eq!(province.calls().await, 3);
    server.kill();
    let reply = one.send("DELETE", "/v1/cache", Some(&body)).await;
    assert_eq!((reply.status, reply.code().as_str(), reply.header("retry-after")), (503, "not_forgotten", "1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_needs_the_scope_and_a_readable_request_and_reaches_only_its_agencies() {
    let lines =
        |scopes: &str| format!("scopes = [{scopes}]\nagencies = [\"H01.*\"]\nservices = [\"*\"]\nattributes = [\"*\"]");
    let (both, one) = (lines("\"autofill\", \"cache:write\""), lines("\"autofill\""));
    let house = House::start(&Plan { callers: &[("may", &both), ("may-not", &one)], ..Plan::default() });
    let body = |agency: &str| {
        json!({ "service": SERVICE, "citizen": { "id": "999198000022" }, "officer": "cb-1", "agency": agency,
                "dossier": "d-1" })
    };
    let send = async |caller: &str, body: &serde_json::Value| {
        let reply = house.send(house.key(caller), "DELETE", "/v1/cache", Some(body)).await;
        if reply.status == 204 { (204, String::new()) } else { (reply.status, reply.code()) }
    };
    let filled = async || {
        let reply = house.send(house.key("may"), "POST", "/v1/autofill", Some(&body("H01.12"))).await;
        assert_eq!(reply.status, 200);
        cached(&reply.json())
    };
    assert!(!filled().await && filled().await);
    assert_eq!(send("may-not", &body("H01.12")).await, (403, "scope_missing".to_owned()));
    assert_eq!(send("may", &body("H02.12")).await, (403, "agency_not_licensed".to_owned()));
    assert_eq!(send("may", &body("H01.13")).await, (204, String::new()));
    assert_eq!(send("may", &json!({ "service": SERVICE })).await.0, 400);
    assert!(filled().await, "nothing of that forgot anything");
    assert_eq!(send("may", &body("H01.12")).await, (204, String::new()));
    assert!(!filled().await);
}
