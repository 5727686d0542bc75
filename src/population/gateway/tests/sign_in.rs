//! Tokens, signatures and 401 (PROTOCOL §3, §3.4).

use std::sync::Arc;

use super::stand_in::{StandIn, Step, element, header};
use super::{AUTH_HASH, CONNECTION, adult, ask, built, direct, gateway, lgsp, look_up, settings};
use crate::config::Code;
use crate::population::{Outcome, Source};

fn token(text: &str) -> Step {
    Step::Answer(200, format!("{{\"access_token\":\"{text}\",\"expires_in\":3600}}"))
}

fn status(status: u16) -> Step {
    Step::Answer(status, String::new())
}

fn found() -> Step {
    Step::Answer(200, adult())
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_used_for_the_calls() {
    let server = StandIn::new(vec![token("one"), found(), found()]).await;
    let gateway = gateway(&server.base, lgsp());
    assert_eq!([ask(&gateway).await, ask(&gateway).await], ["found", "found"]);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(
        requests[0].starts_with("POST /token HTTP/1.1")
            && requests[0].ends_with("\r\n\r\ngrant_type=client_credentials")
    );
    assert_eq!(header(&requests[0], "lgspaccesstoken"), Some(CONNECTION));
    assert_eq!(header(&requests[0], "content-type"), Some("application/x-www-form-urlencoded"));
    for call in &requests[1..] {
        assert!(call.starts_with("POST /TraCuuThongTinCongDan HTTP/1.1"));
        assert_eq!(header(call, "authorization"), Some("Bearer one"));
        assert_eq!(header(call, "lgspaccesstoken"), Some(CONNECTION));
        assert_eq!(header(call, "authhash"), Some(AUTH_HASH));
        assert_eq!(header(call, "content-type"), Some("application/xml"));
        assert_eq!(header(call, "accept"), Some("*"));
    }
    assert_ne!(element(&requests[1], "MaYeuCau"), element(&requests[2], "MaYeuCau"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_call_repeated_once() {
    let server = StandIn::new(vec![token("one"), status(401), token("two"), found()]).await;
    assert_eq!(ask(&gateway(&server.base, lgsp())).await, "found");
    let requests = server.requests();
    assert_eq!(header(&requests[3], "authorization"), Some("Bearer two"));
    assert_ne!(element(&requests[1], "MaYeuCau"), element(&requests[3], "MaYeuCau"));

    let server = StandIn::new(vec![token("one"), status(401), token("two"), status(401), found()]).await;
    assert_eq!(ask(&gateway(&server.base, lgsp())).await, "auth_failed");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_refused_token_request_is_not_an_outage_and_an_outage_is_not_a_refusal() {
    for (answer, expected) in [(400, "auth_failed"), (401, "auth_failed"), (500, "upstream_fault/server_error")] {
        let server = StandIn::new(vec![status(answer)]).await;
        assert_eq!(ask(&gateway(&server.base, lgsp())).await, expected);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_refused_signature_is_made_anew_once() {
    let server = StandIn::new(vec![status(401), found()]).await;
    let gateway = gateway(&server.base, direct());
    assert_eq!(ask(&gateway).await, "found");
    let requests = server.requests();
    assert!(requests[0].starts_with("POST /lookup HTTP/1.1"));
    assert_eq!(header(&requests[0], "content-type"), Some("application/xml; charset=utf-8"));
    assert_eq!(header(&requests[0], "soapaction"), Some("\"\""));
    let stamps: Vec<u64> =
        requests.iter().map(|call| header(call, "timestamp").expect("stamp").parse().expect("number")).collect();
    assert!(stamps[1] >= stamps[0]);
    assert_ne!(element(&requests[0], "MaYeuCau"), element(&requests[1], "MaYeuCau"));

    let server = StandIn::new(vec![status(401), status(401), found()]).await;
    assert_eq!(ask(&super::gateway(&server.base, direct())).await, "auth_failed");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn the_codes_that_travel_are_those_of_the_question_or_the_configured_ones() {
    let server = StandIn::new(vec![found(), found()]).await;
    assert_eq!(ask(&gateway(&server.base, direct())).await, "found");
    let mut fixed = settings(&server.base, direct());
    fixed.request.procedure = Code::Fixed("FIXED".into());
    fixed.request.officer = Code::Fixed("account".into());
    assert_eq!(ask(&built(fixed).expect("gateway")).await, "found");
    let requests = server.requests();
    assert_eq!([element(&requests[0], "MaDVC"), element(&requests[0], "MaCanBo")], ["9.999999", "999080000099"]);
    assert_eq!([element(&requests[1], "MaDVC"), element(&requests[1], "MaCanBo")], ["FIXED", "account"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn look_ups_can_be_spawned_on_a_multi_thread_runtime() {
    let server = StandIn::new(vec![found()]).await;
    let source: Arc<dyn Source> = Arc::new(gateway(&server.base, direct()));
    assert!(source.needs_complete_query() && source.name() == "test");
    let task = tokio::spawn(async move { source.look_up(&look_up()).await });
    assert!(matches!(task.await.expect("task"), Outcome::Found(_)));
}
