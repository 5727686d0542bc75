//! Faults that are switched on at run time.

use serde_json::json;

use super::calls::{Caller, DIRECT, LGSP, PERSON, TOKEN};

/// A fault, its parameter, the status and a part of the body that a look-up of an ordinary person gets.
const AT_LOOK_UPS: &[(&str, Option<u32>, u16, &str)] = &[
    ("not-found", None, 200, "Body"),
    ("two-persons", None, 200, "NGUYỄN VĂN MẪU LỘI"),
    ("bad-request", None, 400, "MO PHONG"),
    ("unprocessable", None, 422, "MO PHONG"),
    ("unauthorised", None, 401, "900901"),
    ("token-expired-once", None, 401, "900901"),
    ("forbidden", None, 403, "900908"),
    ("throttled", Some(86_400), 429, "900802"),
    ("retry-after-date", Some(60), 429, "900802"),
    ("too-many-no-wait", None, 429, "900802"),
    ("reused-request-id", None, 500, "MaYeuCau"),
    ("soap-fault", None, 500, "faultstring"),
    ("soap-fault-200", None, 200, "faultstring"),
    ("plain-error", None, 500, "Internal Server Error"),
    ("bad-gateway", None, 502, "<html>"),
    ("unavailable", None, 503, "303001"),
    ("plain-unavailable", None, 503, "Service Unavailable"),
    ("gateway-timeout", None, 504, "101504"),
    ("gateway-xml-fault", Some(900_901), 401, "<ams:code>900901</ams:code>"),
    ("gateway-xml-fault", Some(900_802), 429, "http://wso2.org/apimanager/throttling"),
    ("gateway-json-fault", Some(900_906), 404, "{\"fault\":{\"code\":900906,"),
    ("gateway-json-fault", Some(900_908), 403, "900908"),
    ("gateway-json-fault", Some(303_001), 503, "303001"),
    ("gateway-json-fault", Some(101_503), 503, "101503"),
    ("gateway-json-fault", Some(4711), 500, "4711"),
    ("gateway-json-top-fault", Some(900_910), 403, "{\"code\":\"900910\","),
    ("x-road-fault", None, 500, "\"detail\":"),
    ("x-road-soap-fault", None, 500, "<faultcode>Server.ServerProxy."),
    ("redirect", None, 302, ""),
    ("unexpected-status", None, 418, ""),
    ("unexpected-status", Some(299), 299, ""),
    ("empty-204", None, 204, ""),
    ("zero-bytes", None, 200, ""),
    ("log-in-page", None, 200, "<title>Log in</title>"),
    ("truncated", None, 200, "SoDinhDanh>99908"),
    ("truncated-json", None, 200, "\"SoDinhDanh\":\"99908"),
    ("wrong-person", None, 200, "999185099999"),
    ("wrong-name", None, 200, "MẪU NHẦM"),
    ("wrong-birth-date", None, 200, "19850312"),
    ("no-number", None, 200, "NGUYỄN VĂN MẪU LỖI"),
    ("duplicate-number", None, 200, ">999085000001</ns1:SoDinhDanh><ns1:SoDinhDanh>999185099999<"),
    ("doctype", None, 200, "<!DOCTYPE"),
    ("entity-bomb", None, 200, "<!ENTITY m9 "),
    ("oversized", Some(2000), 200, "MẪU MẪU MẪU"),
    ("deep-nesting", Some(20), 200, "<mau><mau><mau>"),
    ("many-elements", Some(20), 200, "<mau/><mau/><mau/>"),
    ("unexpected-element", None, 200, "KetQuaXacThuc"),
    ("unknown-namespace", None, 200, "http://mo-phong.example/dancu/9.9"),
    ("wrapped-error", None, 200, "{\"error_code\":1,\"message\":\"<?xml"),
    ("error-code-missing", None, 200, "{\"message\":\"<?xml"),
    ("chunked", None, 200, "NGUYỄN VĂN MẪU LỖI"),
    ("bom", None, 200, "\u{feff}<?xml"),
    ("cdata", None, 200, "<![CDATA[NGUYỄN VĂN MẪU LỖI]]>"),
    ("other-prefix", None, 200, "<qldc:SoDinhDanh>"),
    ("delay", Some(1), 200, "NGUYỄN VĂN MẪU LỖI"),
    ("hang", Some(1), 504, "101504"),
    ("drip", Some(0), 200, "NGUYỄN VĂN MẪU LỖI"),
];

/// What cannot be told by status and text: packing and connections, each shown by a test of its own.
const ELSEWHERE: [&str; 7] =
    ["gzip", "gzip-bomb", "invalid-utf8", "slow-head", "reset", "reset-before-answer", "half-close"];

/// A fault, its parameter, the status and a part of the body that a token request gets.
const AT_TOKENS: &[(&str, Option<u32>, u16, &str)] = &[
    ("bad-request", None, 400, "MO PHONG"),
    ("unauthorised", None, 401, "900901"),
    ("forbidden", None, 403, "900908"),
    ("unprocessable", None, 422, "MO PHONG"),
    ("throttled", None, 429, "900802"),
    ("plain-error", None, 500, "Internal Server Error"),
    ("bad-gateway", None, 502, "<html>"),
    ("unavailable", None, 503, "303001"),
    ("gateway-timeout", None, 504, "101504"),
    ("hang", Some(1), 504, "101504"),
    ("delay", Some(1), 200, "access_token"),
    ("drip", Some(0), 200, "access_token"),
    ("zero-bytes", None, 200, ""),
    ("log-in-page", None, 200, "<html>"),
    ("truncated", None, 200, "{\"access_token\":\""),
    ("token-without-token", None, 200, "{\"token_type\":\"Bearer\""),
    ("redirect", None, 302, ""),
    ("empty-204", None, 204, ""),
];

fn rule(fault: &str, parameter: Option<u32>, place: &str) -> String {
    let mut rule = json!({ "fault": fault, "where": place, "calls": 1 });
    if let Some(parameter) = parameter {
        rule["parameter"] = parameter.into();
    }
    rule.to_string()
}

fn behaviours_of_the_table() -> std::collections::BTreeSet<String> {
    let path = crate::harness::root().join("src/simulator/fault-numbers.csv");
    let mut rows = csv::Reader::from_path(path).expect("the table");
    rows.records().map(|row| row.expect("a row")[1].to_owned()).collect()
}

#[tokio::test]
async fn every_behaviour_can_be_switched_on_for_an_ordinary_person() {
    let caller = Caller::start();
    let token = caller.token().await;
    for (fault, parameter, status, part) in AT_LOOK_UPS {
        caller.steer("POST", "/control/faults", &rule(fault, *parameter, "data"), 201).await;
        let got = caller.direct(PERSON).await;
        assert_eq!(got.status, *status, "{fault} {parameter:?} over direct");
        assert!(got.text().contains(part), "{fault} {parameter:?} over direct: {:.600}", got.text());
        let waits = ["throttled", "retry-after-date"].contains(fault);
        assert_eq!(got.headers.contains_key("retry-after"), waits, "{fault}");
        assert_eq!(got.headers.contains_key("x-road-error"), *fault == "x-road-fault", "{fault}");
        assert_eq!(got.header("location") == "/da-chuyen", *fault == "redirect", "{fault}");
        assert_eq!(got.header("transfer-encoding") == "chunked", ["chunked", "drip"].contains(fault), "{fault}");

        caller.steer("POST", "/control/faults", &rule(fault, *parameter, "data"), 201).await;
        let over_lgsp = caller.lgsp(&token, PERSON).await;
        // Every other call of this one is turned away, and the first was over the other door.
        let expected = if *fault == "token-expired-once" { 200 } else { *status };
        assert_eq!(over_lgsp.status, expected, "{fault} {parameter:?} over lgsp-soap");
        assert_eq!(caller.direct(PERSON).await.status, 200, "{fault}: one call each");
    }
    let shown: Vec<&str> = AT_LOOK_UPS.iter().map(|row| row.0).chain(ELSEWHERE).collect();
    for behaviour in behaviours_of_the_table() {
        assert!(shown.contains(&behaviour.as_str()), "{behaviour} is shown nowhere");
    }
    let counted = caller.counters().await;
    assert_eq!(counted["faults"]["gateway-json-fault"], 10);
    assert!(counted["routes"].get("other").is_none(), "the redirect was not followed");
}

#[tokio::test]
async fn a_date_in_retry_after_is_that_of_the_simulators_clock() {
    let caller = Caller::start();
    caller.steer("PUT", "/control/clock", r#"{"ahead_s":-86400}"#, 204).await;
    caller.steer("PUT", "/control/strict", r#"{"timestamp_tolerance_s":86400}"#, 204).await;
    let mut behind = caller;
    behind.ahead_s = -86_400;
    behind.steer("POST", "/control/faults", r#"{"fault":"retry-after-date","parameter":60}"#, 201).await;
    let got = behind.direct(PERSON).await;
    let moment = |name: &str| jiff::fmt::rfc2822::parse(got.header(name)).expect("a date").timestamp().as_second();
    let ahead = moment("retry-after") - moment("date");
    assert!((59..=61).contains(&ahead), "{ahead} s");
}

#[tokio::test]
async fn token_requests_misbehave_apart_from_look_ups() {
    let caller = Caller::start();
    for (fault, parameter, status, part) in AT_TOKENS {
        caller.steer("POST", "/control/faults", &rule(fault, *parameter, "token"), 201).await;
        assert_eq!(caller.direct(PERSON).await.status, 200, "{fault} is for tokens only");
        let got = caller.token_reply().await.expect("an answer");
        assert_eq!(got.status, *status, "{fault}");
        assert!(got.text().contains(part), "{fault}: {}", got.text());
        let whole =
            serde_json::from_slice::<serde_json::Value>(&got.bytes).is_ok_and(|json| json["access_token"].is_string());
        assert_eq!(whole, ["delay", "drip"].contains(fault), "{fault}: {}", got.text());
        assert!(!caller.token().await.is_empty(), "{fault}: one call only");
    }
    caller.steer("POST", "/control/faults", &rule("token-expired-at-once", None, "token"), 201).await;
    let (void, good) = (caller.token().await, caller.token().await);
    assert_eq!(caller.lgsp(&void, PERSON).await.status, 401);
    assert_eq!(caller.lgsp(&good, PERSON).await.status, 200);
    let counted = caller.counters().await;
    assert_eq!(counted["routes"][TOKEN], 2 * AT_TOKENS.len() + 2, "every token request is counted once");
    assert_eq!(counted["outcomes"]["fault"], AT_TOKENS.len() + 1);
}

#[tokio::test]
async fn rules_are_tried_in_order_and_hit_only_what_they_name() {
    let caller = Caller::start();
    let other = "999085000002";
    let first = json!({ "fault": "unavailable", "number": PERSON, "calls": 1 }).to_string();
    assert_eq!(caller.steer("POST", "/control/faults", &first, 201).await.json(), json!({ "id": 1 }));
    let second = json!({ "fault": "forbidden", "path": LGSP }).to_string();
    assert_eq!(caller.steer("POST", "/control/faults", &second, 201).await.json()["id"], 2);
    let third = json!({ "fault": "plain-error", "where": "any", "number": "999099000429" }).to_string();
    assert_eq!(caller.steer("POST", "/control/faults", &third, 201).await.json()["id"], 3);

    assert_eq!(caller.direct(other).await.status, 200, "another number");
    assert_eq!(caller.direct(PERSON).await.status, 503);
    assert_eq!(caller.direct(PERSON).await.status, 200, "one call only");
    let token = caller.token().await;
    assert_eq!(caller.lgsp(&token, PERSON).await.status, 403);
    assert_eq!(caller.direct("999099000429").await.status, 500, "before the fixed numbers");

    let listed = caller.steer("GET", "/control/faults", "", 200).await.json();
    assert_eq!(
        listed,
        json!([
            { "id": 1, "fault": "unavailable", "where": "data", "number": PERSON, "calls": 1, "hits": 1 },
            { "id": 2, "fault": "forbidden", "where": "data", "path": LGSP, "hits": 1 },
            { "id": 3, "fault": "plain-error", "where": "any", "number": "999099000429", "hits": 1 },
        ])
    );
    caller.steer("DELETE", "/control/faults/2", "", 204).await;
    assert_eq!(caller.lgsp(&token, PERSON).await.status, 200);
    let gone = caller.steer("DELETE", "/control/faults/2", "", 404).await;
    assert!(gone.text().contains("[1, 3]"), "{}", gone.text());
    caller.steer("DELETE", "/control/faults", "", 204).await;
    assert_eq!(caller.direct("999099000429").await.status, 429, "the fixed number again");
    assert_eq!(caller.steer("GET", "/control/faults", "", 200).await.json(), json!([]));
}

#[tokio::test]
async fn a_fault_comes_after_the_credentials() {
    let mut caller = Caller::start();
    caller.steer("POST", "/control/faults", r#"{"fault":"plain-error","calls":1}"#, 201).await;
    caller.secret = "sai";
    assert_eq!(caller.direct(PERSON).await.status, 401);
    caller.secret = super::calls::SECRET;
    assert_eq!(caller.direct(PERSON).await.status, 500, "the refused call did not use the rule up");
}

#[tokio::test]
async fn bad_input_is_answered_with_its_place_and_what_is_allowed() {
    let caller = Caller::start();
    let real_number = format!(r#"{{"fault":"reset","number":"{}"}}"#, concat!("001", "0850", "00001"));
    let cases: &[(&str, &str, &str, &str, &str)] = &[
        ("POST", "/control/faults", "", "/", "JSON"),
        ("POST", "/control/faults", "[]", "/", "object"),
        ("POST", "/control/faults", "{}", "/", "`fault` is required"),
        ("POST", "/control/faults", r#"{"fault":"delai"}"#, "/fault", "Did you mean `delay`?"),
        ("POST", "/control/faults", r#"{"fault":"nothing-like-it-at-all"}"#, "/fault", "two-persons"),
        ("POST", "/control/faults", r#"{"fault":7}"#, "/fault", "text"),
        ("POST", "/control/faults", r#"{"fault":"reset","fault":"reset"}"#, "/fault", ""),
        ("POST", "/control/faults", r#"{"fault":"reset","time":3}"#, "/time", "Known here: fault, parameter, where"),
        ("POST", "/control/faults", r#"{"fault":"reset","parameter":3}"#, "/parameter", "takes no parameter"),
        ("POST", "/control/faults", r#"{"fault":"delay","parameter":600001}"#, "/parameter", "from 0 to 600000"),
        ("POST", "/control/faults", r#"{"fault":"delay","parameter":"9"}"#, "/parameter", "whole number"),
        ("POST", "/control/faults", r#"{"fault":"delay","parameter":1.5}"#, "/parameter", "whole number"),
        ("POST", "/control/faults", r#"{"fault":"reset","where":"here"}"#, "/where", "data, token, any"),
        ("POST", "/control/faults", r#"{"fault":"two-persons","where":"any"}"#, "/where", "For two-persons: data."),
        ("POST", "/control/faults", r#"{"fault":"token-without-token"}"#, "/where", "For token-without-token: token."),
        ("POST", "/control/faults", r#"{"fault":"reset","number":"12"}"#, "/number", "start with 999"),
        ("POST", "/control/faults", &real_number, "/number", "only invented people"),
        (
            "POST",
            "/control/faults",
            r#"{"fault":"reset","where":"token","number":"999085000001"}"#,
            "/number",
            "names nobody",
        ),
        ("POST", "/control/faults", r#"{"fault":"reset","calls":0}"#, "/calls", "from 1"),
        ("POST", "/control/faults", r#"{"fault":"reset","path":"direct"}"#, "/path", "starts with /"),
        ("DELETE", "/control/faults/x", "", "id", "whole number"),
        ("POST", "/control/styles", r#"{"style":"nothing-like-a-style"}"#, "/style", ""),
        ("POST", "/control/styles", r#"{"number":"999085000001"}"#, "/", "`style` is required"),
        ("PUT", "/control/clock", r#"{"ahead_s":"600"}"#, "/ahead_s", "whole number from -31536000"),
        ("PUT", "/control/clock", "{}", "/", "`ahead_s` is required"),
        ("PUT", "/control/credentials", r#"{"direct_secret":" "}"#, "/direct_secret", "not blank"),
        ("PUT", "/control/credentials", r#"{"secret":"x"}"#, "/secret", "direct_secret, connection_string"),
        ("PUT", "/control/tokens", r#"{"lifetime_s":-1}"#, "/lifetime_s", "from 0 to 86400"),
        ("PUT", "/control/tokens", r#"{"tell_lifetime":"no"}"#, "/tell_lifetime", "true or false"),
        ("PUT", "/control/strict", r#"{"strict":1}"#, "/strict", "true or false"),
        ("PUT", "/control/strict", r#"{"timestamp_tolerance_s":86401}"#, "/timestamp_tolerance_s", "86400"),
        ("GET", "/control/received?last=0", "", "?last", "1 to 1000"),
        ("GET", "/control/received?first=2", "", "?last", "1 to 1000"),
    ];
    for (method, path, body, at, part) in cases {
        let got = caller.control(method, path, body).await;
        assert_eq!(got.status, 400, "{method} {path} {body}");
        let errors = got.json()["errors"].as_array().expect("errors").clone();
        let found = errors
            .iter()
            .any(|error| error["at"] == *at && error["message"].as_str().is_some_and(|message| message.contains(part)));
        assert!(found, "{method} {path} {body}: {}", got.text());
    }
    let got = caller.control("PATCH", "/control/faults", "").await;
    assert_eq!(got.status, 404);
    assert!(got.text().contains("POST /control/faults"), "{}", got.text());
    assert_eq!(caller.direct(PERSON).await.status, 200, "nothing was switched on");
    assert!(caller.steer("GET", "/control/faults", "", 200).await.json().as_array().expect("a list").is_empty());
}

#[tokio::test]
async fn the_control_interface_is_for_this_machine_only() {
    let caller = Caller::start();
    let address = format!("{}/control/faults", caller.process.address);
    for (header, value) in [("Origin", "http://example.vn"), ("Host", "example.vn"), ("Origin", "null")] {
        let request = caller.client.post(&address).header(header, value).body(r#"{"fault":"reset"}"#);
        let got = super::calls::Got::of(request.send().await.expect("an answer")).await.expect("a body");
        assert_eq!((got.status, got.text().contains("127.0.0.1")), (403, true), "{header}: {value}");
    }
    assert_eq!(caller.steer("GET", "/control/faults", "", 200).await.json(), json!([]));
    assert_eq!(caller.process.get(DIRECT).await.status, 404, "GET is no look-up");
}
