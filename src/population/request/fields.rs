//! What travels: the three search keys and the codes beside them, checked, in the configured order (PROTOCOL §4).

use std::borrow::Cow;
use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::Operation;
use crate::citizen::{Name, Number, PartialDate};
use crate::config::{BirthDateForm, Code, NameForm, RequestField, RequestSettings};
use crate::population::outcome::RejectedCause;
use crate::population::reply::tree::is_xml_char;
use crate::population::{LookUp, Outcome};

/// A question, ready to be written. No `Debug`: personal data.
pub struct Question<'a> {
    /// In the order of the wire.
    pub parts: Vec<Part<'a>>,
    /// `userNameService`, where a wording has it.
    pub user_name_service: Option<Cow<'a, str>>,
}

/// One field of a question.
pub enum Part<'a> {
    /// A code under its name of PROTOCOL §4.
    Code(&'static str, Cow<'a, str>),
    /// The number, under the name that its kind has.
    Number(&'a Number),
    Name(Zeroizing<String>),
    Birth(Birth),
}

/// The birth date as it travels (PROTOCOL §4.2).
pub enum Birth {
    /// `NgayThangNam`.
    Day(Zeroizing<String>),
    /// `Nam`: four digits.
    Year(Zeroizing<String>),
}

/// The question of a look-up.
pub fn question<'a>(
    operation: Operation,
    settings: &'a RequestSettings,
    look_up: &'a LookUp,
    request_id: &'a str,
) -> Result<Question<'a>, Outcome> {
    let refuse = |cause| Outcome::Rejected(cause);
    let name = look_up.query.name.as_ref().ok_or(refuse(RejectedCause::MissingName))?;
    let birth = look_up.query.birth_date.ok_or(refuse(RejectedCause::MissingBirthDate))?;
    let procedure = coded(&settings.procedure, &look_up.service).ok_or(Outcome::NotPermittedProcedure)?;
    let officer = coded(&settings.officer, &look_up.officer).ok_or(Outcome::NotPermittedOfficer)?;
    check(request_id, RejectedCause::BadCharacter)?;
    check(procedure, RejectedCause::MissingProcedure)?;
    check(officer, RejectedCause::MissingOfficer)?;
    let mut parts = Vec::new();
    for field in operation.of(&settings.fields) {
        let code = |name, text: &'a str| Ok(Part::Code(name, Cow::Borrowed(text)));
        parts.push(match field {
            RequestField::MaYeuCau => code("MaYeuCau", request_id),
            RequestField::MaDvc => code("MaDVC", procedure),
            RequestField::MaDichVu => code("MaDichVu", procedure),
            RequestField::MaTichHop => code("MaTichHop", operation.of(&settings.service_number).as_str()),
            RequestField::MaCanBo => code("MaCanBo", officer),
            RequestField::MaDonVi => checked("MaDonVi", settings.unit.as_deref().unwrap_or(&look_up.agency)),
            RequestField::TaiKhoan => checked("TaiKhoan", settings.account.as_deref().unwrap_or(&look_up.officer)),
            RequestField::SoDienThoai => checked("SoDienThoai", &settings.phone),
            RequestField::Number => Ok(Part::Number(&look_up.query.number)),
            RequestField::HoVaTen => Ok(Part::Name(worded(name, settings.name_form))),
            RequestField::NgayThangNamSinh => Ok(Part::Birth(birth_part(birth, settings.birth_date_form))),
        }?);
    }
    let user = settings.user_name_service.as_deref().unwrap_or(officer);
    check(user, RejectedCause::MissingOfficer)?;
    Ok(Question { parts, user_name_service: Some(Cow::Borrowed(user)) })
}

fn checked<'a>(name: &'static str, text: &'a str) -> Result<Part<'a>, Outcome> {
    check(text, RejectedCause::BadCharacter)?;
    Ok(Part::Code(name, Cow::Borrowed(text)))
}

/// The code that travels; `None` when a table does not list what was asked.
fn coded<'a>(code: &'a Code, asked: &'a str) -> Option<&'a str> {
    match code {
        Code::Asked => Some(asked),
        Code::Fixed(fixed) => Some(fixed),
        Code::Table(table) => listed(table, asked),
    }
}

fn listed<'a>(table: &'a BTreeMap<String, String>, asked: &str) -> Option<&'a str> {
    table.get(asked).map(String::as_str)
}

/// PROTOCOL §4.1.
fn worded(name: &Name, form: NameForm) -> Zeroizing<String> {
    Zeroizing::new(match form {
        NameForm::CompactAscii => name.compact().to_owned(),
        NameForm::Upper => name.display().to_uppercase(),
    })
}

/// A full date as the day; everything less as the year: nobody sends month and year only (PROTOCOL §4.2).
fn birth_part(birth: PartialDate, form: BirthDateForm) -> Birth {
    let day = match form {
        BirthDateForm::Compact => birth.compact(),
        BirthDateForm::Iso => birth.is_full().then(|| birth.iso()),
    };
    match day {
        Some(day) => Birth::Day(Zeroizing::new(day)),
        None => Birth::Year(Zeroizing::new(format!("{:04}", birth.year()))),
    }
}

/// A code must be there and must survive every wording unchanged: no control characters or line breaks (RISKS T21), and
/// nothing that XML 1.0 cannot carry.
fn check(code: &str, missing: RejectedCause) -> Result<(), Outcome> {
    if code.trim().is_empty() {
        return Err(Outcome::Rejected(missing));
    }
    if code.chars().any(|character| character.is_control() || !is_xml_char(character)) {
        return Err(Outcome::Rejected(RejectedCause::BadCharacter));
    }
    Ok(())
}
