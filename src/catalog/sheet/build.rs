//! JSON from cells: nodes that stand nowhere yet.

use super::Row;
use crate::strict_json::{Kind, Member, Node};

pub(super) fn node(kind: Kind) -> Node {
    Node { kind, span: 0..0 }
}

pub(super) fn words(text: &str) -> Node {
    node(Kind::Text(text.to_owned()))
}

pub(super) fn yes(value: bool) -> Node {
    node(Kind::Bool(value))
}

pub(super) fn list(items: Vec<Node>) -> Node {
    node(Kind::List(items))
}

pub(super) fn object(members: Vec<Member>) -> Node {
    node(Kind::Object(members))
}

pub(super) fn member(key: &str, value: Node) -> Member {
    Member { key: key.to_owned(), key_span: 0..0, value }
}

pub(super) fn note(row: &Row) -> Option<Member> {
    (!row.note.is_empty()).then(|| member("note", words(&row.note)))
}
