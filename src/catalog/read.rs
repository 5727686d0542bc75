//! One file, or one form with its two files, against everything else that was read.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::code_list::CodeLists;
use super::compile::{Vocabulary, compile};
use super::dictionary::Dictionary;
use super::files::SourceFile;
use super::finding::FileFinding;
use super::form_schema::{FormSchema, Property, PropertyKind};
use super::lint::{fit, text};
use super::mapping_file::MappingFile;
use super::plan::FormPlan;
use super::service_file::{Level, ServiceFile};
use crate::citizen::person_file::{self, Person};
use crate::strict_json::{self, Finding, Node};

/// A form with its findings.
pub struct ReadForm<'t> {
    pub mapping: &'t SourceFile,
    pub plan: Option<Arc<FormPlan>>,
    /// The first line that takes a sensitive attribute, and the attribute.
    pub sensitive: Option<(Range<usize>, String)>,
    pub findings: Vec<FileFinding>,
}

/// A service with its findings.
pub struct ReadService<'t> {
    pub file: &'t SourceFile,
    pub level: Level,
    pub root: Option<Node>,
    pub service: Option<Arc<ServiceFile>>,
    pub findings: Vec<FileFinding>,
}

/// The forms that exist.
pub struct FormNames {
    pub names: BTreeSet<Box<str>>,
    /// Otherwise nothing is known of the forms, and no service is blamed.
    pub folder_is_readable: bool,
}

fn parse(file: &SourceFile, findings: &mut Vec<Finding>) -> Option<Node> {
    match strict_json::parse(&file.text) {
        Ok(root) => Some(root),
        Err(mut wrong) => {
            findings.append(&mut wrong);
            None
        }
    }
}

/// The dictionary as far as it could be read.
pub fn dictionary(file: &SourceFile, code_lists: &CodeLists) -> (Dictionary, Vec<Finding>) {
    let mut findings = Vec::new();
    let Some(root) = parse(file, &mut findings) else { return (Dictionary::default(), findings) };
    let dictionary = Dictionary::read(&root, code_lists, &mut findings);
    text::check_json(&root, text::Place::Catalog, &mut findings);
    (dictionary, findings)
}

/// A form: its mapping and, when it could be read, its schema.
pub fn form<'t>(
    mapping_file: &'t SourceFile,
    schema_file: Option<&SourceFile>,
    vocabulary: &Vocabulary<'_>,
) -> ReadForm<'t> {
    let (mut in_schema, mut in_mapping) = (Vec::new(), Vec::new());
    let schema = schema_file.and_then(|file| schema(file, vocabulary, &mut in_schema));
    let root = parse(mapping_file, &mut in_mapping);
    let mapping = root.as_ref().and_then(|root| MappingFile::read(root, &mut in_mapping));
    let mut form = ReadForm { mapping: mapping_file, plan: None, sensitive: None, findings: Vec::new() };
    if let Some(mapping) = &mapping {
        form.sensitive = fit::first_sensitive(mapping, vocabulary.dictionary);
        if let Some(schema) = schema {
            check_persons(&schema.properties, mapping, &mut in_schema);
            let plan = compile(&mapping_file.stem, mapping, schema, vocabulary, &mut in_mapping);
            if let Some(plan) = plan {
                fit::check(mapping, &plan, vocabulary, &mut in_mapping);
                form.plan = Some(Arc::new(plan));
            }
        }
    }
    if let Some(root) = &root {
        text::check_json(root, text::Place::Catalog, &mut in_mapping);
    }
    form.findings.extend(in_mapping.into_iter().map(|finding| FileFinding::new(mapping_file, finding)));
    if let Some(file) = schema_file {
        form.findings.extend(in_schema.into_iter().map(|finding| FileFinding::new(file, finding)));
    }
    form
}

/// The findings of a schema whose mapping could not be read.
pub fn schema_alone(file: &SourceFile, vocabulary: &Vocabulary<'_>) -> Vec<FileFinding> {
    let mut findings = Vec::new();
    schema(file, vocabulary, &mut findings);
    findings.into_iter().map(|finding| FileFinding::new(file, finding)).collect()
}

fn schema(file: &SourceFile, vocabulary: &Vocabulary<'_>, findings: &mut Vec<Finding>) -> Option<FormSchema> {
    let root = parse(file, findings)?;
    let schema = FormSchema::read(&root, findings);
    if let Some(schema) = &schema {
        check_lists(&root, &schema.properties, vocabulary.code_lists, "/properties", findings);
    }
    text::check_json(&root, text::Place::Catalog, findings);
    schema
}

/// Every `x-code-list` names a list that exists.
fn check_lists(root: &Node, properties: &[Property], lists: &CodeLists, under: &str, findings: &mut Vec<Finding>) {
    for property in properties {
        let pointer = format!("{under}/{}", strict_json::escape(&property.key));
        if let PropertyKind::Code(list) = &property.kind
            && !lists.knows(list)
        {
            let pointer = format!("{pointer}/x-code-list");
            let place = root.at(&pointer).map_or(property.key_span.clone(), |node| node.span.clone());
            let (vi, en) = ("Không có bảng mã này trong code-lists.", "There is no such code list in code-lists.");
            let finding = Finding::new("unknown_code_list", pointer, place, vi, en);
            findings.push(finding.suggesting(list, lists.names()));
        }
        check_lists(root, &property.columns, lists, &format!("{pointer}/items/properties"), findings);
    }
}

/// Every `x-person` names a role of the mapping.
fn check_persons(properties: &[Property], mapping: &MappingFile, findings: &mut Vec<Finding>) {
    let roles = || mapping.persons.iter().map(|((slug, _), _)| slug.as_str());
    let mut told: HashSet<&str> = HashSet::new();
    for (role, place) in properties.iter().filter_map(|property| property.person.as_ref()) {
        // Without any role every box would be wrong; one is enough.
        let enough = mapping.persons.is_empty() && !told.is_empty();
        if !enough && !roles().any(|known| known == role) && told.insert(role) {
            let (vi, en) = ("Ánh xạ của tờ khai không có vai này.", "The form's mapping declares no such role.");
            let finding = Finding::new("schema_person", "", place.clone(), vi, en);
            findings.push(finding.suggesting(role, roles()));
        }
    }
}

/// A service in the folder of a level.
pub fn service<'t>(file: &'t SourceFile, level: Level, forms: &FormNames) -> ReadService<'t> {
    let mut findings = Vec::new();
    let root = parse(file, &mut findings);
    let mut service = None;
    if let Some(root) = &root {
        service = ServiceFile::read(root, level, &mut findings);
        if let Some(read) = &service {
            check_service(file, read, forms, &mut findings);
        }
        text::check_json(root, text::Place::Catalog, &mut findings);
    }
    let findings = findings.into_iter().map(|finding| FileFinding::new(file, finding)).collect();
    ReadService { file, level, root, service: service.map(Arc::new), findings }
}

fn check_service(file: &SourceFile, service: &ServiceFile, forms: &FormNames, findings: &mut Vec<Finding>) {
    if *service.code.0 != *file.stem {
        let (vi, en) = ("`code` phải giống tên tệp.", "`code` must be the file's name.");
        findings.push(Finding::new("service_code", "/code", service.code.1.clone(), vi, en));
    } else if !is_code(&service.code.0) {
        let (vi, en) = (
            "Mã dịch vụ có dạng 1.000894: một chữ số, dấu chấm, sáu chữ số.",
            "A service code looks like 1.000894: one digit, a dot, six digits.",
        );
        findings.push(Finding::new("service_code", "/code", service.code.1.clone(), vi, en));
    }
    if !forms.folder_is_readable {
        return;
    }
    for period in &service.forms {
        let (id, span) = &period.form;
        if !forms.names.contains(id.as_str()) {
            let (vi, en) = ("Không có tờ khai này trong mappings.", "There is no such form in mappings.");
            let finding = Finding::new("unknown_form", "/forms", span.clone(), vi, en);
            findings.push(finding.suggesting(id, forms.names.iter().map(|id| &**id)));
        }
    }
}

/// Whether a text has the shape of a service code, `1.000894`.
pub fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 8
        && bytes.iter().enumerate().all(|(at, byte)| if at == 1 { *byte == b'.' } else { byte.is_ascii_digit() })
}

/// An invented person.
pub fn person(file: &SourceFile) -> (Option<Person>, Vec<FileFinding>) {
    let mut findings = Vec::new();
    let person = person_file::read(&file.text).map_err(|mut wrong| findings.append(&mut wrong)).ok();
    if let Ok(root) = strict_json::parse(&file.text) {
        if let Some(person) = &person {
            let rest = file.stem.strip_prefix(person.number.as_str());
            let second = |rest: &str| rest.strip_prefix('-').is_some_and(|n| n.parse::<u8>().is_ok_and(|n| n > 1));
            if !rest.is_some_and(|rest| rest.is_empty() || second(rest)) {
                let (vi, en) = (
                    "Tên tệp phải là số này (tệp thứ hai cùng số: thêm -2).",
                    "The file is named after this number (a second file of one number: with -2).",
                );
                let place = root.at("/number").map_or(0..1, |node| node.span.clone());
                findings.push(Finding::new("person_file_name", "/number", place, vi, en));
            }
        }
        text::check_json(&root, text::Place::Invented, &mut findings);
    }
    (person, findings.into_iter().map(|finding| FileFinding::new(file, finding)).collect())
}
