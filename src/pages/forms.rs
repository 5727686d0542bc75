//! `/catalog/forms`: every form, also those that no service uses yet.

use askama::Template;

use super::shell::{Page, Section, Shell};
use super::visit::Visit;
use super::words::{Link, alphabetical, form_link};
use crate::catalog::{Catalog, FieldCounts};

#[derive(Template)]
#[template(path = "forms.html")]
struct Forms {
    shell: Shell,
    rows: Vec<Row>,
}

struct Row {
    link: Link,
    id: String,
    /// Services that use it.
    services: usize,
    counts: FieldCounts,
}

/// The list, in the order of the titles.
pub fn forms(catalog: &Catalog, visit: &Visit) -> Page {
    let mut forms = catalog.forms();
    forms.sort_by_cached_key(|form| alphabetical(&form.schema.title));
    let row = |form: &std::sync::Arc<crate::catalog::FormPlan>| Row {
        link: form_link(form, visit),
        id: form.id.to_string(),
        services: catalog.users(&form.id).len(),
        counts: FieldCounts::of(form),
    };
    let rows = forms.into_iter().map(row).collect();
    Page::of(200, &Forms { shell: Shell::new(visit, Section::Services, visit.lang.pick("Tờ khai", "Forms")), rows })
}
