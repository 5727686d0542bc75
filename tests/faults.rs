//! What goes wrong upstream, each with its own problem code and metric label, none of them "no such citizen".

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::connections::Upstream;
use crate::harness::{Process, person, personal_data_in};

struct Fault {
    what: &'static str,
    number: &'static str,
    status: u16,
    code: &'static str,
    outcome: &'static str,
    cause: &'static str,
    /// Calls that upstream sees for one request over `lgsp-soap` (a repeat only where PROTOCOL §6.1 permits one).
    calls: u64,
}

const FAULTS: &[Fault] = &[
    fault("not found", "999099000404", 404, "not_found", "not_found", "", 1),
    fault("two persons", "999099000300", 409, "multiple", "multiple", "", 1),
    fault("401 twice", "999099000401", 502, "auth_failed", "auth_failed", "", 2),
    fault("403", "999099000403", 403, "not_permitted_procedure", "not_permitted_procedure", "", 1),
    fault("SOAP fault", "999099000500", 502, "upstream_fault", "upstream_fault", "soap_fault", 1),
    fault("zero bytes", "999099000210", 502, "reply_empty", "malformed", "empty_body", 1),
    fault("HTML page", "999099000220", 502, "upstream_html_page", "upstream_fault", "html_page", 1),
    fault("truncated XML", "999099000230", 502, "reply_truncated", "malformed", "truncated", 1),
    fault("wrong person", "999099000240", 502, "reply_wrong_person", "malformed", "wrong_person", 1),
    fault("slow drip beyond the budget", "999099000920", 504, "timeout", "timeout", "budget", 1),
    // Last: after it the connection pauses.
    fault("429 with Retry-After", "999099000429", 503, "throttled", "throttled", "upstream", 1),
];

const MORE_FAULTS: &[Fault] = &[
    fault("SOAP fault with 200", "999099000200", 502, "upstream_fault", "upstream_fault", "soap_fault", 1),
    fault("503 twice", "999099000503", 502, "upstream_fault", "upstream_fault", "gateway_fault", 2),
    fault("document type", "999099000250", 502, "reply_malformed", "malformed", "doctype", 1),
    fault("5 MiB", "999099000260", 502, "reply_malformed", "malformed", "too_large", 1),
    fault("unexpected element", "999099000270", 502, "reply_malformed", "malformed", "unexpected_element", 1),
    fault("silence", "999099000910", 504, "timeout", "timeout", "budget", 1),
];

const fn fault(
    what: &'static str,
    number: &'static str,
    status: u16,
    code: &'static str,
    outcome: &'static str,
    cause: &'static str,
    calls: u64,
) -> Fault {
    Fault { what, number, status, code, outcome, cause, calls }
}

fn request(number: &str) -> Value {
    json!({
        "service": "1.000656", "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007",
        "citizen": { "id": number, "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" },
    })
}

async fn check(upstream: &Upstream, service: &Process, connection: &str, route: &str, fault: &Fault) {
    let what = fault.what;
    let line = format!(
        "diensan_lookups_total{{cause=\"{}\",connection=\"{connection}\",outcome=\"{}\"}} ",
        fault.cause, fault.outcome
    );
    let (counted, calls) = (service.metric(&line).await, upstream.calls(route).await);
    let reply = service.autofill(&request(fault.number)).await;
    assert_eq!((reply.status, reply.code().as_str()), (fault.status, fault.code), "{what}");
    let problem = reply.json();
    assert_eq!(problem["outcome"], fault.outcome, "{what}");
    assert_eq!(problem["cause"].as_str().unwrap_or(""), fault.cause, "{what}");
    assert_eq!(service.metric(&line).await, counted + 1.0, "{what}: {line}");
    assert_eq!(upstream.calls(route).await, calls + fault.calls, "{what}: calls upstream");
    if fault.code == "throttled" {
        assert_eq!((reply.header("retry-after"), problem["retry_after"].as_u64()), ("7", Some(7)));
    } else {
        assert_eq!(reply.header("retry-after"), "", "{what}");
    }
    assert_eq!(personal_data_in(&reply.text), [""; 0], "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn eleven_faults_have_eleven_codes_and_labels_over_lgsp_soap() {
    let upstream = Upstream::start();
    let config = upstream.config("lgsp-soap", "budget = \"2s\"", "");
    let service = Process::serve_configured(&config, "debug");
    for fault in FAULTS {
        check(&upstream, &service, "lgsp-soap", "/lgsp/TraCuuThongTinCongDan", fault).await;
    }
    let codes: std::collections::BTreeSet<&str> = FAULTS.iter().map(|fault| fault.code).collect();
    let labels: std::collections::BTreeSet<(&str, &str)> =
        FAULTS.iter().map(|fault| (fault.outcome, fault.cause)).collect();
    assert_eq!((codes.len(), labels.len()), (11, 11));
    // A service of its own: of all these faults together the breaker would open.
    let service = Process::serve_configured(&config, "debug");
    for fault in MORE_FAULTS {
        check(&upstream, &service, "lgsp-soap", "/lgsp/TraCuuThongTinCongDan", fault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eleven_faults_have_eleven_codes_and_labels_over_direct() {
    let upstream = Upstream::start();
    let config = upstream.config("direct", "budget = \"2s\"", "");
    for faults in [FAULTS, MORE_FAULTS] {
        let service = Process::serve_configured(&config, "debug");
        for fault in faults {
            check(&upstream, &service, "direct", "/direct/037", fault).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_is_wall_clock_time() {
    let upstream = Upstream::start();
    let service = Process::serve_configured(&upstream.config("direct", "budget = \"1s\"", ""), "debug");
    for number in ["999099000920", "999099000910", "999099000903"] {
        let started = Instant::now();
        let reply = service.autofill(&request(number)).await;
        let took = started.elapsed();
        assert_eq!(reply.status, 504, "{number}");
        assert!(took >= Duration::from_millis(900) && took < Duration::from_millis(2500), "{number}: {took:?}");
    }
    let good = service.autofill(&request("999099000280")).await;
    assert_eq!(good.status, 200, "after three time-outs the connection still works");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_once_and_the_citizen_never_notices() {
    let upstream = Upstream::start();
    let service = upstream.serve("lgsp-soap");
    let reply = service.autofill(&request("999099000411")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(upstream.simulator.get("/counters").await.json()["tokens"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_register_is_not_a_missing_citizen() {
    let upstream = Upstream::start();
    let config = upstream.config("direct", "budget = \"3s\"", "");
    let service = Process::serve_configured(&config, "debug");
    drop(upstream.simulator);
    let reply = service.autofill(&request("999099000404")).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "upstream_unreachable"));
    assert_eq!(service.get("/readyz").await.status, 200, "readiness does not depend on upstream");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failed_person_leaves_the_others_filled() {
    let upstream = Upstream::start();
    let service = Process::serve_configured(&upstream.config("direct", "budget = \"2s\"", ""), "debug");
    let mut request = crate::connections::request("1.000656", person("999085000001"));
    request["persons"] = json!({ "nguoi_chet": {
        "id": "999099000500", "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" } });
    let answer = service.autofill(&request).await.json();
    let reason = |path: &str| {
        let fields = answer["fields"].as_array().expect("fields");
        fields.iter().find(|field| field["path"] == path).expect("the field").clone()
    };
    assert_eq!(reason("/nguoi_chet_ho_ten")["reason"], "lookup_upstream_fault");
    assert_eq!(reason("/nguoi_yeu_cau_ho_ten")["state"], "filled");
    assert_eq!(answer["status"], "partial");
    assert_eq!(answer["lookups"][1]["outcome"], "upstream_fault");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_everybody_fails_an_outage_weighs_more_than_no_such_citizen_and_all_are_named() {
    let upstream = Upstream::start();
    let service = Process::serve_configured(&upstream.config("direct", "budget = \"1s\"", ""), "debug");
    // The silent one only as the citizen: whoever waits behind him is told that the officer is busy, which weighs as much.
    for (citizen, other, status, code) in [
        ("999099000910", "999099000404", 504, "timeout"),
        ("999099000404", "999099000500", 502, "upstream_fault"),
        ("999099000300", "999099000404", 409, "multiple"),
        ("999099000404", "999099000429", 503, "throttled"),
    ] {
        let mut request = request(citizen);
        request["persons"] =
            json!({ "nguoi_chet": { "id": other, "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" } });
        let reply = service.autofill(&request).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{citizen} {other}");
        let lookups = reply.json()["lookups"].as_array().expect("lookups").clone();
        let people: Vec<&str> = lookups.iter().filter_map(|one| one["person"].as_str()).collect();
        assert_eq!(people, ["nguoi_yeu_cau", "nguoi_chet"], "{citizen} {other}");
        assert!(reply.header("retry-after").is_empty() != (code == "throttled"), "{citizen} {other}");
    }
}
