//! SIGTERM: the replica says that it leaves while it still answers, requests in flight are answered, then the process ends
//! with 0.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::connections::Upstream;
use crate::harness::{Process, client, personal_data_in};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_loses_no_answered_request() {
    let mut service = Process::serve(&[]);
    let received = Arc::new(AtomicUsize::new(0));
    let torn = Arc::new(AtomicUsize::new(0));
    let body = json!({ "service": "1.000894", "citizen": { "id": "999198000022" } }).to_string();
    let mut callers = Vec::new();
    for _ in 0..24 {
        let (received, torn) = (Arc::clone(&received), Arc::clone(&torn));
        let (client, url, body) = (client(), format!("{}/v1/autofill", service.address), body.clone());
        callers.push(tokio::spawn(async move {
            loop {
                let request = client.post(&url).header("Content-Type", "application/json").body(body.clone());
                // A refused or closed connection carries no answer; an answer that began must arrive whole.
                let Ok(response) = request.send().await else { break };
                let status = response.status();
                match response.text().await {
                    Ok(text) if status == 200 && text.ends_with("]}") => received.fetch_add(1, Ordering::SeqCst),
                    _ => torn.fetch_add(1, Ordering::SeqCst),
                };
            }
        }));
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    service.terminate();
    for caller in callers {
        tokio::time::timeout(Duration::from_secs(40), caller).await.expect("callers end").expect("no panic");
    }
    let code = tokio::task::spawn_blocking(move || (service.wait(), service)).await.expect("waited");
    let (code, service) = code;
    assert_eq!(code, Some(0));
    let answered = service.log_text().lines().filter(|line| line.contains("\"route\":\"/v1/autofill\"")).count();
    let received = received.load(Ordering::SeqCst);
    assert_eq!(torn.load(Ordering::SeqCst), 0, "torn answers");
    assert!(received > 100, "{received} answers before the end");
    assert_eq!(answered, received, "every answered request was received");
    assert!(service.log_text().contains("\"message\":\"stopped\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_in_flight_is_answered_after_sigterm() {
    let upstream = Upstream::start();
    let mut service = upstream.serve("direct");
    let body = json!({
        "service": "1.000656", "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007",
        "citizen": { "id": "999099000901", "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" },
    });
    let reply = {
        let pending = service.autofill(&body);
        let terminate = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            service.terminate();
        };
        tokio::join!(pending, terminate).0
    };
    assert_eq!(reply.status, 200);
    let code = tokio::task::spawn_blocking(move || service.wait()).await.expect("waited");
    assert_eq!(code, Some(0));
}

#[test]
fn sigint_ends_well_too() {
    let mut service = Process::serve(&[]);
    service.signal("INT");
    assert_eq!(service.wait(), Some(0));
    assert_eq!(personal_data_in(&service.log_text()), [""; 0]);
}

/// More than any step takes, also on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

fn asked() -> Value {
    json!({
        "service": "1.000656", "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007",
        "citizen": { "id": "999099000901", "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" },
    })
}

/// The sandbox with these lines in `[server]`.
fn draining(folder: &tempfile::TempDir, server: &str) -> Process {
    let root = crate::harness::root().display();
    let file = folder.path().join("diensan.toml");
    let catalog = format!("[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n");
    std::fs::write(&file, format!("[server]\n{server}\n{catalog}")).expect("a configuration");
    Process::serve_configured(&file, "debug")
}

/// Waits until `/readyz` at this address says that the replica leaves.
async fn until_it_drains(ready: &str) -> reqwest::Response {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = client().get(ready).send().await.expect("an answer while it drains");
        if answer.status() == 503 {
            return answer;
        }
        assert!(Instant::now() < deadline, "it never drains");
    }
}

/// Waits until the question is upstream.
async fn until_asked(upstream: &Upstream) {
    let deadline = Instant::now() + PATIENCE;
    while upstream.calls("/direct/037").await == 0 {
        assert!(Instant::now() < deadline, "nobody asks upstream");
    }
}

async fn code_of(mut service: Process) -> (Option<i32>, Process) {
    let ended = tokio::task::spawn_blocking(move || (service.wait(), service));
    tokio::time::timeout(PATIENCE, ended).await.expect("it ends").expect("waited")
}

fn closes(answer: &reqwest::Response) -> bool {
    answer.headers().get("connection").is_some_and(|value| value == "close")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_replica_says_so_answers_and_closes_its_connections() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let service = draining(&folder, &format!("drain = \"6s\"\nadmin_listen = \"127.0.0.1:{port}\""));
    let (bare, detailed) = (format!("{}/readyz", service.address), format!("http://127.0.0.1:{port}/readyz"));
    // Connections that were opened before the signal and stay open.
    let kept = client();
    let before = kept.get(format!("{}/v1/services", service.address)).send().await.expect("an answer");
    assert!(!closes(&before));
    assert!(!before.text().await.expect("a text").is_empty());
    let signalled = Instant::now();
    service.terminate();
    let answer = until_it_drains(&bare).await;
    assert!(closes(&answer));
    assert_eq!(answer.text().await.expect("a text"), r#"{"status":"draining"}"#);
    let detail = until_it_drains(&detailed).await.text().await.expect("a text");
    let detail: Value = serde_json::from_str(&detail).expect("JSON");
    assert_eq!((&detail["status"], detail["catalog"].is_object()), (&json!("draining"), true));

    let body = json!({ "service": "1.000894", "citizen": { "id": "999198000022" } });
    let mut answered = 0;
    while signalled.elapsed() < Duration::from_secs(4) {
        let request = kept.post(format!("{}/v1/autofill", service.address)).header("Content-Type", "application/json");
        let request = request.body(body.to_string());
        let answer = request.send().await.expect("every request of the drain is answered");
        assert_eq!((answer.status().as_u16(), closes(&answer)), (200, true));
        assert!(answer.text().await.expect("a text").ends_with("]}"));
        answered += 1;
    }
    assert!(answered > 10, "{answered} answers");
    let refused = client().get(format!("{}/no-such-place", service.address)).send().await.expect("an answer");
    assert_eq!((refused.status().as_u16(), closes(&refused)), (404, true));
    let (code, service) = code_of(service).await;
    assert_eq!(code, Some(0));
    assert!(signalled.elapsed() >= Duration::from_secs(6), "the drain was cut short: {:?}", signalled.elapsed());
    assert!(service.log_text().contains("draining") && service.log_text().contains("\"message\":\"stopped\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_drain_and_the_request_in_flight_is_answered() {
    for second in ["TERM", "INT"] {
        let upstream = Upstream::start();
        let config = upstream.config("direct", "", "");
        let text = std::fs::read_to_string(&config).expect("the configuration");
        std::fs::write(&config, format!("[server]\ndrain = \"2m\"\n{text}")).expect("written");
        let service = Process::serve_configured(&config, "debug");
        let rule = json!({ "fault": "delay", "parameter": 3_000, "path": "/direct/037" });
        assert_eq!(upstream.simulator.send("POST", "/control/faults", Some(&rule)).await.status, 201);
        let signalled = Instant::now();
        service.terminate();
        until_it_drains(&format!("{}/readyz", service.address)).await;
        let body = asked();
        let (reply, ()) = tokio::join!(service.autofill(&body), async {
            // In flight once the question is upstream.
            until_asked(&upstream).await;
            service.signal(second);
        });
        assert_eq!((reply.status, reply.header("connection")), (200, "close"), "{second}");
        let (code, service) = code_of(service).await;
        assert_eq!(code, Some(0), "{second}");
        assert!(signalled.elapsed() < Duration::from_secs(90), "{second}: the drain went on");
        assert!(service.log_text().contains("a second signal ends the drain"), "{second}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_nothing_is_drained_and_the_request_in_flight_is_answered() {
    let upstream = Upstream::start();
    let config = upstream.config("direct", "", "");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    std::fs::write(&config, format!("[server]\ndrain = \"2m\"\n{text}")).expect("written");
    let service = Process::serve_configured(&config, "debug");
    let rule = json!({ "fault": "delay", "parameter": 2_000, "path": "/direct/037" });
    assert_eq!(upstream.simulator.send("POST", "/control/faults", Some(&rule)).await.status, 201);
    let (signalled, body) = (Instant::now(), asked());
    let (reply, ()) = tokio::join!(service.autofill(&body), async {
        until_asked(&upstream).await;
        service.signal("INT");
    });
    assert_eq!(reply.status, 200);
    let (code, service) = code_of(service).await;
    assert_eq!(code, Some(0));
    assert!(signalled.elapsed() < Duration::from_secs(90) && !service.log_text().contains("draining"));
}

/// Callers that look at `/readyz` as a balancer does, five times a second, and go elsewhere when it says so.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_readiness_loses_no_request_when_a_replica_is_taken_away_under_load() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = draining(&folder, "drain = \"3s\"");
    let elsewhere = Arc::new(AtomicUsize::new(0));
    let watcher = {
        let (ready, elsewhere) = (format!("{}/readyz", service.address), Arc::clone(&elsewhere));
        tokio::spawn(async move {
            while client().get(&ready).send().await.expect("readiness").status() == 200 {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            elsewhere.store(1, Ordering::SeqCst);
        })
    };
    let mut callers = Vec::new();
    for _ in 0..16 {
        let (url, elsewhere) = (format!("{}/v1/autofill", service.address), Arc::clone(&elsewhere));
        callers.push(tokio::spawn(async move {
            let body = json!({ "service": "1.000894", "citizen": { "id": "999198000022" } }).to_string();
            let (client, mut answered) = (client(), 0_usize);
            while elsewhere.load(Ordering::SeqCst) == 0 {
                let request = client.post(&url).header("Content-Type", "application/json").body(body.clone());
                let answer = request.send().await.expect("no request is lost");
                assert_eq!(answer.status(), 200);
                assert!(answer.text().await.expect("a whole answer").ends_with("]}"));
                answered += 1;
            }
            answered
        }));
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    service.terminate();
    let mut answered = 0;
    for caller in callers {
        answered += tokio::time::timeout(PATIENCE, caller).await.expect("callers end").expect("no request is lost");
    }
    watcher.await.expect("readiness is told until the end of the drain");
    let (code, service) = code_of(service).await;
    assert_eq!(code, Some(0));
    let logged = service.log_text().lines().filter(|line| line.contains("\"route\":\"/v1/autofill\"")).count();
    assert!(answered > 100 && answered == logged, "{answered} answers of {logged}");
}
