//! Person files: a full one, sparse ones, and every mistake that is refused.

use super::*;
use crate::citizen::{Attribute, Given};

const FULL: &str = r#"{
  "$schema": "../../schemas/catalog/person.schema.json",
  "number": "999185000002",
  "note": "Một người mẫu có đủ mọi mục.",
  "record": {
    "so_cmnd": "999000123",
    "ho_va_ten": "TRẦN THỊ MẪU",
    "gioi_tinh": "2",
    "dan_toc": "01",
    "ton_giao": "00",
    "tinh_trang_hon_nhan": "2",
    "nhom_mau": "01",
    "ngay_sinh": "1985-03-12",
    "quoc_tich": "VN",
    "noi_dang_ky_khai_sinh": { "tinh": "01", "huyen": "001", "xa": "00001" },
    "que_quan": { "quoc_gia": "VN" },
    "thuong_tru": { "tinh": "01", "xa": "00004", "chi_tiet": "SỐ 1 PHỐ MẪU", "quoc_gia": "VN" },
    "noi_o_hien_tai": {},
    "cha": { "ho_va_ten": { "ho": "TRẦN", "chu_dem": "VĂN", "ten": "MẪU" }, "so_cmnd": "999000124" },
    "me": { "ho_va_ten": "LÊ THỊ MẪU", "quoc_tich": "VN", "so_dinh_danh": "999160000003" },
    "vo_chong": { "ho_va_ten": "NGUYỄN VĂN MẪU", "so_dinh_danh": "999083000004" },
    "nguoi_dai_dien": { "ho_va_ten": " " },
    "chu_ho": { "ho_va_ten": "NGUYỄN VĂN MẪU", "so_dinh_danh": "999083000004", "quan_he": "CH01" },
    "so_so_ho_khau": "MẪU 1",
    "trang_thai_cong_dan": "0"
  }
}"#;

/// What the record gives, as text; `None` when not given.
fn given(record: &Record, path: &str) -> Option<String> {
    match record.given(Attribute::from_path(path).expect("an attribute"))? {
        Given::Text(text) => Some(text.to_owned()),
        Given::Name(name) => Some(name.full().into_owned()),
        Given::Date(date) => Some(date.iso()),
        Given::Year(year) => Some(year.to_string()),
        Given::Address(_) => Some("{}".to_owned()),
        Given::Conflict => Some("conflict".to_owned()),
    }
}

fn with_record(record: &str) -> Result<Person, Vec<Finding>> {
    read(&format!(r#"{{ "number": "999085000001", "note": "mẫu", "record": {record} }}"#))
}

/// Rule, pointer and English sentence of the only finding.
fn problem(read: Result<Person, Vec<Finding>>) -> String {
    let findings = read.err().expect("refused");
    assert_eq!(findings.len(), 1);
    format!("{} {}: {}", findings[0].rule, findings[0].pointer, findings[0].en)
}

#[test]
fn a_full_file_gives_a_full_record() {
    let person = read(FULL).expect("a person");
    assert!(person.number == "999185000002" && person.note.starts_with("Một"));
    for (path, expected) in [
        ("so_dinh_danh", Some("999185000002")),
        ("so_cmnd", Some("999000123")),
        ("ho_va_ten", Some("TRẦN THỊ MẪU")),
        ("ho_va_ten.ho", None),
        ("gioi_tinh", Some("2")),
        ("dan_toc", Some("01")),
        ("ngay_sinh", Some("1985-03-12")),
        ("ngay_sinh.nam", Some("1985")),
        ("noi_dang_ky_khai_sinh.huyen", Some("001")),
        ("noi_dang_ky_khai_sinh.xa", Some("00001")),
        ("thuong_tru.chi_tiet", Some("SỐ 1 PHỐ MẪU")),
        ("noi_o_hien_tai", None),
        ("cha.ho_va_ten", Some("TRẦN VĂN MẪU")),
        ("cha.so_dinh_danh", None),
        ("cha.so_cmnd", Some("999000124")),
        ("me.so_dinh_danh", Some("999160000003")),
        ("vo_chong.ho_va_ten", Some("NGUYỄN VĂN MẪU")),
        ("nguoi_dai_dien.ho_va_ten", None),
        ("chu_ho.quan_he", Some("CH01")),
        ("so_so_ho_khau", Some("MẪU 1")),
    ] {
        assert_eq!(given(&person.record, path).as_deref(), expected, "{path}");
    }
    assert!(person.record.blocked().is_none() && person.record.hints.is_empty());
}

#[test]
fn what_is_absent_is_not_given() {
    let person = with_record("{}").expect("a person");
    let given: Vec<_> = Attribute::ALL.iter().filter(|path| person.record.given(**path).is_some()).collect();
    assert_eq!(given, [&Attribute::SoDinhDanh]);
    let old = read(r#"{ "number": "999000123", "record": { "ho_va_ten": "MẪU" } }"#).expect("a person");
    assert!(old.record.so_dinh_danh.is_none(), "nine digits are no personal number");
    let other = with_record(r#"{ "so_dinh_danh": "999085000009" }"#).expect("a person");
    assert_eq!(given_number(&other), Some("999085000009"), "another person's record, for the identity check");
}

fn given_number(person: &Person) -> Option<&str> {
    person.record.so_dinh_danh.as_ref().map(PersonalText::reveal)
}

#[test]
fn birth_dates_are_as_precise_as_written() {
    for (ngay_sinh, expected, conflict) in [
        (r#""1985""#, Some("1985"), false),
        (r#""1985-03""#, Some("1985-03"), false),
        (r#""""#, None, false),
        (r#"{ "nam": "1985", "ngay_thang_nam": "1985-03-12" }"#, Some("1985-03-12"), false),
        (r#"{ "nam": "1958", "ngay_thang_nam": "1985-03-12" }"#, Some("conflict"), true),
    ] {
        let person = with_record(&format!(r#"{{ "ngay_sinh": {ngay_sinh} }}"#)).expect("a person");
        assert_eq!(given(&person.record, "ngay_sinh").as_deref(), expected, "{ngay_sinh}");
        assert_eq!(person.record.hints.contains(&Hint::BirthYearConflict), conflict);
    }
}

#[test]
fn a_lookalike_letter_gives_the_hint_of_the_reply_reader() {
    let person = with_record("{ \"ho_va_ten\": \"\u{d0}Ỗ THỊ MẪU\" }").expect("a person");
    assert_eq!(person.record.hints, [Hint::LookalikeLetter]);
}

#[test]
fn mistakes_are_refused_with_their_place_and_without_the_value() {
    for (record, expected) in [
        (r#"{ "gioi_tinh": 2 }"#, "expected_text /record/gioi_tinh"),
        (r#"{ "thuong_tru": { "tinh": 1 } }"#, "expected_text /record/thuong_tru/tinh"),
        (r#"{ "thuong_tru": { "phuong": "00004" } }"#, "unknown_member /record/thuong_tru/phuong"),
        (r#"{ "Ho_Va_Ten": "MẪU" }"#, "unknown_member /record/Ho_Va_Ten"),
        (r#"{ "ho_va_ten": { "ho": "MẪU", "giua": "MẪU" } }"#, "unknown_member /record/ho_va_ten/giua"),
        (r#"{ "ho_va_ten": 1 }"#, "A name is a text"),
        (r#"{ "ngay_sinh": 1985 }"#, "A birth date is a text"),
        (r#"{ "gioi_tinh": "1", "gioi_tinh": "2" }"#, "duplicate_key /record/gioi_tinh"),
        (r#"{ "ngay_sinh": "1985-02-30" }"#, "person_date /record/ngay_sinh"),
        (r#"{ "ngay_sinh": "12/03/1985" }"#, "person_date /record/ngay_sinh"),
        (r#"{ "ngay_sinh": { "nam": "1985-03", "ngay_thang_nam": "1985-03-12" } }"#, "person_date /record/ngay_sinh"),
        (r#"{ "so_cmnd": "999000000123" }"#, "person_number /record/so_cmnd"),
        (r#"{ "so_dinh_danh": "999000123" }"#, "person_number /record/so_dinh_danh"),
        (r#"{ "so_dinh_danh": "999085 000001" }"#, "person_number /record/so_dinh_danh"),
        (concat!(r#"{ "so_dinh_danh": "001"#, r#"085000000" }"#), "not_invented /record/so_dinh_danh"),
        (concat!(r#"{ "me": { "so_dinh_danh": "001"#, r#"160000000" } }"#), "not_invented /record/me/so_dinh_danh"),
        (concat!(r#"{ "chu_ho": { "so_cmnd": "010"#, r#"000000" } }"#), "not_invented /record/chu_ho/so_cmnd"),
    ] {
        let problem = problem(with_record(record));
        assert!(problem.contains(expected), "{record}: {problem}");
    }
    for (file, expected) in [
        (r#"{ "number": 999085000001, "record": {} }"#, "expected_text /number"),
        (concat!(r#"{ "number": "001"#, r#"085000000", "record": {} }"#), "not_invented /number"),
        (r#"{ "number": "99908500001", "record": {} }"#, "person_number /number"),
        (r#"{ "number": "999085000001" }"#, "The member `record` is required"),
        (r#"{ "number": "999085000001", "record": {}, "extra": "" }"#, "unknown_member /extra"),
        ("[]", "expected_object"),
        ("", "json_syntax"),
    ] {
        let problem = problem(read(file));
        assert!(problem.contains(expected) && !problem.contains("085000"), "{file}: {problem}");
    }
}

#[test]
fn every_mistake_of_a_file_is_told_at_its_place() {
    let text = concat!(
        r#"{ "number": "1", "record": { "gioitinh": "1", "me": { "so_cmnd": "010"#,
        r#"000000" }, "ngay_sinh": 1 } }"#
    );
    let findings = read(text).err().expect("refused");
    let places: Vec<&str> = findings.iter().map(|finding| &text[finding.span.clone()]).collect();
    assert_eq!(places, ["\"1\"", "1", "\"010000000\"", "\"gioitinh\""]);
    assert_eq!(findings[3].did_you_mean.as_deref(), Some("gioi_tinh"));
}
