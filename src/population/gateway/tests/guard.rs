//! Breakers, pauses, limits and maintenance windows where they matter: nothing reaches the wire (PROTOCOL §7; RISKS
//! T18, U16).

use std::time::Duration;

use super::super::GatewaySource;
use super::stand_in::{StandIn, Step};
use super::{adult, ask, built, direct, gateway, lgsp, look_up, name_of, settings};
use crate::config::{ConnectionSettings, MaintenanceWindow, ProfileSettings};
use crate::population::Source;

const FAULT: &str = "upstream_fault/server_error";
const OPEN: &str = "upstream_fault/breaker_open";

fn status(status: u16) -> Step {
    Step::Answer(status, String::new())
}

fn found() -> Step {
    Step::Answer(200, adult())
}

fn busy(retry_after: &str) -> Step {
    Step::Raw(format!("429 X\r\nRetry-After: {retry_after}\r\nContent-Length: 0\r\n"), Vec::new())
}

fn token(seconds: u32) -> Step {
    Step::Answer(200, format!("{{\"access_token\":\"one\",\"expires_in\":{seconds}}}"))
}

fn times(count: usize, step: fn() -> Step) -> Vec<Step> {
    (0..count).map(|_| step()).collect()
}

fn changed(base: &str, profile: ProfileSettings, change: impl FnOnce(&mut ConnectionSettings)) -> GatewaySource {
    let mut settings = settings(base, profile);
    change(&mut settings);
    built(settings).expect("gateway")
}

/// Puts the clock forward; nobody sleeps.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// Waits until the server has had this many requests.
async fn received(server: &StandIn, count: usize) {
    while server.requests().len() < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A gateway whose data breaker has just been opened by five faults.
async fn opened(server: &StandIn) -> GatewaySource {
    let gateway = gateway(&server.base, direct());
    for _ in 0..5 {
        assert_eq!(ask(&gateway).await, FAULT);
    }
    gateway
}

#[tokio::test]
async fn five_faults_open_the_breaker_and_a_good_probe_closes_it() {
    let mut script = times(5, || status(500));
    script.extend([found(), status(500), found()]);
    let server = StandIn::new(script).await;
    let gateway = opened(&server).await;
    let sixth = gateway.look_up(&look_up()).await;
    assert_eq!(name_of(&sixth), OPEN);
    let wait = sixth.retry_after().expect("a wait");
    assert!(wait > Duration::ZERO && wait <= Duration::from_secs(15));
    assert_eq!(server.requests().len(), 5);
    pass(15).await;
    // After the probe one fault does not open it: the five are forgotten.
    assert_eq!([ask(&gateway).await, ask(&gateway).await, ask(&gateway).await], ["found", FAULT, "found"]);
}

#[tokio::test]
async fn a_bad_probe_opens_the_breaker_again() {
    let mut script = times(6, || status(500));
    script.push(found());
    let server = StandIn::new(script).await;
    let gateway = opened(&server).await;
    pass(15).await;
    assert_eq!([ask(&gateway).await.as_str(), ask(&gateway).await.as_str()], [FAULT, OPEN]);
    assert_eq!(server.requests().len(), 6);
    pass(15).await;
    assert_eq!(ask(&gateway).await, "found");
}

#[tokio::test]
async fn a_probe_whose_look_up_is_cancelled_is_given_to_the_next() {
    let mut script = times(5, || status(500));
    script.extend([Step::Hang, found()]);
    let server = StandIn::new(script).await;
    let gateway = opened(&server).await;
    pass(15).await;
    tokio::select! {
        outcome = ask(&gateway) => panic!("the probe ended with {outcome}"),
        () = received(&server, 6) => {}
    }
    assert_eq!(ask(&gateway).await, "found");
}

#[tokio::test]
async fn silence_counts_as_a_fault() {
    let server = StandIn::new(times(5, || Step::Hang)).await;
    let gateway = changed(&server.base, direct(), |settings| settings.guard.budget = Duration::from_millis(150));
    for _ in 0..5 {
        assert_eq!(ask(&gateway).await, "timeout/budget");
    }
    assert_eq!(ask(&gateway).await, OPEN);
}

#[tokio::test]
async fn answers_that_are_no_fault_never_open_the_breaker() {
    let wrong = || Step::Answer(200, adult().replace("MẪU MỘT", "MẪU HAI"));
    let nobody = || {
        let path = "/tests/upstream-samples/response-037-not-found.xml";
        let file = format!("{}{path}", env!("CARGO_MANIFEST_DIR"));
        Step::Answer(200, std::fs::read_to_string(file).expect("sample"))
    };
    type Case = (fn() -> Step, usize, &'static str);
    // A refused signature is made anew once: two calls a look-up.
    let cases: [Case; 6] = [
        (|| status(401), 2, "auth_failed"),
        (|| status(400), 1, "rejected/upstream"),
        (|| status(200), 1, "malformed/empty_body"),
        (|| status(429), 1, "throttled/upstream"),
        (wrong, 1, "malformed/wrong_person"),
        (nobody, 1, "not_found"),
    ];
    for (step, calls, expected) in cases {
        let mut script = times(8 * calls, step);
        script.push(found());
        let server = StandIn::new(script).await;
        let gateway = gateway(&server.base, direct());
        for _ in 0..8 {
            assert_eq!(ask(&gateway).await, expected);
        }
        assert_eq!(ask(&gateway).await, "found", "{expected}");
    }
}

#[tokio::test]
async fn a_429_with_retry_after_pauses_the_connection_for_that_time_but_a_minute_at_most() {
    for (retry_after, pause) in [("7", 7), ("86400", 60)] {
        let server = StandIn::new(vec![busy(retry_after), found()]).await;
        let gateway = gateway(&server.base, direct());
        assert_eq!([ask(&gateway).await, ask(&gateway).await], ["throttled/upstream", "throttled/held_back"]);
        pass(pause - 1).await;
        let early = gateway.look_up(&look_up()).await;
        assert_eq!(name_of(&early), "throttled/held_back");
        assert!(early.retry_after().is_some_and(|wait| wait <= Duration::from_secs(1)));
        assert_eq!(server.requests().len(), 1);
        pass(1).await;
        assert_eq!(ask(&gateway).await, "found");
    }
}

#[tokio::test]
async fn a_429_without_a_usable_time_pauses_nothing() {
    for retry_after in ["-1", "soon", "0"] {
        let server = StandIn::new(vec![busy(retry_after), found()]).await;
        let gateway = gateway(&server.base, direct());
        assert_eq!([ask(&gateway).await, ask(&gateway).await], ["throttled/upstream", "found"], "{retry_after}");
    }
}

#[tokio::test]
async fn a_repeat_does_not_leave_in_a_pause() {
    let server = StandIn::new(vec![status(503), busy("60"), found()]).await;
    let gateway = changed(&server.base, direct(), |settings| {
        settings.guard.permits = 2;
        settings.guard.budget = Duration::from_secs(600);
        settings.guard.repeat_pause = Duration::from_secs(20);
    });
    let (repeated, paused) = tokio::join!(ask(&gateway), async {
        received(&server, 1).await;
        let outcome = ask(&gateway).await;
        pass(31).await;
        outcome
    });
    assert_eq!([repeated.as_str(), paused.as_str()], ["throttled/held_back", "throttled/upstream"]);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_open_data_breaker_does_not_stop_tokens() {
    let mut script = vec![token(60)];
    script.extend(times(5, || status(500)));
    script.push(token(60));
    let server = StandIn::new(script).await;
    let gateway =
        changed(&server.base, lgsp(), |settings| settings.guard.breaker.probe_after = Duration::from_secs(600));
    for _ in 0..5 {
        assert_eq!(ask(&gateway).await, FAULT);
    }
    pass(61).await;
    assert_eq!(ask(&gateway).await, OPEN);
    let requests = server.requests();
    assert_eq!(requests.len(), 7);
    assert!(requests[6].starts_with("POST /token "));
}

#[tokio::test]
async fn an_open_token_breaker_does_not_stop_calls_with_a_token_that_is_still_good() {
    let mut script = vec![token(600), found()];
    for _ in 0..5 {
        script.extend([status(500), found()]);
    }
    script.push(found());
    let server = StandIn::new(script).await;
    let gateway = gateway(&server.base, lgsp());
    assert_eq!(ask(&gateway).await, "found");
    // Time to renew the token; it is good for some minutes more.
    pass(301).await;
    for _ in 0..6 {
        assert_eq!(ask(&gateway).await, "found");
    }
    let asked = server.requests().iter().map(|request| request.starts_with("POST /token ")).collect::<Vec<_>>();
    assert_eq!(asked.iter().filter(|token| **token).count(), 6);
    assert_eq!(asked.last(), Some(&false));
}

#[tokio::test]
async fn five_faults_of_the_token_address_stop_the_sixth_request_for_a_token() {
    let server = StandIn::new(times(5, || status(500))).await;
    let gateway = gateway(&server.base, lgsp());
    for _ in 0..5 {
        assert_eq!(ask(&gateway).await, FAULT);
    }
    assert_eq!(ask(&gateway).await, OPEN);
}

#[tokio::test]
async fn a_call_beyond_the_calls_a_second_is_refused_when_it_would_come_too_late() {
    let server = StandIn::new(vec![found(), found()]).await;
    let gateway = changed(&server.base, direct(), |settings| {
        settings.guard.calls_per_second = Some(1);
        settings.guard.budget = Duration::from_millis(900);
    });
    assert_eq!([ask(&gateway).await, ask(&gateway).await], ["found", "throttled/own_limit"]);
    assert_eq!(server.requests().len(), 1);
    pass(1).await;
    assert_eq!(ask(&gateway).await, "found");
}

#[tokio::test]
async fn in_a_maintenance_window_nothing_is_asked() {
    let server = StandIn::new(vec![found()]).await;
    let midnight = jiff::civil::Time::midnight();
    let always = MaintenanceWindow::Weekly { days: Vec::new(), from: midnight, to: midnight };
    let gateway = changed(&server.base, direct(), |settings| settings.guard.maintenance = vec![always]);
    let outcome = gateway.look_up(&look_up()).await;
    assert_eq!(name_of(&outcome), "maintenance");
    assert!(outcome.retry_after().is_some_and(|wait| wait <= Duration::from_secs(60)));
    assert!(server.requests().is_empty());
}
