//! Damages a copy of the catalogue in one place and starts the service: it must refuse, and say what is wrong and where.
//!
//! The cases are data: `tests/catalog-damage.json`. A case names a `file` (or one of the short names of `files`), what
//! is done to it, and the finding that is expected: `rule` (`any`: whichever), the place as `line` or as the text that
//! it `points_at`, `did_you_mean` (empty: nothing may be offered), words that it `says`. `also` are rules that may
//! follow from the same mistake, `and` further damages of the same run.
//!
//! `not_yet` names what the program is known to do wrong with a case (see [`Complaint`]). Everything else of the case
//! is checked all the same, and a case that has become right fails until its `not_yet` is taken away.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use serde::Deserialize;

use crate::configuration::{End, diensan, end_of};
use crate::harness::root;

/// More lines than a maintainer reads about one mistake.
const MAX_LINES: usize = 40;
/// A line that still fits a log viewer.
const MAX_LINE_CHARS: usize = 600;

#[derive(Deserialize)]
struct Cases {
    files: BTreeMap<String, String>,
    groups: BTreeMap<String, Vec<Case>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Case {
    name: String,
    file: String,
    // The damage.
    find: Option<String>,
    replace: String,
    append: String,
    truncate_after: Option<String>,
    duplicate_line: Option<String>,
    bytes_base64: Option<String>,
    encode: Option<String>,
    delete: bool,
    rename_to: Option<String>,
    copy_to: Option<String>,
    link_to: Option<String>,
    directory: bool,
    size: Option<usize>,
    // What is expected.
    rule: String,
    at: Option<String>,
    line: Option<usize>,
    points_at: Option<String>,
    did_you_mean: Option<String>,
    says: Option<String>,
    says_not: Option<String>,
    also: Vec<String>,
    /// Not even the files that use the damaged one may be named.
    alone: bool,
    and: Vec<Case>,
    not_yet: BTreeSet<Complaint>,
}

/// What a run can get wrong.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
enum Complaint {
    /// It starts in spite of the damage.
    Accepted,
    /// It refuses what should be tolerated.
    Refused,
    /// The expected finding is missing.
    Missing,
    /// The finding names another file, line or column.
    Place,
    /// "Did you mean" is missing or wrong.
    Suggestion,
    /// The sentence lacks a word, or is not in Vietnamese.
    Words,
    /// Findings beyond the mistake itself.
    Extra,
    /// Every file that uses the damaged one is named too.
    Echo,
    /// More text than one mistake is worth.
    Long,
}

/// One finding as printed.
#[derive(Debug)]
struct Printed {
    rule: String,
    sentence: String,
    /// `file:line:column`
    place: String,
    text: String,
    did_you_mean: Option<String>,
}

/// A copy of the catalogue that is damaged and mended again.
struct Workshop {
    folder: tempfile::TempDir,
    files: BTreeMap<String, String>,
    /// What stood there before, to be put back in reverse order.
    before: Vec<(PathBuf, Option<Vec<u8>>)>,
}

impl Workshop {
    fn new(files: BTreeMap<String, String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for part in ["service-catalog", "schemas"] {
            copy(&root().join(part), &folder.path().join(part));
        }
        let config = "[catalog]\nservices = \"service-catalog\"\nschemas = \"schemas\"\n";
        fs::write(folder.path().join("diensan.toml"), config).expect("a configuration");
        Self { folder, files, before: Vec::new() }
    }

    fn name<'a>(&'a self, file: &'a str) -> &'a str {
        self.files.get(file).map_or(file, String::as_str)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(self.name(file))
    }

    fn start(&self) -> End {
        let mut command = Command::new(diensan());
        command.current_dir(self.folder.path()).args(["serve", "--listen", "127.0.0.1:0", "--config", "diensan.toml"]);
        end_of(command.env("DIENSAN_LOG", "error"))
    }

    /// Remembers what stands at a path and takes it away.
    fn clear(&mut self, path: &Path) {
        let bytes = fs::symlink_metadata(path).ok().map(|_| fs::read(path).expect("a file"));
        if bytes.is_some() {
            fs::remove_file(path).expect("removed");
        }
        self.before.push((path.to_owned(), bytes));
    }

    fn damage(&mut self, case: &Case) {
        let path = self.path(&case.file);
        let old = fs::read(&path).ok();
        self.clear(&path);
        if case.delete {
            return;
        } else if let Some(target) = &case.link_to {
            return std::os::unix::fs::symlink(target, &path).expect("a link");
        } else if case.directory {
            return fs::create_dir(&path).expect("a folder");
        } else if let Some(size) = case.size {
            return fs::write(&path, vec![b' '; size]).expect("written");
        } else if let Some(bytes) = &case.bytes_base64 {
            let bytes = base64::engine::general_purpose::STANDARD.decode(bytes).expect("base64");
            return fs::write(&path, bytes).expect("written");
        }
        let old = old.unwrap_or_else(|| panic!("{}: no such file", case.file));
        let damaged = damaged(case, &String::from_utf8(old.clone()).expect("UTF-8"));
        let target = match (&case.copy_to, &case.rename_to) {
            (Some(copy), _) => {
                fs::write(&path, old).expect("written");
                self.path(copy)
            }
            (None, Some(name)) => self.path(name),
            (None, None) => path.clone(),
        };
        if target != path {
            self.clear(&target);
        }
        fs::write(target, damaged).expect("written");
    }

    fn mend(&mut self) {
        while let Some((path, bytes)) = self.before.pop() {
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() => fs::remove_dir(&path).expect("removed"),
                Ok(_) => fs::remove_file(&path).expect("removed"),
                Err(_) => {}
            }
            if let Some(bytes) = bytes {
                fs::write(path, bytes).expect("written");
            }
        }
    }

    /// The place at which a case expects its finding: file, then line and column as far as the case says.
    fn place(&self, case: &Case) -> String {
        let file = case.at.as_ref().or(case.copy_to.as_ref()).or(case.rename_to.as_ref()).unwrap_or(&case.file);
        if let Some(line) = case.line {
            return format!("{}:{line}:", self.name(file));
        }
        let Some(needle) = &case.points_at else { return format!("{}:", self.name(file)) };
        let text = fs::read_to_string(self.path(file)).expect("a text file");
        let start = text.find(needle).unwrap_or_else(|| panic!("{}: no {needle}", case.file));
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let (line, column) = (text[..start].matches('\n').count() + 1, text[line_start..start].chars().count() + 1);
        format!("{}:{line}:{column}", self.name(file))
    }
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// The text of a file after the damage, in the encoding of the case.
fn damaged(case: &Case, text: &str) -> Vec<u8> {
    let mut text = text.to_owned();
    if let Some(find) = &case.find {
        assert!(text.contains(find.as_str()), "{}: {} has no {find}", case.name, case.file);
        text = text.replacen(find.as_str(), &case.replace, 1);
    }
    if let Some(needle) = &case.truncate_after {
        text.truncate(text.find(needle.as_str()).expect("the place to cut") + needle.len());
    }
    if let Some(needle) = &case.duplicate_line {
        let line = text.split_inclusive('\n').find(|line| line.contains(needle.as_str())).expect("the line").to_owned();
        text = text.replacen(&line, &line.repeat(2), 1);
    }
    text.push_str(&case.append);
    match case.encode.as_deref() {
        None => text.into_bytes(),
        Some("bom") => format!("\u{feff}{text}").into_bytes(),
        Some("crlf") => text.replace('\n', "\r\n").into_bytes(),
        Some("one-line") => text.replace('\n', "").into_bytes(),
        Some("deep") => format!("{{\"form\":{}", "[".repeat(10_000)).into_bytes(),
        Some("utf-16") => "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        Some("latin-1") => text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'\xe9')).collect(),
        Some(other) => panic!("{other}: no such encoding"),
    }
}

fn findings(text: &str) -> Vec<Printed> {
    let blocks = text.split("error: [").skip(1);
    let between = |block: &str, start: &str, end: &str| {
        block.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map(|(found, _)| found.trim().to_owned())
    };
    blocks
        .map(|block| Printed {
            rule: block.split(']').next().unwrap_or_default().to_owned(),
            sentence: between(block, "] ", "\n").unwrap_or_default(),
            place: between(block, "= note: ", ": ").unwrap_or_default(),
            text: block.to_owned(),
            did_you_mean: between(block, "có phải `", "`?"),
        })
        .collect()
}

/// Everything that is wrong with what a refused start printed.
fn complaints(workshop: &Workshop, case: &Case, end: &End) -> BTreeSet<Complaint> {
    let mut wrong = BTreeSet::new();
    let mut rest = findings(&end.err);
    let counted = format!("danh mục bị từ chối: {} lỗi", rest.len());
    assert!(end.err.contains(&counted), "{}: not {counted}:\n{}", case.name, end.err);
    let expected: Vec<&Case> = std::iter::once(case).chain(&case.and).collect();
    let mut places = Vec::new();
    for expected in &expected {
        let place = workshop.place(expected);
        let is_rule = |found: &Printed| expected.rule == "any" || found.rule == expected.rule;
        let exact = rest.iter().position(|found| is_rule(found) && is_at(&found.place, &place));
        places.push(place);
        let Some(index) = exact.or_else(|| rest.iter().position(is_rule)) else {
            wrong.insert(Complaint::Missing);
            continue;
        };
        if exact.is_none() {
            wrong.insert(Complaint::Place);
        }
        let found = rest.remove(index);
        if let Some(word) = &expected.did_you_mean
            && found.did_you_mean.as_deref().unwrap_or_default() != word
        {
            wrong.insert(Complaint::Suggestion);
        }
        let says = expected.says.as_ref().is_none_or(|words| found.text.contains(words.as_str()));
        let says_not = expected.says_not.as_ref().is_none_or(|words| !found.text.contains(words.as_str()));
        if !says || !says_not || found.sentence.is_ascii() {
            wrong.insert(Complaint::Words);
        }
    }
    for found in &rest {
        let echo = found.rule == "unknown_form" && expected.iter().all(|expected| expected.rule != "unknown_form");
        let follows = expected.iter().any(|expected| expected.also.contains(&found.rule));
        if echo && case.alone {
            wrong.insert(Complaint::Echo);
        } else if !echo && !follows {
            wrong.insert(Complaint::Extra);
        }
    }
    let lines = end.err.lines().count();
    if lines > MAX_LINES * expected.len() || end.err.lines().any(|line| line.chars().count() > MAX_LINE_CHARS) {
        wrong.insert(Complaint::Long);
    }
    wrong
}

/// `file:line:column` at an expected place; an expected place that ends in a colon leaves the rest open.
fn is_at(found: &str, expected: &str) -> bool {
    let numbers = found.rsplitn(3, ':').take(2).all(|number| number.parse::<usize>().is_ok_and(|number| number > 0));
    numbers && if expected.ends_with(':') { found.starts_with(expected) } else { found == expected }
}

/// Runs the cases of a group and fails with everything that is not as the data says.
fn check(group: &str) {
    let text = fs::read_to_string(root().join("tests/catalog-damage.json")).expect("the cases");
    let Cases { files, mut groups } = serde_json::from_str(&text).expect("cases");
    let mut workshop = Workshop::new(files);
    let mut wrong = Vec::new();
    for case in groups.remove(group).expect("a group") {
        for damage in std::iter::once(&case).chain(&case.and) {
            workshop.damage(damage);
        }
        let end = workshop.start();
        let must_start = case.rule.is_empty();
        let found = match end.code {
            None if must_start => BTreeSet::new(),
            None => BTreeSet::from([Complaint::Accepted]),
            Some(_) if must_start => BTreeSet::from([Complaint::Refused]),
            Some(code) => {
                assert_eq!(code, 2, "{}: {}", case.name, end.err);
                complaints(&workshop, &case, &end)
            }
        };
        if found != case.not_yet {
            let shown: Vec<&str> = end.err.lines().take(MAX_LINES).collect();
            wrong.push(format!("{}: {found:?}, but not yet: {:?}\n{}", case.name, case.not_yet, shown.join("\n")));
        }
        workshop.mend();
    }
    assert_eq!(workshop.start().code, None, "{group}: the mended catalogue starts");
    assert!(wrong.is_empty(), "{} cases of {group}:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_damage_of_a_mapping_is_named_with_its_place() {
    check("mapping");
}

#[test]
fn every_damage_of_a_form_schema_is_named_with_its_place() {
    check("schema");
}

#[test]
fn every_damage_of_a_service_is_named_with_its_place() {
    check("service");
}

#[test]
fn every_damage_of_the_dictionary_is_named_with_its_place() {
    check("dictionary");
}

#[test]
fn every_damage_of_a_code_list_or_table_of_units_is_named_with_its_place() {
    check("tables");
}

#[test]
fn every_damage_of_an_invented_person_is_named_with_its_place() {
    check("people");
}

#[test]
fn files_that_cannot_be_read_are_refused_one_by_one() {
    check("files");
}

#[test]
fn several_damages_at_once_are_all_reported_in_one_run() {
    check("several");
}

#[test]
fn what_editors_and_other_systems_leave_behind_is_tolerated() {
    check("tolerated");
}
