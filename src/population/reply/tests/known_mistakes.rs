//! The known mistakes of existing clients (PROTOCOL §10), as far as they concern reading. Mistake 8 is tested with the
//! request, mistake 10 with the gateway.

use super::{ADULT, EMPTY_ELEMENTS, FOREIGN_BORN, YEAR_ONLY, adult, adult_with, found, name_of, read_as, sample, told};
use crate::citizen::{BirthDate, PersonalText, Record};

fn text(value: Option<&PersonalText>) -> Option<&str> {
    value.map(PersonalText::reveal)
}

fn read(old: &str, new: &str) -> Box<Record> {
    found(&adult_with(old, new), ADULT)
}

#[test]
fn known_mistake_1_a_failure_is_never_no_such_citizen() {
    let nobody = sample("response-037-not-found.xml");
    for status in (100..600).filter(|status| *status != 200) {
        for body in ["", "<html></html>", "{}", nobody.as_str()] {
            let outcome = read_as(status, None, body.as_bytes(), ADULT);
            assert_ne!(outcome.label(), "not_found", "{status} {body:.20}");
        }
    }
    for body in ["", " ", "OK", "null", "{}", "[]", "\"\"", "<a/>", "<html></html>"] {
        let outcome = read_as(200, None, body.as_bytes(), ADULT);
        assert_ne!(outcome.label(), "not_found", "{} for {body}", name_of(&outcome));
    }
}

#[test]
fn known_mistake_2_codes_stay_text_with_their_leading_zeros() {
    let record = found(&adult(), ADULT);
    let home = &record.thuong_tru;
    assert_eq!(
        [&home.tinh, &home.huyen, &home.xa, &record.dan_toc, &record.ton_giao].map(|code| text(code.as_ref())),
        [Some("01"), Some("001"), Some("00001"), Some("01"), Some("00")]
    );
    let json = sample("response-037-adult-full.envelope.json");
    assert_eq!(told(&json.replacen("\"00001\"", "1", 1)), "malformed/not_text");
}

#[test]
fn known_mistake_3_codes_and_text_of_two_residences_are_never_combined() {
    let codes = "<ns1:ThuongTru><ns1:MaTinhThanh>01</ns1:MaTinhThanh></ns1:ThuongTru>";
    let detail = "<ns1:NoiOHienTai><ns1:ChiTiet>SỐ 2 MẪU</ns1:ChiTiet></ns1:NoiOHienTai>";
    let adult = adult();
    let (start, end) = (adult.find("<ns1:ThuongTru>"), adult.find("<ns1:Cha>"));
    let block = &adult[start.expect("start")..end.expect("end")];
    let record = read(block, &format!("{codes}{detail}"));
    assert_eq!(text(record.thuong_tru.tinh.as_ref()), Some("01"));
    assert!(record.thuong_tru.chi_tiet.is_none() && record.noi_o_hien_tai.tinh.is_none());
    assert_eq!(text(record.noi_o_hien_tai.chi_tiet.as_ref()), Some("SỐ 2 MẪU"));
}

#[test]
fn known_mistake_4_gender_has_no_default() {
    let cases =
        [("", None), ("0", Some("0")), ("3", Some("3")), ("Nam", Some("Nam")), ("01", Some("01")), ("null", None)];
    for (given, expected) in cases {
        let record = read("<ns1:GioiTinh>1<", &format!("<ns1:GioiTinh>{given}<"));
        assert_eq!(text(record.gioi_tinh.as_ref()), expected, "{given}");
    }
    assert!(read("<ns1:GioiTinh>1</ns1:GioiTinh>", "").gioi_tinh.is_none());
}

#[test]
fn known_mistake_5_ethnicity_religion_and_nationality_come_from_their_own_elements() {
    let three = "<ns1:DanToc>05</ns1:DanToc><ns1:TonGiao>02</ns1:TonGiao><ns1:X/>";
    let old = "<ns1:DanToc>01</ns1:DanToc>\n        <ns1:TonGiao>00</ns1:TonGiao>";
    let record = read(old, three);
    assert_eq!(
        [&record.dan_toc, &record.ton_giao, &record.quoc_tich].map(|code| text(code.as_ref())),
        [Some("05"), Some("02"), Some("VN")]
    );
    let record = read(old, "<ns1:TonGiao>02</ns1:TonGiao>");
    assert!(record.dan_toc.is_none());
    assert_eq!(text(record.ton_giao.as_ref()), Some("02"));
}

#[test]
fn known_mistake_6_blank_codes_are_not_given_and_joined_codes_are_not_taken_apart() {
    let record = found(&sample("response-037-foreign-born.xml"), FOREIGN_BORN);
    assert_eq!(text(record.thuong_tru.tinh.as_ref()), Some("92"));
    assert!(record.thuong_tru.huyen.is_none());
    assert_eq!(text(record.thuong_tru.xa.as_ref()), Some("31135"));
    assert!(record.noi_dang_ky_khai_sinh.tinh.is_none() && record.noi_dang_ky_khai_sinh.xa.is_none());
    let joined = "<ns1:QueQuan><ns1:MaDonViHanhChinh>92..31135</ns1:MaDonViHanhChinh></ns1:QueQuan>";
    let adult = adult();
    let (start, end) = (adult.find("<ns1:QueQuan>"), adult.find("<ns1:ThuongTru>"));
    let block = &adult[start.expect("start")..end.expect("end")];
    assert!(!read(block, joined).que_quan.is_given());
}

#[test]
fn known_mistake_7_a_year_alone_and_absent_groups_are_ordinary() {
    let record = found(&sample("response-037-birth-year-only.xml"), YEAR_ONLY);
    let BirthDate::Given(date) = record.ngay_sinh else { panic!("given") };
    assert!((date.year(), date.month(), date.day()) == (1948, None, None));
    found(&sample("response-037-empty-elements.xml"), EMPTY_ELEMENTS);
    let bare = "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"><Body><CongdanCollection \
                xmlns=\"http://www.mic.gov.vn/dancu/1.0\"><CongDan><SoDinhDanh>999085000001</SoDinhDanh></CongDan>\
                </CongdanCollection></Body></Envelope>";
    let record = found(bare, ADULT);
    assert!(record.ngay_sinh == BirthDate::NotGiven && record.ho_va_ten.is_none() && !record.thuong_tru.is_given());
}

#[test]
fn known_mistake_9_prefixes_do_not_matter_and_are_not_cut_out_of_texts() {
    let whole = found(&adult(), ADULT);
    let other = adult().replace("ns1:", "dan:").replace("xmlns:ns1", "xmlns:dan").replace("soapenv", "s");
    assert!(found(&other, ADULT) == whole);
    let default = adult().replace("xmlns:ns1=", "xmlns=").replace("ns1:", "");
    assert!(found(&default, ADULT) == whole);
    let record = read("SỐ 1 ĐƯỜNG MẪU THỬ", "ns1:SỐ 1 soapenv:ĐƯỜNG");
    assert!(text(record.thuong_tru.chi_tiet.as_ref()).is_some_and(|line| line.starts_with("ns1:SỐ 1 soapenv:ĐƯỜNG")));
}
