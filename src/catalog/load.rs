//! From the files to a catalogue: everything is read and compiled, every finding is collected, then all or nothing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::code_list::{CodeLists, row_span};
use super::compile::Vocabulary;
use super::dictionary::Dictionary;
use super::files::{Folder, SourceFile, read_folder};
use super::finding::{self, CatalogRefused, FileFinding, Severity};
use super::lint::{successor, text};
use super::parallel;
use super::plan::FormPlan;
use super::read::{self, FormNames, ReadForm, ReadService};
use super::tree::{Tree, UNIT_TABLES};
use super::version::{Ingredient, version};
use super::{Catalog, Service, ServiceForm};
use crate::citizen::person_file::Person;
use crate::citizen::units::{Units, UnitsError, UnitsFile, UnitsProblem};
use crate::clock;
use crate::strict_json::Finding;

/// Code lists that the program itself relies on.
const NEEDED_LISTS: &[&str] = &["gioi-tinh", "quoc-gia", "trang-thai-cong-dan"];

/// Loads a catalogue (`services`: the folder `service-catalog`; `schemas`: the folder `schemas`).
///
/// # Errors
/// Every error of the run, with file, line and column. Warnings do not hinder.
pub fn load(services: &Path, schemas: &Path) -> Result<Catalog, CatalogRefused> {
    // A mistake in an invented person does not keep a catalogue from use.
    let tree = Tree::without_people(services, schemas);
    let inspection = inspect(&tree);
    let errors: Vec<FileFinding> =
        inspection.findings.into_iter().filter(|finding| finding.severity() == Severity::Error).collect();
    match inspection.parts.catalog {
        Some(catalog) if errors.is_empty() => {
            let files: Vec<&SourceFile> = tree.files().collect();
            let ingredients = parallel::map(&files, |file| Ingredient::new(file, services, schemas));
            Ok(Catalog { version: version(&ingredients), ingredients, ..catalog })
        }
        _ => Err(CatalogRefused(errors)),
    }
}

/// Reads the invented people of a folder (`service-catalog/people`).
///
/// # Errors
/// Everything that is wrong with the files.
pub fn load_people(folder: &Path) -> Result<Vec<Person>, CatalogRefused> {
    let folder = read_folder(folder, ".json");
    let mut findings: Vec<FileFinding> = folder.unreadable.iter().map(FileFinding::unreadable).collect();
    let people = people(&folder, &mut findings);
    findings.retain(|finding| finding.severity() == Severity::Error);
    finding::sort(&mut findings);
    if findings.is_empty() { Ok(people) } else { Err(CatalogRefused(findings)) }
}

/// What was found in a catalogue's files and what could be read of them.
pub struct Inspection<'t> {
    /// In a stable order.
    pub findings: Vec<FileFinding>,
    pub parts: Parts<'t>,
}

/// What could be read.
pub struct Parts<'t> {
    /// `None` when something is missing without which there is no catalogue.
    pub catalog: Option<Catalog>,
    pub forms: Vec<ReadForm<'t>>,
    pub services: Vec<ReadService<'t>>,
}

/// Reads and checks everything except what only a maintainer wants to know.
pub fn inspect(tree: &Tree) -> Inspection<'_> {
    let mut findings: Vec<FileFinding> = tree.unreadable().map(FileFinding::unreadable).collect();
    let mut code_lists = code_lists(tree, &mut findings);
    let mut in_dictionary = Vec::new();
    let dictionary = dictionary(tree, &code_lists, &mut in_dictionary);
    dictionary.missing_lists.iter().for_each(|name| code_lists.insert(name, None));
    let vocabulary = Vocabulary { dictionary: &dictionary, code_lists: &code_lists };
    let mut in_forms = Vec::new();
    // Neither needs the other; what is found keeps its order all the same.
    let (mut forms, ((units, in_units), (services, in_services))) =
        parallel::both(|| forms(tree, &vocabulary, &mut in_forms), || (units(tree), services(tree)));
    for found in [in_units, in_dictionary, in_forms] {
        findings.extend(found);
    }
    let mut plans: HashMap<Box<str>, Arc<FormPlan>> = HashMap::new();
    for form in &mut forms {
        findings.append(&mut form.findings);
        if let Some(plan) = &form.plan {
            plans.insert(form.mapping.stem.clone(), plan.clone());
        }
    }
    findings.extend(in_services);
    people(&tree.people, &mut findings);
    let table = service_table(&services, &plans);
    let countries = code_lists.get("quoc-gia").cloned();
    let catalog = units.zip(countries).map(|(units, countries)| Catalog {
        services: table,
        forms: plans,
        dictionary: Arc::new(dictionary),
        code_lists: Arc::new(code_lists),
        countries,
        units: Arc::new(units),
        version: Box::default(),
        loaded_at: clock::now(),
        ingredients: Vec::new(),
        trial: None,
    });
    finding::sort(&mut findings);
    Inspection { findings, parts: Parts { catalog, forms, services } }
}

/// The code lists by name; those with mistakes are known as such.
pub fn code_lists(tree: &Tree, findings: &mut Vec<FileFinding>) -> CodeLists {
    let mut lists = CodeLists::default();
    for file in &tree.code_lists.files {
        let mut found = Vec::new();
        lists.insert(&file.stem, super::CodeList::read(&file.text, &mut found));
        text::check_table(file, &mut found);
        findings.extend(found.into_iter().map(|finding| FileFinding::new(file, finding)));
    }
    for file in &tree.code_lists.unreadable {
        lists.insert(&file.stem, None);
    }
    for name in NEEDED_LISTS {
        if !lists.knows(name) {
            lists.insert(name, None);
            let path = tree.services_folder.join(format!("code-lists/{name}.csv"));
            let missing = super::files::Unreadable::new(
                &path,
                name,
                "chương trình cần bảng mã này mà không có",
                "this code list is needed and missing",
            );
            findings.push(FileFinding::unreadable(&missing));
        }
    }
    lists
}

fn units(tree: &Tree) -> (Option<Units>, Vec<FileFinding>) {
    let mut findings = Vec::new();
    let units = read_units(tree, &mut findings);
    (units, findings)
}

fn read_units(tree: &Tree, findings: &mut Vec<FileFinding>) -> Option<Units> {
    let files: Vec<&SourceFile> = tree.units.iter().filter_map(|file| file.as_ref().ok()).collect();
    for file in &files {
        let rows = file.text.lines().skip(1).filter(|line| !line.trim().is_empty()).count();
        // There may be no amendments yet; the other tables have rows.
        if rows == 0 && &*file.stem != UNIT_TABLES[2] {
            let (vi, en) = ("Bảng đơn vị hành chính không có dòng nào.", "The table of units has no row.");
            findings.push(FileFinding::new(file, Finding::new("units_empty", "", row_span(&file.text, 1), vi, en)));
        }
        let mut found = Vec::new();
        text::check_table(file, &mut found);
        findings.extend(found.into_iter().map(|finding| FileFinding::new(file, finding)));
    }
    let [unit_before, since, amendments, changes] = files[..] else { return None };
    if !findings.is_empty() {
        return None;
    }
    match Units::load(&unit_before.text, &since.text, &amendments.text, &changes.text) {
        Ok(units) => Some(units),
        Err(UnitsError { file, line, problem }) => {
            let file = match file {
                UnitsFile::Before => unit_before,
                UnitsFile::Since => since,
                UnitsFile::Amendments => amendments,
                UnitsFile::Changes => changes,
            };
            let span = row_span(&file.text, line);
            let finding = Finding::new("units_table", "", span, units_sentence(problem), format!("{problem}."));
            findings.push(FileFinding::new(file, finding));
            None
        }
    }
}

fn units_sentence(problem: UnitsProblem) -> &'static str {
    match problem {
        UnitsProblem::Columns => "Các cột không đúng như mẫu.",
        UnitsProblem::Csv => "Dòng không phải CSV hợp lệ của bảng này.",
        UnitsProblem::Code => "Mã đơn vị hành chính sai số chữ số (tỉnh 2, huyện 3, xã 5).",
        UnitsProblem::Name => "Thiếu tên, hoặc có tên mà không có mã.",
        UnitsProblem::Contradiction => "Mã này ở dòng trên mang tên khác hoặc thuộc đơn vị khác.",
        UnitsProblem::Duplicate => "Xã này, hoặc thay đổi này, đã có ở dòng trên.",
        UnitsProblem::UnknownCode => "Bảng không có đơn vị nào mang mã này.",
        UnitsProblem::Level => "Cấp phải là province hoặc commune.",
        UnitsProblem::Date => "Ngày phải có dạng yyyy-mm-dd và sau ngày 01/7/2025.",
        UnitsProblem::Chain => "Tên cũ và tên mới không nối được tới tên trong bảng.",
        UnitsProblem::Kind => "Loại thay đổi và tỷ lệ không đi với nhau.",
        UnitsProblem::Rivals => "Các dòng của đơn vị cũ này mâu thuẫn nhau.",
        UnitsProblem::Missing => "Có đơn vị cũ chưa có đơn vị kế thừa.",
        UnitsProblem::Size => "Bảng quá lớn.",
    }
}

/// The dictionary as far as it could be read; attributes with mistakes are left out of it.
pub fn dictionary(tree: &Tree, code_lists: &CodeLists, findings: &mut Vec<FileFinding>) -> Dictionary {
    let Ok(file) = &tree.dictionary else { return Dictionary::default() };
    let (dictionary, found) = read::dictionary(file, code_lists);
    findings.extend(found.into_iter().map(|finding| FileFinding::new(file, finding)));
    dictionary
}

fn forms<'t>(tree: &'t Tree, vocabulary: &Vocabulary<'_>, findings: &mut Vec<FileFinding>) -> Vec<ReadForm<'t>> {
    for file in tree.schemas.files.iter().filter(|file| !tree.mappings.has(&file.stem)) {
        let (vi, en) = ("Tờ khai chưa có ánh xạ cùng tên trong mappings.", "The form has no mapping of this name.");
        findings.push(FileFinding::new(file, Finding::new("no_mapping", "", 0..1, vi, en)));
    }
    for mapping in &tree.mappings.files {
        if !tree.schemas.has(&mapping.stem) {
            let (vi, en) =
                ("Không có tờ khai cùng tên trong schemas/forms.", "schemas/forms has no form of this name.");
            findings.push(FileFinding::new(mapping, Finding::new("no_schema", "", 0..1, vi, en)));
        }
    }
    let forms = parallel::map(&tree.mappings.files, |mapping| {
        read::form(mapping, tree.schemas.file(&mapping.stem), vocabulary)
    });
    // Schemas whose mapping could not be read still have findings of their own.
    for schema in tree.schemas.files.iter().filter(|file| tree.mappings.file(&file.stem).is_none()) {
        findings.extend(read::schema_alone(schema, vocabulary));
    }
    forms
}

fn services(tree: &Tree) -> (Vec<ReadService<'_>>, Vec<FileFinding>) {
    let mut findings = Vec::new();
    let names = form_names(tree);
    let mut seen: HashSet<&str> = HashSet::new();
    let mut services = Vec::new();
    for (level, folder) in &tree.services {
        for file in &folder.files {
            let mut service = read::service(file, *level, &names);
            findings.append(&mut service.findings);
            if !seen.insert(&file.stem) {
                let (vi, en) = ("Mã dịch vụ này đã có ở cấp khác.", "This service code stands in another level too.");
                findings.push(FileFinding::new(file, Finding::new("duplicate_service", "", 0..1, vi, en)));
            }
            services.push(service);
        }
    }
    findings.extend(successor::check(&services));
    (services, findings)
}

/// The forms that services may name: every form that has a file, with or without mistakes.
pub fn form_names(tree: &Tree) -> FormNames {
    let files = |folder: &'_ Folder| -> Vec<Box<str>> {
        let unreadable = folder.unreadable.iter().map(|file| file.stem.clone());
        folder.files.iter().map(|file| file.stem.clone()).chain(unreadable).collect()
    };
    let mut names: BTreeSet<Box<str>> = files(&tree.mappings).into_iter().collect();
    names.extend(files(&tree.schemas));
    FormNames { names, folder_is_readable: tree.mappings.unreadable.iter().all(|file| !file.stem.is_empty()) }
}

fn service_table(services: &[ReadService<'_>], plans: &HashMap<Box<str>, Arc<FormPlan>>) -> HashMap<Box<str>, Service> {
    let mut table = HashMap::new();
    for service in services {
        let Some(file) = service.service.clone() else { continue };
        let form = |period: &super::service_file::FormPeriod| {
            let plan = plans.get(period.form.0.as_str())?.clone();
            Some(ServiceForm { plan, from: period.from, to: period.to })
        };
        let forms = file.forms.iter().filter_map(form).collect();
        table.insert(service.file.stem.clone(), Service { file, forms });
    }
    table
}

fn people(folder: &Folder, findings: &mut Vec<FileFinding>) -> Vec<Person> {
    let mut people = Vec::new();
    for file in &folder.files {
        let (person, mut found) = read::person(file);
        people.extend(person);
        findings.append(&mut found);
    }
    people
}
