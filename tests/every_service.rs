//! Every service × every form in force × every invented person: the invariants of an answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::{Process, people};

/// The ways in which a person can come to the counter for this form.
fn citizen_roles(form: &Value) -> Vec<Option<String>> {
    let mut roles: Vec<Option<String>> = match &form["applicant"] {
        Value::Object(applicant) if applicant.contains_key("ask") => {
            let choices = applicant["ask"].as_array().expect("choices");
            choices.iter().map(|choice| choice.as_str().map(str::to_owned)).collect()
        }
        _ => vec![None],
    };
    roles.push(Some("none".to_owned()));
    roles.dedup();
    roles
}

/// Somebody for every other role: a looked-up person where the form licenses it, else the citizen.
fn further_persons(form: &Value, citizen_role: Option<&str>, other: &str) -> Value {
    let mut persons = serde_json::Map::new();
    for role in form["roles"].as_array().expect("roles") {
        let slug = role["role"].as_str().expect("a role");
        let fixed = form["applicant"]["role"].as_str();
        if citizen_role == Some(slug) || (citizen_role.is_none() && fixed == Some(slug)) {
            continue;
        }
        if citizen_role == Some("none") && role["filer"] == true {
            continue;
        }
        let person = match (role["rows"] == true, role["lookup"] == true) {
            (true, _) => json!([{ "id": other }, { "id": "999188000060" }]),
            (false, true) => json!({ "id": other }),
            (false, false) => json!({ "same_as": "citizen" }),
        };
        persons.insert(slug.to_owned(), person);
    }
    persons.into()
}

fn without_required(schema: &Value) -> jsonschema::Validator {
    let mut schema = schema.clone();
    schema.as_object_mut().expect("an object").remove("required");
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).expect("a schema")
}

fn check_no_blanks(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty() && items.iter().all(check_no_blanks),
        Value::Object(members) => !members.is_empty() && members.values().all(check_no_blanks),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn check_answer(
    name: &str,
    answer: &Value,
    schema: &Value,
    validator: &jsonschema::Validator,
    wrong: &mut Vec<String>,
) {
    let mut report = |what: &str| wrong.push(format!("{name}: {what}"));
    let data = answer["data"].as_object().expect("data");
    if let Some(error) = validator.iter_errors(&answer["data"]).next() {
        report(&format!("data does not validate at {}", error.instance_path()));
    }
    if !data.values().all(check_no_blanks) {
        report("data holds a blank");
    }
    let properties: Vec<String> =
        schema["properties"].as_object().expect("properties").keys().map(|key| format!("/{key}")).collect();
    let fields = answer["fields"].as_array().expect("fields");
    let paths: Vec<String> = fields.iter().map(|field| field["path"].as_str().expect("a path").to_owned()).collect();
    if paths != properties {
        report("fields are not the schema's properties, each once and in order");
    }
    for field in fields {
        let key = &field["path"].as_str().expect("a path")[1..];
        let state = field["state"].as_str().expect("a state");
        let in_data = data.contains_key(key);
        let sourced = field["source"].is_string() || field["sources"].is_array();
        let good = match state {
            "filled" if field["rows"].is_array() => in_data && field["locked"] == false,
            "filled" => in_data && sourced && field["locked"].is_boolean() && field["reason"].is_null(),
            "suggested" => !in_data && sourced && check_no_blanks(&field["value"]) && field["locked"].is_null(),
            "empty" => !in_data && field["reason"].is_string() && field["locked"].is_null(),
            _ => false,
        };
        if !good {
            report(&format!("field {key} is {state} in a way that does not hold together"));
        }
        // A suggestion fits its box as well as a filled value does.
        if state == "suggested" && !validator.is_valid(&json!({ key: field["value"] })) {
            report(&format!("the suggestion for {key} does not fit the schema"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_is_valid_without_blanks_and_every_property_has_one_state() {
    let service = Process::serve(&[]);
    let mut wrong = Vec::new();
    let (mut answered, mut outcomes, mut services) = (0, BTreeMap::new(), BTreeSet::new());
    for listed in service.get("/v1/services").await.json()["services"].as_array().expect("services") {
        let code = listed["code"].as_str().expect("a code");
        services.insert(code.to_owned());
        let detail = service.get(&format!("/v1/services/{code}")).await.json();
        for form in detail["forms"].as_array().expect("forms") {
            let id = form["id"].as_str().expect("an id");
            let schema = service.get(&format!("/v1/forms/{id}")).await.json();
            let validator = without_required(&schema);
            let day = form["to"].as_str().unwrap_or("2026-11-20");
            for (index, person) in people().iter().enumerate() {
                let next = people().iter().cycle().skip(index + 1);
                let other = &next.into_iter().find(|other| other.number != "999064000031").expect("somebody").number;
                for role in citizen_roles(form) {
                    for persons in [json!({}), further_persons(form, role.as_deref(), other)] {
                        let mut request = json!({ "service": code, "form": id, "dossier_date": day, "citizen": { "id": person.number } });
                        if let Some(role) = &role {
                            request["citizen_role"] = json!(role);
                        }
                        let by_gender = form["applicant"]["by_gender"].is_object() && role.is_none();
                        if !(by_gender && persons != json!({})) {
                            request["persons"] = persons;
                        }
                        let reply = service.autofill(&request).await;
                        let name = format!("{code} {id} {} {}", person.stem, role.as_deref().unwrap_or("-"));
                        if reply.status == 200 {
                            answered += 1;
                            check_answer(&name, &reply.json(), &schema, &validator, &mut wrong);
                        } else {
                            *outcomes.entry((person.stem.clone(), reply.code())).or_insert(0) += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers are wrong, first:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert_eq!(services.len(), 236);
    assert!(answered > 236 * people().len(), "{answered} answers");
    // Nobody is refused but the two records of one number and the record whose gender decides nothing.
    let refused: BTreeSet<(String, String)> = outcomes.into_keys().collect();
    let expected: BTreeSet<(String, String)> =
        [("999064000031", "multiple"), ("999064000031-2", "multiple"), ("999093000032", "citizen_role_needed")]
            .into_iter()
            .map(|(stem, code)| (stem.to_owned(), code.to_owned()))
            .collect();
    assert_eq!(refused, expected);
}
