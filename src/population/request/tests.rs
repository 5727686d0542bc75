//! The sample requests and what must never be written.

use proptest::prelude::*;

use super::super::reply::{tree::Element, xml};
use super::*;
use crate::citizen::{AttributeSet, Name, Number, PartialDate, Query};
use crate::config::{BirthDateForm, Code, NameForm, RequestField};

/// The codes of a request.
struct Codes<'a> {
    request_id: &'a str,
    procedure: &'a str,
    officer: &'a str,
}

fn query(number: &str, name: &str, birth: &str) -> Query {
    Query {
        number: Number::parse(number).expect("number"),
        name: Some(Name::parse(name).expect("name")),
        birth_date: Some(PartialDate::from_iso(birth).expect("date")),
    }
}

fn look_up(codes: &Codes<'_>, query: &Query) -> LookUp {
    LookUp {
        query: query.clone(),
        keep: AttributeSet::EMPTY,
        service: codes.procedure.into(),
        officer: codes.officer.into(),
        agency: "H99.99".into(),
        dossier: "H99.99-1".into(),
        trail: crate::population::CallTrail::default(),
    }
}

fn told(outcome: &Outcome) -> String {
    outcome.cause().unwrap_or(outcome.label()).to_owned()
}

fn worded(
    wording: Wording,
    operation: Operation,
    settings: &RequestSettings,
    codes: &Codes<'_>,
    query: &Query,
) -> Result<String, String> {
    let bytes = body(wording, operation, settings, &look_up(codes, query), codes.request_id);
    bytes.map(|bytes| String::from_utf8(bytes.to_vec()).expect("UTF-8")).map_err(|outcome| told(&outcome))
}

fn refusal(codes: &Codes<'_>, query: &Query) -> Option<&'static str> {
    body(Wording::Soap, Operation::Record, &RequestSettings::default(), &look_up(codes, query), codes.request_id)
        .err()
        .and_then(|outcome| outcome.cause())
}

fn written(operation: Operation, codes: &Codes<'_>, query: &Query) -> Element {
    let text = worded(Wording::Soap, operation, &RequestSettings::default(), codes, query).expect("written");
    xml::parse(&text).expect("well-formed")
}

/// Path and text of every leaf, in document order.
fn leaves(element: &Element, path: &str, found: &mut Vec<(String, String)>) {
    let path = format!("{path}/{}", element.name);
    if element.children.is_empty() {
        found.push((path.clone(), element.text.clone()));
    }
    for child in &element.children {
        leaves(child, &path, found);
    }
}

fn leaves_of(element: &Element) -> Vec<(String, String)> {
    let mut found = Vec::new();
    leaves(element, "", &mut found);
    found.retain(|(path, _)| path != "/Envelope/Header");
    found
}

fn sample(name: &str) -> Element {
    let path = format!("{}/tests/upstream-samples/{name}", env!("CARGO_MANIFEST_DIR"));
    xml::parse(&std::fs::read_to_string(path).expect("sample")).expect("well-formed")
}

#[test]
fn the_sample_requests_are_written_with_the_same_leaves_in_the_same_order() {
    let asked = query("999085000001", "Nguyễn Văn Mẫu Một", "1985-03-12");
    let cases = [
        ("request-037-full-date.xml", Operation::Record, "SIM-20260105-000001"),
        ("request-033.xml", Operation::Existence, "SIM-20260105-000003"),
    ];
    for (file, operation, request_id) in cases {
        let codes = Codes { request_id, procedure: "9.999999", officer: "999080000099" };
        assert_eq!(leaves_of(&written(operation, &codes, &asked)), leaves_of(&sample(file)), "{file}");
    }
}

#[test]
fn an_old_card_and_a_bare_year_travel_as_in_the_sample_without_the_optional_elements() {
    let codes = Codes { request_id: "SIM-20260105-000002", procedure: "9.999999", officer: "999080000099" };
    let asked = query("999000005", "PHẠM THỊ MẪU NĂM", "1948");
    let mut expected = leaves_of(&sample("request-037-year-only-cmnd.xml"));
    expected.retain(|(path, _)| !["MaDonVi", "TaiKhoan", "SoDienThoai"].iter().any(|off| path.ends_with(off)));
    assert_eq!(leaves_of(&written(Operation::Record, &codes, &asked)), expected);
}

#[test]
fn a_year_and_month_ask_with_the_year() {
    let codes = Codes { request_id: "1", procedure: "9.999999", officer: "999080000099" };
    let asked = written(Operation::Record, &codes, &query("999085000001", "MẪU", "1985-03"));
    let (path, text) = leaves_of(&asked).pop().expect("leaf");
    assert!(path.ends_with("/NgayThangNamSinh/Nam"));
    assert_eq!(text, "1985");
}

#[test]
fn an_incomplete_question_is_refused_before_any_call() {
    let codes = Codes { request_id: "1", procedure: "9.999999", officer: "999080000099" };
    let mut asked = query("999085000001", "MẪU", "1985");
    asked.birth_date = None;
    assert_eq!(refusal(&codes, &asked), Some("missing_birth_date"));
    asked.name = None;
    assert_eq!(refusal(&codes, &asked), Some("missing_name"));

    let asked = query("999085000001", "MẪU", "1985");
    let cases = [
        ("", "x", "missing_procedure"),
        ("x", " ", "missing_officer"),
        ("x", "a\r\nb", "bad_character"),
        ("x\u{0}", "a", "bad_character"),
        ("x", "a\u{fffe}", "bad_character"),
    ];
    for (procedure, officer, expected) in cases {
        let codes = Codes { request_id: "1", procedure, officer };
        assert_eq!(refusal(&codes, &asked), Some(expected));
    }
}

#[test]
fn every_request_id_is_new_and_has_36_plain_characters() {
    let (first, second) = (request_id(), request_id());
    assert_ne!(first, second);
    assert_eq!(first.len(), 36);
    assert!(first.chars().all(|character| character.is_ascii_hexdigit() || character == '-'));
}

#[test]
fn known_mistake_8_markup_in_values_is_escaped_not_joined() {
    let officer = "</dan:MaCanBo><x a=\"1\">&amp;'<![CDATA[";
    let codes = Codes { request_id: "1", procedure: "a&b", officer };
    let root = written(Operation::Record, &codes, &query("999085000001", "H'MẪU NIÊ & CO", "1985"));
    let found = leaves_of(&root);
    assert_eq!(found.len(), 7);
    assert_eq!(found[1].1, "a&b");
    assert_eq!(found[3].1, officer);
    assert_eq!(found[5].1, "HMAUNIECO");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    #[test]
    fn what_was_written_is_read_back_unchanged(procedure in "\\PC{1,40}", officer in "\\PC{1,40}", name in "\\PC{1,40}") {
        // As they come from a request: without outer spaces.
        let (procedure, officer) = (procedure.trim(), officer.trim());
        let codes = Codes { request_id: "1", procedure, officer };
        let Ok(name) = Name::parse(&name) else { return Ok(()) };
        let compact = name.compact().to_owned();
        let asked = Query { name: Some(name), ..query("999085000001", "MẪU", "1985") };
        let settings = RequestSettings::default();
        if let Ok(text) = worded(Wording::Soap, Operation::Record, &settings, &codes, &asked) {
            let root = xml::parse(&text).expect("well-formed");
            let found = leaves_of(&root);
            prop_assert_eq!(found.len(), 7);
            prop_assert_eq!(&found[1].1, procedure);
            prop_assert_eq!(&found[3].1, officer);
            prop_assert_eq!(&found[5].1, &compact);
        }
    }
}

fn json_sample(name: &str) -> serde_json::Value {
    let path = format!("{}/tests/upstream-samples/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("sample")).expect("JSON")
}

#[test]
fn the_json_samples_are_written_member_by_member() {
    let asked = query("999085000001", "Nguyễn Văn Mẫu Một", "1985-03-12");
    let settings = RequestSettings { user_name_service: Some("SIM_SERVICE".into()), ..RequestSettings::default() };
    let cases = [
        ("request-lgsp-json-pascal.json", Wording::JsonPascal, "SIM-20260105-000004"),
        ("request-lgsp-json-camel.json", Wording::JsonCamel, "SIM-20260105-000005"),
    ];
    for (file, wording, request_id) in cases {
        let codes = Codes { request_id, procedure: "9.999999", officer: "999080000099" };
        let text = worded(wording, Operation::Record, &settings, &codes, &asked).expect("written");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON"), json_sample(file), "{file}");
    }
}

#[test]
fn unused_json_members_are_left_out_when_the_gateway_wants_that() {
    let settings = RequestSettings { empty_members: false, ..RequestSettings::default() };
    let codes = Codes { request_id: "1", procedure: "9.999999", officer: "cb" };
    let asked = query("999000005", "PHẠM THỊ MẪU NĂM", "1948");
    let text = worded(Wording::JsonPascal, Operation::Record, &settings, &codes, &asked).expect("written");
    assert_eq!(
        text,
        r#"{"MaYeuCau":"1","MaDVC":"9.999999","MaTichHop":"037","MaCanBo":"cb","SoCMND":"999000005","HoVaTen":"PHAMTHIMAUNAM","Nam":"1948"}"#
    );
}

#[test]
fn fields_order_prefix_and_forms_follow_the_settings() {
    use RequestField as F;
    let settings = RequestSettings {
        prefix: String::new(),
        namespace: "http://gtel.vn/qldc".into(),
        fields: PerOperation {
            record: vec![
                F::MaYeuCau,
                F::MaDvc,
                F::MaDonVi,
                F::TaiKhoan,
                F::SoDienThoai,
                F::Number,
                F::HoVaTen,
                F::NgayThangNamSinh,
            ],
            existence: Some(vec![F::MaYeuCau, F::MaDichVu, F::MaCanBo, F::Number, F::HoVaTen]),
        },
        account: Some("canbo.mau".into()),
        name_form: NameForm::Upper,
        birth_date_form: BirthDateForm::Iso,
        ..RequestSettings::default()
    };
    let codes = Codes { request_id: "1", procedure: "9.999999", officer: "cb" };
    let asked = query("999085000001", "Trần Thị Mẫu", "1985-03-12");
    let read = |operation| {
        let text = worded(Wording::Soap, operation, &settings, &codes, &asked).expect("written");
        assert!(text.contains(r#"xmlns="http://gtel.vn/qldc""#));
        let leaves = leaves_of(&xml::parse(&text).expect("well-formed"));
        leaves
            .into_iter()
            .map(|(path, text)| (path.rsplit('/').next().unwrap_or("").to_owned(), text))
            .collect::<Vec<_>>()
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    assert_eq!(
        read(Operation::Record),
        pairs(&[
            ("MaYeuCau", "1"),
            ("MaDVC", "9.999999"),
            ("MaDonVi", "H99.99"),
            ("TaiKhoan", "canbo.mau"),
            ("SoDienThoai", "0"),
            ("SoDinhDanh", "999085000001"),
            ("HoVaTen", "TRẦN THỊ MẪU"),
            ("NgayThangNam", "1985-03-12"),
        ])
    );
    assert_eq!(
        read(Operation::Existence),
        pairs(&[
            ("MaYeuCau", "1"),
            ("MaDichVu", "9.999999"),
            ("MaCanBo", "cb"),
            ("SoDinhDanh", "999085000001"),
            ("HoVaTen", "TRẦN THỊ MẪU"),
        ])
    );
}

#[test]
fn a_service_or_officer_that_a_table_does_not_list_is_not_permitted() {
    let table = |key: &str, value: &str| Code::Table([(key.to_owned(), value.to_owned())].into());
    let settings =
        |procedure: Code, officer: Code| RequestSettings { procedure, officer, ..RequestSettings::default() };
    let codes = Codes { request_id: "1", procedure: "9.999999", officer: "cb" };
    let asked = query("999085000001", "MẪU", "1985");
    let told = |settings: RequestSettings| worded(Wording::JsonPascal, Operation::Record, &settings, &codes, &asked);
    assert_eq!(told(settings(table("x", "y"), Code::Asked)), Err("not_permitted_procedure".into()));
    assert_eq!(told(settings(Code::Asked, table("x", "y"))), Err("not_permitted_officer".into()));
    let listed = told(settings(table("9.999999", "UP-1"), table("cb", "tai-khoan"))).expect("listed");
    assert!(listed.contains(r#""MaDVC":"UP-1""#) && listed.contains(r#""MaCanBo":"tai-khoan""#));
}
