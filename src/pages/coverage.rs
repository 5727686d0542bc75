//! `/catalog/coverage`: what is filled, as pictures, and the same numbers as tables for whoever cannot see them.

use askama::Template;

use super::groups;
use super::picture::{Bar, HeatMap, HeatRow, SHADE_FROM, parts, paths, percent};
use super::shell::{Page, Section, Shell};
use super::visit::Visit;
use super::words::{alphabetical, level_word};
use crate::catalog::{Catalog, Domain, FieldCounts, Level, Service, domains};
use crate::clock::today_in_viet_nam;

/// How long a whole bar is and how much room it takes with its name above it, in px: it fits the narrowest screen.
const BAR_WIDTH: usize = 270;
const BAR_HEIGHT: usize = 36;
/// The middle of a bar below the beginning of its room, in px.
const BAR_MIDDLE: usize = 25;
/// Charts that stand side by side where there is room.
const CHARTS: usize = 3;
/// How boxes look that are filled, suggested, lists of people, or written by hand.
const CLASSES: [&str; 4] = ["s5", "s3", "s2", "rest"];

#[derive(Template)]
#[template(path = "coverage.html")]
struct Coverage {
    shell: Shell,
    fields: FieldCounts,
    /// Percent of all boxes.
    helped: usize,
    domains: Vec<Domain>,
    charts: Vec<Chart>,
    group_names: [&'static str; groups::COUNT],
    heat: HeatMap,
    keys: Vec<Key>,
    table: Vec<FieldRows>,
}

/// Some of the fields, one below the other.
struct Chart {
    height: usize,
    bars: Vec<Bar>,
    /// The parts of all bars by class.
    paths: Vec<(&'static str, String)>,
}

/// What a shade means.
struct Key {
    number: usize,
    text: String,
}

/// The services of one field at one level.
struct FieldRows {
    heading: String,
    rows: Vec<Row>,
}

/// A service and the form that is in force.
struct Row {
    code: String,
    href: String,
    counts: [usize; groups::COUNT],
    share: usize,
    level: Level,
}

/// The page.
pub fn coverage(catalog: &Catalog, visit: &Visit) -> Page {
    let services = catalog.services();
    let mut fields = FieldCounts::default();
    catalog.forms().iter().for_each(|form| fields.add(FieldCounts::of(form)));
    let mut domains = domains(&services);
    domains.sort_by_cached_key(|domain| alphabetical(&domain.field));
    let table = table(services, visit);
    let group_names = groups::names(visit.lang);
    let heat = heat_map(&table, group_names, visit);
    let title = visit.lang.pick("Độ phủ của danh mục", "What the catalogue covers");
    let page = Coverage {
        shell: Shell::new(visit, Section::Coverage, title),
        helped: percent(fields.total - fields.manual, fields.total),
        fields,
        charts: domains.chunks(domains.len().div_ceil(CHARTS).max(1)).map(chart).collect(),
        domains,
        group_names,
        heat,
        keys: keys(visit),
        table,
    };
    Page::of(200, &page)
}

fn table(mut services: Vec<&Service>, visit: &Visit) -> Vec<FieldRows> {
    let today = today_in_viet_nam();
    let mut table: Vec<FieldRows> = Vec::new();
    services.sort_by_cached_key(|service| {
        let file = &service.file;
        (file.level, alphabetical(&file.field), file.code.0.clone())
    });
    for service in services {
        let file = &service.file;
        let plan = service.forms_on(today).next().map(|form| &form.plan);
        let all = plan.map(|plan| FieldCounts::of(plan)).unwrap_or_default();
        let row = Row {
            code: file.code.0.clone(),
            href: visit.href(&format!("/catalog/services/{}", file.code.0)),
            counts: plan.map(|plan| groups::counts(plan)).unwrap_or_default(),
            share: percent(all.total - all.manual, all.total),
            level: file.level,
        };
        let heading = format!("{} – {}", level_word(file.level, visit.lang), file.field);
        match table.last_mut() {
            Some(group) if group.heading == heading => group.rows.push(row),
            _ => table.push(FieldRows { heading, rows: vec![row] }),
        }
    }
    table
}

fn heat_map(table: &[FieldRows], names: [&str; groups::COUNT], visit: &Visit) -> HeatMap {
    let mut before = None;
    let rows: Vec<HeatRow<'_>> = table
        .iter()
        .flat_map(|group| &group.rows)
        .map(|row| HeatRow {
            label: &row.code,
            counts: &row.counts,
            share: row.share,
            begins_level: before.replace(row.level) != Some(row.level),
        })
        .collect();
    HeatMap::new(names, visit.lang.pick("Phần ô được điền", "Share of boxes"), &rows)
}

fn chart(domains: &[Domain]) -> Chart {
    let bar = |(index, domain): (usize, &Domain)| {
        let counts = &domain.fields;
        let [filled, suggested, rows, manual] = CLASSES;
        let shown =
            [(filled, counts.mapped), (suggested, counts.suggested), (rows, counts.rows), (manual, counts.manual)];
        Bar {
            y: index * BAR_HEIGHT,
            name: domain.field.clone(),
            parts: parts(0, BAR_WIDTH, counts.total, &shown),
            number: format!("{} %", percent(counts.total - counts.manual, counts.total)),
        }
    };
    let bars: Vec<Bar> = domains.iter().enumerate().map(bar).collect();
    Chart { height: domains.len() * BAR_HEIGHT, paths: paths(&bars, &CLASSES, BAR_MIDDLE), bars }
}

fn keys(visit: &Visit) -> Vec<Key> {
    let next = SHADE_FROM.iter().skip(1).map(Some).chain([None]);
    let key = |(index, (from, next)): (usize, (&usize, Option<&usize>))| {
        let range = match next {
            None => visit.lang.pick(format!("từ {from} ô"), format!("{from} boxes or more")),
            Some(next) if from + 1 == *next => visit.lang.pick(format!("{from} ô"), format!("{from}")),
            Some(next) => visit.lang.pick(format!("{from}–{} ô", next - 1), format!("{from}–{}", next - 1)),
        };
        Key { number: index + 1, text: range }
    };
    SHADE_FROM.iter().zip(next).enumerate().map(key).collect()
}
