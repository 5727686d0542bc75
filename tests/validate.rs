//! `POST /v1/forms/{id}/validate`: what is required and empty apart from what is wrong, without repeating a value.

use serde_json::{Value, json};

use crate::harness::{Process, root};

const FORM: &str = "phieu-dang-ky-du-tuyen";

async fn validate(service: &Process, form: &str, data: &Value) -> Value {
    let body = json!({ "data": data, "dossier_date": "2026-11-20" });
    let reply = service.post(&format!("/v1/forms/{form}/validate"), &body.to_string()).await;
    assert_eq!(reply.status, 200, "{form}");
    reply.json()
}

fn codes(list: &Value) -> Vec<(String, String)> {
    let text = |fault: &Value, member: &str| fault[member].as_str().unwrap_or_default().to_owned();
    list.as_array().expect("a list").iter().map(|fault| (text(fault, "path"), text(fault, "code"))).collect()
}

#[tokio::test]
async fn an_empty_form_lacks_exactly_what_the_office_requires() {
    let service = Process::serve(&[]);
    let text = std::fs::read_to_string(root().join(format!("schemas/forms/{FORM}.schema.json"))).expect("a schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let mut required: Vec<String> = schema["required"]
        .as_array()
        .expect("required")
        .iter()
        .map(|key| format!("/{}", key.as_str().expect("a key")))
        .collect();
    let answer = validate(&service, FORM, &json!({})).await;
    let mut missing: Vec<String> = codes(&answer["missing"]).into_iter().map(|(path, _)| path).collect();
    required.sort();
    missing.sort();
    assert_eq!(
        (answer["valid"].clone(), missing, answer["wrong"].clone()),
        (json!(false), required.clone(), json!([]))
    );
    assert!(answer["missing"][0]["detail"].as_str().is_some_and(|detail| detail.starts_with("Chưa điền: ")));
    // Blanks are what a page sends for empty boxes: still missing, never wrong.
    let blanks: serde_json::Map<String, Value> =
        required.iter().map(|path| (path[1..].to_owned(), json!("  "))).collect();
    let blank = validate(&service, FORM, &Value::Object(blanks)).await;
    assert_eq!((&blank["missing"], &blank["wrong"]), (&answer["missing"], &answer["wrong"]));
}

#[tokio::test]
async fn every_wrong_value_is_told_with_its_place_and_never_repeated() {
    let service = Process::serve(&[]);
    for (form, data, path, code) in [
        (FORM, json!({ "nguoi_du_tuyen_dan_toc": "98" }), "/nguoi_du_tuyen_dan_toc", "code_unknown"),
        (FORM, json!({ "nguoi_du_tuyen_dan_toc": 1 }), "/nguoi_du_tuyen_dan_toc", "type"),
        (FORM, json!({ "nguoi_du_tuyen_ngay_sinh": "1985-02-30" }), "/nguoi_du_tuyen_ngay_sinh", "date_unreal"),
        (FORM, json!({ "nguoi_du_tuyen_ngay_sinh": "30/02/1985" }), "/nguoi_du_tuyen_ngay_sinh", "pattern"),
        (FORM, json!({ "nguoi_du_tuyen_ngay_cap": "2021-02-30" }), "/nguoi_du_tuyen_ngay_cap", "format"),
        (FORM, json!({ "nguoi_du_tuyen_ho_tem": "MẪU" }), "/nguoi_du_tuyen_ho_tem", "unknown_property"),
        (
            "nguoi-nop-va-chu-ho-so",
            json!({ "nguoi_nop_thuong_tru_xa": "99999" }),
            "/nguoi_nop_thuong_tru_xa",
            "code_unknown",
        ),
    ] {
        let answer = validate(&service, form, &data).await;
        assert_eq!(codes(&answer["wrong"]), [(path.to_owned(), code.to_owned())], "{data}");
        assert!(answer["wrong"][0]["detail"].as_str().is_some_and(|detail| detail.ends_with('.')));
        for value in data.as_object().expect("an object").values().filter_map(Value::as_str) {
            assert!(!answer["wrong"].to_string().contains(value), "{value} is repeated");
        }
    }
    let near = validate(&service, FORM, &json!({ "nguoi_du_tuyen_ho_tem": "MẪU" })).await;
    assert_eq!(near["wrong"][0]["did_you_mean"], "nguoi_du_tuyen_ho_ten");
    let unknown = service.post("/v1/forms/khong-co/validate", "{\"data\":{}}").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "form_unknown"));
}

#[tokio::test]
async fn what_the_service_fills_is_never_wrong() {
    let service = Process::serve(&[]);
    let mut count = 0;
    for folder in std::fs::read_dir(root().join("service-catalog/examples")).expect("examples") {
        let folder = folder.expect("an entry").path();
        let form = folder.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        for file in std::fs::read_dir(&folder).into_iter().flatten() {
            let text = std::fs::read_to_string(file.expect("a file").path()).expect("a text");
            let example: Value = serde_json::from_str(&text).expect("JSON");
            let body = json!({ "data": example["data"], "dossier_date": example["request"]["dossier_date"] });
            let reply = service.post(&format!("/v1/forms/{form}/validate"), &body.to_string()).await;
            assert_eq!(reply.json()["wrong"], json!([]), "{form}: {}", reply.text);
            count += 1;
        }
    }
    assert!(count > 400, "{count} examples");
}
