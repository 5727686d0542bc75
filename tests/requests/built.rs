//! Bad requests that are too large for a file, or whose value must not stand in one.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Case;
use crate::harness::Process;

const PERSON: &str = "999198000022";

async fn assert_answers(cases: &[Case]) {
    let service = Process::serve(&[]);
    let mut wrong = Vec::new();
    for case in cases {
        wrong.extend(case.run(&service).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn certification(more: Value) -> Value {
    let mut body = json!({ "service": "2.000815", "citizen": { "id": PERSON } });
    let members = more.as_object().expect("members").clone();
    body.as_object_mut().expect("an object").extend(members);
    body
}

/// A raw body with a valid citizen and something after it.
fn raw(name: &str, tail: &str, status: u16, code: &str, pointer: Option<&str>) -> Case {
    let body = format!(r#"{{"service":"2.000815","citizen":{{"id":"{PERSON}"}}{tail}}}"#);
    Case { body: body.into_bytes(), ..Case::post(name, &Value::Null, status, code, pointer) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_could_be_real_is_refused_in_the_sandbox_by_whatever_way_it_comes() {
    // Built here: no number of twelve digits that does not start with 999 stands in the repository.
    let personal = format!("0{}", "01085000001");
    let old_card = format!("0{}", "12345678");
    let spaced = format!("{} {}", &personal[..6], &personal[6..]);
    let scan = format!("{personal}||Trần Thị Mẫu|12031985|Nữ||");
    let birth = |persons: Value| json!({ "service": "1.001193", "citizen": { "id": PERSON }, "persons": persons });
    let refused = |name, body: &Value, pointer| Case::post(name, body, 422, "number_not_invented", Some(pointer));
    assert_answers(&[
        refused("personal number", &certification(json!({ "citizen": { "id": personal } })), "/citizen"),
        refused("old card number", &certification(json!({ "citizen": { "id": old_card } })), "/citizen"),
        refused("spaced number", &certification(json!({ "citizen": { "id": spaced } })), "/citizen"),
        refused("scanned number", &certification(json!({ "citizen": { "qr": scan } })), "/citizen"),
        refused("second person", &birth(json!({ "me": { "id": personal } })), "/persons/me"),
        refused("scanned second person", &birth(json!({ "me": { "qr": scan } })), "/persons/me"),
        refused(
            "somebody who is not even looked up",
            &certification(json!({ "citizen": { "id": personal }, "citizen_role": "none" })),
            "/citizen",
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_nesting_is_refused_wherever_it_stands() {
    let lists = "[".repeat(5_000) + &"]".repeat(5_000);
    let objects = "{\"a\":".repeat(5_000) + "1" + &"}".repeat(5_000);
    let syntax = |name, tail: &str| raw(name, tail, 400, "json_syntax", Some(""));
    let whole = |name, body: &str| Case {
        body: body.as_bytes().to_vec(),
        ..Case::post(name, &Value::Null, 400, "json_syntax", Some(""))
    };
    assert_answers(&[
        syntax("lists in an unknown member", &format!(r#","x":{lists}"#)),
        syntax("objects in typed", &format!(r#","typed":{objects}"#)),
        syntax("lists in a typed value", &format!(r#","typed":{{"so_luong_ban":{lists}}}"#)),
        whole("nothing but lists", &lists),
        whole("nothing but opening brackets", &"[".repeat(60_000)),
        whole("nothing but objects", &objects),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_roles_and_two_thousand_fields_are_refused() {
    let roles: Map<String, Value> = (0..50).map(|index| (format!("vai_{index}"), json!({ "id": PERSON }))).collect();
    let same: Map<String, Value> =
        (0..50).map(|index| (format!("vai_{index}"), json!({ "same_as": format!("vai_{}", index + 1) }))).collect();
    let birth =
        |persons| json!({ "service": "1.001193", "citizen": { "id": PERSON }, "persons": Value::Object(persons) });
    let fields: Map<String, Value> = (0..2_000).map(|index| (format!("truong_{index}"), json!("giá trị gõ"))).collect();
    assert_answers(&[
        Case::post("50 roles", &birth(roles), 400, "role_unknown", Some("/persons/vai_0")),
        Case::post("50 roles in a chain", &birth(same), 400, "role_unknown", Some("/persons/vai_0")),
        Case::post(
            "2,000 fields",
            &certification(json!({ "typed": fields })),
            400,
            "typed_path",
            Some("/typed/truong_0"),
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_body_may_have_64_kib_and_not_one_byte_more() {
    let service = Process::serve(&[]);
    let padded = |bytes: usize| {
        let body = certification(json!({})).to_string();
        let pad = bytes - body.len();
        body + &" ".repeat(pad)
    };
    let full = service.post("/v1/autofill", &padded(64 * 1024)).await;
    assert_eq!(full.status, 200, "64 KiB");
    let mut wrong = Vec::new();
    for (name, bytes) in [("one byte more", 64 * 1024 + 1), ("5 MiB", 5 * 1024 * 1024)] {
        let case = Case::post(name, &Value::Null, 413, "body_too_large", None);
        wrong.extend(Case { body: padded(bytes).into_bytes(), ..case }.run(&service).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Bodies of nearly 64 KiB whose every member is wrong.
fn hostile_bodies() -> [(&'static str, String); 3] {
    let (mut members, mut duplicates, mut persons) = (String::new(), String::new(), String::from(r#","persons":{"#));
    for index in 0..6_000 {
        let _ = write!(members, r#","x{index}":1"#);
        let _ = write!(duplicates, r#","refresh":1"#);
        if index < 2_500 {
            let _ = write!(persons, r#""x{index}":{{"id":1}},"#);
        }
    }
    duplicates.truncate(60_000 / 12 * 12);
    persons.truncate(persons.len() - 1);
    persons.push('}');
    [("unknown members", members), ("duplicate keys", duplicates), ("broken persons", persons)]
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_findings_are_one_problem() {
    let codes = ["unknown_member", "duplicate_key", "expected_text"];
    let pointers = ["/x0", "/refresh", "/persons/x0/id"];
    let cases: Vec<Case> = hostile_bodies()
        .iter()
        .zip(codes.iter().zip(pointers))
        .map(|((name, tail), (code, pointer))| raw(name, tail, 400, code, Some(pointer)))
        .collect();
    assert_answers(&cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_is_never_larger_than_the_largest_request() {
    let service = Process::serve(&[]);
    for (name, tail) in hostile_bodies() {
        let body = format!(r#"{{"service":"2.000815","citizen":{{"id":"{PERSON}"}}{tail}}}"#);
        let reply = service.post("/v1/autofill", &body).await;
        assert!(reply.text.len() <= 64 * 1024, "{name}: {} bytes", reply.text.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syntax_error_repeats_nothing_of_the_body() {
    let service = Process::serve(&[]);
    for escape in ["d8ab", "dcba"] {
        let body = format!(r#"{{"service":"2.000815","citizen":{{"id":"{PERSON}","name":"\u{escape} x"}}}}"#);
        let reply = service.post("/v1/autofill", &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "json_syntax"));
        let problem = reply.json();
        assert!(!problem["title"].as_str().is_some_and(|title| title.contains(escape)), "the title repeats it");
    }
}
