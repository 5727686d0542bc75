//! Finding the one place in a reply where content may stand, in every flavour (PROTOCOL §5, §6.2, §6.4).
//!
//! Only `Envelope/Body` counts (in `bare` replies `Body`, in `qcvn109` replies the top); what stands in a header, in a
//! fault's detail or beside the body is never read (RISKS T7, U7). Faults of every known shape become
//! [`Outcome::UpstreamFault`] here, before any record is looked at.

use std::mem;

use super::document::Document;
use super::tree::{Element, Namespace};
use super::xml;
use crate::population::outcome::{FaultCause, MalformedCause, Outcome};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// What was found at the place where content may stand.
pub enum Place {
    /// The body of an envelope.
    Body { body: Element, unknown_namespace: bool },
    /// A collection without an envelope (`qcvn109`).
    Collection(Element),
}

/// Opens a reply, or says which fault or which nonsense it is.
pub fn open(document: Document) -> Result<Place, Outcome> {
    match document {
        Document::Xml(root) => open_xml(root),
        Document::Json(root) => open_json(root),
    }
}

/// A fault of the gateway product, recognised in any reply, whatever its status (PROTOCOL §6.2).
pub fn gateway_fault(document: &Document) -> Option<GatewayFault> {
    let fault = match document {
        Document::Xml(root) if root.name == "fault" => root,
        Document::Xml(_) => return None,
        Document::Json(root) => match root.child("fault") {
            Some(fault) => fault,
            None if is_gateway_fault(root) || is_xroad_fault(root) => root,
            None => return None,
        },
    };
    let by_namespace = matches!(&fault.namespace, Namespace::Bound(uri) if uri.ends_with("/throttling"));
    let code = fault.child("code").and_then(Element::given_text).and_then(|code| code.parse::<u32>().ok());
    // 9008xx: throttled, in the one gateway product whose codes are public.
    let throttled = by_namespace || code.is_some_and(|code| (900_800..900_900).contains(&code));
    Some(GatewayFault { throttled })
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

/// A recognised gateway fault.
pub struct GatewayFault {
    /// Its code or namespace says "too many calls".
    pub throttled: bool,
}

fn is_gateway_fault(root: &Element) -> bool {
    root.child("code").is_some() && root.child("message").is_some()
}

fn is_xroad_fault(root: &Element) -> bool {
    root.child("type").is_some() && root.child("message").is_some()
}

fn open_xml(root: Element) -> Result<Place, Outcome> {
    if root.name != "Envelope" {
        return Err(unexpected());
    }
    open_envelope(root)
}

/// `Header` and exactly one `Body`, nothing else.
fn open_envelope(mut envelope: Element) -> Result<Place, Outcome> {
    let mut body = None;
    for child in mem::take(&mut envelope.children) {
        match child.name.as_str() {
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
fn open_json(mut root: Element) -> Result<Place, Outcome> {
    if root.child("error_code").is_some() {
        return open_wrapped(&root);
    }
    let is = |name: &str| root.child(name).is_some();
    match (is("Envelope"), is("Body"), is("CongDan")) {
        (true, false, false) => {
            let mut envelopes = mem::take(&mut root.children).into_iter();
            match (envelopes.next(), envelopes.next()) {
                (Some(envelope), None) => open_envelope(envelope),
                _ => Err(unexpected()),
            }
        }
        (false, true, false) => open_envelope(root),
        (false, false, true) => Ok(Place::Collection(root)),
        (false, false, false)
            if root.child("message").is_some_and(|message| message.text.trim_start().starts_with('<')) =>
        {
            open_wrapped(&root)
        }
        _ => Err(unexpected()),
    }
}

/// `error_code` and SOAP text in `message`. A code that is no success is a fault even beside a full record; a missing
/// code is judged by the content (RISKS U18).
fn open_wrapped(root: &Element) -> Result<Place, Outcome> {
    let code = root.child("error_code").and_then(Element::given_text).unwrap_or_default();
    // The success value is not documented; these are the values that PROTOCOL §6.2 assumes.
    if !matches!(code, "" | "0" | "00" | "200" | "SUCCESSFUL") {
        return Err(Outcome::UpstreamFault(FaultCause::GatewayFault));
    }
    let message = root.child("message").and_then(Element::given_text).unwrap_or_default();
    let message = message.strip_prefix('\u{feff}').unwrap_or(message).trim();
    if message.is_empty() {
        return Err(Outcome::Malformed(MalformedCause::EmptyBody));
    }
    if super::document::is_html(message) {
        return Err(Outcome::UpstreamFault(FaultCause::HtmlPage));
    }
    open_xml(xml::parse(message).map_err(Outcome::Malformed)?)
}

fn unexpected() -> Outcome {
    Outcome::Malformed(MalformedCause::UnexpectedElement)
}
