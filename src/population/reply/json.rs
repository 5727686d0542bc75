//! JSON text to the same tree as XML.
//!
//! Members become child elements, list items become repeated elements, an empty list one empty element (a converter's
//! way to say "nothing"). A member given twice is refused, because first- and last-wins readers differ (RISKS T7). The
//! text-node objects of some converters (PROTOCOL §6.4) become plain text. It must not know what a record is.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::tree::{Element, Literal, Namespace, is_xml_char};
use super::{MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS};
use crate::population::outcome::MalformedCause;

/// Reads one JSON value; its members are the children of a nameless root.
pub fn parse(text: &str) -> Result<Element, MalformedCause> {
    if text.len() > MAX_BYTES {
        return Err(MalformedCause::TooLarge);
    }
    let context = Context::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Value { context: &context, depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| context.cause(&error))?;
    match value {
        Content::One(root) if root.literal == Literal::Text && root.given_text().is_none() => Ok(root),
        Content::One(_) | Content::Many(_) => Err(MalformedCause::UnexpectedElement),
    }
}

/// What is counted while reading, and why reading stopped: the library's own error text would quote the document.
#[derive(Default)]
struct Context {
    elements: Cell<usize>,
    refusal: Cell<Option<MalformedCause>>,
}

impl Context {
    fn refuse<E: Error>(&self, cause: MalformedCause) -> E {
        self.refusal.set(Some(cause));
        E::custom("refused")
    }

    fn cause(&self, error: &serde_json::Error) -> MalformedCause {
        self.refusal.get().unwrap_or(if error.is_eof() {
            MalformedCause::Truncated
        } else {
            MalformedCause::NotWellFormed
        })
    }
}

/// A value before it has a name.
enum Content {
    One(Element),
    Many(Vec<Element>),
}

impl Content {
    /// Adds the value under a name.
    fn named(self, name: &str, into: &mut Vec<Element>) {
        match self {
            Self::One(mut element) => {
                name.clone_into(&mut element.name);
                into.push(element);
            }
            Self::Many(elements) if elements.is_empty() => into.push(Element::new(Namespace::Json, name.to_owned())),
            Self::Many(elements) => into.extend(elements.into_iter().map(|mut element| {
                name.clone_into(&mut element.name);
                element
            })),
        }
    }
}

struct Value<'c> {
    context: &'c Context,
    depth: usize,
}

impl Value<'_> {
    fn below(&self) -> Self {
        Self { context: self.context, depth: self.depth + 1 }
    }

    fn leaf<E: Error>(&self, text: &str, literal: Literal) -> Result<Content, E> {
        if !text.chars().all(is_xml_char) {
            return Err(self.context.refuse(MalformedCause::NotText));
        }
        let mut element = self.element()?;
        element.text.push_str(text);
        element.literal = literal;
        Ok(Content::One(element))
    }

    fn element<E: Error>(&self) -> Result<Element, E> {
        let elements = self.context.elements.get() + 1;
        self.context.elements.set(elements);
        if elements > MAX_ELEMENTS {
            return Err(self.context.refuse(MalformedCause::TooLarge));
        }
        if self.depth > MAX_DEPTH {
            return Err(self.context.refuse(MalformedCause::TooDeep));
        }
        Ok(Element::new(Namespace::Json, String::new()))
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Content;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Content;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Content, E> {
        self.leaf(text, Literal::Text)
    }

    fn visit_unit<E: Error>(self) -> Result<Content, E> {
        self.leaf("", Literal::Text)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Content, E> {
        self.leaf(if value { "true" } else { "false" }, Literal::Boolean)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Content, E> {
        self.leaf(&number.to_string(), Literal::Number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Content, E> {
        self.leaf(&number.to_string(), Literal::Number)
    }

    /// A fraction, an exponent or more digits than an integer holds: no code and no number is written so (RISKS U17).
    fn visit_f64<E: Error>(self, _: f64) -> Result<Content, E> {
        Err(self.context.refuse(MalformedCause::BadNumber))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Content, A::Error> {
        let mut elements = Vec::new();
        while let Some(item) = items.next_element_seed(self.below())? {
            match item {
                Content::One(element) => elements.push(element),
                Content::Many(_) => return Err(self.context.refuse(MalformedCause::UnexpectedElement)),
            }
        }
        Ok(Content::Many(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Content, A::Error> {
        let mut element = self.element()?;
        let mut seen = HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            if is_text_node(&key) {
                match members.next_value_seed(self.below())? {
                    Content::One(node) if node.children.is_empty() => {
                        element.text.push_str(&node.text);
                        element.literal = node.literal;
                    }
                    Content::One(_) | Content::Many(_) => {
                        return Err(self.context.refuse(MalformedCause::UnexpectedElement));
                    }
                }
            } else if is_element_name(&key) {
                members.next_value_seed(self.below())?.named(&key, &mut element.children);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
            if !seen.insert(key) {
                return Err(self.context.refuse(MalformedCause::DuplicateElement));
            }
        }
        Ok(Content::One(element))
    }
}

/// The members that converters use for an element's own text (PROTOCOL §6.4).
fn is_text_node(key: &str) -> bool {
    matches!(key, "#text" | "__text")
}

/// Members such as `@xmlns`, `-xmlns` or `?xml` cannot be elements: converters write attributes and declarations so.
fn is_element_name(key: &str) -> bool {
    key.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Element {
        parse(text).expect("JSON")
    }

    #[test]
    fn members_lists_and_text_nodes_become_elements() {
        let root = read(r##"{"a":{"#text":{"__text":"x"}},"b":["1","2"],"c":[],"d":null,"e":7,"@f":"y","g":true}"##);
        let names: Vec<&str> = root.children.iter().map(|child| child.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "b", "c", "d", "e", "g"]);
        assert_eq!(root.children[0].text, "x");
        assert!(root.children[3].is_blank() && root.children[4].is_blank());
        assert!(root.children[5].literal == Literal::Number && root.children[6].literal == Literal::Boolean);
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        let cases = [
            (r#"{"a":"1","a":"1"}"#, MalformedCause::DuplicateElement),
            (r#"{"x":{"a":1,"b":2,"a":1}}"#, MalformedCause::DuplicateElement),
            (r#"{"a":1.2e11}"#, MalformedCause::BadNumber),
            (r#"{"a":1.0}"#, MalformedCause::BadNumber),
            (r#"{"a":[["x"]]}"#, MalformedCause::UnexpectedElement),
            (r#"{"a":"\u0000"}"#, MalformedCause::NotText),
            (r#"{"a":"\ud800"}"#, MalformedCause::NotWellFormed),
            (r#"{"a":"x"} {"#, MalformedCause::NotWellFormed),
            (r#"{"a":"x"#, MalformedCause::Truncated),
            (r#"["a"]"#, MalformedCause::UnexpectedElement),
            ("\"text\"", MalformedCause::UnexpectedElement),
            ("{'a':1}", MalformedCause::NotWellFormed),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).err(), Some(expected), "{text}");
        }
    }

    #[test]
    fn depth_and_members_are_bounded() {
        let deep = format!("{}1{}", "{\"a\":".repeat(66), "}".repeat(66));
        assert_eq!(parse(&deep).err(), Some(MalformedCause::TooDeep));
        let deeper = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(parse(&deeper).is_err());
        let wide: Vec<String> = (0..MAX_ELEMENTS).map(|index| format!("\"a{index}\":1")).collect();
        assert_eq!(parse(&format!("{{{}}}", wide.join(","))).err(), Some(MalformedCause::TooLarge));
    }
}
