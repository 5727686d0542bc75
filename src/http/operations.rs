//! For operators: `GET /healthz`, `GET /readyz`, `GET /metrics`.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::App;

/// The process is alive.
pub async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// The service can take requests. Does not depend on upstream: an outage there is an answer, not a reason to be
/// taken out of the balancer. Nor on a reload that failed: the catalogue before it is still in use.
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    let state = app.desk.catalog.state();
    let catalog = &state.catalog;
    let last_reload = state.last_reload.map(
        |(result, at)| json!({ "result": result.label(), "at": format!("{at:.3}"), "findings": result.findings() }),
    );
    HttpResponse::Ok().json(json!({
        "status": "ready",
        "connections": app.desk.connections.names(),
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
pub async fn bare_ready() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ready" }))
}

/// Prometheus text format.
pub async fn metrics(app: web::Data<App>) -> HttpResponse {
    app.desk.metrics.cache_bytes(app.desk.cache.bytes());
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(app.desk.metrics.render())
}
