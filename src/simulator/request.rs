//! What a request asks, and the rules that its values keep (PROTOCOL §4), whatever text it came in.
//!
//! Stricter than upstream may be: whatever the protocol text says about number and form of the fields is enforced, so
//! that a client that passes here passes everywhere. Refusals name the rule, never a value. The readers of the two
//! texts are `request_xml` and `request_json`.

use jiff::civil::Date;

use super::forms::{DateForms, NameForms, Rules};
use super::xml::XmlRefusal;
use crate::citizen::{PersonalText, name};

/// Longest `MaYeuCau` (PROTOCOL §4).
const REQUEST_ID_LENGTH: usize = 36;

/// What a door is for (PROTOCOL §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Service 037: the record of one citizen.
    LookUp,
    /// Service 033: whether such a citizen exists.
    Verification,
}

impl Operation {
    /// Local name of the operation element.
    pub fn element(self) -> &'static str {
        match self {
            Self::LookUp => "TraCuuThongTinCongDan",
            Self::Verification => "XacThucThongTinCongDan",
        }
    }

    /// The values of `MaTichHop` that lead to it.
    fn service_numbers(self) -> &'static [&'static str] {
        match self {
            Self::LookUp => &["037"],
            Self::Verification => &["033", "003"],
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
    /// Compact name (PROTOCOL §4.1), whatever form was sent.
    pub name: PersonalText,
    /// `None` only where the later field set of 033 has no birth date (PROTOCOL §4).
    pub birth: Option<SearchedBirth>,
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
    #[error("the body is not one JSON object in UTF-8 whose members are texts")]
    NotJson,
    #[error("a document type declaration is not allowed")]
    Doctype,
    #[error("the body is not a SOAP 1.1 envelope with an optional empty header and a body")]
    Envelope,
    #[error("the SOAP body must hold exactly one {0} of the namespace http://dancuquocgia.bca")]
    Operation(&'static str),
    #[error("the request holds an element or a text that section 4 does not know")]
    Unknown,
    #[error("{0} is not where section 4 places it")]
    Order(&'static str),
    #[error("{0} stands there twice")]
    Twice(&'static str),
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

/// The fields of a request under the names of PROTOCOL §4, exactly as sent; birth date and year without their group.
pub struct Fields<'a>(pub Vec<(&'static str, &'a str)>);

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    fn required(&self, name: &'static str) -> Result<&'a str, RequestRefusal> {
        self.get(name).ok_or(RequestRefusal::Missing(name))
    }

    fn not_blank(&self, name: &'static str) -> Result<&'a str, RequestRefusal> {
        let text = self.required(name)?;
        if text.trim().is_empty() { Err(RequestRefusal::Form(name)) } else { Ok(text) }
    }
}

/// Checks the values of a request whose fields were found to be complete.
///
/// # Errors
/// The first rule that is broken.
pub fn search(fields: &Fields<'_>, operation: Operation, rules: Rules) -> Result<SearchRequest, RequestRefusal> {
    if let Some(service) = fields.get("MaTichHop")
        && !operation.service_numbers().contains(&service)
    {
        return Err(RequestRefusal::Form("MaTichHop"));
    }
    for field in ["MaDVC", "MaDichVu", "MaDonVi", "TaiKhoan", "SoDienThoai", "userNameService"] {
        if fields.get(field).is_some() {
            fields.not_blank(field)?;
        }
    }
    Ok(SearchRequest {
        request_id: request_id(fields)?,
        officer: fields.not_blank("MaCanBo")?.to_owned(),
        number: number(fields)?,
        name: compact_name(fields, rules.name)?,
        birth: birth(fields, rules.date)?,
    })
}

/// At most 36 characters from letters, digits and hyphen (PROTOCOL §4, assumed there).
fn request_id(fields: &Fields<'_>) -> Result<String, RequestRefusal> {
    let text = fields.required("MaYeuCau")?;
    let allowed = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if text.is_empty() || text.len() > REQUEST_ID_LENGTH || !allowed {
        return Err(RequestRefusal::Form("MaYeuCau"));
    }
    Ok(text.to_owned())
}

/// 12 digits in `SoDinhDanh` or 9 in `SoCMND` (PROTOCOL §4).
fn number(fields: &Fields<'_>) -> Result<SearchedNumber, RequestRefusal> {
    match (fields.get("SoDinhDanh"), fields.get("SoCMND")) {
        (Some(text), None) => digits("SoDinhDanh", text, 12).map(SearchedNumber::Personal),
        (None, Some(text)) => digits("SoCMND", text, 9).map(SearchedNumber::OldCard),
        (None, None) | (Some(_), Some(_)) => Err(RequestRefusal::OneNumber),
    }
}

fn digits(field: &'static str, text: &str, length: usize) -> Result<PersonalText, RequestRefusal> {
    let refusal = RequestRefusal::Form(field);
    if text.len() != length || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refusal);
    }
    PersonalText::given(text).ok_or(refusal)
}

/// One of the accepted forms and nothing else (PROTOCOL §4.1); searched is always the compact one.
fn compact_name(fields: &Fields<'_>, forms: NameForms) -> Result<PersonalText, RequestRefusal> {
    let text = fields.required("HoVaTen")?;
    let refusal = RequestRefusal::Form("HoVaTen");
    let is_compact = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_upper = text.trim() == text && text.to_uppercase() == text;
    if !(forms.compact() && is_compact || forms.upper() && is_upper) {
        return Err(refusal);
    }
    PersonalText::given(name::compact(text)).ok_or(refusal)
}

/// At most one of the two: an existing day in an accepted form, or a year of four digits (PROTOCOL §4.2).
fn birth(fields: &Fields<'_>, forms: DateForms) -> Result<Option<SearchedBirth>, RequestRefusal> {
    match (fields.get("NgayThangNam"), fields.get("Nam")) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(RequestRefusal::OneBirthDate),
        (Some(text), None) => {
            let date = day(text, forms).ok_or(RequestRefusal::Form("NgayThangNam"))?;
            Ok(Some(SearchedBirth::Date(date)))
        }
        (None, Some(text)) if text.len() == 4 => {
            Ok(Some(SearchedBirth::Year(decimal(text).ok_or(RequestRefusal::Form("Nam"))?)))
        }
        (None, Some(_)) => Err(RequestRefusal::Form("Nam")),
    }
}

fn day(text: &str, forms: DateForms) -> Option<Date> {
    if !text.is_ascii() {
        return None;
    }
    let (year, month, day) = match text.len() {
        8 if forms.compact() => (&text[..4], &text[4..6], &text[6..]),
        10 if forms.iso() && &text[4..5] == "-" && &text[7..8] == "-" => (&text[..4], &text[5..7], &text[8..]),
        _ => return None,
    };
    let (year, month, day) = (decimal(year)?, decimal(month)?, decimal(day)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A number of digits only; signs and spaces are not digits.
fn decimal(text: &str) -> Option<i16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
