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

/// The schema that an editor loads for a file: the path in its `$schema`, from where the file is.
fn schema_beside(file: &Path) -> (std::path::PathBuf, Value) {
    let value: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("a file")).expect("JSON");
    let relative = value["$schema"].as_str().expect("a relative path");
    let path = file.parent().expect("a folder").join(relative).canonicalize().expect("the schema exists");
    let schema = serde_json::from_str(&std::fs::read_to_string(&path).expect("a schema")).expect("JSON");
    (path, schema)
}

/// What a schema offers for a value while it is typed: references and alternatives followed, label and inserted text.
fn offered<'s>(root: &'s Value, schema: &'s Value, found: &mut Vec<(&'s str, &'s str)>) {
    if let Some(pointer) = schema["$ref"].as_str() {
        offered(root, root.pointer(pointer.trim_start_matches('#')).expect("a definition"), found);
    }
    for snippet in schema["defaultSnippets"].as_array().into_iter().flatten() {
        found.push((snippet["label"].as_str().expect("a label"), snippet["body"].as_str().expect("a body")));
    }
    for alternative in schema["anyOf"].as_array().into_iter().flatten() {
        offered(root, alternative, found);
    }
}

#[test]
fn an_editor_offers_every_attribute_with_its_vietnamese_label_for_a_source() {
    let (path, schema) = schema_beside(&root().join("service-catalog/mappings/ct01.json"));
    assert_eq!(path, root().join("schemas/catalog/mapping.schema.json").canonicalize().expect("a path"));
    let text = std::fs::read_to_string(root().join("service-catalog/attributes.json")).expect("a dictionary");
    let dictionary: Value = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::draft202012::new(&serde_json::json!({
        "$ref": "#/$defs/source", "$defs": schema["$defs"],
    }))
    .expect("a schema");
    let line = &schema["$defs"]["source"]["anyOf"];
    let places = [
        &schema["properties"]["fields"]["additionalProperties"],
        &line[1]["properties"]["from"],
        &line[2]["properties"]["first_of"]["items"],
        &line[3]["properties"]["compose"]["items"],
        &line[4]["properties"]["columns"]["additionalProperties"],
    ];
    for place in places {
        let mut offers = Vec::new();
        offered(&schema, place, &mut offers);
        for attribute in dictionary["attributes"].as_array().expect("a list") {
            let (path, label) =
                (attribute["path"].as_str().expect("a path"), attribute["label"]["vi"].as_str().expect("a label"));
            let offer = offers.iter().find(|(shown, _)| *shown == format!("{path} · {label}"));
            let (_, body) = offer.unwrap_or_else(|| panic!("{path} is not offered"));
            // What is inserted is right as it stands, before the role is overwritten.
            let inserted = body.replace("${1:vai}", "vai");
            assert!(validator.is_valid(&Value::from(inserted)), "{path}");
        }
        assert_eq!(offers.len(), dictionary["attributes"].as_array().expect("a list").len());
    }
}

#[test]
fn every_file_names_a_schema_that_is_there() {
    let catalog = root().join("service-catalog");
    let mut seen = 0;
    for folder in ["province", "district", "commune", "mappings", "people"] {
        for (stem, _) in json_files(&catalog.join(folder)) {
            schema_beside(&catalog.join(folder).join(format!("{stem}.json")));
            seen += 1;
        }
    }
    schema_beside(&catalog.join("attributes.json"));
    for folder in std::fs::read_dir(catalog.join("examples")).expect("examples") {
        let folder = folder.expect("an entry").path();
        for file in std::fs::read_dir(&folder).into_iter().flatten() {
            schema_beside(&file.expect("an entry").path());
            seen += 1;
        }
    }
    assert!(seen >= 236 + 212 + 26 + 60, "{seen}");
}

#[test]
fn unknown_keys_are_refused_by_the_schema_at_every_level() {
    let (_, schema) = schema_beside(&root().join("service-catalog/mappings/ct01.json"));
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let file = root().join("service-catalog/mappings/ct01.json");
    let mapping: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("a mapping")).expect("JSON");
    assert!(validator.is_valid(&mapping));
    let places =
        ["", "/persons/nguoi_khai", "/applicant", "/fields/chu_ho_quan_he", "/fields/chu_ho_ho_ten", "/provenance"];
    let inner = [
        "/fields/chu_ho_ho_ten/first_of/1",
        "/fields/thanh_vien_cung_thay_doi",
        "/fields/thanh_vien_cung_thay_doi/columns/gioi_tinh",
    ];
    for place in places.iter().chain(&inner) {
        let mut wrong = mapping.clone();
        let object = wrong.pointer_mut(place).and_then(Value::as_object_mut).expect("an object");
        object.insert("la".to_owned(), Value::from("x"));
        assert!(!validator.is_valid(&wrong), "a strange key in {place}");
    }
    for (place, value) in
        [("/fields/chu_ho_quan_he/format", "code_lable"), ("/fields/nguoi_khai_ho_ten", "nguoi_khai.ho_ten")]
    {
        let mut wrong = mapping.clone();
        *wrong.pointer_mut(place).expect("a value") = Value::from(value);
        assert!(!validator.is_valid(&wrong), "{place}");
    }
}

#[test]
fn the_generated_schema_is_up_to_date_and_a_stale_one_is_told() {
    let diensan = |folder: &Path, arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_diensan"));
        command.args(["catalog", "schema"]).args(arguments).current_dir(folder).output().expect("the binary runs")
    };
    let fresh = diensan(root(), &["--check"]);
    assert_eq!(fresh.status.code(), Some(0), "{}", String::from_utf8_lossy(&fresh.stdout));
    let copy = tempfile::tempdir().expect("a folder");
    let (schema, dictionary) = ("schemas/catalog/mapping.schema.json", "service-catalog/attributes.json");
    for file in [schema, dictionary] {
        std::fs::create_dir_all(copy.path().join(file).parent().expect("a folder")).expect("a folder");
        std::fs::copy(root().join(file), copy.path().join(file)).expect("a copy");
    }
    let text = std::fs::read_to_string(root().join(dictionary)).expect("a dictionary");
    std::fs::write(copy.path().join(dictionary), text.replacen("Họ và tên", "Tên họ", 1)).expect("a dictionary");
    let stale = diensan(copy.path(), &["--check"]);
    assert_eq!(stale.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&stale.stdout).contains("+          \"title\": \"Tên họ\","));
    let before = std::fs::read(root().join(schema)).expect("a schema");
    assert!(std::fs::read(copy.path().join(schema)).expect("a schema") == before, "--check writes nothing");
    assert_eq!(diensan(copy.path(), &[]).status.code(), Some(0));
    assert_eq!(diensan(copy.path(), &["--check"]).status.code(), Some(0));
}
