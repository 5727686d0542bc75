//! Bytes to tree: which of XML, JSON and HTML a body is, told from the content.

use super::tree::Element;
use super::{HttpReply, MAX_BYTES, json, xml};
use crate::population::outcome::{FaultCause, MalformedCause, Outcome};

/// A body as a tree.
pub enum Document {
    /// The root element.
    Xml(Element),
    /// A nameless root; its children are the members.
    Json(Element),
}

/// Reads a body. An HTML page is a fault whatever else holds; `text/html` with well-formed XML inside is accepted
/// (RISKS U2), because gateways mislabel SOAP.
pub fn read(reply: &HttpReply<'_>) -> Result<Document, Outcome> {
    if reply.body.len() > MAX_BYTES {
        return Err(Outcome::Malformed(MalformedCause::TooLarge));
    }
    let refuse = |cause| {
        if reply.says_html() { Outcome::UpstreamFault(FaultCause::HtmlPage) } else { Outcome::Malformed(cause) }
    };
    let text = std::str::from_utf8(reply.body).map_err(|_| refuse(MalformedCause::NotWellFormed))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if is_html(text) {
        return Err(Outcome::UpstreamFault(FaultCause::HtmlPage));
    }
    match text.as_bytes().first() {
        None => Err(Outcome::Malformed(MalformedCause::EmptyBody)),
        Some(b'<') => match xml::parse(text) {
            Ok(root) if root.name.eq_ignore_ascii_case("html") => Err(Outcome::UpstreamFault(FaultCause::HtmlPage)),
            parsed => parsed.map(Document::Xml).map_err(refuse),
        },
        Some(b'{' | b'[') => json::parse(text).map(Document::Json).map_err(refuse),
        Some(_) => Err(refuse(MalformedCause::NotWellFormed)),
    }
}

/// Whether a body is an HTML page, however it is labelled.
pub fn is_html(text: &str) -> bool {
    let starts = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            && text[prefix.len()..].starts_with(|next: char| next == '>' || next.is_whitespace())
    };
    starts("<!doctype html") || starts("<html") || starts("<head") || starts("<body")
}
