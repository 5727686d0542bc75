//! `POST /v1/autofill/batch`: several people of one dossier, each with an outcome and a line on record of his own.

use serde_json::{Value, json};

use crate::access::Guarded;
use crate::connections::{Upstream, request as complete};
use crate::harness::{Process, person};

const PATH: &str = "/v1/autofill/batch";
const SERVICE: &str = "1.005392";

fn batch(items: &[Value]) -> Value {
    json!({ "service": SERVICE, "officer": "cb-0123", "agency": "H01.12", "dossier": "H01-9", "dossier_date": "2026-11-20",
            "items": items })
}

fn outcome(item: &Value) -> String {
    match item["answer"]["status"].as_str() {
        Some(status) => status.to_owned(),
        None => item["problem"]["code"].as_str().unwrap_or("neither").to_owned(),
    }
}

#[tokio::test]
async fn every_item_is_answered_as_if_it_had_been_asked_alone() {
    let service = Process::serve(&[]);
    let asked = [
        json!({ "citizen": { "id": "999085000001" } }),
        json!({ "citizen": { "id": "999099099099" } }),
        json!({ "citizen": { "id": "999187000004" }, "typed": { "nguoi_du_tuyen_ho_tem": "x" } }),
        json!({ "citizen": { "id": "999187000004" }, "typed": { "nguoi_du_tuyen_ho_ten": "Khác" } }),
    ];
    let body = batch(&asked);
    let reply = service.post(PATH, &body.to_string()).await;
    let answer = reply.json();
    assert_eq!((reply.status, &answer["answered"], &answer["failed"]), (200, &json!(2), &json!(2)), "{}", reply.text);
    let items = answer["items"].as_array().expect("items");
    let outcomes: Vec<String> = items.iter().map(outcome).collect();
    assert_eq!(outcomes[1..3], ["not_found", "typed_path"], "in their order");
    for (at, (asked, told)) in asked.iter().zip(items).enumerate() {
        let mut alone = body.clone();
        let shared = alone.as_object_mut().expect("an object");
        shared.remove("items");
        shared.extend(asked.as_object().expect("an object").clone());
        let mut alone = service.post("/v1/autofill", &alone.to_string()).await.json();
        let mut told = told["answer"].as_object().or(told["problem"].as_object()).expect("one of two").clone();
        let id = format!("{}.{}", answer["request_id"].as_str().expect("an id"), at + 1);
        assert_eq!(told.remove("request_id"), Some(json!(id)));
        alone.as_object_mut().expect("an object").remove("request_id");
        // Whether the record came from the cache depends on who was asked before.
        told.remove("lookups");
        alone.as_object_mut().expect("an object").remove("lookups");
        assert_eq!(Value::Object(told), alone);
    }
}

#[tokio::test]
async fn a_batch_that_cannot_be_read_asks_for_nobody() {
    let service = Process::serve(&[]);
    let good = json!({ "citizen": { "id": "999085000001" } });
    let reply = service.post(PATH, &batch(&[good.clone(), json!({ "citizen": { "id": "12" } })]).to_string()).await;
    assert_eq!((reply.status, &reply.json()["pointer"]), (400, &json!("/items/1/citizen/id")), "{}", reply.text);
    let reply = service.post(PATH, &batch(&vec![good.clone(); 21]).to_string()).await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "items_count"));
    let mut large = batch(&[good]);
    large["items"][0]["typed"] = json!({ "nguoi_du_tuyen_ho_ten": "x".repeat(256 * 1024) });
    assert_eq!(service.post(PATH, &large.to_string()).await.status, 413);
    assert_eq!(service.send("GET", PATH, None).await.header("allow"), "POST");
}

#[tokio::test]
async fn each_person_has_a_line_on_record_and_counts_against_the_dossier() {
    let guarded = Guarded::start();
    let people = ["999085000001", "999187000004", "999058000002", "999198000022"];
    let body = batch(&people.map(|id| json!({ "citizen": { "id": id } })));
    let before = guarded.lines().len();
    let reply = guarded.post("few", PATH, &body).await;
    let answer = reply.json();
    let items = answer["items"].as_array().expect("items");
    let refused: Vec<&Value> = items.iter().filter(|item| item["problem"].is_object()).collect();
    assert_eq!((&answer["answered"], refused.len()), (&json!(2), 2), "two people a dossier: {}", reply.text);
    assert!(refused.iter().all(|item| item["problem"]["status"] == 429), "{refused:?}");
    let lines = guarded.lines().split_off(before);
    let mut ids: Vec<String> =
        lines.iter().map(|line| line["request_id"].as_str().unwrap_or_default().to_owned()).collect();
    ids.sort();
    let id = answer["request_id"].as_str().expect("an id");
    assert_eq!(ids, [1, 2, 3, 4].map(|at| format!("{id}.{at}")), "one line each");
    assert_eq!(lines.iter().filter(|line| line["kind"] == "disclosure").count(), 2);
    let stranger = guarded.post("reader", PATH, &body).await;
    assert_eq!((stranger.status, stranger.code().as_str()), (403, "scope_missing"), "{}", stranger.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_each_items_own_outage() {
    let upstream = Upstream::start();
    let service = Process::serve_configured(&upstream.config("direct", "", ""), "info");
    drop(upstream);
    let one = complete("1.000894", person("999198000022"));
    let body = json!({ "service": "1.000894", "officer": one["officer"], "agency": one["agency"], "dossier": one["dossier"],
                       "items": [{ "citizen": one["citizen"] }, { "citizen": one["citizen"] }] });
    let reply = service.post(PATH, &body.to_string()).await;
    let outcomes: Vec<String> = reply.json()["items"].as_array().expect("items").iter().map(outcome).collect();
    assert_eq!((reply.status, outcomes), (200, vec!["upstream_unreachable".to_owned(); 2]), "{}", reply.text);
}
