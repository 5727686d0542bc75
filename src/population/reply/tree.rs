//! One element tree for XML and JSON, so that there is one reader for both. Its texts are wiped on drop.

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
}

/// An element with its text (joined over comments and children) and its child elements. No `Debug`: personal data.
pub struct Element {
    pub namespace: Namespace,
    pub name: String,
    pub text: String,
    pub literal: Literal,
    pub children: Vec<Element>,
}

impl Element {
    /// An element without content.
    pub fn new(namespace: Namespace, name: String) -> Self {
        Self { namespace, name, text: String::new(), literal: Literal::Text, children: Vec::new() }
    }

    /// The text without white space around it; "absent", empty, blank and `null` are one thing: not given
    /// (PROTOCOL §5.2 rule 2).
    pub fn given_text(&self) -> Option<&str> {
        match self.text.trim() {
            "" | "null" | "NULL" => None,
            text => Some(text),
        }
    }

    /// Whether the element counts inside its holder: in the same namespace, or in none; a foreign one does not
    /// (RISKS T7).
    pub fn belongs_to(&self, holder: &Self) -> bool {
        self.namespace == holder.namespace || self.namespace == Namespace::Unbound
    }

    /// Whether nothing is given in the element and below it.
    pub fn is_blank(&self) -> bool {
        self.given_text().is_none() && self.children.iter().all(Self::is_blank)
    }

    /// Whether both say the same, whatever white space stands between.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.given_text() == other.given_text()
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
}

impl Drop for Element {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// Whether XML 1.0 can carry the character (XML 1.0 §2.2, `Char`).
pub fn is_xml_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
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
    }
}
