//! Golden examples: each must belong to the catalogue, every form should have one, and none may be stale.

use std::ops::Range;

use super::super::files::SourceFile;
use super::super::finding::FileFinding;
use super::super::load::Parts;
use super::super::tree::Tree;
use super::{Difference, ExampleCheck, text};
use crate::strict_json::{self, Finding, Node, ObjectReader};

/// Checks all examples.
pub fn check(tree: &Tree, parts: &Parts<'_>, stale: Option<&ExampleCheck<'_>>) -> Vec<FileFinding> {
    let mut findings: Vec<FileFinding> =
        tree.examples.iter().flat_map(|(_, folder)| &folder.unreadable).map(FileFinding::unreadable).collect();
    for (form, folder) in &tree.examples {
        for file in &folder.files {
            let mut found = Vec::new();
            match strict_json::parse(&file.text) {
                Err(mut wrong) => found.append(&mut wrong),
                Ok(root) => {
                    one(&root, form, file, tree, parts, &mut found);
                    text::check_json(&root, text::Place::Invented, &mut found);
                    if let (true, Some(stale), Some(catalog)) = (found.is_empty(), stale, &parts.catalog) {
                        for Difference { pointer, vi, en } in stale(catalog, &root) {
                            let place = root.at(&pointer).map_or(0..1, |node| node.span.clone());
                            found.push(Finding::new("example_stale", pointer, place, vi, en));
                        }
                    }
                }
            }
            findings.extend(found.into_iter().map(|finding| FileFinding::new(file, finding)));
        }
    }
    for form in &parts.forms {
        let has = |(name, folder): &(Box<str>, super::super::files::Folder)| {
            *name == form.mapping.stem && !(folder.files.is_empty() && folder.unreadable.is_empty())
        };
        if !tree.examples.iter().any(has) {
            let (vi, en) = ("Tờ khai chưa có ví dụ nào.", "The form has no example.");
            findings.push(FileFinding::new(form.mapping, Finding::new("example_missing", "", 0..1, vi, en)));
        }
    }
    findings
}

fn one(root: &Node, folder: &str, file: &SourceFile, tree: &Tree, parts: &Parts<'_>, findings: &mut Vec<Finding>) {
    let Some(mut example) = ObjectReader::new(root, "", findings) else { return };
    example.required_text("$schema");
    let form = example.required_spanned("form");
    // Without a service: an example of a form that no service uses yet.
    let service = example.node("service").and_then(|node| Some((node.as_text()?.to_owned(), node.span.clone())));
    let person = example.required_spanned("person");
    example.required_node("request");
    let data = example.required_node("data");
    example.required_node("reasons");
    example.required_node("suggested");
    example.finish();
    let mut wrong =
        |span: Range<usize>, vi: &str, en: &str| findings.push(Finding::new("example_file", "", span, vi, en));
    let read = parts.forms.iter().find(|form| &*form.mapping.stem == folder);
    if read.is_none() {
        let place = form.as_ref().map_or(0..1, |(_, span)| span.clone());
        wrong(place, "Danh mục không có tờ khai tên như thư mục.", "The catalogue has no form of the folder's name.");
    }
    if let Some((_, span)) = form.filter(|(form, _)| form != folder) {
        wrong(span, "`form` phải giống tên thư mục.", "`form` must be the folder's name.");
    }
    if let Some((person, span)) = person {
        if !file.stem.starts_with(person.as_str()) {
            wrong(span, "`person` phải giống tên tệp.", "`person` must be the file's name.");
        } else if !tree.people.has(&person) {
            wrong(span, "Không có người mẫu này trong people.", "people has no such person.");
        }
    }
    if let Some((code, span)) = service {
        match parts.services.iter().find(|service| *service.file.stem == *code) {
            None => wrong(span, "Danh mục không có dịch vụ này.", "The catalogue has no such service."),
            Some(service) => {
                let uses = |forms: &[super::super::service_file::FormPeriod]| forms.iter().any(|p| p.form.0 == folder);
                if service.service.as_ref().is_some_and(|service| !uses(&service.forms)) {
                    wrong(span, "Dịch vụ này không dùng tờ khai này.", "This service does not use this form.");
                }
            }
        }
    }
    let Some(plan) = read.and_then(|form| form.plan.as_ref()) else { return };
    for member in data.and_then(Node::as_object).unwrap_or_default() {
        if !plan.targets.iter().any(|target| *target.key == member.key) {
            let (vi, en) = ("Tờ khai không có trường này.", "The form has no such property.");
            let finding = Finding::new("example_file", "/data", member.key_span.clone(), vi, en);
            findings.push(finding.suggesting(&member.key, plan.targets.iter().map(|target| &*target.key)));
        }
    }
}
