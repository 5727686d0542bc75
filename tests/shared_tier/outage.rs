//! The tier dies, stands still, comes back empty; a replica dies with a look-up in hand.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use super::*;

const STEMS: [&str; 6] =
    ["999198000022", "999085000001", "999187000004", "999183000030", "999096000021", "999200000027"];

#[tokio::test(flavor = "multi_thread")]
async fn replicas_go_on_alone_when_the_tier_is_killed_and_share_again_when_it_is_back_empty() {
    let (province, mut server) = (Province::start(), RedisServer::start());
    let lines = single(&server);
    let (one, other) = (province.replica(&lines), province.replica(&lines));
    ask(&one, person(STEMS[0])).await;
    until_records(&server, 1).await;
    server.kill();
    for stem in &STEMS[..4] {
        ask(&one, person(stem)).await;
        ask(&other, person(stem)).await;
    }
    until_metric(&one, UP, 0.0).await;
    until_metric(&other, UP, 0.0).await;
    let during = province.calls().await;
    assert!(during >= 7, "{during}: each replica asks for itself");
    assert!(cached(&ask(&other, person(STEMS[1])).await), "its own tier goes on");
    server.restart();
    until_metric(&one, UP, 1.0).await;
    until_metric(&other, UP, 1.0).await;
    assert!(!cached(&ask(&one, person(STEMS[4])).await));
    until_records(&server, 1).await;
    assert!(cached(&ask(&other, person(STEMS[4])).await), "shared again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tier_that_stands_still_costs_no_more_than_its_time() {
    let (province, server) = (Province::start(), RedisServer::start());
    // The default of 5 ms.
    let replica = province.replica(&format!("url = \"{}\"", server.url()));
    server.signal("STOP");
    let (started, mut slowest) = (Instant::now(), Duration::ZERO);
    while started.elapsed() < Duration::from_secs(5) {
        for stem in STEMS {
            let before = Instant::now();
            let mut anew = request(SERVICE, person(stem));
            anew["agency"] = format!("H01.{}", started.elapsed().as_millis() % 97).into();
            right(&replica.autofill(&anew).await, person(stem));
            slowest = slowest.max(before.elapsed());
        }
    }
    assert_eq!(replica.metric(UP).await, 0.0);
    println!("the slowest answer beside a tier that stands still: {slowest:?}");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    server.signal("CONT");
    until_metric(&replica, UP, 1.0).await;
    server.cli(&["FLUSHALL"]);
    ask(&replica, person("999301000007")).await;
    until_records(&server, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_tier_costs_no_latency() {
    let (province, mut server) = (Province::start(), RedisServer::start());
    let with = province.replica(&format!("url = \"{}\"", server.url()));
    let without = Process::serve_configured(&province.upstream.config("direct", "", "ttl = \"10m\""), "info");
    server.kill();
    until_metric(&with, UP, 0.0).await;
    let (mut of_with, mut of_without) = (Vec::new(), Vec::new());
    for round in 0..30 {
        for stem in STEMS {
            let mut cold = request(SERVICE, person(stem));
            cold["agency"] = format!("H01.{round}").into();
            for (replica, times) in [(&with, &mut of_with), (&without, &mut of_without)] {
                let before = Instant::now();
                right(&replica.autofill(&cold).await, person(stem));
                times.push(before.elapsed());
            }
        }
    }
    of_with.sort();
    of_without.sort();
    let at = |times: &[Duration], percent: usize| times[times.len() * percent / 100];
    for percent in [50, 90] {
        let (with, without) = (at(&of_with, percent), at(&of_without, percent));
        println!("p{percent} of a cold answer: {with:?} with a dead tier, {without:?} without one");
        assert!(with < without + Duration::from_millis(10), "p{percent}: {with:?} and {without:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_dies_with_a_look_up_in_hand_blocks_nobody() {
    let (province, server) = (Province::start(), RedisServer::start());
    let lines = single(&server);
    let (mut dying, other) = (province.replica(&lines), province.replica(&lines));
    // Upstream takes a second for this person.
    let asked = json!({
        "service": "1.000656", "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007",
        "citizen": { "id": "999099000901", "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" },
    });
    let body = asked.to_string();
    let url = format!("{}/v1/autofill", dying.address);
    let lost = tokio::spawn(async move {
        let client = crate::harness::client();
        client.post(url).header("Content-Type", "application/json").body(body).send().await
    });
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(server.names("diensan:lease:*").len(), 1, "the dying replica has the lease");
    dying.signal("KILL");
    dying.wait();
    let before = Instant::now();
    let reply = other.autofill(&asked).await;
    assert_eq!(reply.status, 200);
    // What is left of the lease, then the look-up itself.
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
    assert!(lost.await.expect("no panic").is_err());
    assert_eq!(province.calls().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_stay_right_while_the_tier_is_flushed_killed_and_stopped() {
    let (province, mut server) = (Province::start(), RedisServer::start());
    let lines = single(&server);
    let replicas = [province.replica(&lines), province.replica(&lines), province.replica(&lines)];
    let (ended, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    let callers = futures_util::future::join_all((0..12_usize).map(|caller| {
        let (replicas, ended, answers) = (&replicas, &ended, &answers);
        async move {
            let mut turn = caller;
            while !ended.load(Ordering::Relaxed) {
                let of = person(STEMS[turn % STEMS.len()]);
                let mut asked = request(SERVICE, of);
                asked["refresh"] = (turn % 11 == 0).into();
                right(&replicas[turn % 3].autofill(&asked).await, of);
                answers.fetch_add(1, Ordering::Relaxed);
                turn += 7;
            }
        }
    }));
    let trouble = async {
        for step in 0..8 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            match step % 4 {
                0 => drop(server.cli(&["FLUSHALL"])),
                1 => server.restart(),
                2 => {
                    server.signal("STOP");
                    tokio::time::sleep(Duration::from_millis(600)).await;
                    server.signal("CONT");
                }
                _ => drop(server.cli(&["CLIENT", "KILL", "TYPE", "normal"])),
            }
        }
        ended.store(true, Ordering::Relaxed);
    };
    tokio::join!(callers, trouble);
    let answers = answers.load(Ordering::Relaxed);
    println!("{answers} right answers");
    assert!(answers > 100, "{answers}");
}
