//! The raw files of all forms beside the words that mappings use: for commands that show, rewrite or try mappings.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::code_list::CodeList;
use super::compile::{Vocabulary, compile};
use super::dictionary::Dictionary;
use super::finding::CatalogRefused;
use super::form_schema::FormSchema;
use super::load::Loader;
use super::mapping_file::MappingFile;
use crate::strict_json::{Finding, Node};

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
    code_lists: HashMap<Box<str>, Arc<CodeList>>,
}

impl Workbench {
    /// Reads the files; mappings need not compile, only be JSON.
    ///
    /// # Errors
    /// Every file that could not be read or parsed.
    pub fn open(services: &Path, schemas: &Path) -> Result<Self, CatalogRefused> {
        let mut loader = Loader::default();
        let code_lists = loader.code_lists(services);
        let dictionary = loader.dictionary(services);
        let mut forms = BTreeMap::new();
        for file in loader.folder(&schemas.join("forms"), ".schema.json") {
            if let Some(schema) = loader.json(&file) {
                forms.insert(file.stem, FormFiles { schema, mapping: None });
            }
        }
        for file in loader.folder(&services.join("mappings"), ".json") {
            let root = loader.json(&file);
            if let (Some(form), Some(root)) = (forms.get_mut(&file.stem), root) {
                form.mapping = Some((file.text, root));
            }
        }
        match dictionary {
            Some(dictionary) if loader.findings.is_empty() => Ok(Self { forms, dictionary, code_lists }),
            _ => Err(CatalogRefused(loader.findings)),
        }
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
