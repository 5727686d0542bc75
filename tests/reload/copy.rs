//! A copy of the catalogue that a test may change.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::root;

pub const SERVICE: &str = "1.000656";
pub const FORM: &str = "to-khai-dang-ky-khai-tu";
pub const SERVICE_FILE: &str = "service-catalog/commune/1.000656.json";
pub const MAPPING: &str = "service-catalog/mappings/to-khai-dang-ky-khai-tu.json";
pub const SCHEMA: &str = "schemas/forms/to-khai-dang-ky-khai-tu.schema.json";

/// `service-catalog` and `schemas` in a folder of their own.
pub struct Copy {
    folder: tempfile::TempDir,
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

impl Copy {
    /// A fresh copy, without the examples.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for entry in fs::read_dir(root().join("service-catalog")).expect("the catalogue") {
            let path = entry.expect("an entry").path();
            let target = folder.path().join("service-catalog").join(path.file_name().expect("a name"));
            if path.is_dir() && !path.ends_with("examples") {
                copy_folder(&path, &target);
            }
        }
        let attributes = "service-catalog/attributes.json";
        fs::copy(root().join(attributes), folder.path().join(attributes)).expect("copied");
        copy_folder(&root().join("schemas/forms"), &folder.path().join("schemas/forms"));
        Self { folder }
    }

    /// A fresh copy with one form and the services that use it: it loads in a fraction of the time.
    pub fn small() -> Self {
        let copy = Self::new();
        let form = format!("\"{FORM}\"");
        for folder in ["mappings", "province", "district", "commune"] {
            copy.keep(&format!("service-catalog/{folder}"), |text| {
                text.matches("\"form\":").count() == 1 && text.contains(&form)
            });
        }
        copy.keep("schemas/forms", |text| text.contains(&format!("urn:diensan:form:{FORM}\"")));
        copy
    }

    fn keep(&self, folder: &str, wanted: impl Fn(&str) -> bool) {
        for entry in fs::read_dir(self.path(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if !wanted(&fs::read_to_string(&path).expect("a text")) {
                fs::remove_file(&path).expect("removed");
            }
        }
    }

    /// A configuration of the sandbox with this copy.
    pub fn config(&self, watch: bool) -> PathBuf {
        let file = self.folder.path().join("diensan.toml");
        let text = format!("[catalog]\nservices = \"service-catalog\"\nschemas = \"schemas\"\nwatch = {watch}\n");
        fs::write(&file, text).expect("written");
        file
    }

    /// Another configuration, with this copy instead of the repository's catalogue, not watched.
    pub fn move_in(&self, config: &Path) -> PathBuf {
        let text = fs::read_to_string(config).expect("a configuration");
        let here = self.folder.path().display().to_string();
        let text =
            text.replace(&root().display().to_string(), &here).replace("[catalog]\n", "[catalog]\nwatch = false\n");
        let file = config.with_extension("copy.toml");
        fs::write(&file, text).expect("written");
        file
    }

    /// The place of a file of the copy.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// The text of a file.
    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("a text")
    }

    /// Overwrites a file in place.
    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).expect("written");
    }

    /// Replaces the first occurrence, which must be there.
    pub fn replace(&self, file: &str, from: &str, to: &str) {
        let text = self.text(file);
        assert!(text.contains(from), "{file} has no {from}");
        self.write(file, &text.replacen(from, to, 1));
    }

    /// Removes a file.
    pub fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).expect("removed");
    }

    /// The line of a text, from 1.
    pub fn line_of(&self, file: &str, text: &str) -> usize {
        self.text(file).lines().position(|line| line.contains(text)).expect("the line") + 1
    }
}
