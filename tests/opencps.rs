//! The addresses that the front end of an open-source one-stop system calls: its bodies as it sends them, the shape it
//! reads, and a JSON body with `errorCode` whatever happens.

use serde_json::{Value, json};

use crate::access::Guarded;
use crate::connections::Upstream;
use crate::harness::{Process, Reply, person, query_of, root};

const LOOK_UP: &str = "/o/rest/v2/qldc/dvcqg";
const MAY_LOOK_UP: &str = "/o/rest/v2/qldc/role/employee";
const CHILD: &str = "999219000006";

fn serve() -> (Process, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = root().display();
    let text = format!(
        "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n[opencps]\nservice = \"1.004772\"\n"
    );
    let path = folder.path().join("diensan.toml");
    std::fs::write(&path, text).expect("written");
    (Process::serve_configured(&path, "info"), folder)
}

/// As the front end sends it: a moment as number, the officer's address, often no procedure and no agency.
fn call(number: &str, name: &str, birth: &str) -> Value {
    let member = if number.len() == 9 { "SoCMND" } else { "SoDinhDanh" };
    json!({ "MaYeuCau": 1_700_000_000_123_i64, "MaTichHop": "037", "StaffEmail": "canbo@example.vn", "GovAgencyCode": "",
            "MaDVC": "", "HoVaTen": name, "type": "TraCuuThongTinCongDan", "NgayThangNamSinh": birth, member: number })
}

async fn ask(service: &Process, body: &Value) -> Reply {
    service.post(LOOK_UP, &body.to_string()).await
}

fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value.as_object() {
        Some(members) => members.iter().for_each(|(key, value)| places(value, &format!("{at}/{key}"), found)),
        None => found.push(at.to_owned()),
    }
}

fn sample() -> Value {
    let text = std::fs::read_to_string(root().join("tests/upstream-samples/response-037-child.bare.json"));
    serde_json::from_str(&text.expect("the sample")).expect("JSON")
}

#[tokio::test]
async fn a_recorded_call_is_answered_with_exactly_the_members_of_the_sample_and_only_what_the_form_takes() {
    let (service, _folder) = serve();
    for birth in ["2019-07-05", "20190705"] {
        let reply = ask(&service, &call(CHILD, "NGUYENVANMAUCON", birth)).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"), "{}", reply.text);
        let (answer, sample) = (reply.json(), sample());
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        places(&answer, "", &mut ours);
        places(&sample, "", &mut theirs);
        assert_eq!(ours, theirs);
        let mut given = 0;
        for place in &ours {
            let (ours, theirs) = (answer.pointer(place).expect("ours"), sample.pointer(place).expect("theirs"));
            assert!(ours == theirs || ours == "", "{place}");
            given += usize::from(ours != "");
        }
        assert!(given >= 5, "{given} members are given");
    }
}

#[tokio::test]
async fn an_attribute_that_the_forms_mapping_does_not_take_is_empty() {
    let (service, _folder) = serve();
    let detail = service.get("/v1/services/1.004772").await.json();
    let taken: Vec<&str> = detail["forms"][0]["attributes"]
        .as_array()
        .expect("attributes")
        .iter()
        .filter_map(|attribute| attribute["path"].as_str())
        .collect();
    let person = ask(&service, &call(CHILD, "NGUYENVANMAUCON", "2019-07-05")).await.json();
    let person = &person["Body"]["CongdanCollection"]["CongDan"];
    for (path, member) in [
        ("ton_giao", "/TonGiao"),
        ("nhom_mau", "/NhomMau"),
        ("so_so_ho_khau", "/SoSoHoKhau"),
        ("dan_toc", "/DanToc"),
        ("cha.so_dinh_danh", "/Cha/SoDinhDanh"),
    ] {
        let value = person.pointer(member).expect("a member");
        assert!(taken.contains(&path) || value == "", "{path} is not taken and yet given");
    }
    assert!(!taken.contains(&"nhom_mau"), "this test needs an attribute that is not taken");
}

#[tokio::test]
async fn nobody_is_an_empty_collection_and_existence_is_a_word() {
    let (service, _folder) = serve();
    let reply = ask(&service, &call("999099099099", "KHONGCO", "1990-01-01")).await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "Header": "", "Body": { "CongdanCollection": "" } })));
    let mut exists = call(CHILD, "NGUYENVANMAUCON", "2019-07-05");
    exists["MaTichHop"] = json!("033");
    let told = |reply: Reply| reply.json()["Body"]["KetQuaXacThuc"]["TonTai"].clone();
    assert_eq!(told(ask(&service, &exists).await), "true");
    exists["SoDinhDanh"] = json!("999099099099");
    assert_eq!(told(ask(&service, &exists).await), "false");
}

#[tokio::test]
async fn every_bad_call_is_told_in_json_with_a_code_and_the_front_ends_own_names() {
    let (service, _folder) = serve();
    let good = call(CHILD, "NGUYENVANMAUCON", "2019-07-05");
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body.to_string()
    };
    for (body, status, code, pointer) in [
        ("{".to_owned(), 400, "json_syntax", ""),
        ("[]".to_owned(), 400, "expected_object", ""),
        (with("MaTichHop", json!("044")), 400, "value_unknown", "/MaTichHop"),
        (with("MaDVC", json!([])), 400, "expected_text", "/MaDVC"),
        (with("SoDinhDanh", json!("12")), 400, "number_length", "/SoDinhDanh"),
        (with("SoDinhDanh", json!("")), 400, "number_empty", "/SoDinhDanh"),
        (with("NgayThangNamSinh", json!("2019-13-01")), 400, "date_form", "/NgayThangNamSinh"),
        (with("HoVaTen", json!("<b>")), 400, "name_charset", "/HoVaTen"),
        (with("MaDVC", json!("9.999999")), 404, "004", "/MaDVC"),
    ] {
        let reply = service.post(LOOK_UP, &body).await;
        let told = reply.json();
        assert_eq!((reply.status, &told["errorCode"]), (status, &json!(code)), "{body}: {}", reply.text);
        assert_eq!(told["pointer"].as_str().unwrap_or_default(), pointer, "{body}");
        assert!(told["detail"].is_string() && told["code"].is_string());
    }
    let wrong = service.send("GET", LOOK_UP, None).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "POST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn officer_agency_and_procedure_are_asked_for_by_the_front_ends_codes_and_an_outage_is_none_of_them() {
    let upstream = Upstream::start();
    let service = Process::serve_configured(&upstream.config("direct", "", "[opencps]"), "info");
    let who = query_of(person("999198000022"));
    let mut body = call(who["id"].as_str().expect("a number"), "", "");
    body["HoVaTen"] = who["name"].clone();
    body["NgayThangNamSinh"] = who["birth_date"].clone();
    body["MaDVC"] = json!("1.000894");
    body["GovAgencyCode"] = json!("H01.12");
    let good = ask(&service, &body).await;
    assert_eq!(good.status, 200, "{}", good.text);
    assert!(good.json()["Body"]["CongdanCollection"]["CongDan"].is_object(), "{}", good.text);
    for (member, code) in [("MaDVC", "001"), ("GovAgencyCode", "002"), ("StaffEmail", "003")] {
        let mut without = body.clone();
        without[member] = json!("");
        let reply = ask(&service, &without).await;
        assert_eq!(
            (reply.json()["errorCode"].as_str(), reply.status / 100),
            (Some(code), 4),
            "{member}: {}",
            reply.text
        );
    }
    drop(upstream);
    body["SoDinhDanh"] = json!("999085000001");
    let outage = ask(&service, &body).await;
    assert_eq!((outage.status, &outage.json()["errorCode"]), (502, &json!("upstream_unreachable")), "{}", outage.text);
}

#[tokio::test]
async fn licences_and_the_journal_are_those_of_every_look_up() {
    let guarded = Guarded::start_with("[opencps]\nservice = \"1.005392\"\nagency = \"H01.12\"\n");
    let body = call("999085000001", "NGUYENVANMAUMOT", "1985-03-12");
    let before = guarded.lines().len();
    let good = guarded.post("everything", LOOK_UP, &body).await;
    assert_eq!(good.status, 200, "{}", good.text);
    let names = guarded.post("names-only", LOOK_UP, &body).await.json();
    let names = &names["Body"]["CongdanCollection"]["CongDan"];
    assert!(
        names["HoVaTen"]["Ten"] != "" && names["GioiTinh"] == "" && names["SoDinhDanh"] == "",
        "only the name is licensed"
    );
    let mut other = body.clone();
    other["MaDVC"] = json!("1.000894");
    let refused = guarded.post("one-service", LOOK_UP, &other).await;
    assert_eq!((refused.status, &refused.json()["errorCode"]), (403, &json!("004")), "{}", refused.text);
    let stranger = guarded.post("nobody", LOOK_UP, &body).await;
    assert_eq!(
        (stranger.status, &stranger.json()["errorCode"]),
        (401, &json!("credentials_missing")),
        "{}",
        stranger.text
    );
    let lines = guarded.lines().split_off(before);
    let kinds: Vec<&str> = lines.iter().filter_map(|line| line["kind"].as_str()).collect();
    assert_eq!(kinds, ["disclosure", "disclosure", "refusal", "refusal"]);
    let attributes = |line: &Value| line["people"][0]["attributes"].as_array().map_or(0, Vec::len);
    assert!(attributes(&lines[0]) > attributes(&lines[1]) && attributes(&lines[1]) == 1, "{:?}", lines[1]["people"]);
}

#[tokio::test]
async fn whoever_may_look_up_is_shown_the_button_and_without_the_table_the_addresses_do_not_exist() {
    let (service, _folder) = serve();
    assert_eq!(service.get(MAY_LOOK_UP).await.json(), json!({ "status": 1 }));
    let plain = Process::serve(&[]);
    assert_eq!(plain.get(MAY_LOOK_UP).await.status, 404);
    assert_eq!(ask(&plain, &call(CHILD, "X", "2019")).await.status, 404);
}
