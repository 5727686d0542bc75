//! The one layout of every file of the catalogue: key order, indentation, NFC, LF, a newline at the end.
//!
//! Pure: a parsed file in, its text out. A file and its canonical text say the same; only members move, never items of
//! a list, and keys that maintainers choose (properties of a form, targets, roles, attributes) keep their order.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::path::Path;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::strict_json::{Kind, Member, Node};

/// The kinds of JSON files that maintainers edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `service-catalog/<level>/<code>.json`.
    Service,
    /// `service-catalog/mappings/<form>.json`.
    Mapping,
    /// `schemas/forms/<form>.schema.json`.
    FormSchema,
    /// `service-catalog/attributes.json`.
    Attributes,
    /// `service-catalog/people/<number>.json`.
    Person,
    /// `service-catalog/examples/<form>/<person>.json`.
    Example,
}

const SERVICE: &[&str] = &[
    "$schema",
    "code",
    "name",
    "level",
    "field",
    "ministry",
    "agency",
    "subject",
    "legal_basis",
    "forms",
    "successor",
    "note",
    "provenance",
];
const LABEL: &[&str] = &["vi", "en"];
const PERIOD: &[&str] = &["form", "from", "to", "note"];
const PROVENANCE: &[&str] = &["source", "confidence", "required_basis", "note"];
const MAPPING: &[&str] = &["$schema", "form", "persons", "applicant", "note", "fields", "manual", "provenance"];
const ROLE: &[&str] = &["label", "lookup", "filer", "note"];
const APPLICANT: &[&str] = &["by_gender", "ask", "note"];
const FIELD: &[&str] = &[
    "from",
    "first_of",
    "compose",
    "rows",
    "separator",
    "columns",
    "manual",
    "format",
    "when",
    "lock",
    "suggest",
    "note",
];
const SCHEMA: &[&str] = &[
    "$schema",
    "$id",
    "title",
    "description",
    "$ref",
    "type",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "required",
    "properties",
    "$defs",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "enum",
    "const",
    "format",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "x-code-list",
    "default",
    "examples",
    "x-person",
    "x-print",
    "$comment",
];
const PRINT: &[&str] = &["section", "order"];
const ATTRIBUTE: &[&str] =
    &["path", "source", "label", "type", "code_list", "sensitivity", "lock", "remarks", "example"];
const PERSON: &[&str] = &["$schema", "number", "note", "record"];
const EXAMPLE: &[&str] = &["$schema", "form", "service", "person", "request", "data", "reasons", "suggested"];
const REQUEST: &[&str] = &["citizen_role", "persons", "form", "dossier_date", "typed"];

impl FileKind {
    /// The kind of a file by where it stands; `None` for everything that is no such file.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let mut folders = path.iter().rev().skip(1).filter_map(|part| part.to_str());
        let (parent, grandparent) = (folders.next().unwrap_or_default(), folders.next().unwrap_or_default());
        match parent {
            "forms" if name.ends_with(".schema.json") => Some(Self::FormSchema),
            _ if !name.ends_with(".json") => None,
            "province" | "district" | "commune" => Some(Self::Service),
            "mappings" => Some(Self::Mapping),
            "people" => Some(Self::Person),
            _ if grandparent == "examples" => Some(Self::Example),
            _ if name == "attributes.json" => Some(Self::Attributes),
            _ => None,
        }
    }
}

/// The whole text of a file in its canonical layout.
pub fn canonical(kind: FileKind, root: &Node) -> String {
    let ordered = match kind {
        FileKind::Service => service(root),
        FileKind::Mapping => mapping(root),
        FileKind::FormSchema => schema(root),
        FileKind::Attributes => ordered(root, &[], &|key, value| match key {
            "attributes" => each(value, &|entry| ordered(entry, ATTRIBUTE, &|key, value| inner_label(key, value))),
            _ => normal(value),
        }),
        FileKind::Person => ordered(root, PERSON, &|_, value| normal(value)),
        FileKind::Example => ordered(root, EXAMPLE, &|key, value| match key {
            "request" => ordered(value, REQUEST, &|_, value| normal(value)),
            _ => normal(value),
        }),
    };
    match kind {
        FileKind::Mapping => mapping_text(&ordered),
        _ => pretty(&ordered),
    }
}

/// Two-space JSON with a final newline, members in their order: the layout of everything but mappings.
pub fn pretty(root: &Node) -> String {
    let mut text = String::new();
    write_pretty(root, 0, &mut text);
    text.push('\n');
    text
}

fn service(root: &Node) -> Node {
    ordered(root, SERVICE, &|key, value| match key {
        "name" => ordered(value, LABEL, &|_, value| normal(value)),
        "forms" => each(value, &|period| ordered(period, PERIOD, &|_, value| normal(value))),
        "provenance" => ordered(value, PROVENANCE, &|_, value| normal(value)),
        _ => normal(value),
    })
}

fn mapping(root: &Node) -> Node {
    ordered(root, MAPPING, &|key, value| match key {
        "persons" => ordered(value, &[], &|_, role| ordered(role, ROLE, &|_, value| normal(value))),
        "applicant" => ordered(value, APPLICANT, &|_, value| normal(value)),
        "fields" => ordered(value, &[], &|_, line| field(line)),
        "provenance" => ordered(value, PROVENANCE, &|_, value| normal(value)),
        _ => normal(value),
    })
}

fn field(line: &Node) -> Node {
    ordered(line, FIELD, &|key, value| match key {
        "first_of" | "compose" => each(value, &field),
        "columns" => ordered(value, &[], &|_, line| field(line)),
        _ => normal(value),
    })
}

fn schema(node: &Node) -> Node {
    ordered(node, SCHEMA, &|key, value| match key {
        "properties" | "$defs" => ordered(value, &[], &|_, property| schema(property)),
        "items" => schema(value),
        "x-print" => ordered(value, PRINT, &|_, value| normal(value)),
        _ => normal(value),
    })
}

fn inner_label(key: &str, value: &Node) -> Node {
    if key == "label" { ordered(value, LABEL, &|_, value| normal(value)) } else { normal(value) }
}

/// An object with the named members first, in that order, then the others in theirs; anything else only normalised.
fn ordered(node: &Node, first: &[&str], member: &dyn Fn(&str, &Node) -> Node) -> Node {
    let Some(members) = node.as_object() else { return normal(node) };
    let mut sorted: Vec<&Member> = members.iter().collect();
    sorted.sort_by_key(|member| first.iter().position(|key| *key == member.key).unwrap_or(first.len()));
    let members = sorted.into_iter().map(|found| Member {
        key: nfc(&found.key).into_owned(),
        key_span: found.key_span.clone(),
        value: member(&found.key, &found.value),
    });
    Node { kind: Kind::Object(members.collect()), span: node.span.clone() }
}

fn each(node: &Node, item: &dyn Fn(&Node) -> Node) -> Node {
    match node.as_list() {
        Some(items) => Node { kind: Kind::List(items.iter().map(item).collect()), span: node.span.clone() },
        None => normal(node),
    }
}

/// The same value with every text in NFC.
fn normal(node: &Node) -> Node {
    match &node.kind {
        Kind::Text(text) => Node { kind: Kind::Text(nfc(text).into_owned()), span: node.span.clone() },
        Kind::List(_) => each(node, &normal),
        Kind::Object(_) => ordered(node, &[], &|_, value| normal(value)),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => node.clone(),
    }
}

/// The text in NFC.
pub fn nfc(text: &str) -> Cow<'_, str> {
    if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// One line a role, a field, a manual property, a member of the provenance; everything else of the top level inline.
fn mapping_text(root: &Node) -> String {
    let mut text = String::from("{\n");
    let members = root.as_object().unwrap_or_default();
    for (index, member) in members.iter().enumerate() {
        text.push_str("  ");
        text.push_str(&quoted(&member.key));
        text.push_str(": ");
        let lines: Vec<String> = match &member.value.kind {
            Kind::Object(lines) if matches!(member.key.as_str(), "persons" | "fields" | "provenance") => {
                lines.iter().map(|line| format!("{}: {}", quoted(&line.key), inline(&line.value))).collect()
            }
            Kind::List(items) if member.key == "manual" => items.iter().map(inline).collect(),
            _ => Vec::new(),
        };
        if lines.is_empty() {
            text.push_str(&inline(&member.value));
        } else {
            let (open, close) = if member.key == "manual" { ('[', ']') } else { ('{', '}') };
            text.push_str(&format!("{open}\n    {}\n  {close}", lines.join(",\n    ")));
        }
        text.push_str(if index + 1 < members.len() { ",\n" } else { "\n" });
    }
    text.push_str("}\n");
    text
}

/// A value on one line, with a blank inside the braces of an object.
fn inline(node: &Node) -> String {
    match &node.kind {
        Kind::Object(members) if !members.is_empty() => {
            let members: Vec<String> =
                members.iter().map(|member| format!("{}: {}", quoted(&member.key), inline(&member.value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Kind::List(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        _ => scalar(node),
    }
}

fn write_pretty(node: &Node, depth: usize, text: &mut String) {
    let indent = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    match &node.kind {
        Kind::Object(members) if !members.is_empty() => {
            for (index, member) in members.iter().enumerate() {
                text.push(if index == 0 { '{' } else { ',' });
                indent(text, depth + 1);
                text.push_str(&quoted(&member.key));
                text.push_str(": ");
                write_pretty(&member.value, depth + 1, text);
            }
            indent(text, depth);
            text.push('}');
        }
        Kind::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                text.push(if index == 0 { '[' } else { ',' });
                indent(text, depth + 1);
                write_pretty(item, depth + 1, text);
            }
            indent(text, depth);
            text.push(']');
        }
        _ => text.push_str(&scalar(node)),
    }
}

/// A value without members or items; numbers in their spelling.
fn scalar(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(spelling) => spelling.clone(),
        Kind::Text(text) => quoted(text),
        Kind::List(_) => "[]".to_owned(),
        Kind::Object(_) => "{}".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
