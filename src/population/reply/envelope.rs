//! Finding the one place in a reply where content may stand, in every flavour (PROTOCOL §5, §6.2, §6.4).
//!
//! Only `Envelope/Body` counts (in `bare` replies `Body`, in `qcvn109` replies the top); what stands in a header, in a
//! fault's detail or beside the body is never read (RISKS T7, U7). Faults of every known shape are found before any
//! record is looked at.

use std::mem;

use super::document::{Document, Intake};
use super::tree::{Element, Namespace};
use crate::config::{ReplyFlavour, ReplySettings};
use crate::population::outcome::{FaultCause, MalformedCause, Outcome};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// What was found at the place where content may stand.
pub enum Place {
    /// The body of an envelope.
    Body { body: Element, unknown_namespace: bool },
    /// The content itself, without an envelope (`qcvn109`).
    Top(Element),
}

/// Opens a reply without gateway fault, or says which fault or which nonsense it is.
pub fn open(document: Document, settings: &ReplySettings, intake: &mut Intake) -> Result<Place, Outcome> {
    let (flavour, place) = match document {
        Document::Xml(root) => (ReplyFlavour::Soap, open_xml(root)?),
        Document::Json(root) if is_wrapped(&root) => (ReplyFlavour::Wrapped, open_wrapped(&root, intake)?),
        Document::Json(root) => open_json(root)?,
    };
    if settings.flavour.is_some_and(|only| only != flavour) { Err(unexpected()) } else { Ok(place) }
}

/// Whether the document is an envelope with a SOAP fault in its body.
pub fn is_soap_fault(document: &Document) -> bool {
    let envelope = match document {
        Document::Xml(root) if root.name == "Envelope" => Some(root),
        Document::Xml(_) => None,
        Document::Json(root) => Some(root.child("Envelope").unwrap_or(root)),
    };
    envelope.and_then(|envelope| envelope.child("Body")).is_some_and(|body| body.child("Fault").is_some())
}

fn open_xml(root: Element) -> Result<Place, Outcome> {
    if root.name != "Envelope" {
        return Err(unexpected());
    }
    open_envelope(root)
}

/// `Header` and exactly one `Body`, nothing else.
fn open_envelope(mut envelope: Element) -> Result<Place, Outcome> {
    if envelope.skipped.elements > 0 {
        return Err(unexpected());
    }
    let mut body = None;
    for child in mem::take(&mut envelope.children) {
        match &*child.name {
            "Header" => {}
            "Body" if child.namespace != envelope.namespace => return Err(unexpected()),
            "Body" if body.is_some() => return Err(Outcome::Malformed(MalformedCause::DuplicateElement)),
            "Body" => body = Some(child),
            _ => return Err(unexpected()),
        }
    }
    let body = body.ok_or_else(unexpected)?;
    if body.child("Fault").is_some() {
        return Err(Outcome::UpstreamFault(FaultCause::SoapFault));
    }
    let unknown_namespace = envelope.namespace != Namespace::Json && !envelope.namespace.is(SOAP);
    Ok(Place::Body { body, unknown_namespace })
}

/// Tells the flavour from the members. The names of the flavours' anchors exclude one another.
fn open_json(mut root: Element) -> Result<(ReplyFlavour, Place), Outcome> {
    let is = |name: &str| root.child(name).is_some();
    match (is("Envelope"), is("Body"), is("CongDan") || is("KetQuaXacThuc")) {
        (true, false, false) if root.only_child("Envelope").is_some() => {
            let envelope = root.children.pop().ok_or_else(unexpected)?;
            Ok((ReplyFlavour::Envelope, open_envelope(envelope)?))
        }
        (false, true, false) => Ok((ReplyFlavour::Bare, open_envelope(root)?)),
        (false, false, true) => Ok((ReplyFlavour::Qcvn109, Place::Top(root))),
        _ => Err(unexpected()),
    }
}

/// Whether a document is `error_code` and SOAP text in `message`. Without a code it is one when the message is markup
/// and nothing else is there to be read.
fn is_wrapped(root: &Element) -> bool {
    let is = |name: &str| root.child(name).is_some();
    is("error_code")
        || (!is("Envelope")
            && !is("Body")
            && !is("CongDan")
            && root.child("message").is_some_and(|message| message.text.trim_start().starts_with('<')))
}

/// The content of a `wrapped` reply whose code is a success or missing (RISKS U18).
fn open_wrapped(root: &Element, intake: &mut Intake) -> Result<Place, Outcome> {
    let message = root.child("message").and_then(Element::given_text).unwrap_or_default();
    open_xml(intake.read_inner(message)?)
}

fn unexpected() -> Outcome {
    Outcome::Malformed(MalformedCause::UnexpectedElement)
}
