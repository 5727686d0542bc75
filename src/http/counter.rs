//! The counter's page over HTTP: what its own form sends becomes the request that a program would send, and goes to the
//! same desk, with the same checks and the same line in the journal.

use actix_web::http::header::{HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};

use super::observe::ProblemCode;
use super::problem::Problem;
use super::{App, body, caller, pages, readable, refuse_method, request_id};
use crate::autofill::AutofillRequest;
use crate::clock::today_in_viet_nam;
use crate::pages::{Entry, Page, Told, counter, counter_form, counter_request, foreign_page, print, unreadable_page};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The counter's routes. They are at the public door only: the operator's door knows no caller.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(readable("/counter").route(web::get().to(search)).route(web::head().to(search)))
        .service(
            web::resource("/counter/{code}")
                .route(web::get().to(open))
                .route(web::head().to(open))
                .route(web::post().to(fill))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "GET, HEAD, POST"))),
        )
        .service(
            web::resource("/counter/{code}/print")
                .route(web::post().to(paper))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "POST"))),
        );
}

async fn search(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    respond(counter(&app.desk.catalog.current(), &pages::visit(&request)))
}

async fn open(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let code = request.match_info().query("code");
    let (catalog, entry) = (app.desk.catalog.current(), Entry::default());
    respond(counter_form(&catalog, code, &entry, &Told::Nothing, &pages::visit(&request)))
}

/// Looks up and fills.
async fn fill(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    let entry = match read(&request, payload, &app).await {
        Ok(entry) => entry,
        Err(refused) => return refused,
    };
    let (code, id) = (request.match_info().query("code"), request_id(&request));
    let catalog = app.desk.catalog.current();
    let told = match counter_request(&catalog, code, &entry) {
        Some(asked) => ask(&request, &app, &id, &asked.to_string()).await,
        None => Ok(Told::Nothing),
    };
    let visit = pages::visit(&request);
    match told {
        Ok(told) => respond(counter_form(&catalog, code, &entry, &told, &visit)),
        Err(problem) => {
            let code_word = problem.code();
            let status = problem.told().0.as_u16();
            let document = problem.document(&id);
            let wait = document["retry_after"].as_u64();
            let mut response = respond(counter_form(&catalog, code, &entry, &Told::Problem(document, status), &visit));
            if let Some(seconds) = wait {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            response.extensions_mut().insert(ProblemCode(code_word));
            response
        }
    }
}

async fn ask(request: &HttpRequest, app: &App, id: &str, body: &str) -> Result<Told, Box<Problem>> {
    let today = today_in_viet_nam();
    let asked = match AutofillRequest::read(body, today) {
        Ok(asked) => asked,
        Err(findings) => {
            let problem = Problem::from(findings);
            app.desk.unread(id, problem.code()).await;
            return Err(Box::new(problem));
        }
    };
    let identity = caller::identity(request);
    let asking = caller::asking(identity.as_deref(), app);
    let answer = app.desk.autofill(&asked, id, today, asking.as_ref()).await;
    let answer = answer.map_err(|refusal| Box::new(Problem::from(refusal)))?;
    Ok(Told::Answer(serde_json::from_str(&answer).unwrap_or_default()))
}

/// The form as on paper, from what stands on the page; nobody is looked up.
async fn paper(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    let entry = match read(&request, payload, &app).await {
        Ok(entry) => entry,
        Err(refused) => return refused,
    };
    let code = request.match_info().query("code");
    respond(print(&app.desk.catalog.current(), code, &entry, &pages::visit(&request)))
}

/// What the page's form sent, when the page itself sent it.
async fn read(request: &HttpRequest, payload: web::Payload, app: &App) -> Result<Entry, HttpResponse> {
    let visit = pages::visit(request);
    if !is_own(request) {
        app.desk.unread(&request_id(request), "foreign_page").await;
        let mut refused = respond(foreign_page(&visit));
        refused.extensions_mut().insert(ProblemCode("foreign_page"));
        return Err(refused);
    }
    match body::read_form(request, payload).await {
        Ok(pairs) => Ok(Entry::new(pairs)),
        Err(problem) => {
            app.desk.unread(&request_id(request), problem.code()).await;
            let code = problem.code();
            let (status, title, detail) = problem.told();
            let mut refused = respond(unreadable_page(&visit, status.as_u16(), title, detail));
            refused.extensions_mut().insert(ProblemCode(code));
            Err(refused)
        }
    }
}

/// Whether a page of this very address sent the request. Browsers say so themselves, in `Sec-Fetch-Site` where the
/// connection is trusted, and in `Origin` with every POST; who says neither is no browser and is not needed here.
fn is_own(request: &HttpRequest) -> bool {
    let only = |name: &HeaderName| {
        let mut values = request.headers().get_all(name);
        let first = values.next()?;
        values.next().is_none().then(|| first.to_str().unwrap_or("?").to_owned())
    };
    if request.headers().contains_key(SEC_FETCH_SITE) {
        return only(&SEC_FETCH_SITE).as_deref() == Some("same-origin");
    }
    let info = request.connection_info();
    // The scheme is the proxy's business where there is one: the host must be ours.
    only(&ORIGIN).is_some_and(|origin| {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        host.is_some_and(|host| host == info.host())
    })
}

/// A page that tells its own address to itself: a browser on a plain connection then names it in `Origin`.
fn respond(page: Page) -> HttpResponse {
    let mut response = pages::respond(page);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
