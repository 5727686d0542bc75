//! Comparing what was typed with one value of the register: names, numbers, dates, codes, words.

use serde_json::Value;

use super::{Compared, Obstacle, Verdict};
use crate::catalog::CodeList;
use crate::citizen::name::{self, NameEquality};
use crate::citizen::{DateEquality, Number, PartialDate};

/// What was typed into a box of one value, as text.
pub(super) fn text_of(typed: &Value) -> Option<String> {
    match typed {
        Value::String(text) => Some(name::tidy(text)).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn typed_form() -> Compared {
    Compared::not_comparable(Obstacle::TypedForm)
}

/// The levels of IDENTITY §5.4: tone placement, letter case and look-alikes are no difference, diacritics are.
pub(super) fn name(typed: &Value, register: &str) -> Compared {
    let Some(typed) = text_of(typed).filter(|text| !name::compact(text).is_empty()) else { return typed_form() };
    Compared::of(match name::equality(&typed, register) {
        NameEquality::Identical | NameEquality::SameName => Verdict::Match,
        NameEquality::CompactEqual => Verdict::MatchExceptAccents,
        NameEquality::Different => Verdict::Different,
    })
}

/// Free words: equal but for letter case, spaces and tone placement, or different.
pub(super) fn words(typed: &Value, register: &str) -> Compared {
    let Some(typed) = text_of(typed) else { return typed_form() };
    Compared::equal_if(matches!(name::equality(&typed, register), NameEquality::Identical | NameEquality::SameName))
}

/// A personal number in the spellings in which people type it; one of another length is another number.
pub(super) fn personal_number(typed: &Value, register: &str) -> Compared {
    // A JSON number has lost its leading zeros: what was typed is not known any more.
    let Value::String(text) = typed else { return typed_form() };
    let Ok(typed) = Number::parse(text) else { return typed_form() };
    Compared::equal_if(typed.digits() == register.trim())
}

/// Whole numbers, typed as number or as digits.
pub(super) fn number(typed: &Value, register: &Value) -> Compared {
    let Some(register) = register.as_f64() else { return typed_form() };
    let typed = match typed {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<u32>().ok().map(f64::from),
        _ => None,
    };
    typed.map_or_else(typed_form, |typed| Compared::equal_if(typed == register))
}

/// A code, typed as code (`01`, `1`, 1) or by its name.
pub(super) fn code(typed: &Value, register: &str, list: &CodeList) -> Compared {
    let Some(typed) = text_of(typed) else { return typed_form() };
    let Some(register) = list.find(register) else { return typed_form() };
    if let Some(entry) = list.find(&typed) {
        return Compared::equal_if(entry.code == register.code);
    }
    let named = |name: &str| matches!(name::equality(name, &typed), NameEquality::Identical | NameEquality::SameName);
    let mut known = false;
    for entry in list.entries().filter(|entry| named(&entry.name_vi)) {
        known = true;
        if entry.code == register.code {
            return Compared::of(Verdict::Match);
        }
    }
    if known { Compared::of(Verdict::Different) } else { typed_form() }
}

/// Dates at the precision given. What was typed less precisely than the register knows agrees to that precision; what
/// was typed more precisely cannot be confirmed.
pub(super) fn date(typed: &Value, register: PartialDate) -> Compared {
    let Some(typed) = text_of(typed).as_deref().and_then(read_date) else { return typed_form() };
    match typed.equality(register) {
        DateEquality::Equal => Compared::of(Verdict::Match),
        DateEquality::Compatible if known_parts(typed) < known_parts(register) => {
            Compared::of(Verdict::Match).to(if typed.month().is_some() { "month" } else { "year" })
        }
        DateEquality::Compatible => {
            let compared = Compared::not_comparable(Obstacle::Box(super::Reason::PartialDate));
            compared.to(if register.month().is_some() { "month" } else { "year" })
        }
        DateEquality::Different => {
            let swapped = typed.is_full()
                && typed.year() == register.year()
                && (typed.day(), typed.month()) == (register.month(), register.day());
            Compared { hint: swapped.then_some("day_and_month_swapped"), ..Compared::of(Verdict::Different) }
        }
    }
}

fn known_parts(date: PartialDate) -> u8 {
    1 + u8::from(date.month().is_some()) + u8::from(date.is_full())
}

/// ISO, or as people write it: day first, with `/`, `-` or `.` between (IDENTITY §6 rule 4). Eight bare digits are
/// ambiguous and no date; a two-digit year is none either.
fn read_date(text: &str) -> Option<PartialDate> {
    if let Ok(date) = PartialDate::from_iso(text) {
        return Some(date);
    }
    let parts: Vec<&str> = text.split(['/', '-', '.']).map(str::trim).collect();
    let number = |text: &str, most: usize| {
        let digits = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let small = |text: &str| number(text, 2).and_then(|number| u8::try_from(number).ok());
    let year = |text: &str| number(text, 4).filter(|_| text.len() == 4);
    let date = match parts.as_slice() {
        [month, of] => PartialDate::new(year(of)?, Some(small(month)?), None),
        [day, month, of] => PartialDate::new(year(of)?, Some(small(month)?), Some(small(day)?)),
        _ => return None,
    };
    date.ok()
}
