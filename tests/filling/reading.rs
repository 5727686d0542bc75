//! Reading the catalogue and what operators ask: services, forms, health, metrics.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{BIRTH, HUSBAND, MARRIAGE, NOBODY, request};
use crate::harness::{Process, client, json_files, root};

const LEVELS: [&str; 3] = ["province", "district", "commune"];

#[tokio::test(flavor = "multi_thread")]
async fn all_services_are_listed_by_level_and_code() {
    let service = Process::serve(&[]);
    let reply = service.get("/v1/services").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert_eq!(reply.header("cache-control"), "no-store");
    let listed = reply.json();
    assert_eq!(listed["count"], 236);
    let mut expected = Vec::new();
    for level in LEVELS {
        for (code, file) in json_files(&root().join("service-catalog").join(level)) {
            expected.push((level.to_owned(), code, file["name"].clone(), file["successor"].clone()));
        }
    }
    let services = listed["services"].as_array().expect("services").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let answered: Vec<_> = services
        .map(|service| {
            (text(&service["level"]), text(&service["code"]), service["name"].clone(), service["successor"].clone())
        })
        .collect();
    assert_eq!(answered, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_tells_each_field_of_its_forms_once_and_as_the_mapping_says() {
    let service = Process::serve(&[]);
    let mappings = json_files(&root().join("service-catalog/mappings"));
    let schemas = json_files(&root().join("schemas/forms"));
    for level in LEVELS {
        for (code, file) in json_files(&root().join("service-catalog").join(level)) {
            let detail = service.get(&format!("/v1/services/{code}")).await.json();
            for member in
                ["code", "name", "level", "field", "ministry", "agency", "subject", "legal_basis", "successor"]
            {
                assert_eq!(detail[member], file[member], "{code} {member}");
            }
            let forms = detail["forms"].as_array().expect("forms");
            assert_eq!(forms.len(), file["forms"].as_array().expect("forms").len(), "{code}");
            for (form, stated) in forms.iter().zip(file["forms"].as_array().expect("forms")) {
                let id = form["id"].as_str().expect("an id");
                assert_eq!(
                    (&form["id"], &form["from"], &form["to"]),
                    (&stated["form"], &stated["from"], &stated["to"])
                );
                let named = |files: &[(String, Value)], name: &str| {
                    files.iter().find(|(stem, _)| stem == name).expect("a file").1.clone()
                };
                check_form(form, &named(&mappings, id), &named(&schemas, &format!("{id}.schema")));
            }
        }
    }
}

fn check_form(form: &Value, mapping: &Value, schema: &Value) {
    let id = &form["id"];
    let fields = form["fields"].as_array().expect("fields");
    let paths: Vec<&str> = fields.iter().filter_map(|field| field["path"].as_str()).collect();
    let properties = schema["properties"].as_object().expect("properties");
    let expected: Vec<String> = properties.keys().map(|key| format!("/{key}")).collect();
    assert_eq!(paths, expected, "{id}: each field once, in the order of the form");
    let required: BTreeSet<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for field in fields {
        let key = &field["path"].as_str().expect("a path")[1..];
        assert_eq!(field["title"], properties[key]["title"], "{id} {key}");
        assert_eq!(field["required"], required.contains(key), "{id} {key}");
        let manual = mapping["manual"].as_array().expect("manual").iter().any(|manual| manual == key);
        assert_eq!(field["manual"], manual, "{id} {key}");
        assert_eq!(mapping["fields"].get(key).is_none(), manual, "{id} {key}");
        let filled_from = if field["rows"].is_null() { &field["sources"] } else { &field["columns"] };
        assert_eq!(filled_from.as_array().is_some_and(|sources| !sources.is_empty()), !manual, "{id} {key}");
        assert!(!(field["suggested"] == true && field["locked"] == true), "{id} {key}: suggested and locked");
    }
    let roles: BTreeSet<&str> =
        form["roles"].as_array().expect("roles").iter().filter_map(|role| role["role"].as_str()).collect();
    let persons = mapping["persons"].as_object().expect("persons");
    assert_eq!(roles, persons.keys().map(String::as_str).collect(), "{id}");
    for role in form["roles"].as_array().expect("roles") {
        let person = &persons[role["role"].as_str().expect("a role")];
        assert_eq!(role["label"], person["label"]);
        assert_eq!(role["lookup"], person["lookup"] == true);
        assert_eq!(role["filer"], person["filer"] == true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_published_as_its_schema_file() {
    let service = Process::serve(&[]);
    let schemas = json_files(&root().join("schemas/forms"));
    assert_eq!(schemas.len(), 212);
    for (stem, schema) in schemas {
        let id = stem.strip_suffix(".schema").expect("a schema file");
        let reply = service.get(&format!("/v1/forms/{id}")).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, "application/schema+json"), "{id}");
        // As text too, so that the order of the properties is the one of the paper.
        let text = |schema: &Value| serde_json::to_string(schema).expect("a text");
        assert!(text(&reply.json()) == text(&schema), "{id} is not the file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_readiness_are_told() {
    let service = Process::serve(&[]);
    let health = service.get("/healthz").await;
    assert_eq!((health.status, health.json()), (200, json!({ "status": "ok" })));
    let ready = service.get("/readyz").await;
    let told = ready.json();
    let catalog = &told["catalog"];
    let expected = json!({ "status": "ready", "connections": ["sandbox"], "journal": null, "catalog": {
        "services": 236, "forms": 212, "version": catalog["version"], "loaded_at": catalog["loaded_at"], "last_reload": null,
    } });
    assert_eq!((ready.status, &told), (200, &expected));
    assert!(catalog["version"].is_string() && catalog["loaded_at"].is_string(), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_answers_like_get_without_the_body() {
    let service = Process::serve(&[]);
    for path in ["/healthz", "/readyz", "/v1/services", "/v1/services/1.000894", "/v1/forms/nd20-mau-1a", "/metrics"] {
        let get = service.get(path).await;
        let head = client().head(format!("{}{path}", service.address)).send().await.expect("an answer");
        assert_eq!(head.status().as_u16(), 200, "{path}");
        let header = |name: &str| head.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(header("content-type"), get.header("content-type"), "{path}");
        if path != "/metrics" {
            assert_eq!(header("content-length"), get.text.len().to_string(), "{path}");
        }
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert!(head.text().await.expect("a body").is_empty(), "{path} has a body");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_help_and_type_and_their_counters_move() {
    let service = Process::serve(&[]);
    let lines = [
        "diensan_http_requests_total{method=\"POST\",route=\"/v1/autofill\",status=\"200\"}",
        "diensan_http_requests_total{method=\"POST\",route=\"/v1/autofill\",status=\"404\"}",
        "diensan_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"}",
        "diensan_http_request_duration_seconds_count{route=\"/v1/autofill\"}",
        "diensan_lookups_total{cause=\"\",connection=\"sandbox\",outcome=\"found\"}",
        "diensan_lookups_total{cause=\"\",connection=\"sandbox\",outcome=\"not_found\"}",
        "diensan_lookup_duration_seconds_count{connection=\"sandbox\"}",
        "diensan_cache_requests_total{result=\"miss\"}",
        "diensan_cache_requests_total{result=\"hit\"}",
        "diensan_cache_requests_total{result=\"refresh\"}",
        "diensan_fields_total{result=\"filled\",service=\"1.001193\"}",
        "diensan_fields_total{result=\"manual\",service=\"1.001193\"}",
        "diensan_fields_total{result=\"person_not_asked\",service=\"1.001193\"}",
    ];
    for line in lines {
        assert!(service.metric(line).await.abs() < 0.1, "{line} does not start at nothing");
    }
    let good = request(BIRTH, HUSBAND, json!({}));
    for body in
        [&good, &good, &request(BIRTH, HUSBAND, json!({ "refresh": true })), &request(MARRIAGE, NOBODY, json!({}))]
    {
        service.autofill(body).await;
    }
    service.get("/nope/999085000001").await;
    let expected = [3.0, 1.0, 1.0, 4.0, 2.0, 1.0, 3.0, 2.0, 1.0, 1.0, 9.0, 42.0, 30.0];
    for (line, expected) in lines.into_iter().zip(expected) {
        let value = service.metric(line).await;
        assert!((value - expected).abs() < 0.1, "{line} is {value}, not {expected}");
    }
    // The cache counts its bytes once a second.
    let mut bytes = 0.0;
    for _ in 0..30 {
        bytes = service.metric("diensan_cache_bytes").await;
        if bytes > 300.0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(bytes > 300.0, "{bytes} bytes for a record");
    assert!((service.metric("diensan_catalog_entries{kind=\"services\"}").await - 236.0).abs() < 0.1);
    assert!((service.metric("diensan_catalog_entries{kind=\"forms\"}").await - 212.0).abs() < 0.1);
    let reply = service.get("/metrics").await;
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for sample in reply.text.lines().filter(|line| !line.starts_with('#')) {
        let name = sample.split(['{', ' ']).next().expect("a name");
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        // What every process tells has the names that all client libraries give it.
        assert!(family.starts_with("diensan_") || family.starts_with("process_"), "{name}");
        assert!(reply.text.contains(&format!("# HELP {family} ")), "{family} has no help");
        assert!(reply.text.contains(&format!("# TYPE {family} ")), "{family} has no type");
    }
    assert!(!reply.text.contains("999085000001"), "a path is a label");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_default_form_is_the_portals_block_says_so() {
    let service = Process::serve(&[]);
    let list = service.get("/v1/services").await.json();
    let block = ["thong-tin-nguoi-nop-ho-so", "nguoi-nop-va-chu-ho-so"];
    let mut told = 0;
    for listed in list["services"].as_array().expect("services") {
        let first = listed["forms"][0].as_str().expect("a form");
        let code = listed["code"].as_str().expect("a code");
        if block.contains(&first) {
            let note = service.get(&format!("/v1/services/{code}")).await.json()["note"].clone();
            assert!(note.as_str().is_some_and(|note| note.contains("khối thông tin người nộp")), "{code}: {note}");
            told += 1;
        }
    }
    assert_eq!(told, 25);
}
