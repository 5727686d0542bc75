//! What a good request gets: every rule of filling, driven against the sandbox and its invented people.

mod reading;
mod register;
mod roles;
mod typed;

use serde_json::{Value, json};

use crate::harness::{PersonFile, Process, people};

/// A woman and a man who want to marry, she with a present residence of two levels.
const BRIDE: &str = "999198000022";
const GROOM: &str = "999096000021";
/// A couple and their son.
const WIFE: &str = "999187000004";
const HUSBAND: &str = "999085000001";
const SON: &str = "999219000006";
/// Nobody has these numbers.
const NOBODY: &str = "999085000099";
const NOBODY_ELSE: &str = "999198000098";

const MARRIAGE: &str = "1.000894";
const BIRTH: &str = "1.001193";
const CERTIFICATION: &str = "2.000815";
const ALLOWANCE: &str = "1.001776";

/// A request for the person with this number, with more members.
fn request(service: &str, citizen: &str, more: Value) -> Value {
    let mut body = json!({ "service": service, "citizen": { "id": citizen } });
    let members = more.as_object().expect("members").clone();
    body.as_object_mut().expect("an object").extend(members);
    body
}

/// The answer of a request that must be answered.
async fn answer(service: &Process, body: &Value) -> Value {
    let reply = service.autofill(body).await;
    let code = if reply.status == 200 { String::new() } else { reply.code() };
    assert_eq!((reply.status, code.as_str()), (200, ""));
    reply.json()
}

/// One field of an answer.
fn field<'a>(answer: &'a Value, path: &str) -> &'a Value {
    let fields = answer["fields"].as_array().expect("fields");
    fields.iter().find(|field| field["path"] == path).unwrap_or_else(|| panic!("no field {path}"))
}

/// State and reason of a field.
fn state<'a>(answer: &'a Value, path: &str) -> (&'a str, Option<&'a str>) {
    let field = field(answer, path);
    (field["state"].as_str().expect("a state"), field["reason"].as_str())
}

/// The paths of an answer's fields that begin like this and are in this state.
fn paths_in(answer: &Value, prefix: &str, wanted: (&str, Option<&str>)) -> Vec<String> {
    let fields = answer["fields"].as_array().expect("fields").iter();
    let paths = fields.filter_map(|field| field["path"].as_str()).filter(|path| path.starts_with(prefix));
    paths.filter(|path| state(answer, path) == wanted).map(str::to_owned).collect()
}

/// Code and role of every warning.
fn warnings(answer: &Value) -> Vec<(&str, &str)> {
    let warnings = answer["warnings"].as_array().expect("warnings").iter();
    warnings
        .map(|warning| (warning["code"].as_str().expect("a code"), warning["person"].as_str().unwrap_or_default()))
        .collect()
}

/// Role and outcome of every look-up.
fn lookups(answer: &Value) -> Vec<(&str, &str)> {
    let lookups = answer["lookups"].as_array().expect("lookups").iter();
    lookups
        .map(|lookup| (lookup["person"].as_str().expect("a role"), lookup["outcome"].as_str().expect("an outcome")))
        .collect()
}

/// Value and label of every choice of a problem.
fn choices(problem: &Value) -> Vec<(&str, &str)> {
    let choices = problem["choices"].as_array().expect("choices").iter();
    choices
        .map(|choice| (choice["value"].as_str().expect("a value"), choice["label"].as_str().expect("a label")))
        .collect()
}

/// An invented person by file name.
fn person(stem: &str) -> &'static PersonFile {
    people().iter().find(|person| person.stem == stem).expect("an invented person")
}

fn name_of(stem: &str) -> &'static str {
    person(stem).record["ho_va_ten"].as_str().expect("a name in one piece")
}

#[tokio::test(flavor = "multi_thread")]
async fn suggested_values_are_offered_outside_the_data_and_never_locked() {
    let service = Process::serve(&[]);
    let body = request(MARRIAGE, BRIDE, json!({ "form": "eform-dang-ky-ket-hon" }));
    let answer = answer(&service, &body).await;
    let suggested = paths_in(&answer, "/ben_nu", ("suggested", None));
    let expected = ["/ben_nu_giay_to_tuy_than", "/ben_nu_noi_cu_tru", "/ben_nu_tinh_trang_hon_nhan"];
    assert_eq!(suggested, expected);
    for path in expected {
        assert!(answer["data"].get(&path[1..]).is_none(), "{path} is in data");
        let field = field(&answer, path);
        assert!(!field["value"].is_null() && field["source"].is_string(), "{path} offers no value");
        assert!(field.get("locked").is_none(), "{path} speaks of a lock");
    }
    // A suggested field keeps the form from being complete.
    assert_eq!(answer["status"], "partial");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_filled_fields_are_locked_and_only_those_that_the_service_announces() {
    let service = Process::serve(&[]);
    for (code, citizen, more) in [
        (MARRIAGE, BRIDE, json!({})),
        (MARRIAGE, "999085000035", json!({})),
        (BIRTH, WIFE, json!({ "persons": { "me": { "same_as": "citizen" }, "cha": { "id": NOBODY } } })),
        (ALLOWANCE, "999058000002", json!({ "form": "eform-tro-cap-xa-hoi" })),
        ("1.002809", "999085000035", json!({ "typed": { "nguoi_lam_don_ho_ten": "Mẫu" } })),
    ] {
        let detail = service.get(&format!("/v1/services/{code}")).await.json();
        let answer = answer(&service, &request(code, citizen, more)).await;
        let forms = detail["forms"].as_array().expect("forms");
        let form = forms.iter().find(|form| form["id"] == answer["form"]["id"]).expect("the form");
        let mut locks = 0;
        for announced in form["fields"].as_array().expect("fields") {
            let path = announced["path"].as_str().expect("a path");
            let field = field(&answer, path);
            match field["state"].as_str() {
                Some("filled") => assert_eq!(field["locked"], announced["locked"], "{code} {path}"),
                _ => assert!(field.get("locked").is_none(), "{code} {path} is locked without being filled"),
            }
            locks += usize::from(field["locked"] == true);
        }
        let dead = citizen == "999058000002";
        assert_eq!(locks == 0, dead || code == "1.002809", "{code}: {locks} locks");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dossier_date_chooses_the_version_of_the_form() {
    let service = Process::serve(&[]);
    let old = ("dat-mau-01-giao-thue-dat-2014", Value::Null, json!("2024-07-31"));
    let new = ("dat-mau-01-02-giao-thue-chuyen-muc-dich", json!("2024-08-01"), Value::Null);
    for (day, (form, from, to), ended) in [
        ("2020-01-01", &old, false),
        ("2024-07-31", &old, false),
        ("2024-08-01", &new, false),
        ("2025-06-30", &new, false),
        ("2025-07-01", &new, true),
        ("2026-11-20", &new, true),
    ] {
        let body = request("1.013949", HUSBAND, json!({ "citizen_role": "nguoi_su_dung_dat", "dossier_date": day }));
        let answer = answer(&service, &body).await;
        assert_eq!((&answer["form"]["id"], &answer["form"]["from"]), (&json!(form), from), "{day}");
        assert_eq!(&answer["form"]["to"], to, "{day}");
        let warned = warnings(&answer).iter().any(|(code, _)| *code == "level_ended");
        assert_eq!(warned, ended, "{day}: warning of the ended district level");
        assert_eq!(answer["service"]["successor"], "commune", "{day}: who handles it now");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_form_is_the_default_and_the_other_is_had_by_asking() {
    let service = Process::serve(&[]);
    for (code, citizen, more, first, other) in [
        (MARRIAGE, BRIDE, json!({}), "to-khai-dang-ky-ket-hon", "eform-dang-ky-ket-hon"),
        (BIRTH, WIFE, json!({}), "to-khai-dang-ky-khai-sinh", "eform-dang-ky-khai-sinh"),
        (ALLOWANCE, SON, json!({ "citizen_role": "doi_tuong" }), "nd20-mau-1a", "nd20-mau-1d"),
        ("1.014748", HUSBAND, json!({}), "de-nghi-huong-tro-cap-that-nghiep", "de-nghi-khong-huong-tctn"),
    ] {
        let mut body = request(code, citizen, more);
        assert_eq!(answer(&service, &body).await["form"]["id"], first, "{code}");
        body["form"] = first.into();
        assert_eq!(answer(&service, &body).await["form"]["id"], first, "{code}");
        body["form"] = other.into();
        let asked = answer(&service, &body).await;
        assert_eq!((&asked["form"]["id"], &asked["service"]["code"]), (&json!(other), &json!(code)));
    }
}
