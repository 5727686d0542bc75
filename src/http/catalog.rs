//! Reading the catalogue: `GET /v1/services`, `GET /v1/services/{code}`, `GET /v1/forms/{id}`.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::problem::Problem;
use super::shapes::{ServiceDetail, ServiceList};
use super::{App, fail, request_id};
use crate::catalog::{Applicant, Catalog, Filling, FormPlan, Service, ServiceForm, Target};
use crate::clock::today_in_viet_nam;
use crate::strict_json::nearest;

/// All services, ordered by level and code.
#[utoipa::path(
    get,
    path = "/v1/services",
    operation_id = "services",
    tag = "catalog",
    summary = "All services",
    responses((status = 200, description = "Ordered by level and code", body = ServiceList))
)]
pub async fn services(app: web::Data<App>) -> HttpResponse {
    let catalog = app.desk.catalog.current();
    let services: Vec<Value> = catalog.services().into_iter().map(summary).collect();
    HttpResponse::Ok().json(json!({ "count": services.len(), "services": services }))
}

/// One service: what it asks, what is filled, from which attributes, on which legal basis.
#[utoipa::path(
    get,
    path = "/v1/services/{code}",
    operation_id = "service",
    tag = "catalog",
    summary = "One service",
    params(("code" = String, Path, description = "National procedure code", example = "1.005099")),
    responses((status = 200, description = "What it asks, what is filled, from which attributes", body = ServiceDetail))
)]
pub async fn service(request: HttpRequest, code: web::Path<String>, app: web::Data<App>) -> HttpResponse {
    let catalog = app.desk.catalog.current();
    match catalog.service(&code) {
        Some(service) => HttpResponse::Ok().json(detail(&catalog, service)),
        None => {
            let services = catalog.services();
            let near = nearest(&code, services.iter().map(|service| service.file.code.0.as_str()));
            fail(Problem::service_unknown(near.as_deref()), &request_id(&request))
        }
    }
}

/// A form as JSON Schema 2020-12.
#[utoipa::path(
    get,
    path = "/v1/forms/{id}",
    operation_id = "form",
    tag = "catalog",
    summary = "The JSON Schema of a form",
    params(("id" = String, Path, description = "Form", example = "don-chuyen-truong-tieu-hoc")),
    responses((status = 200, description = "JSON Schema 2020-12", content_type = "application/schema+json",
               body = serde_json::Value))
)]
pub async fn form(request: HttpRequest, id: web::Path<String>, app: web::Data<App>) -> HttpResponse {
    match app.desk.catalog.current().form(&id) {
        Some(plan) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/schema+json"))
            .body(plan.schema.published.to_string()),
        None => fail(Problem::form_unknown(), &request_id(&request)),
    }
}

fn summary(service: &Service) -> Value {
    let file = &service.file;
    let today = today_in_viet_nam();
    let forms: Vec<&str> = service.forms_on(today).map(|form| &*form.plan.id).collect();
    json!({
        "code": file.code.0,
        "name": { "vi": file.name_vi, "en": file.name_en },
        "level": file.level.word(),
        "field": file.field,
        "forms": forms,
        "successor": file.successor,
        "confidence": file.confidence.word(),
    })
}

fn detail(catalog: &Catalog, service: &Service) -> Value {
    let file = &service.file;
    let today = today_in_viet_nam();
    let forms: Vec<Value> = service.forms.iter().map(|form| form_detail(catalog, form, form.in_force(today))).collect();
    json!({
        "code": file.code.0,
        "name": { "vi": file.name_vi, "en": file.name_en },
        "level": file.level.word(),
        "field": file.field,
        "ministry": file.ministry,
        "agency": file.agency,
        "subject": file.subject,
        "legal_basis": file.legal_basis,
        "successor": file.successor,
        "note": file.note,
        "confidence": file.confidence.word(),
        "forms": forms,
    })
}

fn form_detail(catalog: &Catalog, form: &ServiceForm, in_force: bool) -> Value {
    let plan = &form.plan;
    let roles: Vec<Value> = plan
        .roles
        .iter()
        .map(|role| json!({ "role": role.slug, "label": role.label, "lookup": role.lookup, "filer": role.filer, "rows": role.rows }))
        .collect();
    let fields: Vec<Value> = plan
        .targets
        .iter()
        .zip(&plan.schema.properties)
        .map(|(target, property)| field_detail(plan, target, &property.title, property.required))
        .collect();
    json!({
        "id": plan.id,
        "title": plan.schema.title,
        "from": form.from.map(|day| day.to_string()),
        "to": form.to.map(|day| day.to_string()),
        "in_force": in_force,
        "confidence": plan.confidence.word(),
        "applicant": applicant(plan),
        "roles": roles,
        "attributes": attributes(catalog, plan),
        "fields": fields,
    })
}

fn field_detail(plan: &FormPlan, target: &Target, title: &str, required: bool) -> Value {
    let path = format!("/{}", target.key);
    match &target.filling {
        Filling::Manual => json!({ "path": path, "title": title, "required": required, "manual": true }),
        Filling::Mapped(mapped) => {
            let sources: Vec<&str> = mapped.sources.iter().map(|source| &*source.slot.path).collect();
            json!({
                "path": path,
                "title": title,
                "required": required,
                "manual": false,
                "sources": sources,
                "suggested": mapped.suggest,
                "locked": mapped.lock && !mapped.suggest,
            })
        }
        Filling::Rows { role, columns } => {
            let columns: Vec<Value> =
                columns.iter().map(|column| field_detail(plan, column, &column.title, false)).collect();
            let rows = &plan.roles[*role].slug;
            json!({ "path": path, "title": title, "required": required, "manual": false, "rows": rows, "columns": columns })
        }
    }
}

fn applicant(plan: &FormPlan) -> Value {
    let slug = |role: usize| &*plan.roles[role].slug;
    match &plan.applicant {
        Applicant::Role(role) => json!({ "role": role.map_or("none", slug) }),
        Applicant::ByGender(table) => {
            let roles: serde_json::Map<String, Value> =
                table.iter().map(|(code, role)| (code.to_string(), slug(*role).into())).collect();
            json!({ "by_gender": roles })
        }
        Applicant::Ask(choices) => {
            let choices: Vec<&str> = choices.iter().map(|choice| choice.map_or("none", slug)).collect();
            json!({ "ask": choices })
        }
    }
}

/// The register attributes that the form takes, with their labels and whether they are sensitive.
fn attributes(catalog: &Catalog, plan: &FormPlan) -> Vec<Value> {
    let described = plan.wanted.iter().map(|attribute| {
        let entry = catalog.dictionary.register_entry(attribute);
        json!({
            "path": attribute.path(),
            "label": { "vi": entry.map(|entry| &*entry.label_vi), "en": entry.map(|entry| &*entry.label_en) },
            "sensitive": entry.is_some_and(|entry| entry.sensitive),
        })
    });
    described.collect()
}
