//! From the folders to a catalogue: everything is read and compiled, every finding is collected, then all or nothing.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::code_list::CodeList;
use super::compile::{Vocabulary, compile};
use super::dictionary::Dictionary;
use super::files::{SourceFile, Unreadable, read_file, read_folder};
use super::finding::{CatalogRefused, FileFinding};
use super::form_schema::{FormSchema, PropertyKind};
use super::mapping_file::MappingFile;
use super::plan::FormPlan;
use super::service_file::{Level, ServiceFile};
use super::version::version;
use super::{Catalog, Service, ServiceForm};
use crate::citizen::person_file::{self, Person};
use crate::citizen::units::Units;
use crate::clock;
use crate::strict_json::{self, Finding, Node};

/// Code lists that the program itself relies on.
const NEEDED_LISTS: &[&str] = &["gioi-tinh", "quoc-gia", "trang-thai-cong-dan"];

#[derive(Default)]
pub(super) struct Loader {
    pub(super) findings: Vec<FileFinding>,
    /// Path and text of every file that was read.
    read: Vec<(Arc<str>, Arc<str>)>,
}

/// Loads a catalogue (`services`: the folder `service-catalog`; `schemas`: the folder `schemas`).
///
/// # Errors
/// Every finding of the run, with file, line and column.
pub fn load(services: &Path, schemas: &Path) -> Result<Catalog, CatalogRefused> {
    let mut loader = Loader::default();
    let code_lists = loader.code_lists(services);
    let units = loader.units(&services.join("administrative-units"));
    let dictionary = loader.dictionary(services);
    let forms = match &dictionary {
        Some(dictionary) => loader.forms(services, schemas, &Vocabulary { dictionary, code_lists: &code_lists }),
        None => HashMap::new(),
    };
    let loaded = loader.services(services, &forms);
    if !loader.findings.is_empty() {
        return Err(CatalogRefused(loader.findings));
    }
    match (units, dictionary, code_lists.get("quoc-gia").cloned()) {
        (Some(units), Some(dictionary), Some(countries)) => {
            let version = version(&loader.read, services, schemas);
            let loaded_at = clock::now();
            Ok(Catalog { services: loaded, forms, dictionary, countries, units, version, loaded_at, trial: None })
        }
        _ => Err(CatalogRefused(loader.findings)),
    }
}

/// Reads the invented people of a folder (`service-catalog/people`).
///
/// # Errors
/// Every file that could not be read.
pub fn load_people(folder: &Path) -> Result<Vec<Person>, CatalogRefused> {
    let mut loader = Loader::default();
    let mut people = Vec::new();
    for file in loader.folder(folder, ".json") {
        match person_file::read(&file.text) {
            Ok(person) => people.push(person),
            Err(error) => loader.report(
                &file,
                Finding::new("person_file", "", 0..1, "Tệp người mẫu không đọc được.", error.to_string()),
            ),
        }
    }
    if loader.findings.is_empty() { Ok(people) } else { Err(CatalogRefused(loader.findings)) }
}

impl Loader {
    fn report(&mut self, file: &SourceFile, finding: Finding) {
        self.findings.push(FileFinding { file: file.path.clone(), text: file.text.clone(), finding });
    }

    fn report_all(&mut self, file: &SourceFile, findings: Vec<Finding>) {
        for finding in findings {
            self.report(file, finding);
        }
    }

    fn unreadable(&mut self, error: Unreadable) {
        let finding = Finding::new("unreadable", "", 0..0, "Không đọc được tệp hoặc thư mục.", error.reason);
        self.findings.push(FileFinding { file: error.path.into(), text: "".into(), finding });
    }

    pub(super) fn folder(&mut self, folder: &Path, suffix: &str) -> Vec<SourceFile> {
        let files = read_folder(folder, suffix).map_err(|error| self.unreadable(error)).unwrap_or_default();
        self.read.extend(files.iter().map(|file| (file.path.clone(), file.text.clone())));
        files
    }

    fn file(&mut self, path: &Path) -> Option<SourceFile> {
        let file = read_file(path, "".into()).map_err(|error| self.unreadable(error)).ok()?;
        self.read.push((file.path.clone(), file.text.clone()));
        Some(file)
    }

    pub(super) fn json(&mut self, file: &SourceFile) -> Option<Node> {
        strict_json::parse(&file.text).map_err(|findings| self.report_all(file, findings)).ok()
    }

    pub(super) fn code_lists(&mut self, services: &Path) -> HashMap<Box<str>, Arc<CodeList>> {
        let folder = services.join("code-lists");
        let mut lists = HashMap::new();
        for file in self.folder(&folder, ".csv") {
            match CodeList::read(&file.text) {
                Ok(list) => {
                    lists.insert(file.stem, Arc::new(list));
                }
                Err((line, reason)) => {
                    let start = line_start(&file.text, line);
                    let finding =
                        Finding::new("code_list", "", start..start + 1, "Bảng mã có dòng không hợp lệ.", reason);
                    self.report(&file, finding);
                }
            }
        }
        for name in NEEDED_LISTS.iter().filter(|name| !lists.contains_key(**name)) {
            let path = folder.join(format!("{name}.csv")).display().to_string();
            self.unreadable(Unreadable { path, reason: "this code list is needed".to_owned() });
        }
        lists
    }

    fn units(&mut self, folder: &Path) -> Option<Units> {
        let before = self.file(&folder.join("before-2025-07-01.csv"));
        let since = self.file(&folder.join("since-2025-07-01.csv"));
        let amendments = self.file(&folder.join("amendments.csv"));
        let changes = self.file(&folder.join("changes.csv"));
        match Units::load(&before?.text, &since?.text, &amendments?.text, &changes?.text) {
            Ok(units) => Some(units),
            Err(error) => {
                self.unreadable(Unreadable { path: folder.display().to_string(), reason: error.to_string() });
                None
            }
        }
    }

    pub(super) fn dictionary(&mut self, services: &Path) -> Option<Dictionary> {
        let file = self.file(&services.join("attributes.json"))?;
        let root = self.json(&file)?;
        let mut findings = Vec::new();
        let dictionary = Dictionary::read(&root, &mut findings);
        let sound = findings.is_empty();
        self.report_all(&file, findings);
        sound.then_some(dictionary)
    }

    fn forms(
        &mut self,
        services: &Path,
        schemas: &Path,
        vocabulary: &Vocabulary<'_>,
    ) -> HashMap<Box<str>, Arc<FormPlan>> {
        let mut schema_files: HashMap<Box<str>, SourceFile> = HashMap::new();
        for file in self.folder(&schemas.join("forms"), ".schema.json") {
            schema_files.insert(file.stem.clone(), file);
        }
        let mut forms = HashMap::new();
        for file in self.folder(&services.join("mappings"), ".json") {
            let Some(schema_file) = schema_files.remove(&file.stem) else {
                let (vi, en) =
                    ("Không có tờ khai cùng tên trong schemas/forms.", "schemas/forms has no form of this name.");
                self.report(&file, Finding::new("no_schema", "", 0..1, vi, en));
                continue;
            };
            if let Some(plan) = self.form(&file, &schema_file, vocabulary) {
                forms.insert(file.stem, Arc::new(plan));
            }
        }
        for file in schema_files.into_values() {
            let (vi, en) = ("Tờ khai chưa có ánh xạ cùng tên.", "The form has no mapping of this name.");
            self.report(&file, Finding::new("no_mapping", "", 0..1, vi, en));
        }
        forms
    }

    fn form(&mut self, file: &SourceFile, schema_file: &SourceFile, vocabulary: &Vocabulary<'_>) -> Option<FormPlan> {
        let schema_root = self.json(schema_file);
        let root = self.json(file);
        let mut findings = Vec::new();
        let schema = FormSchema::read(&schema_root?, &mut findings);
        if let Some(schema) = &schema {
            check_lists(schema, vocabulary, &mut findings);
        }
        self.report_all(schema_file, std::mem::take(&mut findings));
        let mapping = MappingFile::read(&root?, &mut findings);
        let plan = match (mapping, schema) {
            // A mapping that was read only in part would report its unread lines as forgotten properties.
            (Some(mapping), Some(schema)) if findings.is_empty() => {
                compile(&file.stem, &mapping, schema, vocabulary, &mut findings)
            }
            _ => None,
        };
        self.report_all(file, findings);
        plan
    }

    fn services(&mut self, folder: &Path, forms: &HashMap<Box<str>, Arc<FormPlan>>) -> HashMap<Box<str>, Service> {
        let mut services: HashMap<Box<str>, Service> = HashMap::new();
        for level in Level::ALL {
            for file in self.folder(&folder.join(level.word()), ".json") {
                let Some(root) = self.json(&file) else { continue };
                let mut findings = Vec::new();
                let read = ServiceFile::read(&root, level, &mut findings);
                if let Some(read) = read
                    && let Some(service) = service(&file, read, forms, &mut findings)
                    && services.insert(file.stem.clone(), service).is_some()
                {
                    let (vi, en) =
                        ("Mã dịch vụ này đã có ở cấp khác.", "This service code stands in another level too.");
                    findings.push(Finding::new("duplicate_service", "", 0..1, vi, en));
                }
                self.report_all(&file, findings);
            }
        }
        services
    }
}

fn service(
    file: &SourceFile,
    read: ServiceFile,
    forms: &HashMap<Box<str>, Arc<FormPlan>>,
    findings: &mut Vec<Finding>,
) -> Option<Service> {
    if *read.code.0 != *file.stem {
        let (vi, en) = ("`code` phải giống tên tệp.", "`code` must be the file's name.");
        findings.push(Finding::new("service_code", "/code", read.code.1.clone(), vi, en));
    }
    let mut service_forms = Vec::new();
    for period in &read.forms {
        let (id, span) = &period.form;
        match forms.get(id.as_str()) {
            Some(plan) => {
                service_forms.push(ServiceForm { plan: plan.clone(), from: period.from, to: period.to });
            }
            None => {
                let finding = Finding::new(
                    "unknown_form",
                    "/forms",
                    span.clone(),
                    "Không có tờ khai này, hoặc tờ khai này có lỗi.",
                    "There is no such form, or it has findings of its own.",
                );
                findings.push(finding.suggesting(id, forms.keys().map(|id| &**id)));
            }
        }
    }
    findings.is_empty().then_some(Service { file: read, forms: service_forms })
}

/// Every `x-code-list` names a list that exists.
fn check_lists(schema: &FormSchema, vocabulary: &Vocabulary<'_>, findings: &mut Vec<Finding>) {
    for property in &schema.properties {
        if let PropertyKind::Code(list) = &property.kind
            && !vocabulary.code_lists.contains_key(list)
        {
            let finding = Finding::new(
                "unknown_code_list",
                format!("/properties/{}/x-code-list", property.key),
                property.key_span.clone(),
                "Không có bảng mã này.",
                "There is no such code list.",
            );
            findings.push(finding.suggesting(list, vocabulary.code_lists.keys().map(|name| &**name)));
        }
    }
}

fn line_start(text: &str, line: u64) -> usize {
    let lines = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    text.split_inclusive('\n').take(lines).map(str::len).sum::<usize>().min(text.len().saturating_sub(1))
}
