//! For operators: `GET /healthz`, `GET /readyz`, `GET /metrics`.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::App;
use super::leaving::Leaving;
use super::shapes::{Alive, KeySet, Readiness};

/// The process is alive.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "alive",
    tag = "operations",
    summary = "Whether the process is alive",
    responses((status = 200, description = "It is", body = Alive))
)]
pub async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// The service can take requests. Does not depend on upstream: an outage there is an answer, not a reason to be
/// taken out of the balancer. Nor on a reload that failed: the catalogue before it is still in use. After SIGTERM it says
/// that the replica leaves, while requests are still answered.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operations",
    summary = "Whether requests can be taken",
    responses(
        (status = 200, description = "They can", body = Readiness),
        (status = 503, description = "Ask another replica: this one drains before its end, or can put nothing on record and so discloses nothing", body = Readiness)
    )
)]
pub async fn ready(app: web::Data<App>, leaving: web::Data<Leaving>) -> HttpResponse {
    let journal = app.desk.journal.as_ref().map(|journal| journal.health());
    let failing = journal.as_ref().and_then(|health| health.failing.clone());
    let state = app.desk.catalog.state();
    let catalog = &state.catalog;
    let last_reload = state.last_reload.map(
        |(result, at)| json!({ "result": result.label(), "at": format!("{at:.3}"), "findings": result.findings() }),
    );
    let journal = journal.map(|health| match health.failing {
        None => json!({ "state": "good", "lines": health.lines }),
        Some(failing) => json!({ "state": "failing", "since": failing.since.to_string(), "reason": &*failing.reason }),
    });
    let (mut answer, status) = status(leaving.begun(), failing.is_some());
    answer.json(json!({
        "status": status,
        "journal": journal,
        "connections": app.desk.register.connections.names(),
        "catalog": {
            "services": catalog.services().len(),
            "forms": catalog.form_count(),
            "version": catalog.version,
            "loaded_at": format!("{:.3}", catalog.loaded_at),
            "last_reload": last_reload,
        },
    }))
}

/// The service can take requests; no details, for a door that others reach.
pub async fn bare_ready(app: web::Data<App>, leaving: web::Data<Leaving>) -> HttpResponse {
    let failing = app.desk.journal.as_ref().is_some_and(|journal| journal.health().failing.is_some());
    let (mut answer, status) = status(leaving.begun(), failing);
    answer.json(json!({ "status": status }))
}

/// Without a journal nothing can be disclosed: the balancer should ask another replica. The catalogue can still be read.
/// The same goes for a replica that leaves.
fn status(leaves: bool, failing: bool) -> (actix_web::HttpResponseBuilder, &'static str) {
    match (leaves, failing) {
        (true, _) => (HttpResponse::ServiceUnavailable(), "draining"),
        (false, true) => (HttpResponse::ServiceUnavailable(), "not_ready"),
        (false, false) => (HttpResponse::Ok(), "ready"),
    }
}

/// Prometheus text format.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "operations",
    summary = "Metrics in the text format of Prometheus",
    responses((status = 200, description = "Metrics", content_type = "text/plain", body = String))
)]
pub async fn metrics(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(app.desk.readings().text())
}

/// The public keys of signed answers (RFC 7517); an empty set where nothing is signed.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "keys",
    tag = "operations",
    summary = "The public keys of signed answers",
    responses((status = 200, description = "RFC 7517", content_type = "application/jwk-set+json", body = KeySet))
)]
pub async fn key_set(app: web::Data<App>) -> HttpResponse {
    let keys = app.desk.signing.as_ref().map_or_else(|| json!({ "keys": [] }), |keys| keys.key_set());
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/jwk-set+json")).body(keys.to_string())
}
