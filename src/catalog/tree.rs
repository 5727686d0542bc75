//! Every file of a catalogue as read from disk, before anything is understood.

use std::path::{Path, PathBuf};

use super::files::{Folder, SourceFile, Unreadable, names, read_file, read_folder, read_folders};
use super::service_file::Level;

/// The four tables of administrative units, in the order in which they are read.
pub const UNIT_TABLES: [&str; 4] = ["before-2025-07-01", "since-2025-07-01", "amendments", "changes"];

/// The files of a catalogue.
pub struct Tree {
    pub services_folder: PathBuf,
    pub dictionary: Result<SourceFile, Unreadable>,
    pub code_lists: Folder,
    /// In the order of [`UNIT_TABLES`].
    pub units: Vec<Result<SourceFile, Unreadable>>,
    pub schemas: Folder,
    pub mappings: Folder,
    pub services: Vec<(Level, Folder)>,
    /// Empty when there is no such folder: with a real connection nobody needs invented people.
    pub people: Folder,
    /// By form; read by [`Tree::with_examples`] only, the service does not need them.
    pub examples: Vec<(Box<str>, Folder)>,
}

impl Tree {
    /// Reads everything (`services`: the folder `service-catalog`; `schemas`: the folder `schemas`).
    pub fn read(services: &Path, schemas: &Path) -> Self {
        let people = services.join("people");
        let there = people.symlink_metadata().is_ok();
        let people = if there { read_folder(&people, ".json") } else { Folder::default() };
        Self { people, ..Self::without_people(services, schemas) }
    }

    /// Reads what a catalogue in use is made of. The invented people are the sandbox's.
    pub fn without_people(services: &Path, schemas: &Path) -> Self {
        let units = services.join("administrative-units");
        Self {
            services_folder: services.to_owned(),
            dictionary: read_file(&services.join("attributes.json"), "attributes"),
            code_lists: read_folder(&services.join("code-lists"), ".csv"),
            units: UNIT_TABLES.iter().map(|name| read_file(&units.join(format!("{name}.csv")), name)).collect(),
            schemas: read_folder(&schemas.join("forms"), ".schema.json"),
            mappings: read_folder(&services.join("mappings"), ".json"),
            services: Level::ALL
                .into_iter()
                .map(|level| (level, read_folder(&services.join(level.word()), ".json")))
                .collect(),
            people: Folder::default(),
            examples: Vec::new(),
        }
    }

    /// Reads everything, and the examples too.
    pub fn with_examples(services: &Path, schemas: &Path) -> Self {
        let examples = read_folders(&services.join("examples"));
        Self { examples, ..Self::read(services, schemas) }
    }

    /// Everything that could not be read.
    pub fn unreadable(&self) -> impl Iterator<Item = &Unreadable> {
        let single = self.units.iter().chain([&self.dictionary]).filter_map(|file| file.as_ref().err());
        let folders = [&self.code_lists, &self.schemas, &self.mappings, &self.people].into_iter();
        let folders = folders.chain(self.services.iter().map(|(_, folder)| folder));
        single.chain(folders.flat_map(|folder| &folder.unreadable))
    }

    /// Every file that goes into a catalogue, in the order of [`list`]; people are not part of it.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        let single = self.units.iter().chain([&self.dictionary]).filter_map(|file| file.as_ref().ok());
        let folders = [&self.code_lists, &self.schemas, &self.mappings].into_iter();
        let folders = folders.chain(self.services.iter().map(|(_, folder)| folder));
        single.chain(folders.flat_map(|folder| &folder.files))
    }

    /// How many service files a level has.
    pub fn count(&self, level: Level) -> usize {
        self.services.iter().filter(|(other, _)| *other == level).map(|(_, folder)| folder.files.len()).sum()
    }
}

/// A file that goes into a catalogue, not yet read.
pub struct Listed {
    pub path: PathBuf,
    pub stem: String,
    pub part: Part,
}

/// What a file is needed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// One form.
    Schema,
    Mapping,
    /// More than one form.
    Shared,
}

/// The files that [`Tree::without_people`] would read, in the order of [`Tree::files`]; `None`: a folder cannot be read.
pub fn list(services: &Path, schemas: &Path) -> Option<Vec<Listed>> {
    let units = services.join("administrative-units");
    let shared = |path, stem: &str| Listed { path, stem: stem.to_owned(), part: Part::Shared };
    let mut listed: Vec<Listed> =
        UNIT_TABLES.iter().map(|name| shared(units.join(format!("{name}.csv")), name)).collect();
    listed.push(shared(services.join("attributes.json"), "attributes"));
    let levels = Level::ALL.into_iter().map(|level| (services.join(level.word()), ".json", Part::Shared));
    let folders = [
        (services.join("code-lists"), ".csv", Part::Shared),
        (schemas.join("forms"), ".schema.json", Part::Schema),
        (services.join("mappings"), ".json", Part::Mapping),
    ];
    for (folder, suffix, part) in folders.into_iter().chain(levels) {
        let names = names(&folder, suffix).ok()?.into_iter();
        listed.extend(names.map(|(name, stem)| Listed { path: folder.join(name), stem, part }));
    }
    Some(listed)
}
