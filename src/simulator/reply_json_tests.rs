//! Tests of the JSON replies: the shapes against the samples. That values survive every shape stands in `reply_tests`.

use super::super::reply::RECORD_NAMESPACE;
use super::super::reply_style::PLAIN;
use super::*;
use crate::citizen::{PersonName, PersonalText};

const NOT_FOUND: &str = include_str!("../../tests/upstream-samples/response-037-not-found.bare.json");
const ADULT: &str = include_str!("../../tests/upstream-samples/response-037-adult-full.envelope.json");
const CHILD: &str = include_str!("../../tests/upstream-samples/response-037-child.bare.json");
const STANDARD: &str = include_str!("../../tests/upstream-samples/response-037-adult-full.qcvn109.json");

fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn record() -> Record {
    let mut record = Record::default();
    record.so_dinh_danh = PersonalText::given("999085000001");
    record.ho_va_ten = PersonName::whole("NGUYỄN VĂN MẪU MỘT");
    record.gioi_tinh = PersonalText::given("1");
    record
}

fn written(style: Style) -> Value {
    people(&[&record()], style, RECORD_NAMESPACE).expect("written")
}

/// The names of all members, at every level.
fn names(value: &Value, path: &str, found: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    for (name, value) in members {
        let path = format!("{path}/{name}");
        names(value, &path, found);
        found.push(path);
    }
}

fn sorted_names(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    names(value, "", &mut found);
    found.sort();
    found
}

#[test]
fn envelope_and_bare_have_the_members_of_the_samples() {
    assert_eq!(sorted_names(&written(PLAIN)), sorted_names(&sample(ADULT)));
    let bare = Style { json: JsonFlavour::Bare, ..PLAIN };
    assert_eq!(sorted_names(&written(bare)), sorted_names(&sample(CHILD)));
}

#[test]
fn the_standard_flavour_has_members_that_the_sample_has() {
    let style = Style { json: JsonFlavour::Qcvn109, blank: Blank::Absent, ..PLAIN };
    let reply = written(style);
    let known = sorted_names(&sample(STANDARD));
    for name in sorted_names(&reply) {
        assert!(known.contains(&name), "{name}");
    }
    assert_eq!(reply["CongDan"]["GioiTinh"], json!(1));
    assert_eq!(reply["SoCongDan"], json!("1"));
}

#[test]
fn nobody_is_said_as_the_sample_says_it() {
    let bare = Style { json: JsonFlavour::Bare, ..PLAIN };
    assert_eq!(nobody(bare).expect("written"), sample(NOT_FOUND));
    let no_collection = Style { nobody: Nobody::NoCollection, ..bare };
    assert_eq!(nobody(no_collection).expect("written"), json!({ "Header": "", "Body": "" }));
    let empty_person = Style { nobody: Nobody::EmptyPerson, ..PLAIN };
    let reply = nobody(empty_person).expect("written");
    assert_eq!(reply["Envelope"]["Body"]["CongdanCollection"], json!({ "CongDan": "" }));
    let wrapped = Style { json: JsonFlavour::Wrapped, ..no_collection };
    let reply = nobody(wrapped).expect("written");
    assert!(reply["message"].as_str().is_some_and(|text| text.ends_with("</soapenv:Body></soapenv:Envelope>")));
}

#[test]
fn several_people_are_always_a_list() {
    let reply = people(&[&record(), &record()], PLAIN, RECORD_NAMESPACE).expect("written");
    let people = &reply["Envelope"]["Body"]["CongdanCollection"]["CongDan"];
    assert_eq!(people.as_array().map(Vec::len), Some(2));
}

#[test]
fn text_nodes_hold_given_texts_only() {
    let style = Style { text_nodes: true, ..PLAIN };
    let person = &written(style)["Envelope"]["Body"]["CongdanCollection"]["CongDan"];
    assert_eq!(person["SoDinhDanh"], json!({ "#text": { "__text": "999085000001" } }));
    assert_eq!(person["SoCMND"], json!(""));
}

#[test]
fn what_is_not_given_looks_as_the_style_says() {
    let person = |blank| {
        let reply = written(Style { blank, ..PLAIN });
        reply["Envelope"]["Body"]["CongdanCollection"]["CongDan"].clone()
    };
    assert!(person(Blank::Absent).get("ThuongTru").is_none());
    assert_eq!(person(Blank::Empty)["ThuongTru"], json!(""));
    assert_eq!(person(Blank::EmptyChildren)["ThuongTru"]["MaTinhThanh"], json!(""));
    assert_eq!(person(Blank::Null).get("ThuongTru"), Some(&Value::Null));
    assert_eq!(person(Blank::Spaces)["SoCMND"], json!(" \n "));
}

#[test]
fn existence_stands_where_the_flavour_puts_content() {
    let reply = |json| existence(false, Style { json, ..PLAIN }).expect("written");
    assert_eq!(reply(JsonFlavour::Envelope)["Envelope"]["Body"]["KetQuaXacThuc"]["TonTai"], json!("false"));
    assert_eq!(reply(JsonFlavour::Bare)["Body"]["KetQuaXacThuc"]["TonTai"], json!("false"));
    assert_eq!(reply(JsonFlavour::Qcvn109)["KetQuaXacThuc"]["TonTai"], json!("false"));
    assert!(reply(JsonFlavour::Wrapped)["message"].as_str().is_some_and(|text| text.contains(">false<")));
}
