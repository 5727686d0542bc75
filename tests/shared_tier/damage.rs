//! Somebody writes into the tier: nothing but what we sealed for this look-up is ever used.

use super::*;

const GARBAGE: &str = "diensan_shared_tier_operations_total{operation=\"read\",result=\"garbage\"}";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_lies_under_a_name_the_answer_is_right() {
    let (province, server) = (Province::start(), RedisServer::start());
    let lines = single(&server);
    let (of, another) = (person("999198000022"), person("999085000001"));
    let filler = province.replica(&lines);
    ask(&filler, of).await;
    until_records(&server, 1).await;
    let name = server.names("diensan:record:*").remove(0);
    let whole = server.cli(&["STRLEN", &name]);
    ask(&filler, another).await;
    until_records(&server, 2).await;
    let other_name = server.names("diensan:record:*").into_iter().find(|found| *found != name).expect("two");
    let damages: [(&str, Vec<Vec<&str>>); 7] = [
        ("another person's value", vec![vec!["COPY", &other_name, &name, "REPLACE"]]),
        ("text", vec![vec!["SET", &name, "{}"]]),
        ("nothing", vec![vec!["SET", &name, ""]]),
        ("one byte", vec![vec!["SET", &name, "\u{1}"]]),
        ("one byte more", vec![vec!["APPEND", &name, "x"]]),
        ("a huge value", vec![vec!["DEL", &name], vec!["SETRANGE", &name, "4000000", "x"]]),
        ("a list", vec![vec!["DEL", &name], vec!["RPUSH", &name, "x"]]),
    ];
    for (damage, commands) in damages {
        for command in &commands {
            server.cli(command);
        }
        let before = province.calls().await;
        // A replica without anything of its own: it must look there.
        let replica = province.replica(&lines);
        assert!(!cached(&ask(&replica, of).await), "{damage}");
        assert_eq!(province.calls().await, before + 1, "{damage}");
        if !matches!(damage, "a list" | "nothing") {
            assert_eq!(replica.metric(GARBAGE).await.min(1.0), 1.0, "{damage}");
        }
        assert_eq!(replica.metric(UP).await, 1.0, "{damage}: the tier itself is well");
        // What upstream said stands there again: what was sealed first, and as long as it was.
        until_metric(&replica, "diensan_shared_tier_operations_total{operation=\"write\",result=\"ok\"}", 1.0).await;
        assert_eq!(server.cli(&["STRLEN", &name]), whole, "{damage}: mended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_put_back_later_has_ended_all_the_same() {
    let (province, server) = (Province::start(), RedisServer::start());
    let lines = single(&server);
    let replica = || province.replica_with("ttl = \"2s\"", "\"seal-1\"", &lines);
    let of = person("999198000022");
    ask(&replica(), of).await;
    until_records(&server, 1).await;
    let name = server.names("diensan:record:*").remove(0);
    server.cli(&["COPY", &name, "kept"]);
    server.cli(&["PERSIST", "kept"]);
    tokio::time::sleep(Duration::from_millis(2200)).await;
    server.cli(&["COPY", "kept", &name, "REPLACE"]);
    let late = replica();
    assert!(!cached(&ask(&late, of).await));
    let stale = "diensan_shared_tier_operations_total{operation=\"read\",result=\"stale\"}";
    assert_eq!(late.metric(stale).await.min(1.0), 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_tier_takes_nothing_and_breaks_nothing() {
    let province = Province::start();
    let server = RedisServer::start_with(&["--maxmemory", "1", "--maxmemory-policy", "noeviction"]);
    let replica = province.replica(&single(&server));
    for stem in ["999198000022", "999085000001"] {
        assert!(!cached(&ask(&replica, person(stem)).await));
        assert!(cached(&ask(&replica, person(stem)).await), "its own tier works");
    }
    assert!(server.names("diensan:record:*").is_empty());
}
