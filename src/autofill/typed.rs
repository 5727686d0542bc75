//! Reading what was typed: blanks are nothing, and what nobody can see or no number type can hold is refused.

use crate::strict_json::{self, Finding, Kind, Node, ObjectReader, escape};

/// Longest spelling of a typed number (ASM: every amount of money and area is shorter).
const MAX_NUMBER: usize = 30;

/// The typed values by property, without blanks.
pub fn read_typed(node: &Node, findings: &mut Vec<Finding>) -> Option<Vec<(String, serde_json::Value)>> {
    ObjectReader::new(node, "/typed", findings)?;
    let members = node.as_object().unwrap_or_default();
    for member in members.iter().filter(|member| has_control_character(&member.value)) {
        findings.push(Finding::new(
            "text_form",
            strict_json::printable(&format!("/typed/{}", escape(&member.key))),
            member.value.span.clone(),
            "Có ký tự điều khiển.",
            "There is a control character.",
        ));
    }
    // A number alone becomes null and then does not fit its box; inside a row it would be taken for a blank.
    let changes = |value: &Node| match &value.kind {
        Kind::Number(spelling) => spelling.len() > MAX_NUMBER,
        _ => has_endless_number(value),
    };
    for member in members.iter().filter(|member| changes(&member.value)) {
        findings.push(Finding::new(
            "number_form",
            strict_json::printable(&format!("/typed/{}", escape(&member.key))),
            member.value.span.clone(),
            "Số quá lớn hoặc quá dài.",
            "A number is too large or too long.",
        ));
    }
    let typed = members.iter().filter(|member| !is_blank(&member.value));
    Some(typed.map(|member| (member.key.clone(), without_blanks(member.value.to_value()))).collect())
}

/// Zero-width letters and marks that turn the direction of text: nobody sees them, and they change what is read.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Control characters travel on into pages, XML and the journal; line breaks and tabs are what people type.
fn has_control_character(node: &Node) -> bool {
    let odd = |text: &str| text.chars().any(|c| is_invisible(c) || c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    match &node.kind {
        Kind::Text(text) => odd(text),
        Kind::List(items) => items.iter().any(has_control_character),
        Kind::Object(members) => members.iter().any(|member| odd(&member.key) || has_control_character(&member.value)),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => false,
    }
}

/// A number that no number type holds (`1e999`) would silently vanish from what was typed, one of many digits would be
/// rounded.
fn has_endless_number(node: &Node) -> bool {
    match &node.kind {
        Kind::Number(spelling) => spelling.len() > MAX_NUMBER || node.to_value().is_null(),
        Kind::List(items) => items.iter().any(has_endless_number),
        Kind::Object(members) => members.iter().any(|member| has_endless_number(&member.value)),
        Kind::Null | Kind::Bool(_) | Kind::Text(_) => false,
    }
}

/// An empty box of the page arrives as `""`, `null`, `[]` or `{}`: nothing was typed.
fn is_blank(node: &Node) -> bool {
    match &node.kind {
        Kind::Null => true,
        Kind::Text(text) => text.trim().is_empty(),
        Kind::List(items) => items.iter().all(is_blank),
        Kind::Object(members) => members.iter().all(|member| is_blank(&member.value)),
        Kind::Bool(_) | Kind::Number(_) => false,
    }
}

/// What a page sends for boxes that were left empty is taken out: nothing was typed.
pub fn without_blanks(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as V;
    let blank = |value: &V| match value {
        V::Null => true,
        V::String(text) => text.trim().is_empty(),
        V::Array(items) => items.is_empty(),
        V::Object(members) => members.is_empty(),
        V::Bool(_) | V::Number(_) => false,
    };
    match value {
        V::Array(items) => V::Array(items.into_iter().map(without_blanks).filter(|item| !blank(item)).collect()),
        V::Object(members) => {
            let kept = members.into_iter().map(|(key, value)| (key, without_blanks(value)));
            V::Object(kept.filter(|(_, value)| !blank(value)).collect())
        }
        other => other,
    }
}
