//! From a mapping, its form schema and the dictionary to a plan, or to every reason why not.

use std::ops::Range;
use std::sync::Arc;

use super::code_list::{CodeList, CodeLists};
use super::dictionary::{Dictionary, SourceKind, quoted_list};
use super::form_schema::{FormSchema, Property, PropertyKind};
use super::mapping_file::{ApplicantEntry, FieldEntry, MappingFile, RowsEntry, SourceEntry, Spanned};
use super::plan::{Applicant, CardPart, Condition, Filling, FormPlan, Mapped, Role, Source, Step, Target};
use super::provenance::Confidence;
use super::source::{SourceAttribute, SourceSlot};
use super::transform::{FORMATS, Format, natural};
use crate::citizen::{Attribute, AttributeSet};
use crate::strict_json::Finding;

/// In the dictionary so that they are known and refused: the paper household book has had no validity since the end of
/// 2022 (RISKS R17).
const NEVER_FILLED: &[&str] = &["so_so_ho_khau"];

/// What a mapping is resolved against.
pub struct Vocabulary<'a> {
    pub dictionary: &'a Dictionary,
    pub code_lists: &'a CodeLists,
}

/// Compiles one form.
pub fn compile(
    id: &str,
    mapping: &MappingFile,
    schema: FormSchema,
    vocabulary: &Vocabulary<'_>,
    findings: &mut Vec<Finding>,
) -> Option<FormPlan> {
    let before = findings.len();
    if mapping.form.0 != id {
        let (vi, en) = ("`form` phải giống tên tệp.", "`form` must be the file's name.");
        findings
            .push(Finding::new("form_name", "/form", mapping.form.1.clone(), vi, en).suggesting(&mapping.form.0, [id]));
    }
    let mut resolver =
        Resolver { mapping, vocabulary, wanted: AttributeSet::EMPTY, unknown_roles: Vec::new(), findings };
    let applicant = resolver.applicant();
    let named = Named { fields: &mapping.fields, unread: &mapping.unread, manual: &mapping.manual };
    resolver.check_coverage(&schema.properties, &named, &mapping.form.1);
    let mut targets = Vec::with_capacity(schema.properties.len());
    for property in &schema.properties {
        let field = mapping.fields.iter().find(|field| field.target.0 == *property.key);
        targets.push(resolver.target(field, property));
    }
    let row_roles: Vec<usize> = targets
        .iter()
        .filter_map(|target| match target.filling {
            Filling::Rows { role, .. } => Some(role),
            Filling::Manual | Filling::Mapped(_) => None,
        })
        .collect();
    if matches!(applicant, Some(Applicant::ByGender(_))) {
        resolver.wanted = resolver.wanted.with(Attribute::GioiTinh);
    }
    let wanted = resolver.wanted;
    if findings.len() > before {
        return None;
    }
    let roles = mapping.persons.iter().enumerate().map(|(index, ((slug, _), person))| Role {
        slug: slug.as_str().into(),
        label: person.label.as_str().into(),
        lookup: person.lookup,
        filer: person.filer,
        rows: row_roles.contains(&index),
    });
    let provenance = mapping.provenance.clone()?;
    Some(FormPlan {
        id: id.into(),
        roles: roles.collect(),
        applicant: applicant?,
        targets,
        wanted,
        confidence: provenance.confidence,
        origin: provenance.origin,
        schema,
    })
}

struct Resolver<'a, 'f> {
    mapping: &'a MappingFile,
    vocabulary: &'a Vocabulary<'a>,
    wanted: AttributeSet,
    /// Told once each: a role that is not declared may stand in every line.
    unknown_roles: Vec<String>,
    findings: &'f mut Vec<Finding>,
}

/// What the lines of a mapping, or of a list's columns, name.
struct Named<'a> {
    fields: &'a [FieldEntry],
    unread: &'a [String],
    manual: &'a [Spanned],
}

impl Resolver<'_, '_> {
    fn report(&mut self, rule: &'static str, span: &Range<usize>, vi: impl Into<String>, en: impl Into<String>) {
        self.findings.push(Finding::new(rule, "", span.clone(), vi, en));
    }

    fn role(&mut self, slug: &str, span: &Range<usize>) -> Option<usize> {
        let roles = &self.mapping.persons;
        let found = roles.iter().position(|((role, _), _)| role == slug);
        let told = |told: &String| told == slug || roles.is_empty();
        if found.is_none() && !self.unknown_roles.iter().any(told) {
            self.unknown_roles.push(slug.to_owned());
            let finding = Finding::new(
                "unknown_role",
                "",
                span.clone(),
                "Vai này không có trong `persons`.",
                "This role is not declared in `persons`.",
            );
            self.findings.push(finding.suggesting(slug, roles.iter().map(|((role, _), _)| role.as_str())));
        }
        found
    }

    fn applicant(&mut self) -> Option<Applicant> {
        match &self.mapping.applicant {
            ApplicantEntry::Role((role, _)) if role == "none" => Some(Applicant::Role(None)),
            ApplicantEntry::Role((role, span)) => self.role(role, span).map(|role| Applicant::Role(Some(role))),
            ApplicantEntry::ByGender(table, place) => {
                let mut roles = Vec::new();
                if !["1", "2"]
                    .iter()
                    .all(|code| table.iter().any(|((known, _), _)| known.trim_start_matches('0') == *code))
                {
                    let (vi, en) = (
                        "`by_gender` phải nêu cả hai mã: 1 (nam) và 2 (nữ).",
                        "`by_gender` must name both codes: 1 (male) and 2 (female).",
                    );
                    self.report("gender_table", place, vi, en);
                }
                for ((code, code_span), (role, span)) in table {
                    if !matches!(code.as_str(), "1" | "2") {
                        self.report("gender_code", code_span, "Mã giới tính là 1 hoặc 2.", "A gender code is 1 or 2.");
                    }
                    roles.push((Box::from(code.as_str()), self.role(role, span)?));
                }
                Some(Applicant::ByGender(roles))
            }
            ApplicantEntry::Ask(choices) => {
                let mut roles = Vec::new();
                for (choice, span) in choices {
                    roles.push(if choice == "none" { None } else { Some(self.role(choice, span)?) });
                }
                Some(Applicant::Ask(roles))
            }
        }
    }

    fn target(&mut self, field: Option<&FieldEntry>, property: &Property) -> Target {
        let key = serde_json::Value::from(&*property.key).to_string();
        let pointer = serde_json::Value::from(format!("/{}", crate::strict_json::escape(&property.key))).to_string();
        let filling = field.and_then(|field| match &field.rows {
            Some(rows) => self.rows(rows, field, property),
            None => self.mapped(field, property).map(Filling::Mapped),
        });
        Target {
            key: property.key.clone(),
            title: property.title.clone(),
            member_json: format!("{key}:").into(),
            field_json: format!("{{\"path\":{pointer},\"state\":\"").into(),
            restricted: property.restricted,
            filling: filling.unwrap_or(Filling::Manual),
        }
    }

    /// A list field: its columns are mapped like the properties of a form.
    fn rows(&mut self, rows: &RowsEntry, field: &FieldEntry, property: &Property) -> Option<Filling> {
        let role = self.role(&rows.role.0, &rows.role.1)?;
        if property.kind != PropertyKind::List || property.columns.is_empty() {
            let (vi, en) =
                ("`rows` chỉ dùng cho danh sách có cột.", "`rows` is for lists whose items have properties.");
            self.report("does_not_fit", &field.span, vi, en);
            return None;
        }
        let named = Named { fields: &rows.columns, unread: &rows.unread, manual: &rows.manual };
        self.check_coverage(&property.columns, &named, &field.target.1);
        let mut columns = Vec::with_capacity(property.columns.len());
        for column in &property.columns {
            let entry = rows.columns.iter().find(|entry| entry.target.0 == *column.key);
            columns.push(self.target(entry, column));
        }
        Some(Filling::Rows { role, columns })
    }

    /// Every property is in `fields` or in `manual`, exactly once; every target is a property.
    fn check_coverage(&mut self, properties: &[Property], named: &Named<'_>, at: &Range<usize>) {
        let keys: Vec<&str> = properties.iter().map(|property| &*property.key).collect();
        let mut seen: Vec<&str> = named.unread.iter().map(String::as_str).collect();
        let targets = named.fields.iter().map(|field| &field.target);
        for (target, span) in targets.chain(named.manual) {
            if !keys.contains(&target.as_str()) {
                let finding = Finding::new(
                    "unknown_target",
                    "",
                    span.clone(),
                    "Tờ khai không có trường này.",
                    "The form has no such property.",
                );
                self.findings.push(finding.suggesting(target, keys.iter().copied()));
            } else if seen.contains(&target.as_str()) {
                self.findings.push(Finding::new(
                    "mapped_twice",
                    "",
                    span.clone(),
                    "Trường này đã được nêu ở trên (`fields` hoặc `manual`).",
                    "This property was already named above (in `fields` or `manual`).",
                ));
            }
            seen.push(target);
        }
        let forgotten: Vec<&str> = keys.into_iter().filter(|key| !seen.contains(key)).collect();
        if !forgotten.is_empty() {
            let names = quoted_list(&forgotten);
            let (vi, en) = match forgotten.len() {
                1 => (
                    format!("Trường {names} của tờ khai chưa có trong `fields` hay `manual`."),
                    format!("The form's property {names} is neither in `fields` nor in `manual`."),
                ),
                count => (
                    format!("{count} trường của tờ khai chưa có trong `fields` hay `manual`: {names}."),
                    format!("{count} properties of the form are neither in `fields` nor in `manual`: {names}."),
                ),
            };
            self.report("forgotten_property", at, vi, en);
        }
    }

    fn mapped(&mut self, field: &FieldEntry, property: &Property) -> Option<Mapped> {
        let format = match &field.format {
            None => None,
            // Without the format the sources would seem not to fit.
            Some(name) => Some(self.format(name)?),
        };
        let mut sources = Vec::new();
        let mut lock_default = true;
        for entry in &field.sources {
            if let Some((source, lock)) = self.source(entry, format, property, field.separator.is_some()) {
                lock_default &= lock;
                sources.push(source);
            }
        }
        if field.separator.is_some() && property.kind != PropertyKind::Text {
            let (vi, en) = ("`compose` chỉ điền vào ô chữ.", "`compose` fills only text boxes.");
            self.report("does_not_fit", &field.span, vi, en);
        }
        let only_suggestions = field.suggest || field.sources.iter().all(|source| source.suggest);
        if only_suggestions && field.lock == Some(true) {
            let (vi, en) = ("Giá trị gợi ý thì không khóa được.", "A suggestion cannot be locked.");
            self.report("suggested_lock", &field.span, vi, en);
        }
        let mut conditions = Vec::new();
        for (path, codes) in &field.conditions {
            conditions.extend(self.condition(path, codes));
        }
        let sure = self.mapping.provenance.as_ref().is_none_or(|known| known.confidence != Confidence::Low);
        Some(Mapped {
            sources,
            separator: field.separator.as_deref().map(Box::from),
            conditions,
            format: format.map(|format| format.name),
            lock: field.lock.unwrap_or(lock_default) && sure,
            suggest: field.suggest,
            when_missing: format.and_then(|format| format.when_missing),
        })
    }

    fn format(&mut self, (name, span): &Spanned) -> Option<&'static Format> {
        let found = FORMATS.iter().find(|format| format.name == name);
        if found.is_none() {
            let finding = Finding::new(
                "unknown_format",
                "",
                span.clone(),
                "Không có phép đổi dạng nào tên như vậy.",
                "There is no transform of this name.",
            );
            self.findings.push(finding.suggesting(name, FORMATS.iter().map(|format| format.name)));
        }
        found
    }

    /// Splits `role.attribute`, or `request.x`, and looks both up.
    fn slot(&mut self, path: &str, span: &Range<usize>) -> Option<(Option<usize>, SourceAttribute)> {
        if path.starts_with("request.") {
            if let Some(attribute) = SourceAttribute::from_path(path) {
                return Some((None, attribute));
            }
            let finding = Finding::new(
                "unknown_attribute",
                "",
                span.clone(),
                "Không có thuộc tính này của yêu cầu.",
                "The request has no such attribute.",
            );
            let known = ["request.officer", "request.agency", "request.today"];
            self.findings.push(finding.suggesting(path, known));
            return None;
        }
        let Some((slug, attribute)) = path.split_once('.') else {
            let (vi, en) = ("Viết vai trước, rồi dấu chấm, rồi thuộc tính.", "Write role, dot, attribute.");
            self.report("source_path", span, vi, en);
            return None;
        };
        let role = self.role(slug, span);
        let known = SourceAttribute::from_path(attribute).filter(|found| !found.path().starts_with("request."));
        if known.is_none() {
            let words = SourceAttribute::all().map(SourceAttribute::path);
            let finding = Finding::new(
                "unknown_attribute",
                "",
                span.clone(),
                "Từ điển không có thuộc tính này.",
                "The dictionary has no such attribute.",
            );
            self.findings.push(finding.suggesting(attribute, words));
        }
        if known.is_some_and(|known| NEVER_FILLED.contains(&known.path())) {
            let (vi, en) = ("Thuộc tính này không bao giờ điền sẵn.", "This attribute is never filled.");
            self.report("never_filled", span, vi, en);
            return None;
        }
        Some((Some(role?), known?))
    }

    fn source(
        &mut self,
        entry: &SourceEntry,
        format: Option<&'static Format>,
        property: &Property,
        composed: bool,
    ) -> Option<(Source, bool)> {
        let (path, span) = &entry.path;
        let (role, attribute) = self.slot(path, span)?;
        let dictionary = self.vocabulary.dictionary.entry(attribute)?;
        if let Some(needed) = attribute.needs() {
            self.wanted = self.wanted.with(needed);
        }
        let step = match attribute {
            SourceAttribute::Register(register) => {
                let transform = match format {
                    Some(format) if (format.from)(&dictionary.kind) && (format.into)(&property.kind) => {
                        Some(format.apply)
                    }
                    Some(_) => None,
                    None => natural(&dictionary.kind, &property.kind, register),
                };
                let list = self.list(&dictionary.kind);
                if list.is_none() && transform.is_some() {
                    return None;
                }
                let list = list.flatten();
                transform.map(|transform| Step::Register { attribute: register, transform, list })
            }
            SourceAttribute::CardNumber if property.kind == PropertyKind::Text => Some(Step::Card(CardPart::Number)),
            SourceAttribute::CardIssueDate if property.kind == PropertyKind::Date => {
                Some(Step::Card(CardPart::IssueDate))
            }
            SourceAttribute::CardIssuePlace if property.kind == PropertyKind::Text => {
                Some(Step::Card(CardPart::IssuePlace))
            }
            SourceAttribute::Age if matches!(property.kind, PropertyKind::Integer | PropertyKind::Number) => {
                Some(Step::Age)
            }
            SourceAttribute::Officer if property.kind == PropertyKind::Text => Some(Step::Officer),
            SourceAttribute::Agency if property.kind == PropertyKind::Text => Some(Step::Agency),
            SourceAttribute::Today if property.kind == PropertyKind::Date => Some(Step::Today),
            _ => None,
        };
        let Some(step) = step else {
            // A list that does not exist was told where it is named.
            if let PropertyKind::Code(list) = &property.kind
                && !self.vocabulary.code_lists.knows(list)
            {
                return None;
            }
            let (from, into) = (dictionary.kind.word(), property.kind.word());
            self.report(
                "does_not_fit",
                span,
                format!("Giá trị loại {from} không điền được vào ô loại {into}; cần `format` phù hợp."),
                format!("A {from} does not fill a {into} box; a fitting `format` is needed."),
            );
            return None;
        };
        let slot = SourceSlot { role, path: path.as_str().into(), suggest: entry.suggest };
        Some((Source { slot, step }, dictionary.lock && !composed))
    }

    /// The list of an attribute's codes; the outer `None`: it has mistakes, which were told in its own file.
    fn list(&self, kind: &SourceKind) -> Option<Option<Arc<CodeList>>> {
        let SourceKind::Code(name) = kind else { return Some(None) };
        self.vocabulary.code_lists.get(name).cloned().map(Some)
    }

    fn condition(&mut self, (path, span): &Spanned, codes: &[Spanned]) -> Option<Condition> {
        let (role, attribute) = self.slot(path, span)?;
        let entry = self.vocabulary.dictionary.entry(attribute)?;
        let (Some(role), SourceAttribute::Register(register), SourceKind::Code(_)) = (role, attribute, &entry.kind)
        else {
            let (vi, en) =
                ("`when` chỉ hỏi một thuộc tính có bảng mã.", "`when` asks only attributes that have a code list.");
            self.report("condition_attribute", span, vi, en);
            return None;
        };
        self.wanted = self.wanted.with(register);
        let list = self.list(&entry.kind)?;
        for (code, code_span) in codes {
            if list.as_ref().is_some_and(|list| list.find(code).is_none()) {
                let finding = Finding::new(
                    "condition_code",
                    "",
                    code_span.clone(),
                    "Mã này không có trong bảng mã.",
                    "This code is not in the code list.",
                );
                self.findings.push(finding.suggesting(code, list.iter().flat_map(|list| list.codes())));
            }
        }
        let codes = codes.iter().map(|(code, _)| Box::from(code.as_str())).collect();
        Some(Condition { role, attribute: register, list, codes })
    }
}
