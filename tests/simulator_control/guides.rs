//! The guides: what they tell to type is taken, and what they say is seen is seen.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::calls::Caller;
use crate::harness::{Process, root};

const GUIDES: [&str; 2] = ["docs/simulator.md", "docs/simulator.vi.md"];

fn guide(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a guide")
}

/// The first block of code of a language, without the indentation of the list that it may stand in.
fn block(text: &str, language: &str) -> String {
    let rest = text.split(&format!("```{language}\n")).nth(1).expect("a block");
    let block = rest.split("```").next().expect("its end");
    block.lines().map(|line| format!("{}\n", line.strip_prefix("   ").unwrap_or(line))).collect()
}

/// Method, path and body of every `curl` line that calls the simulator.
fn control_calls(text: &str) -> Vec<(String, String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("curl ") && line.contains(":8237/"));
    lines
        .map(|line| {
            let method = line.split("-X ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("GET");
            let path = line.split(":8237").nth(1).and_then(|rest| rest.split([' ', '\'']).next()).expect("a path");
            let body = line.split("-d '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or("");
            (method.to_owned(), path.to_owned(), body.to_owned())
        })
        .collect()
}

#[tokio::test]
async fn every_control_call_of_the_guides_is_taken() {
    for path in GUIDES {
        let caller = Caller::start();
        let calls = control_calls(&guide(path));
        assert!(calls.len() >= 7, "{path}: {} calls", calls.len());
        for (method, address, body) in calls {
            let got = caller.control(&method, &address, &body).await;
            assert!((200..300).contains(&got.status), "{path}: {method} {address} {body}: {}", got.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rehearsal_of_the_guides_shows_what_they_say() {
    let caller = Caller::start();
    for path in GUIDES {
        let text = guide(path);
        caller.steer("POST", "/control/reset", "", 204).await;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("secrets")).expect("a folder");
        let secret = folder.path().join("secrets/mo-phong-secret");
        std::fs::write(&secret, "khong-phai-bi-mat").expect("a secret");
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).expect("mode 600");
        let here = root().display();
        let catalog = format!("[catalog]\nservices = \"{here}/service-catalog\"\nschemas = \"{here}/schemas\"\n");
        let config = folder.path().join("diensan.toml");
        let pasted = block(&text, "toml").replace("http://127.0.0.1:8237", &caller.process.address);
        std::fs::write(&config, format!("{catalog}{pasted}")).expect("a configuration");
        let service = Process::serve_configured(&config, "debug");

        let mut question: Value = serde_json::from_str(&block(&text, "json")).expect("hoi.json");
        let found = service.autofill(&question).await;
        assert_eq!((found.status, &found.json()["lookups"][0]["outcome"]), (200, &"found".into()), "{path}");
        assert_eq!(caller.counters().await["officers"], serde_json::json!({ "cb-0123": 1 }), "{path}");

        for fault in ["unavailable", "throttled", "unauthorised", "wrong-person"] {
            let body = serde_json::json!({ "fault": fault }).to_string();
            caller.steer("POST", "/control/faults", &body, 201).await;
            let reply = service.autofill(&question).await;
            assert!(reply.status == 502 || reply.status == 503, "{path}: {fault}");
            let detail = reply.json()["detail"].as_str().expect("a sentence").to_owned();
            if fault == "unavailable" {
                assert!(text.contains(&detail), "{path}: {detail}");
                assert_eq!(caller.counters().await["faults"]["unavailable"], 2, "{path}: repeated once");
            }
            caller.steer("DELETE", "/control/faults", "", 204).await;
        }
        question["citizen"]["name"] = "Nguyễn Văn Mẫu Mốt".into();
        assert_eq!(service.autofill(&question).await.status, 200, "a tone is no other name");
        question["citizen"]["name"] = "Nguyễn Văn Mẫu Mộc".into();
        assert_eq!(service.autofill(&question).await.code(), "not_found", "{path}");
    }
}
