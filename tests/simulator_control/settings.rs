//! Clock, credentials, tokens, strictness, reset, and the flags of the command line.

use super::calls::{Caller, DIRECT, Got, PERSON};

fn date(got: &Got) -> i64 {
    jiff::fmt::rfc2822::parse(got.header("date")).expect("a date").timestamp().as_second()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[tokio::test]
async fn the_clock_is_in_the_date_of_every_answer_and_in_the_check_of_timestamps() {
    let mut caller = Caller::start();
    for ahead in [600, -600] {
        caller.steer("PUT", "/control/clock", &format!(r#"{{"ahead_s":{ahead}}}"#), 204).await;
        caller.ahead_s = 0;
        for got in [
            caller.direct(PERSON).await,
            caller.token_reply().await.expect("an answer"),
            caller.control("GET", "/counters", "").await,
            caller.control("GET", "/", "").await,
            caller.control("GET", "/nothing-here", "").await,
            caller.control("POST", "/control/faults", "{}").await,
        ] {
            let difference = date(&got) - now();
            assert!((difference - ahead).abs() <= 5, "{difference} s instead of {ahead} s");
        }
        assert_eq!(caller.direct(PERSON).await.status, 401, "a right clock is now wrong by {ahead} s");
        caller.ahead_s = ahead;
        assert_eq!(caller.direct(PERSON).await.status, 200, "the simulator's own time");
    }
    caller.steer("DELETE", "/control/clock", "", 204).await;
    caller.ahead_s = 0;
    let got = caller.direct(PERSON).await;
    assert!(got.status == 200 && (date(&got) - now()).abs() <= 5);
}

#[tokio::test]
async fn the_clock_makes_tokens_expire() {
    let caller = Caller::start();
    let token = caller.token().await;
    assert_eq!(caller.lgsp(&token, PERSON).await.status, 200);
    caller.steer("PUT", "/control/clock", r#"{"ahead_s":3601}"#, 204).await;
    assert_eq!(caller.lgsp(&token, PERSON).await.status, 401);
}

#[tokio::test]
async fn replaced_credentials_are_refused_from_then_on_and_their_tokens_are_void() {
    let mut caller = Caller::start();
    let old_token = caller.token().await;
    caller.steer("PUT", "/control/credentials", r#"{"direct_secret":"mat-khau-moi"}"#, 204).await;
    assert_eq!(caller.direct(PERSON).await.status, 401);
    caller.secret = "mat-khau-moi";
    assert_eq!(caller.direct(PERSON).await.status, 200);
    assert_eq!(caller.lgsp(&old_token, PERSON).await.status, 200, "the gateway's credentials are as they were");

    caller
        .steer("PUT", "/control/credentials", r#"{"connection_string":"chuoi-moi","auth_hash":"bam-moi"}"#, 204)
        .await;
    assert_eq!(caller.token_reply().await.expect("an answer").status, 401);
    (caller.connection_string, caller.auth_hash) = ("chuoi-moi", "bam-moi");
    assert_eq!(caller.lgsp(&old_token, PERSON).await.status, 401, "a token of the old credentials");
    let new_token = caller.token().await;
    assert_eq!(caller.lgsp(&new_token, PERSON).await.status, 200);
    caller.auth_hash = super::calls::AUTH_HASH;
    assert_eq!(caller.lgsp(&new_token, PERSON).await.status, 401, "the old account");

    caller.auth_hash = "bam-moi";
    caller.steer("PUT", "/control/credentials", r#"{"camel_auth":"chu-moi"}"#, 204).await;
    assert_eq!(caller.lgsp(&new_token, PERSON).await.status, 401, "void too");

    caller.steer("DELETE", "/control/credentials", "", 204).await;
    assert_eq!(caller.direct(PERSON).await.status, 401);
    caller.secret = super::calls::SECRET;
    assert_eq!(caller.direct(PERSON).await.status, 200, "the training values again");
}

#[tokio::test]
async fn tokens_live_as_long_as_they_are_told_and_may_not_tell_it() {
    let caller = Caller::start();
    assert_eq!(caller.token_reply().await.expect("an answer").json()["expires_in"], 3600);
    caller.steer("PUT", "/control/tokens", r#"{"lifetime_s":0,"tell_lifetime":false}"#, 204).await;
    let got = caller.token_reply().await.expect("an answer").json();
    assert!(got.get("expires_in").is_none(), "not told");
    let token = got["access_token"].as_str().expect("a token");
    assert_eq!(caller.lgsp(token, PERSON).await.status, 401, "expired at once");
    caller.steer("PUT", "/control/tokens", r#"{"lifetime_s":60}"#, 204).await;
    let (one, two) = (caller.token().await, caller.token().await);
    assert_eq!(caller.lgsp(&one, PERSON).await.status, 200);
    caller.steer("DELETE", "/control/tokens", "", 204).await;
    for token in [&one, &two] {
        assert_eq!(caller.lgsp(token, PERSON).await.status, 401);
    }
    let got = caller.token_reply().await.expect("an answer").json();
    assert!(got.get("expires_in").is_none(), "the terms stay");
    let token = got["access_token"].as_str().expect("a token");
    assert_eq!(caller.lgsp(token, PERSON).await.status, 200);
}

#[tokio::test]
async fn a_reused_request_id_is_refused_when_that_is_switched_on() {
    let caller = Caller::start();
    let send = |id: &'static str| {
        let request = caller.direct_request(PERSON, id);
        async move { Got::of(request.send().await.expect("an answer")).await.expect("a body") }
    };
    assert_eq!((send("A-1").await.status, send("A-1").await.status), (200, 200), "off by default");
    caller.steer("PUT", "/control/strict", r#"{"refuse_reused_request_ids":true}"#, 204).await;
    let refused = send("A-1").await;
    assert_eq!((refused.status, refused.text().contains("MaYeuCau was used before")), (500, true));
    assert_eq!(send("A-2").await.status, 200);
    let counted = caller.counters().await;
    assert_eq!(counted["reused_request_ids"], serde_json::json!({ "A-1": 3 }));
    assert_eq!(counted["repeated_request_ids"], 2);
    assert_eq!(counted["faults"]["reused-request-id"], 1);
}

#[tokio::test]
async fn the_tolerance_of_timestamps_can_be_changed() {
    let mut caller = Caller::start();
    caller.ahead_s = -400;
    assert_eq!(caller.direct(PERSON).await.status, 401);
    caller.steer("PUT", "/control/strict", r#"{"timestamp_tolerance_s":500}"#, 204).await;
    assert_eq!(caller.direct(PERSON).await.status, 200);
}

#[tokio::test]
async fn a_reset_takes_everything_back_to_the_start() {
    let caller = Caller::start();
    let token = caller.token().await;
    caller.direct(PERSON).await;
    for (path, body) in [
        ("/control/clock", r#"{"ahead_s":600}"#),
        ("/control/credentials", r#"{"direct_secret":"x","connection_string":"y","auth_hash":"z"}"#),
        ("/control/tokens", r#"{"lifetime_s":1,"tell_lifetime":false}"#),
        ("/control/strict", r#"{"strict":false,"refuse_reused_request_ids":true,"timestamp_tolerance_s":1}"#),
    ] {
        caller.steer("PUT", path, body, 204).await;
    }
    caller.steer("POST", "/control/faults", r#"{"fault":"plain-error","where":"any"}"#, 201).await;
    caller.steer("POST", "/control/reset", "", 204).await;

    let counted = caller.counters().await;
    for member in ["routes", "outcomes", "faults", "officers"] {
        assert_eq!(counted[member], serde_json::json!({}), "{member}");
    }
    assert!(caller.received(1000).await.is_empty());
    assert_eq!(caller.direct(PERSON).await.status, 200);
    assert_eq!(caller.lgsp(&token, PERSON).await.status, 401, "tokens of before are void");
    let got = caller.token_reply().await.expect("an answer");
    assert_eq!(got.json()["expires_in"], 3600);
    assert!((date(&got) - now()).abs() <= 5);
    let page = caller.control("GET", "/", "").await.text();
    assert!(page.contains("kiểm tra chặt: có") && page.contains("từ chối khi dùng lại: không"), "{page:.3000}");
}

#[tokio::test]
async fn the_command_line_chooses_what_is_enforced_at_start() {
    let mut caller = Caller::with(&[
        "--lenient",
        "--refuse-reused-request-ids",
        "--token-lifetime",
        "90s",
        "--timestamp-tolerance",
        "10m",
    ]);
    assert_eq!(caller.token_reply().await.expect("an answer").json()["expires_in"], 90);
    caller.ahead_s = -500;
    assert_eq!(caller.direct(PERSON).await.status, 200);
    let page = caller.control("GET", "/", "").await.text();
    assert!(page.contains("kiểm tra chặt: không") && page.contains("từ chối khi dùng lại: có"));
    for _ in 0..2 {
        let _ = caller.direct_request(PERSON, "A-1").send().await.expect("an answer");
    }
    assert_eq!(caller.counters().await["faults"]["reused-request-id"], 1);
    caller.steer("POST", "/control/reset", "", 204).await;
    assert_eq!(caller.token_reply().await.expect("an answer").json()["expires_in"], 90, "the start has the flags");
    assert_eq!(caller.counters().await["routes"].get(DIRECT), None);
}
