//! Tests of the reply writer: the shape against the observed sample, the values against every style.

use std::collections::BTreeMap;

use super::super::xml::{self, Element};
use super::*;
use crate::citizen::PartialDate;

const SAMPLE: &str = include_str!("samples/response-037-adult-full.xml");
const NUMBER: &str = "999085000001";

fn given(text: &str) -> Option<PersonalText> {
    PersonalText::given(text)
}

fn home(detail: &str) -> Address {
    Address {
        tinh: given("01"),
        huyen: given("001"),
        xa: given("00001"),
        chi_tiet: given(detail),
        quoc_gia: given("VN"),
    }
}

fn relative(name: &str, number: &str, card: &str) -> Relative {
    Relative {
        ho_va_ten: PersonName::whole(name),
        quoc_tich: given("VN"),
        so_dinh_danh: given(number),
        so_cmnd: given(card),
    }
}

fn birth(iso: &str) -> BirthDate {
    BirthDate::Given(PartialDate::from_iso(iso).expect("a date"))
}

/// The person of the sample.
fn adult() -> Record {
    let unit = "PHƯỜNG PHÚC XÁ, QUẬN BA ĐÌNH, THÀNH PHỐ HÀ NỘI";
    let mut record = Record::default();
    record.so_dinh_danh = given(NUMBER);
    record.so_cmnd = given("999000001");
    record.ho_va_ten = PersonName::whole("NGUYỄN VĂN MẪU MỘT");
    record.gioi_tinh = given("1");
    record.dan_toc = given("01");
    record.ton_giao = given("00");
    record.tinh_trang_hon_nhan = given("2");
    record.nhom_mau = given("00");
    record.ngay_sinh = birth("1985-03-12");
    record.noi_dang_ky_khai_sinh = home(unit);
    record.quoc_tich = given("VN");
    record.que_quan = home(unit);
    record.thuong_tru = home(&format!("SỐ 1 ĐƯỜNG MẪU THỬ, {unit}"));
    record.noi_o_hien_tai = record.thuong_tru.clone();
    record.cha = relative("NGUYỄN VĂN MẪU CHA", "999058000002", "");
    record.me = relative("TRẦN THỊ MẪU MẸ", "999160000003", "");
    record.vo_chong = relative("LÊ THỊ MẪU VỢ", "999187000004", "999000004");
    record.chu_ho = HouseholdHead {
        ho_va_ten: PersonName::whole("NGUYỄN VĂN MẪU MỘT"),
        so_dinh_danh: given(NUMBER),
        so_cmnd: given("999000001"),
        quan_he: given("CH01"),
    };
    record.so_so_ho_khau = given("MAU-0001");
    record
}

fn style(digit: u8) -> Style {
    Style::of_number(&format!("99908500000{digit}"))
}

fn written(record: &Record, style: Style) -> Element {
    let text = people(&[record], style, RECORD_NAMESPACE).expect("written");
    xml::read(text.as_bytes()).expect("well-formed")
}

/// Every value with its path below `CongDan`; blank ones are gone, names and coded groups are levelled as a tolerant
/// reader would (PROTOCOL §5.2).
fn values(record: &Record, style: Style) -> BTreeMap<String, String> {
    let envelope = written(record, style);
    let person = &envelope.children[1].children[0].children[0];
    assert!(person.is(RECORD_NAMESPACE, "CongDan"));
    let mut values = BTreeMap::new();
    for child in &person.children {
        collect(child, "", &mut values);
    }
    values.remove("/PhanMoPhong");
    values
}

fn collect(element: &Element, path: &str, values: &mut BTreeMap<String, String>) {
    let path = match element.name.as_str() {
        "MaDanToc" | "MaTonGiao" | "Ten" => path.to_owned(),
        name => format!("{path}/{name}"),
    };
    let text = element.text.trim();
    if !text.is_empty() && text != "null" {
        values.insert(path.clone(), text.replace('-', ""));
    }
    for child in &element.children {
        collect(child, &path, values);
    }
}

/// An element and everything below as text, for comparing shapes.
fn outline(element: &Element) -> String {
    let children: String = element.children.iter().map(outline).collect();
    format!("({} {} {:?}{children})", element.namespace, element.name, element.text.trim())
}

#[test]
fn the_plain_style_is_the_observed_sample() {
    let sample = xml::read(SAMPLE.as_bytes()).expect("well-formed");
    assert_eq!(outline(&written(&adult(), style(1))), outline(&sample));
}

#[test]
fn values_arrive_the_same_whatever_the_style() {
    let mut rich = adult();
    rich.trang_thai_cong_dan = given("2");
    rich.me = Relative::default();
    rich.thuong_tru.huyen = None;
    rich.thuong_tru.chi_tiet = given("THÔN <MẪU> & \"THỬ\"");
    rich.noi_o_hien_tai = Address::default();
    rich.cha.ho_va_ten = Some(PersonName::Parts { ho: given("Võ"), chu_dem: None, ten: given("Mẫu Chín") });
    for record in [adult(), rich, Record::default()] {
        let expected = values(&record, style(1));
        for digit in 0..10 {
            assert_eq!(values(&record, style(digit)), expected, "style {digit}");
        }
    }
}

#[test]
fn a_name_in_parts_keeps_its_parts() {
    let mut record = adult();
    record.ho_va_ten =
        Some(PersonName::Parts { ho: given("Nguyễn"), chu_dem: given("Văn Mẫu"), ten: given("Một") });
    record.cha.ho_va_ten = record.ho_va_ten.clone();
    for digit in 0..10 {
        let values = values(&record, style(digit));
        for path in ["/HoVaTen", "/Cha/HoVaTen"] {
            assert_eq!(values[&format!("{path}/Ho")], "Nguyễn", "style {digit}");
            assert_eq!(values[&format!("{path}/ChuDem")], "Văn Mẫu", "style {digit}");
            assert_eq!(values[path], "Một", "style {digit}");
        }
    }
}

#[test]
fn a_birth_date_tells_no_more_than_is_known() {
    let ngay_thang_nam = PartialDate::from_iso("1985-03-12").expect("a date");
    let conflict = BirthDate::Conflict { nam: 1958, ngay_thang_nam };
    for (birth_date, year, day) in [
        (birth("1985-03-12"), Some("1985"), Some("19850312")),
        (birth("1985-03"), Some("1985"), Some("19850300")),
        (birth("1985"), Some("1985"), None),
        (conflict, Some("1958"), Some("19850312")),
        (BirthDate::NotGiven, None, None),
    ] {
        let mut record = adult();
        record.ngay_sinh = birth_date;
        for digit in 0..10 {
            let values = values(&record, style(digit));
            let value = |name: &str| values.get(&format!("/NgayThangNamSinh/{name}")).map(String::as_str);
            assert_eq!((value("Nam"), value("NgayThangNam")), (year, day), "style {digit}");
        }
    }
}

#[test]
fn what_is_not_given_looks_as_the_style_says() {
    let record = Record::default();
    let text = |digit| people(&[&record], style(digit), RECORD_NAMESPACE).expect("written");
    assert!(!text(0).contains("ThuongTru"));
    assert!(text(2).contains("<dc:ThuongTru/>"));
    assert!(text(1).contains("<ns1:ThuongTru><ns1:MaTinhThanh/>"));
    assert!(text(3).contains("<SoCMND> \n </SoCMND>"));
    assert!(text(7).contains("<dancu:SoCMND>null</dancu:SoCMND>"));
    assert!(!text(1).contains("TrangThaiCongDan"), "sent when given only");
}

#[test]
fn nobody_is_said_in_three_ways() {
    let body = |digit| {
        let mut envelope = xml::read(nobody(style(digit)).expect("written").as_bytes()).expect("well-formed");
        envelope.children.remove(1)
    };
    let collection = &body(1).children[0];
    assert!(collection.is(RECORD_NAMESPACE, "CongdanCollection") && collection.children.is_empty());
    assert!(body(0).children.is_empty());
    let person = &body(2).children[0].children[0];
    assert!(person.is(RECORD_NAMESPACE, "CongDan") && person.children.is_empty());
}

#[test]
fn several_people_stand_in_one_collection() {
    let text = people(&[&adult(), &adult()], style(4), RECORD_NAMESPACE).expect("written");
    let envelope = xml::read(text.as_bytes()).expect("well-formed");
    assert_eq!(envelope.children[1].children[0].children.len(), 2);
    assert!(text.contains("SoCongDan=\"2\""));
}
