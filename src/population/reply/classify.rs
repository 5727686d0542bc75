//! An HTTP answer to a row of PROTOCOL §6.1: faults first, then the place of the content, then the record.
//!
//! The only room that makes [`Outcome::NotFound`], from three shapes of reply and from nothing else.

use jiff::Timestamp;

use super::document::Intake;
use super::envelope::{self, Place};
use super::plan::Plan;
use super::tree::{Element, Namespace};
use super::{HttpReply, ReadNotes, fault, identity, record};
use crate::citizen::{Hint, Record};
use crate::config::ReplySettings;
use crate::population::LookUp;
use crate::population::outcome::{MalformedCause, Outcome};

/// Reads the answer to operation 037.
pub fn read_reply(reply: &HttpReply<'_>, look_up: &LookUp, settings: &ReplySettings) -> (Outcome, ReadNotes) {
    let mut intake = Intake::new(Plan::Record(look_up.keep), settings.max_bytes);
    let outcome = read_record(reply, look_up, settings, &mut intake).unwrap_or_else(|outcome| outcome);
    (outcome, ReadNotes { unknown_elements: intake.unknown })
}

fn read_record(
    reply: &HttpReply<'_>,
    look_up: &LookUp,
    settings: &ReplySettings,
    intake: &mut Intake,
) -> Result<Outcome, Outcome> {
    let (collection, unknown_namespace, is_top) = match open(reply, settings, intake)? {
        Place::Top(collection) => (collection, false, true),
        Place::Body { body, unknown_namespace } => match collection_of(body)? {
            Some(collection) => (collection, unknown_namespace, false),
            // An envelope that we do not know says nothing by being empty.
            None if unknown_namespace => return Err(unexpected()),
            None => return nobody(settings.not_found.no_collection),
        },
    };
    let person = match only_person(&collection, is_top)? {
        Person::NoneGiven => return nobody(settings.not_found.empty_collection),
        Person::Empty => return nobody(settings.not_found.empty_person),
        Person::Several => return Ok(Outcome::Multiple),
        Person::One(person) => person,
    };
    let mut found = record::read(person).map_err(Outcome::Malformed)?;
    if unknown_namespace || !is_register(person, &settings.namespace) {
        found.hints.push(Hint::UnknownNamespace);
    }
    finish(found, look_up)
}

/// The identity check, then everything is dropped that is not wanted.
fn finish(mut found: Record, look_up: &LookUp) -> Result<Outcome, Outcome> {
    if let Err(cause) = identity::check(&found, &look_up.query) {
        tracing::warn!(cause = Outcome::Malformed(cause).cause(), "identity_mismatch");
        return Err(Outcome::Malformed(cause));
    }
    found.hints.extend(look_up.query.birth_date_hint(&found));
    found.hints.sort_unstable();
    found.hints.dedup();
    Ok(Outcome::Found(Box::new(found.reduced(look_up.keep))))
}

/// Gets at the content of an answer with status 200; anything else is an outcome already.
pub(super) fn open(reply: &HttpReply<'_>, settings: &ReplySettings, intake: &mut Intake) -> Result<Place, Outcome> {
    if reply.status != 200 {
        return Err(fault::by_status(reply, settings, Timestamp::now()));
    }
    let document = intake.read(reply)?;
    match fault::in_document(&document, reply, settings) {
        Some(fault) => Err(fault),
        None => envelope::open(document, settings, intake),
    }
}

/// One of the three shapes of "nobody" (PROTOCOL §6.1), where the connection uses it.
fn nobody(is_used: bool) -> Result<Outcome, Outcome> {
    if is_used { Ok(Outcome::NotFound) } else { Err(unexpected()) }
}

/// The collection in a body; `None` when the body is there and holds nothing at all. A body that is not given (`null`,
/// a list of nothing) is no body: no rule calls that "nobody".
fn collection_of(mut body: Element) -> Result<Option<Element>, Outcome> {
    if !body.text.trim().is_empty() || body.skipped.elements > 0 || body.is_not_given() {
        return Err(unexpected());
    }
    let mut children = std::mem::take(&mut body.children).into_iter();
    match (children.next(), children.next()) {
        (None, _) => Ok(None),
        (Some(collection), None) if collection.name == "CongdanCollection" => Ok(Some(collection)),
        (Some(first), Some(second)) if first.name == "CongdanCollection" && second.name == first.name => {
            Err(Outcome::Malformed(MalformedCause::DuplicateElement))
        }
        _ => Err(unexpected()),
    }
}

enum Person<'a> {
    /// A collection without anybody.
    NoneGiven,
    /// A person of whom nothing is said.
    Empty,
    One(&'a Element),
    Several,
}

/// The one `CongDan` of a collection.
///
/// "Nobody" is an empty collection or an empty `CongDan`, and nothing else: a collection that says something without
/// holding a person is not understood. At the top of a document (`qcvn109`) a person that is not given needs another
/// member of the collection beside it: `{"CongDan":null}` alone does not say that it is a collection at all.
fn only_person(collection: &Element, is_top: bool) -> Result<Person<'_>, Outcome> {
    if collection.given_text().is_some() || collection.skipped.elements > 0 {
        return Err(unexpected());
    }
    let mut persons = Vec::with_capacity(1);
    let mut remarks = false;
    for child in &collection.children {
        match &*child.name {
            "CongDan" => persons.push(child),
            // Attributes of the standard's collection, which converters turn into members.
            "SoCongDan" => remarks |= !matches!(child.given_text(), None | Some("0")),
            "GhiChu" => remarks |= !child.is_blank(),
            "ThoiDiemDuLieu" | "Id" | "id" => {}
            _ => return Err(unexpected()),
        }
    }
    match persons.as_slice() {
        [] if remarks => Err(unexpected()),
        [] => Ok(Person::NoneGiven),
        [person] if person.is_not_given() && is_top && collection.children.len() == 1 => Err(unexpected()),
        [person] if person.is_not_given() => Ok(Person::NoneGiven),
        [person] if person.is_blank() => Ok(Person::Empty),
        [person] => Ok(Person::One(person)),
        _ => Ok(Person::Several),
    }
}

/// Whether a person and what it holds is of the record namespace; JSON has none.
fn is_register(person: &Element, namespace: &str) -> bool {
    person.namespace == Namespace::Json
        || (person.namespace.is(namespace) && person.children.iter().all(|child| child.namespace != Namespace::Unbound))
}

fn unexpected() -> Outcome {
    Outcome::Malformed(MalformedCause::UnexpectedElement)
}
