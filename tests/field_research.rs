//! The field research (`field-research.csv`: form, field, the person whose field it is, the register attribute that can
//! fill it): every row is filled from that attribute, or the mapping says why not and `docs/mapping-exceptions.md` counts it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::examples::{UNUSED, with_unused_forms};
use crate::harness::{Process, json_files, root};

/// People who together have a value for every attribute: one with every group, one whose name is in three parts, one with
/// new units, a child with a representative, one with religion and blood group.
const COMPLETE: [&str; 5] = ["999187000004", "999186000034", "999200000027", "999219000006", "999148000005"];

/// Row of the research: form, field, attribute.
type Row = (String, String, String);

fn research() -> Vec<Row> {
    let mut reader = csv::Reader::from_path(root().join("tests/field-research.csv")).expect("the research");
    reader
        .records()
        .map(|record| record.expect("a row"))
        .map(|row| (row[0].into(), row[1].into(), row[3].into()))
        .collect()
}

/// The sources of a mapping line, `role.attribute` each; of a list field those of its columns.
fn sources(line: &Value, found: &mut Vec<String>) {
    match line {
        Value::String(source) => found.push(source.clone()),
        Value::Array(parts) => parts.iter().for_each(|part| sources(part, found)),
        Value::Object(members) => {
            for word in ["from", "first_of", "compose", "fields"] {
                if let Some(part) = members.get(word) {
                    sources(part, found);
                }
            }
            if !["from", "first_of", "compose"].iter().any(|word| members.contains_key(*word)) {
                members.iter().filter(|(key, _)| *key != "note").for_each(|(_, part)| sources(part, found));
            }
        }
        _ => {}
    }
}

/// Whether a source is this attribute, or a part of it, or the group that holds it.
fn is_of(source: &str, attribute: &str) -> bool {
    let path = source.split_once('.').map_or("", |(_, path)| path);
    let within = |inner: &str, outer: &str| {
        inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
    };
    // A relative's value may come from the relative's own record.
    let own = attribute.split_once('.').is_some_and(|(_, rest)| rest == path);
    // The number falls back to the nine-digit one where the box takes either.
    own || within(path, attribute) || within(attribute, path) || (attribute == "so_dinh_danh" && path == "so_cmnd")
}

fn said(notes: &[&Value]) -> bool {
    notes.iter().any(|note| note.as_str().is_some_and(|note| !note.trim().is_empty()))
}

/// The service that offers a form and a day on which it does.
fn offered() -> BTreeMap<String, (String, String)> {
    let mut offered = BTreeMap::new();
    for level in ["province", "district", "commune"] {
        for (code, service) in json_files(&root().join("service-catalog").join(level)) {
            for form in service["forms"].as_array().expect("forms") {
                let day = form["to"].as_str().unwrap_or("2026-11-20").to_owned();
                offered.insert(form["form"].as_str().expect("a form").to_owned(), (code.clone(), day));
            }
        }
    }
    offered
}

/// The fields that are filled for a complete person who holds `role`, with their sources.
async fn filled(
    service: &Process,
    form: &str,
    (code, day): &(String, String),
    role: &str,
    rows: bool,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    // Boxes for the district exist only before its end, boxes for the new units only after.
    for day in [day.as_str(), "2025-06-30"] {
        for person in COMPLETE {
            let mut request =
                json!({ "service": code, "form": form, "dossier_date": day, "citizen": { "id": person } });
            if rows {
                request["persons"] = json!({ role: [{ "id": person }] });
                request["citizen_role"] = "none".into();
            } else {
                request["citizen_role"] = role.into();
            }
            let reply = service.autofill(&request).await;
            if reply.status == 200 {
                collect(&reply.json()["fields"], None, &mut found);
            }
        }
    }
    found
}

fn collect(fields: &Value, list: Option<&str>, found: &mut Vec<(String, String)>) {
    for field in fields.as_array().into_iter().flatten().filter(|field| field["state"] == "filled") {
        // The columns of a list count for the list.
        let name = list.unwrap_or_else(|| &field["path"].as_str().expect("a path")[1..]).to_owned();
        let mut add = |source: &Value| found.push((name.clone(), source.as_str().expect("a source").to_owned()));
        match &field["sources"] {
            Value::Array(sources) => sources.iter().for_each(add),
            _ if field["source"].is_string() => add(&field["source"]),
            _ => {}
        }
        for row in field["rows"].as_array().into_iter().flatten() {
            collect(row, Some(&name), found);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_that_the_register_can_fill_is_filled_or_its_mapping_says_why_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Process::serve_configured(&with_unused_forms(folder.path()), "info");
    let offered = offered();
    let mappings: BTreeMap<String, Value> = json_files(&root().join("service-catalog/mappings")).into_iter().collect();
    let mut by_form: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in research() {
        by_form.entry(row.0.clone()).or_default().push(row);
    }
    let (mut outright, mut suggested, mut manual, mut wrong) = (0, 0, 0, Vec::new());
    for (form, rows) in by_form {
        let mapping = &mappings[&form];
        let unused = (UNUSED.to_owned(), "2026-11-20".to_owned());
        let place = offered.get(&form).unwrap_or(&unused);
        let mut answers: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for (_, field, attribute) in rows {
            let line = &mapping["fields"][&field];
            let mut all = Vec::new();
            sources(line, &mut all);
            let from: Vec<&String> = all.iter().filter(|source| is_of(source, &attribute)).collect();
            if line.is_null() || from.is_empty() {
                manual += 1;
                if !said(&[&line["note"], &mapping["note"]]) {
                    wrong.push(format!("{form} {field}: not mapped from {attribute}, and no note says why"));
                }
                continue;
            }
            if line["suggest"] == true {
                suggested += 1;
                if !said(&[&line["note"], &mapping["note"]]) {
                    wrong.push(format!("{form} {field}: only suggested, and no note says why"));
                }
                continue;
            }
            outright += 1;
            let mut filled_from = false;
            for source in from {
                let role = source.split('.').next().expect("a role").to_owned();
                let is_list = mapping["persons"][&role]["rows"] == true || !line["rows"].is_null();
                if !answers.contains_key(&role) {
                    answers.insert(role.clone(), filled(&service, &form, place, &role, is_list).await);
                }
                filled_from |= answers[&role].iter().any(|(name, by)| *name == field && is_of(by, &attribute));
            }
            if !filled_from {
                wrong.push(format!("{form} {field}: no complete person has it filled from {attribute}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} fields:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((outright, suggested, manual), (1201, 194, 39), "outright, suggested, manual");
    let told = std::fs::read_to_string(root().join("docs/mapping-exceptions.md")).expect("the list of exceptions");
    for words in
        ["1,201 are filled", &format!("## Manual: {manual} fields"), &format!("## Suggested: {suggested} fields")]
    {
        assert!(told.contains(words), "docs/mapping-exceptions.md does not say {words:?}");
    }
}
