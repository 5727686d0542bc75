//! Strict reading of a look-up request, service 037 (PROTOCOL §4).
//!
//! Stricter than upstream may be: whatever the protocol text says about order, number of elements and form is
//! enforced, so that a client that passes here passes everywhere. Refusals name the rule, never a value.

use jiff::civil::Date;

use super::xml::{self, Element, XmlRefusal};
use crate::citizen::PersonalText;

/// Namespace of the operation (PROTOCOL §2).
const OPERATION_NAMESPACE: &str = "http://dancuquocgia.bca";
/// Local name of operation 037 (PROTOCOL §2).
const OPERATION: &str = "TraCuuThongTinCongDan";
/// SOAP 1.1 envelope.
const SOAP_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Service number, `MaTichHop` (PROTOCOL §2).
const SERVICE_NUMBER: &str = "037";
/// Longest `MaYeuCau` (PROTOCOL §4).
const REQUEST_ID_LENGTH: usize = 36;

/// The children of the operation in their order; the two numbers share one place (PROTOCOL §4).
const ORDER: [(&str, Place); 11] = [
    ("MaYeuCau", Place::Required(0)),
    ("MaDVC", Place::Required(1)),
    ("MaTichHop", Place::Required(2)),
    ("MaCanBo", Place::Required(3)),
    ("MaDonVi", Place::Optional(4)),
    ("TaiKhoan", Place::Optional(5)),
    ("SoDienThoai", Place::Optional(6)),
    ("SoDinhDanh", Place::Number(7)),
    ("SoCMND", Place::Number(7)),
    ("HoVaTen", Place::Required(8)),
    ("NgayThangNamSinh", Place::Required(9)),
];

#[derive(Clone, Copy)]
enum Place {
    Required(u8),
    Optional(u8),
    Number(u8),
}

impl Place {
    fn position(self) -> u8 {
        match self {
            Self::Required(position) | Self::Optional(position) | Self::Number(position) => position,
        }
    }
}

/// A request that keeps every rule.
pub struct SearchRequest {
    /// `MaYeuCau`.
    pub request_id: String,
    /// `MaCanBo`.
    pub officer: String,
    pub number: SearchedNumber,
    /// Compact name (PROTOCOL §4.1).
    pub name: PersonalText,
    pub birth: SearchedBirth,
}

/// The number that is searched: 12 digits or 9 digits.
pub enum SearchedNumber {
    Personal(PersonalText),
    OldCard(PersonalText),
}

impl SearchedNumber {
    pub fn digits(&self) -> &str {
        match self {
            Self::Personal(digits) | Self::OldCard(digits) => digits.reveal(),
        }
    }
}

/// The birth date that is searched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SearchedBirth {
    /// `NgayThangNam`.
    Date(Date),
    /// `Nam`.
    Year(i16),
}

/// Which rule a request breaks. Element names come from the protocol's own list, never from the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefusal {
    #[error("the body is not one well-formed XML document in UTF-8")]
    NotXml,
    #[error("a document type declaration is not allowed")]
    Doctype,
    #[error("the body is not a SOAP 1.1 envelope with an optional empty header and a body")]
    Envelope,
    #[error("the SOAP body must hold exactly one TraCuuThongTinCongDan of the namespace http://dancuquocgia.bca")]
    Operation,
    #[error("the operation holds an element or a text that section 4 does not know")]
    Unknown,
    #[error("{0} is not where section 4 places it")]
    Order(&'static str),
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("exactly one of SoDinhDanh and SoCMND must be present")]
    OneNumber,
    #[error("{0} does not have the required form")]
    Form(&'static str),
    #[error("NgayThangNamSinh must hold exactly one of NgayThangNam and Nam")]
    OneBirthDate,
}

impl From<XmlRefusal> for RequestRefusal {
    fn from(refusal: XmlRefusal) -> Self {
        match refusal {
            XmlRefusal::Doctype => Self::Doctype,
            XmlRefusal::NotWellFormed | XmlRefusal::TooDeep => Self::NotXml,
        }
    }
}

/// Reads a request body.
pub fn read(body: &[u8]) -> Result<SearchRequest, RequestRefusal> {
    let envelope = xml::read(body)?;
    let operation = operation(&envelope)?;
    let fields = operation.group().ok_or(RequestRefusal::Unknown)?;
    check_order(fields)?;
    if leaf(fields, "MaTichHop")? != SERVICE_NUMBER {
        return Err(RequestRefusal::Form("MaTichHop"));
    }
    not_blank(fields, "MaDVC")?;
    for optional in ["MaDonVi", "TaiKhoan", "SoDienThoai"] {
        if find(fields, optional).is_some() {
            not_blank(fields, optional)?;
        }
    }
    Ok(SearchRequest {
        request_id: request_id(fields)?,
        officer: not_blank(fields, "MaCanBo")?.to_owned(),
        number: number(fields)?,
        name: name(fields)?,
        birth: birth(fields)?,
    })
}

/// The one operation element in the body; the header may be absent (SOAP 1.1) but must be empty (PROTOCOL §4).
fn operation(envelope: &Element) -> Result<&Element, RequestRefusal> {
    if !envelope.is(SOAP_NAMESPACE, "Envelope") {
        return Err(RequestRefusal::Envelope);
    }
    let body = match envelope.group() {
        Some([header, body]) if header.is(SOAP_NAMESPACE, "Header") && header.group().is_some_and(<[_]>::is_empty) => {
            body
        }
        Some([body]) => body,
        _ => return Err(RequestRefusal::Envelope),
    };
    if !body.is(SOAP_NAMESPACE, "Body") {
        return Err(RequestRefusal::Envelope);
    }
    match body.group() {
        Some([operation]) if operation.is(OPERATION_NAMESPACE, OPERATION) => Ok(operation),
        _ => Err(RequestRefusal::Operation),
    }
}

/// Every child is known, in its place and there once; every required one is there.
fn check_order(fields: &[Element]) -> Result<(), RequestRefusal> {
    let mut next = 0;
    let mut numbers = 0;
    for field in fields {
        let known = ORDER.iter().find(|(name, _)| field.is(OPERATION_NAMESPACE, name));
        let Some((name, place)) = known else { return Err(RequestRefusal::Unknown) };
        if matches!(place, Place::Number(_)) {
            numbers += 1;
            if numbers > 1 {
                return Err(RequestRefusal::OneNumber);
            }
        }
        if place.position() < next {
            return Err(RequestRefusal::Order(name));
        }
        next = place.position() + 1;
    }
    for (name, place) in ORDER {
        if matches!(place, Place::Required(_)) && find(fields, name).is_none() {
            return Err(RequestRefusal::Missing(name));
        }
    }
    if numbers == 1 { Ok(()) } else { Err(RequestRefusal::OneNumber) }
}

/// At most 36 characters from letters, digits and hyphen (PROTOCOL §4, assumed there).
fn request_id(fields: &[Element]) -> Result<String, RequestRefusal> {
    let text = leaf(fields, "MaYeuCau")?;
    let allowed = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if text.is_empty() || text.len() > REQUEST_ID_LENGTH || !allowed {
        return Err(RequestRefusal::Form("MaYeuCau"));
    }
    Ok(text.to_owned())
}

/// 12 digits in `SoDinhDanh` or 9 in `SoCMND` (PROTOCOL §4).
fn number(fields: &[Element]) -> Result<SearchedNumber, RequestRefusal> {
    if find(fields, "SoDinhDanh").is_some() {
        return digits(fields, "SoDinhDanh", 12).map(SearchedNumber::Personal);
    }
    digits(fields, "SoCMND", 9).map(SearchedNumber::OldCard)
}

fn digits(fields: &[Element], element: &'static str, length: usize) -> Result<PersonalText, RequestRefusal> {
    let text = leaf(fields, element)?;
    let refusal = RequestRefusal::Form(element);
    if text.len() != length || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refusal);
    }
    PersonalText::given(text).ok_or(refusal)
}

/// The compact form and nothing else: `A–Z`, `0–9`, not empty (PROTOCOL §4.1).
fn name(fields: &[Element]) -> Result<PersonalText, RequestRefusal> {
    let text = leaf(fields, "HoVaTen")?;
    let refusal = RequestRefusal::Form("HoVaTen");
    if !text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return Err(refusal);
    }
    PersonalText::given(text).ok_or(refusal)
}

/// Exactly one child: an existing day as `yyyymmdd`, or a year (PROTOCOL §4.2).
fn birth(fields: &[Element]) -> Result<SearchedBirth, RequestRefusal> {
    let group = find(fields, "NgayThangNamSinh").ok_or(RequestRefusal::Missing("NgayThangNamSinh"))?;
    let Some([child]) = group.group() else { return Err(RequestRefusal::OneBirthDate) };
    if child.is(OPERATION_NAMESPACE, "NgayThangNam") {
        let date = child.leaf().and_then(compact_date).ok_or(RequestRefusal::Form("NgayThangNam"))?;
        return Ok(SearchedBirth::Date(date));
    }
    if child.is(OPERATION_NAMESPACE, "Nam") {
        let year = child.leaf().filter(|text| text.len() == 4).and_then(decimal).ok_or(RequestRefusal::Form("Nam"))?;
        return Ok(SearchedBirth::Year(year));
    }
    Err(RequestRefusal::OneBirthDate)
}

fn compact_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.is_ascii() {
        return None;
    }
    let (year, month, day) = (decimal(&text[..4])?, decimal(&text[4..6])?, decimal(&text[6..])?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A number of digits only; signs and spaces are not digits.
fn decimal(text: &str) -> Option<i16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn not_blank<'a>(fields: &'a [Element], name: &'static str) -> Result<&'a str, RequestRefusal> {
    let text = leaf(fields, name)?;
    if text.trim().is_empty() { Err(RequestRefusal::Form(name)) } else { Ok(text) }
}

/// The text of a child, exactly as sent.
fn leaf<'a>(fields: &'a [Element], name: &'static str) -> Result<&'a str, RequestRefusal> {
    let field = find(fields, name).ok_or(RequestRefusal::Missing(name))?;
    field.leaf().ok_or(RequestRefusal::Form(name))
}

fn find<'a>(fields: &'a [Element], name: &str) -> Option<&'a Element> {
    fields.iter().find(|field| field.name == name)
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
