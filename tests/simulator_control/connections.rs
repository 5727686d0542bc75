//! Faults below HTTP, and the numbers of open connections and calls.

use std::io::Read as _;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use serde_json::Value;

use super::calls::{Caller, PERSON};

/// Asks until something holds; fails after ten seconds.
async fn until(caller: &Caller, what: &str, holds: impl Fn(&Value) -> bool) {
    let started = Instant::now();
    loop {
        let counted = caller.counters().await;
        if holds(&counted) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{what}: {counted}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_connection_ends_before_inside_and_instead_of_an_answer() {
    let caller = Caller::start();
    for fault in ["reset-before-answer", "half-close", "reset"] {
        caller.steer("POST", "/control/faults", &format!(r#"{{"fault":"{fault}","calls":1}}"#), 201).await;
        let sent = caller.direct_request(PERSON, &super::calls::fresh_id()).send().await;
        match sent {
            Ok(response) => {
                assert_eq!(fault, "reset", "only this one begins an answer");
                assert!(response.bytes().await.is_err(), "{fault}: the body has no end");
            }
            Err(error) => {
                assert_ne!(fault, "reset");
                assert!(!error.is_connect() && !error.is_timeout(), "{fault}: {error:?}");
            }
        }
        assert_eq!(caller.direct(PERSON).await.status, 200, "{fault}: the next connection is good");
    }
    caller.steer("POST", "/control/faults", r#"{"fault":"reset-before-answer","where":"token","calls":1}"#, 201).await;
    assert!(caller.token_reply().await.is_err());
    assert!(!caller.token().await.is_empty());
}

#[tokio::test]
async fn a_head_can_come_slower_than_anybody_waits() {
    let caller = Caller::start();
    caller.steer("POST", "/control/faults", r#"{"fault":"slow-head","parameter":100,"calls":1}"#, 201).await;
    let request = caller.direct_request(PERSON, &super::calls::fresh_id()).timeout(Duration::from_millis(900));
    let error = request.send().await.expect_err("no head");
    assert!(error.is_timeout(), "{error:?}");
    caller.steer("POST", "/control/faults", r#"{"fault":"slow-head","parameter":0,"calls":1}"#, 201).await;
    let error = caller.try_direct(PERSON).await.err().expect("a head without an end");
    assert!(!error.is_timeout(), "{error:?}");
    assert_eq!(caller.direct(PERSON).await.status, 200);
}

#[tokio::test]
async fn answers_can_be_packed_and_bombs_are_small() {
    let caller = Caller::start();
    caller.steer("POST", "/control/faults", r#"{"fault":"gzip","calls":1}"#, 201).await;
    let got = caller.direct(PERSON).await;
    assert_eq!(got.header("content-encoding"), "gzip");
    let mut text = String::new();
    GzDecoder::new(&got.bytes[..]).read_to_string(&mut text).expect("gzip");
    assert!(text.contains("NGUYỄN VĂN MẪU LỖI") && text.ends_with("Envelope>"));

    caller.steer("POST", "/control/faults", r#"{"fault":"gzip-bomb","calls":1}"#, 201).await;
    let got = caller.direct(PERSON).await;
    assert_eq!(got.header("content-encoding"), "gzip");
    assert!((1 << 20..1_600_000).contains(&got.bytes.len()), "{} bytes", got.bytes.len());
    // Four bytes at the end say how much comes out: 1 GiB and the answer.
    let size = u32::from_le_bytes(got.bytes[got.bytes.len() - 4..].try_into().expect("four bytes"));
    assert!(size > 1 << 30 && size < (1 << 30) + 10_000, "{size}");

    caller.steer("POST", "/control/faults", r#"{"fault":"invalid-utf8","calls":1}"#, 201).await;
    let got = caller.direct(PERSON).await;
    assert!(got.status == 200 && std::str::from_utf8(&got.bytes).is_err());
}

#[tokio::test]
async fn calls_are_in_flight_until_their_body_is_sent_or_given_up() {
    let caller = Caller::start();
    for fault in [r#"{"fault":"hang","calls":1}"#, r#"{"fault":"drip","calls":1}"#] {
        caller.steer("POST", "/control/faults", fault, 201).await;
        let request = caller.direct_request(PERSON, &super::calls::fresh_id());
        let waiting = tokio::spawn(async move {
            let response = request.send().await.expect("a head");
            response.bytes().await
        });
        until(&caller, fault, |counted| counted["in_flight"] == 1).await;
        until(&caller, fault, |counted| counted["connections"]["open"].as_u64().is_some_and(|open| open >= 1)).await;
        waiting.abort();
        until(&caller, fault, |counted| counted["in_flight"] == 0).await;
    }
    let received = caller.received(2).await;
    assert_eq!(received[0]["status"], Value::Null, "the caller of the hanging one left without an answer");
    assert_eq!(received[1]["status"], 200);
}

#[tokio::test]
async fn connections_are_counted_while_they_are_open_and_since_the_start() {
    let caller = Caller::start();
    let opened = |counted: &Value| counted["connections"]["opened"].as_u64().expect("a number");
    let before = opened(&caller.counters().await);
    let mut sockets = Vec::new();
    for _ in 0..3 {
        let address = caller.process.address.trim_start_matches("http://").to_owned();
        sockets.push(tokio::net::TcpStream::connect(address).await.expect("connected"));
    }
    until(&caller, "three more", |counted| counted["connections"]["open"].as_u64() >= Some(4)).await;
    assert!(opened(&caller.counters().await) >= before + 4);
    drop(sockets);
    until(&caller, "closed", |counted| counted["connections"]["open"].as_u64() <= Some(2)).await;
}
