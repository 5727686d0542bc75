//! Everything that a maintainer wants to know of a catalogue: what refuses it, and what only deserves a look.

#[cfg(test)]
mod damage_tests;
mod examples;
pub mod fit;
pub mod law;
pub mod output;
pub mod rules;
pub mod successor;
pub mod text;
pub mod tidy;

use jiff::civil::Date;

use super::Catalog;
use super::files::SourceFile;
use super::finding::{self, FileFinding};
use super::load::inspect;
use super::service_file::Level;
use super::tree::{Tree, UNIT_TABLES};
use crate::strict_json::Node;

/// A difference between an example and what the catalogue fills now.
pub struct Difference {
    /// JSON pointer into the example's file.
    pub pointer: String,
    pub vi: String,
    pub en: String,
}

/// Fills the form of an example's file again and compares.
pub type ExampleCheck<'a> = dyn Fn(&Catalog, &Node) -> Vec<Difference> + 'a;

/// What a check needs besides the files.
pub struct Surroundings<'a> {
    /// Texts that have ended by this day are warned about.
    pub today: Date,
    /// Fills an example again; without it examples are not compared.
    pub example: Option<&'a ExampleCheck<'a>>,
}

/// The outcome of a check.
pub struct Report {
    /// In a stable order.
    pub findings: Vec<FileFinding>,
    /// Services of the province, the district and the commune level.
    pub services: [usize; 3],
    pub forms: usize,
}

/// Checks a whole catalogue.
pub fn check(tree: &Tree, surroundings: &Surroundings<'_>) -> Report {
    let mut inspection = inspect(tree);
    let mut findings = std::mem::take(&mut inspection.findings);
    findings.extend(law::check(&inspection.parts, surroundings.today));
    findings.extend(examples::check(tree, &inspection.parts, surroundings.example));
    for (file, kind) in files(tree) {
        findings.extend(tidy::check(file, kind).map(|finding| FileFinding::new(file, finding)));
    }
    finding::sort(&mut findings);
    let services = [Level::Province, Level::District, Level::Commune].map(|level| tree.count(level));
    Report { findings, services, forms: tree.mappings.files.len() }
}

/// Every file of a catalogue that was read, with the way in which it is written; `None`: a table.
pub fn files(tree: &Tree) -> Vec<(&SourceFile, Option<FileKind>)> {
    let units = tree.units.iter().flatten().filter(|file| UNIT_TABLES.contains(&&*file.stem));
    let tables = tree.code_lists.files.iter().chain(units).map(|file| (file, None));
    let kind = |kind| move |file| (file, Some(kind));
    tables
        .chain(tree.dictionary.iter().map(kind(FileKind::Attributes)))
        .chain(tree.schemas.files.iter().map(kind(FileKind::FormSchema)))
        .chain(tree.mappings.files.iter().map(kind(FileKind::Mapping)))
        .chain(tree.services.iter().flat_map(|(_, folder)| &folder.files).map(kind(FileKind::Service)))
        .chain(tree.people.files.iter().map(kind(FileKind::Person)))
        .chain(tree.examples.iter().flat_map(|(_, folder)| &folder.files).map(kind(FileKind::Example)))
        .collect()
}

pub use super::layout::FileKind;
