//! Whatever happens to the files: what is loaded again is what would be loaded from nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::autofill::{Offline, golden};
use crate::catalog::{self, Catalog, CatalogRefused, FormPlan, form_lines, service_lines};
use crate::clock::today_in_viet_nam;

/// Random changes one after the other; more by the environment variable `DIENSAN_RELOADS`.
const CHANGES: usize = 48;

/// A part of the catalogue in a folder of its own.
struct Copy {
    folder: tempfile::TempDir,
    forms: Vec<String>,
    examples: Vec<Value>,
    /// A simple sequence: the same changes in every run.
    random: u64,
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("a text")).expect("JSON")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn forms_of(service: &Path) -> Vec<String> {
    let forms = json(service)["forms"].as_array().expect("forms").clone();
    forms.iter().map(|form| form["form"].as_str().expect("a form").to_owned()).collect()
}

impl Copy {
    /// The forms of the first services of a level, and every service that needs no others.
    fn new() -> Self {
        let (folder, from) = (tempfile::tempdir().expect("a folder"), Path::new(env!("CARGO_MANIFEST_DIR")));
        let copy = |path: PathBuf| {
            let to = folder.path().join(path.strip_prefix(from).expect("inside"));
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::copy(&path, &to).expect("copied");
        };
        let services = from.join("service-catalog");
        let first = entries(&services.join("commune")).into_iter().take(6);
        let forms: BTreeSet<String> = first.flat_map(|service| forms_of(&service)).collect();
        copy(services.join("attributes.json"));
        for part in ["administrative-units", "code-lists", "people"] {
            entries(&services.join(part)).into_iter().for_each(copy);
        }
        for level in ["commune", "district", "province"] {
            let wanted = |path: &PathBuf| forms_of(path).iter().all(|form| forms.contains(form));
            fs::create_dir_all(folder.path().join("service-catalog").join(level)).expect("a folder");
            entries(&services.join(level)).into_iter().filter(wanted).for_each(copy);
        }
        let mut examples = Vec::new();
        for form in &forms {
            copy(services.join(format!("mappings/{form}.json")));
            copy(from.join(format!("schemas/forms/{form}.schema.json")));
            examples.extend(entries(&services.join("examples").join(form)).iter().map(|path| json(path)));
        }
        assert!(forms.len() >= 5 && examples.len() >= 10);
        Self { folder, forms: forms.into_iter().collect(), examples, random: 7 }
    }

    fn services(&self) -> PathBuf {
        self.folder.path().join("service-catalog")
    }

    fn schemas(&self) -> PathBuf {
        self.folder.path().join("schemas")
    }

    fn load(&self) -> Result<Catalog, CatalogRefused> {
        catalog::load(&self.services(), &self.schemas())
    }

    fn reload(&self, before: &Catalog) -> Result<Catalog, CatalogRefused> {
        catalog::reload(before, &self.services(), &self.schemas())
    }

    fn below(&mut self, count: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.random >> 33).expect("31 bits") % count
    }

    fn schema(&self, form: &str) -> PathBuf {
        self.schemas().join(format!("forms/{form}.schema.json"))
    }

    fn mapping(&self, form: &str) -> PathBuf {
        self.services().join(format!("mappings/{form}.json"))
    }

    /// One of the changes that people make, or that happen.
    fn change(&mut self, number: usize) -> &'static str {
        let chosen = self.below(self.forms.len());
        let form = self.forms[chosen].clone();
        let services = entries(&self.services().join("commune"));
        let service = services[self.below(services.len())].clone();
        let (schema, mapping, lists) = (self.schema(&form), self.mapping(&form), self.services().join("code-lists"));
        match self.below(16) {
            0 | 1 => edit(&schema, "a label of a box", |text| after_last(text, "\"title\": \"", &format!("{number} "))),
            2 | 3 => edit(&mapping, "a label of a person", |text| {
                text.replacen("\"label\": \"", &format!("\"label\": \"{number} "), 1)
            }),
            4 => edit(&mapping, "an unknown attribute", |text| text.replacen(".ho_va_ten\"", ".ho_va_tenn\"", 1)),
            5 => edit(&schema, "no JSON", |text| text + "}"),
            6 => {
                fs::remove_file(&mapping).expect("removed");
                "a mapping less"
            }
            7 => edit(&service, "the name of a service", |text| {
                text.replacen("\"vi\": \"", &format!("\"vi\": \"{number} "), 1)
            }),
            8 => edit(&lists.join("dan-toc.csv"), "a name of a code", |text| text.replacen(",Tày", ",Tày mới", 1)),
            9 => edit(&self.services().join("attributes.json"), "a label of an attribute", |text| {
                text.replacen("\"vi\": \"", &format!("\"vi\": \"{number} "), 1)
            }),
            10 => edit(&schema, "the same text", |text| text),
            11 => same_length_and_time(&schema),
            12 => {
                let text = after_last(fs::read_to_string(&schema).expect("a text"), "\"title\": \"", "Thay ");
                let aside = schema.with_extension("tmp");
                fs::write(&aside, text).expect("written");
                fs::rename(&aside, &schema).expect("renamed");
                "another file in its place"
            }
            13 => {
                let id = format!("them-{number}");
                let under = |text: String| text.replace(&form, &id);
                for (from, to) in [(&schema, self.schema(&id)), (&mapping, self.mapping(&id))] {
                    fs::write(to, under(fs::read_to_string(from).expect("a text"))).expect("written");
                }
                "a form more"
            }
            14 => {
                let aside = self.folder.path().join("aside");
                fs::rename(&schema, &aside).expect("renamed");
                std::os::unix::fs::symlink(&aside, &schema).expect("a link");
                "a link"
            }
            _ => {
                fs::remove_file(&service).expect("removed");
                "a service less"
            }
        }
    }

    /// Everything as it is in a folder of copies; what is so already is left at rest.
    fn restore(&self, kept: &Path) {
        for folder in ["service-catalog", "schemas"] {
            mend(&kept.join(folder), &self.folder.path().join(folder));
        }
    }
}

fn mend(kept: &Path, folder: &Path) {
    let kept_path = |path: &Path| kept.join(path.file_name().expect("a name"));
    for path in entries(folder).iter().filter(|path| path.is_symlink() || !kept_path(path).exists()) {
        fs::remove_file(path).expect("removed");
    }
    for from in entries(kept) {
        let to = folder.join(from.file_name().expect("a name"));
        if from.is_dir() {
            mend(&from, &to);
        } else if fs::read(&to).ok() != fs::read(&from).ok() {
            fs::copy(&from, &to).expect("copied");
        }
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for path in entries(from) {
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_all(&path, &to);
        } else {
            fs::copy(&path, &to).expect("copied");
        }
    }
}

fn edit(path: &Path, what: &'static str, change: impl FnOnce(String) -> String) -> &'static str {
    fs::write(path, change(fs::read_to_string(path).expect("a text"))).expect("written");
    what
}

fn after_last(mut text: String, word: &str, more: &str) -> String {
    let at = text.rfind(word).expect("the word") + word.len();
    text.insert_str(at, more);
    text
}

/// One letter is another, and the time of writing is set back to what it was.
fn same_length_and_time(path: &Path) -> &'static str {
    let time = fs::metadata(path).and_then(|metadata| metadata.modified()).expect("a time");
    edit(path, "", |text| {
        let at = text.rfind("\"title\": \"").expect("a title") + 10;
        let length = text[at..].find(|letter: char| letter.is_ascii_alphabetic()).expect("a letter");
        let other = if &text[at + length..=at + length] == "t" { "h" } else { "t" };
        format!("{}{other}{}", &text[..at + length], &text[at + length + 1..])
    });
    fs::File::options().append(true).open(path).expect("open").set_modified(time).expect("set");
    "the same length and time"
}

fn desk(copy: &Copy, catalog: Catalog) -> Offline {
    Offline::new(catalog, catalog::load_people(&copy.services().join("people")).expect("people")).expect("a desk")
}

/// What differs between two catalogues for whoever uses them.
fn difference(copy: &Copy, again: &Offline, fresh: &Offline) -> Option<String> {
    let (a, b) = (again.catalog(), fresh.catalog());
    if a.version != b.version || a.forms().len() != b.forms().len() || a.services().len() != b.services().len() {
        return Some(format!("version {} or {}, or the counts", a.version, b.version));
    }
    for (a, b) in a.forms().into_iter().zip(b.forms()) {
        if !form_lines(Some(a), Some(b)).is_empty() || a.schema.published != b.schema.published {
            return Some(format!("the form {} or {}", a.id, b.id));
        }
    }
    for (one, other) in a.services().into_iter().zip(b.services()) {
        let in_use = |plan: &Arc<FormPlan>| a.form(&plan.id).is_some_and(|form| Arc::ptr_eq(form, plan));
        if !service_lines(Some(one), Some(other)).is_empty() || !one.forms.iter().all(|form| in_use(&form.plan)) {
            return Some(format!("the service {}", one.file.code.0));
        }
    }
    copy.examples.iter().find_map(|example| {
        let (request, day) = golden::request_of(example);
        let answer = |desk: &Offline| {
            let answer = desk.answer(&request, day.unwrap_or_else(today_in_viet_nam));
            answer.ok().map(|answer| (answer["data"].clone(), answer["fields"].clone()))
        };
        (answer(again) != answer(fresh)).then(|| format!("the answer for {}", example["form"]))
    })
}

#[test]
fn what_is_loaded_again_is_what_would_be_loaded_from_nothing() {
    let mut copy = Copy::new();
    let kept = tempfile::tempdir().expect("a folder");
    copy_all(copy.folder.path(), kept.path());
    let mut in_use = desk(&copy, copy.load().expect("a catalogue"));
    let changes = std::env::var("DIENSAN_RELOADS").ok().and_then(|count| count.parse().ok()).unwrap_or(CHANGES);
    let (mut refused, mut taken_over, mut kinds) = (0, 0, BTreeSet::new());
    for number in 0..changes {
        let what = copy.change(number);
        kinds.insert(what);
        let told = format!("change {number}: {what}");
        match (copy.reload(in_use.catalog()), copy.load()) {
            (Ok(again), Ok(fresh)) => {
                let of_before = |form: &Arc<_>| in_use.catalog().forms().into_iter().any(|old| Arc::ptr_eq(old, form));
                taken_over += usize::from(again.forms().into_iter().any(of_before));
                let (again, fresh) = (desk(&copy, again), desk(&copy, fresh));
                assert_eq!(difference(&copy, &again, &fresh), None, "{told}");
                in_use = again;
            }
            (Err(again), Err(fresh)) => {
                let findings = |refused: CatalogRefused| -> Vec<_> {
                    refused.0.into_iter().map(|found| (found.file, found.text, found.finding)).collect()
                };
                assert_eq!(findings(again), findings(fresh), "{told}");
                refused += 1;
                // What mends it is seen against the catalogue that stayed in use.
                copy.restore(kept.path());
                let again = copy.reload(in_use.catalog()).expect("mended");
                let fresh = copy.load().expect("a catalogue");
                let (again, fresh) = (desk(&copy, again), desk(&copy, fresh));
                assert_eq!(difference(&copy, &again, &fresh), None, "{told}, mended");
                in_use = again;
            }
            (again, fresh) => panic!("{told}: accepted again {}, fresh {}", again.is_ok(), fresh.is_ok()),
        }
    }
    let counts = format!("{refused} refused, {taken_over} taken over, {kinds:?}");
    assert!(refused * 8 >= changes && taken_over * 4 >= changes && kinds.len() >= 12, "{counts}");
}

#[test]
fn a_changed_form_is_the_only_one_that_is_made_anew_and_a_change_of_a_list_makes_all() {
    let copy = Copy::new();
    let before = copy.load().expect("a catalogue");
    let shared = |again: &Catalog| -> Vec<bool> {
        before.forms().iter().zip(again.forms()).map(|(old, new)| Arc::ptr_eq(old, new)).collect()
    };
    assert!(shared(&copy.reload(&before).expect("the same")).iter().all(|same| *same));
    edit(&copy.schema(&copy.forms[1]), "", |text| after_last(text, "\"title\": \"", "Mới "));
    let again = copy.reload(&before).expect("a catalogue");
    assert_eq!(shared(&again).iter().filter(|same| !**same).count(), 1);
    assert!(!shared(&again)[1] && again.version != before.version);
    edit(&copy.services().join("code-lists/dan-toc.csv"), "", |text| text.replacen(",Tày", ",Tày mới", 1));
    assert!(shared(&copy.reload(&before).expect("a catalogue")).iter().all(|same| !same));
}
