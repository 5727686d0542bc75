//! No personal data in logs, metrics and error texts, at the most talkative log level.

use serde_json::json;

use crate::connections::{Upstream, request};
use crate::harness::{Process, Reply, people, personal_data_in, query_of};

/// The search itself must be able to find something.
#[test]
fn the_search_for_personal_data_finds_it_in_every_encoding() {
    for text in [
        "… 999085000001 …",
        "NGUYỄN VĂN MẪU MỘT",
        "NGUYENVANMAUMOT",
        "NGUY%E1%BB%84N%20V%C4%82N%20M%E1%BA%AAU%20M%E1%BB%98T",
        "\\u004eGUY\\u1ec4N", // not searched: only non-ASCII is escaped
        "NGUY\\u1ec4N V\\u0102N M\\u1eaaU M\\u1ed8T",
        "19850312",
        "1985-03-12",
    ] {
        let expected = !text.starts_with("\\u004e");
        assert_eq!(!personal_data_in(text).is_empty(), expected, "{}", text.len());
    }
    assert!(personal_data_in("request_id=… route=/v1/autofill status=200 took_us=1500").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_at_trace_level_metrics_and_problems_hold_no_personal_data() {
    let upstream = Upstream::start();
    for profile in ["direct", "lgsp-soap"] {
        let service = Process::serve_configured(&upstream.config(profile, "budget = \"2s\"", ""), "trace");
        for person in people() {
            let mut asked = request("2.000986", person);
            asked["persons"] = json!({ "me": query_of(person), "cha": { "same_as": "citizen" } });
            asked["typed"] = json!({ "nguoi_yeu_cau_ho_ten": person.record["ho_va_ten"].as_str().unwrap_or("MẪU") });
            let _ = service.autofill(&asked).await;
            // The same data where it does not belong: keys, roles, codes, headers, addresses.
            let name = query_of(person)["name"].as_str().expect("a name").to_owned();
            for body in [
                json!({ "service": name, "citizen": query_of(person) }),
                json!({ "service": "1.000894", "citizen": query_of(person), name.as_str(): name }),
                json!({ "service": "1.000894", "citizen": query_of(person), "persons": { person.number.as_str(): query_of(person) } }),
                json!({ "service": "1.000894", "citizen": query_of(person), "typed": { name.as_str(): name } }),
                json!({ "service": "1.000894", "citizen": { "qr": format!("{}|{name}", person.number) } }),
                json!({ "service": "1.000894", "citizen": { "id": person.number, "name": name, "birth_date": name } }),
            ] {
                let reply = service.autofill(&body).await;
                assert!(reply.status >= 400, "{}", reply.status);
                assert_eq!(personal_data_in(&reply.text), [""; 0], "a problem document");
            }
            let number = &person.number;
            for path in [
                format!("/v1/services/{number}"),
                format!("/v1/forms/{number}"),
                format!("/{number}"),
                format!("/v1/services?id={number}"),
            ] {
                let reply = service.get(&path).await;
                assert!(matches!(reply.status, 400 | 404), "{}", reply.status);
                assert_eq!(personal_data_in(&reply.text), [""; 0], "a problem document");
            }
        }
        for number in ["999099000500", "999099000200", "999099000240", "999099000230", "999099000403", "999099000502"] {
            let body = json!({
                "service": "1.000656", "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007",
                "citizen": { "id": number, "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" },
            });
            assert_eq!(personal_data_in(&service.autofill(&body).await.text), [""; 0], "a problem document");
        }
        assert_eq!(personal_data_in(&service.get("/metrics").await.text), [""; 0], "metrics");
        let log = service.log_text();
        assert!(log.lines().count() > 200, "the log was talkative");
        assert_eq!(personal_data_in(&log), [""; 0], "the log");
        for secret in ["khong-phai-bi-mat", "eyJBY2Nlc3NLZXki", "bW8tcGhvbmc6", "Bearer "] {
            assert!(!log.contains(secret), "the log holds a secret");
        }
    }
    assert_eq!(personal_data_in(&upstream.simulator.log_text()), [""; 0], "the simulator's log");
}

/// Every route that there is, with and without the right method, and what is no route at all.
const ROUTES: &[&str] = &[
    "/v1/autofill",
    "/v1/services",
    "/v1/services/1.000894",
    "/v1/services/9.999999",
    "/v1/forms/nd20-mau-1a",
    "/v1/forms/none",
    "/healthz",
    "/readyz",
    "/metrics",
    "/",
    "/nope",
    "/v1/services?so=999198000022",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_every_route_says_that_it_is_neither_kept_nor_sniffed() {
    let service = Process::serve(&[]);
    let client = crate::harness::client();
    let mut statuses = std::collections::BTreeSet::new();
    for route in ROUTES {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            for body in ["", "{", r#"{"service":"1.000894","citizen":{"id":"999198000022"}}"#] {
                let request = client.request(method.parse().expect("a method"), format!("{}{route}", service.address));
                let request = request.header("Content-Type", "application/json").body(body);
                let reply = Reply::of(request.send().await.expect("an answer")).await;
                let told = (reply.header("cache-control"), reply.header("x-content-type-options"));
                assert_eq!(told, ("no-store", "nosniff"), "{method} {route}: {}", reply.status);
                assert!(!reply.header("content-type").contains("html"), "{method} {route}");
                statuses.insert(reply.status);
            }
        }
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [200, 400, 404, 405], "what was tried");
}

#[test]
fn no_process_of_ours_can_leave_a_core_dump() {
    for process in [Process::serve(&[]), Process::simulate()] {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.pid())).expect("limits");
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
        let told: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
        assert_eq!(told, ["0", "0"], "{core}");
    }
}

/// Nothing secret stands in the environment: neither the process's own nor that of a child, of which there are none.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_stands_in_the_environment_and_there_are_no_child_processes() {
    let upstream = Upstream::start();
    let service = upstream.serve("lgsp-soap");
    let reply = service.autofill(&request("1.000894", crate::harness::person("999198000022"))).await;
    assert_eq!(reply.status, 200);
    for pid in [service.pid(), upstream.simulator.pid()] {
        let folder = std::path::PathBuf::from(format!("/proc/{pid}"));
        // Not readable for others, also of the same user, since nothing of the process may be dumped.
        if let Ok(environment) = std::fs::read(folder.join("environ")) {
            crate::harness::assert_clean("the environment", &environment);
        }
        for thread in std::fs::read_dir(folder.join("task")).expect("threads").filter_map(Result::ok) {
            let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            assert_eq!(children.trim(), "", "a child process");
        }
    }
}
