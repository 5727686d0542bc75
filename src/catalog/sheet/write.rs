//! From a mapping and its form to the rows of the table.

use super::Row;
use super::how::quote;
use super::properties::{Properties, get, is_true, items, members, text};
use super::read::text_of;
use crate::catalog::layout::{FileKind, canonical};
use crate::strict_json::{Kind, Node};

/// The rows of one mapping, properties in the order of the form. A property that the mapping forgot gets a row with an
/// empty `how`.
///
/// # Errors
/// The mapping holds something that the table has no words for.
pub fn rows_of(form: &str, mapping: &Node, schema: &Node) -> Result<Vec<Row>, String> {
    let mut table = Writer { form, rows: Vec::new() };
    table.head(mapping, schema);
    table.properties(&Properties::of(schema), "", get(mapping, "fields"), get(mapping, "manual"));
    table.provenance(mapping);
    let rows = table.rows;
    let known: Vec<Row> = rows.iter().filter(|row| !row.how.is_empty()).cloned().collect();
    let back = text_of(form, &known, schema)
        .map_err(|bad| bad.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    if back != canonical(FileKind::Mapping, mapping) {
        return Err("ánh xạ có phần mà bảng không ghi được (the mapping holds something that the table cannot)".into());
    }
    Ok(rows)
}

struct Writer<'a> {
    form: &'a str,
    rows: Vec<Row>,
}

impl Writer<'_> {
    fn push(&mut self, row: Row) {
        let order = (self.rows.len() + 1).to_string();
        self.rows.push(Row { form: self.form.to_owned(), order, number: self.rows.len() + 2, ..row });
    }

    fn head(&mut self, mapping: &Node, schema: &Node) {
        let (label, note) = (text(schema, "title").to_owned(), text(mapping, "note").to_owned());
        self.push(Row { label, how: "form".into(), note, ..Row::default() });
        for role in members(get(mapping, "persons")) {
            let mut how = vec!["person"];
            how.extend(["lookup", "filer"].into_iter().filter(|word| is_true(&role.value, word)));
            self.push(Row {
                target: role.key.clone(),
                label: text(&role.value, "label").into(),
                how: how.join("; "),
                note: text(&role.value, "note").into(),
                ..Row::default()
            });
        }
        let Some(applicant) = get(mapping, "applicant") else { return };
        let texts = |list: Option<&Node>| items(list).iter().filter_map(Node::as_text).collect::<Vec<_>>().join(" | ");
        let (how, source) = match (applicant.as_text(), get(applicant, "by_gender")) {
            (Some(role), _) => ("applicant", role.to_owned()),
            (None, Some(table)) => {
                let pairs = members(Some(table)).iter();
                let pairs = pairs.map(|pair| format!("{}={}", pair.key, pair.value.as_text().unwrap_or_default()));
                ("applicant; by_gender", pairs.collect::<Vec<_>>().join(" | "))
            }
            (None, None) => ("applicant; ask", texts(get(applicant, "ask"))),
        };
        self.push(Row { source, how: how.into(), note: text(applicant, "note").into(), ..Row::default() });
    }

    /// Rows of properties (or of a list's columns) in the order of the form; a list's columns follow it.
    fn properties(&mut self, shown: &Properties<'_>, parent: &str, fields: Option<&Node>, manual: Option<&Node>) {
        let field = |key: &str| fields.and_then(|fields| get(fields, key));
        let is_manual = |key: &str| items(manual).iter().any(|item| item.as_text() == Some(key));
        for property in &shown.0 {
            let target = format!("{parent}{}", property.key);
            let row = Row {
                target: target.clone(),
                section: property.section.into(),
                label: property.label.into(),
                ..Row::default()
            };
            match field(property.key) {
                Some(line) => {
                    self.push(field_row(line, row));
                    if get(line, "rows").is_some() {
                        let parent = format!("{target}/");
                        self.properties(&property.columns, &parent, get(line, "columns"), get(line, "manual"));
                    }
                }
                None if is_manual(property.key) => self.push(Row { how: "manual".into(), ..row }),
                None => self.push(row),
            }
        }
    }

    fn provenance(&mut self, mapping: &Node) {
        let Some(provenance) = get(mapping, "provenance") else { return };
        let mut how = format!("provenance; confidence={}", quote(text(provenance, "confidence")));
        match get(provenance, "required_basis").map(|basis| &basis.kind) {
            Some(Kind::Text(basis)) => how.push_str(&format!("; required_basis={}", quote(basis))),
            Some(Kind::Null) => how.push_str("; required_basis=null"),
            _ => {}
        }
        let sources = items(get(provenance, "source"));
        for (index, source) in sources.iter().filter_map(Node::as_text).enumerate() {
            let first = index == 0;
            self.push(Row {
                source: source.into(),
                how: if first { how.clone() } else { "provenance".into() },
                note: if first { text(provenance, "note").into() } else { String::new() },
                ..Row::default()
            });
        }
    }
}

/// One line of `fields` as a row.
fn field_row(line: &Node, row: Row) -> Row {
    if let Some(path) = line.as_text() {
        return Row { source: path.into(), how: "from".into(), ..row };
    }
    let list = |key: &str, sign: &str| items(get(line, key)).iter().map(inner).collect::<Vec<_>>().join(sign);
    let word = ["from", "first_of", "compose", "rows"].into_iter().find(|word| get(line, word).is_some());
    let source = match word {
        Some("first_of") => list("first_of", " | "),
        Some("compose") => list("compose", " + "),
        Some(word) => text(line, word).to_owned(),
        None => String::new(),
    };
    let mut how = vec![word.unwrap_or_default().to_owned()];
    if let Some(separator) = get(line, "separator").and_then(Node::as_text) {
        how.push(format!("separator={}", serde_json::Value::from(separator)));
    }
    if let Some(format) = get(line, "format").and_then(Node::as_text) {
        how.push(format!("format={}", quote(format)));
    }
    for condition in members(get(line, "when")) {
        let codes = items(Some(&condition.value)).iter().filter_map(Node::as_text).map(quote);
        how.push(format!("when {}={}", condition.key, codes.collect::<Vec<_>>().join(",")));
    }
    if is_true(line, "suggest") {
        how.push("suggest".into());
    }
    let lock = match get(line, "lock").map(|lock| &lock.kind) {
        Some(Kind::Bool(lock)) => lock.to_string(),
        _ => String::new(),
    };
    Row { source, how: how.join("; "), lock, note: text(line, "note").into(), ..row }
}

/// A source inside a list.
fn inner(source: &Node) -> String {
    if let Some(path) = source.as_text() {
        return path.to_owned();
    }
    let mut options = Vec::new();
    if is_true(source, "suggest") {
        options.push("suggest".to_owned());
    }
    if let Some(note) = get(source, "note").and_then(Node::as_text) {
        options.push(format!("note={}", serde_json::Value::from(note)));
    }
    format!("{} ({})", text(source, "from"), options.join("; "))
}
