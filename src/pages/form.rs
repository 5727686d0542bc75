//! `/catalog/forms/{id}`: a form's schema and mapping side by side, and who uses it.

use askama::Template;

use super::boxes::{BoxGroup, boxes};
use super::shell::{Page, Section, Shell};
use super::sorry::{Near, missing};
use super::visit::Visit;
use super::words::{Badge, Link, applicant_words, confidence_badge, days, form_link, service_link};
use crate::catalog::{Catalog, FieldCounts, FormPlan, Language, Origin};
use crate::strict_json::nearest;

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage<'a> {
    shell: Shell,
    id: &'a str,
    /// Number and source of the form, as its schema says.
    description: &'a str,
    confidence: Badge,
    origin: &'a Origin,
    applicant: String,
    roles: Vec<RoleLine<'a>>,
    users: Vec<User>,
    counts: FieldCounts,
    groups: Vec<BoxGroup>,
}

struct RoleLine<'a> {
    slug: &'a str,
    label: &'a str,
    flags: String,
}

/// A service that uses the form.
struct User {
    link: Link,
    code: String,
    days: String,
}

/// The page of the form with this id.
pub fn form(catalog: &Catalog, id: &str, visit: &Visit) -> Page {
    let Some(plan) = catalog.form(id) else { return unknown(catalog, id, visit) };
    let lang = visit.lang;
    let user = |(service, used): (&crate::catalog::Service, &crate::catalog::ServiceForm)| User {
        link: service_link(&service.file, visit),
        code: service.file.code.0.clone(),
        days: days(used.from, used.to, lang),
    };
    let page = FormPage {
        shell: Shell::new(visit, Section::Services, &*plan.schema.title),
        id: &plan.id,
        description: plan.schema.published["description"].as_str().unwrap_or_default(),
        confidence: confidence_badge(plan.confidence, lang),
        origin: &plan.origin,
        applicant: applicant_words(plan, lang),
        roles: roles(plan, lang),
        users: catalog.users(&plan.id).into_iter().map(user).collect(),
        counts: FieldCounts::of(plan),
        groups: boxes(catalog, plan, visit),
    };
    Page::of(200, &page)
}

fn unknown(catalog: &Catalog, id: &str, visit: &Visit) -> Page {
    let near = nearest(id, catalog.forms().iter().map(|form| &*form.id));
    let near = near.and_then(|near| catalog.form(&near)).map(|form| {
        let link = form_link(form, visit);
        Near { href: link.href, label: link.label }
    });
    let (vi, en) = ("Danh mục không có tờ khai với tên này.", "The catalogue has no form with this name.");
    missing(visit, visit.lang.pick(vi, en), near)
}

fn roles(plan: &FormPlan, lang: Language) -> Vec<RoleLine<'_>> {
    let line = |role: &'_ crate::catalog::Role| {
        let flags = [
            (role.lookup, lang.pick("được tra cứu thêm", "may be looked up")),
            (role.filer, lang.pick("người nộp thay", "files for another")),
            (role.rows, lang.pick("nhiều người, mỗi người một dòng", "several people, one row each")),
        ];
        let flags: Vec<&str> = flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).collect();
        flags.join(", ")
    };
    plan.roles.iter().map(|role| RoleLine { slug: &role.slug, label: &role.label, flags: line(role) }).collect()
}
