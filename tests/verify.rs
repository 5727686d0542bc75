//! `POST /v1/verify`: typed values against the register, and whether people exist.

use serde_json::{Value, json};

use crate::access::{Guarded, request as asked_of};
use crate::connections::{Upstream, request as complete};
use crate::harness::{Process, person, root};

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

#[tokio::test]
async fn without_typed_values_it_is_asked_whether_the_people_exist() {
    let service = Process::serve(&[]);
    let ask = async |id: &str| {
        let body = json!({ "service": "1.005392", "citizen": { "id": id } });
        service.post("/v1/verify", &body.to_string()).await.json()["people"].clone()
    };
    assert_eq!(ask("999085000001").await, json!([{ "person": "nguoi_du_tuyen", "exists": true }]));
    assert_eq!(ask("999099099099").await, json!([{ "person": "nguoi_du_tuyen", "exists": false }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_no_answer_to_whether_somebody_exists() {
    let upstream = Upstream::start();
    let service = Process::serve_configured(&upstream.config("direct", "", ""), "info");
    let known = service.post("/v1/verify", &complete("1.000894", person("999198000022")).to_string()).await;
    assert_eq!(known.json()["people"][0]["exists"], true, "{}", known.text);
    drop(upstream);
    let unknown = service.post("/v1/verify", &complete("1.000894", person("999198000022")).to_string()).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (502, "upstream_unreachable"), "{}", unknown.text);
}

#[tokio::test]
async fn people_and_rows_are_compared_each_with_their_own_record() {
    let service = Process::serve(&[]);
    let body = json!({
        "service": "1.011607", "citizen": { "id": "999085000001" },
        "persons": { "thanh_vien": [{ "id": "999187000004" }, { "id": "999219000006" }] },
        "typed": {
            "dai_dien_ho_ho_ten": "Nguyễn Văn Mẫu Một",
            "thong_tin_cac_thanh_vien_cua_ho": [
                { "ho_ten": "Lê Thị Mẫu Vợ", "ngay_sinh": "21/09/1987" },
                { "ho_ten": "Lê Thị Mẫu Vợ" },
                { "ho_ten": "Nguyễn Thị Mẫu Chị" },
            ],
        },
    });
    let answer = service.post("/v1/verify", &body.to_string()).await.json();
    let told: Vec<(String, String)> = answer["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|field| {
            let word = field["reason"].as_str().or(field["result"].as_str()).unwrap_or_default();
            (field["path"].as_str().unwrap_or_default().to_owned(), word.to_owned())
        })
        .collect();
    let list = "/thong_tin_cac_thanh_vien_cua_ho";
    let expected = [
        ("/dai_dien_ho_ho_ten".to_owned(), "match"),
        (format!("{list}/0/ho_ten"), "match"),
        (format!("{list}/0/ngay_sinh"), "match"),
        (format!("{list}/1/ho_ten"), "different"),
        (format!("{list}/2/ho_ten"), "person_not_asked"),
    ];
    assert_eq!(told, expected.map(|(path, word)| (path, word.to_owned())), "{answer}");
}

#[tokio::test]
async fn a_property_that_the_form_does_not_have_is_refused_with_the_nearest_one() {
    let service = Process::serve(&[]);
    let body = json!({ "service": "1.005392", "citizen": { "id": "999085000001" }, "typed": { "nguoi_du_tuyen_ho_tem": "x" } });
    let reply = service.post("/v1/verify", &body.to_string()).await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "typed_path"));
    assert_eq!(reply.json()["did_you_mean"], "nguoi_du_tuyen_ho_ten");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_verify_never_sees_a_value_and_has_three_tries() {
    let guarded = Guarded::start();
    let ask = async |caller: &str, dossier: &str, code: &str| {
        let mut body = asked_of("1.000894", "999198000022", "H01.12", dossier);
        body["typed"] = json!({ "ben_nu_dan_toc": code });
        guarded.post(caller, "/v1/verify", &body).await
    };
    let seen = ask("everything", "H01.12-261120-0001", "02").await.json();
    assert_eq!(seen["fields"][0]["register"], "01", "who may autofill sees the register's value");
    let mut told = Vec::new();
    for code in 2..6 {
        let reply = ask("verifier", "H01.12-261120-0002", &format!("0{code}")).await;
        assert!(reply.json()["fields"][0]["register"].is_null(), "{}", reply.text);
        told.push((reply.status, if reply.status == 200 { String::new() } else { reply.code() }));
    }
    let ok = (200, String::new());
    assert_eq!(told, [ok.clone(), ok.clone(), ok, (429, "verify_quota".to_owned())]);
    let lines = guarded.lines();
    let verified: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "verify").collect();
    assert_eq!(verified.len(), 4);
    assert!(
        verified.iter().all(|line| line["people"][0]["attributes"] == json!(["dan_toc"])),
        "what was told is on record"
    );
}
