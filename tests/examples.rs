//! The golden examples of `service-catalog/examples`: 24 forms written by hand from record, form and mapping, the others
//! drafted and then read against them by somebody else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Process, json_files, root};

/// The code under which a copy of the catalogue offers the forms that no service uses.
pub const UNUSED: &str = "9.999999";

/// A request from an example file.
fn request_of(example: &Value) -> Value {
    let service = example["service"].as_str().unwrap_or(UNUSED);
    let mut request = json!({ "service": service, "citizen": { "id": example["person"] }, "form": example["form"] });
    for (key, value) in example["request"].as_object().expect("request") {
        request[key] = value.clone();
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_answered_as_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Process::serve_configured(&with_unused_forms(folder.path()), "info");
    let mut forms = BTreeMap::new();
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(root().join("service-catalog/examples")).expect("examples") {
        let folder = entry.expect("a folder").path();
        if !folder.is_dir() {
            continue;
        }
        for (stem, example) in json_files(&folder) {
            let name = format!("{}/{stem}", example["form"].as_str().expect("a form"));
            *forms.entry(example["form"].as_str().expect("a form").to_owned()).or_insert(0) += 1;
            let reply = service.autofill(&request_of(&example)).await;
            if reply.status != 200 {
                wrong.push(format!("{name}: answered {} {}", reply.status, reply.code()));
                continue;
            }
            compare(&name, &example, &reply.json(), &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    let all: Vec<String> =
        json_files(&root().join("service-catalog/mappings")).into_iter().map(|(form, _)| form).collect();
    let few: Vec<&String> = all.iter().filter(|form| forms.get(*form).is_none_or(|people| *people < 2)).collect();
    assert!(few.is_empty(), "a complete and a sparse person for every form, missing: {few:?}");
    assert!(forms.values().filter(|people| **people >= 3).count() >= 24);
}

/// A configuration for a copy of the catalogue with one more service: it offers the forms that no service uses.
pub fn with_unused_forms(folder: &Path) -> PathBuf {
    let catalog = folder.join("service-catalog");
    let mut used = BTreeSet::new();
    for part in ["province", "district", "commune", "mappings", "code-lists", "administrative-units", "people"] {
        let (from, to) = (root().join("service-catalog").join(part), catalog.join(part));
        std::fs::create_dir_all(&to).expect("a folder");
        for entry in std::fs::read_dir(&from).expect("a folder") {
            let file = entry.expect("a file");
            std::fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
        }
        if ["province", "district", "commune"].contains(&part) {
            for (_, service) in json_files(&from) {
                let forms = service["forms"].as_array().expect("forms").iter();
                used.extend(forms.map(|form| form["form"].as_str().expect("a form").to_owned()));
            }
        }
    }
    std::fs::copy(root().join("service-catalog/attributes.json"), catalog.join("attributes.json")).expect("a copy");
    let mappings = json_files(&root().join("service-catalog/mappings"));
    let unused: Vec<Value> =
        mappings.iter().filter(|(form, _)| !used.contains(form)).map(|(form, _)| json!({ "form": form })).collect();
    let service = json!({
        "$schema": "../../schemas/catalog/service.schema.json",
        "code": UNUSED, "name": { "vi": "Mẫu", "en": "Sample" }, "level": "commune", "field": "-", "ministry": "-",
        "agency": "-", "subject": "citizen", "legal_basis": [], "forms": unused,
        "provenance": { "source": ["-"], "confidence": "low" },
    });
    std::fs::write(catalog.join(format!("commune/{UNUSED}.json")), service.to_string()).expect("a service");
    let config = folder.join("diensan.toml");
    let text = format!("[catalog]\nservices = \"service-catalog\"\nschemas = \"{}/schemas\"\n", root().display());
    std::fs::write(&config, text).expect("a configuration");
    config
}

fn compare(name: &str, example: &Value, answer: &Value, wrong: &mut Vec<String>) {
    let mut reasons = serde_json::Map::new();
    let mut suggested = serde_json::Map::new();
    for (path, field) in boxes(answer) {
        match field["state"].as_str().expect("a state") {
            "empty" => {
                reasons.insert(path, field["reason"].clone());
            }
            "suggested" => {
                suggested.insert(path, field["value"].clone());
            }
            _ => {}
        }
    }
    let answered = [("data", answer["data"].clone()), ("reasons", reasons.into()), ("suggested", suggested.into())];
    for (part, answered) in answered {
        let expected = &example[part];
        let empty = serde_json::Map::new();
        let (expected, answered) = (expected.as_object().unwrap_or(&empty), answered.as_object().expect("an object"));
        for (key, value) in expected {
            if answered.get(key) != Some(value) {
                wrong.push(format!(
                    "{name} {part} {key}: expected {value}, answered {:?}",
                    answered.get(key).map(Value::to_string)
                ));
            }
        }
        for key in answered.keys().filter(|key| !expected.contains_key(*key)) {
            wrong.push(format!("{name} {part} {key}: not expected, answered {}", answered[key]));
        }
    }
}

/// Every box with its pointer into `data`; the boxes of a row stand under the list (`/list/0/column`).
fn boxes(answer: &Value) -> Vec<(String, &Value)> {
    let mut boxes = Vec::new();
    for field in answer["fields"].as_array().expect("fields") {
        let path = field["path"].as_str().expect("a path");
        boxes.push((path.to_owned(), field));
        for (index, row) in field["rows"].as_array().into_iter().flatten().enumerate() {
            for column in row.as_array().expect("a row") {
                boxes.push((format!("{path}/{index}{}", column["path"].as_str().expect("a path")), column));
            }
        }
    }
    boxes
}

/// The commands answer without HTTP; they must not answer otherwise.
#[test]
fn what_bless_computes_in_process_is_what_the_examples_hold() {
    let mut bless = std::process::Command::new(env!("CARGO_BIN_EXE_diensan"));
    let ran = bless.args(["catalog", "bless"]).current_dir(root()).output().expect("the binary runs");
    let out = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(ran.status.code(), Some(0), "{out}");
    let folders = std::fs::read_dir(root().join("service-catalog/examples")).expect("examples");
    let folders = folders.map(|entry| entry.expect("a folder").path()).filter(|path| path.is_dir());
    let examples: usize = folders.map(|folder| json_files(&folder).len()).sum();
    assert!(out.starts_with(&format!("{examples} ví dụ: không khác")), "every example was computed: {out}");
}
