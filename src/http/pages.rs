//! Routes of the pages for people. What stands on a page is the business of the pages room; here it becomes an answer.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

use super::addresses::{is_counter, is_page};
use super::{App, readable};
use crate::access::Face;
use crate::catalog::Catalog;
use crate::clock;
use crate::pages::{self, Page, Visit, Words};

/// The door that a page was asked at.
#[derive(Clone, Copy)]
pub struct PageDoor {
    /// Whether the operator's page answers at this door to whoever may see the others.
    pub operators: bool,
    /// Whether the counter's page answers at this door to whoever may see the others.
    pub counter: bool,
}

/// The catalogue's pages and what they load.
pub fn catalog_routes(config: &mut web::ServiceConfig) {
    let page = |path: &'static str, handler: fn(HttpRequest, web::Data<App>) -> HttpResponse| {
        let handle = move |request: HttpRequest, app: web::Data<App>| std::future::ready(handler(request, app));
        readable(path).route(web::get().to(handle)).route(web::head().to(handle))
    };
    config
        .service(page("/assets/{name}", |request, _| asset(&request)))
        .service(page("/catalog", |request, app| {
            respond(pages::services(&app.desk.catalog.current(), &visit(&request)))
        }))
        .service(page("/catalog/attributes", |request, app| {
            respond(pages::attributes(&app.desk.catalog.current(), &visit(&request)))
        }))
        .service(page("/catalog/attributes/{path}", |request, app| named(&request, "path", &app, pages::attribute)))
        .service(page("/catalog/coverage", |request, app| {
            respond(pages::coverage(&app.desk.catalog.current(), &visit(&request)))
        }))
        .service(page("/catalog/forms", |request, app| {
            respond(pages::forms(&app.desk.catalog.current(), &visit(&request)))
        }))
        .service(page("/catalog/services/{code}", |request, app| named(&request, "code", &app, pages::service)))
        .service(page("/catalog/forms/{id}", |request, app| named(&request, "id", &app, pages::form)))
        .service(page("/catalog/{rest:.*}", |request, _| respond(pages::no_page(&visit(&request)))));
}

/// The page of what the address names.
fn named(request: &HttpRequest, part: &str, app: &App, render: fn(&Catalog, &str, &Visit) -> Page) -> HttpResponse {
    respond(render(&app.desk.catalog.current(), request.match_info().query(part), &visit(request)))
}

/// The operator's page; goes where metrics go.
pub fn status_route(config: &mut web::ServiceConfig) {
    config.service(readable("/status").route(web::get().to(status)).route(web::head().to(status)));
}

async fn status(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    respond(pages::status(&app.desk, clock::now(), &visit(&request)))
}

fn asset(request: &HttpRequest) -> HttpResponse {
    match pages::asset(request.match_info().query("name")) {
        Some(asset) => {
            let mut response = HttpResponse::Ok();
            for header in asset.headers() {
                response.insert_header(header);
            }
            response.body(asset.content)
        }
        None => respond(pages::no_page(&visit(request))),
    }
}

/// The page instead of an address with what could be a personal number.
pub fn refuse_address(request: &HttpRequest) -> HttpResponse {
    let language = words(request).get("lang");
    let language = HashMap::from([("lang".to_owned(), language)]);
    respond(pages::refused_address(&Visit::new("/catalog", Words(language), false)))
}

/// The page instead of a problem document for a browser that shows no credential; `None`: no browser asks.
pub fn refuse_caller(request: &HttpRequest, face: &Face) -> Option<HttpResponse> {
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if !is_page(request.path()) || !accept.contains("text/html") {
        return None;
    }
    let locked = if is_counter(request.path()) { pages::locked_counter } else { pages::locked };
    let mut response = respond(locked(&visit(request), face.status, face.title, face.detail));
    if face.status == 401 {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    Some(response)
}

fn words(request: &HttpRequest) -> Words {
    // What cannot be read as words is no words: the page is shown without a filter.
    let read = web::Query::<HashMap<String, String>>::from_query(request.query_string());
    Words(read.map(web::Query::into_inner).unwrap_or_default())
}

/// How a page is asked for.
pub fn visit(request: &HttpRequest) -> Visit {
    let door = request.app_data::<PageDoor>();
    let operators = door.is_some_and(|door| door.operators);
    Visit::new(request.path(), words(request), operators).with_counter(door.is_some_and(|door| door.counter))
}

/// A page on its way.
pub fn respond(page: Page) -> HttpResponse {
    let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponseBuilder::new(status);
    for header in pages::HEADERS {
        response.insert_header(*header);
    }
    response.body(page.html)
}
