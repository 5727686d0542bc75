//! Our verdicts on forms against two other implementations of JSON Schema, and the catalogue's schemas in the engine
//! that editors run (`tests/schema-validators/run.sh` installs them; nothing is skipped).

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::harness::{json_files, root};

/// Instances a form: every other one is damaged.
const INSTANCES: usize = 50;
/// Values that a box with a format or pattern may be given; some of them are right. None ends in a line feed: Python's
/// `$` lets one pass there, ours and JavaScript's do not.
const ODD_TEXTS: &[&str] = &[
    "",
    " ",
    "2026-02-29",
    "2024-02-29",
    "1900-02-29",
    "2000-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-1-2",
    "20261120",
    "2026-W47-5",
    "2026-11-20T00:00:00Z",
    "20/11/2026",
    "1985",
    "1985-03",
    "1985-3",
    "٢٠٢٦-١١-٢٠",
    "0１",
    "001",
    "0001",
    "vn",
    "VNM",
    "01 ",
    "MẪU",
    "𠀀",
];

/// A small generator of numbers (xorshift), so that every run asks the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).expect("a small bound")).expect("a small number")
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

/// A value that the schema accepts.
fn valid(schema: &Value, root: &Value, dice: &mut Dice) -> Value {
    if let Some(pointer) = schema["$ref"].as_str() {
        return valid(root.pointer(&pointer[1..]).expect("a definition"), root, dice);
    }
    match schema["type"].as_str().expect("a type") {
        // Rows whose columns are not known.
        "object" if schema["properties"].is_null() => json!({ "cot": dice.one_of(&["MẪU", "1"]) }),
        "object" => {
            let properties = schema["properties"].as_object().expect("properties");
            let is_required = |key: &str| {
                schema["required"].as_array().is_some_and(|list| list.iter().any(|item| item.as_str() == Some(key)))
            };
            let kept = dice.below(properties.len().max(1));
            let chosen = properties.iter().enumerate().filter_map(|(index, (key, property))| {
                let wanted = index == kept || is_required(key) || dice.below(3) > 0;
                wanted.then(|| (key.clone(), valid(property, root, dice)))
            });
            Value::Object(chosen.collect())
        }
        "array" => (0..1 + dice.below(3)).map(|_| valid(&schema["items"], root, dice)).collect(),
        "boolean" => Value::from(dice.below(2) == 0),
        kind @ ("integer" | "number") => {
            let low = schema["minimum"].as_i64().unwrap_or(0);
            let high = schema["maximum"].as_i64().unwrap_or(low + 100);
            let span = usize::try_from(high - low + 1).expect("a span");
            let number = low + i64::try_from(dice.below(span)).expect("a number");
            match dice.below(4) {
                0 if kind == "number" && number < high => json!(f64::from(i32::try_from(number).expect("small")) + 0.5),
                1 => json!(f64::from(i32::try_from(number).expect("small"))),
                _ => json!(number),
            }
        }
        "string" => Value::from(text(schema, dice)),
        other => panic!("{other} is not generated"),
    }
}

fn text(schema: &Value, dice: &mut Dice) -> String {
    let (year, month, day) = (1900 + dice.below(150), 1 + dice.below(12), 1 + dice.below(28));
    match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (Some("date"), _) => format!("{year}-{month:02}-{day:02}"),
        (_, Some("^[0-9]{2}$")) => format!("{:02}", dice.below(100)),
        (_, Some("^[0-9]{3}$")) => format!("{:03}", dice.below(1000)),
        (_, Some("^[0-9]{5}$")) => format!("{:05}", dice.below(100_000)),
        (_, Some("^[A-Z]{2}$")) => dice.one_of(&["VN", "LA", "KH"]).to_owned(),
        (_, Some(pattern)) if pattern.starts_with("^[0-9]{4}(-(0[1-9]") => match dice.below(3) {
            0 => year.to_string(),
            1 => format!("{year}-{month:02}"),
            _ => format!("{year}-{month:02}-{day:02}"),
        },
        (None, None) => dice.one_of(&["MẪU", "Số 1, đường Mẫu", "x", "𠀀", "a\nb"]).to_owned(),
        (format, pattern) => panic!("no text for {format:?}, {pattern:?}"),
    }
}

/// The same instance with one thing done to it that is often wrong.
fn damaged(mut instance: Value, dice: &mut Dice) -> Value {
    let mut pointers = Vec::new();
    places(&instance, String::new(), &mut pointers);
    let pointer = pointers[dice.below(pointers.len())].clone();
    let place = instance.pointer_mut(&pointer).expect("a place");
    if let (Value::Object(members), choice @ 0..=2) = (&mut *place, dice.below(4)) {
        let keys: Vec<String> = members.keys().cloned().collect();
        match choice {
            0 => drop(members.insert("la".to_owned(), json!(1))),
            1 if !keys.is_empty() => drop(members.remove(&keys[dice.below(keys.len())])),
            _ => members.clear(),
        }
        return instance;
    }
    *place = match dice.below(12) {
        0 => Value::Null,
        1 => json!(-1),
        2 => json!(1.5),
        3 => json!(1.0),
        4 => json!(1_000_000),
        5 => json!([]),
        6 => json!({}),
        7 => json!(true),
        _ => Value::from(dice.one_of(ODD_TEXTS)),
    };
    instance
}

fn places(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                places(value, format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(pointer);
}

/// One line of the file that the other implementations read.
fn group(path: &str, schema: &Value, instances: Vec<Value>, ours: &mut Counts) -> String {
    // As the service itself checks forms (src/catalog/form_schema.rs): formats on, patterns in linear time.
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .build(schema)
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    let verdicts: Vec<bool> = instances.iter().map(|instance| validator.is_valid(instance)).collect();
    for (index, verdict) in verdicts.iter().enumerate() {
        assert!(*verdict || index % 2 == 1, "{path}: instance {index} was generated to be valid");
        if *verdict {
            ours.valid += 1;
        } else {
            ours.invalid += 1;
        }
    }
    let mut line = Map::new();
    line.insert("schema".to_owned(), path.into());
    line.insert("instances".to_owned(), instances.into());
    line.insert("verdicts".to_owned(), verdicts.into());
    Value::Object(line).to_string()
}

#[derive(Default)]
struct Counts {
    valid: usize,
    invalid: usize,
}

fn every_other_damaged(index: usize, instance: Value, dice: &mut Dice) -> Value {
    if index.is_multiple_of(2) { instance } else { damaged(instance, dice) }
}

fn of_forms(lines: &mut String, dice: &mut Dice, ours: &mut Counts) -> usize {
    let forms = json_files(&root().join("schemas/forms"));
    for (stem, schema) in &forms {
        let instances = (0..INSTANCES).map(|index| {
            let instance = valid(schema, schema, dice);
            every_other_damaged(index, instance, dice)
        });
        let instances = instances.collect();
        let line = group(&format!("schemas/forms/{stem}.json"), schema, instances, ours);
        writeln!(lines, "{line}").expect("memory");
    }
    forms.len()
}

/// The catalogue's own files against its schemas, every other one damaged.
fn of_catalog(lines: &mut String, dice: &mut Dice, ours: &mut Counts) {
    let catalog = root().join("service-catalog");
    let examples = std::fs::read_dir(catalog.join("examples")).expect("examples");
    let examples: Vec<_> = examples.map(|entry| entry.expect("a folder").path()).collect();
    let mut groups: Vec<(&str, Vec<Value>)> = Vec::new();
    let files = |folder: &Path| json_files(folder).into_iter().map(|(_, file)| file).collect::<Vec<Value>>();
    groups.push(("mapping", files(&catalog.join("mappings"))));
    groups.push(("service", ["commune", "district"].iter().flat_map(|level| files(&catalog.join(level))).collect()));
    groups.push(("person", files(&catalog.join("people"))));
    groups.push(("example", examples.iter().flat_map(|folder| files(folder)).collect()));
    let dictionary = std::fs::read_to_string(catalog.join("attributes.json")).expect("a dictionary");
    let dictionary: Value = serde_json::from_str(&dictionary).expect("JSON");
    groups.push(("attributes", vec![dictionary; INSTANCES / 2]));
    for (name, files) in groups {
        let path = format!("schemas/catalog/{name}.schema.json");
        let schema = serde_json::from_str(&std::fs::read_to_string(root().join(&path)).expect("a schema"));
        let files = files.into_iter().enumerate();
        let instances = files.map(|(index, file)| every_other_damaged(index, file, dice)).collect();
        writeln!(lines, "{}", group(&path, &schema.expect("JSON"), instances, ours)).expect("memory");
    }
}

#[test]
fn other_implementations_and_the_engine_of_editors_judge_as_we_do() {
    let (mut lines, mut dice, mut ours) = (String::new(), Dice(0x9e37_79b9_7f4a_7c15), Counts::default());
    assert_eq!(of_forms(&mut lines, &mut dice, &mut ours), 212);
    of_catalog(&mut lines, &mut dice, &mut ours);
    assert!(ours.valid > 5000 && ours.invalid > 2500, "{} valid, {} invalid", ours.valid, ours.invalid);
    let folder = root().join("target/schema-validators");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("instances.jsonl");
    std::fs::write(&file, lines).expect("the instances");
    let script = root().join("tests/schema-validators/run.sh");
    let done = Command::new("sh").arg(script).arg(&file).output().expect("sh runs");
    let (told, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{told}{errors}");
    let lines: Vec<&str> = told.lines().collect();
    for (name, line) in ["ajv ", "jsonschema ", "vscode-json-languageservice "].into_iter().zip(&lines) {
        assert!(line.starts_with(name) && line.ends_with(", 0 wrong"), "{told}{errors}");
    }
    assert_eq!(lines.len(), 3, "{told}{errors}");
    println!("{told}ours: {} valid, {} invalid", ours.valid, ours.invalid);
}

#[test]
fn patterns_stay_in_what_all_implementations_read_alike() {
    fn patterns(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("pattern").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| patterns(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| patterns(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for folder in ["schemas/forms", "schemas/catalog"] {
        json_files(&root().join(folder)).iter().for_each(|(_, schema)| patterns(schema, &mut found));
    }
    assert!(found.len() > 1000);
    for pattern in found {
        // No class by name (\d, \w, \p mean other signs elsewhere), no look-around, no back reference, no lazy or
        // possessive repetition, no flags; the only escaped sign is the dot.
        let plain = pattern.replace("\\.", "");
        for odd in ["\\", "(?", "*?", "+?", "??", "}?", "*+", "++", "[^[", "[[", "&&", "--"] {
            assert!(!plain.contains(odd), "{pattern}");
        }
    }
}
