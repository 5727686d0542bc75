//! The description of the API: what two outside tools say of it, and that it is what is served. Every answer of the whole
//! suite is held against it as well (`conformance`).

use std::process::Command;
use std::sync::Once;

use serde_json::Value;

use crate::conformance::description;
use crate::harness::{Process, root};

/// Random requests for each operation; more on demand.
const PROBES: &str = "DIENSAN_PROBES";

fn run(arguments: &[&str]) -> (bool, String, String) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let installed = Command::new(root().join("tests/openapi/run.sh")).arg("install").status();
        assert!(installed.expect("the script runs").success());
    });
    let output = Command::new(root().join("tests/openapi/run.sh")).args(arguments).output().expect("the script runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_lint_finds_nothing_to_mend() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, description().to_string()).expect("written");
    let (_, told, errors) = run(&["lint", file.to_str().expect("UTF-8")]);
    let report: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("no report: {told}\n{errors}"));
    assert_eq!((&report["totals"]["errors"], &report["totals"]["warnings"]), (&0.into(), &0.into()), "{report:#}");
}

#[tokio::test]
async fn random_requests_meet_no_fault_and_no_answer_that_is_not_described() {
    let service = Process::serve(&[]);
    let count = std::env::var(PROBES).unwrap_or_else(|_| "40".to_owned());
    let (good, told, errors) = run(&["probe", &service.address, &count]);
    assert!(good, "{told}\n{errors}");
    // 11 operations, more than one request each: what was not tried would be good too.
    let tried = told.lines().find_map(|line| line.trim().split_once(" generated, ")).map(|(count, _)| count.to_owned());
    assert!(tried.and_then(|count| count.parse::<u32>().ok()).is_some_and(|count| count > 200), "{told}");
}

#[tokio::test]
async fn what_is_served_is_what_the_command_prints_and_names_every_address_for_programs() {
    let service = Process::serve(&[]);
    let served = service.get("/openapi.json").await.json();
    assert_eq!(&served, description());
    assert_eq!(served["openapi"], "3.1.0");
    for (path, methods) in served["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let path = path.replace("{code}", "1.005099").replace("{id}", "don-chuyen-truong-tieu-hoc");
            let reply = service.send(&method.to_uppercase(), &path, None).await;
            assert!(![404, 405].contains(&reply.status), "{method} {path}: {}", reply.status);
        }
    }
}

#[tokio::test]
async fn the_page_of_the_description_loads_nothing_from_elsewhere() {
    let service = Process::serve(&[]);
    let page = service.get("/docs/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    let mut loaded = 0;
    for part in page.text.split(['"', '\'']).filter(|part| part.ends_with(".js") || part.ends_with(".css")) {
        assert!(!part.contains("//"), "{part}");
        let name = part.trim_start_matches("./");
        let file = service.get(&format!("/docs/{name}")).await;
        assert_eq!(file.status, 200, "{name}");
        loaded += 1;
    }
    assert!(loaded >= 4, "{}", page.text);
    assert!(service.get("/docs/swagger-initializer.js").await.text.contains("/openapi.json"));
    assert_eq!(service.get("/docs/none.js").await.status, 404);
}
