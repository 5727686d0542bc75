//! `GET /docs`: the description as a page to try things out (Swagger UI; every file of it lies in the program).

use std::sync::{Arc, LazyLock};

use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa_swagger_ui::Config;

use super::super::{Problem, fail, readable, request_id};

/// Styles stand inline in that page; nothing is loaded from elsewhere, and it talks to this service only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json").try_it_out_enabled(true).persist_authorization(false)));

/// The page and its files.
pub fn page_route(config: &mut web::ServiceConfig) {
    let to_page = || async { HttpResponse::Found().insert_header(("Location", "/docs/")).finish() };
    config
        .service(readable("/docs").route(web::get().to(to_page)))
        .service(readable("/docs/{file:.*}").route(web::get().to(file)).route(web::head().to(file)));
}

async fn file(request: HttpRequest) -> HttpResponse {
    let name = request.match_info().query("file");
    match utoipa_swagger_ui::serve(name, Arc::clone(&CONFIG)) {
        Ok(Some(file)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, file.content_type))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .body(file.bytes.into_owned()),
        Ok(None) | Err(_) => fail(Problem::not_found(), &request_id(&request)),
    }
}
