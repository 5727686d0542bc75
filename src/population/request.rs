//! The request on the wire: a SOAP 1.1 envelope with the three search keys (PROTOCOL §2, §4).
//!
//! Written with an XML writer only, never by joining text (PROTOCOL §10, mistake 8; RISKS T21). The order of the
//! elements is that of §4, because at least one gateway insists on it. It must not know of transport or replies.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::outcome::RejectedCause;
use super::reply::tree::is_xml_char;
use crate::citizen::{Number, PartialDate, Query};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const OPERATION: &str = "http://dancuquocgia.bca";

/// What is asked; the service number, not the operation's name, selects the contract (PROTOCOL §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// 037: the record of one citizen.
    Record,
    /// 033: whether such a citizen exists.
    #[cfg_attr(not(test), expect(dead_code, reason = "operation 033 is written but not yet asked"))]
    Existence,
}

impl Operation {
    fn element(self) -> &'static str {
        match self {
            Self::Record => "dan:TraCuuThongTinCongDan",
            Self::Existence => "dan:XacThucThongTinCongDan",
        }
    }

    fn service_number(self) -> &'static str {
        match self {
            Self::Record => "037",
            Self::Existence => "033",
        }
    }
}

/// The codes that travel beside the search keys.
pub struct Codes<'a> {
    /// `MaYeuCau`, unique for every call: see [`request_id`].
    pub request_id: &'a str,
    /// `MaDVC`.
    pub procedure: &'a str,
    /// `MaCanBo`.
    pub officer: &'a str,
}

/// A new `MaYeuCau`: UUID version 7, 36 characters of `0-9 a-f -` (PROTOCOL §4, row 1).
pub fn request_id() -> String {
    Uuid::now_v7().to_string()
}

/// The envelope as UTF-8 bytes, wiped on drop.
///
/// Elements 5–7 are off; the name travels compact (§4.1), a full date as `yyyymmdd`, everything less as the year (§4.2).
pub fn envelope(operation: Operation, codes: &Codes<'_>, query: &Query) -> Result<Zeroizing<Vec<u8>>, RejectedCause> {
    let name = query.name.as_ref().ok_or(RejectedCause::MissingName)?;
    let birth_date = query.birth_date.ok_or(RejectedCause::MissingBirthDate)?;
    check_code(codes.request_id, RejectedCause::BadCharacter)?;
    check_code(codes.procedure, RejectedCause::MissingProcedure)?;
    check_code(codes.officer, RejectedCause::MissingOfficer)?;

    let number = match &query.number {
        Number::Personal(digits) => ("dan:SoDinhDanh", digits.reveal()),
        Number::OldCard(digits) => ("dan:SoCMND", digits.reveal()),
    };
    let leaves = [
        ("dan:MaYeuCau", codes.request_id),
        ("dan:MaDVC", codes.procedure),
        ("dan:MaTichHop", operation.service_number()),
        ("dan:MaCanBo", codes.officer),
        number,
        ("dan:HoVaTen", name.compact()),
    ];
    write(operation, &leaves, birth_date).map_err(|_| RejectedCause::BadCharacter)
}

/// Room for the largest request, so that the buffer does not move and leave copies behind.
const CAPACITY: usize = 4 * 1024;

fn write(
    operation: Operation,
    leaves: &[(&str, &str)],
    birth_date: PartialDate,
) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut writer = Writer::new(Vec::with_capacity(CAPACITY));
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let envelope =
        BytesStart::new("soapenv:Envelope").with_attributes([("xmlns:soapenv", SOAP), ("xmlns:dan", OPERATION)]);
    writer.write_event(Event::Start(envelope))?;
    writer.write_event(Event::Empty(BytesStart::new("soapenv:Header")))?;
    open(&mut writer, "soapenv:Body")?;
    open(&mut writer, operation.element())?;
    for (element, text) in leaves {
        leaf(&mut writer, element, text)?;
    }
    open(&mut writer, "dan:NgayThangNamSinh")?;
    match birth_date.compact() {
        Some(day) => leaf(&mut writer, "dan:NgayThangNam", &day)?,
        None => leaf(&mut writer, "dan:Nam", &format!("{:04}", birth_date.year()))?,
    }
    close(&mut writer, "dan:NgayThangNamSinh")?;
    close(&mut writer, operation.element())?;
    close(&mut writer, "soapenv:Body")?;
    close(&mut writer, "soapenv:Envelope")?;
    Ok(Zeroizing::new(writer.into_inner()))
}

fn open(writer: &mut Writer<Vec<u8>>, name: &str) -> std::io::Result<()> {
    writer.write_event(Event::Start(BytesStart::new(name)))
}

fn close(writer: &mut Writer<Vec<u8>>, name: &str) -> std::io::Result<()> {
    writer.write_event(Event::End(BytesEnd::new(name)))
}

fn leaf(writer: &mut Writer<Vec<u8>>, name: &str, text: &str) -> std::io::Result<()> {
    open(writer, name)?;
    writer.write_event(Event::Text(BytesText::new(text)))?;
    close(writer, name)
}

/// A code must be there and must survive XML unchanged: no control characters or line breaks (RISKS T21), and nothing
/// that XML 1.0 cannot carry.
fn check_code(code: &str, missing: RejectedCause) -> Result<(), RejectedCause> {
    if code.trim().is_empty() {
        return Err(missing);
    }
    if code.chars().any(|character| character.is_control() || !is_xml_char(character)) {
        return Err(RejectedCause::BadCharacter);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::reply::{tree::Element, xml};
    use super::*;
    use crate::citizen::Name;

    fn query(number: &str, name: &str, birth: &str) -> Query {
        Query {
            number: Number::parse(number).expect("number"),
            name: Some(Name::parse(name).expect("name")),
            birth_date: Some(PartialDate::from_iso(birth).expect("date")),
        }
    }

    fn written(operation: Operation, codes: &Codes<'_>, query: &Query) -> Element {
        let bytes = envelope(operation, codes, query).expect("written");
        xml::parse(std::str::from_utf8(&bytes).expect("UTF-8")).expect("well-formed")
    }

    /// Path and text of every leaf, in document order.
    fn leaves(element: &Element, path: &str, found: &mut Vec<(String, String)>) {
        let path = format!("{path}/{}", element.name);
        if element.children.is_empty() {
            found.push((path.clone(), element.text.clone()));
        }
        for child in &element.children {
            leaves(child, &path, found);
        }
    }

    fn leaves_of(element: &Element) -> Vec<(String, String)> {
        let mut found = Vec::new();
        leaves(element, "", &mut found);
        found.retain(|(path, _)| path != "/Envelope/Header");
        found
    }

    fn sample(name: &str) -> Element {
        let path = format!("{}/tests/upstream-samples/{name}", env!("CARGO_MANIFEST_DIR"));
        xml::parse(&std::fs::read_to_string(path).expect("sample")).expect("well-formed")
    }

    #[test]
    fn the_sample_requests_are_written_with_the_same_leaves_in_the_same_order() {
        let asked = query("999085000001", "Nguyễn Văn Mẫu Một", "1985-03-12");
        let cases = [
            ("request-037-full-date.xml", Operation::Record, "SIM-20260105-000001"),
            ("request-033.xml", Operation::Existence, "SIM-20260105-000003"),
        ];
        for (file, operation, request_id) in cases {
            let codes = Codes { request_id, procedure: "9.999999", officer: "999080000099" };
            assert_eq!(leaves_of(&written(operation, &codes, &asked)), leaves_of(&sample(file)), "{file}");
        }
    }

    #[test]
    fn an_old_card_and_a_bare_year_travel_as_in_the_sample_without_the_optional_elements() {
        let codes = Codes { request_id: "SIM-20260105-000002", procedure: "9.999999", officer: "999080000099" };
        let asked = query("999000005", "PHẠM THỊ MẪU NĂM", "1948");
        let mut expected = leaves_of(&sample("request-037-year-only-cmnd.xml"));
        expected.retain(|(path, _)| !["MaDonVi", "TaiKhoan", "SoDienThoai"].iter().any(|off| path.ends_with(off)));
        assert_eq!(leaves_of(&written(Operation::Record, &codes, &asked)), expected);
    }

    #[test]
    fn a_year_and_month_ask_with_the_year() {
        let codes = Codes { request_id: "1", procedure: "9.999999", officer: "999080000099" };
        let asked = written(Operation::Record, &codes, &query("999085000001", "MẪU", "1985-03"));
        let (path, text) = leaves_of(&asked).pop().expect("leaf");
        assert!(path.ends_with("/NgayThangNamSinh/Nam"));
        assert_eq!(text, "1985");
    }

    #[test]
    fn an_incomplete_question_is_refused_before_any_call() {
        let codes = Codes { request_id: "1", procedure: "9.999999", officer: "999080000099" };
        let mut asked = query("999085000001", "MẪU", "1985");
        asked.birth_date = None;
        assert_eq!(envelope(Operation::Record, &codes, &asked).err(), Some(RejectedCause::MissingBirthDate));
        asked.name = None;
        assert_eq!(envelope(Operation::Record, &codes, &asked).err(), Some(RejectedCause::MissingName));

        let asked = query("999085000001", "MẪU", "1985");
        let cases = [
            ("", "x", RejectedCause::MissingProcedure),
            ("x", " ", RejectedCause::MissingOfficer),
            ("x", "a\r\nb", RejectedCause::BadCharacter),
            ("x\u{0}", "a", RejectedCause::BadCharacter),
            ("x", "a\u{fffe}", RejectedCause::BadCharacter),
        ];
        for (procedure, officer, expected) in cases {
            let codes = Codes { request_id: "1", procedure, officer };
            assert_eq!(envelope(Operation::Record, &codes, &asked).err(), Some(expected));
        }
    }

    #[test]
    fn every_request_id_is_new_and_has_36_plain_characters() {
        let (first, second) = (request_id(), request_id());
        assert_ne!(first, second);
        assert_eq!(first.len(), 36);
        assert!(first.chars().all(|character| character.is_ascii_hexdigit() || character == '-'));
    }

    #[test]
    fn known_mistake_8_markup_in_values_is_escaped_not_joined() {
        let officer = "</dan:MaCanBo><x a=\"1\">&amp;'<![CDATA[";
        let codes = Codes { request_id: "1", procedure: "a&b", officer };
        let root = written(Operation::Record, &codes, &query("999085000001", "H'MẪU NIÊ & CO", "1985"));
        let found = leaves_of(&root);
        assert_eq!(found.len(), 7);
        assert_eq!(found[1].1, "a&b");
        assert_eq!(found[3].1, officer);
        assert_eq!(found[5].1, "HMAUNIECO");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
        #[test]
        fn what_was_written_is_read_back_unchanged(procedure in "\\PC{1,40}", officer in "\\PC{1,40}", name in "\\PC{1,40}") {
            let codes = Codes { request_id: "1", procedure: &procedure, officer: &officer };
            let Ok(name) = Name::parse(&name) else { return Ok(()) };
            let compact = name.compact().to_owned();
            let asked = Query { name: Some(name), ..query("999085000001", "MẪU", "1985") };
            if let Ok(bytes) = envelope(Operation::Record, &codes, &asked) {
                let root = xml::parse(std::str::from_utf8(&bytes).expect("UTF-8")).expect("well-formed");
                let found = leaves_of(&root);
                prop_assert_eq!(found.len(), 7);
                prop_assert_eq!(&found[1].1, &procedure);
                prop_assert_eq!(&found[3].1, &officer);
                prop_assert_eq!(&found[5].1, &compact);
            }
        }
    }
}
