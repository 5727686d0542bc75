//! `/catalog/services/{code}`: what a service asks, what is filled, from what, and on which legal basis.

use askama::Template;

use super::boxes::{BoxGroup, boxes};
use super::shell::{Page, Section, Shell};
use super::sorry::{Near, missing};
use super::visit::Visit;
use super::words::{
    Badge, Link, confidence_badge, days, form_link, level_word, service_link, service_name, subject_word,
};
use crate::catalog::lint::law::successor_of;
use crate::catalog::{Catalog, FieldCounts, Level, Origin, ServiceForm};
use crate::clock::today_in_viet_nam;
use crate::strict_json::nearest;

#[derive(Template)]
#[template(path = "service.html")]
struct ServicePage<'a> {
    shell: Shell,
    code: &'a str,
    /// Where the counter fills it.
    counter: String,
    /// The name in the other language.
    other_name: &'a str,
    level: &'static str,
    field: &'a str,
    ministry: &'a str,
    agency: &'a str,
    subject: &'a str,
    successor: Option<Successor>,
    note: Option<&'a str>,
    basis: Vec<Basis<'a>>,
    confidence: Badge,
    origin: &'a Origin,
    forms: Vec<FormLine>,
    /// The form that a dossier of today uses when nobody picks another.
    current: Option<CurrentForm>,
}

/// Where the service went.
struct Successor {
    text: String,
    href: Option<String>,
}

/// A text of the legal basis; `now`: it is no longer in force, and what is.
struct Basis<'a> {
    text: &'a str,
    now: Option<String>,
}

struct FormLine {
    link: Link,
    id: String,
    days: String,
    in_force: Option<Badge>,
    confidence: Badge,
    counts: FieldCounts,
}

struct CurrentForm {
    link: Link,
    groups: Vec<BoxGroup>,
    /// The register's attributes that are asked for.
    taken: Vec<Taken>,
}

/// An attribute that is taken of a record.
struct Taken {
    link: Link,
    sensitive: bool,
}

/// The page of the service with this code.
pub fn service(catalog: &Catalog, code: &str, visit: &Visit) -> Page {
    let Some(service) = catalog.service(code) else { return unknown(catalog, code, visit) };
    let (file, lang, today) = (&service.file, visit.lang, today_in_viet_nam());
    let current = service.forms_on(today).next();
    let basis = file.legal_basis.iter().map(|text| Basis { text, now: successor_of(text, today) });
    let page = ServicePage {
        shell: Shell::new(visit, Section::Services, service_name(file, lang)),
        code: &file.code.0,
        counter: format!("/counter/{}", file.code.0),
        other_name: lang.pick(&file.name_en, &file.name_vi),
        level: level_word(file.level, lang),
        field: &file.field,
        ministry: &file.ministry,
        agency: &file.agency,
        subject: subject_word(&file.subject, lang),
        successor: file.successor.as_deref().map(|successor| self::successor(catalog, successor, visit)),
        note: file.note.as_deref(),
        basis: basis.collect(),
        confidence: confidence_badge(file.confidence, lang),
        origin: &file.origin,
        forms: service.forms.iter().map(|form| form_line(form, current, visit)).collect(),
        current: current.map(|form| current_form(catalog, form, visit)),
    };
    Page::of(200, &page)
}

fn unknown(catalog: &Catalog, code: &str, visit: &Visit) -> Page {
    let services = catalog.services();
    let near = nearest(code, services.iter().map(|service| service.file.code.0.as_str()));
    let near = near.and_then(|near| catalog.service(&near)).map(|service| Near {
        label: format!("{} {}", service.file.code.0, service_name(&service.file, visit.lang)),
        href: service_link(&service.file, visit).href,
    });
    let (vi, en) = ("Danh mục không có dịch vụ với mã này.", "The catalogue has no service with this code.");
    missing(visit, visit.lang.pick(vi, en), near)
}

/// A code of another service, or the level that took the service over.
fn successor(catalog: &Catalog, successor: &str, visit: &Visit) -> Successor {
    let lang = visit.lang;
    if let Some(level) = Level::ALL.into_iter().find(|level| level.word() == successor) {
        let level = level_word(level, lang);
        let text = lang.pick(format!("{level}, cùng mã"), format!("{level}, same code"));
        return Successor { text, href: None };
    }
    match catalog.service(successor) {
        Some(service) => Successor {
            text: format!("{successor} {}", service_name(&service.file, lang)),
            href: Some(service_link(&service.file, visit).href),
        },
        None => Successor {
            text: lang.pick(
                format!("{successor} (không có trong danh mục này)"),
                format!("{successor} (not in this catalogue)"),
            ),
            href: None,
        },
    }
}

fn form_line(form: &ServiceForm, current: Option<&ServiceForm>, visit: &Visit) -> FormLine {
    let (plan, lang) = (&form.plan, visit.lang);
    let is_default = current.is_some_and(|current| std::ptr::eq(current, form));
    let in_force = match (is_default, form.in_force(today_in_viet_nam())) {
        (true, _) => Some(Badge::new("good", lang.pick("mặc định hôm nay", "default today"))),
        (false, true) => Some(Badge::new("info", lang.pick("có hiệu lực", "in force"))),
        (false, false) => None,
    };
    FormLine {
        link: form_link(plan, visit),
        id: plan.id.to_string(),
        days: days(form.from, form.to, lang),
        in_force,
        confidence: confidence_badge(plan.confidence, lang),
        counts: FieldCounts::of(plan),
    }
}

fn current_form(catalog: &Catalog, form: &ServiceForm, visit: &Visit) -> CurrentForm {
    let plan = &form.plan;
    let taken = plan.wanted.iter().map(|attribute| {
        let entry = catalog.dictionary.register_entry(attribute);
        let label = entry.map_or(attribute.path(), |entry| visit.lang.pick(&entry.label_vi, &entry.label_en));
        Taken {
            link: Link {
                href: visit.href(&format!("/catalog/attributes/{}", attribute.path())),
                label: label.to_owned(),
            },
            sensitive: entry.is_some_and(|entry| entry.sensitive),
        }
    });
    CurrentForm { link: form_link(plan, visit), taken: taken.collect(), groups: boxes(catalog, plan, visit) }
}
