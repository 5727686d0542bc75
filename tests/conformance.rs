//! Every answer that a test gets is held against the description of the API: its status and its shape must be described.

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

/// The description, as the built program prints it.
pub fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| {
        let printed = Command::new(env!("CARGO_BIN_EXE_diensan")).arg("openapi").output().expect("the program runs");
        serde_json::from_slice(&printed.stdout).expect("JSON")
    })
}

/// The described address that a path belongs to.
fn template(path: &str) -> Option<&'static str> {
    let fits = |template: &str| {
        let (parts, asked) = (template.split('/'), path.split('/'));
        parts.clone().count() == asked.clone().count()
            && parts.zip(asked).all(|(part, asked)| part.starts_with('{') && !asked.is_empty() || part == asked)
    };
    let paths = description()["paths"].as_object().expect("paths");
    // Words before parameters.
    let exact = paths.keys().find(|template| *template == path);
    exact.or_else(|| paths.keys().find(|template| fits(template))).map(String::as_str)
}

/// What a status must look like; `None`: it is not described.
fn validator(template: &'static str, status: u16) -> Option<Arc<Validator>> {
    type Made = HashMap<(&'static str, u16), Option<Arc<Validator>>>;
    static MADE: OnceLock<Mutex<Made>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().expect("no panic");
    let make = || {
        let operation = description()["paths"][template].as_object()?.values().next()?;
        let response = operation["responses"].get(status.to_string())?;
        let schema = response["content"].as_object()?.values().next()?["schema"].clone();
        let whole = json!({ "components": description()["components"], "allOf": [schema] });
        Some(Arc::new(jsonschema::draft202012::new(&whole).expect("a schema")))
    };
    made.entry((template, status)).or_insert_with(make).clone()
}

/// Panics when an answer is not as described. Addresses that are not described (pages, the simulator's) are left alone.
pub fn hold(path: &str, status: u16, content_type: &str, text: &str) {
    // A method that an address does not have cannot be described.
    if status == 405 || !(path.starts_with("/v1/") || path.starts_with("/.well-known/")) {
        return;
    }
    let Some(template) = template(path) else {
        // Before any address is looked at: a long number in the query string, a caller without a credential.
        assert!([400, 401, 403, 404].contains(&status), "an address that is not described answers {status}");
        return;
    };
    // HEAD: the same without a body.
    if text.is_empty() {
        return;
    }
    let Some(validator) = validator(template, status) else {
        panic!("{template}: the status {status} is not described")
    };
    assert!(content_type.contains("json"), "{template}: {content_type}");
    let body: Value = serde_json::from_str(text).expect("JSON");
    let wrong: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| format!("{} ({})", error.instance_path().as_str(), error.schema_path().as_str()))
        .collect();
    assert!(wrong.is_empty(), "{template} {status} {}: {wrong:?}", body["code"]);
}
