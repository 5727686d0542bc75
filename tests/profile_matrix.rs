//! Acceptance 1: every profile, every reply flavour and every style that the simulator offers gives the form that the
//! sandbox gives, for every invented person. One service holds the four connections; the styles are switched while it
//! runs. Only hints about the wire itself may differ.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::harness::{PersonFile, Process, people, query_of};
use crate::road::Road;

const PROFILES: [&str; 4] = ["direct", "lgsp-soap", "json-pascal", "json-camel"];
const AT_ONCE: usize = 8;

/// Forms that together take every group of a record, and the role that only the officer knows.
const SERVICES: [(&str, Option<&str>); 8] = [
    ("1.000894", None),
    ("2.000986", None),
    ("1.004884", None),
    ("1.001699", Some("doi_tuong")),
    ("1.011607", None),
    ("1.010801", None),
    ("1.003803", Some("chu_ho_so")),
    ("1.004746", None),
];

/// Every word of `simulator/style_words.rs` with every value.
const WORDS: [(&str, &[&str]); 12] = [
    ("blank", &["absent", "empty", "empty-children", "spaces", "null"]),
    ("soap-prefix", &["soapenv", "SOAP-ENV", "S", "soap"]),
    ("prefix", &["ns1", "ns2", "ns3", "dc", "dancu", "none"]),
    ("relatives", &["text", "group"]),
    ("nobody", &["empty-collection", "no-collection", "empty-person"]),
    ("attributes", &["on", "off"]),
    ("unknown-element", &["on", "off"]),
    ("standard-forms", &["on", "off"]),
    ("text-nodes", &["on", "off"]),
    ("address", &["old", "new", "standard"]),
    ("json", &["envelope", "bare", "wrapped", "qcvn109"]),
    ("person", &["object", "list"]),
];

/// Warnings that tell of the wire and not of the citizen; the sandbox has no wire.
const WIRE_HINTS: &[&str] = &["unknown_namespace"];

/// A style; whether only the JSON doors look at what it changes.
struct Style {
    words: String,
    json_only: bool,
}

/// Every value of every word alone, every JSON flavour with every shape inside it, and mixtures in which each word
/// meets other ones.
fn styles() -> Vec<Style> {
    let mut styles = Vec::new();
    for (word, values) in WORDS {
        for value in values {
            let json_only = matches!(word, "json" | "text-nodes" | "person");
            styles.push(Style { words: format!("{word}={value}"), json_only });
        }
    }
    for flavour in ["envelope", "bare", "wrapped", "qcvn109"] {
        for (blank, text_nodes, person) in
            [("absent", "on", "list"), ("empty", "on", "object"), ("null", "off", "list"), ("spaces", "on", "list")]
        {
            let words = format!("json={flavour},blank={blank},text-nodes={text_nodes},person={person}");
            styles.push(Style { words, json_only: true });
        }
    }
    for mixture in 0..8 {
        let chosen = WORDS.iter().enumerate().map(|(at, (word, values))| {
            // Steps without a common divisor let every word go its own round.
            format!("{word}={}", values[(mixture * (at + 1) + at) % values.len()])
        });
        styles.push(Style { words: chosen.collect::<Vec<_>>().join(","), json_only: false });
    }
    styles
}

#[test]
fn the_words_are_those_that_the_simulator_knows() {
    let text = std::fs::read_to_string(crate::harness::root().join("src/simulator/style_words.rs")).expect("a file");
    for line in text.lines().filter_map(|line| line.strip_prefix("//! | `")) {
        for word in line.split('`').filter(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')) {
            let known = WORDS.iter().any(|(name, values)| *name == word || values.contains(&word));
            assert!(known || word.is_empty(), "{word} is not tried here");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_profile_flavour_and_style_gives_the_form_that_the_sandbox_gives() {
    let simulator = Process::simulate();
    let mut road = Road::new("ttl = \"0s\"");
    for profile in PROFILES {
        let serves = format!("{{ agencies = [\"{profile}\"] }}");
        road.connection(profile, profile, &simulator.address, &[("serves", &serves), ("budget", "\"30s\"")]);
    }
    let service = Process::serve_configured(&road.write(), "warn");
    let expected = expected().await;
    // By profile and style: how many, and the first.
    let mut deviations: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let (mut compared, mut found) = (0, 0);
    for (round, style) in styles().iter().enumerate() {
        let switched = simulator.send("POST", "/control/styles", Some(&json!({ "style": style.words }))).await;
        assert_eq!(switched.status, 201, "{}: {}", style.words, switched.text);
        let profiles = if style.json_only { &PROFILES[2..] } else { &PROFILES[..] };
        let asked = profiles.iter().flat_map(|profile| {
            people().iter().enumerate().map(move |(at, person)| (*profile, person, (round + at) % SERVICES.len()))
        });
        let answers = futures_util::stream::iter(asked).map(|(profile, person, form)| {
            let (service, expected) = (&service, &expected);
            async move {
                let reply = service.autofill(&request(person, form, profile)).await;
                let (status, essence) = essence(reply.status, &reply.json());
                let (right_status, right) = &expected[&(person.stem.as_str(), form)];
                let differs = differences(*right_status, right, status, &essence);
                (profile, status, differs.map(|what| format!("{} form {form}: {what}", person.stem)))
            }
        });
        let answers: Vec<_> = answers.buffer_unordered(AT_ONCE).collect().await;
        for (profile, status, differs) in answers {
            compared += 1;
            found += usize::from(status == 200);
            if let Some(what) = differs {
                let of_style = deviations.entry(format!("{profile}, {}", style.words)).or_insert((0, what));
                of_style.0 += 1;
            }
        }
        assert_eq!(simulator.send("DELETE", "/control/styles", None).await.status, 204);
    }
    println!("{compared} answers compared, {found} of them forms");
    let told: Vec<String> =
        deviations.iter().map(|(style, (count, first))| format!("{style}: {count}, such as {first}")).collect();
    assert!(told.is_empty(), "{} styles deviate:\n{}", told.len(), told.join("\n"));
    assert!(found > 3000, "{found} forms");
}

/// What the sandbox answers for each person and form.
async fn expected() -> BTreeMap<(&'static str, usize), (u16, Value)> {
    let sandbox = Process::serve(&[]);
    let mut expected = BTreeMap::new();
    for person in people() {
        for form in 0..SERVICES.len() {
            let reply = sandbox.autofill(&request(person, form, "H01.12")).await;
            expected.insert((person.stem.as_str(), form), essence(reply.status, &reply.json()));
        }
    }
    expected
}

fn request(person: &PersonFile, form: usize, agency: &str) -> Value {
    let (service, role) = SERVICES[form];
    let mut request = json!({
        "service": service, "citizen": query_of(person), "officer": "cb-0123", "agency": agency,
        "dossier": "H01.12-261120-0007", "dossier_date": "2026-11-20",
    });
    if let Some(role) = role {
        request["citizen_role"] = json!(role);
    }
    if service == "1.004884" {
        request["persons"] = json!({ "nguoi_duoc_khai_sinh": { "same_as": "citizen" } });
    }
    request
}

/// What must be the same: of a form data, fields, status and the warnings about the citizen; of a problem its code.
fn essence(status: u16, answer: &Value) -> (u16, Value) {
    if status != 200 {
        return (status, json!({ "code": answer["code"] }));
    }
    let warnings: Vec<Value> = answer["warnings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|warning| !WIRE_HINTS.contains(&warning["code"].as_str().unwrap_or_default()))
        .cloned()
        .collect();
    let parts = json!({
        "data": answer["data"], "fields": answer["fields"], "status": answer["status"], "warnings": warnings,
    });
    (status, parts)
}

/// Which part differs, without its values.
fn differences(right_status: u16, right: &Value, status: u16, essence: &Value) -> Option<String> {
    if right_status != status {
        return Some(format!("status {status}, expected {right_status} ({} for {})", essence["code"], right["code"]));
    }
    let differing: Vec<String> = ["code", "data", "fields", "status", "warnings"]
        .into_iter()
        .filter(|part| right[*part] != essence[*part])
        .map(|part| match part {
            "warnings" => format!("warnings {} for {}", codes(essence), codes(right)),
            part => part.to_owned(),
        })
        .collect();
    (!differing.is_empty()).then(|| differing.join(", "))
}

fn codes(essence: &Value) -> String {
    let warnings = essence["warnings"].as_array().into_iter().flatten();
    let codes: Vec<&str> = warnings.filter_map(|warning| warning["code"].as_str()).collect();
    format!("{codes:?}")
}
