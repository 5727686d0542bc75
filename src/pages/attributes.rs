//! `/catalog/attributes` and `/catalog/attributes/{path}`: what the register can give, and which forms take it.

use askama::Template;

use super::shell::{Page, Section, Shell};
use super::sorry::{Near, missing};
use super::visit::Visit;
use super::words::{Link, alphabetical, form_link, kind_word};
use crate::catalog::{Catalog, SourceAttribute, boxes_from};
use crate::strict_json::nearest;

#[derive(Template)]
#[template(path = "attributes.html")]
struct Attributes {
    shell: Shell,
    rows: Vec<Row>,
}

struct Row {
    link: Link,
    path: &'static str,
    kind: &'static str,
    sensitive: bool,
    lock: bool,
    /// Forms that take it.
    forms: usize,
}

#[derive(Template)]
#[template(path = "attribute.html")]
struct AttributePage {
    shell: Shell,
    path: &'static str,
    /// The label in the other language.
    other_label: String,
    kind: &'static str,
    sensitive: bool,
    lock: bool,
    example: String,
    remarks: String,
    takers: Vec<Taker>,
}

/// A form that takes an attribute.
struct Taker {
    form: Link,
    boxes: Vec<String>,
}

/// Every attribute of the dictionary.
pub fn attributes(catalog: &Catalog, visit: &Visit) -> Page {
    let row = |attribute: SourceAttribute| {
        let entry = catalog.dictionary.entry(attribute)?;
        let takes =
            |form: &&&std::sync::Arc<crate::catalog::FormPlan>| !boxes_from(&form.targets, attribute).is_empty();
        Some(Row {
            link: Link {
                href: visit.href(&format!("/catalog/attributes/{}", attribute.path())),
                label: visit.lang.pick(&entry.label_vi, &entry.label_en).to_string(),
            },
            path: attribute.path(),
            kind: kind_word(entry.kind.word(), visit.lang),
            sensitive: entry.sensitive,
            lock: entry.lock,
            forms: catalog.forms().iter().filter(takes).count(),
        })
    };
    let title = visit.lang.pick("Thuộc tính", "Attributes");
    let rows = SourceAttribute::all().filter_map(row).collect();
    Page::of(200, &Attributes { shell: Shell::new(visit, Section::Attributes, title), rows })
}

/// The page of one attribute.
pub fn attribute(catalog: &Catalog, path: &str, visit: &Visit) -> Page {
    let Some(attribute) = SourceAttribute::from_path(path) else { return unknown(path, visit) };
    let Some(entry) = catalog.dictionary.entry(attribute) else { return unknown(path, visit) };
    let mut forms = catalog.forms();
    forms.sort_by_cached_key(|form| alphabetical(&form.schema.title));
    let takers = forms.into_iter().filter_map(|form| {
        let boxes = boxes_from(&form.targets, attribute);
        (!boxes.is_empty()).then(|| Taker { form: form_link(form, visit), boxes })
    });
    let example = entry.example.as_ref().map(|example| match example.as_str() {
        Some(text) => text.to_owned(),
        None => example.to_string(),
    });
    let page = AttributePage {
        shell: Shell::new(visit, Section::Attributes, visit.lang.pick(&*entry.label_vi, &*entry.label_en)),
        path: attribute.path(),
        other_label: visit.lang.pick(&entry.label_en, &entry.label_vi).to_string(),
        kind: kind_word(entry.kind.word(), visit.lang),
        sensitive: entry.sensitive,
        lock: entry.lock,
        example: example.unwrap_or_default(),
        remarks: entry.remarks.to_string(),
        takers: takers.collect(),
    };
    Page::of(200, &page)
}

fn unknown(path: &str, visit: &Visit) -> Page {
    let near = nearest(path, SourceAttribute::all().map(SourceAttribute::path));
    let near = near.map(|near| Near { href: visit.href(&format!("/catalog/attributes/{near}")), label: near });
    let (vi, en) = ("Từ điển không có thuộc tính này.", "The dictionary has no such attribute.");
    missing(visit, visit.lang.pick(vi, en), near)
}
