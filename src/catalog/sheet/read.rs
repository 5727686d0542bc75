//! From rows to mappings, or to every cell that is wrong.

use super::build::{list, member, note, object, words, yes};
use super::how::{How, inner, split, unquote};
use super::properties::Properties;
use super::table::Table;
use super::{BadCell, Row};
use crate::catalog::layout::{FileKind, canonical};
use crate::strict_json::{Member, Node};

/// The words that `how` may begin with.
const WORDS: [&str; 9] = ["form", "person", "applicant", "from", "first_of", "compose", "rows", "manual", "provenance"];

/// A mapping as the table says it.
pub struct ReadMapping<'t> {
    pub form: String,
    /// The file's text in its canonical layout.
    pub text: String,
    /// Its rows, in order.
    pub rows: Vec<&'t Row>,
}

/// The mappings of a table; `schema` gives the schema of a form.
///
/// # Errors
/// Every cell that is wrong, in row order.
pub fn read_mappings<'t, 's>(
    table: &'t Table,
    schema: &dyn Fn(&str) -> Option<&'s Node>,
    forms: &[&str],
) -> Result<Vec<ReadMapping<'t>>, Vec<BadCell>> {
    let (mut bad, mut read) = (Vec::new(), Vec::new());
    let mut names: Vec<&str> = Vec::new();
    for row in &table.rows {
        if names.contains(&row.form.as_str()) {
            continue;
        }
        if schema(&row.form).is_none() {
            let (vi, en) = ("Không có tờ khai này trong schemas/forms.", "schemas/forms has no such form.");
            bad.push(BadCell::new(row.number, "form", vi, en).suggesting(&row.form, forms.iter().copied()));
        }
        names.push(&row.form);
    }
    for form in names {
        let Some(schema) = schema(form) else { continue };
        let rows = in_order(table.rows.iter().filter(|row| row.form == form).collect(), &mut bad);
        match mapping(form, &rows, schema) {
            Ok(text) => read.push(ReadMapping { form: form.to_owned(), text, rows }),
            Err(found) => bad.extend(found),
        }
    }
    if bad.is_empty() { Ok(read) } else { Err(table.placed(bad)) }
}

/// The text of one mapping.
pub(super) fn text_of(form: &str, rows: &[Row], schema: &Node) -> Result<String, Vec<BadCell>> {
    mapping(form, &rows.iter().collect::<Vec<_>>(), schema)
}

/// Rows by `order`; a row without one stays behind the row above it.
fn in_order<'t>(rows: Vec<&'t Row>, bad: &mut Vec<BadCell>) -> Vec<&'t Row> {
    let (mut last, mut keyed) = (0_u32, Vec::with_capacity(rows.len()));
    for row in rows {
        if !row.order.is_empty() {
            match row.order.parse() {
                Ok(order) => last = order,
                Err(_) => {
                    bad.push(BadCell::new(row.number, "order", "Phải là số nguyên.", "This must be a whole number."))
                }
            }
        }
        keyed.push((last, row));
    }
    keyed.sort_by_key(|(order, _)| *order);
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn mapping(form: &str, rows: &[&Row], schema: &Node) -> Result<String, Vec<BadCell>> {
    let mut reader = Reader { first: rows.first().map_or(2, |row| row.number), bad: Vec::new() };
    let mut lines = Vec::with_capacity(rows.len());
    for &row in rows {
        match How::read(&row.how) {
            Err((vi, en)) => reader.report(row, "how", &vi, &en),
            Ok(how) if WORDS.contains(&how.word.as_str()) => lines.push(Line { row, how }),
            Ok(how) => {
                let (vi, en) = (
                    format!("`how` bắt đầu bằng một trong: {}.", WORDS.join(", ")),
                    format!("`how` begins with one of: {}.", WORDS.join(", ")),
                );
                reader.bad.push(BadCell::new(row.number, "how", vi, en).suggesting(&how.word, WORDS));
            }
        }
    }
    let mut members = vec![
        member("$schema", words("../../schemas/catalog/mapping.schema.json")),
        member("form", words(form)),
        member("persons", reader.persons(&lines)),
    ];
    members.extend(reader.applicant(&lines).map(|applicant| member("applicant", applicant)));
    members.extend(reader.form_note(&lines, schema));
    reader.targets(&lines, &Properties::of(schema));
    let (fields, manual) = reader.properties(&lines, "");
    members.push(member("fields", object(fields)));
    members.push(member("manual", list(manual)));
    members.extend(reader.provenance(&lines).map(|provenance| member("provenance", provenance)));
    if reader.bad.is_empty() {
        Ok(canonical(FileKind::Mapping, &object(members)))
    } else {
        reader.bad.sort_by_key(|cell| cell.row);
        Err(reader.bad)
    }
}

/// A row whose `how` was taken apart.
pub(super) struct Line<'t> {
    pub row: &'t Row,
    pub how: How,
}

impl Line<'_> {
    pub(super) fn is(&self, word: &str) -> bool {
        self.how.word == word
    }

    fn is_property(&self) -> bool {
        ["from", "first_of", "compose", "rows", "manual"].contains(&self.how.word.as_str())
    }
}

/// Collects what is wrong while a mapping is built.
pub(super) struct Reader {
    /// The first row of the form, for what is missing.
    pub first: usize,
    pub bad: Vec<BadCell>,
}

impl Reader {
    pub(super) fn report(&mut self, row: &Row, column: &'static str, vi: &str, en: &str) {
        self.bad.push(BadCell::new(row.number, column, vi, en));
    }

    pub(super) fn empty(&mut self, row: &Row, cells: &[(&'static str, &str)]) {
        for (column, cell) in cells {
            if !cell.is_empty() {
                self.report(row, column, "Ô này phải để trống ở dòng này.", "This cell must be empty in this row.");
            }
        }
    }

    /// Every target is a property (or a column of a list that has `rows`), once, with its own label.
    fn targets(&mut self, lines: &[Line<'_>], properties: &Properties<'_>) {
        let mut seen: Vec<(&str, usize)> = Vec::new();
        for line in lines.iter().filter(|line| line.is_property()) {
            let row = line.row;
            if let Some((_, first)) = seen.iter().find(|(target, _)| *target == row.target) {
                let (vi, en) = (format!("Trường này đã có ở dòng {first}."), format!("Row {first} has this property."));
                self.report(row, "target", &vi, &en);
                continue;
            }
            seen.push((&row.target, row.number));
            let (list, key) = row.target.split_once('/').map_or((None, &*row.target), |(list, key)| (Some(list), key));
            let among = match list {
                None => Some(properties),
                Some(list) => {
                    properties.0.iter().find(|property| property.key == list).map(|property| &property.columns)
                }
            };
            let known = among.map_or(&[][..], |properties| &properties.0);
            match known.iter().find(|property| property.key == key) {
                None => {
                    let all = known.iter().map(|property| {
                        list.map_or(property.key.to_owned(), |list| format!("{list}/{}", property.key))
                    });
                    let (vi, en) = ("Tờ khai không có trường này.", "The form has no such property.");
                    let all: Vec<String> = all.collect();
                    self.bad.push(
                        BadCell::new(row.number, "target", vi, en)
                            .suggesting(&row.target, all.iter().map(String::as_str)),
                    );
                }
                Some(property) => {
                    self.label(row, "label", &row.label, property.label);
                    self.label(row, "section", &row.section, property.section);
                }
            }
            let has_rows = |list| lines.iter().any(|line| line.is("rows") && line.row.target == list);
            if list.is_some_and(|list| !has_rows(list)) {
                let (vi, en) = ("Cột chỉ có khi danh sách có `rows`.", "A column needs a list with `rows`.");
                self.report(row, "target", vi, en);
            }
        }
    }

    /// What the form says cannot be changed in a mapping; an empty cell is no change.
    pub(super) fn label(&mut self, row: &Row, column: &'static str, cell: &str, right: &str) {
        if !cell.trim().is_empty() && cell.trim() != right.trim() {
            let (vi, en) = (
                "Chữ này thuộc tờ khai (schemas/forms), không đổi ở đây.",
                "This text belongs to the form (schemas/forms) and is not changed here.",
            );
            let mut cell = BadCell::new(row.number, column, vi, en);
            cell.did_you_mean = Some(right.to_owned());
            self.bad.push(cell);
        }
    }

    /// The lines under `parent` (empty: of the form; `list/`: columns), mapped and manual.
    fn properties(&mut self, lines: &[Line<'_>], parent: &str) -> (Vec<Member>, Vec<Node>) {
        let (mut fields, mut manual) = (Vec::new(), Vec::new());
        for line in lines.iter().filter(|line| line.is_property()) {
            let row = line.row;
            let Some(key) = row.target.strip_prefix(parent).filter(|key| !key.contains('/')) else { continue };
            if line.is("manual") {
                line.how.check(row.number, &[], &mut self.bad);
                self.empty(row, &[("source", &row.source), ("lock", &row.lock), ("note", &row.note)]);
                manual.push(words(key));
            } else if line.is("rows") {
                line.how.check(row.number, &[], &mut self.bad);
                self.empty(row, &[("lock", &row.lock)]);
                let (columns, by_hand) = self.properties(lines, &format!("{key}/"));
                let mut members = vec![member("rows", words(&row.source)), member("columns", object(columns))];
                if !by_hand.is_empty() {
                    members.push(member("manual", list(by_hand)));
                }
                members.extend(note(row));
                fields.push(member(key, object(members)));
            } else {
                fields.push(member(key, self.field(line)));
            }
        }
        (fields, manual)
    }

    fn field(&mut self, line: &Line<'_>) -> Node {
        let (row, how) = (line.row, &line.how);
        let mut members = Vec::new();
        if how.word == "compose" {
            how.check(row.number, &["separator", "format", "when", "suggest"], &mut self.bad);
            members.push(member(
                "compose",
                list(self.cell(row, "source", split(&row.source, '+')).iter().map(|path| words(path)).collect()),
            ));
            members.push(member("separator", words(how.value("separator").unwrap_or(", "))));
        } else {
            how.check(row.number, &["format", "when", "suggest"], &mut self.bad);
            members.push(match how.word.as_str() {
                "first_of" => member("first_of", self.first_of(row)),
                _ => member("from", words(&row.source)),
            });
        }
        if row.source.is_empty() {
            self.report(row, "source", "Thiếu nguồn: vai.thuoc_tinh", "The source is missing: role.attribute");
        } else if members[0].value.as_list().is_some_and(|sources| sources.len() == 1) {
            let (vi, en) = ("Chỉ một nguồn thì dùng `from`.", "With one source, use `from`.");
            self.report(row, "source", vi, en);
        }
        members.extend(how.value("format").map(|format| member("format", words(format))));
        let mut conditions = Vec::new();
        for option in how.options.iter().filter(|option| option.name == "when") {
            let codes = option.value.as_deref().unwrap_or_default();
            let codes: Vec<String> = self.cell(
                row,
                "how",
                split(codes, ',').and_then(|codes| codes.iter().map(|code| unquote(code)).collect()),
            );
            conditions.push(member(&option.path, list(codes.iter().map(|code| words(code)).collect())));
        }
        if !conditions.is_empty() {
            members.push(member("when", object(conditions)));
        }
        match row.lock.as_str() {
            "" => {}
            "true" => members.push(member("lock", yes(true))),
            "false" => members.push(member("lock", yes(false))),
            _ => self.report(row, "lock", "Là true, false hoặc để trống.", "This is true, false or empty."),
        }
        if how.has("suggest") {
            members.push(member("suggest", yes(true)));
        }
        members.extend(note(row));
        if how.word == "from" && members.len() == 1 { words(&row.source) } else { object(members) }
    }

    fn first_of(&mut self, row: &Row) -> Node {
        let mut sources = Vec::new();
        for part in self.cell(row, "source", split(&row.source, '|')) {
            let (path, how) = self.cell(row, "source", inner(&part));
            let mut members = vec![member("from", words(&path))];
            members.extend(how.has("suggest").then(|| member("suggest", yes(true))));
            members.extend(how.value("note").map(|note| member("note", words(note))));
            sources.push(if members.len() == 1 { words(&path) } else { object(members) });
        }
        list(sources)
    }

    fn cell<T: Default>(&mut self, row: &Row, column: &'static str, read: Result<T, super::how::Trouble>) -> T {
        read.unwrap_or_else(|(vi, en)| {
            self.report(row, column, &vi, &en);
            T::default()
        })
    }
}
