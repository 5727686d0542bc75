//! JSON text to events for the [`sieve`](super::sieve), so that there is one reader for both.
//!
//! Members become elements, list items become repeated elements, an empty list one element that is not given (a
//! converter's way to say "nothing"). A member given twice is refused, because first- and last-wins readers differ (RISKS
//! T7). The text-node objects of some converters (PROTOCOL §6.4) become plain text. What nobody reads is held to the same
//! rules of form, without being kept. It must not know what a record is.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::plan::{Kind, Plan, Ticket};
use super::sieve::{Sieve, Sifted, Space};
#[cfg(test)]
use super::tree::Element;
use super::tree::{Literal, is_xml_text};
use super::{MAX_DEPTH, mark};
use crate::population::outcome::MalformedCause;

/// Reads one JSON object; its members are the children of a nameless root. The length was checked.
pub fn read(text: &str, plan: Plan) -> Result<Sifted, MalformedCause> {
    let mut context = Context::new(plan);
    let root = plan.json_root();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Value { context: &mut context, ticket: &root, place: In::Document };
    if let Err(error) = value.deserialize(&mut reader).and_then(|()| reader.end()) {
        return Err(context.cause(&error));
    }
    let sifted = context.sieve.finish()?;
    // Text beside the members is in no flavour.
    if sifted.root.given_text().is_some() { Err(MalformedCause::UnexpectedElement) } else { Ok(sifted) }
}

/// Everything in a document, for tests that look at one as it is.
#[cfg(test)]
fn parse(text: &str) -> Result<Element, MalformedCause> {
    read(text, Plan::Everything).map(|sifted| sifted.root)
}

/// What is known while reading, and why reading stopped: the library's own error text would quote the document.
struct Context {
    sieve: Sieve,
    /// The members of the objects that are open, by the hash of their names: keys are not kept. Two names with one hash
    /// would be refused as one given twice, never the other way round.
    members: Vec<u64>,
    refusal: Option<MalformedCause>,
}

impl Context {
    fn new(plan: Plan) -> Self {
        Self { sieve: Sieve::new(plan), members: Vec::with_capacity(32), refusal: None }
    }

    fn refuse<E: Error>(&mut self, cause: MalformedCause) -> E {
        self.refusal = Some(cause);
        E::custom("refused")
    }

    /// Passes the sieve's refusal on.
    fn allow<T, E: Error>(&mut self, result: Result<T, MalformedCause>) -> Result<T, E> {
        result.map_err(|cause| self.refuse(cause))
    }

    fn text<E: Error>(&mut self, text: &str, literal: Literal) -> Result<(), E> {
        if !is_xml_text(text) {
            return Err(self.refuse(MalformedCause::NotText));
        }
        let taken = self.sieve.text(text);
        self.sieve.literal(literal);
        self.allow(taken)
    }

    fn cause(&self, error: &serde_json::Error) -> MalformedCause {
        self.refusal.unwrap_or(if error.is_eof() { MalformedCause::Truncated } else { MalformedCause::NotWellFormed })
    }
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    /// It is the document.
    Document,
    Member,
    List,
}

/// A value that becomes elements.
struct Value<'c> {
    context: &'c mut Context,
    ticket: &'c Ticket,
    place: In,
}

impl Value<'_> {
    fn open<E: Error>(&mut self) -> Result<(), E> {
        let opened = self.context.sieve.open(self.ticket, Space::Json);
        self.context.allow(opened)
    }

    fn close<E: Error>(&mut self) -> Result<(), E> {
        let closed = self.context.sieve.close();
        self.context.allow(closed)
    }

    fn leaf<E: Error>(mut self, text: &str, literal: Literal) -> Result<(), E> {
        if self.place == In::Document && literal != Literal::Null {
            return Err(self.context.refuse(MalformedCause::UnexpectedElement));
        }
        self.open()?;
        self.context.text(text, literal)?;
        self.close()
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.leaf(text, Literal::Text)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.leaf("", Literal::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.leaf(if value { "true" } else { "false" }, Literal::Boolean)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.leaf(&number.to_string(), Literal::Number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.leaf(&number.to_string(), Literal::Number)
    }

    /// A fraction, an exponent or more digits than an integer holds: no code and no number is written so (RISKS U17).
    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        if self.ticket.kind == Kind::Lifetime {
            return self.leaf("", Literal::Null);
        }
        if self.ticket.is_unread() {
            // Unknown elements must be ignored (PROTOCOL §5), and so whatever number is in them.
            self.open()?;
            self.context.text("0", Literal::Number)?;
            return self.close();
        }
        Err(self.context.refuse(MalformedCause::BadNumber))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let is_nested = self.place != In::Member;
        if is_nested {
            if !self.ticket.is_unread() {
                return Err(self.context.refuse(MalformedCause::UnexpectedElement));
            }
            self.open()?;
        }
        let mut is_empty = true;
        while items.next_element_seed(Value { context: self.context, ticket: self.ticket, place: In::List })?.is_some()
        {
            is_empty = false;
        }
        match (is_nested, is_empty) {
            (true, _) => self.close(),
            (false, false) => Ok(()),
            (false, true) => {
                self.open()?;
                self.context.sieve.literal(Literal::NoItems);
                self.close()
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.open()?;
        let first = self.context.members.len();
        while let Some(member) = members.next_key_seed(Key { context: self.context, first })? {
            match member {
                Member::Text => members.next_value_seed(TextNode { context: self.context, depth: 0 })?,
                Member::Element(ticket) => {
                    let value = Value { context: self.context, ticket: &ticket, place: In::Member };
                    members.next_value_seed(value)?;
                }
            }
        }
        self.context.members.truncate(first);
        self.close()
    }
}

enum Member {
    /// The element's own text.
    Text,
    Element(Ticket),
}

/// The name of a member; each may be given once.
struct Key<'c> {
    context: &'c mut Context,
    /// Where the members of its object begin.
    first: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Member;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Member, E> {
        let hash = mark::of_name(name);
        if self.context.members[self.first..].contains(&hash) {
            return Err(self.context.refuse(MalformedCause::DuplicateElement));
        }
        self.context.members.push(hash);
        let sieve = &self.context.sieve;
        Ok(if is_text_node(name) && !sieve.is_in_unknown() {
            Member::Text
        } else if is_element_name(name) {
            Member::Element(sieve.recognise(name, Space::Json))
        } else {
            Member::Element(Ticket::ATTRIBUTE)
        })
    }
}

/// The value of a text node: a leaf, or an object with nothing but text nodes and attributes.
struct TextNode<'c> {
    context: &'c mut Context,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for TextNode<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TextNode<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.context.text(text, Literal::Text)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.context.text(if value { "true" } else { "false" }, Literal::Boolean)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.context.text(&number.to_string(), Literal::Number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.context.text(&number.to_string(), Literal::Number)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Err(self.context.refuse(MalformedCause::BadNumber))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.context.refuse(MalformedCause::UnexpectedElement))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        if self.depth >= MAX_DEPTH {
            return Err(self.context.refuse(MalformedCause::TooDeep));
        }
        let first = self.context.members.len();
        while let Some(member) = members.next_key_seed(Key { context: self.context, first })? {
            match member {
                Member::Text => members.next_value_seed(TextNode { context: self.context, depth: self.depth + 1 })?,
                Member::Element(ticket) if ticket.is_attribute() => {
                    let value = Value { context: self.context, ticket: &ticket, place: In::Member };
                    members.next_value_seed(value)?;
                }
                Member::Element(_) => return Err(self.context.refuse(MalformedCause::UnexpectedElement)),
            }
        }
        self.context.members.truncate(first);
        Ok(())
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
    use super::super::MAX_ELEMENTS;
    use super::*;

    fn read(text: &str) -> Element {
        parse(text).expect("JSON")
    }

    #[test]
    fn members_lists_and_text_nodes_become_elements() {
        let root = read(r##"{"a":{"#text":{"__text":"x"}},"b":["1","2"],"c":[],"d":null,"e":7,"@f":"y","g":true}"##);
        let names: Vec<&str> = root.children.iter().map(|child| &*child.name).collect();
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
