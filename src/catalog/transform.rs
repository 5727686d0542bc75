//! The named transforms: how a value of the register becomes what a box of the form takes.
//!
//! Pure functions. What these cannot say is not said by an expression language in a mapping but by one more named
//! transform here, with tests. None of them guesses: no partial date is completed, no name is split, no unknown code
//! is mapped, no case is changed unless the form's label asks for it.

use jiff::civil::Date;

use super::code_list::{CodeList, CodeUse};
use super::dictionary::SourceKind;
use super::form_schema::PropertyKind;
use crate::citizen::units::{Pick, REFORM, Successor, Unit, UnitLevel, Units};
use crate::citizen::{Address, Attribute, Given, PartialDate, Record};

/// A value as it stands in `data`.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Integer(u32),
    Address(Box<AddressValue>),
}

/// An address as the forms' `dia_chi` object: the printed line, then the codes and the detail.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct AddressValue {
    pub day_du: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tinh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub huyen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xa: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chi_tiet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoc_gia: Option<String>,
}

/// A value that fits, with what is printed on paper when that differs from the value.
pub struct Fitted {
    pub value: Value,
    pub text: Option<String>,
    /// The officer has to confirm it.
    pub suggest: bool,
    /// A remark for the answer's warnings (a stable code).
    pub remark: Option<&'static str>,
    /// For an address of before the reform on a form of after it: the new units, offered beside the value as received.
    pub conversion: Option<Box<Conversion>>,
}

/// The new units of an old address: one successor, or those between which the officer chooses.
#[derive(Clone, PartialEq, Eq)]
pub struct Conversion {
    pub tinh: (String, String),
    /// Code and name; exactly one when it is sure, none when the address has no commune.
    pub xa: Vec<(String, String)>,
}

impl Fitted {
    fn plain(value: impl Into<String>) -> Self {
        Self::of(Value::Text(value.into()))
    }

    /// A value with nothing to remark.
    pub fn of(value: Value) -> Self {
        Self { value, text: None, suggest: false, remark: None, conversion: None }
    }

    fn printed(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::plain(value) }
    }
}

/// Why a given value did not become a value of the form.
pub enum Unfit {
    /// After all nothing to fill (a code that says "no information", an address without any text).
    NotGiven,
    /// The code is in no list; it is shown beside the field.
    UnknownCode(String),
    /// The code is not in the form's list on the form's date; the text is shown beside the field.
    NotInList(Option<String>),
    /// The old commune (by name) was split: the form's list has these candidates (code, name), and only the officer can
    /// choose.
    Choices(Option<String>, Vec<(String, String)>),
    /// The box needs a full date; what is known is shown beside the field.
    PartialDate(String),
    /// The record contradicts itself.
    Conflict,
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
pub type Transform = fn(&Input<'_>, &TransformContext<'_>) -> Result<Fitted, Unfit>;

/// A named transform of the mapping word `format`.
pub struct Format {
    pub name: &'static str,
    pub from: fn(&SourceKind) -> bool,
    pub into: fn(&PropertyKind) -> bool,
    pub apply: Transform,
    /// What to offer when the register gave nothing.
    pub when_missing: Option<fn() -> Fitted>,
}

fn is_text(kind: &PropertyKind) -> bool {
    *kind == PropertyKind::Text
}

fn is_countries(kind: &PropertyKind) -> bool {
    matches!(kind, PropertyKind::Code(list) if &**list == "quoc-gia")
}

/// All named transforms.
pub const FORMATS: &[Format] = &[
    Format {
        name: "identity_paper",
        from: |kind| *kind == SourceKind::NumberText,
        into: is_text,
        apply: identity_paper,
        when_missing: None,
    },
    Format {
        name: "document_kind",
        from: |kind| *kind == SourceKind::NumberText,
        into: is_text,
        apply: document_kind,
        when_missing: None,
    },
    Format {
        name: "upper_case",
        from: |kind| matches!(kind, SourceKind::Name | SourceKind::Text),
        into: is_text,
        apply: upper_case,
        when_missing: None,
    },
    Format {
        name: "title_case",
        from: |kind| *kind == SourceKind::Name,
        into: is_text,
        apply: title_case,
        when_missing: None,
    },
    Format {
        name: "nationality",
        from: |kind| *kind == SourceKind::Code("quoc-gia".into()),
        into: is_countries,
        apply: code,
        when_missing: Some(inferred_nationality),
    },
    Format {
        name: "code_label",
        from: |kind| matches!(kind, SourceKind::Code(_) | SourceKind::UnitCode(_)),
        into: is_text,
        apply: code_label,
        when_missing: None,
    },
    Format {
        name: "address_line",
        from: |kind| *kind == SourceKind::Address,
        into: is_text,
        apply: address_line,
        when_missing: None,
    },
    Format {
        name: "date_dmy",
        from: |kind| *kind == SourceKind::PartialDate,
        into: is_text,
        apply: date_dmy,
        when_missing: None,
    },
    Format {
        name: "year",
        from: |kind| matches!(kind, SourceKind::PartialDate | SourceKind::Year),
        into: |kind| matches!(kind, PropertyKind::Text | PropertyKind::Integer),
        apply: year,
        when_missing: None,
    },
];

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

fn text_of(input: &Input<'_>) -> Result<String, Unfit> {
    match &input.given {
        Given::Text(text) => Ok((*text).to_owned()),
        Given::Name(name) => Ok(name.full()),
        Given::Conflict => Err(Unfit::Conflict),
        Given::Date(_) | Given::Year(_) | Given::Address(_) => Err(Unfit::NotGiven),
    }
}

fn date_of(input: &Input<'_>) -> Result<PartialDate, Unfit> {
    match input.given {
        Given::Date(date) => Ok(date),
        Given::Conflict => Err(Unfit::Conflict),
        _ => Err(Unfit::NotGiven),
    }
}

fn address_of<'a>(input: &Input<'a>) -> Result<&'a Address, Unfit> {
    if let Given::Address(address) = input.given {
        return Ok(address);
    }
    let record = input.record;
    let group = input.attribute.path().split('.').next().unwrap_or_default();
    match group {
        "noi_dang_ky_khai_sinh" => Ok(&record.noi_dang_ky_khai_sinh),
        "que_quan" => Ok(&record.que_quan),
        "thuong_tru" => Ok(&record.thuong_tru),
        "noi_o_hien_tai" => Ok(&record.noi_o_hien_tai),
        _ => Err(Unfit::NotGiven),
    }
}

/// The value as the register sent it.
fn copy(input: &Input<'_>, _: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    text_of(input).map(Fitted::plain)
}

/// The number with the kind of paper that its length allows to name: 12 digits may be on several cards, so the kind
/// is the neutral "Số định danh cá nhân/Căn cước" (IDENTITY §4).
fn identity_paper(input: &Input<'_>, context: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    let number = text_of(input)?;
    let Value::Text(kind) = document_kind(input, context)?.value else { return Err(Unfit::NotGiven) };
    Ok(Fitted::plain(format!("{kind}: {number}")))
}

fn document_kind(input: &Input<'_>, _: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    match text_of(input)?.len() {
        12 => Ok(Fitted::plain("Số định danh cá nhân/Căn cước")),
        9 => Ok(Fitted::plain("Chứng minh nhân dân (9 số)")),
        _ => Err(Unfit::NotGiven),
    }
}

/// Capitals by full Unicode rules, for labels that say "in hoa".
fn upper_case(input: &Input<'_>, _: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    text_of(input).map(|text| Fitted::plain(text.to_uppercase()))
}

/// Title case per word, an option only (IDENTITY §5.5): one-letter words stay, and after an apostrophe or a hyphen a
/// new word begins (`H'Mẫu`, `Đinh-Mẫu`).
fn title_case(input: &Input<'_>, _: &TransformContext<'_>) -> Result<Fitted, Unfit> {
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
fn code(input: &Input<'_>, context: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    let raw = text_of(input)?;
    let Some(entry) = input.list.and_then(|list| list.find(&raw)) else { return Err(Unfit::UnknownCode(raw)) };
    match entry.code_use {
        CodeUse::NotGiven => Err(Unfit::NotGiven),
        CodeUse::Unknown | CodeUse::Local => Err(Unfit::UnknownCode(raw)),
        CodeUse::Value | CodeUse::Confirm => {
            if !entry.valid_on(context.form_day) {
                return Err(Unfit::NotInList(Some(entry.name_vi.to_string())));
            }
            let fitted = Fitted::printed(&*entry.code, &*entry.name_vi);
            Ok(Fitted { suggest: entry.code_use == CodeUse::Confirm, ..fitted })
        }
    }
}

/// The name of a code, for boxes that take words.
fn code_label(input: &Input<'_>, context: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    if input.list.is_some() {
        let fitted = code(input, context)?;
        let label = fitted.text.unwrap_or_default();
        return Ok(Fitted { value: Value::Text(label), text: None, ..fitted });
    }
    let resolved = context.units.resolve(address_of(input)?, context.form_day);
    let leaf = input.attribute.path().rsplit('.').next().unwrap_or_default();
    let unit = match leaf {
        "tinh" => resolved.tinh,
        "huyen" => resolved.huyen,
        _ => resolved.xa,
    };
    unit.map(|unit| Fitted::plain(unit.name)).ok_or_else(|| Unfit::UnknownCode(text_of(input).unwrap_or_default()))
}

/// The register holds citizens, yet often leaves their nationality blank: "Việt Nam" is offered, marked as inferred,
/// and the officer confirms (PROTOCOL §9).
fn inferred_nationality() -> Fitted {
    Fitted { suggest: true, remark: Some("nationality_inferred"), ..Fitted::printed("VN", "Việt Nam") }
}

/// The code for the form's pick list on the form's day; a code of the other side of the 2025 reform is not in it.
fn unit_code(input: &Input<'_>, context: &TransformContext<'_>, level: UnitLevel) -> Result<Fitted, Unfit> {
    let address = address_of(input)?;
    let resolved = context.units.resolve(address, context.form_day);
    let unit = match level {
        UnitLevel::Tinh => &resolved.tinh,
        UnitLevel::Huyen => &resolved.huyen,
        UnitLevel::Xa => &resolved.xa,
    };
    let name = unit.as_ref().map(|unit| unit.name.to_owned());
    match context.units.pick(level, address, context.form_day) {
        Pick::Code(code) => Ok(Fitted { text: name, ..Fitted::plain(code) }),
        Pick::NotGiven => Err(Unfit::NotGiven),
        Pick::NotInList => converted(address, context, level, name),
        Pick::Clash => Err(Unfit::UnknownCode(text_of(input)?)),
    }
}

/// What became of an old unit in the form's list of new ones: the one successor is suggested, several are offered for
/// choice, never the largest or the first (admin-units README §3 rule 4). New units are never converted back.
fn converted(
    address: &Address,
    context: &TransformContext<'_>,
    level: UnitLevel,
    old_name: Option<String>,
) -> Result<Fitted, Unfit> {
    if context.form_day < REFORM {
        return Err(Unfit::NotInList(old_name));
    }
    let suggest = |unit: Unit<'_>| Fitted {
        suggest: true,
        remark: Some("unit_converted"),
        ..Fitted::printed(unit.code, unit.name)
    };
    match (context.units.successor(address, context.form_day), level) {
        (Successor::Sure { tinh, .. } | Successor::Choices { tinh, .. }, UnitLevel::Tinh) => Ok(suggest(tinh)),
        (Successor::Sure { xa: Some(xa), .. }, UnitLevel::Xa) => Ok(suggest(xa)),
        (Successor::Choices { xa, .. }, UnitLevel::Xa) => {
            Err(Unfit::Choices(old_name, xa.iter().map(|unit| (unit.code.to_owned(), unit.name.to_owned())).collect()))
        }
        _ => Err(Unfit::NotInList(old_name)),
    }
}

/// House number, street, hamlet: the detail without the unit names that it repeats at its end. When the commune
/// cannot be picked from the form's list the names stay, or they would be lost from the form (PROTOCOL §9: "leave empty
/// and keep the text").
fn street(input: &Input<'_>, context: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    let address = address_of(input)?;
    if matches!(context.units.pick(UnitLevel::Xa, address, context.form_day), Pick::NotInList | Pick::Clash) {
        return copy(input, context);
    }
    context.units.street(address, context.form_day).map(Fitted::plain).ok_or(Unfit::NotGiven)
}

fn line_of(address: &Address, context: &TransformContext<'_>) -> Result<String, Unfit> {
    let country = |code: &str| context.countries.find(code).map(|entry| &*entry.name_vi);
    context.units.line(address, context.form_day, country).ok_or(Unfit::NotGiven)
}

fn address_line(input: &Input<'_>, context: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    line_of(address_of(input)?, context).map(Fitted::plain)
}

/// The whole address: line, codes (only when they belong together), detail, country. Never mixed from two groups.
fn address(input: &Input<'_>, context: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    let address = address_of(input)?;
    let day_du = line_of(address, context)?;
    let resolved = context.units.resolve(address, context.form_day);
    let country = address.quoc_gia.as_ref().and_then(|code| context.countries.find(code.reveal()));
    let value = AddressValue {
        day_du: day_du.clone(),
        tinh: resolved.tinh.map(|unit| unit.code.to_owned()),
        huyen: resolved.huyen.map(|unit| unit.code.to_owned()),
        xa: resolved.xa.map(|unit| unit.code.to_owned()),
        chi_tiet: context.units.street(address, context.form_day),
        quoc_gia: country.map(|entry| entry.code.to_string()),
    };
    let remark = resolved.clash.then_some("unit_codes_clash");
    let conversion = conversion_of(address, context).map(Box::new);
    let value = Value::Address(Box::new(value));
    Ok(Fitted { value, text: Some(day_du), suggest: false, remark, conversion })
}

fn conversion_of(address: &Address, context: &TransformContext<'_>) -> Option<Conversion> {
    if context.form_day < REFORM {
        return None;
    }
    let named = |unit: &Unit<'_>| (unit.code.to_owned(), unit.name.to_owned());
    match context.units.successor(address, context.form_day) {
        Successor::None => None,
        Successor::Sure { tinh, xa } => Some(Conversion { tinh: named(&tinh), xa: xa.iter().map(named).collect() }),
        Successor::Choices { tinh, xa } => Some(Conversion { tinh: named(&tinh), xa: xa.iter().map(named).collect() }),
    }
}

/// As precise as the register: year, year and month, or full date; printed dd/mm/yyyy, mm/yyyy, yyyy.
fn partial_date(input: &Input<'_>, _: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    let date = date_of(input)?;
    Ok(Fitted::printed(date.iso(), date.printed()))
}

/// A box that takes a full date only.
fn full_date(input: &Input<'_>, context: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    let date = date_of(input)?;
    if date.is_full() { partial_date(input, context) } else { Err(Unfit::PartialDate(date.printed())) }
}

fn date_dmy(input: &Input<'_>, _: &TransformContext<'_>) -> Result<Fitted, Unfit> {
    date_of(input).map(|date| Fitted::plain(date.printed()))
}

fn year(input: &Input<'_>, _: &TransformContext<'_>) -> Result<Fitted, Unfit> {
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
