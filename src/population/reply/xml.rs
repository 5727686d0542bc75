//! XML text to events for the [`sieve`](super::sieve), with namespaces resolved, and with everything refused that only an
//! attacker needs.
//!
//! No document type declaration, no entities but the five of XML and valid character references, no processing
//! instructions (SOAP 1.1 §3 forbids both), bounded depth, elements and attributes. What nobody reads is held to the same
//! rules, without being kept. It must not know what a record is.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace as Bound, NamespaceResolver, ResolveResult};

use super::MAX_ATTRIBUTES;
use super::plan::Plan;
use super::sieve::{Sieve, Sifted, Space};
#[cfg(test)]
use super::tree::Element;
use super::tree::{is_xml_char, is_xml_text};
use crate::population::outcome::MalformedCause;

/// Most namespace declarations in scope at once.
const MAX_BINDINGS: usize = 256;

/// Most tags, texts, comments and references together; an honest reply has about 300, and below 10,000 when every letter
/// is a reference.
const MAX_EVENTS: usize = 200_000;
/// Bytes from which on tags are looked at before the parser walks through them: what is shorter costs nothing.
const LONG: usize = 64 * 1024;

/// Reads one document; its length was checked. The text has no byte order mark any more.
pub fn read(text: &str, plan: Plan) -> Result<Sifted, MalformedCause> {
    if !is_xml_text(text) {
        return Err(MalformedCause::NotWellFormed);
    }
    let mut reader = Reader::from_str(text);
    let mut namespaces = NamespaceResolver::default();
    namespaces.set_max_namespace_bindings(MAX_BINDINGS);
    let mut sieve = Sieve::new(plan);
    for _ in 0..MAX_EVENTS {
        if text.len() > LONG && begins_with_long_tag(text, reader.buffer_position()) {
            return Err(MalformedCause::TooLarge);
        }
        // The error's text quotes the document and is dropped here.
        let event = reader.read_event().map_err(|_| MalformedCause::NotWellFormed)?;
        match event {
            Event::Start(start) => open(&mut sieve, &mut namespaces, &start)?,
            Event::Empty(start) => {
                open(&mut sieve, &mut namespaces, &start)?;
                sieve.close()?;
                namespaces.pop();
            }
            Event::End(_) => {
                sieve.close()?;
                namespaces.pop();
            }
            // Line ends are made one where the text is kept; elsewhere they do not count.
            Event::Text(text) if sieve.is_outside() && text.trim().is_empty() => {}
            Event::Text(text) if sieve.keeps_text() => sieve.text(&text.xml10_content())?,
            Event::Text(text) => sieve.text(&text)?,
            Event::CData(text) if sieve.keeps_text() => sieve.text(&text.xml10_content())?,
            Event::CData(text) => sieve.text(&text)?,
            Event::GeneralRef(reference) => {
                let character = referenced(&reference).ok_or(MalformedCause::NotWellFormed)?;
                sieve.text(character.encode_utf8(&mut [0; 4]))?;
            }
            Event::Comment(_) => {}
            // An XML declaration stands before everything else or nowhere.
            Event::Decl(_) if sieve.is_untouched() => {}
            Event::Decl(_) => return Err(MalformedCause::NotWellFormed),
            Event::DocType(_) => return Err(MalformedCause::Doctype),
            Event::PI(_) => return Err(MalformedCause::ProcessingInstruction),
            Event::Eof => return sieve.finish(),
        }
    }
    Err(MalformedCause::TooLarge)
}

/// Everything in a document, for tests that look at one as it is.
#[cfg(test)]
pub fn parse(text: &str) -> Result<Element, MalformedCause> {
    read(text, Plan::Everything).map(|sifted| sifted.root)
}

/// Attributes are looked at before the namespaces, so that a million of them end at the limit.
fn open(sieve: &mut Sieve, namespaces: &mut NamespaceResolver, start: &BytesStart<'_>) -> Result<(), MalformedCause> {
    check_attributes(start)?;
    namespaces.push(start).map_err(|_| MalformedCause::NotWellFormed)?;
    let (resolved, local) = namespaces.resolve_element(start.name());
    let space = match resolved {
        ResolveResult::Bound(Bound(uri)) => Space::Bound(uri),
        ResolveResult::Unbound => Space::Unbound,
        ResolveResult::Unknown(_) => return Err(MalformedCause::NotWellFormed),
    };
    let ticket = sieve.recognise(local.as_ref(), space);
    sieve.open(&ticket, space)
}

/// Whether a tag begins here that has more attributes than may be. The parser would first look for its end, quote by
/// quote.
fn begins_with_long_tag(text: &str, position: u64) -> bool {
    let rest = usize::try_from(position).ok().and_then(|position| text.as_bytes().get(position..)).unwrap_or_default();
    let [b'<', first, ..] = rest else { return false };
    if matches!(first, b'!' | b'?' | b'/') {
        return false;
    }
    let (mut quotes, mut open) = (0, None);
    for byte in rest {
        match (byte, open) {
            (b'>', None) => return false,
            (b'"' | b'\'', None) => (quotes, open) = (quotes + 1, Some(byte)),
            (byte, Some(quote)) if byte == quote => open = None,
            _ => {}
        }
        if quotes > MAX_ATTRIBUTES {
            return true;
        }
    }
    false
}

/// Their values are never read, but must be well-formed (XML 1.0 §3.1).
fn check_attributes(start: &BytesStart<'_>) -> Result<(), MalformedCause> {
    for (index, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|_| MalformedCause::NotWellFormed)?;
        if index >= MAX_ATTRIBUTES {
            return Err(MalformedCause::TooLarge);
        }
        let mut parts = attribute.value.split('&');
        let is_plain = parts.next().is_none_or(|start| !start.contains('<'));
        if !is_plain || !parts.all(begins_with_reference) {
            return Err(MalformedCause::NotWellFormed);
        }
    }
    Ok(())
}

/// What follows an ampersand in an attribute.
fn begins_with_reference(part: &str) -> bool {
    part.split_once(';').is_some_and(|(name, rest)| referenced(&BytesRef::new(name)).is_some() && !rest.contains('<'))
}

/// The character that a reference stands for: by number, or one of the five entities of XML 1.0 §4.6; there is no
/// declaration that could add others.
fn referenced(reference: &BytesRef<'_>) -> Option<char> {
    let character = match &**reference {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => reference.resolve_char_ref().ok().flatten()?,
    };
    is_xml_char(character).then_some(character)
}

#[cfg(test)]
mod tests {
    use super::super::tree::Namespace;
    use super::super::{MAX_BYTES, MAX_ELEMENTS};
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
            ("<a b=\"&x;\"/>", MalformedCause::NotWellFormed),
            ("<a b=\"&amp\"/>", MalformedCause::NotWellFormed),
            ("<a b=\"&#0;\"/>", MalformedCause::NotWellFormed),
            ("<a b=\"x<y\"/>", MalformedCause::NotWellFormed),
            ("<a><!-- \u{2} --></a>", MalformedCause::NotWellFormed),
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
