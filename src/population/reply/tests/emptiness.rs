//! When emptiness means "nobody", and when it means that something went wrong (PROTOCOL §6.1; RISKS U17). Each row has its
//! reason: "no such citizen" is the one answer that must never come of an accident.

use super::super::{HttpReply, read_existence};
use super::{adult, name_of, sample, told};
use crate::config::{ReplyFlavour, ReplySettings};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

fn envelope(namespace: &str, body: &str) -> String {
    format!("<Envelope xmlns=\"{namespace}\">{body}</Envelope>")
}

#[test]
fn an_empty_body_says_nobody_only_where_it_is_said() {
    let nobody = "not_found";
    let malformed = "malformed/unexpected_element";
    let cases = [
        // `bare`: an empty element is "", also a group (PROTOCOL §6.4): a body without any child (§6.1).
        (r#"{"Body":""}"#, nobody),
        (r#"{"Header":"","Body":""}"#, nobody),
        (r#"{"Body":" \n"}"#, nobody),
        // An object without members is an element without children.
        (r#"{"Body":{}}"#, nobody),
        (r#"{"Body":{"@xmlns":"x"}}"#, nobody),
        (r#"{"Body":[{}]}"#, nobody),
        (r#"{"Envelope":{"Header":"","Body":""}}"#, nobody),
        // `null` is "not given" (§5.2 rule 2), and an envelope without a body is no envelope.
        (r#"{"Body":null}"#, malformed),
        (r#"{"Envelope":{"Body":null}}"#, malformed),
        (r#"{"Envelope":null}"#, malformed),
        (r#"{"Envelope":""}"#, malformed),
        // The text `null` is what a broken converter makes of it (ASM in §5.2).
        (r#"{"Body":"null"}"#, malformed),
        // A list of no bodies holds no body.
        (r#"{"Body":[]}"#, malformed),
        (r#"{"Body":[null]}"#, malformed),
        (r#"{"Body":["",""]}"#, "malformed/duplicate_element"),
        // Values are no emptiness.
        (r#"{"Body":false}"#, malformed),
        (r#"{"Body":0}"#, malformed),
        // Something unknown beside the body, or in it, is not nobody.
        (r#"{"Body":"","Loi":"x"}"#, malformed),
        (r#"{"Body":"","Loi":""}"#, malformed),
        (r#"{"Body":{"Loi":null}}"#, malformed),
        (r#"{"Envelope":{"Body":""},"Loi":""}"#, malformed),
    ];
    for (body, expected) in cases {
        assert_eq!(told(body), expected, "{body}");
    }
}

#[test]
fn an_empty_person_says_nobody_only_in_a_collection_that_says_that_it_is_one() {
    let nobody = "not_found";
    let malformed = "malformed/unexpected_element";
    let cases = [
        // Not given, and nothing else there: any error path may write that.
        (r#"{"CongDan":null}"#, malformed),
        (r#"{"CongDan":[]}"#, malformed),
        (r#"{"CongDan":null,"Loi":"x"}"#, malformed),
        // A member of the standard's collection beside it says what it is (PROTOCOL §6.4).
        (r#"{"CongDan":null,"SoCongDan":"0"}"#, nobody),
        (r#"{"CongDan":[],"SoCongDan":0}"#, nobody),
        (r#"{"CongDan":null,"ThoiDiemDuLieu":"2026-01-05T08:00:00"}"#, nobody),
        // A person of whom nothing is said, in so many words: the third form of §6.1.
        (r#"{"CongDan":{}}"#, nobody),
        (r#"{"CongDan":""}"#, nobody),
        (r#"{"CongDan":[{}]}"#, nobody),
        (r#"{"CongDan":{"SoDinhDanh":null,"HoVaTen":{"Ho":"","Ten":" "}}}"#, nobody),
        // Something that we do not know is said of the person.
        (r#"{"CongDan":{"Loi":"x"}}"#, "malformed/no_identity"),
        (r#"{"CongDan":{"Loi":""}}"#, nobody),
        (r#"{"CongDan":"loi"}"#, "malformed/no_identity"),
        // The collection is named, so its emptiness is said.
        (r#"{"Body":{"CongdanCollection":null}}"#, nobody),
        (r#"{"Body":{"CongdanCollection":{"CongDan":null}}}"#, nobody),
        (r#"{"Body":{"CongdanCollection":{"Loi":""}}}"#, malformed),
        (r#"{"Body":{"CongdanCollection":"loi"}}"#, malformed),
        // Counted without being there.
        (r#"{"SoCongDan":"0"}"#, malformed),
        // A person that is not wanted still says that somebody is there.
        (r#"{"CongDan":{"Cha":{"HoVaTen":"x"}}}"#, "malformed/no_identity"),
    ];
    for (body, expected) in cases {
        assert_eq!(told(body), expected, "{body}");
    }
}

#[test]
fn an_unknown_envelope_is_read_when_it_holds_something_and_never_believed_when_it_is_empty() {
    let collection = "<Body><CongdanCollection xmlns=\"http://www.mic.gov.vn/dancu/1.0\"/></Body>";
    let cases = [
        (envelope(SOAP, "<Body/>"), "not_found"),
        (envelope(SOAP, "<Header/><Body>\n</Body>"), "not_found"),
        (envelope(SOAP, "<Body>null</Body>"), "malformed/unexpected_element"),
        (envelope(SOAP_12, "<Body/>"), "malformed/unexpected_element"),
        (envelope("urn:x", "<Body/>"), "malformed/unexpected_element"),
        ("<Envelope><Body/></Envelope>".to_owned(), "malformed/unexpected_element"),
        (envelope(SOAP_12, collection), "not_found"),
        (envelope(SOAP_12, "<Body><Fault/></Body>"), "upstream_fault/soap_fault"),
        (adult().replace(SOAP, SOAP_12), "found"),
    ];
    for (body, expected) in cases {
        assert_eq!(told(&body), expected, "{body:.90}");
    }
}

#[test]
fn existence_is_read_in_every_flavour_and_a_failure_is_never_a_no() {
    let xml = sample("response-033-true.xml");
    let wrapped = |text: &str| serde_json::json!({ "error_code": "0", "message": text }).to_string();
    let read = |flavour: Option<ReplyFlavour>, body: &str| {
        let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
        let settings = ReplySettings { flavour, ..ReplySettings::default() };
        read_existence(&reply, &settings).map_err(|outcome| name_of(&outcome))
    };
    use ReplyFlavour as F;
    let answers = [
        (F::Soap, xml.clone(), true),
        (F::Soap, xml.replace("true", "false"), false),
        (F::Envelope, r#"{"Envelope":{"Header":"","Body":{"KetQuaXacThuc":{"TonTai":"true"}}}}"#.to_owned(), true),
        (F::Envelope, r##"{"Envelope":{"Body":{"KetQuaXacThuc":{"TonTai":{"#text":"false"}}}}}"##.to_owned(), false),
        (F::Bare, r#"{"Header":"","Body":{"KetQuaXacThuc":{"TonTai":false}}}"#.to_owned(), false),
        (F::Bare, r#"{"Body":{"KetQuaXacThuc":[{"TonTai":["true"]}]}}"#.to_owned(), true),
        (F::Wrapped, wrapped(&xml), true),
        (F::Wrapped, wrapped(&xml.replace("true", "false")), false),
        (F::Qcvn109, r#"{"KetQuaXacThuc":{"TonTai":"true"}}"#.to_owned(), true),
    ];
    for (flavour, body, expected) in answers {
        assert_eq!(read(None, &body), Ok(expected), "{body}");
        assert_eq!(read(Some(flavour), &body), Ok(expected), "{body}");
        let other = if flavour == F::Soap { F::Bare } else { F::Soap };
        assert_eq!(read(Some(other), &body), Err("malformed/unexpected_element".to_owned()), "{body}");
    }
    let failures = [
        (r#"{"Body":""}"#.to_owned(), "malformed/unexpected_element"),
        (r#"{"Body":{"KetQuaXacThuc":null}}"#.to_owned(), "malformed/unexpected_element"),
        (r#"{"Body":{"KetQuaXacThuc":{"TonTai":null}}}"#.to_owned(), "malformed/unexpected_element"),
        (r#"{"Body":{"KetQuaXacThuc":{"TonTai":0}}}"#.to_owned(), "malformed/unexpected_element"),
        (r#"{"Body":{"KetQuaXacThuc":{"TonTai":"false","Loi":""}}}"#.to_owned(), "malformed/unexpected_element"),
        (r#"{"Body":{"KetQuaXacThuc":{"TonTai":"false"},"Loi":""}}"#.to_owned(), "malformed/unexpected_element"),
        (r#"{"Body":{"KetQuaXacThuc":{"TonTai":["false","false"]}}}"#.to_owned(), "malformed/unexpected_element"),
        (r#"{"KetQuaXacThuc":{"TonTai":"false"},"CongDan":null}"#.to_owned(), "malformed/unexpected_element"),
        (r#"{"TonTai":"false"}"#.to_owned(), "malformed/unexpected_element"),
        (r#"{"error_code":"1","message":"x"}"#.to_owned(), "upstream_fault/gateway_fault"),
        (wrapped("false"), "malformed/not_well_formed"),
        (
            xml.replace("<dan:TonTai>", "<x:TonTai xmlns:x=\"x\">").replace("</dan:TonTai>", "</x:TonTai>"),
            "malformed/unexpected_element",
        ),
    ];
    for (body, expected) in failures {
        assert_eq!(read(None, &body), Err(expected.to_owned()), "{body}");
    }
    // Asked for a record, an answer about existence is nothing that was asked for.
    assert_eq!(told(&xml), "malformed/unexpected_element");
    assert_eq!(told(&xml.replace("true", "false")), "malformed/unexpected_element");
    assert_eq!(told(r#"{"KetQuaXacThuc":{"TonTai":"false"}}"#), "malformed/unexpected_element");
}
