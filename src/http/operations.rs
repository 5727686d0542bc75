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
/// taken out of the balancer.
pub async fn ready(app: web::Data<App>) -> HttpResponse {
    let catalog = &app.desk.catalog;
    HttpResponse::Ok().json(json!({
        "status": "ready",
        "connection": app.desk.population.name(),
        "catalog": { "services": catalog.services().len(), "forms": catalog.form_count() },
    }))
}

/// Prometheus text format.
pub async fn metrics(app: web::Data<App>) -> HttpResponse {
    app.desk.metrics.cache_bytes(app.desk.cache.bytes());
    if let Some(seconds) = app.desk.population.clock_skew_seconds() {
        app.desk.metrics.clock_skew(app.desk.population.name(), seconds);
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(app.desk.metrics.render())
}
