//! The named transforms: how a value of the register becomes what a box of the form takes.
//!
//! Pure functions. What these cannot say is not said by an expression language in a mapping but by one more named
//! transform here, with tests. None of them guesses: no partial date is completed, no name is split, no unknown code
//! is mapped, no case is changed unless the form's label asks for it.

mod date_words;
mod formats;
mod places;

use std::borrow::Cow;

use jiff::civil::Date;

pub use formats::{FORMATS, Format};

use self::places::{address, street, unit_code};
use super::code_list::{CodeList, CodeUse};
use super::dictionary::SourceKind;
use super::form_schema::PropertyKind;
use crate::citizen::units::{Pick, REFORM, Successor, Unit, UnitLevel, Units};
use crate::citizen::{Address, Attribute, Given, PartialDate, Record};

/// A value as it stands in `data`; most texts are those of the record, of a list or of the units themselves.
#[derive(Clone, PartialEq, Eq)]
pub enum Value<'v> {
    Text(Cow<'v, str>),
    Integer(u32),
    Address(Box<AddressValue<'v>>),
}

/// An address as the forms' `dia_chi` object: the printed line, then the codes and the detail.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct AddressValue<'v> {
    pub day_du: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tinh: Option<&'v str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub huyen: Option<&'v str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xa: Option<&'v str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chi_tiet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoc_gia: Option<&'v str>,
}

/// A value that fits, with what is printed on paper when that differs from the value.
pub struct Fitted<'v> {
    pub value: Value<'v>,
    pub text: Option<Cow<'v, str>>,
    /// The officer has to confirm it.
    pub suggest: bool,
    /// A remark for the answer's warnings (a stable code).
    pub remark: Option<&'static str>,
    /// For an address of before the reform on a form of after it: the new units, offered beside the value as received.
    pub conversion: Option<Box<Conversion<'v>>>,
}

/// The new units of an old address: one successor, or those between which the officer chooses.
#[derive(Clone, PartialEq, Eq)]
pub struct Conversion<'v> {
    pub tinh: Unit<'v>,
    /// Exactly one when it is sure, none when the address has no commune.
    pub xa: Vec<Unit<'v>>,
}

impl<'v> Fitted<'v> {
    fn plain(value: impl Into<Cow<'v, str>>) -> Self {
        Self::of(Value::Text(value.into()))
    }

    /// A value with nothing to remark.
    pub fn of(value: Value<'v>) -> Self {
        Self { value, text: None, suggest: false, remark: None, conversion: None }
    }

    fn printed(value: impl Into<Cow<'v, str>>, text: impl Into<Cow<'v, str>>) -> Self {
        Self { text: Some(text.into()), ..Self::plain(value) }
    }
}

/// Why a given value did not become a value of the form.
pub enum Unfit<'v> {
    /// After all nothing to fill (a code that says "no information", an address without any text).
    NotGiven,
    /// The code is in no list; it is shown beside the field.
    UnknownCode(Cow<'v, str>),
    /// The code is not in the form's list on the form's date; the text is shown beside the field.
    NotInList(Option<Cow<'v, str>>),
    /// The old commune (by name) was split: the form's list has these candidates, and only the officer can
    /// choose.
    Choices(Option<Cow<'v, str>>, Vec<Unit<'v>>),
    /// The box needs a full date; what is known is shown beside the field.
    PartialDate(String),
    /// The record contradicts itself.
    Conflict,
    /// The unit codes of the address do not belong together.
    UnitsClash,
}

/// What a transform works with, besides the value.
pub struct TransformContext<'a> {
    pub units: &'a Units,
    pub countries: &'a CodeList,
    /// The day that decides which lists are in force: the dossier's.
    pub form_day: Date,
}

/// One value on its way into a box.
pub struct Input<'a> {
    pub record: &'a Record,
    pub attribute: Attribute,
    pub given: Given<'a>,
    /// The list of the attribute's codes, when it has one.
    pub list: Option<&'a CodeList>,
}

/// A transform.
pub type Transform = for<'v> fn(&Input<'v>, &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>>;

/// The transform for a source and a box when the mapping names none; `None` when they do not go together.
pub fn natural(from: &SourceKind, into: &PropertyKind, attribute: Attribute) -> Option<Transform> {
    match (from, into) {
        (SourceKind::Text, PropertyKind::Text) if attribute.path().ends_with(".chi_tiet") => Some(street),
        (SourceKind::Name | SourceKind::NumberText | SourceKind::Text, PropertyKind::Text) => Some(copy),
        (SourceKind::Code(from), PropertyKind::Code(into)) if from == into => Some(code),
        (SourceKind::UnitCode(from), PropertyKind::UnitCode(into)) if from == into => Some(match from {
            UnitLevel::Tinh => |input, context| unit_code(input, context, UnitLevel::Tinh),
            UnitLevel::Huyen => |input, context| unit_code(input, context, UnitLevel::Huyen),
            UnitLevel::Xa => |input, context| unit_code(input, context, UnitLevel::Xa),
        }),
        (SourceKind::PartialDate, PropertyKind::PartialDate) => Some(partial_date),
        (SourceKind::PartialDate, PropertyKind::Date) => Some(full_date),
        (SourceKind::Year, PropertyKind::Integer) => Some(year),
        (SourceKind::Address, PropertyKind::Address) => Some(address),
        _ => None,
    }
}

fn text_of<'v>(input: &Input<'v>) -> Result<Cow<'v, str>, Unfit<'v>> {
    match &input.given {
        Given::Text(text) => Ok(Cow::Borrowed(text)),
        Given::Name(name) => Ok(name.full()),
        Given::Conflict => Err(Unfit::Conflict),
        Given::Date(_) | Given::Year(_) | Given::Address(_) => Err(Unfit::NotGiven),
    }
}

fn date_of<'v>(input: &Input<'v>) -> Result<PartialDate, Unfit<'v>> {
    match input.given {
        Given::Date(date) => Ok(date),
        Given::Conflict => Err(Unfit::Conflict),
        _ => Err(Unfit::NotGiven),
    }
}

/// The value as the register sent it.
fn copy<'v>(input: &Input<'v>, _: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    text_of(input).map(Fitted::plain)
}

/// The number with the kind of paper that its length allows to name: 12 digits may be on several cards, so the kind
/// is the neutral "Số định danh cá nhân/Căn cước" (IDENTITY §4).
fn identity_paper<'v>(input: &Input<'v>, context: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    let number = text_of(input)?;
    let Value::Text(kind) = document_kind(input, context)?.value else { return Err(Unfit::NotGiven) };
    Ok(Fitted::plain(format!("{kind}: {number}")))
}

fn document_kind<'v>(input: &Input<'v>, _: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    match text_of(input)?.len() {
        12 => Ok(Fitted::plain("Số định danh cá nhân/Căn cước")),
        9 => Ok(Fitted::plain("Chứng minh nhân dân (9 số)")),
        _ => Err(Unfit::NotGiven),
    }
}

/// Capitals by full Unicode rules, for labels that say "in hoa".
fn upper_case<'v>(input: &Input<'v>, _: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    text_of(input).map(|text| Fitted::plain(text.to_uppercase()))
}

/// Title case per word, an option only (IDENTITY §5.5): one-letter words stay, and after an apostrophe or a hyphen a
/// new word begins (`H'Mẫu`, `Đinh-Mẫu`).
fn title_case<'v>(input: &Input<'v>, _: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    let name = text_of(input)?;
    let mut titled = String::with_capacity(name.len());
    for (index, word) in name.split(' ').enumerate() {
        if index > 0 {
            titled.push(' ');
        }
        if word.chars().count() == 1 {
            titled.push_str(word);
            continue;
        }
        let mut starts = true;
        for letter in word.chars() {
            if starts {
                titled.extend(letter.to_uppercase());
            } else {
                titled.extend(letter.to_lowercase());
            }
            starts = matches!(letter, '\'' | '’' | '-');
        }
    }
    Ok(Fitted::plain(titled))
}

/// A code that is in the register's list and means something; the list's spelling of the code is used.
fn code<'v>(input: &Input<'v>, context: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    let raw = text_of(input)?;
    let Some(entry) = input.list.and_then(|list| list.find(&raw)) else { return Err(Unfit::UnknownCode(raw)) };
    match entry.code_use {
        CodeUse::NotGiven => Err(Unfit::NotGiven),
        CodeUse::Unknown | CodeUse::Local => Err(Unfit::UnknownCode(raw)),
        CodeUse::Value | CodeUse::Confirm => {
            if !entry.valid_on(context.form_day) {
                return Err(Unfit::NotInList(Some(Cow::Borrowed(&*entry.name_vi))));
            }
            let fitted = Fitted::printed(&*entry.code, &*entry.name_vi);
            Ok(Fitted { suggest: entry.code_use == CodeUse::Confirm, ..fitted })
        }
    }
}

/// The register holds citizens, yet often leaves their nationality blank: "Việt Nam" is offered, marked as inferred,
/// and the officer confirms (PROTOCOL §9).
fn inferred_nationality() -> Fitted<'static> {
    Fitted { suggest: true, remark: Some("nationality_inferred"), ..Fitted::printed("VN", "Việt Nam") }
}

/// As precise as the register: year, year and month, or full date; printed dd/mm/yyyy, mm/yyyy, yyyy.
fn partial_date<'v>(input: &Input<'v>, _: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    let date = date_of(input)?;
    Ok(Fitted::printed(date.iso(), date.printed()))
}

/// A box that takes a full date only.
fn full_date<'v>(input: &Input<'v>, context: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    let date = date_of(input)?;
    if date.is_full() { partial_date(input, context) } else { Err(Unfit::PartialDate(date.printed())) }
}

fn date_dmy<'v>(input: &Input<'v>, _: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    date_of(input).map(|date| Fitted::plain(date.printed()))
}

fn year<'v>(input: &Input<'v>, _: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    let year = match input.given {
        Given::Year(year) => year,
        Given::Date(date) => date.year(),
        Given::Conflict => return Err(Unfit::Conflict),
        _ => return Err(Unfit::NotGiven),
    };
    Ok(Fitted::of(Value::Integer(u32::from(year))))
}

#[cfg(test)]
mod tests;
