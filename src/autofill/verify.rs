//! Typed values against the register: a pure function from plan, records and typed values to one verdict a box.
//!
//! A verdict says no more than the caller may learn (RISKS T5): boxes without a source in the register and attributes
//! without a licence are not compared, and only names and places may agree "except for accents". Nothing is guessed: what
//! one side knows less precisely than the other is told as such.

mod place;
mod scalar;

use std::borrow::Cow;

use super::fill::propose::propose;
use super::fill::{FillContext, People, PersonState, Reason, Shown, json};
use crate::catalog::{Filling, FormPlan, Mapped, Source, Step, Target};
use crate::citizen::units::UnitLevel;
use crate::citizen::{Attribute, Given, Record};

/// What the comparison came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that was typed agrees with the register.
    Match,
    /// Only diacritics differ; of names and places.
    MatchExceptAccents,
    Different,
    /// The register has no value.
    NotGiven,
    /// The register's value is there but could not be read, or the register could not be asked.
    Unreadable,
    /// The two cannot be compared; the reason says why.
    NotComparable,
}

impl Verdict {
    /// Every verdict with its word.
    pub const WORDS: [(Self, &'static str); 6] = [
        (Self::Match, "match"),
        (Self::MatchExceptAccents, "match_except_accents"),
        (Self::Different, "different"),
        (Self::NotGiven, "not_given"),
        (Self::Unreadable, "unreadable"),
        (Self::NotComparable, "not_comparable"),
    ];

    /// The word in answers.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(verdict, _)| *verdict == self).map_or("not_comparable", |(_, word)| word)
    }
}

/// Why two values cannot be compared, beside the reasons of an empty box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// As for an empty box.
    Box(Reason),
    /// What was typed is no value of this box.
    TypedForm,
    /// The value does not come from the register (card, officer, today).
    NotOfRegister,
    /// The commune was split or merged on 1 July 2025, and the two sides stand on either side of it.
    UnitsChanged,
    /// The register knows the units of the address only.
    PartialAddress,
}

impl Obstacle {
    /// The word in answers.
    pub fn word(self) -> Cow<'static, str> {
        match self {
            Self::Box(reason) => reason.word(),
            Self::TypedForm => "typed_form".into(),
            Self::NotOfRegister => "not_of_register".into(),
            Self::UnitsChanged => "units_changed".into(),
            Self::PartialAddress => "partial_address".into(),
        }
    }
}

/// A comparison with what is to be said beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    pub verdict: Verdict,
    pub reason: Option<Obstacle>,
    /// To what precision the two agree, when that is less than the box can hold.
    pub precision: Option<&'static str>,
    /// What the officer may look at first; only told where the register's value is told.
    pub hint: Option<&'static str>,
}

impl Compared {
    fn of(verdict: Verdict) -> Self {
        Self { verdict, reason: None, precision: None, hint: None }
    }

    fn not_comparable(reason: Obstacle) -> Self {
        Self { reason: Some(reason), ..Self::of(Verdict::NotComparable) }
    }

    fn to(self, precision: &'static str) -> Self {
        Self { precision: Some(precision), ..self }
    }

    fn equal_if(equal: bool) -> Self {
        Self::of(if equal { Verdict::Match } else { Verdict::Different })
    }
}

/// One typed value and its verdict.
pub struct Verified<'p> {
    /// JSON pointer into `typed`; `/list/0/column` for a column of a row.
    pub path: String,
    pub compared: Compared,
    /// What it was compared with: role and attribute, as the mapping names them.
    pub source: Option<&'p str>,
    /// The register's value as it would stand in `data`, and as printed.
    pub register: Option<(serde_json::Value, Option<String>)>,
    /// Role and attribute that the verdict tells something of.
    pub told: Vec<(usize, Attribute)>,
}

/// Compares everything that was typed; boxes that were left blank are not in the answer.
pub fn verify<'p>(
    plan: &'p FormPlan,
    people: &People<'_>,
    typed: &[(String, serde_json::Value)],
    context: &FillContext<'_>,
) -> Vec<Verified<'p>> {
    let mut verified = Vec::with_capacity(typed.len());
    for target in &plan.targets {
        let Some((_, value)) = typed.iter().find(|(key, _)| **key == *target.key) else { continue };
        match (&target.filling, value) {
            (Filling::Rows { role, columns }, serde_json::Value::Array(rows)) => {
                verify_rows(target, (*role, columns), rows, people, context, &mut verified);
            }
            _ => verified.push(verify_box(target, format!("/{}", target.key), value, &people.states, context)),
        }
    }
    verified
}

/// Row by row, in the order of the people named for the list.
fn verify_rows<'p>(
    target: &Target,
    (role, columns): (usize, &'p [Target]),
    rows: &[serde_json::Value],
    people: &People<'_>,
    context: &FillContext<'_>,
    verified: &mut Vec<Verified<'p>>,
) {
    let states = people.rows.iter().find(|(of, _)| *of == role).map_or(&[][..], |(_, states)| states.as_slice());
    for (index, row) in rows.iter().enumerate() {
        let mut persons = people.states.clone();
        persons[role] = states.get(index).copied().unwrap_or(PersonState::NotAsked);
        for column in columns {
            if let Some(value) = row.get(&*column.key) {
                let path = format!("/{}/{index}/{}", target.key, column.key);
                verified.push(verify_box(column, path, value, &persons, context));
            }
        }
    }
}

fn verify_box<'p>(
    target: &'p Target,
    path: String,
    typed: &serde_json::Value,
    persons: &[PersonState<'_>],
    context: &FillContext<'_>,
) -> Verified<'p> {
    let Some(mapped) = target.mapped() else {
        let compared = match target.filling {
            Filling::Rows { .. } => Compared::not_comparable(Obstacle::TypedForm),
            _ => Compared::not_comparable(Obstacle::Box(Reason::Manual)),
        };
        return Verified { path, compared, source: None, register: None, told: Vec::new() };
    };
    let proposed = propose(mapped, persons, context);
    let source = match &proposed {
        Ok(proposal) => proposal.sources.paths().first().and_then(|path| source_named(mapped, path)),
        Err(_) => mapped.sources.first(),
    };
    let register = match &proposed {
        Ok(proposal) => Some((json(&proposal.fitted.value), proposal.fitted.text.as_deref().map(str::to_owned))),
        Err((_, Shown::Text(text) | Shown::Choices(Some(text), _))) => Some(((**text).into(), None)),
        Err(_) => None,
    };
    let reason = proposed.as_ref().err().map(|(reason, _)| *reason);
    let compared = match (reason, source) {
        // Dates are compared as far as both are known; an address also in the units of the other side of the reform.
        (None | Some(Reason::PartialDate | Reason::NotInList), Some(source)) => {
            let printed = register.as_ref().map(|(value, _)| value);
            compare(mapped, source, typed, printed, persons, context)
                .unwrap_or_else(|| Compared::not_comparable(Obstacle::Box(reason.unwrap_or(Reason::NotGiven))))
        }
        (Some(reason), _) => unproposed(reason),
        (None, None) => Compared::of(Verdict::NotGiven),
    };
    let inferred = compared.verdict == Verdict::NotGiven;
    let told = told(mapped, source, compared);
    let register = register.filter(|_| !inferred);
    Verified { path, compared, source: source.map(|source| &*source.slot.path), register, told }
}

fn source_named<'m>(mapped: &'m Mapped, path: &str) -> Option<&'m Source> {
    mapped.sources.iter().find(|source| *source.slot.path == *path)
}

/// The database has it not, it could not be read, or the two cannot be compared: three things (RISKS R7).
fn unproposed(reason: Reason) -> Compared {
    match reason {
        Reason::NotGiven => Compared::of(Verdict::NotGiven),
        Reason::UnknownCode | Reason::Conflict | Reason::UnitsClash | Reason::Lookup(_) => {
            Compared { reason: Some(Obstacle::Box(reason)), ..Compared::of(Verdict::Unreadable) }
        }
        Reason::Manual
        | Reason::NotInList
        | Reason::DoesNotFit
        | Reason::PartialDate
        | Reason::Condition
        | Reason::NotLicensed
        | Reason::PersonNotAsked
        | Reason::RecordBlocked => Compared::not_comparable(Obstacle::Box(reason)),
    }
}

/// `None`: what the register gave has no form that could be compared.
fn compare(
    mapped: &Mapped,
    source: &Source,
    typed: &serde_json::Value,
    proposed: Option<&serde_json::Value>,
    persons: &[PersonState<'_>],
    context: &FillContext<'_>,
) -> Option<Compared> {
    let joined = || proposed.and_then(serde_json::Value::as_str);
    if mapped.separator.is_some() {
        return joined().map(|register| scalar::words(typed, register));
    }
    let (attribute, list) = match &source.step {
        Step::Register { attribute, list, .. } => (*attribute, list.as_deref()),
        Step::Age => return proposed.map(|age| scalar::number(typed, age)),
        Step::Card(_) | Step::Officer | Step::Agency | Step::Today => {
            return Some(Compared::not_comparable(Obstacle::NotOfRegister));
        }
    };
    let record = record_of(source.slot.role?, persons)?;
    let Some(given) = record.given(attribute) else { return Some(Compared::of(Verdict::NotGiven)) };
    let path = attribute.path();
    let last = path.rsplit('.').next().unwrap_or(path);
    let group = path.split('.').next().unwrap_or(path);
    let compared = match (&given, last) {
        (Given::Date(date), _) => scalar::date(typed, *date),
        (Given::Year(year), _) => scalar::number(typed, &serde_json::Value::from(*year)),
        (Given::Address(address), _) => place::address(typed, address, &context.transform),
        (Given::Name(name), _) => scalar::name(typed, &name.full()),
        (Given::Text(number), "so_dinh_danh" | "so_cmnd") => match joined() {
            // The box holds more than the number (`identity_paper`), or the kind of paper instead of it.
            Some(joined) if joined != *number => scalar::words(typed, joined),
            _ => scalar::personal_number(typed, number),
        },
        (Given::Text(_), "tinh") => place::unit(UnitLevel::Tinh, typed, address_of(group, record)?, &context.transform),
        (Given::Text(_), "huyen") => {
            place::unit(UnitLevel::Huyen, typed, address_of(group, record)?, &context.transform)
        }
        (Given::Text(_), "xa") => place::unit(UnitLevel::Xa, typed, address_of(group, record)?, &context.transform),
        (Given::Text(_), "chi_tiet") => place::detail(typed, address_of(group, record)?, &context.transform),
        (Given::Text(code), _) => match list {
            Some(list) => scalar::code(typed, code, list),
            None => scalar::words(typed, code),
        },
        (Given::Conflict, _) => unproposed(Reason::Conflict),
    };
    Some(compared)
}

fn record_of<'r>(role: usize, persons: &[PersonState<'r>]) -> Option<&'r Record> {
    match persons.get(role) {
        Some(PersonState::Found(record, _)) => Some(record),
        _ => None,
    }
}

fn address_of<'r>(group: &str, record: &'r Record) -> Option<&'r crate::citizen::Address> {
    match group {
        "noi_dang_ky_khai_sinh" => Some(&record.noi_dang_ky_khai_sinh),
        "que_quan" => Some(&record.que_quan),
        "thuong_tru" => Some(&record.thuong_tru),
        "noi_o_hien_tai" => Some(&record.noi_o_hien_tai),
        _ => None,
    }
}

/// What the verdict tells of the register: also "not given" does.
fn told(mapped: &Mapped, source: Option<&Source>, compared: Compared) -> Vec<(usize, Attribute)> {
    let silent = matches!(
        compared.reason,
        Some(Obstacle::NotOfRegister | Obstacle::TypedForm)
            | Some(Obstacle::Box(
                Reason::Manual
                    | Reason::NotLicensed
                    | Reason::PersonNotAsked
                    | Reason::RecordBlocked
                    | Reason::Lookup(_)
            ))
    );
    if silent {
        return Vec::new();
    }
    let sources = if mapped.separator.is_some() {
        mapped.sources.iter().collect()
    } else {
        source.map_or(vec![], |one| vec![one])
    };
    let of = |source: &&Source| match source.step {
        Step::Register { attribute, .. } => Some((source.slot.role?, attribute)),
        Step::Age => Some((source.slot.role?, Attribute::NgaySinh)),
        Step::Card(_) | Step::Officer | Step::Agency | Step::Today => None,
    };
    sources.iter().filter_map(of).collect()
}
