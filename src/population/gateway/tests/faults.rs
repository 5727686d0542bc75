//! Budget, permits, repeats, broken and oversized answers (PROTOCOL §6.1, §7; RISKS T8, U16, U19).

use std::time::{Duration, Instant};

use super::super::GatewaySource;
use super::stand_in::{StandIn, Step, element};
use super::{adult, ask, built, direct, gateway, look_up, name_of, settings};
use crate::population::Source;

fn status(status: u16) -> Step {
    Step::Answer(status, String::new())
}

fn hurried(base: &str, milliseconds: u64) -> GatewaySource {
    let mut settings = settings(base, direct());
    settings.guard.budget = Duration::from_millis(milliseconds);
    built(settings).expect("gateway")
}

#[tokio::test]
async fn a_dripping_or_silent_upstream_ends_with_the_budget() {
    for step in [Step::Drip(Duration::from_millis(20)), Step::Hang] {
        let server = StandIn::new(vec![step]).await;
        let begin = Instant::now();
        assert_eq!(ask(&hurried(&server.base, 150)).await, "timeout/budget");
        assert!(begin.elapsed() < Duration::from_millis(600));
    }
}

#[tokio::test]
async fn one_repeat_is_made_after_502_503_504_with_a_new_request_number() {
    let server = StandIn::new(vec![status(503), Step::Answer(200, adult())]).await;
    assert_eq!(ask(&gateway(&server.base, direct())).await, "found");
    let requests = server.requests();
    assert_ne!(element(&requests[0], "MaYeuCau"), element(&requests[1], "MaYeuCau"));

    let server = StandIn::new(vec![status(502), status(504), Step::Answer(200, adult())]).await;
    assert_eq!(ask(&gateway(&server.base, direct())).await, "upstream_fault/server_error");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn nothing_else_is_repeated() {
    let redirect =
        || Step::Raw("302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n".into(), Vec::new());
    let cases = [
        (status(500), "upstream_fault/server_error"),
        (status(429), "throttled/upstream"),
        (status(403), "upstream_fault/unexpected_status"),
        (status(400), "rejected/upstream"),
        (status(404), "upstream_fault/unexpected_status"),
        (status(200), "malformed/empty_body"),
        (redirect(), "upstream_fault/redirect"),
        (Step::Close, "upstream_fault/connection_failed"),
    ];
    for (step, expected) in cases {
        let server = StandIn::new(vec![step, Step::Answer(200, adult())]).await;
        assert_eq!(ask(&gateway(&server.base, direct())).await, expected);
        assert_eq!(server.requests().len(), 1, "{expected}");
    }
}

#[tokio::test]
async fn nobody_listening_is_an_outage() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let base = format!("http://{}", listener.local_addr().expect("address"));
    drop(listener);
    assert_eq!(ask(&gateway(&base, direct())).await, "upstream_fault/connection_failed");
}

#[tokio::test]
async fn a_body_that_breaks_or_has_no_end_is_malformed() {
    let cut =
        Step::Raw(format!("200 OK\r\nContent-Length: {}\r\n", adult().len()), adult().into_bytes()[..900].to_vec());
    let large = Step::Raw("200 OK\r\n".into(), vec![b' '; 2 * 1024 * 1024]);
    // A gzip stream of 100 MiB of zeros: after the head every zero byte stands for 1032 of them.
    let mut bomb =
        vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xed, 0xc1, 1, 1, 0, 0, 0, 0x80, 0x90, 0xfe, 0xaf, 0xee, 8, 0x0a];
    bomb.extend([0; 100_000]);
    let bomb = Step::Raw("200 OK\r\nContent-Encoding: gzip\r\n".into(), bomb);
    let broken = Step::Raw("200 OK\r\nContent-Encoding: gzip\r\n".into(), b"no gzip".to_vec());
    let large_fault = Step::Raw("500 X\r\n".into(), vec![b' '; 2 * 1024 * 1024]);
    let cases = [
        (cut, "malformed/truncated"),
        (large, "malformed/too_large"),
        (bomb, "malformed/too_large"),
        (broken, "malformed/truncated"),
        (large_fault, "upstream_fault/server_error"),
    ];
    for (step, expected) in cases {
        let server = StandIn::new(vec![step]).await;
        assert_eq!(ask(&gateway(&server.base, direct())).await, expected);
    }
}

#[tokio::test]
async fn without_a_free_permit_the_answer_is_busy_at_once() {
    let server = StandIn::new(vec![Step::Hang]).await;
    let gateway = hurried(&server.base, 200);
    let (first, second) = tokio::join!(ask(&gateway), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        gateway.look_up(&look_up()).await
    });
    assert_eq!(first, "timeout/budget");
    assert_eq!(name_of(&second), "throttled/no_permit");
}

#[tokio::test]
async fn the_skew_of_upstreams_clock_is_told() {
    let late = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let server = StandIn::new(vec![Step::Raw(format!("500 X\r\n{late}Content-Length: 0\r\n"), Vec::new())]).await;
    let gateway = gateway(&server.base, direct());
    assert_eq!(gateway.clock_skew_seconds(), None);
    ask(&gateway).await;
    assert!(gateway.clock_skew_seconds().is_some_and(|skew| skew < -900_000_000));
}
