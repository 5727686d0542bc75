//! Loading a catalogue again when only forms have changed: the rest is taken over from the one in use.
//!
//! A form is made of its schema, its mapping, the dictionary and the code lists, and of nothing else; services name forms
//! and see nothing of what is in them. So when no other file is new, gone or changed, only the changed forms are made
//! anew. What is out of the ordinary in any way (a finding that refuses, a file that is missing or cannot be read) is
//! left to [`load`], which reads everything and tells everything: here nothing is ever refused.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::compile::Vocabulary;
use super::files::{SourceFile, read_changed, read_file};
use super::finding::{CatalogRefused, Severity};
use super::load::load;
use super::tree::{Listed, Part, list};
use super::version::{Ingredient, version};
use super::{Catalog, FormPlan, Service, ServiceForm, parallel, read};
use crate::clock;

/// The catalogue that stands in the folders now, given the one that was loaded from them before: the same as
/// [`load`] gives, sooner.
///
/// # Errors
/// As [`load`].
pub fn reload(before: &Catalog, services: &Path, schemas: &Path) -> Result<Catalog, CatalogRefused> {
    match taken_over(before, services, schemas) {
        Some(catalog) => Ok(catalog),
        None => load(services, schemas),
    }
}

/// Whether a file that [`reload`] took to be unchanged is another one all the same: everything is read to tell, so ask
/// when nobody waits. What was written later is no concern of this.
pub fn overlooked(catalog: &Catalog) -> bool {
    let mut on_trust = catalog.ingredients.iter().filter(|known| known.stamp.is_some());
    on_trust.any(|known| {
        let now = read_file(Path::new(&*known.path), "").map(|file| known.read_again(&file));
        now.is_ok_and(|now| now.stamp == known.stamp && now.digest != known.digest)
    })
}

/// `None`: something else than forms has changed, or something is wrong.
fn taken_over(before: &Catalog, services: &Path, schemas: &Path) -> Option<Catalog> {
    let listed = list(services, schemas)?;
    if listed.len() != before.ingredients.len() {
        return None;
    }
    let pairs: Vec<(&Listed, &Ingredient)> = listed.iter().zip(&before.ingredients).collect();
    // Set by the first file that others need: then there is nothing to take over, and reading on would be in vain.
    let in_vain = AtomicBool::new(false);
    let looked = parallel::map(&pairs, |(listed, known)| {
        if in_vain.load(Ordering::Relaxed) || listed.path.to_str() != Some(&*known.path) {
            return None;
        }
        let read = read_changed(&listed.path, &listed.stem, known.stamp).ok()?;
        let now = read.map_or_else(|| (*known).clone(), |file| known.read_again(&file));
        if listed.part == Part::Shared && now.digest != known.digest {
            in_vain.store(true, Ordering::Relaxed);
            return None;
        }
        Some(now)
    });
    let mut ingredients = looked.into_iter().collect::<Option<Vec<Ingredient>>>()?;
    let differing = pairs.iter().zip(&ingredients).filter(|((_, known), now)| now.digest != known.digest);
    let changed: BTreeSet<&str> = differing.map(|((listed, _), _)| &*listed.stem).collect();
    let vocabulary = Vocabulary { dictionary: &before.dictionary, code_lists: &before.code_lists };
    let files = both_files(&changed, &listed, &mut ingredients)?;
    let plans = parallel::map(&files, |[schema, mapping]| {
        let form = read::form(mapping, Some(schema), &vocabulary);
        let sound = form.findings.iter().all(|finding| finding.severity() != Severity::Error);
        form.plan.filter(|_| sound)
    });
    let mut forms = before.forms.clone();
    for plan in plans {
        let plan = plan?;
        forms.insert(plan.id.clone(), plan);
    }
    let services = before.services.iter().map(|(code, service)| (code.clone(), with_plans(service, &forms))).collect();
    Some(Catalog {
        services,
        forms,
        dictionary: Arc::clone(&before.dictionary),
        code_lists: Arc::clone(&before.code_lists),
        countries: Arc::clone(&before.countries),
        units: Arc::clone(&before.units),
        version: version(&ingredients),
        loaded_at: clock::now(),
        ingredients,
        trial: None,
    })
}

/// Schema and mapping of every changed form. Both are read anew, also when one of them is the old one: texts are not
/// kept. What is read here is what the catalogue is made of.
fn both_files(
    changed: &BTreeSet<&str>,
    listed: &[Listed],
    ingredients: &mut [Ingredient],
) -> Option<Vec<[SourceFile; 2]>> {
    let mut read = |stem: &str, part| {
        let index = listed.iter().position(|listed| listed.part == part && listed.stem == stem)?;
        let file = read_file(&listed[index].path, stem).ok()?;
        ingredients[index] = ingredients[index].read_again(&file);
        Some(file)
    };
    changed.iter().map(|stem| Some([read(stem, Part::Schema)?, read(stem, Part::Mapping)?])).collect()
}

fn with_plans(service: &Service, forms: &HashMap<Box<str>, Arc<FormPlan>>) -> Service {
    let form = |used: &ServiceForm| {
        let plan = forms.get(&used.plan.id).unwrap_or(&used.plan);
        ServiceForm { plan: Arc::clone(plan), from: used.from, to: used.to }
    };
    Service { file: Arc::clone(&service.file), forms: service.forms.iter().map(form).collect() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_at_rest_is_taken_on_trust_and_what_trust_overlooks_is_found_afterwards() {
        let (services, schemas) = (Path::new("service-catalog"), Path::new("schemas"));
        let loaded = || loop {
            let catalog = load(services, schemas).expect("the catalogue");
            // A fresh copy of the repository is not yet at rest.
            if catalog.ingredients.iter().all(|known| known.stamp.is_some()) {
                return catalog;
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        let mut catalog = loaded();
        let version = catalog.version.clone();
        assert!(!overlooked(&catalog));
        let last = catalog.ingredients.len() - 1;
        // As if the file had been another one under the same stamp: of a service, which would make everything anew.
        catalog.ingredients[last].digest = [0; 32];
        let again = reload(&catalog, services, schemas).expect("a catalogue");
        let plan = |catalog: &Catalog| Arc::clone(catalog.forms()[0]);
        assert!(Arc::ptr_eq(&plan(&catalog), &plan(&again)) && again.version != version, "not read");
        assert!(overlooked(&again));
        // Without a stamp, and with that of another file, it is read.
        for stamp in [None, catalog.ingredients[0].stamp] {
            catalog.ingredients[last].stamp = stamp;
            assert!(!overlooked(&catalog), "it was written later, or never trusted");
            let again = reload(&catalog, services, schemas).expect("a catalogue");
            assert!(!Arc::ptr_eq(&plan(&catalog), &plan(&again)) && again.version == version, "read");
        }
    }
}
