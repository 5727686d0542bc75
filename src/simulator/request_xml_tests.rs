//! Tests of the reader of SOAP requests. The samples are those of the protocol text, all people invented.

use super::super::forms::{DateForms, NameForms};
use super::super::request::{SearchedBirth, SearchedNumber};
use super::*;

const FULL_DATE: &str = include_str!("samples/request-037-full-date.xml");
const YEAR_ONLY: &str = include_str!("samples/request-037-year-only-cmnd.xml");

const VERIFICATION: &str = include_str!("../../tests/upstream-samples/request-033.xml");
const STRICT: Rules = Rules { strict: true, name: NameForms::CompactAscii, date: DateForms::Yyyymmdd };
const LENIENT: Rules = Rules { strict: false, ..STRICT };

fn look_up(body: &str, rules: Rules) -> Result<SearchRequest, RequestRefusal> {
    read(body.as_bytes(), Operation::LookUp, rules)
}

fn refusal(body: &str) -> RequestRefusal {
    look_up(body, STRICT).err().expect("refused")
}

fn verify(body: &str) -> Result<SearchRequest, RequestRefusal> {
    read(body.as_bytes(), Operation::Verification, STRICT)
}

/// The full-date sample with one piece replaced; fails when the piece is not there.
fn with(old: &str, new: &str) -> String {
    assert!(FULL_DATE.contains(old), "the sample holds {old}");
    FULL_DATE.replacen(old, new, 1)
}

#[test]
fn the_full_date_sample_is_read() {
    let request = look_up(FULL_DATE, STRICT).expect("read");
    assert_eq!(request.request_id, "SIM-20260105-000001");
    assert_eq!(request.officer, "999080000099");
    assert!(matches!(&request.number, SearchedNumber::Personal(number) if number.reveal() == "999085000001"));
    assert_eq!(request.name.reveal(), "NGUYENVANMAUMOT");
    assert!(request.birth == Some(SearchedBirth::Date(jiff::civil::date(1985, 3, 12))));
}

#[test]
fn the_year_only_sample_with_officer_fields_is_read() {
    let request = look_up(YEAR_ONLY, STRICT).expect("read");
    assert!(matches!(&request.number, SearchedNumber::OldCard(number) if number.reveal() == "999000005"));
    assert!(request.birth == Some(SearchedBirth::Year(1948)));
}

#[test]
fn element_order_is_enforced() {
    let moved = with("<dan:MaTichHop>037</dan:MaTichHop>", "")
        .replace("<dan:MaDVC>", "<dan:MaTichHop>037</dan:MaTichHop><dan:MaDVC>");
    assert_eq!(refusal(&moved), RequestRefusal::Order("MaDVC"));
    let late = with("<dan:HoVaTen>", "<dan:HoVaTen>X</dan:HoVaTen><dan:MaDonVi>M</dan:MaDonVi><dan:HoVaTen>");
    assert_eq!(refusal(&late), RequestRefusal::Order("MaDonVi"));
}

#[test]
fn an_element_stands_once() {
    let twice = with("<dan:MaDVC>", "<dan:MaDVC>9.999999</dan:MaDVC><dan:MaDVC>");
    assert_eq!(refusal(&twice), RequestRefusal::Order("MaDVC"));
}

#[test]
fn exactly_one_number_is_asked() {
    let number = "<dan:SoDinhDanh>999085000001</dan:SoDinhDanh>";
    assert_eq!(refusal(&with(number, "")), RequestRefusal::OneNumber);
    let both = format!("{number}<dan:SoCMND>999000001</dan:SoCMND>");
    assert_eq!(refusal(&with(number, &both)), RequestRefusal::OneNumber);
    let empty = format!("{number}<dan:SoCMND/>");
    assert_eq!(refusal(&with(number, &empty)), RequestRefusal::OneNumber);
}

#[test]
fn a_number_has_twelve_or_nine_digits() {
    for wrong in ["99908500000", "9990850000012", "99908500000A", " 999085000001", "999000001"] {
        assert_eq!(refusal(&with(">999085000001<", &format!(">{wrong}<"))), RequestRefusal::Form("SoDinhDanh"));
    }
    let card = YEAR_ONLY.replace(">999000005<", ">999085000001<");
    assert_eq!(refusal(&card), RequestRefusal::Form("SoCMND"));
}

#[test]
fn a_name_must_be_compact() {
    for wrong in ["NGUYỄN VĂN MẪU MỘT", "NGUYEN VAN MAU MOT", "NguyenVanMauMot", ""] {
        assert_eq!(refusal(&with("NGUYENVANMAUMOT", wrong)), RequestRefusal::Form("HoVaTen"));
    }
}

#[test]
fn a_birth_date_is_an_existing_day_or_a_year() {
    for wrong in ["1985-03-12", "12031985", "19850230", "1985031", "19850300", "+1985031", ""] {
        assert_eq!(refusal(&with(">19850312<", &format!(">{wrong}<"))), RequestRefusal::Form("NgayThangNam"));
    }
    for wrong in ["85", "19850312", " 1985", "+198"] {
        let body = YEAR_ONLY.replace(">1948<", &format!(">{wrong}<"));
        assert_eq!(refusal(&body), RequestRefusal::Form("Nam"));
    }
}

#[test]
fn a_birth_date_has_one_child() {
    let date = "<dan:NgayThangNam>19850312</dan:NgayThangNam>";
    assert_eq!(refusal(&with(date, "")), RequestRefusal::OneBirthDate);
    assert_eq!(refusal(&with(date, &format!("<dan:Nam>1985</dan:Nam>{date}"))), RequestRefusal::OneBirthDate);
    assert_eq!(refusal(&with(date, "19850312")), RequestRefusal::OneBirthDate);
}

#[test]
fn the_request_id_is_short_and_plain() {
    let long = "A".repeat(37);
    for wrong in ["", "SIM 1", "SIM_1", "MẪU", long.as_str()] {
        assert_eq!(refusal(&with("SIM-20260105-000001", wrong)), RequestRefusal::Form("MaYeuCau"));
    }
}

#[test]
fn service_procedure_and_officer_are_required() {
    assert_eq!(refusal(&with(">037<", ">033<")), RequestRefusal::Form("MaTichHop"));
    assert_eq!(refusal(&with(">9.999999<", "> <")), RequestRefusal::Form("MaDVC"));
    assert_eq!(refusal(&with("<dan:MaCanBo>999080000099</dan:MaCanBo>", "")), RequestRefusal::Missing("MaCanBo"));
    assert_eq!(refusal(&with(">999080000099<", "><")), RequestRefusal::Form("MaCanBo"));
}

#[test]
fn namespace_and_operation_are_checked() {
    assert_eq!(
        refusal(&with("http://dancuquocgia.bca", "http://gtel.vn/qldc")),
        RequestRefusal::Operation("TraCuuThongTinCongDan")
    );
    assert_eq!(
        refusal(&FULL_DATE.replace("TraCuuThongTin", "XacThucThongTin")),
        RequestRefusal::Operation("TraCuuThongTinCongDan")
    );
    assert_eq!(refusal(&with("http://schemas.xmlsoap.org/soap/envelope/", "urn:x")), RequestRefusal::Envelope);
    assert_eq!(refusal(&with("<soapenv:Header/>", "<soapenv:Header>x</soapenv:Header>")), RequestRefusal::Envelope);
    assert_eq!(refusal(&with("<dan:HoVaTen>", "<dan:Khac/><dan:HoVaTen>")), RequestRefusal::Unknown);
}

#[test]
fn a_refusal_names_no_value() {
    let message = refusal(&with("NGUYENVANMAUMOT", "NGUYỄN VĂN MẪU MỘT")).to_string();
    assert!(!message.contains("MẪU"), "{message}");
    let message = refusal(&with("<dan:HoVaTen>", "<dan:NGUYENVANMAU/><dan:HoVaTen>")).to_string();
    assert!(!message.contains("MAU"), "{message}");
}

#[test]
fn a_document_type_is_refused() {
    let declared = FULL_DATE.replacen("<soapenv:Envelope", "<!DOCTYPE x><soapenv:Envelope", 1);
    assert_eq!(refusal(&declared), RequestRefusal::Doctype);
    assert_eq!(refusal("no XML"), RequestRefusal::NotXml);
}

#[test]
fn lenient_reading_takes_any_order_and_unknown_elements() {
    let moved = with("<dan:MaTichHop>037</dan:MaTichHop>", "")
        .replace("<dan:MaDVC>", "<dan:MaTichHop>037</dan:MaTichHop><dan:Khac>x</dan:Khac><dan:MaDVC>");
    assert_eq!(refusal(&moved), RequestRefusal::Unknown);
    assert!(look_up(&moved, LENIENT).is_ok());
    for (body, expected) in [
        (with("<dan:MaDVC>", "<dan:MaDVC>9.999999</dan:MaDVC><dan:MaDVC>"), RequestRefusal::Twice("MaDVC")),
        (with("<dan:MaDVC>9.999999</dan:MaDVC>", ""), RequestRefusal::Missing("MaDVC")),
        (with("</dan:SoDinhDanh>", "</dan:SoDinhDanh><dan:SoCMND/>"), RequestRefusal::OneNumber),
        (with("NGUYENVANMAUMOT", "NGUYEN VAN"), RequestRefusal::Form("HoVaTen")),
    ] {
        assert_eq!(look_up(&body, LENIENT).err(), Some(expected));
    }
}

#[test]
fn a_name_form_is_accepted_by_setting_and_searched_compact() {
    let upper = with("NGUYENVANMAUMOT", "NGUYỄN VĂN MẪU MỘT");
    for (forms, compact_passes, upper_passes) in
        [(NameForms::CompactAscii, true, false), (NameForms::Upper, true, true), (NameForms::Any, true, true)]
    {
        let rules = Rules { name: forms, ..STRICT };
        assert_eq!(look_up(FULL_DATE, rules).is_ok(), compact_passes, "{forms:?}");
        let read = look_up(&upper, rules);
        assert_eq!(read.is_ok(), upper_passes, "{forms:?}");
        assert!(read.is_err() || read.is_ok_and(|request| request.name.reveal() == "NGUYENVANMAUMOT"));
        for wrong in ["Nguyễn Văn Mẫu Một", " NGUYỄN VĂN", "...", ""] {
            assert!(look_up(&with("NGUYENVANMAUMOT", wrong), rules).is_err(), "{forms:?}");
        }
    }
}

#[test]
fn a_date_form_is_accepted_by_setting() {
    let iso = with(">19850312<", ">1985-03-12<");
    for (forms, compact_passes, iso_passes) in
        [(DateForms::Yyyymmdd, true, false), (DateForms::Iso, false, true), (DateForms::Any, true, true)]
    {
        let rules = Rules { date: forms, ..STRICT };
        assert_eq!(look_up(FULL_DATE, rules).is_ok(), compact_passes, "{forms:?}");
        let read = look_up(&iso, rules);
        assert_eq!(read.is_ok(), iso_passes, "{forms:?}");
        assert!(
            read.is_err()
                || read.is_ok_and(|asked| asked.birth == Some(SearchedBirth::Date(jiff::civil::date(1985, 3, 12))))
        );
        for wrong in ["1985-02-30", "1985/03/12", "1985-3-12", "12-03-1985"] {
            assert!(look_up(&with(">19850312<", &format!(">{wrong}<")), rules).is_err(), "{forms:?}");
        }
    }
}

#[test]
fn a_verification_has_two_service_numbers() {
    for number in ["033", "003"] {
        assert!(verify(&VERIFICATION.replace(">033<", &format!(">{number}<"))).is_ok());
    }
    let other = VERIFICATION.replace(">033<", ">037<");
    assert_eq!(verify(&other).err(), Some(RequestRefusal::Form("MaTichHop")));
    let expected = RequestRefusal::Operation("XacThucThongTinCongDan");
    assert_eq!(verify(FULL_DATE).err(), Some(expected));
}

#[test]
fn a_verification_takes_the_later_field_set() {
    let envelope = |fields: &str| {
        let (head, rest) = VERIFICATION.split_once("<dan:MaYeuCau>").expect("the first field");
        let (_, tail) = rest.split_once("</dan:NgayThangNamSinh>").expect("the last field");
        format!("{head}<dan:MaYeuCau>SIM-1</dan:MaYeuCau>{fields}{tail}")
    };
    let head = "<dan:MaDichVu>9.999999</dan:MaDichVu><dan:MaCanBo>999080000099</dan:MaCanBo>";
    let number = "<dan:SoDinhDanh>999085000001</dan:SoDinhDanh>";
    let name = "<dan:HoVaTen>NGUYENVANMAUMOT</dan:HoVaTen>";
    for fields in [format!("{head}{number}{name}"), format!("{head}{number}<dan:SoCMND/>{name}")] {
        let asked = verify(&envelope(&fields)).expect("read");
        assert!(asked.birth.is_none() && asked.number.digits() == "999085000001");
    }
    for (fields, expected) in [
        (format!("{head}{name}"), RequestRefusal::OneNumber),
        (format!("{head}{number}<dan:SoCMND>999000001</dan:SoCMND>{name}"), RequestRefusal::OneNumber),
        (format!("{head}{name}{number}"), RequestRefusal::Order("SoDinhDanh")),
        (format!("{head}{number}"), RequestRefusal::Missing("HoVaTen")),
    ] {
        assert_eq!(verify(&envelope(&fields)).err(), Some(expected));
    }
    let body = envelope(&format!("{head}{number}{name}")).replace("XacThuc", "TraCuu");
    assert_eq!(refusal(&body), RequestRefusal::Unknown, "037 has no other field set");
}
