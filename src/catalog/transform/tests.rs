use std::path::Path;
use std::sync::LazyLock;

use super::date_words::date_words;
use super::places::address_line;
use super::*;
use crate::catalog::{Catalog, CodeList, load};
use crate::citizen::{BirthDate, PersonName, PersonalText};

fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> =
        LazyLock::new(|| load(Path::new("service-catalog"), Path::new("schemas")).expect("the catalogue"));
    &CATALOG
}

fn list(name: &str) -> CodeList {
    let text = std::fs::read_to_string(format!("service-catalog/code-lists/{name}.csv")).expect("a list");
    CodeList::read(&text, &mut Vec::new()).expect("a list")
}

/// The value, the text in brackets, `?` for a suggestion, or the reason.
fn shown(result: Result<Fitted, Unfit>) -> String {
    match result {
        Ok(fitted) => {
            let value = match fitted.value {
                Value::Text(text) => text.into_owned(),
                Value::Integer(number) => number.to_string(),
                Value::Address(address) => serde_json::to_string(&address).expect("JSON"),
            };
            let text = fitted.text.map(|text| format!(" [{text}]")).unwrap_or_default();
            format!("{value}{text}{}", if fitted.suggest { "?" } else { "" })
        }
        Err(Unfit::NotGiven) => "not_given".to_owned(),
        Err(Unfit::UnknownCode(code)) => format!("unknown_code {code}"),
        Err(Unfit::Choices(_, units)) => {
            let codes: Vec<String> = units.into_iter().map(|unit| unit.code.to_owned()).collect();
            format!("choices {}", codes.join(" "))
        }
        Err(Unfit::NotInList(text)) => format!("not_in_list {}", text.unwrap_or_default()),
        Err(Unfit::PartialDate(text)) => format!("partial_date {text}"),
        Err(Unfit::Conflict) => "conflict".to_owned(),
        Err(Unfit::UnitsClash) => "units_clash".to_owned(),
    }
}

fn given_code(list: &CodeList, raw: &str) -> String {
    let catalog = catalog();
    let context = TransformContext {
        units: &catalog.units,
        countries: &catalog.countries,
        form_day: jiff::civil::date(2026, 11, 20),
    };
    let record = Record::default();
    let input = Input { record: &record, attribute: Attribute::DanToc, given: Given::Text(raw), list: Some(list) };
    shown(code(&input, &context))
}

#[test]
fn an_unknown_code_is_shown_and_never_mapped() {
    let ethnic = list("dan-toc");
    assert_eq!(given_code(&ethnic, "01"), "01 [Kinh]");
    assert_eq!(given_code(&ethnic, "1"), "01 [Kinh]", "as text and as a number");
    assert_eq!(given_code(&ethnic, "77"), "unknown_code 77");
    assert_eq!(given_code(&ethnic, "Kinh"), "unknown_code Kinh");
}

#[test]
fn a_default_gender_does_not_exist() {
    let gender = list("gioi-tinh");
    assert_eq!(given_code(&gender, "1"), "1 [Nam]");
    assert_eq!(given_code(&gender, "2"), "2 [Nữ]");
    for odd in ["0", "3", "01", "Nam", "x"] {
        assert_eq!(given_code(&gender, odd), format!("unknown_code {odd}"));
    }
}

#[test]
fn no_information_is_not_given_and_a_disputed_code_is_only_offered() {
    assert_eq!(given_code(&list("tinh-trang-hon-nhan"), "0"), "not_given");
    assert_eq!(given_code(&list("nhom-mau"), "00"), "not_given");
    assert_eq!(given_code(&list("ton-giao"), "00"), "00 [Không]", "no religion is an answer");
    assert!(given_code(&list("ton-giao"), "13").ends_with('?'));
    assert_eq!(given_code(&list("quan-he-chu-ho"), "CH99"), "unknown_code CH99");
    assert!(given_code(&list("quan-he-chu-ho"), "LOCAL-VO").starts_with("unknown_code"), "never expected upstream");
}

fn of(record: &Record, attribute: Attribute, transform: Transform, day: jiff::civil::Date) -> String {
    let catalog = catalog();
    let context = TransformContext { units: &catalog.units, countries: &catalog.countries, form_day: day };
    match record.given(attribute) {
        None => "not_given".to_owned(),
        Some(given) => shown(transform(&Input { record, attribute, given, list: None }, &context)),
    }
}

const AFTER: jiff::civil::Date = jiff::civil::date(2026, 11, 20);
const BEFORE: jiff::civil::Date = jiff::civil::date(2024, 5, 6);

fn born(iso: &str) -> Record {
    let mut record = Record::default();
    record.ngay_sinh = BirthDate::Given(PartialDate::from_iso(iso).expect("a date"));
    record
}

#[test]
fn a_year_only_birth_date_is_never_completed() {
    for (iso, partial, full, words) in [
        ("1948", "1948 [1948]", "partial_date 1948", "1948"),
        ("1952-08", "1952-08 [08/1952]", "partial_date 08/1952", "08/1952"),
        ("1985-03-12", "1985-03-12 [12/03/1985]", "1985-03-12 [12/03/1985]", "12/03/1985"),
    ] {
        let record = born(iso);
        assert_eq!(of(&record, Attribute::NgaySinh, partial_date, AFTER), partial);
        assert_eq!(of(&record, Attribute::NgaySinh, full_date, AFTER), full);
        assert_eq!(of(&record, Attribute::NgaySinh, date_dmy, AFTER), words);
        assert_eq!(of(&record, Attribute::NgaySinhNam, year, AFTER), &iso[..4]);
    }
}

#[test]
fn a_birth_date_that_contradicts_itself_fills_nothing() {
    let mut record = Record::default();
    let ngay_thang_nam = PartialDate::from_iso("1985-03-12").expect("a date");
    record.ngay_sinh = BirthDate::Conflict { nam: 1958, ngay_thang_nam };
    for transform in [partial_date, full_date, date_dmy] {
        assert_eq!(of(&record, Attribute::NgaySinh, transform, AFTER), "conflict");
    }
    assert_eq!(of(&record, Attribute::NgaySinhNam, year, AFTER), "conflict");
}

#[test]
fn title_case_keeps_apostrophes_hyphens_and_one_letter_words() {
    for (name, expected) in [
        ("NGUYỄN THỊ MẪU", "Nguyễn Thị Mẫu"),
        ("H'MẪU NIÊ KĐĂM", "H'Mẫu Niê Kđăm"),
        ("Y MẪU ÊBAN", "Y Mẫu Êban"),
        ("ĐINH-MẪU", "Đinh-Mẫu"),
        ("y mẫu", "y Mẫu"),
    ] {
        let mut record = Record::default();
        record.ho_va_ten = PersonName::whole(name);
        assert_eq!(of(&record, Attribute::HoVaTen, title_case, AFTER), expected);
        assert_eq!(of(&record, Attribute::HoVaTen, copy, AFTER), name, "never changed unless asked");
    }
}

#[test]
fn the_kind_of_paper_is_not_concluded_beyond_its_length() {
    let mut record = Record::default();
    record.so_dinh_danh = PersonalText::given("999085000001");
    record.so_cmnd = PersonalText::given("999000001");
    let twelve = of(&record, Attribute::SoDinhDanh, identity_paper, AFTER);
    assert_eq!(twelve, "Số định danh cá nhân/Căn cước: 999085000001");
    let nine = of(&record, Attribute::SoCmnd, identity_paper, AFTER);
    assert_eq!(nine, "Chứng minh nhân dân (9 số): 999000001");
}

fn at(tinh: &str, huyen: &str, xa: &str, chi_tiet: &str) -> Record {
    let mut record = Record::default();
    record.thuong_tru = Address {
        tinh: PersonalText::given(tinh),
        huyen: PersonalText::given(huyen),
        xa: PersonalText::given(xa),
        chi_tiet: PersonalText::given(chi_tiet),
        quoc_gia: PersonalText::given("VN"),
    };
    record
}

#[test]
fn pick_lists_take_only_codes_of_the_forms_own_day() {
    let old = at("01", "019", "00634", "SỐ 2 NGÕ MẪU");
    let xa = |record: &Record, day| {
        of(record, Attribute::ThuongTruXa, |input, context| unit_code(input, context, UnitLevel::Xa), day)
    };
    assert_eq!(xa(&old, BEFORE), "00634 [Phường Đại Mỗ]");
    let choices = xa(&old, AFTER);
    assert!(choices.starts_with("choices ") && choices.split(' ').count() == 6, "split into five: {choices}");
    let merged = at("01", "001", "00001", "SỐ 1 ĐƯỜNG MẪU THỬ");
    assert_eq!(xa(&merged, BEFORE), "00001 [Phường Phúc Xá]");
    assert_eq!(xa(&merged, AFTER), "00097 [Phường Hồng Hà]?", "one successor: suggested, not filled");
    let tinh = |record: &Record, day| {
        of(record, Attribute::ThuongTruTinh, |input, context| unit_code(input, context, UnitLevel::Tinh), day)
    };
    assert_eq!(tinh(&old, AFTER), "01 [Thành phố Hà Nội]", "a province that kept code and name");
}

#[test]
fn a_place_of_birth_registration_keeps_its_old_unit_and_the_new_one_is_only_offered() {
    let mut record = at("", "", "", "");
    record.noi_dang_ky_khai_sinh = at("01", "001", "00001", "").thuong_tru.clone();
    record.que_quan = at("27", "256", "", "").thuong_tru.clone();
    let xa = |day| {
        of(&record, Attribute::NoiDangKyKhaiSinhXa, |input, context| unit_code(input, context, UnitLevel::Xa), day)
    };
    assert_eq!(xa(BEFORE), "00001 [Phường Phúc Xá]");
    assert_eq!(xa(AFTER), "choices 00097");
    let tinh =
        |day| of(&record, Attribute::QueQuanTinh, |input, context| unit_code(input, context, UnitLevel::Tinh), day);
    assert_eq!((tinh(BEFORE), tinh(AFTER)), ("27 [Tỉnh Bắc Ninh]".to_owned(), "choices 24".to_owned()));
}

#[test]
fn the_street_loses_repeated_unit_names_only_where_the_units_are_picked() {
    let record = at("01", "001", "00001", "SỐ 1 ĐƯỜNG MẪU THỬ, PHƯỜNG PHÚC XÁ, QUẬN BA ĐÌNH, THÀNH PHỐ HÀ NỘI");
    assert_eq!(of(&record, Attribute::ThuongTruChiTiet, street, BEFORE), "SỐ 1 ĐƯỜNG MẪU THỬ");
    let after = of(&record, Attribute::ThuongTruChiTiet, street, AFTER);
    assert_eq!(after, "SỐ 1 ĐƯỜNG MẪU THỬ?", "the one new commune is suggested beside it");
    let split = at("01", "019", "00634", "SỐ 2 NGÕ MẪU, PHƯỜNG ĐẠI MỖ, QUẬN NAM TỪ LIÊM, THÀNH PHỐ HÀ NỘI");
    let whole = of(&split, Attribute::ThuongTruChiTiet, street, AFTER);
    assert!(whole.ends_with("THÀNH PHỐ HÀ NỘI"), "nothing is picked, so nothing is lost: {whole}");
}

#[test]
fn the_name_of_an_old_unit_is_not_taken_for_the_new_unit_of_the_same_name() {
    // The old Phường Đại Mỗ was split among five new ones, and one of them bears its name.
    let label = |record: &Record, attribute, day| of(record, attribute, places::code_label, day);
    let split = at("01", "019", "00634", "");
    assert_eq!(label(&split, Attribute::ThuongTruXa, BEFORE), "Phường Đại Mỗ");
    let choices = label(&split, Attribute::ThuongTruXa, AFTER);
    assert!(choices.starts_with("choices ") && choices.contains("Phường Đại Mỗ"), "{choices}");
    let merged = at("01", "001", "00001", "");
    assert_eq!(label(&merged, Attribute::ThuongTruXa, AFTER), "Phường Hồng Hà?");
    let gone = at("52", "540", "", "");
    assert_eq!(label(&gone, Attribute::ThuongTruTinh, BEFORE), "Tỉnh Bình Định");
    assert!(label(&gone, Attribute::ThuongTruTinh, AFTER).ends_with('?'), "the province was merged");
}

#[test]
fn codes_that_contradict_each_other_leave_the_pick_lists_empty() {
    let record = at("24", "256", "", "XÓM MẪU");
    let tinh: Transform = |input, context| unit_code(input, context, UnitLevel::Tinh);
    assert_eq!(of(&record, Attribute::ThuongTruTinh, tinh, AFTER), "units_clash");
}

#[test]
fn codes_that_do_not_belong_together_give_the_line_only() {
    let record = at("24", "256", "", "XÓM MẪU, XÃ MẪU");
    let value = of(&record, Attribute::ThuongTru, address, AFTER);
    assert!(value.starts_with(r#"{"day_du":"XÓM MẪU, XÃ MẪU""#) && !value.contains("256"), "{value}");
    assert!(!value.contains(".."), "no dots from blank codes");
}

#[test]
fn an_empty_address_is_not_given_and_never_two_dots() {
    let mut record = Record::default();
    record.thuong_tru.quoc_gia = PersonalText::given("VN");
    assert_eq!(of(&record, Attribute::ThuongTru, address, AFTER), "not_given");
    assert_eq!(of(&record, Attribute::ThuongTru, address_line, AFTER), "not_given");
}

#[test]
fn a_birth_date_in_words_says_only_what_the_register_knows() {
    let words = |iso: &str| of(&born(iso), Attribute::NgaySinh, date_words, AFTER);
    assert_eq!(words("1987-04-21"), "Ngày hai mươi mốt tháng tư năm một nghìn chín trăm tám mươi bảy");
    assert_eq!(words("2005-12-01"), "Ngày một tháng mười hai năm hai nghìn không trăm linh năm");
    assert_eq!(words("1962-04"), "Tháng tư năm một nghìn chín trăm sáu mươi hai");
    assert_eq!(words("1950"), "Năm một nghìn chín trăm năm mươi");
}

#[test]
fn every_format_is_named_once() {
    let mut names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FORMATS.len());
}
