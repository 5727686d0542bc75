//! A changed catalogue comes into use without a restart: on SIGHUP and when files change, as a whole or not at all.

mod copy;
mod under_load;
mod watching;

use serde_json::{Value, json};

use crate::connections::{Upstream, request};
use crate::harness::{Process, person};
use copy::Copy;

const FAILED: &str = "diensan_catalog_reloads_total{result=\"failed\"} ";
const OK: &str = "diensan_catalog_reloads_total{result=\"ok\"} ";

/// Waits until so many reloads have ended this way.
async fn wait_for(service: &Process, line: &str, count: f64) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while service.metric(line).await < count {
        assert!(std::time::Instant::now() < deadline, "no reload: {line}\n{}", service.log_text());
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(service.metric(line).await - count < 0.5, "{line} more often than {count}");
}

async fn catalog_of(service: &Process) -> Value {
    let reply = service.get("/readyz").await;
    assert_eq!(reply.status, 200);
    let mut ready = reply.json();
    assert_eq!(ready["status"], "ready");
    ready["catalog"].take()
}

/// The title of the first field, as `GET /v1/services/{code}` tells it.
async fn first_title(service: &Process) -> String {
    let detail = service.get(&format!("/v1/services/{}", copy::SERVICE)).await.json();
    detail["forms"][0]["fields"][0]["title"].as_str().expect("a title").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_brings_a_changed_label_into_use() {
    let copy = Copy::new();
    let service = Process::serve_configured(&copy.config(false), "info");
    assert_eq!(first_title(&service).await, "Kính gửi");
    let before = catalog_of(&service).await;
    assert_eq!(before["last_reload"], Value::Null);
    copy.replace(copy::SCHEMA, "\"Kính gửi\"", "\"Kính gửi cơ quan\"");
    service.signal("HUP");
    wait_for(&service, OK, 1.0).await;
    assert_eq!(first_title(&service).await, "Kính gửi cơ quan");
    let form = service.get(&format!("/v1/forms/{}", copy::FORM)).await.json();
    assert_eq!(form["properties"]["kinh_gui"]["title"], "Kính gửi cơ quan");
    let after = catalog_of(&service).await;
    assert_eq!((&after["services"], &after["forms"]), (&before["services"], &before["forms"]));
    assert_ne!(after["version"], before["version"]);
    assert!(after["loaded_at"].as_str() > before["loaded_at"].as_str(), "{before} {after}");
    assert_eq!((&after["last_reload"]["result"], &after["last_reload"]["findings"]), (&json!("ok"), &json!(0)));
    // The version is made from names and texts: the old text is the old version.
    copy.replace(copy::SCHEMA, "\"Kính gửi cơ quan\"", "\"Kính gửi\"");
    service.signal("HUP");
    wait_for(&service, OK, 2.0).await;
    assert_eq!(catalog_of(&service).await["version"], before["version"]);
    assert!(service.log_text().contains("\"message\":\"catalogue reloaded\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_mapping_keeps_the_old_catalogue_until_it_is_mended() {
    let copy = Copy::new();
    let service = Process::serve_configured(&copy.config(false), "info");
    let before = catalog_of(&service).await;
    copy.replace(copy::SCHEMA, "\"Kính gửi\"", "\"Kính gửi cơ quan\"");
    copy.replace(copy::MAPPING, "\"nguoi_yeu_cau.ho_va_ten\"", "\"nguoi_yeu_cau.ho_va_tenn\"");
    service.signal("HUP");
    wait_for(&service, FAILED, 1.0).await;
    assert_eq!(first_title(&service).await, "Kính gửi", "nothing of the new catalogue is in use");
    let asked = json!({ "service": copy::SERVICE, "citizen": { "id": "999085000001" } });
    assert_eq!(service.autofill(&asked).await.json()["fields"][1]["state"], "filled");
    let failed = catalog_of(&service).await;
    assert_eq!((&failed["version"], &failed["loaded_at"]), (&before["version"], &before["loaded_at"]));
    assert_eq!(failed["last_reload"]["result"], "failed");
    assert!(failed["last_reload"]["at"].as_str() > before["loaded_at"].as_str());
    assert_eq!(service.metric("diensan_catalog_last_reload_success ").await, 0.0);
    assert!(service.metric("diensan_catalog_last_reload_timestamp_seconds ").await > 1.7e9);
    let log = service.log_text();
    let findings: Vec<Value> = log
        .lines()
        .filter(|line| line.contains("\"catalogue finding\""))
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    // The unknown attribute, and every service whose form has a finding.
    assert_eq!(failed["last_reload"]["findings"], findings.len());
    let finding = findings.iter().find(|finding| finding["rule"] == "unknown_attribute").expect("the finding");
    assert!(finding["file"].as_str().is_some_and(|file| file.ends_with(copy::MAPPING)), "{finding}");
    assert_eq!(finding["line"], copy.line_of(copy::MAPPING, "ho_va_tenn"));

    copy.replace(copy::MAPPING, "\"nguoi_yeu_cau.ho_va_tenn\"", "\"nguoi_yeu_cau.ho_va_ten\"");
    service.signal("HUP");
    wait_for(&service, OK, 1.0).await;
    assert_eq!(first_title(&service).await, "Kính gửi cơ quan");
    assert_eq!(catalog_of(&service).await["last_reload"]["result"], "ok");
    assert_eq!(service.metric("diensan_catalog_last_reload_success ").await, 1.0);
    assert_eq!(service.metric(FAILED).await, 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_show_one_version_and_count_from_the_start() {
    let copy = Copy::new();
    let service = Process::serve_configured(&copy.config(false), "info");
    let metrics = service.get("/metrics").await.text;
    for line in [
        "diensan_catalog_reloads_total{result=\"ok\"} 0",
        "diensan_catalog_reloads_total{result=\"failed\"} 0",
        "diensan_catalog_last_reload_success 1",
        "diensan_catalog_last_reload_timestamp_seconds 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in\n{metrics}");
    }
    copy.replace(copy::SERVICE_FILE, "\"Hộ tịch\"", "\"Hộ tịch và quốc tịch\"");
    copy.remove("service-catalog/province/1.000100.json");
    service.signal("HUP");
    wait_for(&service, OK, 1.0).await;
    let version = catalog_of(&service).await["version"].as_str().expect("a version").to_owned();
    assert!(version.len() == 12 && version.bytes().all(|byte| byte.is_ascii_hexdigit()), "{version}");
    let metrics = service.get("/metrics").await.text;
    let shown: Vec<&str> = metrics.lines().filter(|line| line.starts_with("diensan_catalog_version_info{")).collect();
    assert_eq!(shown, [format!("diensan_catalog_version_info{{version=\"{version}\"}} 1")]);
    let services = service.get("/v1/services").await.json()["count"].as_f64();
    assert_eq!(Some(service.metric("diensan_catalog_entries{kind=\"services\"} ").await), services);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_takes_more_after_the_reload_never_uses_what_was_kept_for_less() {
    let copy = Copy::new();
    let upstream = Upstream::start();
    let service = Process::serve_configured(&copy.move_in(&upstream.config("direct", "", "")), "info");
    let asked = request(copy::SERVICE, person("999085000001"));
    let cached = async || {
        let answer = service.autofill(&asked).await.json();
        let noi_lap = answer["fields"].as_array().expect("fields").iter().find(|field| field["path"] == "/noi_lap");
        let state = noi_lap.expect("the field")["state"].as_str().expect("a state").to_owned();
        (answer["lookups"][0]["cached"] == true, state, answer["data"]["noi_lap"].clone())
    };
    assert_eq!(cached().await, (false, "empty".to_owned(), Value::Null));
    assert_eq!(cached().await, (true, "empty".to_owned(), Value::Null));
    // Another label takes nothing more of the record: what is cached still serves.
    copy.replace(copy::SCHEMA, "\"Kính gửi\"", "\"Kính gửi cơ quan\"");
    service.signal("HUP");
    wait_for(&service, OK, 1.0).await;
    assert_eq!(cached().await, (true, "empty".to_owned(), Value::Null));
    assert_eq!(upstream.calls("/direct/037").await, 1);

    copy.replace(copy::MAPPING, "    \"noi_lap\",\n", "");
    let first = "    \"nguoi_yeu_cau_ho_ten\":";
    let more = format!("    \"noi_lap\": \"nguoi_yeu_cau.cha.ho_va_ten\",\n{first}");
    copy.replace(copy::MAPPING, first, &more);
    service.signal("HUP");
    wait_for(&service, OK, 2.0).await;
    assert_eq!(cached().await, (false, "filled".to_owned(), json!("NGUYỄN VĂN MẪU CHA")));
    assert_eq!(cached().await, (true, "filled".to_owned(), json!("NGUYỄN VĂN MẪU CHA")));
    assert_eq!(upstream.calls("/direct/037").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_the_sandbox_stay_as_at_the_start() {
    let copy = Copy::new();
    let service = Process::serve_configured(&copy.config(false), "info");
    copy.remove("service-catalog/people/999085000001.json");
    service.signal("HUP");
    wait_for(&service, OK, 1.0).await;
    let asked = json!({ "service": copy::SERVICE, "citizen": { "id": "999085000001" } });
    assert_eq!(service.autofill(&asked).await.status, 200);
}
