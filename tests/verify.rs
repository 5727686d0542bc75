//! `POST /v1/verify`: typed values against the register, and whether people exist.

use serde_json::{Value, json};

use crate::harness::{Process, root};

fn cases() -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("tests/verify-cases.json")).expect("the table");
    serde_json::from_str(&text).expect("JSON")
}

fn request(case: &Value) -> Value {
    let mut request = json!({
        "service": case["service"],
        "citizen": { "id": case["who"] },
        "typed": { case["path"].as_str().expect("a path"): case["typed"] },
    });
    for member in ["citizen_role", "dossier_date", "form"] {
        if !case[member].is_null() {
            request[member] = case[member].clone();
        }
    }
    request
}

#[tokio::test]
async fn every_typed_value_has_the_verdict_of_the_table() {
    let service = Process::serve(&[]);
    let cases = cases();
    assert!(cases.len() >= 80, "{} cases", cases.len());
    let mut deviations = Vec::new();
    for case in &cases {
        let reply = service.post("/v1/verify", &request(case).to_string()).await;
        let answer = reply.json();
        if reply.status != 200 {
            deviations.push(format!("{}: {} {}", case["note"], reply.status, answer["code"]));
            continue;
        }
        let fields = answer["fields"].as_array().expect("fields");
        assert_eq!(fields.len(), 1, "{}", case["note"]);
        for member in ["result", "reason", "precision", "hint"] {
            if fields[0][member] != case[member] {
                deviations.push(format!("{} ({}): {member} is {}", case["note"], case["path"], fields[0][member]));
            }
        }
        let word = fields[0]["result"].as_str().expect("a result");
        assert_eq!(answer["summary"][word], 1, "{}", case["note"]);
    }
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}
