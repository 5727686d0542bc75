//! Tests of the reply writer: the shape against the observed sample, the values against every style.

use std::collections::BTreeMap;

use super::super::reply_json;
use super::super::reply_style::{AddressForm, JsonFlavour, PersonShape};
use super::super::xml::{self, Element};
use super::*;
use crate::citizen::{Address, BirthDate, HouseholdHead, PartialDate, PersonName, PersonalText, Relative};

const SAMPLE: &str = include_str!("samples/response-037-adult-full.xml");
const EXISTS: &str = include_str!("../../tests/upstream-samples/response-033-true.xml");
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
    person_values(person)
}

fn person_values(person: &Element) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for child in &person.children {
        collect(child, "", &mut values);
    }
    values.remove("/PhanMoPhong");
    values
}

/// What a level of the reply is called for a tolerant reader; `None` for one that only holds the value.
fn level(name: &str) -> Option<&str> {
    match name {
        "MaDanToc" | "MaTonGiao" | "Ten" | "#text" | "__text" => None,
        name => Some(name),
    }
}

fn insert(values: &mut BTreeMap<String, String>, path: &str, text: &str) {
    let path = match path.strip_suffix("MaDonViHanhChinh") {
        Some(group) if text.len() == 2 => format!("{group}MaTinhThanh"),
        Some(group) if text.len() == 3 => format!("{group}MaQuanHuyen"),
        Some(group) => format!("{group}MaPhuongXa"),
        None => path.to_owned(),
    };
    values.insert(path, text.replace('-', ""));
}

fn collect(element: &Element, path: &str, values: &mut BTreeMap<String, String>) {
    let path = level(&element.name).map_or_else(|| path.to_owned(), |name| format!("{path}/{name}"));
    let text = element.text.trim();
    if !text.is_empty() && text != "null" {
        insert(values, &path, text);
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
            for address in [AddressForm::Old, AddressForm::New, AddressForm::Standard] {
                let style = Style { address, ..style(digit) };
                assert_eq!(values(&record, style), expected, "style {digit} with {address:?}");
            }
        }
    }
}

#[test]
fn values_arrive_the_same_in_every_json_flavour() {
    let mut lonely = adult();
    lonely.que_quan = Address { tinh: given("92"), ..Address::default() };
    lonely.thuong_tru.huyen = None;
    lonely.thuong_tru.tinh = None;
    lonely.trang_thai_cong_dan = given("2");
    lonely.gioi_tinh = given("02");
    for record in [adult(), lonely, Record::default()] {
        let expected = values(&record, style(1));
        for digit in 0..10 {
            for json in [JsonFlavour::Envelope, JsonFlavour::Bare, JsonFlavour::Qcvn109, JsonFlavour::Wrapped] {
                for (text_nodes, person) in [(false, PersonShape::Object), (true, PersonShape::List)] {
                    let style = Style { json, text_nodes, person, ..style(digit) };
                    let reply = reply_json::people(&[&record], style, RECORD_NAMESPACE).expect("written");
                    assert_eq!(json_values(&reply, style), expected, "style {digit}, {json:?}");
                }
            }
        }
    }
}

/// [`values`] of a JSON reply; a year that the date says too is added where the flavour leaves it out.
fn json_values(reply: &serde_json::Value, style: Style) -> BTreeMap<String, String> {
    let person = match style.json {
        JsonFlavour::Envelope => &reply["Envelope"]["Body"]["CongdanCollection"]["CongDan"],
        JsonFlavour::Bare => &reply["Body"]["CongdanCollection"]["CongDan"],
        JsonFlavour::Qcvn109 => &reply["CongDan"],
        JsonFlavour::Wrapped => {
            let envelope = xml::read(reply["message"].as_str().expect("SOAP text").as_bytes()).expect("well-formed");
            return person_values(&envelope.children[1].children[0].children[0]);
        }
    };
    let person = if style.person == PersonShape::List { &person[0] } else { person };
    let mut values = BTreeMap::new();
    collect_json(person, "", &mut values);
    values.remove("/PhanMoPhong");
    if let Some(day) = values.get("/NgayThangNamSinh/NgayThangNam").cloned() {
        values.entry("/NgayThangNamSinh/Nam".to_owned()).or_insert_with(|| day[..4].to_owned());
    }
    values
}

fn collect_json(value: &serde_json::Value, path: &str, values: &mut BTreeMap<String, String>) {
    use serde_json::Value;
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match level(name) {
                    Some(name) => collect_json(value, &format!("{path}/{name}"), values),
                    None => collect_json(value, path, values),
                }
            }
        }
        Value::String(text) if text.trim().is_empty() => {}
        Value::String(text) => insert(values, path, text),
        Value::Number(number) => insert(values, path, &number.to_string()),
        Value::Null => {}
        Value::Array(_) | Value::Bool(_) => panic!("not expected at {path}"),
    }
}

#[test]
fn a_standard_address_is_used_only_where_it_carries_everything() {
    let mut record = adult();
    record.que_quan = Address { xa: given("00001"), ..Address::default() };
    record.noi_o_hien_tai = Address { tinh: given("1"), ..Address::default() };
    let standard = Style { address: AddressForm::Standard, ..style(1) };
    let text = people(&[&record], standard, RECORD_NAMESPACE).expect("written");
    assert_eq!(text.matches("<ns1:MaDonViHanhChinh>").count(), 1, "the home place");
    assert!(text.contains("<ns1:QueQuan><ns1:MaDonViHanhChinh>00001<"));
    assert!(text.contains("<ns1:ThuongTru><ns1:MaTinhThanh>01<"), "three codes stay three");
    assert!(text.contains("<ns1:NoiOHienTai><ns1:MaTinhThanh>1<"), "a length that tells no level");
}

#[test]
fn a_new_address_has_no_district_element() {
    let mut record = adult();
    record.que_quan.huyen = None;
    let new = Style { address: AddressForm::New, ..style(1) };
    let text = people(&[&record], new, RECORD_NAMESPACE).expect("written");
    assert!(text.contains("<ns1:MaTinhThanh>01</ns1:MaTinhThanh><ns1:MaPhuongXa>"));
    assert!(text.contains("<ns1:MaQuanHuyen>001<"), "a district that is given stays");
}

#[test]
fn existence_is_the_observed_sample() {
    let written = xml::read(existence(true, style(1)).expect("written").as_bytes()).expect("well-formed");
    assert_eq!(outline(&written), outline(&xml::read(EXISTS.as_bytes()).expect("well-formed")));
    assert!(existence(false, style(1)).expect("written").contains("<dan:TonTai>false</dan:TonTai>"));
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
