//! A copy of the catalogue with the few services that are asked for, in versions that can be told apart in every answer.
//!
//! A version has its number in the name of every service and in the keys of two boxes of every form, that is in three
//! kinds of files: an answer that shows two numbers was made from two catalogues.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cast;
use crate::harness::root;

const MARK: &str = "phienban";
const BOXES: [&str; 2] = ["noi_lap", "ngay_lap"];

/// What a file is.
#[derive(Clone, Copy)]
enum Kind {
    Service,
    /// A mapping or a schema.
    Form,
}

/// The copy, and its files as they are without a version.
pub struct Catalogue {
    folder: tempfile::TempDir,
    files: Vec<(PathBuf, Kind, String)>,
}

impl Catalogue {
    /// A copy in its first version.
    pub fn copy() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (root().join("service-catalog"), folder.path().join("service-catalog"));
        for part in ["code-lists", "administrative-units"] {
            copy_files(&from.join(part), &to.join(part));
        }
        fs::copy(from.join("attributes.json"), to.join("attributes.json")).expect("a copy");
        for part in ["province", "district", "commune", "mappings"] {
            fs::create_dir_all(to.join(part)).expect("a folder");
        }
        fs::create_dir_all(folder.path().join("schemas/forms")).expect("a folder");
        let (mut files, mut forms) = (Vec::new(), BTreeSet::new());
        for service in cast::services() {
            let levels =
                ["province", "district", "commune"].map(|level| format!("service-catalog/{level}/{service}.json"));
            let path = levels.into_iter().find(|path| root().join(path).is_file()).expect("a service");
            let text = text(&path);
            let read: Value = serde_json::from_str(&text).expect("JSON");
            let used = read["forms"].as_array().expect("forms").iter();
            forms.extend(used.map(|form| form["form"].as_str().expect("a form").to_owned()));
            files.push((folder.path().join(&path), Kind::Service, text));
        }
        for form in forms {
            for path in [format!("service-catalog/mappings/{form}.json"), format!("schemas/forms/{form}.schema.json")] {
                files.push((folder.path().join(&path), Kind::Form, text(&path)));
            }
        }
        let copy = Self { folder, files };
        copy.write(1);
        copy
    }

    /// Writes all files in a version.
    pub fn write(&self, version: u32) {
        for (path, kind, text) in &self.files {
            let marked = match kind {
                Kind::Service => text.replacen("\"vi\": \"", &format!("\"vi\": \"{MARK}{version} "), 1),
                Kind::Form => BOXES.iter().fold(text.clone(), |text, name| {
                    text.replace(&format!("\"{name}\""), &format!("\"{name}_{MARK}{version}\""))
                }),
            };
            fs::write(path, marked).expect("written");
        }
    }

    /// Breaks one mapping until the next version is written.
    pub fn damage(&self) {
        let is_mapping = |path: &Path| path.to_string_lossy().contains("mappings");
        let (path, ..) = self.files.iter().find(|(path, ..)| is_mapping(path)).expect("a mapping");
        let text = fs::read_to_string(path).expect("a text");
        fs::write(path, text.split_at(text.find("\"manual\"").expect("a member")).0).expect("written");
    }

    /// Where the copy stands in place of the repository.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Every version that an answer shows.
pub fn versions(answer: &str) -> BTreeSet<u32> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    answer.split(MARK).skip(1).map(|rest| digits(rest).parse().unwrap_or(0)).collect()
}

/// The answer as it would be without a version.
pub fn without_version(answer: &str, version: u32) -> String {
    answer.replace(&format!("_{MARK}{version}"), "").replace(&format!("{MARK}{version} "), "")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let file = entry.expect("an entry");
        fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
    }
}
