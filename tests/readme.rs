//! The README's request is answered as the README says.

use serde_json::Value;

use crate::harness::{Process, root};

#[tokio::test(flavor = "multi_thread")]
async fn the_request_in_the_readme_gets_the_answer_in_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let body = readme.split("-d '").nth(1).and_then(|rest| rest.split('\'').next()).expect("a curl line with a body");
    let expected = readme.split("<!-- answer -->").nth(1).and_then(|rest| rest.split("```").nth(1)).expect("an answer");
    let mut expected: Value = serde_json::from_str(expected.trim_start_matches("json")).expect("JSON");
    let mut answered = Process::serve(&[]).post("/v1/autofill", body).await.json();
    for answer in [&mut expected, &mut answered] {
        answer["request_id"] = Value::Null;
    }
    assert_eq!(answered, expected);
}
