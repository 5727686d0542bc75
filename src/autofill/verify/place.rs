//! Comparing places: by the codes of the units, across the reform of 1 July 2025, then by words.
//!
//! An old address and its new one are the same place. Where a commune was split, nothing is concluded from the code alone.

use serde_json::Value;

use super::scalar::text_of;
use super::{Compared, Obstacle, Reason, Verdict};
use crate::catalog::TransformContext;
use crate::citizen::name::{self, NameEquality};
use crate::citizen::units::{REFORM, Resolved, Successor, UnitLevel, UnitTable};
use crate::citizen::{Address, PersonalText};

/// Type words of units at the beginning of a part; the words of a type that has two stand first.
const TYPES: [&[&str]; 15] = [
    &["thanh", "pho"],
    &["thi", "xa"],
    &["thi", "tran"],
    &["dac", "khu"],
    &["tinh"],
    &["quan"],
    &["huyen"],
    &["phuong"],
    &["xa"],
    &["tp"],
    &["tx"],
    &["tt"],
    &["q"],
    &["h"],
    &["p"],
];

/// How far two lists of words agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    Different,
    ExceptAccents,
    Same,
}

impl Agreement {
    fn compared(self) -> Compared {
        Compared::of(match self {
            Self::Same => Verdict::Match,
            Self::ExceptAccents => Verdict::MatchExceptAccents,
            Self::Different => Verdict::Different,
        })
    }
}

/// How the units of two addresses compare.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Units {
    Same,
    Different,
    /// Nothing to compare, or the commune was split.
    Open,
}

/// A whole address: an object with codes, or one line.
pub(super) fn address(typed: &Value, register: &Address, context: &TransformContext<'_>) -> Compared {
    let Value::Object(members) = typed else {
        return match text_of(typed) {
            Some(line) => against_line(&line, register, context),
            None => Compared::not_comparable(Obstacle::TypedForm),
        };
    };
    let text = |member: &str| members.get(member).and_then(text_of);
    let of = |member: &str| text(member).and_then(PersonalText::given);
    let codes =
        Address { tinh: of("tinh"), huyen: of("huyen"), xa: of("xa"), chi_tiet: None, quoc_gia: of("quoc_gia") };
    let line = || text("day_du").map(|line| against_line(&line, register, context));
    let (ours, theirs) =
        (context.units.resolve(&codes, context.form_day), context.units.resolve(register, context.form_day));
    if ours.clash {
        return Compared::not_comparable(Obstacle::TypedForm);
    }
    if ours.foreign != theirs.foreign {
        return Compared::of(Verdict::Different);
    }
    match units(&codes, &ours, register, &theirs, context) {
        Units::Different => Compared::of(Verdict::Different),
        Units::Same => match (text("chi_tiet"), register.chi_tiet.is_some()) {
            (Some(detail), true) => against_detail(&detail, register, context).compared(),
            (Some(_), false) => Compared::not_comparable(Obstacle::PartialAddress).to("units"),
            (None, true) => Compared::of(Verdict::Match).to("units"),
            (None, false) => Compared::of(Verdict::Match),
        },
        Units::Open => match line() {
            Some(compared) if compared.verdict != Verdict::Different => compared,
            // Words that differ prove nothing where the register's own codes clash or lead to several new communes.
            _ if theirs.clash => {
                Compared { reason: Some(Obstacle::Box(Reason::UnitsClash)), ..Compared::of(Verdict::Unreadable) }
            }
            _ if ours.table.is_some() && theirs.table.is_some() => Compared::not_comparable(Obstacle::UnitsChanged),
            Some(compared) => compared,
            None => Compared::not_comparable(Obstacle::TypedForm),
        },
    }
}

fn units(
    typed: &Address,
    ours: &Resolved<'_>,
    register: &Address,
    theirs: &Resolved<'_>,
    context: &TransformContext<'_>,
) -> Units {
    match (ours.table, theirs.table) {
        (Some(a), Some(b)) if a == b => {
            let codes = |resolved: &Resolved<'_>| {
                [resolved.tinh, resolved.huyen, resolved.xa].map(|unit| unit.map(|unit| unit.code.to_owned()))
            };
            let pairs: Vec<(String, String)> =
                codes(ours).into_iter().zip(codes(theirs)).filter_map(|(a, b)| a.zip(b)).collect();
            match pairs.is_empty() {
                true => Units::Open,
                false if pairs.iter().all(|(a, b)| a == b) => Units::Same,
                false => Units::Different,
            }
        }
        (Some(UnitTable::Before), Some(UnitTable::Since)) => across(typed, theirs, context),
        (Some(UnitTable::Since), Some(UnitTable::Before)) => across(register, ours, context),
        _ => Units::Open,
    }
}

/// An old address against units of today.
fn across(old: &Address, new: &Resolved<'_>, context: &TransformContext<'_>) -> Units {
    let differs =
        |code: &str, unit: Option<crate::citizen::units::Unit<'_>>| unit.is_some_and(|unit| unit.code != code);
    match context.units.successor(old, context.form_day.max(REFORM)) {
        Successor::None => Units::Open,
        Successor::Sure { tinh, .. } | Successor::Choices { tinh, .. } if differs(tinh.code, new.tinh) => {
            Units::Different
        }
        Successor::Sure { xa: Some(xa), .. } => match new.xa {
            Some(unit) if unit.code == xa.code => Units::Same,
            Some(_) => Units::Different,
            None => Units::Open,
        },
        Successor::Sure { xa: None, .. } => Units::Open,
        Successor::Choices { xa, .. } => match new.xa {
            Some(unit) if !xa.iter().any(|choice| choice.code == unit.code) => Units::Different,
            _ => Units::Open,
        },
    }
}

/// The detail of an address: house number, street, hamlet.
pub(super) fn detail(typed: &Value, register: &Address, context: &TransformContext<'_>) -> Compared {
    match text_of(typed) {
        Some(text) => against_detail(&text, register, context).compared(),
        None => Compared::not_comparable(Obstacle::TypedForm),
    }
}

fn against_detail(typed: &str, register: &Address, context: &TransformContext<'_>) -> Agreement {
    let raw = register.chi_tiet.as_ref().map(|text| text.reveal().to_owned());
    let candidates = [context.units.street(register, context.form_day), raw];
    best(typed, candidates.into_iter().flatten())
}

/// A printed line, in the units of the record or in those that they became.
fn against_line(typed: &str, register: &Address, context: &TransformContext<'_>) -> Compared {
    let country = |code: &str| context.countries.find(code).map(|entry| &*entry.name_vi);
    let mut candidates: Vec<String> = context.units.line(register, context.form_day, country).into_iter().collect();
    if let Successor::Sure { tinh, xa: Some(xa) } = context.units.successor(register, context.form_day.max(REFORM)) {
        let street = context.units.street(register, context.form_day);
        let parts = street.iter().map(String::as_str).chain([xa.name, tinh.name]);
        candidates.push(parts.collect::<Vec<_>>().join(", "));
    }
    if candidates.is_empty() {
        return Compared::of(Verdict::NotGiven);
    }
    best(typed, candidates.into_iter()).compared()
}

fn best(typed: &str, candidates: impl Iterator<Item = String>) -> Agreement {
    let typed = words(typed);
    candidates.map(|candidate| agreement(&typed, &words(&candidate))).max().unwrap_or(Agreement::Different)
}

/// Word by word: a house number `12/3` is never `123`.
fn agreement(a: &[String], b: &[String]) -> Agreement {
    if a.is_empty() || a.len() != b.len() {
        return Agreement::Different;
    }
    let pairs = a.iter().zip(b).map(|(a, b)| match name::equality(a, b) {
        NameEquality::Identical | NameEquality::SameName => Agreement::Same,
        NameEquality::CompactEqual => Agreement::ExceptAccents,
        NameEquality::Different => Agreement::Different,
    });
    pairs.min().unwrap_or(Agreement::Different)
}

/// The words of a line without the type words of units: people leave them out or shorten them.
fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for part in name::tidy(text).split([',', ';']) {
        let words: Vec<&str> =
            part.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let keys: Vec<String> = words.iter().map(|word| name::search_key(word)).collect();
        let is_type = |of: &&&[&str]| of.len() < keys.len() && of.iter().zip(&keys).all(|(word, key)| word == key);
        let skip = TYPES.iter().find(is_type).map_or(0, |of| of.len());
        all.extend(words.into_iter().skip(skip).map(str::to_owned));
    }
    all
}

/// One unit of an address, typed as a code of the form's list or by its name.
pub(super) fn unit(level: UnitLevel, typed: &Value, register: &Address, context: &TransformContext<'_>) -> Compared {
    let Some(typed) = text_of(typed) else { return Compared::not_comparable(Obstacle::TypedForm) };
    let theirs = context.units.resolve(register, context.form_day);
    if theirs.clash {
        return Compared { reason: Some(Obstacle::Box(Reason::UnitsClash)), ..Compared::of(Verdict::Unreadable) };
    }
    let at = |resolved: &Resolved<'_>| match level {
        UnitLevel::Tinh => resolved.tinh.map(|unit| (unit.code.to_owned(), unit.name.to_owned())),
        UnitLevel::Huyen => resolved.huyen.map(|unit| (unit.code.to_owned(), unit.name.to_owned())),
        UnitLevel::Xa => resolved.xa.map(|unit| (unit.code.to_owned(), unit.name.to_owned())),
    };
    let Some((code, unit_name)) = at(&theirs) else { return Compared::of(Verdict::NotGiven) };
    let (new, split) = match (context.units.successor(register, context.form_day.max(REFORM)), level) {
        (Successor::Sure { tinh, .. } | Successor::Choices { tinh, .. }, UnitLevel::Tinh) => {
            (vec![(tinh.code.to_owned(), tinh.name.to_owned())], false)
        }
        (Successor::Sure { xa: Some(xa), .. }, UnitLevel::Xa) => {
            (vec![(xa.code.to_owned(), xa.name.to_owned())], false)
        }
        (Successor::Choices { xa, .. }, UnitLevel::Xa) => {
            (xa.iter().map(|unit| (unit.code.to_owned(), unit.name.to_owned())).collect(), true)
        }
        _ => (Vec::new(), false),
    };
    if !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        let own = best(&typed, std::iter::once(unit_name));
        let later = best(&typed, new.into_iter().map(|(_, name)| name));
        return match (own, later) {
            (Agreement::Different, Agreement::Same | Agreement::ExceptAccents) if split => {
                Compared::not_comparable(Obstacle::UnitsChanged)
            }
            (own, later) => own.max(later).compared(),
        };
    }
    if context.form_day < REFORM {
        // On the form's day there were only the old units.
        return match theirs.table {
            Some(UnitTable::Before) => Compared::equal_if(code == typed),
            _ => Compared::not_comparable(Obstacle::UnitsChanged),
        };
    }
    let typed_alone = alone(level, &typed);
    let among = |codes: &[String], code: &str| match codes {
        [] => Compared::not_comparable(Obstacle::UnitsChanged),
        [only] => Compared::equal_if(*only == *code),
        several if several.iter().any(|one| *one == *code) => Compared::not_comparable(Obstacle::UnitsChanged),
        _ => Compared::of(Verdict::Different),
    };
    // A code that the list of today does not have can only be of the other side of the reform.
    match (theirs.table, context.units.resolve(&typed_alone, context.form_day).table) {
        (_, None) => Compared::not_comparable(Obstacle::TypedForm),
        (Some(UnitTable::Before), Some(UnitTable::Since)) => {
            among(&new.into_iter().map(|(code, _)| code).collect::<Vec<_>>(), &typed)
        }
        (Some(UnitTable::Since), Some(UnitTable::Before)) => {
            let later: Vec<String> = match (context.units.successor(&typed_alone, context.form_day), level) {
                (Successor::Sure { tinh, .. }, UnitLevel::Tinh) => vec![tinh.code.to_owned()],
                (Successor::Sure { xa: Some(xa), .. }, UnitLevel::Xa) => vec![xa.code.to_owned()],
                (Successor::Choices { xa, .. }, UnitLevel::Xa) => xa.iter().map(|unit| unit.code.to_owned()).collect(),
                _ => Vec::new(),
            };
            among(&later, &code)
        }
        _ => Compared::equal_if(code == typed),
    }
}

/// An address of one code.
fn alone(level: UnitLevel, code: &str) -> Address {
    let code = PersonalText::given(code);
    match level {
        UnitLevel::Tinh => Address { tinh: code, ..Address::default() },
        UnitLevel::Huyen => Address { huyen: code, ..Address::default() },
        UnitLevel::Xa => Address { xa: code, ..Address::default() },
    }
}
