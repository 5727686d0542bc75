//! The official form on A4, filled with what stands on the counter's page; dotted lines where nothing does.
//!
//! Headings, order, labels and numbering are those of the form schemas. What papers print besides (lead-in sentences,
//! the closing statement, who signs, two columns side by side) is in `print/papers.json`, for the forms whose text was
//! seen; nothing is made up for the others.

mod paper;

use askama::Template;

use self::paper::{Item, Signature, items, signatures};
use super::asset::{ICON, PRINT_STYLE, SCRIPT};
use super::counter::Entry;
use super::shell::Page;
use super::sorry::missing;
use super::visit::Visit;
use crate::catalog::{Catalog, Confidence, FormPlan};

#[derive(Template)]
#[template(path = "print.html")]
struct Print<'a> {
    in_english: bool,
    style: String,
    script: String,
    icon: String,
    title: &'a str,
    /// Number and legal basis of the form, as its schema says.
    number: &'a str,
    /// The text of the form was not seen: nobody may take the sheet for the official one.
    is_draft: bool,
    items: Vec<Item>,
    signatures: Vec<Signature>,
}

impl Print<'_> {
    /// The text of the page's language.
    fn say<'t>(&self, vi: &'t str, en: &'t str) -> &'t str {
        if self.in_english { en } else { vi }
    }
}

/// The printed form of a service's form; nobody is looked up.
pub fn print(catalog: &Catalog, code: &str, entry: &Entry, visit: &Visit) -> Page {
    let used = |form: &FormPlan| {
        catalog.service(code).is_some_and(|service| service.forms.iter().any(|one| one.plan.id == form.id))
    };
    let Some(form) = catalog.form(entry.get("form")).filter(|form| used(form)) else {
        let (vi, en) = ("Dịch vụ không dùng tờ khai này.", "The service does not use this form.");
        return missing(visit, visit.lang.pick(vi, en), None);
    };
    let page = Print {
        in_english: visit.lang.pick(false, true),
        style: PRINT_STYLE.address(),
        script: SCRIPT.address(),
        icon: ICON.address(),
        title: &form.schema.title,
        number: form.schema.published["description"].as_str().unwrap_or_default(),
        is_draft: form.confidence == Confidence::Low,
        items: items(form, entry),
        signatures: signatures(form),
    };
    Page::of(200, &page)
}
