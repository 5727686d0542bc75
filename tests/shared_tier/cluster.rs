//! A cluster and sentinels: a primary is lost, another takes its place, and no answer is wrong meanwhile.

use super::*;
use crate::redis_server::{RedisCluster, cli, free_port};

const STEMS: [&str; 6] =
    ["999198000022", "999085000001", "999187000004", "999183000030", "999096000021", "999200000027"];

fn cluster_lines(cluster: &RedisCluster) -> String {
    let urls: Vec<String> = cluster.0.iter().map(|server| format!("\"{}\"", server.url())).collect();
    format!("urls = [{}]\ncluster = true\ntimeout = \"500ms\"", urls.join(", "))
}

async fn until_shared(one: &Process, other: &Process, round: &mut u32) {
    let until = Instant::now() + Duration::from_secs(40);
    loop {
        // Every time other look-ups, so that none is in the own tier of the second replica.
        *round += 1;
        let mut shared = 0;
        for stem in STEMS {
            let of = person(stem);
            let mut asked = request(SERVICE, of);
            asked["agency"] = format!("H02.{round}").into();
            right(&one.autofill(&asked).await, of);
            tokio::time::sleep(Duration::from_millis(40)).await;
            shared += usize::from(cached(&right(&other.autofill(&asked).await, of)));
        }
        if shared == STEMS.len() {
            return;
        }
        if Instant::now() > until {
            let told = one.get("/metrics").await.text + &other.get("/metrics").await.text;
            let of_tier: Vec<&str> =
                told.lines().filter(|line| line.starts_with("diensan_shared_tier_operations_total")).collect();
            panic!("{shared} of {} look-ups are shared in round {round}\n{}", STEMS.len(), of_tier.join("\n"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_loses_a_primary_is_shared_again_after_its_failover() {
    let province = Province::start();
    let mut cluster = tokio::task::spawn_blocking(RedisCluster::start).await.expect("a cluster");
    let lines = cluster_lines(&cluster);
    let (one, other) = (province.replica(&lines), province.replica(&lines));
    until_metric(&one, UP, 1.0).await;
    until_metric(&other, UP, 1.0).await;
    let mut round = 0;
    until_shared(&one, &other, &mut round).await;
    let lost = cluster.a_primary();
    cluster.0[lost].kill();
    // Answers go on at once, shared or not; then all slots are served again.
    until_shared(&one, &other, &mut round).await;
    let survivor = &cluster.0[(lost + 1) % 6];
    survivor.wait_for("CLUSTER INFO", "cluster_state:ok");
    assert!(round >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_tell_where_the_primary_is_before_and_after_it_is_lost() {
    let province = Province::start();
    let mut primary = RedisServer::start();
    let replica_of = ["--replicaof", "127.0.0.1", &primary.port.to_string()].map(str::to_owned);
    let replica_of: Vec<&str> = replica_of.iter().map(String::as_str).collect();
    let second = RedisServer::start_with(&replica_of);
    second.wait_for("INFO replication", "master_link_status:up");
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let file = folder.path().join("sentinel.conf");
    let text = format!(
        "port {port}\nbind 127.0.0.1\nsentinel monitor tinh 127.0.0.1 {} 1\nsentinel down-after-milliseconds tinh 700\n\
         sentinel failover-timeout tinh 3000\n",
        primary.port
    );
    std::fs::write(&file, text).expect("a file");
    let mut sentinel = std::process::Command::new("redis-server")
        .arg(&file)
        .arg("--sentinel")
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("a sentinel");
    let until = Instant::now() + Duration::from_secs(20);
    while !cli(port, &["SENTINEL", "replicas", "tinh"]).contains(&second.port.to_string()) {
        assert!(Instant::now() < until, "the sentinel does not know the second server");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let lines = format!("url = \"redis://127.0.0.1:{port}\"\nsentinel_primary = \"tinh\"\ntimeout = \"500ms\"");
    let (one, other) = (province.replica(&lines), province.replica(&lines));
    until_metric(&one, UP, 1.0).await;
    until_metric(&other, UP, 1.0).await;
    let mut round = 0;
    until_shared(&one, &other, &mut round).await;
    assert!(!primary.names("diensan:record:*").is_empty());
    primary.kill();
    until_shared(&one, &other, &mut round).await;
    assert!(second.cli(&["ROLE"]).starts_with("master"));
    let _ = sentinel.kill();
    let _ = sentinel.wait();
}
