//! Every file of the protocol's sample folder with its expected outcome.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;

use super::super::{HttpReply, read_existence, read_token};
use super::{ADULT, CHILD, EMPTY_ELEMENTS, FOREIGN_BORN, PARENTS_CMND, YEAR_ONLY, found, name_of, read_as, sample};
use crate::citizen::{BirthDate, PersonName, PersonalText};
use crate::config::ReplySettings;

/// What a sample is, and what is expected of it.
enum Sample {
    /// A reply to 037: HTTP status, who was asked for, outcome.
    Reply(u16, [&'static str; 3], &'static str),
    /// A reply to 033.
    Existence(bool),
    Token(&'static str),
    /// Not a reply: written by us (tested with the request) or by the JSON gateway profile.
    Request,
    Text,
}

const SAMPLES: &[(&str, Sample)] = &[
    ("README.md", Sample::Text),
    ("gateway-401-token-expired.json", Sample::Reply(401, ADULT, "auth_failed")),
    ("gateway-401-token-expired.xml", Sample::Reply(401, ADULT, "auth_failed")),
    ("gateway-token-200.json", Sample::Token("SIM-ACCESS-TOKEN-NOT-A-SECRET")),
    ("gateway-token-camel-200.json", Sample::Token("SIM-TOKEN-NOT-A-SECRET")),
    ("request-033.xml", Sample::Request),
    ("request-037-full-date.xml", Sample::Request),
    ("request-037-year-only-cmnd.xml", Sample::Request),
    ("request-lgsp-json-camel.json", Sample::Request),
    ("request-lgsp-json-pascal.json", Sample::Request),
    ("response-033-true.bare.json", Sample::Existence(true)),
    ("response-033-true.xml", Sample::Existence(true)),
    ("response-037-adult-full.envelope.json", Sample::Reply(200, ADULT, "found")),
    ("response-037-adult-full.qcvn109.json", Sample::Reply(200, ADULT, "found")),
    ("response-037-adult-full.xml", Sample::Reply(200, ADULT, "found")),
    ("response-037-birth-year-only.wrapped.json", Sample::Reply(200, YEAR_ONLY, "found")),
    ("response-037-birth-year-only.xml", Sample::Reply(200, YEAR_ONLY, "found")),
    ("response-037-child.bare.json", Sample::Reply(200, CHILD, "found")),
    ("response-037-child.xml", Sample::Reply(200, CHILD, "found")),
    ("response-037-empty-elements.xml", Sample::Reply(200, EMPTY_ELEMENTS, "found")),
    ("response-037-foreign-born.xml", Sample::Reply(200, FOREIGN_BORN, "found")),
    ("response-037-name-mismatch.xml", Sample::Reply(200, ADULT, "not_found")),
    ("response-037-not-found.bare.json", Sample::Reply(200, ADULT, "not_found")),
    ("response-037-not-found.xml", Sample::Reply(200, ADULT, "not_found")),
    ("response-037-parents-cmnd-only.xml", Sample::Reply(200, PARENTS_CMND, "found")),
    ("response-soap-fault.xml", Sample::Reply(500, ADULT, "upstream_fault/soap_fault")),
];

fn text(value: Option<&PersonalText>) -> &str {
    value.map_or("-", PersonalText::reveal)
}

fn full(name: Option<&PersonName>) -> String {
    name.map_or("-".to_owned(), |name| name.full().into_owned())
}

fn birth(date: BirthDate) -> String {
    match date {
        BirthDate::NotGiven => "-".to_owned(),
        BirthDate::Given(date) => date.iso(),
        BirthDate::Conflict { .. } => "conflict".to_owned(),
    }
}

#[test]
fn every_sample_has_its_expected_outcome() {
    for (file, expected) in SAMPLES {
        let body = sample(file);
        let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
        match expected {
            Sample::Reply(status, person, outcome) => {
                assert_eq!(name_of(&read_as(*status, None, body.as_bytes(), *person)), *outcome, "{file}");
            }
            Sample::Existence(exists) => {
                assert_eq!(
                    read_existence(&reply, &ReplySettings::default()).map_err(|outcome| name_of(&outcome)),
                    Ok(*exists),
                    "{file}"
                );
            }
            Sample::Token(token) => {
                let read = read_token(&reply).map_err(|outcome| name_of(&outcome)).expect("token");
                assert_eq!(read.token.expose_secret(), *token, "{file}");
            }
            Sample::Request | Sample::Text => assert!(!body.is_empty()),
        }
    }
}

#[test]
fn no_sample_is_forgotten() {
    let folder = format!("{}/tests/upstream-samples", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").file_name());
    let present: BTreeSet<String> = files.map(|name| name.into_string().expect("UTF-8")).collect();
    let named: BTreeSet<String> = SAMPLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(present, named);
}

#[test]
fn a_full_record_is_read_value_by_value() {
    let record = found(&sample("response-037-adult-full.xml"), ADULT);
    assert_eq!(text(record.so_dinh_danh.as_ref()), "999085000001");
    assert_eq!(text(record.so_cmnd.as_ref()), "999000001");
    assert_eq!(full(record.ho_va_ten.as_ref()), "NGUYỄN VĂN MẪU MỘT");
    assert!(matches!(record.ho_va_ten, Some(PersonName::Whole(_))));
    assert_eq!(birth(record.ngay_sinh), "1985-03-12");
    let codes = [
        &record.gioi_tinh,
        &record.dan_toc,
        &record.ton_giao,
        &record.tinh_trang_hon_nhan,
        &record.nhom_mau,
        &record.quoc_tich,
        &record.so_so_ho_khau,
    ];
    assert_eq!(codes.map(|code| text(code.as_ref())), ["1", "01", "00", "2", "00", "VN", "MAU-0001"]);
    let home = &record.thuong_tru;
    let home = [&home.tinh, &home.huyen, &home.xa, &home.quoc_gia].map(|part| text(part.as_ref()));
    assert_eq!(home, ["01", "001", "00001", "VN"]);
    assert_eq!(full(record.cha.ho_va_ten.as_ref()), "NGUYỄN VĂN MẪU CHA");
    assert_eq!(text(record.me.so_dinh_danh.as_ref()), "999160000003");
    assert_eq!(text(record.vo_chong.so_cmnd.as_ref()), "999000004");
    assert!(record.nguoi_dai_dien.ho_va_ten.is_none());
    assert_eq!(text(record.chu_ho.quan_he.as_ref()), "CH01");
    assert_eq!(text(record.chu_ho.so_dinh_danh.as_ref()), "999085000001");
    assert!(record.hints.is_empty());
}

#[test]
fn every_json_flavour_gives_the_record_of_the_xml_reply() {
    let pairs = [
        ("response-037-adult-full.xml", "response-037-adult-full.envelope.json", ADULT),
        ("response-037-child.xml", "response-037-child.bare.json", CHILD),
        ("response-037-birth-year-only.xml", "response-037-birth-year-only.wrapped.json", YEAR_ONLY),
    ];
    for (xml, json, person) in pairs {
        assert!(found(&sample(xml), person) == found(&sample(json), person), "{json}");
    }
}

#[test]
fn the_flavour_near_the_standard_is_read_with_its_parts_and_single_unit_codes() {
    let record = found(&sample("response-037-adult-full.qcvn109.json"), ADULT);
    assert!(matches!(record.ho_va_ten, Some(PersonName::Parts { .. })));
    assert_eq!(full(record.ho_va_ten.as_ref()), "Nguyễn Văn Mẫu Một");
    assert_eq!(
        [&record.gioi_tinh, &record.dan_toc, &record.ton_giao].map(|code| text(code.as_ref())),
        ["1", "01", "00"]
    );
    assert_eq!(birth(record.ngay_sinh), "1985-03-12");
    assert_eq!(text(record.thuong_tru.xa.as_ref()), "00001");
    assert!(record.thuong_tru.tinh.is_none() && record.thuong_tru.huyen.is_none());
    assert_eq!(full(record.me.ho_va_ten.as_ref()), "Trần Thị Mẫu Mẹ");
    assert!(record.vo_chong.ho_va_ten.is_none() && record.chu_ho.ho_va_ten.is_none());
    assert!(record.hints.is_empty());
}

#[test]
fn blank_groups_and_unknown_relation_codes_are_kept_as_they_are() {
    let record = found(&sample("response-037-birth-year-only.xml"), YEAR_ONLY);
    assert_eq!(birth(record.ngay_sinh), "1948");
    assert_eq!(text(record.chu_ho.quan_he.as_ref()), "CH99");
    let record = found(&sample("response-037-empty-elements.xml"), EMPTY_ELEMENTS);
    assert_eq!(birth(record.ngay_sinh), "1995-06-30");
    assert!(!record.thuong_tru.is_given() && !record.noi_o_hien_tai.is_given() && !record.que_quan.is_given());
    assert!(record.dan_toc.is_none() && record.quoc_tich.is_none() && record.cha.ho_va_ten.is_none());
    let record = found(&sample("response-037-parents-cmnd-only.xml"), PARENTS_CMND);
    assert_eq!(text(record.cha.so_cmnd.as_ref()), "999000108");
    assert_eq!(full(record.me.ho_va_ten.as_ref()), "Đặng Thị Mẫu Mười");
    assert!(record.thuong_tru.huyen.is_none());
}

#[test]
fn an_answer_about_existence_is_yes_no_or_a_failure() {
    let yes = sample("response-033-true.xml");
    let read = |status: u16, body: &str| {
        let reply = HttpReply { status, content_type: None, retry_after: None, body: body.as_bytes() };
        read_existence(&reply, &ReplySettings::default()).map_err(|outcome| name_of(&outcome))
    };
    assert_eq!(read(200, &yes.replace(">true<", "> false <")), Ok(false));
    assert_eq!(read(200, r#"{"Body":{"KetQuaXacThuc":{"TonTai":true}}}"#), Ok(true));
    let failures = [
        (200, yes.replace(">true<", "><"), "malformed/unexpected_element"),
        (200, yes.replace(">true<", ">maybe<"), "malformed/unexpected_element"),
        (200, sample("response-037-not-found.xml"), "malformed/unexpected_element"),
        (200, sample("response-037-name-mismatch.xml"), "malformed/unexpected_element"),
        (200, String::new(), "malformed/empty_body"),
        (200, sample("response-soap-fault.xml"), "upstream_fault/soap_fault"),
        (500, String::new(), "upstream_fault/server_error"),
        (401, yes.clone(), "auth_failed"),
    ];
    for (status, body, expected) in failures {
        assert_eq!(read(status, &body), Err(expected.to_owned()), "{status} {expected}");
    }
}
