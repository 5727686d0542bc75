//! What is read of the parsed files: members of objects, and the properties of a form.

use crate::strict_json::{Kind, Member, Node};

/// A member of an object.
pub(super) fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.as_object()?.iter().find(|member| member.key == key).map(|member| &member.value)
}

pub(super) fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    get(node, key).and_then(Node::as_text).unwrap_or_default()
}

pub(super) fn members(node: Option<&Node>) -> &[Member] {
    node.and_then(Node::as_object).unwrap_or_default()
}

pub(super) fn items(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_list).unwrap_or_default()
}

pub(super) fn is_true(node: &Node, key: &str) -> bool {
    matches!(get(node, key).map(|value| &value.kind), Some(Kind::Bool(true)))
}

/// What the table shows of a form's properties: name, heading on paper, label, columns of a list.
pub(super) struct Properties<'n>(pub Vec<Shown<'n>>);

pub(super) struct Shown<'n> {
    pub key: &'n str,
    pub section: &'n str,
    pub label: &'n str,
    pub columns: Properties<'n>,
}

impl<'n> Properties<'n> {
    /// The properties of a schema of an object.
    pub(super) fn of(schema: &'n Node) -> Self {
        let shown = members(get(schema, "properties")).iter().map(|member| Shown {
            key: &member.key,
            section: get(&member.value, "x-print").map_or("", |print| text(print, "section")),
            label: text(&member.value, "title"),
            columns: get(&member.value, "items").map_or(Self(Vec::new()), Self::of),
        });
        Self(shown.collect())
    }
}
