//! Tests of the strict request reader. The samples are those of the protocol text, all people invented.

use super::*;

const FULL_DATE: &str = include_str!("samples/request-037-full-date.xml");
const YEAR_ONLY: &str = include_str!("samples/request-037-year-only-cmnd.xml");

fn refusal(body: &str) -> RequestRefusal {
    read(body.as_bytes()).err().expect("refused")
}

/// The full-date sample with one piece replaced; fails when the piece is not there.
fn with(old: &str, new: &str) -> String {
    assert!(FULL_DATE.contains(old), "the sample holds {old}");
    FULL_DATE.replacen(old, new, 1)
}

#[test]
fn the_full_date_sample_is_read() {
    let request = read(FULL_DATE.as_bytes()).expect("read");
    assert_eq!(request.request_id, "SIM-20260105-000001");
    assert_eq!(request.officer, "999080000099");
    assert!(matches!(&request.number, SearchedNumber::Personal(number) if number.reveal() == "999085000001"));
    assert_eq!(request.name.reveal(), "NGUYENVANMAUMOT");
    assert!(request.birth == SearchedBirth::Date(jiff::civil::date(1985, 3, 12)));
}

#[test]
fn the_year_only_sample_with_officer_fields_is_read() {
    let request = read(YEAR_ONLY.as_bytes()).expect("read");
    assert!(matches!(&request.number, SearchedNumber::OldCard(number) if number.reveal() == "999000005"));
    assert!(request.birth == SearchedBirth::Year(1948));
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
    assert_eq!(refusal(&with("http://dancuquocgia.bca", "http://gtel.vn/qldc")), RequestRefusal::Operation);
    assert_eq!(refusal(&FULL_DATE.replace("TraCuuThongTin", "XacThucThongTin")), RequestRefusal::Operation);
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
