//! The golden examples of `service-catalog/examples`, written by hand from record, form and mapping.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Process, json_files, root};

/// A request from an example file.
fn request_of(example: &Value) -> Value {
    let mut request =
        json!({ "service": example["service"], "citizen": { "id": example["person"] }, "form": example["form"] });
    for (key, value) in example["request"].as_object().expect("request") {
        request[key] = value.clone();
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_answered_as_it_was_written_by_hand() {
    let service = Process::serve(&[]);
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
    assert!(forms.len() >= 20, "examples for {} forms", forms.len());
    assert!(forms.values().all(|people| *people >= 3), "three people a form: {forms:?}");
}

fn compare(name: &str, example: &Value, answer: &Value, wrong: &mut Vec<String>) {
    let mut reasons = serde_json::Map::new();
    let mut suggested = serde_json::Map::new();
    for field in answer["fields"].as_array().expect("fields") {
        let path = field["path"].as_str().expect("a path").to_owned();
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
