//! The answer to operation 033: does such a citizen exist (PROTOCOL §2)?
//!
//! Known as SOAP only; that the JSON flavours hold the same content in the same places is an assumption (ASM).

use super::HttpReply;
use super::classify::open;
use super::document::Intake;
use super::envelope::Place;
use super::plan::Plan;
use crate::citizen::AttributeSet;
use crate::config::ReplySettings;
use crate::population::outcome::{MalformedCause, Outcome};

/// Whether the citizen exists; everything else is an outcome that is neither [`Outcome::Found`] nor
/// [`Outcome::NotFound`], so that a failure is never a "no".
pub fn read_existence(reply: &HttpReply<'_>, settings: &ReplySettings) -> Result<bool, Outcome> {
    let mut intake = Intake::new(Plan::Record(AttributeSet::EMPTY), settings.max_bytes);
    let (Place::Body { body: holder, .. } | Place::Top(holder)) = open(reply, settings, &mut intake)?;
    let result = holder.only_child("KetQuaXacThuc").ok_or_else(unexpected)?;
    let answer = result.only_child("TonTai").filter(|answer| !answer.has_children()).ok_or_else(unexpected)?;
    match answer.given_text() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(unexpected()),
    }
}

fn unexpected() -> Outcome {
    Outcome::Malformed(MalformedCause::UnexpectedElement)
}
