//! The catalogue's files against the schemas that editors use, read by an independent validator.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::harness::{json_files, root};

fn schema(name: &str) -> jsonschema::Validator {
    let path = root().join(format!("schemas/catalog/{name}.schema.json"));
    let text = std::fs::read_to_string(path).expect("a schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).expect("a schema")
}

fn check(folder: &Path, name: &str) -> usize {
    let validator = schema(name);
    let files = json_files(folder);
    for (stem, value) in &files {
        if let Some(error) = validator.iter_errors(value).next() {
            panic!("{}/{stem}.json at {}: {}", folder.display(), error.instance_path(), error.masked());
        }
    }
    files.len()
}

#[test]
fn services_mappings_people_and_examples_validate() {
    let catalog = root().join("service-catalog");
    let services: usize =
        ["province", "district", "commune"].iter().map(|level| check(&catalog.join(level), "service")).sum();
    assert_eq!(services, 236);
    assert_eq!(check(&catalog.join("mappings"), "mapping"), 212);
    assert!(check(&catalog.join("people"), "person") >= 18);
    let mut examples = 0;
    for entry in std::fs::read_dir(catalog.join("examples")).expect("examples") {
        let path = entry.expect("a folder").path();
        if path.is_dir() {
            examples += check(&path, "example");
        }
    }
    assert!(examples >= 60, "{examples} examples");
}

#[test]
fn the_dictionary_validates_and_the_mapping_schema_offers_exactly_its_paths() {
    let text = std::fs::read_to_string(root().join("service-catalog/attributes.json")).expect("a dictionary");
    let dictionary: Value = serde_json::from_str(&text).expect("JSON");
    assert!(schema("attributes").is_valid(&dictionary));
    let paths: BTreeSet<&str> = dictionary["attributes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|attribute| attribute["path"].as_str().expect("a path"))
        .collect();
    let text = std::fs::read_to_string(root().join("schemas/catalog/mapping.schema.json")).expect("a schema");
    let mapping: Value = serde_json::from_str(&text).expect("JSON");
    let offered = mapping["$defs"]["attribute_path"]["anyOf"].as_array().expect("one pattern a path");
    let validators: Vec<jsonschema::Validator> =
        offered.iter().map(|one| jsonschema::draft202012::new(one).expect("a schema")).collect();
    assert_eq!(validators.len(), paths.len());
    for path in paths {
        let source = if path.starts_with("request.") { path.to_owned() } else { format!("ben_nam.{path}") };
        let source = Value::from(source);
        assert_eq!(validators.iter().filter(|validator| validator.is_valid(&source)).count(), 1, "{path}");
    }
}

#[test]
fn form_schemas_are_valid_against_the_metaschema() {
    let files = json_files(&root().join("schemas/forms"));
    assert_eq!(files.len(), 212);
    for (stem, schema) in &files {
        assert!(jsonschema::meta::is_valid(schema), "{stem}");
    }
}
