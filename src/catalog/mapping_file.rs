//! A mapping as written (`service-catalog/mappings/<form>.json`): read strictly, not yet resolved.

use std::ops::Range;

use super::provenance::{Provenance, read_provenance};
use crate::strict_json::{Finding, Member, Node, ObjectReader, escape, expected_text};

/// A piece of text and where it stands.
pub type Spanned = (String, Range<usize>);

/// A mapping file.
pub struct MappingFile {
    pub form: Spanned,
    pub persons: Vec<(Spanned, PersonEntry)>,
    pub applicant: ApplicantEntry,
    pub fields: Vec<FieldEntry>,
    /// Targets of lines that could not be read: named, so not forgotten.
    pub unread: Vec<String>,
    pub manual: Vec<Spanned>,
    /// `None`: it could not be read, and that was told.
    pub provenance: Option<Provenance>,
}

/// A person role of the form.
pub struct PersonEntry {
    pub label: String,
    /// May be looked up as a further person.
    pub lookup: bool,
    /// Made for somebody who files for another.
    pub filer: bool,
}

/// Which role the person at the counter holds.
pub enum ApplicantEntry {
    Role(Spanned),
    /// Gender code → role.
    ByGender(Vec<(Spanned, Spanned)>, Range<usize>),
    /// Only the officer knows; may contain `none`.
    Ask(Vec<Spanned>),
}

/// One line of `fields`.
pub struct FieldEntry {
    pub target: Spanned,
    pub sources: Vec<SourceEntry>,
    /// `rows`: a list field with one row for each person of a role.
    pub rows: Option<RowsEntry>,
    /// `compose`: the separator; `None` for `from` and `first_of`.
    pub separator: Option<String>,
    pub format: Option<Spanned>,
    pub conditions: Vec<(Spanned, Vec<Spanned>)>,
    pub lock: Option<bool>,
    pub suggest: bool,
    /// The whole right-hand side, for findings about the line.
    pub span: Range<usize>,
}

/// How the rows of a list field are filled.
pub struct RowsEntry {
    pub role: Spanned,
    pub columns: Vec<FieldEntry>,
    pub unread: Vec<String>,
    pub manual: Vec<Spanned>,
}

/// One source: a path and whether it is only a suggestion.
pub struct SourceEntry {
    pub path: Spanned,
    pub suggest: bool,
}

impl MappingFile {
    /// Reads a mapping; what cannot be read is reported and left out. `None` when a part is missing without which the
    /// rest makes no sense.
    pub fn read(root: &Node, findings: &mut Vec<Finding>) -> Option<Self> {
        let mut file = ObjectReader::new(root, "", findings)?;
        file.required_text("$schema");
        let form = file.required_spanned("form");
        let persons = file.required_node("persons");
        let applicant = file.required_node("applicant");
        file.text("note");
        let fields = file.required_node("fields");
        let manual = owned(file.required_texts("manual"));
        let provenance = file.required_node("provenance");
        let complete = root.member("manual").is_some();
        file.finish();
        let persons = persons.and_then(|node| read_persons(node, findings));
        let applicant = applicant.and_then(|node| read_applicant(node, findings));
        let fields = fields.and_then(|node| read_lines(node, "/fields", findings));
        let provenance = provenance.and_then(|node| read_provenance(node, findings));
        let Lines { entries: fields, unread } = fields?;
        let whole = Self { form: form?, persons: persons?, applicant: applicant?, fields, unread, manual, provenance };
        complete.then_some(whole)
    }
}

fn owned(texts: Vec<(&str, Range<usize>)>) -> Vec<Spanned> {
    texts.into_iter().map(|(text, span)| (text.to_owned(), span)).collect()
}

fn spanned(node: Option<&Node>, pointer: &str, findings: &mut Vec<Finding>) -> Option<Spanned> {
    let node = node?;
    match node.as_text() {
        Some(text) => Some((text.to_owned(), node.span.clone())),
        None => {
            findings.push(expected_text(pointer, node));
            None
        }
    }
}

fn members<'n>(node: &'n Node, pointer: &str, findings: &mut Vec<Finding>) -> Option<&'n [Member]> {
    ObjectReader::new(node, pointer, findings)?;
    node.as_object()
}

fn key_of(member: &Member) -> Spanned {
    (member.key.clone(), member.key_span.clone())
}

fn read_persons(node: &Node, findings: &mut Vec<Finding>) -> Option<Vec<(Spanned, PersonEntry)>> {
    let mut persons = Vec::new();
    for member in members(node, "/persons", findings)? {
        if ["none", "request", "citizen"].contains(&member.key.as_str()) {
            findings.push(Finding::new(
                "reserved_role",
                format!("/persons/{}", member.key),
                member.key_span.clone(),
                "Tên vai này đã có nghĩa riêng (none, request, citizen); hãy chọn tên khác.",
                "This role name has a meaning of its own (none, request, citizen); choose another.",
            ));
        }
        let mut entry = PersonEntry { label: String::new(), lookup: false, filer: false };
        let pointer = format!("/persons/{}", escape(&member.key));
        if let Some(mut person) = ObjectReader::new(&member.value, pointer, findings) {
            entry.label = person.required_text("label").unwrap_or_default().to_owned();
            entry.lookup = person.bool("lookup").unwrap_or(false);
            entry.filer = person.bool("filer").unwrap_or(false);
            person.text("note");
            person.finish();
        }
        persons.push((key_of(member), entry));
    }
    Some(persons)
}

fn read_applicant(node: &Node, findings: &mut Vec<Finding>) -> Option<ApplicantEntry> {
    if node.as_text().is_some() {
        return spanned(Some(node), "/applicant", findings).map(ApplicantEntry::Role);
    }
    if node.as_object().is_none() {
        findings.push(applicant_form(node));
        return None;
    }
    let mut applicant = ObjectReader::new(node, "/applicant", findings)?;
    let by_gender = applicant.node("by_gender");
    let ask = applicant.texts("ask");
    applicant.text("note");
    applicant.finish();
    match (by_gender, ask.is_empty()) {
        (Some(table), true) => {
            let mut roles = Vec::new();
            for member in members(table, "/applicant/by_gender", findings)? {
                let pointer = format!("/applicant/by_gender/{}", escape(&member.key));
                roles.push((key_of(member), spanned(Some(&member.value), &pointer, findings)?));
            }
            Some(ApplicantEntry::ByGender(roles, table.span.clone()))
        }
        (None, false) => Some(ApplicantEntry::Ask(owned(ask))),
        _ => {
            findings.push(applicant_form(node));
            None
        }
    }
}

fn applicant_form(node: &Node) -> Finding {
    Finding::new(
        "applicant_form",
        "/applicant",
        node.span.clone(),
        "`applicant` là một vai, hoặc { \"by_gender\": … }, hoặc { \"ask\": [ … ] }.",
        "`applicant` is a role, or { \"by_gender\": … }, or { \"ask\": [ … ] }.",
    )
}

/// The lines of `fields` or `columns`.
struct Lines {
    entries: Vec<FieldEntry>,
    unread: Vec<String>,
}

fn read_lines(node: &Node, pointer: &str, findings: &mut Vec<Finding>) -> Option<Lines> {
    let mut lines = Lines { entries: Vec::new(), unread: Vec::new() };
    for member in members(node, pointer, findings)? {
        let pointer = format!("{pointer}/{}", escape(&member.key));
        match read_field(member, &pointer, findings) {
            Some(entry) => lines.entries.push(entry),
            None => lines.unread.push(member.key.clone()),
        }
    }
    Some(lines)
}

fn read_field(member: &Member, pointer: &str, findings: &mut Vec<Finding>) -> Option<FieldEntry> {
    let node = &member.value;
    let mut entry = FieldEntry {
        target: key_of(member),
        sources: Vec::new(),
        rows: None,
        separator: None,
        format: None,
        conditions: Vec::new(),
        lock: None,
        suggest: false,
        span: node.span.clone(),
    };
    if let Some(path) = node.as_text() {
        entry.sources.push(SourceEntry { path: (path.to_owned(), node.span.clone()), suggest: false });
        return Some(entry);
    }
    let mut line = ObjectReader::new(node, pointer, findings)?;
    let from = line.node("from");
    let first_of = line.node("first_of");
    let compose = line.node("compose");
    let rows = line.node("rows");
    let columns = line.node("columns");
    let manual = owned(line.texts("manual"));
    let separator = line.node("separator").map(|node| node.span.clone()).zip(line.text("separator"));
    let format = line.node("format");
    let when = line.node("when");
    entry.lock = line.bool("lock");
    entry.suggest = line.bool("suggest").unwrap_or(false);
    line.text("note");
    line.finish();
    entry.format = match format {
        Some(_) => Some(spanned(format, &format!("{pointer}/format"), findings)?),
        None => None,
    };
    match (from, first_of, compose) {
        (None, None, None) if rows.is_some() => {
            let role = spanned(rows, &format!("{pointer}/rows"), findings)?;
            let Lines { entries: columns, unread } =
                read_columns(columns, node, &format!("{pointer}/columns"), findings)?;
            entry.rows = Some(RowsEntry { role, columns, unread, manual });
        }
        (Some(node), None, None) => {
            let path = spanned(Some(node), &format!("{pointer}/from"), findings)?;
            entry.sources.push(SourceEntry { path, suggest: false });
        }
        (None, Some(node), None) => entry.sources = read_sources(node, &format!("{pointer}/first_of"), findings)?,
        (None, None, Some(node)) => {
            entry.sources = read_sources(node, &format!("{pointer}/compose"), findings)?;
            entry.separator = Some(separator.as_ref().map_or(", ", |(_, text)| text).to_owned());
        }
        _ => {
            findings.push(Finding::new(
                "field_source",
                pointer,
                node.span.clone(),
                "Mỗi trường có đúng một trong `from`, `first_of`, `compose`, `rows`.",
                "A field has exactly one of `from`, `first_of`, `compose`, `rows`.",
            ));
            return None;
        }
    }
    if let Some((span, text)) = separator {
        let pointer = format!("{pointer}/separator");
        if entry.separator.is_none() {
            let (vi, en) = ("`separator` chỉ đi với `compose`.", "`separator` goes with `compose` only.");
            findings.push(Finding::new("unused_separator", pointer, span, vi, en));
        } else if text.trim_matches(' ').is_empty() && text != " " {
            let (vi, en) = ("`separator` không được rỗng.", "`separator` must not be empty.");
            findings.push(Finding::new("compose_separator", pointer, span, vi, en));
        }
    }
    if let Some(when) = when {
        entry.conditions = read_conditions(when, &format!("{pointer}/when"), findings)?;
    }
    Some(entry)
}

/// The columns of `rows`, written like `fields`; a row inside a row makes no sense.
fn read_columns(columns: Option<&Node>, line: &Node, pointer: &str, findings: &mut Vec<Finding>) -> Option<Lines> {
    let Some(columns) = columns else {
        let (vi, en) = ("`rows` cần `columns`.", "`rows` needs `columns`.");
        findings.push(Finding::new("rows_columns", pointer, line.span.clone(), vi, en));
        return None;
    };
    let lines = read_lines(columns, pointer, findings)?;
    for entry in lines.entries.iter().filter(|entry| entry.rows.is_some()) {
        let (vi, en) = ("Trong một dòng không có dòng con.", "A row has no rows of its own.");
        findings.push(Finding::new("rows_columns", pointer, entry.span.clone(), vi, en));
    }
    Some(lines)
}

fn read_sources(node: &Node, pointer: &str, findings: &mut Vec<Finding>) -> Option<Vec<SourceEntry>> {
    let items = node.as_list().unwrap_or_default();
    if items.is_empty() {
        let (vi, en) =
            ("Cần một danh sách có ít nhất một thuộc tính.", "A list with at least one attribute is needed.");
        findings.push(Finding::new("empty_list", pointer, node.span.clone(), vi, en));
        return None;
    }
    let mut sources = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        if item.as_object().is_some() {
            let mut source = ObjectReader::new(item, pointer.clone(), findings)?;
            let from = source.required_node("from");
            let suggest = source.bool("suggest").unwrap_or(false);
            source.text("note");
            source.finish();
            let path = spanned(from, &format!("{pointer}/from"), findings)?;
            sources.push(SourceEntry { path, suggest });
        } else {
            sources.push(SourceEntry { path: spanned(Some(item), &pointer, findings)?, suggest: false });
        }
    }
    Some(sources)
}

fn read_conditions(node: &Node, pointer: &str, findings: &mut Vec<Finding>) -> Option<Vec<(Spanned, Vec<Spanned>)>> {
    let mut conditions = Vec::new();
    for member in members(node, pointer, findings)? {
        let pointer = format!("{pointer}/{}", escape(&member.key));
        let mut codes = Vec::new();
        for (index, item) in member.value.as_list().unwrap_or_default().iter().enumerate() {
            codes.push(spanned(Some(item), &format!("{pointer}/{index}"), findings)?);
        }
        if codes.is_empty() {
            let (vi, en) = ("Cần danh sách mã được chấp nhận.", "A list of accepted codes is needed.");
            findings.push(Finding::new("empty_list", pointer, member.value.span.clone(), vi, en));
        }
        conditions.push((key_of(member), codes));
    }
    Some(conditions)
}
