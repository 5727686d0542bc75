//! From a place in the text that the table gave to the cell that said it.

use std::ops::Range;

use super::read::ReadMapping;
use super::table::Table;
use super::{BadCell, Row};
use crate::strict_json::{Finding, Kind, Node};

impl ReadMapping<'_> {
    /// What the compiler says of the mapping, as cells of the table. `root`: the mapping's text, parsed.
    pub fn bad_cells(&self, table: &Table, root: Option<&Node>, findings: &[Finding]) -> Vec<BadCell> {
        let cells = findings.iter().map(|finding| {
            let path = match root {
                Some(root) if finding.pointer.is_empty() => path_of(root, &finding.span),
                _ => tokens(&finding.pointer),
            };
            let (row, column) = self.cell(&path);
            let mut cell = BadCell::new(row, column, finding.vi.clone(), finding.en.clone());
            cell.did_you_mean = finding.did_you_mean.clone();
            cell
        });
        table.placed(cells.collect())
    }

    fn cell(&self, path: &[String]) -> (usize, &'static str) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["fields", key, rest @ ..] => self.property((*key).to_owned(), rest),
            ["manual", index, ..] => self.manual(index, ""),
            ["persons", role, rest @ ..] => {
                let column = match rest.first() {
                    None => "target",
                    Some(&"label") => "label",
                    Some(&"note") => "note",
                    Some(_) => "how",
                };
                self.row(column, |row| row.how.starts_with("person") && row.target == *role)
            }
            ["applicant", ..] => self.row("source", |row| row.how.starts_with("applicant")),
            ["provenance", rest @ ..] => {
                let column = if rest.first() == Some(&"source") { "source" } else { "how" };
                self.row(column, |row| row.how.starts_with("provenance"))
            }
            _ => self.row("form", |_| true),
        }
    }

    fn property(&self, target: String, rest: &[&str]) -> (usize, &'static str) {
        let column = match rest {
            ["columns", key, rest @ ..] => return self.property(format!("{target}/{key}"), rest),
            ["manual", index, ..] => return self.manual(index, &format!("{target}/")),
            ["" | "columns" | "manual"] => "target",
            [] | ["from" | "first_of" | "compose" | "rows", ..] => "source",
            ["lock", ..] => "lock",
            ["note", ..] => "note",
            _ => "how",
        };
        self.row(column, |row| row.target == target)
    }

    fn manual(&self, index: &str, parent: &str) -> (usize, &'static str) {
        let rows = self
            .rows
            .iter()
            .filter(|row| row.how == "manual" && row.target.strip_prefix(parent).is_some_and(|key| !key.contains('/')));
        let number = index.parse().ok().and_then(|index| rows.skip(index).map(|row| row.number).next());
        (number.unwrap_or(self.first()), "target")
    }

    fn row(&self, column: &'static str, wanted: impl Fn(&Row) -> bool) -> (usize, &'static str) {
        (self.rows.iter().find(|row| wanted(row)).map_or(self.first(), |row| row.number), column)
    }

    fn first(&self) -> usize {
        self.rows.first().map_or(1, |row| row.number)
    }
}

/// Keys and indices down to the innermost value that holds a place; an empty one at the end when a key holds it.
fn path_of(root: &Node, span: &Range<usize>) -> Vec<String> {
    let (mut node, mut path) = (root, Vec::new());
    loop {
        let next = match &node.kind {
            Kind::Object(members) => members.iter().find_map(|member| {
                if member.key_span.start <= span.start && span.end <= member.key_span.end {
                    path.extend([member.key.clone(), String::new()]);
                    return None;
                }
                holds(&member.value, span).then(|| (member.key.clone(), &member.value))
            }),
            Kind::List(items) => {
                let found = items.iter().enumerate().find(|(_, item)| holds(item, span));
                found.map(|(index, item)| (index.to_string(), item))
            }
            _ => None,
        };
        match next {
            Some((token, inside)) if path.last().is_none_or(|last: &String| !last.is_empty()) => {
                path.push(token);
                node = inside;
            }
            _ => return path,
        }
    }
}

fn holds(node: &Node, span: &Range<usize>) -> bool {
    node.span.start <= span.start && span.end <= node.span.end
}

fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
}
