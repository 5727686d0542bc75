//! The answer to operation 033: does such a citizen exist (PROTOCOL §2)?

use super::classify::open;
use super::envelope::Place;
use super::{HttpReply, tree::Element};
use crate::config::ReplySettings;
use crate::population::outcome::{MalformedCause, Outcome};

/// Whether the citizen exists; everything else is an outcome that is neither [`Outcome::Found`] nor
/// [`Outcome::NotFound`], so that a failure is never a "no".
pub fn read_existence(reply: &HttpReply<'_>, _settings: &ReplySettings) -> Result<bool, Outcome> {
    let Place::Body { body, .. } = open(reply)? else { return Err(unexpected()) };
    let result = only_child(&body, "KetQuaXacThuc").ok_or_else(unexpected)?;
    let answer = only_child(result, "TonTai").filter(|answer| answer.belongs_to(result)).ok_or_else(unexpected)?;
    match answer.given_text() {
        Some("true") if answer.children.is_empty() => Ok(true),
        Some("false") if answer.children.is_empty() => Ok(false),
        _ => Err(unexpected()),
    }
}

fn only_child<'a>(element: &'a Element, name: &str) -> Option<&'a Element> {
    match element.children.as_slice() {
        [child] if child.name == name => Some(child),
        _ => None,
    }
}

fn unexpected() -> Outcome {
    Outcome::Malformed(MalformedCause::UnexpectedElement)
}
