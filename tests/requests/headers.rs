//! Headers of requests: the request id and the trace context.

use serde_json::{Value, json};

use super::reply_of;
use crate::harness::{Process, Reply, client};

async fn get(service: &Process, path: &str, header: &str, value: &str) -> Reply {
    reply_of(client().get(format!("{}{path}", service.address)).header(header, value)).await
}

/// The access log's line of a request.
fn log_line(service: &Process, request_id: &str) -> Value {
    // The line is written before the answer leaves; the file may show it a moment later.
    for _ in 0..50 {
        let log = service.log_text();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        if let Some(line) =
            lines.into_iter().find(|line| line["request_id"] == request_id && line["message"] == "request")
        {
            return line;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("no line of the log for this request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harmless_request_id_is_taken_over_into_header_problem_answer_and_log() {
    let service = Process::serve(&[]);
    for id in ["counter-7_2026.a", "0193a1b2-7e3c-7abc-8def-a1b2c3d4e5f6", "x", &"k".repeat(64)] {
        let missing = get(&service, "/nope", "X-Request-Id", id).await;
        assert_eq!(missing.header("x-request-id"), id);
        assert_eq!(missing.json()["request_id"], id);
        let request = client().post(format!("{}/v1/autofill", service.address)).header("X-Request-Id", id);
        let body = json!({ "service": "2.000815", "citizen": { "id": "999198000022" } }).to_string();
        let answer = reply_of(request.header("Content-Type", "application/json").body(body)).await;
        assert_eq!((answer.status, answer.header("x-request-id")), (200, id));
        assert_eq!(answer.json()["request_id"], id);
        assert_eq!(log_line(&service, id)["status"], 404);
    }
}

async fn assert_replaced(ids: &[&str]) {
    let service = Process::serve(&[]);
    for (index, id) in ids.iter().enumerate() {
        let reply = get(&service, "/nope", "X-Request-Id", id).await;
        let given = reply.header("x-request-id").to_owned();
        assert!(given != *id && given.len() == 36, "id {index} was taken over");
        assert_eq!(reply.json()["request_id"], given.as_str(), "id {index}");
        assert!(!reply.text.contains(id), "id {index} is echoed");
        assert!(!service.log_text().contains(id), "id {index} is logged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_that_could_be_a_number_or_break_a_log_is_replaced() {
    let long = "k".repeat(65);
    assert_replaced(&[
        "999085000001",
        "req-999085000001-1",
        "999.085.000.001",
        "999000001",
        "Trần-Thị-Mẫu",
        "two words",
        "{\"level\":\"ERROR\"}",
        "a;b",
        "../../etc",
        &long,
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_that_spells_a_number_in_groups_is_replaced() {
    assert_replaced(&["999-085-000-001", "999_085_000_001", "999085-000001", "req-999-000-001"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_without_an_id_gets_one_of_its_own() {
    let service = Process::serve(&[]);
    let first = service.get("/healthz").await.header("x-request-id").to_owned();
    let second = service.get("/healthz").await.header("x-request-id").to_owned();
    assert!(first.len() == 36 && second.len() == 36 && first != second);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_id_of_a_traceparent_is_logged() {
    let service = Process::serve(&[]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    for tail in ["-00f067aa0ba902b7-01", "-00f067aa0ba902b7-00"] {
        let reply = get(&service, "/healthz", "traceparent", &format!("00-{trace}{tail}")).await;
        assert_eq!(reply.status, 200);
        assert_eq!(log_line(&service, reply.header("x-request-id"))["trace_id"], trace);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_traceparent_is_ignored_and_never_logged() {
    let service = Process::serve(&[]);
    let huge = "a".repeat(10 * 1024);
    let zeros = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
    let malformed = [
        "999085000001",
        "00-999085000001-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736",
        &zeros,
        &huge,
    ];
    for (index, traceparent) in malformed.iter().enumerate() {
        let reply = get(&service, "/healthz", "traceparent", traceparent).await;
        assert_eq!(reply.status, 200, "traceparent {index}");
        assert_eq!(log_line(&service, reply.header("x-request-id"))["trace_id"], "", "traceparent {index}");
        assert!(!service.log_text().contains(traceparent), "traceparent {index} is logged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_logged_with_its_code_and_its_route_template() {
    let service = Process::serve(&[]);
    let reply = service.get("/v1/services/999085000001").await;
    let line = log_line(&service, reply.header("x-request-id"));
    assert_eq!((&line["code"], &line["status"]), (&json!("service_unknown"), &json!(404)));
    assert_eq!((&line["route"], &line["method"]), (&json!("/v1/services/{code}"), &json!("GET")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_query_string_is_logged_with_its_code_and_without_itself() {
    let service = Process::serve(&[]);
    let reply = service.get("/v1/services?id=999085000001").await;
    assert_eq!(reply.status, 400);
    assert_eq!(log_line(&service, reply.header("x-request-id"))["code"], "query_refused");
}
