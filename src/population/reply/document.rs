//! Bytes to tree: which of XML, JSON and HTML a body is, told from the content.

use super::plan::Plan;
use super::sieve::Sifted;
use super::tree::Element;
use super::{HttpReply, json, xml};
use crate::population::outcome::{FaultCause, MalformedCause, Outcome};

/// A body as a tree.
pub enum Document {
    /// The root element.
    Xml(Element),
    /// A nameless root; its children are the members.
    Json(Element),
}

/// Reads the documents of one reply, also those inside others, and counts what is not understood in them.
pub struct Intake {
    plan: Plan,
    /// Most bytes of a body after decompression (PROTOCOL §5.2 rule 7).
    max_bytes: usize,
    /// Unknown elements in the record and its groups, so far.
    pub unknown: u64,
}

impl Intake {
    pub fn new(plan: Plan, max_bytes: usize) -> Self {
        Self { plan, max_bytes, unknown: 0 }
    }

    /// Reads a body. An HTML page is a fault whatever else holds; `text/html` with well-formed XML inside is accepted
    /// (RISKS U2), because gateways mislabel SOAP.
    pub fn read(&mut self, reply: &HttpReply<'_>) -> Result<Document, Outcome> {
        if reply.body.len() > self.max_bytes {
            return Err(Outcome::Malformed(MalformedCause::TooLarge));
        }
        let refuse = |cause| {
            if reply.says_html() { Outcome::UpstreamFault(FaultCause::HtmlPage) } else { Outcome::Malformed(cause) }
        };
        let text = std::str::from_utf8(reply.body).map_err(|_| refuse(MalformedCause::NotWellFormed))?;
        let text = without_mark(text);
        if is_html(text) {
            return Err(Outcome::UpstreamFault(FaultCause::HtmlPage));
        }
        match text.as_bytes().first() {
            None => Err(Outcome::Malformed(MalformedCause::EmptyBody)),
            Some(b'<') => match self.take(xml::read(text, self.plan)) {
                Ok(root) if root.name == "html" => Err(Outcome::UpstreamFault(FaultCause::HtmlPage)),
                read => read.map(Document::Xml).map_err(refuse),
            },
            Some(b'{' | b'[') => self.take(json::read(text, self.plan)).map(Document::Json).map_err(refuse),
            Some(_) => Err(refuse(MalformedCause::NotWellFormed)),
        }
    }

    /// Reads XML that came as the text of another document (`wrapped`).
    pub fn read_inner(&mut self, text: &str) -> Result<Element, Outcome> {
        let text = without_mark(text);
        if text.is_empty() {
            return Err(Outcome::Malformed(MalformedCause::EmptyBody));
        }
        if is_html(text) {
            return Err(Outcome::UpstreamFault(FaultCause::HtmlPage));
        }
        self.take(xml::read(text, self.plan)).map_err(Outcome::Malformed)
    }

    fn take(&mut self, sifted: Result<Sifted, MalformedCause>) -> Result<Element, MalformedCause> {
        let Sifted { root, unknown } = sifted?;
        self.unknown += unknown;
        Ok(root)
    }
}

/// Without byte order mark and the white space around.
fn without_mark(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('\u{feff}').unwrap_or(text).trim()
}

/// Whether a body is an HTML page, however it is labelled.
fn is_html(text: &str) -> bool {
    let starts = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            && text[prefix.len()..].starts_with(|next: char| next == '>' || next.is_whitespace())
    };
    starts("<!doctype html") || starts("<html") || starts("<head") || starts("<body")
}
