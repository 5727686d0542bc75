//! Tests of the reader of JSON requests against the samples of the protocol text.

use serde_json::{Value, json};

use super::super::forms::{DateForms, NameForms};
use super::super::request::SearchedBirth;
use super::*;

const PASCAL_SAMPLE: &str = include_str!("../../tests/upstream-samples/request-lgsp-json-pascal.json");
const CAMEL_SAMPLE: &str = include_str!("../../tests/upstream-samples/request-lgsp-json-camel.json");
const STRICT: Rules = Rules { strict: true, name: NameForms::CompactAscii, date: DateForms::Yyyymmdd };
const LENIENT: Rules = Rules { strict: false, ..STRICT };

fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn pascal(body: &Value, rules: Rules) -> Result<SearchRequest, RequestRefusal> {
    read_pascal(body.to_string().as_bytes(), Operation::LookUp, rules)
}

fn camel(body: &Value, rules: Rules) -> Result<SearchRequest, RequestRefusal> {
    read_camel(body.to_string().as_bytes(), Operation::LookUp, rules)
}

/// A sample with one member set or (null) taken away.
fn with(text: &str, member: &str, value: Value) -> Value {
    let mut body = sample(text);
    let object = body.as_object_mut().expect("an object");
    if value.is_null() {
        object.remove(member);
    } else {
        object.insert(member.to_owned(), value);
    }
    body
}

#[test]
fn the_samples_are_read() {
    for asked in [pascal(&sample(PASCAL_SAMPLE), STRICT), camel(&sample(CAMEL_SAMPLE), STRICT)] {
        let Ok(asked) = asked else { panic!("not read") };
        assert_eq!((asked.officer.as_str(), asked.number.digits()), ("999080000099", "999085000001"));
        assert_eq!(asked.name.reveal(), "NGUYENVANMAUMOT");
        assert!(asked.birth == Some(SearchedBirth::Date(jiff::civil::date(1985, 3, 12))));
    }
}

#[test]
fn unused_members_may_be_empty_or_absent() {
    for member in ["SoCMND", "Nam"] {
        assert!(pascal(&with(PASCAL_SAMPLE, member, Value::Null), STRICT).is_ok(), "{member}");
    }
    assert!(camel(&with(CAMEL_SAMPLE, "soCMND", Value::Null), STRICT).is_ok());
}

#[test]
fn a_year_alone_is_read_in_both_flavours() {
    let mut body = with(PASCAL_SAMPLE, "NgayThangNam", json!(""));
    body["Nam"] = json!("1985");
    let year = Some(SearchedBirth::Year(1985));
    assert!(pascal(&body, STRICT).is_ok_and(|asked| asked.birth == year));
    assert!(camel(&with(CAMEL_SAMPLE, "ngayThangNam", json!("1985")), STRICT).is_ok_and(|asked| asked.birth == year));
}

#[test]
fn each_broken_rule_is_named() {
    for (member, value, expected) in [
        ("MaYeuCau", Value::Null, RequestRefusal::Missing("MaYeuCau")),
        ("MaDVC", json!(""), RequestRefusal::Form("MaDVC")),
        ("MaTichHop", json!("033"), RequestRefusal::Form("MaTichHop")),
        ("MaTichHop", Value::Null, RequestRefusal::Missing("MaTichHop")),
        ("SoDinhDanh", json!(""), RequestRefusal::OneNumber),
        ("SoCMND", json!("999000001"), RequestRefusal::OneNumber),
        ("SoDinhDanh", json!("99908500000"), RequestRefusal::Form("SoDinhDanh")),
        ("HoVaTen", json!("NGUYỄN VĂN MẪU MỘT"), RequestRefusal::Form("HoVaTen")),
        ("NgayThangNam", json!(""), RequestRefusal::OneBirthDate),
        ("Nam", json!("1985"), RequestRefusal::OneBirthDate),
        ("NgayThangNam", json!("1985-03-12"), RequestRefusal::Form("NgayThangNam")),
        ("NgayThangNam", json!(19850312), RequestRefusal::NotJson),
        ("Khac", json!("x"), RequestRefusal::Unknown),
        ("maYeuCau", json!("x"), RequestRefusal::Unknown),
    ] {
        assert_eq!(pascal(&with(PASCAL_SAMPLE, member, value), STRICT).err(), Some(expected), "{member}");
    }
    for (member, value, expected) in [
        ("userNameService", Value::Null, RequestRefusal::Missing("userNameService")),
        ("userNameService", json!(" "), RequestRefusal::Form("userNameService")),
        ("soCMND", json!("999000001"), RequestRefusal::OneNumber),
        ("ngayThangNam", json!(""), RequestRefusal::OneBirthDate),
        ("maTichHop", json!("037"), RequestRefusal::Unknown),
        ("MaYeuCau", json!("x"), RequestRefusal::Unknown),
    ] {
        assert_eq!(camel(&with(CAMEL_SAMPLE, member, value), STRICT).err(), Some(expected), "{member}");
    }
}

#[test]
fn lenient_reading_passes_over_unknown_members() {
    assert!(pascal(&with(PASCAL_SAMPLE, "Khac", json!("x")), LENIENT).is_ok());
    assert!(camel(&with(CAMEL_SAMPLE, "maTichHop", json!("037")), LENIENT).is_ok());
}

#[test]
fn what_is_not_one_object_of_texts_is_refused() {
    let twice = PASCAL_SAMPLE.replacen('{', "{\"MaDVC\": \"9.999999\",", 1);
    let read = |body: &str| read_pascal(body.as_bytes(), Operation::LookUp, STRICT).err();
    assert_eq!(read(&twice), Some(RequestRefusal::Twice("MaDVC")));
    for body in ["", "[]", "{", "\"x\"", "{} {}", "<a/>"] {
        assert_eq!(read(body), Some(RequestRefusal::NotJson), "{body}");
    }
}

#[test]
fn a_verification_has_both_field_sets() {
    let verify = |body: &Value| read_pascal(body.to_string().as_bytes(), Operation::Verification, STRICT);
    assert!(verify(&with(PASCAL_SAMPLE, "MaTichHop", json!("003"))).is_ok());
    assert_eq!(verify(&sample(PASCAL_SAMPLE)).err(), Some(RequestRefusal::Form("MaTichHop")));
    let later = json!({
        "MaYeuCau": "SIM-1", "MaDichVu": "9.999999", "MaCanBo": "999080000099",
        "SoDinhDanh": "999085000001", "SoCMND": "", "HoVaTen": "NGUYENVANMAUMOT",
    });
    assert!(verify(&later).is_ok_and(|asked| asked.birth.is_none()));
    let without_birth = with(CAMEL_SAMPLE, "ngayThangNam", Value::Null);
    assert!(read_camel(without_birth.to_string().as_bytes(), Operation::Verification, STRICT).is_ok());
}
