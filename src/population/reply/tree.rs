//! One element tree for XML and JSON, so that there is one reader for both. Its texts are wiped on drop.
//!
//! It holds what the [`sieve`](super::sieve) let through; of the rest it only knows how much there was and whether it
//! said anything.

use std::borrow::Cow;
use std::sync::Arc;

use zeroize::Zeroize;

/// To which namespace an element belongs.
#[derive(Clone, PartialEq, Eq)]
pub enum Namespace {
    /// JSON has none.
    Json,
    /// XML without any.
    Unbound,
    Bound(Arc<str>),
}

impl Namespace {
    /// Whether it is this URI.
    pub fn is(&self, uri: &str) -> bool {
        matches!(self, Self::Bound(bound) if **bound == *uri)
    }
}

/// As what a JSON leaf was written; XML knows text only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    Text,
    Number,
    Boolean,
    /// `null`: not given (PROTOCOL §5.2 rule 2).
    Null,
    /// `[]`: a list of nothing.
    NoItems,
}

/// What is known of content that was passed over while reading.
#[derive(Clone, Copy, Default)]
pub struct Skipped {
    /// Child elements that the protocol does not know at this place.
    pub elements: usize,
    /// Whether anything that was passed over says something.
    pub given: bool,
    /// The mark of the whole content, when all of it was passed over because nobody wants it.
    pub mark: Option<u64>,
}

/// An element with its text (joined over comments and children) and its child elements. No `Debug`: personal data.
pub struct Element {
    pub namespace: Namespace,
    pub name: Cow<'static, str>,
    pub text: String,
    pub literal: Literal,
    pub children: Vec<Element>,
    pub skipped: Skipped,
}

impl Element {
    /// An element without content. Nothing is allocated for it.
    pub fn new(namespace: Namespace, name: Cow<'static, str>) -> Self {
        Self {
            namespace,
            name,
            text: String::new(),
            literal: Literal::Text,
            children: Vec::new(),
            skipped: Skipped::default(),
        }
    }

    /// The text without white space around it; "absent", empty, blank and `null` are one thing: not given
    /// (PROTOCOL §5.2 rule 2).
    pub fn given_text(&self) -> Option<&str> {
        match self.text.trim() {
            "" | "null" | "NULL" => None,
            text => Some(text),
        }
    }

    /// Whether there are elements in it, kept or not.
    pub fn has_children(&self) -> bool {
        !self.children.is_empty() || self.skipped.elements > 0
    }

    /// Whether nothing of the content was kept because nobody wants it.
    pub fn is_passed_over(&self) -> bool {
        self.skipped.mark.is_some()
    }

    /// Whether it is there without being given: `null`, or a list of nothing.
    pub fn is_not_given(&self) -> bool {
        matches!(self.literal, Literal::Null | Literal::NoItems)
    }

    /// Whether nothing is given in the element and below it.
    pub fn is_blank(&self) -> bool {
        self.given_text().is_none() && !self.skipped.given && self.children.iter().all(Self::is_blank)
    }

    /// Whether both say the same, whatever white space stands between.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.skipped.mark == other.skipped.mark
            && self.given_text() == other.given_text()
            && self.children.len() == other.children.len()
            && self
                .children
                .iter()
                .zip(&other.children)
                .all(|(mine, its)| mine.name == its.name && mine.says_the_same(its))
    }

    /// The first child of this name, whatever its namespace.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The child of this name when it is the only one.
    pub fn only_child(&self, name: &str) -> Option<&Self> {
        match self.children.as_slice() {
            [child] if child.name == name && self.skipped.elements == 0 => Some(child),
            _ => None,
        }
    }

    /// Adds to the text. Old text is wiped when the text moves to a larger place; leading white space never counts and
    /// costs nothing.
    pub fn push_text(&mut self, text: &str) {
        let text = if self.text.is_empty() { text.trim_ascii_start() } else { text };
        let needed = self.text.len() + text.len();
        if self.text.capacity() == 0 {
            self.text.reserve_exact(needed);
        } else if needed > self.text.capacity() {
            let mut larger = String::with_capacity(needed * 2);
            larger.push_str(&self.text);
            self.text.zeroize();
            self.text = larger;
        }
        self.text.push_str(text);
    }

    /// Bytes on the heap that hang on this element, itself not counted; shared namespaces neither.
    #[cfg(test)]
    pub fn heap_bytes(&self) -> usize {
        self.text.capacity()
            + self.children.capacity() * size_of::<Self>()
            + self.children.iter().map(Self::heap_bytes).sum::<usize>()
    }
}

impl Drop for Element {
    fn drop(&mut self) {
        // Most elements are groups; wiping nothing takes time, too.
        if self.text.capacity() > 0 {
            self.text.zeroize();
        }
    }
}

/// Whether XML 1.0 can carry the character (XML 1.0 §2.2, `Char`).
pub fn is_xml_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether XML 1.0 can carry every character of a text.
pub fn is_xml_text(text: &str) -> bool {
    // What is refused is either one small byte or one of two characters that begin with 0xEF: bytes are quick to look at.
    let mut suspicious = false;
    for byte in text.bytes() {
        suspicious |= (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0xef;
    }
    !suspicious || text.chars().all(is_xml_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_blank_and_null_are_not_given() {
        for text in ["", " \n", "null", " NULL "] {
            let mut element = Element::new(Namespace::Json, "x".into());
            element.text.push_str(text);
            assert!(element.is_blank());
        }
    }

    #[test]
    fn control_characters_and_non_characters_are_not_for_xml() {
        assert!(is_xml_char('Ẫ') && is_xml_char('\t') && is_xml_char('\u{fffd}'));
        assert!(!is_xml_char('\0') && !is_xml_char('\u{1f}') && !is_xml_char('\u{fffe}'));
        for text in ["", "Ẫ\t\n\r", "\u{feff}", "\u{fffd}", "\u{7f}", "\u{10000}"] {
            assert!(is_xml_text(text));
        }
        for text in ["a\u{0}", "\u{1f}", "Ẫ\u{fffe}", "\u{ffff}b"] {
            assert!(!is_xml_text(text));
        }
    }

    #[test]
    fn text_grows_over_its_pieces_and_leading_space_is_dropped() {
        let mut element = Element::new(Namespace::Json, "x".into());
        for piece in ["  ", "\n", " NGUY", "ỄN ", "", " MẪU\n"] {
            element.push_text(piece);
        }
        assert!(element.text == "NGUYỄN  MẪU\n");
    }
}
