//! Peers that do everything wrong on the wire (RISKS U4, U19, U20): each ends at its limit with its outcome, leaves no
//! socket and no thread behind, and never lends its answer to somebody else.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Process, Reply};
use crate::raw_peer::{Manner, NAME, RawPeer};
use crate::road::{Held, Road};

const BUDGET: Duration = Duration::from_secs(3);
const FIRST_BYTE: Duration = Duration::from_secs(1);
const BODY: Duration = Duration::from_secs(1);
/// What measuring, a debug build and a busy machine may add (acceptance: limit + 1 s).
const SLACK: Duration = Duration::from_secs(1);

/// Manner, outcome, cause, and the limit at which it must end.
const PEERS: &[(Manner, &str, &str, Duration)] = &[
    (Manner::Mute, "timeout", "first_byte", FIRST_BYTE),
    (Manner::SlowHead, "timeout", "first_byte", FIRST_BYTE),
    (Manner::EndlessHeadSlowly, "timeout", "first_byte", FIRST_BYTE),
    (Manner::ContinueDrizzle, "timeout", "first_byte", FIRST_BYTE),
    (Manner::ContinueStorm, "timeout", "first_byte", FIRST_BYTE),
    (Manner::SlowBody, "timeout", "body", BODY),
    (Manner::EndlessHead, "upstream_fault", "connection_failed", FIRST_BYTE),
    (Manner::EndlessBody, "malformed", "too_large", BODY),
    (Manner::HugeBody, "malformed", "too_large", BODY),
    (Manner::CloseAtOnce, "upstream_fault", "connection_failed", FIRST_BYTE),
    (Manner::ResetAtOnce, "upstream_fault", "connection_failed", FIRST_BYTE),
    (Manner::ResetAfterQuestion, "upstream_fault", "connection_failed", FIRST_BYTE),
    (Manner::HalfClose, "upstream_fault", "connection_failed", FIRST_BYTE),
    (Manner::ResetInHead, "upstream_fault", "connection_failed", FIRST_BYTE),
    (Manner::ResetInBody, "malformed", "truncated", BODY),
    (Manner::CloseInBody, "malformed", "truncated", BODY),
    (Manner::DamagedGzip, "malformed", "truncated", BODY),
    (Manner::NotHttp, "upstream_fault", "connection_failed", FIRST_BYTE),
    // Two heads that contradict themselves must not be read as one of them.
    (
        Manner::Says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n<a/>  "),
        "upstream_fault",
        "connection_failed",
        FIRST_BYTE,
    ),
    (
        Manner::Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<a/>\r\n0\r\n\r\n"),
        "malformed",
        "truncated",
        BODY,
    ),
];

fn limits(agency: &str) -> Vec<(&'static str, String)> {
    let seconds = |limit: Duration| format!("\"{}ms\"", limit.as_millis());
    vec![
        ("budget", seconds(BUDGET)),
        ("guard.first_byte_timeout", seconds(FIRST_BYTE)),
        ("guard.body_timeout", seconds(BODY)),
        ("guard.repeat", "false".to_owned()),
        ("serves", format!("{{ agencies = [\"{agency}\"] }}")),
    ]
}

fn connect(road: &mut Road, index: usize, peer: &RawPeer) {
    let limits = limits(&agency(index));
    let keys: Vec<(&str, &str)> = limits.iter().map(|(key, value)| (*key, value.as_str())).collect();
    road.connection(&format!("peer-{index}"), "direct", &peer.base, &keys);
}

fn agency(index: usize) -> String {
    format!("P.{index}")
}

fn request(index: usize, number: &str) -> Value {
    json!({
        "service": "1.000656", "officer": "cb-0123", "agency": agency(index), "dossier": "P-261120-0007",
        "citizen": { "id": number, "name": NAME, "birth_date": "1999-09-09" },
    })
}

fn told(reply: &Reply) -> (String, String) {
    let answer = reply.json();
    let place = if reply.status == 200 { &answer["lookups"][0] } else { &answer };
    let text = |member: &str| place[member].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("cause"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_peer_ends_at_its_limit_with_its_outcome_and_leaves_nothing_behind() {
    let mut road = Road::new("ttl = \"0s\"");
    let peers: Vec<RawPeer> = PEERS.iter().map(|(manner, ..)| RawPeer::at_data(*manner)).collect();
    for (index, peer) in peers.iter().enumerate() {
        connect(&mut road, index, peer);
    }
    let good = RawPeer::at_data(Manner::Good);
    connect(&mut road, peers.len(), &good);
    let service = Process::serve_configured(&road.write(), "debug");
    for peer in peers.iter().chain([&good]) {
        peer.wake().await;
    }
    // One good look-up, so that whatever is made once and kept has been made.
    assert_eq!(service.autofill(&request(peers.len(), "999099009001")).await.status, 200);
    let before = Held::by(&service);
    let mut deviations = Vec::new();
    for (index, (manner, outcome, cause, limit)) in PEERS.iter().enumerate() {
        // Alone, so that a flood costs the others no time.
        let started = Instant::now();
        let reply = service.autofill(&request(index, "999099009001")).await;
        let took = started.elapsed();
        let told = told(&reply);
        // A head without end meets the limit of its size or that of time, whichever comes first on this machine.
        let by_time = *manner == Manner::EndlessHead && told.0 == "timeout" && told.1 == "first_byte";
        if (told.0.as_str(), told.1.as_str()) != (*outcome, *cause) && !by_time {
            deviations.push(format!("{manner:?}: {told:?}, expected {outcome}/{cause}"));
        }
        if took > *limit + SLACK {
            deviations.push(format!("{manner:?}: took {took:?}, its limit is {limit:?}"));
        }
        if told.0 == "timeout" && took < *limit {
            deviations.push(format!("{manner:?}: given up after {took:?}, before its limit {limit:?}"));
        }
    }
    // A damaged gzip body can be whole on the wire: its connection may then wait for the next question, as a good one does.
    let may_wait = Held { sockets: before.sockets + 1, ..before };
    let after = may_wait.is_reached_again(&service, Duration::from_secs(5)).await;
    if after.sockets > may_wait.sockets || after.threads > before.threads {
        let peer_of = |port: &str| {
            let at = peers.iter().chain([&good]).position(|peer| peer.base.ends_with(&format!(":{port}")));
            at.map_or_else(String::new, |index| format!(" (peer {index})"))
        };
        let sockets = Held::sockets_of(&service);
        let told = sockets.iter().map(|one| format!("{one}{}", peer_of(one.rsplit(' ').next().unwrap_or_default())));
        let told: Vec<String> = told.collect();
        deviations.push(format!("held {before:?} before and {after:?} after: {}", told.join(", ")));
    }
    let in_use: f64 = {
        let text = service.get("/metrics").await.text;
        let of = text.lines().filter(|line| line.starts_with("diensan_upstream_permits_in_use{"));
        of.filter_map(|line| line.rsplit_once(' ')).map(|(_, value)| value.parse::<f64>().expect("a number")).sum()
    };
    if in_use != 0.0 {
        deviations.push(format!("{in_use} permits are still in use"));
    }
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_asked_for_is_never_given_to_the_next_citizen() {
    let mut deviations = Vec::new();
    for manner in [Manner::ExtraReply, Manner::LongerThanTold, Manner::LateReply] {
        let mut road = Road::new("ttl = \"0s\"");
        let peer = RawPeer::at_data(manner);
        connect(&mut road, 0, &peer);
        let service = Process::serve_configured(&road.write(), "debug");
        peer.wake().await;
        let first = service.autofill(&request(0, "999099009001")).await;
        let expected = if manner == Manner::LateReply { "timeout" } else { "found" };
        if told(&first).0 != expected {
            deviations.push(format!("{manner:?}: {:?}, expected {expected}", told(&first)));
        }
        // The surplus has arrived by now, or arrives while the next citizens are asked for.
        for number in ["999099009002", "999099009003", "999099009004"] {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let next = service.autofill(&request(0, number)).await;
            // The peer answers each question about the one who was asked for: another one's answer would be told as
            // `wrong_person`, and that would be too late already.
            if told(&next).0 != "found" {
                deviations.push(format!("{manner:?}: the next citizen: {:?}", told(&next)));
            }
        }
        // A surplus spoils its connection each time; after the reply that came too late the others share a new one.
        let expected = if manner == Manner::LateReply { 2 } else { 4 };
        if peer.connections() != expected {
            deviations.push(format!("{manner:?}: {} connections, expected {expected}", peer.connections()));
        }
        if peer.questions().len() != 4 {
            deviations.push(format!("{manner:?}: {} questions for 4 look-ups", peer.questions().len()));
        }
    }
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_peer_is_asked_over_one_connection() {
    let mut road = Road::new("ttl = \"0s\"");
    let peer = RawPeer::at_data(Manner::Good);
    connect(&mut road, 0, &peer);
    let service = Process::serve_configured(&road.write(), "debug");
    peer.wake().await;
    for number in ["999099009001", "999099009002", "999099009003"] {
        assert_eq!(service.autofill(&request(0, number)).await.status, 200);
    }
    assert_eq!(peer.connections(), 1, "or the counting above would show nothing");
}
