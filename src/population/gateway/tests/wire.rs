//! Peers that answer late, never, too much or too often: each ends at its own limit, with its own outcome, and its
//! connection is never used again (RISKS T6, T8, U19, U20; PROTOCOL §7).

use std::time::Duration;

use super::super::GatewaySource;
use super::peer::{Manner, Peer, answer};
use super::stand_in::header;
use super::{adult, ask, direct, lgsp, settings};
use crate::config::{ConnectionSettings, ProfileSettings};
use crate::population::Source;
use crate::telemetry::Metrics;

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const SILENT: Manner = Manner::Says("");
const SLOWLY: Duration = Duration::from_millis(20);

/// Limits that end late and no repeat; what a case is about is changed in it.
fn limited(
    base: &str,
    profile: ProfileSettings,
    change: impl FnOnce(&mut ConnectionSettings),
) -> (GatewaySource, Metrics) {
    let mut settings = settings(base, profile);
    settings.guard.budget = Duration::from_secs(10);
    settings.guard.first_byte_timeout = Duration::from_secs(9);
    settings.guard.body_timeout = Duration::from_secs(9);
    settings.guard.repeat = false;
    change(&mut settings);
    let metrics = Metrics::new().expect("metrics");
    let gateway = GatewaySource::new(settings, metrics.upstream("test")).expect("gateway");
    (gateway, metrics)
}

fn gateway(peer: &Peer) -> GatewaySource {
    limited(&peer.base(), direct(), |_| {}).0
}

fn endless(first: &str, again: &str, pace: Duration) -> Manner {
    Manner::Endless(first.to_owned(), again.to_owned(), pace)
}

fn fast(first: &str, again: &str) -> Manner {
    endless(first, again, Duration::ZERO)
}

/// The value of the metric line that starts so; 0 when there is none.
fn metric(metrics: &Metrics, line: &str) -> f64 {
    let text = metrics.read(None).text();
    let value = text.lines().find_map(|found| found.strip_prefix(line)).map(str::trim);
    value.map_or(0.0, |value| value.parse().expect("a number"))
}

fn calls(metrics: &Metrics, address: &str, result: &str) -> f64 {
    let labels = format!("{{address=\"{address}\",connection=\"test\",result=\"{result}\"}}");
    metric(metrics, &format!("diensan_upstream_calls_total{labels}"))
}

fn opened(metrics: &Metrics) -> f64 {
    metric(metrics, "diensan_phase_duration_seconds_count{connection=\"test\",phase=\"connect\"}")
}

/// After each of them the same gateway asks again: on a new connection, which answers.
#[tokio::test]
async fn a_peer_that_misbehaves_ends_at_its_limit_and_its_connection_is_not_used_again() {
    let storm = "HTTP/1.1 100 Continue\r\n\r\n";
    let line = "X-More: 1234567890123456789012345678901234567890\r\n";
    let spaces = " ".repeat(16 * 1024);
    let cases = [
        ("accepts and never answers", SILENT, "timeout/first_byte"),
        ("head without end, slowly", endless("HTTP/1.1 200 OK\r\n", line, SLOWLY), "timeout/first_byte"),
        ("head without end, fast", fast("HTTP/1.1 200 OK\r\n", &line.repeat(400)), "upstream_fault/connection_failed"),
        ("one header line without end", fast("HTTP/1.1 200 OK\r\nX: ", &spaces), "upstream_fault/connection_failed"),
        ("status line without end", fast("HTTP/1.1 200 ", &"OK".repeat(8000)), "upstream_fault/connection_failed"),
        ("100-continue without end, slowly", endless("", storm, SLOWLY), "timeout/first_byte"),
        ("100-continue without end, fast", fast("", &storm.repeat(200)), "timeout/first_byte"),
        ("one byte after the other", endless(HEAD, " ", SLOWLY), "timeout/body"),
        ("head and nothing after it", Manner::Says(HEAD), "timeout/body"),
        ("chunk length of zeros without end", fast(CHUNKED, &"0".repeat(8000)), "timeout/body"),
        ("chunk length that no number holds", fast(CHUNKED, &"f".repeat(8000)), "malformed/truncated"),
        ("chunk extension without end", fast(&format!("{CHUNKED}5;x="), &"y".repeat(8000)), "malformed/truncated"),
        ("body without end", fast("HTTP/1.1 200 OK\r\n\r\n", &spaces), "malformed/too_large"),
        ("chunks without end", fast(CHUNKED, &format!("4000\r\n{spaces}\r\n")), "malformed/too_large"),
        (
            "empty header names",
            Manner::HalfClose("HTTP/1.1 200 OK\r\n: x\r\n\r\n".into()),
            "upstream_fault/connection_failed",
        ),
        (
            "another protocol",
            Manner::HalfClose("220 mail.example ESMTP\r\n".into()),
            "upstream_fault/connection_failed",
        ),
        ("half-closed without an answer", Manner::HalfClose(String::new()), "upstream_fault/connection_failed"),
        (
            "half-closed in the head",
            Manner::HalfClose("HTTP/1.1 200 OK\r\nDate".into()),
            "upstream_fault/connection_failed",
        ),
        ("half-closed in the body", Manner::HalfClose(format!("{HEAD}<a")), "malformed/truncated"),
    ];
    for (name, manner, expected) in cases {
        let peer = Peer::new(vec![manner, Manner::Answers(adult())]).await;
        // What ends by size must not meet a limit of time on a slow machine.
        let limit = Duration::from_millis(if expected.starts_with("timeout") { 150 } else { 9000 });
        let (gateway, _) = limited(&peer.base(), direct(), |settings| {
            settings.guard.budget = Duration::from_secs(10);
            settings.guard.first_byte_timeout = limit;
            settings.guard.body_timeout = limit;
        });
        assert_eq!(ask(&gateway).await, expected, "{name}");
        assert_eq!(peer.connections(), 1, "{name}: it was repeated");
        peer.until(name, |seen| seen.ended == [0]).await;
        assert_eq!(ask(&gateway).await, "found", "{name}");
        assert_eq!(peer.connections(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_reset_is_an_outage_before_the_head_and_a_truncated_answer_after_it() {
    let cases = [
        ("before the head", String::new(), "upstream_fault/connection_failed"),
        ("in the head", "HTTP/1.1 200 OK\r\nContent-".to_owned(), "upstream_fault/connection_failed"),
        ("after the head", HEAD.to_owned(), "malformed/truncated"),
        ("in the body", format!("{HEAD}<soap"), "malformed/truncated"),
    ];
    for (name, bytes, expected) in cases {
        let peer = Peer::new(vec![Manner::Reset(bytes), Manner::Answers(adult())]).await;
        let gateway = gateway(&peer);
        assert_eq!(ask(&gateway).await, expected, "{name}");
        assert_eq!(peer.questions().len(), 1, "{name}: a question that was sent is not repeated");
        assert_eq!(ask(&gateway).await, "found", "{name}");
    }
}

/// First byte, body and budget in milliseconds.
#[tokio::test]
async fn the_limit_that_ends_first_names_the_cause() {
    let drip = || endless(HEAD, " ", SLOWLY);
    let cases = [
        (SILENT, 100, 9000, 9000, "timeout/first_byte"),
        (SILENT, 9000, 100, 200, "timeout/budget"),
        (drip(), 9000, 100, 9000, "timeout/body"),
        (drip(), 9000, 9000, 200, "timeout/budget"),
        // The limit for the first byte does not run on into the body.
        (drip(), 500, 900, 9000, "timeout/body"),
    ];
    for (manner, first_byte, body, budget, expected) in cases {
        let peer = Peer::new(vec![manner]).await;
        let (gateway, metrics) = limited(&peer.base(), direct(), |settings| {
            settings.guard.first_byte_timeout = Duration::from_millis(first_byte);
            settings.guard.body_timeout = Duration::from_millis(body);
            settings.guard.budget = Duration::from_millis(budget);
        });
        assert_eq!(ask(&gateway).await, expected, "{first_byte} {body} {budget}");
        assert_eq!(calls(&metrics, "data", "timeout"), 1.0);
    }
}

/// Nobody answers the TLS greeting: TCP stands, but not the connection.
#[tokio::test]
async fn a_connection_that_is_never_set_up_ends_with_its_own_limit_and_may_be_repeated() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let base = format!("https://{}", listener.local_addr().expect("address"));
    let folder = tempfile::tempdir().expect("a folder");
    let root = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let trust = folder.path().join("root.pem");
    std::fs::write(&trust, root.cert.pem()).expect("a file");
    let (gateway, metrics) = limited(&base, direct(), |settings| {
        settings.tls.trust = Some(trust);
        settings.guard.connect_timeout = Duration::from_millis(150);
        settings.guard.first_byte_timeout = Duration::from_millis(50);
        settings.guard.repeat = true;
        settings.guard.repeat_pause = Duration::from_millis(1);
    });
    assert_eq!(ask(&gateway).await, "timeout/connect");
    assert_eq!((calls(&metrics, "data", "connect_timeout"), opened(&metrics)), (2.0, 0.0));
}

#[tokio::test]
async fn an_extra_reply_is_never_taken_for_the_next_question() {
    let other = answer(&adult().replace("999085000001", "999085000002"));
    for after in [Duration::ZERO, SLOWLY] {
        let extra = Manner::Extra(answer(&adult()), other.clone(), after);
        let peer = Peer::new(vec![extra, Manner::Answers(adult())]).await;
        let gateway = gateway(&peer);
        assert_eq!(ask(&gateway).await, "found");
        peer.until("the connection with the extra reply is ended", |seen| seen.ended == [0]).await;
        assert_eq!(ask(&gateway).await, "found", "{after:?}");
        assert_eq!(peer.connections(), 2, "{after:?}");
    }
}

/// No time to notice: the second question follows the first answer at once.
#[tokio::test]
async fn an_extra_reply_in_the_same_packet_is_noticed_before_the_next_question() {
    let other = answer(&adult().replace("999085000001", "999085000002"));
    let extra = Manner::Extra(answer(&adult()), other, Duration::ZERO);
    let peer = Peer::new(vec![extra, Manner::Answers(adult())]).await;
    let gateway = gateway(&peer);
    assert_eq!([ask(&gateway).await, ask(&gateway).await], ["found", "found"]);
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn the_connection_of_a_cancelled_call_is_closed_and_its_late_reply_never_read() {
    for manner in [SILENT, endless(HEAD, " ", SLOWLY)] {
        let peer = Peer::new(vec![manner, Manner::Answers(adult())]).await;
        let (gateway, metrics) = limited(&peer.base(), direct(), |_| {});
        tokio::select! {
            outcome = ask(&gateway) => panic!("answered: {outcome}"),
            () = peer.until("the question arrives", |seen| seen.questions.len() == 1) => {}
        }
        peer.until("the connection is ended", |seen| seen.ended == [0]).await;
        assert_eq!(ask(&gateway).await, "found");
        assert_eq!((peer.connections(), calls(&metrics, "data", "2xx")), (2, 1.0));
    }
}

#[tokio::test]
async fn connections_are_kept_and_counted_when_they_are_opened() {
    let peer = Peer::new(vec![Manner::Answers(adult())]).await;
    let (gateway, metrics) = limited(&peer.base(), direct(), |_| {});
    for _ in 0..3 {
        assert_eq!(ask(&gateway).await, "found");
    }
    assert_eq!((peer.connections(), opened(&metrics), calls(&metrics, "data", "2xx")), (1, 1.0, 3.0));
    for phase in ["first_byte", "body", "parse"] {
        let line = format!("diensan_phase_duration_seconds_count{{connection=\"test\",phase=\"{phase}\"}}");
        assert_eq!(metric(&metrics, &line), 3.0, "{phase}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_the_peer_closed_costs_no_look_up() {
    let peer = Peer::new(vec![Manner::AnswersOnce(adult())]).await;
    let (gateway, metrics) = limited(&peer.base(), direct(), |_| {});
    for expected in 1..=20 {
        assert_eq!(ask(&gateway).await, "found");
        assert_eq!(peer.questions().len(), expected, "no question is sent twice");
        // The client has to hear of it; when it does not, the question is on its way and must not be repeated.
        tokio::time::sleep(SLOWLY).await;
    }
    assert_eq!(calls(&metrics, "data", "2xx"), 20.0);
}

#[tokio::test]
async fn every_call_is_counted_by_what_came_of_it() {
    let cases = [
        (Manner::Answers(adult()), "2xx"),
        (Manner::Answers(String::new()), "2xx"),
        (Manner::Status(302), "3xx"),
        (Manner::Status(404), "4xx"),
        (Manner::Status(500), "5xx"),
        (Manner::Status(999), "5xx"),
        (SILENT, "timeout"),
        (endless(HEAD, " ", SLOWLY), "timeout"),
        (fast("HTTP/1.1 200 OK\r\n\r\n", &" ".repeat(16 * 1024)), "2xx"),
        (Manner::HalfClose(String::new()), "broken"),
        (Manner::HalfClose(HEAD.to_owned()), "broken"),
    ];
    for (manner, expected) in cases {
        let peer = Peer::new(vec![manner]).await;
        let limit = Duration::from_millis(if expected == "timeout" { 150 } else { 9000 });
        let (gateway, metrics) = limited(&peer.base(), direct(), |settings| {
            settings.guard.first_byte_timeout = limit;
            settings.guard.body_timeout = limit;
        });
        let outcome = ask(&gateway).await;
        assert_eq!((calls(&metrics, "data", expected), opened(&metrics)), (1.0, 1.0), "{expected}: {outcome}");
    }
    let (gateway, metrics) = limited("http://127.0.0.1:9", direct(), |_| {});
    assert_eq!(ask(&gateway).await, "upstream_fault/connection_failed");
    assert_eq!((calls(&metrics, "data", "not_connected"), opened(&metrics)), (1.0, 0.0));
    let peer = Peer::new(vec![Manner::Status(400)]).await;
    let (gateway, metrics) = limited(&peer.base(), lgsp(), |_| {});
    ask(&gateway).await;
    assert_eq!((calls(&metrics, "token", "4xx"), calls(&metrics, "data", "4xx")), (1.0, 0.0));
}

#[tokio::test]
async fn warm_connections_are_opened_without_credentials_and_used_by_the_first_look_ups() {
    let peer = Peer::new(vec![Manner::Answers(adult())]).await;
    let (gateway, metrics) = limited(&peer.base(), direct(), |settings| settings.tls.warm_connections = 3);
    gateway.warm_up().await;
    peer.until("three connections", |seen| seen.connections == 3).await;
    for (_, question) in peer.questions() {
        assert!(question.starts_with("HEAD / HTTP/1.1\r\n"), "a question was sent");
        for name in ["authorization", "timestamp", "soapaction"] {
            assert_eq!(header(&question, name), None);
        }
    }
    assert_eq!(ask(&gateway).await, "found");
    assert_eq!((peer.connections(), opened(&metrics)), (3, 3.0));
}

#[tokio::test]
async fn the_question_for_a_token_warms_a_connection_too() {
    let token = "{\"access_token\":\"one\",\"expires_in\":3600}".to_owned();
    let peer = Peer::new(vec![Manner::Answers(token)]).await;
    let (gateway, _) = limited(&peer.base(), lgsp(), |settings| settings.tls.warm_connections = 2);
    gateway.warm_up().await;
    let questions = peer.questions();
    let asked = |start: &str| questions.iter().filter(|(_, question)| question.starts_with(start)).count();
    assert_eq!((asked("POST /token "), asked("HEAD / "), questions.len()), (1, 1, 2));
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_look_up_when_no_warm_connections_are_configured() {
    let peer = Peer::new(vec![SILENT]).await;
    let (gateway, _) = limited(&peer.base(), lgsp(), |_| {});
    gateway.warm_up().await;
    assert_eq!(peer.connections(), 0);
}

#[tokio::test]
async fn warming_ends_when_upstream_is_silent_and_nobody_is_told_that_it_failed() {
    for profile in [direct(), lgsp()] {
        let peer = Peer::new(vec![SILENT]).await;
        let (gateway, _) = limited(&peer.base(), profile, |settings| {
            settings.tls.warm_connections = 2;
            settings.guard.connect_timeout = Duration::from_millis(100);
            settings.guard.budget = Duration::from_secs(60);
            settings.guard.first_byte_timeout = Duration::from_secs(60);
        });
        let begin = std::time::Instant::now();
        gateway.warm_up().await;
        assert!(begin.elapsed() < Duration::from_secs(5), "connecting may take 100 ms, the answer a second");
    }
}

/// The `Date` of an answer counts from when the answer came, not from when its body had been read.
#[tokio::test]
async fn a_slow_body_does_not_make_upstreams_clock_look_late() {
    let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let head = format!("HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 100000\r\n\r\n");
    let peer = Peer::new(vec![endless(&head, " ", SLOWLY)]).await;
    let (gateway, _) =
        limited(&peer.base(), direct(), |settings| settings.guard.body_timeout = Duration::from_millis(2500));
    assert_eq!(ask(&gateway).await, "timeout/body");
    assert!(gateway.clock_skew_seconds().is_some_and(|skew| skew.abs() <= 1));
}
