//! The description of the API (OpenAPI 3.1): `GET /openapi.json`, `GET /docs`, `diensan openapi`.
//!
//! Shapes stand in `shapes`, operations beside their handlers, problems come from the code that makes them. This
//! room answers nothing; the test suite holds every answer against it.

mod page;
mod problems;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use utoipa::OpenApi;

pub use page::page_route;
use problems::Part;

use super::shapes;
use super::{autofill, batch, cache, catalog as catalog_routes, operations, releases, samples, validate};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "diensan",
        description = "Fills official Vietnamese forms from the National Population Database, verifies what was typed, and \
                       says where every value came from. Personal data travels in bodies only. `title` of a problem is \
                       English and constant for its `code`, `detail` is Vietnamese.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact()
    ),
    servers((url = "/", description = "this service")),
    tags(
        (name = "people", description = "Filling, verifying, checking"),
        (name = "oversight", description = "Second-person release, and reasons for sampled look-ups"),
        (name = "catalog", description = "Services and forms"),
        (name = "operations", description = "Health, metrics, keys")
    ),
    paths(
        autofill::post,
        batch::post,
        autofill::verify,
        validate::post,
        cache::delete,
        releases::post,
        samples::list,
        samples::answer,
        catalog_routes::services,
        catalog_routes::service,
        catalog_routes::form,
        operations::health,
        operations::ready,
        operations::metrics,
        operations::key_set
    ),
    components(schemas(shapes::Problem))
)]
struct Described;

/// What each operation does; decides which problems it can answer with.
const OPERATIONS: &[(&str, &str, &[Part])] = &[
    ("/v1/autofill", "post", &[Part::Everywhere, Part::Caller, Part::Body, Part::People, Part::LookUp]),
    ("/v1/autofill/batch", "post", &[Part::Everywhere, Part::Caller, Part::Body, Part::People, Part::Batch]),
    ("/v1/verify", "post", &[Part::Everywhere, Part::Caller, Part::Body, Part::People, Part::LookUp]),
    ("/v1/forms/{id}/validate", "post", &[Part::Everywhere, Part::Caller, Part::Body, Part::FinishedForm]),
    ("/v1/cache", "delete", &[Part::Everywhere, Part::Caller, Part::Body, Part::People, Part::LookUp, Part::Forget]),
    ("/v1/releases", "post", &[Part::Everywhere, Part::Caller, Part::Body, Part::Oversight, Part::Release]),
    ("/v1/samples", "get", &[Part::Everywhere, Part::Caller]),
    ("/v1/samples/{id}", "post", &[Part::Everywhere, Part::Caller, Part::Body, Part::Oversight, Part::Explanation]),
    ("/v1/services", "get", &[Part::Everywhere, Part::Caller]),
    ("/v1/services/{code}", "get", &[Part::Everywhere, Part::Caller, Part::NamedService]),
    ("/v1/forms/{id}", "get", &[Part::Everywhere, Part::Caller, Part::NamedForm]),
    ("/healthz", "get", &[Part::Everywhere]),
    ("/readyz", "get", &[Part::Everywhere]),
    ("/metrics", "get", &[Part::Everywhere, Part::Caller]),
    ("/.well-known/jwks.json", "get", &[Part::Everywhere]),
];

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// The whole description.
pub fn document() -> Value {
    let mut document = serde_json::to_value(Described::openapi()).unwrap_or_default();
    if let Some(info) = document["info"].as_object_mut() {
        info.remove("contact");
    }
    let mut examples = serde_json::Map::new();
    for (path, method, parts) in OPERATIONS {
        let mut by_status: BTreeMap<u16, Vec<String>> = BTreeMap::new();
        for ((status, code), example) in parts.iter().flat_map(|part| problems::of(*part)) {
            let codes = by_status.entry(status).or_default();
            if !codes.contains(&code) {
                codes.push(code.clone());
            }
            examples.entry(code).or_insert_with(|| json!({ "summary": example["title"], "value": example }));
        }
        let operation = &mut document["paths"][path][method];
        for (status, codes) in by_status {
            operation["responses"][status.to_string()] = response(status, &codes);
        }
        if parts.contains(&Part::Caller) {
            operation["security"] = json!([{ "token": [] }, { "key": [] }, { "certificate": [] }, {}]);
        }
        let is_described = |status: &&str| operation["responses"][*status].is_object();
        let good = ["201", "204"].into_iter().find(is_described).unwrap_or("200");
        operation["responses"][good]["headers"] = headers(200);
    }
    document["components"]["examples"] = Value::Object(examples);
    document["components"]["securitySchemes"] = json!({
        "token": { "type": "http", "scheme": "bearer",
                   "description": "An API key, or a token (JWT) of an agreed issuer, good for one request." },
        "key": { "type": "apiKey", "in": "header", "name": "X-Api-Key" },
        "certificate": { "type": "mutualTLS", "description": "A client certificate that a caller is known by." },
    });
    document["components"]["headers"] = json!({
        "X-Request-Id": { "description": "As the request named it, or a new one.", "schema": { "type": "string" } },
        "Retry-After": { "description": "Seconds.", "schema": { "type": "integer", "minimum": 1 } },
        "WWW-Authenticate": { "schema": { "type": "string" } },
    });
    document["security"] = json!([]);
    document
}

fn response(status: u16, codes: &[String]) -> Value {
    let examples: serde_json::Map<String, Value> =
        codes.iter().map(|code| (code.clone(), json!({ "$ref": format!("#/components/examples/{code}") }))).collect();
    json!({
        "description": problems::reason(status),
        "headers": headers(status),
        "content": { "application/problem+json": {
            "schema": { "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "type": "object", "properties": { "status": { "const": status }, "code": { "enum": codes } } },
            ] },
            "examples": examples,
        } },
    })
}

fn headers(status: u16) -> Value {
    let named = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
    let mut headers = serde_json::Map::new();
    headers.insert("X-Request-Id".to_owned(), named("X-Request-Id"));
    if matches!(status, 429 | 503) {
        headers.insert("Retry-After".to_owned(), named("Retry-After"));
    }
    if status == 401 {
        headers.insert("WWW-Authenticate".to_owned(), named("WWW-Authenticate"));
    }
    Value::Object(headers)
}

/// `GET /openapi.json`.
pub async fn get() -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(DOCUMENT.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_is_described_has_its_problems_and_every_problem_its_example() {
        let document = document();
        let described: Vec<(String, String)> = document["paths"]
            .as_object()
            .expect("paths")
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().expect("methods").keys().map(|method| (path.clone(), method.clone()))
            })
            .collect();
        let listed: Vec<(String, String)> =
            OPERATIONS.iter().map(|(path, method, _)| ((*path).to_owned(), (*method).to_owned())).collect();
        assert_eq!(described.len(), listed.len());
        assert!(described.iter().all(|one| listed.contains(one)), "{described:?}");
        let text = document.to_string();
        for at in text.match_indices("#/components/").map(|(at, _)| at) {
            let pointer = text[at + 1..].split('"').next().expect("a reference");
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
