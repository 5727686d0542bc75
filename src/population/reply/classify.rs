//! An HTTP answer to a row of PROTOCOL §6.1: the status first, codes and content second (§6.2).

use jiff::Timestamp;

use super::document;
use super::envelope::{self, Place};
use super::tree::{Element, Namespace};
use super::{HttpReply, ReadNotes, identity, record, retry_after};
use crate::citizen::{Hint, Record};
use crate::config::ReplySettings;
use crate::population::LookUp;
use crate::population::outcome::{FaultCause, MalformedCause, Outcome, RejectedCause, ThrottleCause};

/// The record namespace (QCVN 109:2017/BTTTT).
const REGISTER: &str = "http://www.mic.gov.vn/dancu/1.0";

/// Reads the answer to operation 037.
pub fn read_reply(reply: &HttpReply<'_>, look_up: &LookUp, _settings: &ReplySettings) -> (Outcome, ReadNotes) {
    (read_record(reply, look_up).unwrap_or_else(|outcome| outcome), ReadNotes::default())
}

fn read_record(reply: &HttpReply<'_>, look_up: &LookUp) -> Result<Outcome, Outcome> {
    let (collection, unknown_namespace) = match open(reply)? {
        Place::Collection(collection) => (Some(collection), false),
        Place::Body { body, unknown_namespace } => (collection_of(body)?, unknown_namespace),
    };
    // The first of the three shapes of "nobody": a SOAP body without any child.
    let Some(collection) = collection else { return Ok(Outcome::NotFound) };
    let person = match only_person(&collection)? {
        Person::None => return Ok(Outcome::NotFound),
        Person::Several => return Ok(Outcome::Multiple),
        Person::One(person) => person,
    };
    let mut found = record::read(person, look_up.keep).map_err(Outcome::Malformed)?;
    if unknown_namespace || !is_register(person) {
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
pub(super) fn open(reply: &HttpReply<'_>) -> Result<Place, Outcome> {
    if reply.status != 200 {
        return Err(by_status(reply, Timestamp::now()));
    }
    let document = document::read(reply)?;
    if let Some(fault) = envelope::gateway_fault(&document) {
        return Err(if fault.throttled {
            Outcome::throttled(ThrottleCause::Upstream, wait(reply, Timestamp::now()))
        } else {
            Outcome::UpstreamFault(FaultCause::GatewayFault)
        });
    }
    envelope::open(document)
}

/// The outcome of every status but 200.
pub(super) fn by_status(reply: &HttpReply<'_>, now: Timestamp) -> Outcome {
    match reply.status {
        401 => return Outcome::AuthFailed,
        429 => return Outcome::throttled(ThrottleCause::Upstream, wait(reply, now)),
        204 | 205 => return Outcome::Malformed(MalformedCause::EmptyBody),
        300..=399 => return Outcome::UpstreamFault(FaultCause::Redirect),
        _ => {}
    }
    let shape = ErrorShape::of(reply);
    match (reply.status, shape) {
        (400 | 403 | 503, ErrorShape::Throttling) => Outcome::throttled(ThrottleCause::Upstream, wait(reply, now)),
        // A page of a proxy or firewall says nothing about the question or the licence.
        (_, ErrorShape::Html) => Outcome::UpstreamFault(FaultCause::HtmlPage),
        (400 | 422, _) => Outcome::Rejected(RejectedCause::Upstream),
        // Only a gateway that says so speaks of the licence; a bare 403 may be a firewall's (PROTOCOL §6.1).
        (403, ErrorShape::Gateway) => Outcome::NotPermittedProcedure,
        (500..=599, ErrorShape::Soap) => Outcome::UpstreamFault(FaultCause::SoapFault),
        (500..=599, ErrorShape::Gateway | ErrorShape::Throttling) => Outcome::UpstreamFault(FaultCause::GatewayFault),
        (500..=599, ErrorShape::Unknown) => Outcome::UpstreamFault(FaultCause::ServerError),
        _ => Outcome::UpstreamFault(FaultCause::UnexpectedStatus),
    }
}

/// What the body of an error answer looks like; its texts are never used (RISKS U15).
#[derive(Clone, Copy)]
enum ErrorShape {
    Html,
    Soap,
    Gateway,
    Throttling,
    Unknown,
}

impl ErrorShape {
    fn of(reply: &HttpReply<'_>) -> Self {
        match document::read(reply) {
            Err(Outcome::UpstreamFault(FaultCause::HtmlPage)) => Self::Html,
            Err(_) => Self::Unknown,
            Ok(document) => match envelope::gateway_fault(&document) {
                Some(fault) if fault.throttled => Self::Throttling,
                Some(_) => Self::Gateway,
                None if envelope::is_soap_fault(&document) => Self::Soap,
                None => Self::Unknown,
            },
        }
    }
}

fn wait(reply: &HttpReply<'_>, now: Timestamp) -> Option<std::time::Duration> {
    reply.retry_after.as_deref().and_then(|header| retry_after::read(header, now))
}

/// The collection in a body; `None` when the body has no content at all.
fn collection_of(mut body: Element) -> Result<Option<Element>, Outcome> {
    if body.given_text().is_some() {
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
    None,
    One(&'a Element),
    Several,
}

/// The one `CongDan` of a collection.
///
/// "Nobody" is an empty collection or an empty `CongDan`, and nothing else: a collection that says something without
/// holding a person is not understood.
fn only_person(collection: &Element) -> Result<Person<'_>, Outcome> {
    if collection.given_text().is_some() {
        return Err(unexpected());
    }
    let mut persons = Vec::new();
    let mut remarks = false;
    for child in &collection.children {
        match child.name.as_str() {
            "CongDan" if child.belongs_to(collection) => persons.push(child),
            // Attributes of the standard's collection, which converters turn into members.
            "SoCongDan" => remarks |= !matches!(child.given_text(), None | Some("0")),
            "GhiChu" => remarks |= !child.is_blank(),
            "ThoiDiemDuLieu" | "Id" | "id" => {}
            _ => return Err(unexpected()),
        }
    }
    match persons.as_slice() {
        [] if remarks => Err(unexpected()),
        [] => Ok(Person::None),
        [person] if person.is_blank() => Ok(Person::None),
        [person] => Ok(Person::One(person)),
        _ => Ok(Person::Several),
    }
}

/// Whether a person and what it holds is of the record namespace; JSON has none.
fn is_register(person: &Element) -> bool {
    person.namespace == Namespace::Json
        || (person.namespace.is(REGISTER) && person.children.iter().all(|child| child.namespace != Namespace::Unbound))
}

fn unexpected() -> Outcome {
    Outcome::Malformed(MalformedCause::UnexpectedElement)
}
