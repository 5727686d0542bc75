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
        Given::Name(name) => Some(name.full()),
        Given::Date(date) => Some(date.iso()),
        Given::Year(year) => Some(year.to_string()),
        Given::Address(_) => Some("{}".to_owned()),
        Given::Conflict => Some("conflict".to_owned()),
    }
}

fn with_record(record: &str) -> Result<Person, PersonFileError> {
    read(&format!(r#"{{ "number": "999085000001", "note": "mẫu", "record": {record} }}"#))
}

fn problem(record: &str) -> String {
    with_record(record).err().expect("refused").to_string()
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
        (r#"{ "gioi_tinh": 2 }"#, "line 1, column"),
        (r#"{ "thuong_tru": { "tinh": 1 } }"#, "expected a string"),
        (r#"{ "thuong_tru": { "phuong": "00004" } }"#, "unknown field `phuong`"),
        (r#"{ "Ho_Va_Ten": "MẪU" }"#, "unknown field `Ho_Va_Ten`"),
        (r#"{ "ho_va_ten": { "ho": "MẪU", "giua": "MẪU" } }"#, "a name as text"),
        (r#"{ "ho_va_ten": 1 }"#, "a name as text"),
        (r#"{ "ngay_sinh": 1985 }"#, "a date as text"),
        (r#"{ "gioi_tinh": "1", "gioi_tinh": "2" }"#, "duplicate field"),
        (r#"{ "ngay_sinh": "1985-02-30" }"#, "record.ngay_sinh: the date"),
        (r#"{ "ngay_sinh": "12/03/1985" }"#, "record.ngay_sinh: the date"),
        (r#"{ "ngay_sinh": { "nam": "1985-03", "ngay_thang_nam": "1985-03-12" } }"#, "record.ngay_sinh: the date"),
        (r#"{ "so_cmnd": "999000000123" }"#, "record.so_cmnd: the number"),
        (r#"{ "so_dinh_danh": "999000123" }"#, "record.so_dinh_danh: the number"),
        (r#"{ "so_dinh_danh": "999085 000001" }"#, "record.so_dinh_danh: the number"),
        (concat!(r#"{ "so_dinh_danh": "001"#, r#"085000000" }"#), "record.so_dinh_danh: numbers of invented people"),
        (
            concat!(r#"{ "me": { "so_dinh_danh": "001"#, r#"160000000" } }"#),
            "record.me.so_dinh_danh: numbers of invented",
        ),
        (r#"{ "chu_ho": { "so_cmnd": "010000000" } }"#, "record.chu_ho.so_cmnd: numbers of invented"),
    ] {
        let problem = problem(record);
        assert!(problem.contains(expected), "{record}: {problem}");
    }
    for (file, expected) in [
        (r#"{ "number": 999085000001, "record": {} }"#, "expected a string"),
        (
            concat!(r#"{ "number": "001"#, r#"085000000", "record": {} }"#),
            "number: numbers of invented people start with 999",
        ),
        (r#"{ "number": "99908500001", "record": {} }"#, "number: the number is not well formed"),
        (r#"{ "number": "999085000001" }"#, "missing field `record`"),
        (r#"{ "number": "999085000001", "record": {}, "extra": "" }"#, "unknown field `extra`"),
        ("[]", "line 1"),
        ("", "line 1"),
    ] {
        let problem = read(file).err().expect("refused").to_string();
        assert!(problem.contains(expected) && !problem.contains("085000"), "{file}: {problem}");
    }
}
