//! The raw files of all forms beside the words that mappings use: for commands that show, rewrite or try mappings.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::code_list::CodeLists;
use super::compile::{Vocabulary, compile};
use super::dictionary::Dictionary;
use super::files::SourceFile;
use super::finding::{CatalogRefused, FileFinding, Severity};
use super::form_schema::FormSchema;
use super::load;
use super::mapping_file::MappingFile;
use super::tree::Tree;
use crate::strict_json::{self, Finding, Node};

/// One form's files, parsed.
pub struct FormFiles {
    pub schema: Node,
    /// The mapping's text and tree; `None` for a form that has none yet.
    pub mapping: Option<(Arc<str>, Node)>,
}

/// All forms by id, the dictionary and the code lists. Services are not needed and not read.
pub struct Workbench {
    pub forms: BTreeMap<Box<str>, FormFiles>,
    dictionary: Dictionary,
    code_lists: CodeLists,
}

impl Workbench {
    /// Reads the files; mappings need not compile, only be JSON.
    ///
    /// # Errors
    /// Every file that could not be read or parsed.
    pub fn open(services: &Path, schemas: &Path) -> Result<Self, CatalogRefused> {
        let tree = Tree::read(services, schemas);
        let needed =
            [&tree.code_lists, &tree.schemas, &tree.mappings].into_iter().flat_map(|folder| &folder.unreadable);
        let needed = needed.chain(tree.dictionary.as_ref().err());
        let mut findings: Vec<FileFinding> = needed.map(FileFinding::unreadable).collect();
        let code_lists = load::code_lists(&tree, &mut findings);
        let dictionary = load::dictionary(&tree, &code_lists, &mut findings);
        let mut parse = |file: &SourceFile| {
            let wrong = match strict_json::parse(&file.text) {
                Ok(root) => return Some(root),
                Err(wrong) => wrong,
            };
            findings.extend(wrong.into_iter().map(|finding| FileFinding::new(file, finding)));
            None
        };
        let mut forms = BTreeMap::new();
        for file in &tree.schemas.files {
            if let Some(schema) = parse(file) {
                forms.insert(file.stem.clone(), FormFiles { schema, mapping: None });
            }
        }
        for file in &tree.mappings.files {
            let root = parse(file);
            if let (Some(form), Some(root)) = (forms.get_mut(&file.stem), root) {
                form.mapping = Some((file.text.clone(), root));
            }
        }
        findings.retain(|finding| finding.severity() == Severity::Error);
        if findings.is_empty() { Ok(Self { forms, dictionary, code_lists }) } else { Err(CatalogRefused(findings)) }
    }

    /// What the compiler says of a mapping that need not be on disk.
    pub fn try_mapping(&self, form: &str, root: &Node) -> Vec<Finding> {
        let Some(files) = self.forms.get(form) else { return Vec::new() };
        let mut findings = Vec::new();
        let schema = FormSchema::read(&files.schema, &mut findings);
        let mapping = MappingFile::read(root, &mut findings);
        if let (Some(mapping), Some(schema), true) = (mapping, schema, findings.is_empty()) {
            let vocabulary = Vocabulary { dictionary: &self.dictionary, code_lists: &self.code_lists };
            compile(form, &mapping, schema, &vocabulary, &mut findings);
        }
        findings
    }
}
