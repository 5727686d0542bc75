//! SIGTERM: requests in flight are answered, then the process ends with 0.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

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
