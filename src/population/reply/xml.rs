//! XML text to tree, with namespaces resolved, and with everything refused that only an attacker needs.
//!
//! No document type declaration, no entities but the five of XML and valid character references, no processing
//! instructions (SOAP 1.1 §3 forbids both), bounded depth, elements and attributes. It must not know what a record is.

use std::sync::Arc;

use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace as Bound, ResolveResult};

use super::tree::{Element, Namespace, is_xml_char};
use super::{MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS};
use crate::population::outcome::MalformedCause;

/// Most namespace declarations in scope at once.
const MAX_BINDINGS: usize = 256;

/// Reads one document. The text has no byte order mark any more.
pub fn parse(text: &str) -> Result<Element, MalformedCause> {
    if text.len() > MAX_BYTES {
        return Err(MalformedCause::TooLarge);
    }
    let mut reader = NsReader::from_str(text);
    reader.resolver_mut().set_max_namespace_bindings(MAX_BINDINGS);
    let mut builder = Builder::default();
    loop {
        // The error's text quotes the document and is dropped here.
        let event = reader.read_event().map_err(|_| MalformedCause::NotWellFormed)?;
        match event {
            Event::Start(start) => builder.open(&reader, &start)?,
            Event::Empty(start) => {
                builder.open(&reader, &start)?;
                builder.close()?;
            }
            Event::End(_) => builder.close()?,
            Event::Text(text) => builder.text(&text.xml10_content())?,
            Event::CData(text) => builder.cdata(&text.xml10_content())?,
            Event::GeneralRef(reference) => builder.reference(&reference)?,
            Event::Comment(_) => {}
            Event::Decl(_) => builder.declaration()?,
            Event::DocType(_) => return Err(MalformedCause::Doctype),
            Event::PI(_) => return Err(MalformedCause::ProcessingInstruction),
            Event::Eof => return builder.finish(),
        }
    }
}

/// The elements that are open, from the root down, and the finished root.
#[derive(Default)]
struct Builder {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    last_namespace: Option<Arc<str>>,
}

impl Builder {
    fn open(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<(), MalformedCause> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(MalformedCause::TooLarge);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(MalformedCause::TooDeep);
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(MalformedCause::NotWellFormed);
        }
        check_attributes(start)?;
        let (resolved, local) = reader.resolver().resolve_element(start.name());
        let namespace = match resolved {
            ResolveResult::Bound(Bound(uri)) => Namespace::Bound(self.shared(uri)),
            ResolveResult::Unbound => Namespace::Unbound,
            ResolveResult::Unknown(_) => return Err(MalformedCause::NotWellFormed),
        };
        self.open.push(Element::new(namespace, local.as_ref().to_owned()));
        Ok(())
    }

    fn close(&mut self) -> Result<(), MalformedCause> {
        let element = self.open.pop().ok_or(MalformedCause::NotWellFormed)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), MalformedCause> {
        if !text.chars().all(is_xml_char) {
            return Err(MalformedCause::NotWellFormed);
        }
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(MalformedCause::NotWellFormed),
        }
        Ok(())
    }

    fn cdata(&mut self, text: &str) -> Result<(), MalformedCause> {
        if self.open.is_empty() {
            return Err(MalformedCause::NotWellFormed);
        }
        self.text(text)
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), MalformedCause> {
        let character =
            if reference.is_char_ref() { reference.resolve_char_ref().ok().flatten() } else { predefined(reference) };
        let character = character.ok_or(MalformedCause::NotWellFormed)?;
        self.cdata(character.encode_utf8(&mut [0; 4]))
    }

    /// An XML declaration stands before everything else or nowhere.
    fn declaration(&self) -> Result<(), MalformedCause> {
        if self.open.is_empty() && self.root.is_none() { Ok(()) } else { Err(MalformedCause::NotWellFormed) }
    }

    fn finish(mut self) -> Result<Element, MalformedCause> {
        if !self.open.is_empty() {
            return Err(MalformedCause::Truncated);
        }
        self.root.take().ok_or(MalformedCause::NotWellFormed)
    }

    /// The same namespace comes again and again: kept once.
    fn shared(&mut self, uri: &str) -> Arc<str> {
        match &self.last_namespace {
            Some(last) if **last == *uri => Arc::clone(last),
            _ => {
                let shared: Arc<str> = Arc::from(uri);
                self.last_namespace = Some(Arc::clone(&shared));
                shared
            }
        }
    }
}

fn check_attributes(start: &BytesStart<'_>) -> Result<(), MalformedCause> {
    for (index, attribute) in start.attributes().enumerate() {
        attribute.map_err(|_| MalformedCause::NotWellFormed)?;
        if index >= MAX_ATTRIBUTES {
            return Err(MalformedCause::TooLarge);
        }
    }
    Ok(())
}

/// The five entities of XML 1.0 §4.6; there is no declaration that could add others.
fn predefined(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<MalformedCause> {
        parse(text).err()
    }

    #[test]
    fn text_is_joined_over_comments_cdata_and_references() {
        let root = parse("<a>99<!-- x -->9&#48;<![CDATA[8<]]>&amp;&lt;</a>").expect("well-formed");
        assert!(root.text == "99908<&<");
    }

    #[test]
    fn namespaces_follow_their_declarations_not_their_prefixes() {
        let root = parse(r#"<p:a xmlns:p="one"><p:b xmlns:p="two"/><c xmlns="one"/><d/></p:a>"#).expect("ok");
        assert!(root.namespace.is("one") && root.name == "a");
        assert!(root.children[0].namespace.is("two") && root.children[1].namespace.is("one"));
        assert!(root.children[2].namespace == Namespace::Unbound);
    }

    #[test]
    fn what_only_an_attacker_needs_is_refused() {
        let cases = [
            ("<!DOCTYPE a><a/>", MalformedCause::Doctype),
            ("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", MalformedCause::Doctype),
            ("<a>&x;</a>", MalformedCause::NotWellFormed),
            ("<a>&#0;</a>", MalformedCause::NotWellFormed),
            ("<a>&#x1f;</a>", MalformedCause::NotWellFormed),
            ("<a>&#xD800;</a>", MalformedCause::NotWellFormed),
            ("<a>&#x110000;</a>", MalformedCause::NotWellFormed),
            ("<a>&amp</a>", MalformedCause::NotWellFormed),
            ("<a>\u{1}</a>", MalformedCause::NotWellFormed),
            ("<?xml-stylesheet href=\"x\"?><a/>", MalformedCause::ProcessingInstruction),
            ("<a><?x?></a>", MalformedCause::ProcessingInstruction),
            ("<a/><b/>", MalformedCause::NotWellFormed),
            ("<a/>text", MalformedCause::NotWellFormed),
            ("<a></b>", MalformedCause::NotWellFormed),
            ("<a><b></a>", MalformedCause::NotWellFormed),
            ("<a><b>", MalformedCause::Truncated),
            ("<a", MalformedCause::NotWellFormed),
            ("<x:a/>", MalformedCause::NotWellFormed),
            ("<a b=\"1\" b=\"2\"/>", MalformedCause::NotWellFormed),
            ("", MalformedCause::NotWellFormed),
        ];
        for (text, expected) in cases {
            assert_eq!(refused(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn depth_elements_attributes_and_bytes_are_bounded() {
        let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        assert_eq!(refused(&deep), Some(MalformedCause::TooDeep));
        let wide = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS));
        assert_eq!(refused(&wide), Some(MalformedCause::TooLarge));
        let attributes: String = (0..=MAX_ATTRIBUTES).map(|index| format!(" a{index}=\"\"")).collect();
        assert_eq!(refused(&format!("<a{attributes}/>")), Some(MalformedCause::TooLarge));
        let long = format!("<a>{}</a>", "x".repeat(MAX_BYTES));
        assert_eq!(refused(&long), Some(MalformedCause::TooLarge));
    }
}
