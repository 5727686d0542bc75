//! `/catalog`: all services by level and field, with a search that needs no accents.

use askama::Template;

use super::search::{Haystack, Needle};
use super::shell::{Page, Section, Shell};
use super::visit::Visit;
use super::words::{alphabetical, level_word, service_name};
use crate::catalog::{Catalog, FieldCounts, Level, Service};
use crate::clock::today_in_viet_nam;

#[derive(Template)]
#[template(path = "services.html")]
struct Services {
    shell: Shell,
    /// What was asked for, to stand in the form again.
    asked: String,
    levels: Vec<Choice>,
    fields: Vec<Choice>,
    is_filtered: bool,
    groups: Vec<LevelGroup>,
    shown: usize,
    figures: Figures,
}

/// One entry of a list to choose from.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

struct LevelGroup {
    label: &'static str,
    count: usize,
    fields: Vec<FieldGroup>,
}

struct FieldGroup {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    name: String,
    code: String,
    /// Boxes that are filled or suggested, and all boxes, of the form that is in force.
    helped: usize,
    total: usize,
}

/// The totals; those of `diensan catalog coverage`.
struct Figures {
    services: usize,
    forms: usize,
    fields: FieldCounts,
}

/// The list, filtered by the words `q`, `level` and `field` of the address.
pub fn services(catalog: &Catalog, visit: &Visit) -> Page {
    let (asked, level, field) = (visit.word("q"), visit.word("level"), visit.word("field"));
    let all = catalog.services();
    let wanted: Vec<&Service> = all
        .iter()
        .copied()
        .filter(|service| level.is_empty() || service.file.level.word() == level)
        .filter(|service| field.is_empty() || *service.file.field == *field)
        .collect();
    let found = found(wanted, &asked);
    let groups: Vec<LevelGroup> = Level::ALL
        .into_iter()
        .map(|level| level_group(level, &found, visit))
        .filter(|group| !group.fields.is_empty())
        .collect();
    let mut fields = FieldCounts::default();
    catalog.forms().iter().for_each(|form| fields.add(FieldCounts::of(form)));
    let page = Services {
        shell: Shell::new(visit, Section::Services, visit.lang.pick("Dịch vụ công", "Public services")),
        levels: level_choices(&level, visit),
        fields: field_choices(&all, &field),
        is_filtered: !(asked.is_empty() && level.is_empty() && field.is_empty()),
        asked,
        shown: found.len(),
        groups,
        figures: Figures { services: all.len(), forms: catalog.form_count(), fields },
    };
    Page::of(200, &page)
}

/// The services that hold the words next to each other; where none does, those that hold all of them.
pub fn found<'c>(services: Vec<&'c Service>, asked: &str) -> Vec<&'c Service> {
    let needle = Needle::new(asked);
    let with_hay: Vec<(&Service, Haystack)> = services
        .into_iter()
        .map(|service| {
            let file = &service.file;
            (service, Haystack::new(&[&file.code.0, &file.name_vi, &file.name_en, &file.field]))
        })
        .collect();
    needle.best(&with_hay)
}

fn level_group(level: Level, found: &[&Service], visit: &Visit) -> LevelGroup {
    let of_level: Vec<&Service> = found.iter().copied().filter(|service| service.file.level == level).collect();
    let mut names: Vec<&str> = of_level.iter().map(|service| &*service.file.field).collect();
    names.sort_by_cached_key(|name| alphabetical(name));
    names.dedup();
    let group = |name: &str| FieldGroup {
        name: name.to_owned(),
        rows: of_level
            .iter()
            .filter(|service| *service.file.field == *name)
            .map(|service| row(service, visit))
            .collect(),
    };
    LevelGroup {
        label: level_word(level, visit.lang),
        count: of_level.len(),
        fields: names.into_iter().map(group).collect(),
    }
}

fn row(service: &Service, visit: &Visit) -> Row {
    let file = &service.file;
    let form = service.forms_on(today_in_viet_nam()).next();
    let counts = form.map(|form| FieldCounts::of(&form.plan)).unwrap_or_default();
    Row {
        href: visit.href(&format!("/catalog/services/{}", file.code.0)),
        name: service_name(file, visit.lang).to_owned(),
        code: file.code.0.clone(),
        helped: counts.total - counts.manual,
        total: counts.total,
    }
}

fn level_choices(chosen: &str, visit: &Visit) -> Vec<Choice> {
    let choice = |level: Level| Choice {
        value: level.word().to_owned(),
        label: level_word(level, visit.lang).to_owned(),
        chosen: level.word() == chosen,
    };
    Level::ALL.into_iter().map(choice).collect()
}

fn field_choices(services: &[&Service], chosen: &str) -> Vec<Choice> {
    let mut names: Vec<&str> = services.iter().map(|service| &*service.file.field).collect();
    names.sort_by_cached_key(|name| alphabetical(name));
    names.dedup();
    let choice = |name: &str| Choice { value: name.to_owned(), label: name.to_owned(), chosen: name == chosen };
    names.into_iter().map(choice).collect()
}
