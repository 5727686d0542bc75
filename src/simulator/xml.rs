//! The simulator's own XML reader: one small tree, no document type, no entities beyond the five of XML itself.

use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

/// Deeper than any request of PROTOCOL §4 (envelope, body, operation, birth date, date).
const MAX_DEPTH: usize = 8;

/// An element with its resolved name; comments and attributes are gone.
#[derive(Default)]
pub struct Element {
    /// Namespace name; empty when the element has none.
    pub namespace: String,
    /// Local name.
    pub name: String,
    /// All character data directly inside.
    pub text: String,
    pub children: Vec<Element>,
}

/// Why a body could not be read as XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XmlRefusal {
    NotWellFormed,
    Doctype,
    TooDeep,
}

impl Element {
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The text of an element without children; `None` when it has any.
    pub fn leaf(&self) -> Option<&str> {
        self.children.is_empty().then_some(self.text.as_str())
    }

    /// The children of an element without text of its own.
    pub fn group(&self) -> Option<&[Element]> {
        self.text.trim().is_empty().then_some(self.children.as_slice())
    }
}

/// Reads a whole document into its root element.
pub fn read(bytes: &[u8]) -> Result<Element, XmlRefusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| XmlRefusal::NotWellFormed)?;
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|_| XmlRefusal::NotWellFormed)?;
        match event {
            Event::Start(start) => {
                if root.is_some() {
                    return Err(XmlRefusal::NotWellFormed);
                }
                if open.len() == MAX_DEPTH {
                    return Err(XmlRefusal::TooDeep);
                }
                open.push(element(&namespace, &start)?);
            }
            Event::End(_) => {
                let closed = open.pop().ok_or(XmlRefusal::NotWellFormed)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => root = Some(closed),
                }
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => append(&mut open, resolve(&reference)?.encode_utf8(&mut [0; 4]))?,
            Event::DocType(_) => return Err(XmlRefusal::Doctype),
            Event::PI(_) => return Err(XmlRefusal::NotWellFormed),
            Event::Decl(_) | Event::Comment(_) | Event::Empty(_) => {}
            Event::Eof => break,
        }
    }
    if open.is_empty() { root.ok_or(XmlRefusal::NotWellFormed) } else { Err(XmlRefusal::NotWellFormed) }
}

fn element(namespace: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element, XmlRefusal> {
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => namespace.0.to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return Err(XmlRefusal::NotWellFormed),
    };
    if start.attributes().any(|attribute| attribute.is_err()) {
        return Err(XmlRefusal::NotWellFormed);
    }
    Ok(Element { namespace, name: start.local_name().into_inner().to_owned(), ..Element::default() })
}

/// Adds character data to the innermost open element; outside the root only white space may stand.
fn append(open: &mut [Element], text: &str) -> Result<(), XmlRefusal> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(XmlRefusal::NotWellFormed),
    }
    Ok(())
}

/// A character reference or one of the five predefined entities; there are no others without a document type.
fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlRefusal> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| XmlRefusal::NotWellFormed)? {
        return Ok(character);
    }
    match &*reference.xml10_content() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(XmlRefusal::NotWellFormed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_resolved_whatever_the_prefix() {
        for text in ["<p:a xmlns:p=\"urn:x\"><p:b>1</p:b></p:a>", "<a xmlns=\"urn:x\"><b>1</b></a>"] {
            let root = read(text.as_bytes()).expect("well-formed");
            assert!(root.is("urn:x", "a"));
            assert!(root.children[0].is("urn:x", "b"));
            assert_eq!(root.children[0].leaf(), Some("1"));
        }
    }

    #[test]
    fn escaped_text_and_cdata_are_read() {
        let root = read(b"<a>x&amp;&#x3c;y<![CDATA[<z>]]></a>").expect("well-formed");
        assert_eq!(root.leaf(), Some("x&<y<z>"));
    }

    #[test]
    fn what_is_not_one_small_document_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(9), "</a>".repeat(9));
        let cases: [(&[u8], XmlRefusal); 9] = [
            (b"", XmlRefusal::NotWellFormed),
            (b"<a>", XmlRefusal::NotWellFormed),
            (b"<a/><a/>", XmlRefusal::NotWellFormed),
            (b"<a></b>", XmlRefusal::NotWellFormed),
            (b"<p:a/>", XmlRefusal::NotWellFormed),
            (b"<a>&other;</a>", XmlRefusal::NotWellFormed),
            (b"<a>\xff</a>", XmlRefusal::NotWellFormed),
            (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", XmlRefusal::Doctype),
            (deep.as_bytes(), XmlRefusal::TooDeep),
        ];
        for (body, refusal) in cases {
            assert_eq!(read(body).err(), Some(refusal), "{}", String::from_utf8_lossy(body));
        }
    }
}
