//! What the reader makes of single values (RISKS U8–U14, U20), and that nothing unwanted is kept.

use super::super::{HttpReply, read_reply};
use super::{ADULT, adult, adult_with, asked, found, sample};
use crate::citizen::{Attribute, AttributeSet, BirthDate, Hint, PersonName, PersonalText, Record};
use crate::config::ReplySettings;
use crate::population::Outcome;

const BIRTH: &str = "<ns1:Nam>1985</ns1:Nam>
          <ns1:NgayThangNam>19850312</ns1:NgayThangNam>";

fn text(value: Option<&PersonalText>) -> &str {
    value.map_or("-", PersonalText::reveal)
}

fn read(old: &str, new: &str) -> Box<Record> {
    found(&adult_with(old, new), ADULT)
}

#[test]
fn dates_are_read_in_every_form_and_never_completed() {
    let day = |text: &str| format!("<ns1:NgayThangNam>{text}</ns1:NgayThangNam>");
    let cases = [
        (day("19850312"), "1985-03-12", None),
        (day("1985-03-12"), "1985-03-12", None),
        (day("1985-03-12T00:00:00+07:00"), "1985-03-12", None),
        (day("12/03/1985"), "1985-03-12", None),
        (day("19850000"), "1985", None),
        (day("1985"), "1985", None),
        (day("null"), "-", None),
        (day("N/A"), "-", Some(Hint::ImpossibleDate)),
        (day("19850230"), "-", Some(Hint::ImpossibleDate)),
        (day("12031985"), "-", Some(Hint::ImpossibleDate)),
        (format!("<ns1:Nam>1985</ns1:Nam>{}", day("19850230")), "1985", Some(Hint::ImpossibleDate)),
        (format!("<ns1:Nam>1984</ns1:Nam>{}", day("19850312")), "conflict", Some(Hint::BirthYearConflict)),
        ("<ns1:Nam>1985</ns1:Nam>".to_owned(), "1985", None),
        ("19850312".to_owned(), "1985-03-12", None),
        (String::new(), "-", None),
    ];
    for (content, expected, hint) in cases {
        let record = read(BIRTH, &content);
        let birth = match record.ngay_sinh {
            BirthDate::NotGiven => "-".to_owned(),
            BirthDate::Given(date) => date.iso(),
            BirthDate::Conflict { .. } => "conflict".to_owned(),
        };
        assert_eq!(birth, expected, "{content}");
        // What the query said of the birth date is another matter.
        let read = record.hints.iter().copied().find(|hint| *hint != Hint::BirthDatePrecision);
        assert_eq!(read, hint, "{content}");
    }
}

#[test]
fn ethnicity_may_be_a_text_or_a_group_and_is_never_mapped() {
    let cases = [
        ("01", "01"),
        ("1", "1"),
        ("999", "999"),
        ("Kinh", "Kinh"),
        (" ", "-"),
        ("<ns1:MaDanToc>05</ns1:MaDanToc><ns1:TenGoiKhac>x</ns1:TenGoiKhac>", "05"),
        ("<ns1:MaDanToc/>", "-"),
        ("<ns1:TenGoiKhac>x</ns1:TenGoiKhac>", "-"),
    ];
    for (content, expected) in cases {
        let record = read("<ns1:DanToc>01<", &format!("<ns1:DanToc>{content}<"));
        assert_eq!(text(record.dan_toc.as_ref()), expected, "{content}");
    }
}

#[test]
fn a_single_unit_code_is_placed_by_its_length() {
    let old = "<ns1:MaTinhThanh>01</ns1:MaTinhThanh>
          <ns1:MaQuanHuyen>001</ns1:MaQuanHuyen>
          <ns1:MaPhuongXa>00001</ns1:MaPhuongXa>
          <ns1:ChiTiet>SỐ 1";
    let cases =
        [("01", ["01", "-", "-"]), ("001", ["-", "001", "-"]), ("00001", ["-", "-", "00001"]), ("1", ["-", "-", "-"])];
    for (code, expected) in cases {
        let record = read(old, &format!("<ns1:MaDonViHanhChinh>{code}</ns1:MaDonViHanhChinh><ns1:ChiTiet>SỐ 1"));
        let home = &record.thuong_tru;
        assert_eq!([&home.tinh, &home.huyen, &home.xa].map(|part| text(part.as_ref())), expected, "{code}");
    }
}

#[test]
fn codes_of_zeros_are_not_given_and_codes_abroad_are_dropped() {
    let record = read("<ns1:MaQuanHuyen>001</ns1:MaQuanHuyen>", "<ns1:MaQuanHuyen>000</ns1:MaQuanHuyen>");
    assert!(record.noi_dang_ky_khai_sinh.huyen.is_none() && record.que_quan.huyen.is_some());
    let record = read("<ns1:MaQuanHuyen>001</ns1:MaQuanHuyen>", "<ns1:MaQuanHuyen>NULL</ns1:MaQuanHuyen>");
    assert!(record.noi_dang_ky_khai_sinh.huyen.is_none());
    let record = read("<ns1:QuocGia>VN</ns1:QuocGia>", "<ns1:QuocGia>US</ns1:QuocGia>");
    let birth = &record.noi_dang_ky_khai_sinh;
    assert!(birth.tinh.is_none() && birth.huyen.is_none() && birth.xa.is_none() && birth.chi_tiet.is_some());
}

#[test]
fn of_several_nationalities_none_is_chosen() {
    let once = "<ns1:QuocTich>VN</ns1:QuocTich>\n        <ns1:QueQuan>";
    let twice = format!("<ns1:QuocTich>VN</ns1:QuocTich>{once}");
    assert_eq!(text(read(once, &twice).quoc_tich.as_ref()), "VN");
    let two = format!("<ns1:QuocTich>CZ</ns1:QuocTich>{once}");
    assert!(read(once, &two).quoc_tich.is_none());
}

#[test]
fn names_are_composed_and_damaged_texts_are_flagged_not_repaired() {
    let nfd = "NGUYÊ\u{303}N VĂN MẪU MỘT";
    let record = read("NGUYỄN VĂN MẪU MỘT", nfd);
    assert!(record.ho_va_ten.as_ref().map(PersonName::full).as_deref() == Some("NGUYỄN VĂN MẪU MỘT"));
    let father = "NGUYỄN VĂN MẪU CHA";
    let cases = [
        ("NGUY\u{fffd}N MẪU", Some(Hint::LegacyEncoding)),
        ("NguyÔn V¨n Mẫu", Some(Hint::LegacyEncoding)),
        ("§Æng MÉu", Some(Hint::LegacyEncoding)),
        ("\u{d0}ẶNG MẪU", Some(Hint::LookalikeLetter)),
        ("Y MẪU NIÊ KĐĂM", None),
        ("H'Mẫu Ayŭn", None),
        ("MÜLLER MẪU", None),
        ("A &amp;amp; B MẪU", None),
    ];
    for (name, hint) in cases {
        let record = read(father, name);
        assert_eq!(record.hints.first().copied(), hint, "{name}");
        let shown = record.cha.ho_va_ten.as_ref().map(PersonName::full).expect("name");
        assert_eq!(shown, name.replace("&amp;amp;", "&amp;"));
    }
    assert_eq!(read("SỐ 1 ĐƯỜNG", "Sè 1 ®êng").hints, [Hint::LegacyEncoding]);
}

#[test]
fn a_relative_with_the_subjects_own_number_is_ignored_but_a_head_of_household_is_not() {
    let record = read("999058000002", " 999085000001 ");
    assert!(record.cha.ho_va_ten.is_none() && record.cha.so_dinh_danh.is_none() && record.cha.quoc_tich.is_none());
    assert!(record.me.ho_va_ten.is_some());
    assert_eq!(record.hints, [Hint::RelativeIsSubject]);
    assert_eq!(text(record.chu_ho.so_dinh_danh.as_ref()), ADULT[0]);
}

#[test]
fn another_namespace_throughout_is_read_with_a_hint() {
    assert_eq!(read("dancu/1.0", "dancu/9.9").hints, [Hint::UnknownNamespace]);
    let soap_12 =
        adult().replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    assert_eq!(found(&soap_12, ADULT).hints, [Hint::UnknownNamespace]);
    let without = adult().replace("ns1:", "").replace(" xmlns:ns1=\"http://www.mic.gov.vn/dancu/1.0\"", "");
    assert!(found(&without, ADULT).thuong_tru.is_given());
    let unqualified = adult_with("<ns1:GioiTinh>1</ns1:GioiTinh>", "<GioiTinh>1</GioiTinh>");
    let record = found(&unqualified, ADULT);
    assert_eq!((text(record.gioi_tinh.as_ref()), record.hints.as_slice()), ("1", &[Hint::UnknownNamespace][..]));
}

#[test]
fn the_status_of_a_person_is_always_kept() {
    let body = adult_with("</ns1:CongDan>", "<ns1:TrangThaiCongDan>2</ns1:TrangThaiCongDan></ns1:CongDan>");
    let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
    let mut look_up = asked(ADULT);
    look_up.keep = AttributeSet::EMPTY;
    let Outcome::Found(record) = read_reply(&reply, &look_up, &ReplySettings::default()).0 else { panic!("found") };
    assert!(record.blocked().is_some());
}

#[test]
fn nothing_but_the_wanted_attributes_leaves_the_reader() {
    let body = adult();
    let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
    for attribute in Attribute::ALL {
        let mut look_up = asked(ADULT);
        look_up.keep = AttributeSet::EMPTY.with(*attribute);
        let Outcome::Found(record) = read_reply(&reply, &look_up, &ReplySettings::default()).0 else { panic!("found") };
        assert!(*record == (*found(&body, ADULT)).clone().reduced(look_up.keep), "{}", attribute.path());
    }
}

#[test]
fn a_query_without_day_is_compared_as_it_was_asked() {
    let body = sample("response-037-adult-full.xml");
    for birth in ["1985", "1985-03", "1985-05"] {
        found(&body, [ADULT[0], ADULT[1], birth]);
    }
}
