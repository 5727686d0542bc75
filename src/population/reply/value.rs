//! What a single element says: texts, codes and numbers, and whether a text looks damaged.
//!
//! Nothing is padded, mapped or converted here; "absent", "empty", "blank" and `null` are not given.

use std::borrow::Cow;

use super::tree::{Element, Literal};
use crate::citizen::PersonalText;
use crate::population::outcome::MalformedCause;

pub type Read<T> = Result<T, MalformedCause>;

/// What a leaf says, however it is written.
pub fn coded(element: &Element) -> Read<Option<&str>> {
    if element.has_children() { Err(MalformedCause::UnexpectedElement) } else { Ok(element.given_text()) }
}

/// What a leaf says that must be text: a JSON number may have lost its leading zeros (PROTOCOL §10, mistake 2).
pub fn leaf(element: &Element) -> Read<Option<&str>> {
    match element.literal {
        Literal::Number | Literal::Boolean => Err(MalformedCause::NotText),
        Literal::Text | Literal::Null | Literal::NoItems => coded(element),
    }
}

pub fn text(element: &Element) -> Read<Option<PersonalText>> {
    Ok(leaf(element)?.and_then(PersonalText::given))
}

/// A code as it was sent, also when it came as a JSON integer (`qcvn109`): never padded, never mapped.
pub fn code_text(element: &Element) -> Read<Option<PersonalText>> {
    Ok(coded(element)?.and_then(PersonalText::given))
}

/// A number without the white space that gets into it.
pub fn number(element: &Element) -> Read<Option<PersonalText>> {
    Ok(leaf(element)?.and_then(|text| PersonalText::given(without_spaces(text))))
}

/// The subject's personal number: twelve ASCII digits or the reply cannot be trusted (RISKS U8).
pub fn subject_number(element: &Element) -> Read<Option<PersonalText>> {
    let number = number(element)?;
    let well_formed = number
        .as_ref()
        .is_none_or(|number| number.reveal().len() == 12 && number.reveal().bytes().all(|byte| byte.is_ascii_digit()));
    if well_formed { Ok(number) } else { Err(MalformedCause::BadNumber) }
}

fn without_spaces(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_whitespace) { text.split_whitespace().collect::<String>().into() } else { text.into() }
}

/// A unit code as text with its leading zeros; zeros alone mean "none" (RISKS U13).
pub fn unit_code(element: &Element) -> Read<Option<PersonalText>> {
    Ok(leaf(element)?.filter(|code| !code.bytes().all(|byte| byte == b'0')).and_then(PersonalText::given))
}

/// Whether a text was damaged by, or is still in, a legacy Vietnamese code page (IDENTITY §5.2: `NguyÔn`). Only ever a
/// hint: nothing is converted.
pub fn looks_legacy(text: &str) -> bool {
    if text.contains('\u{fffd}') {
        return true;
    }
    let mut previous = ' ';
    for character in text.chars() {
        // An upper-case accented letter right after a lower-case one, or a symbol grown into a word.
        let capital_inside = previous.is_ascii_lowercase() && !character.is_ascii() && character.is_uppercase();
        let symbol_inside = (is_legacy_symbol(character) && previous.is_alphabetic())
            || (is_legacy_symbol(previous) && character.is_alphabetic());
        if capital_inside || symbol_inside {
            return true;
        }
        previous = character;
    }
    false
}

/// Signs that stand for Vietnamese letters in TCVN3.
fn is_legacy_symbol(character: char) -> bool {
    matches!(character, '§' | '¨' | '©' | 'ª' | '¬' | '®' | 'µ' | '¶' | '¸' | '¹' | '»' | '¼' | '½' | '¾')
}
