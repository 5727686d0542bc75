//! The HTTP face: routes, problem documents, request ids, metrics.
//!
//! This room turns bytes into requests and refusals into problem documents; it decides nothing about filling. Personal
//! data travels in bodies only, never in an address.

mod autofill;
mod catalog;
mod observe;
mod operations;
mod problem;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpServer, middleware, web};

use crate::autofill::Desk;
use observe::{ProblemCode, RequestId, observe};
pub use problem::Problem;

/// What every handler shares.
pub struct App {
    pub desk: Desk,
}

/// How long requests in flight may still take after SIGTERM; above the longest look-up budget.
const SHUTDOWN_SECONDS: u64 = 30;

/// A server on a bound listener. It stops gracefully on SIGTERM and SIGINT: requests in flight are answered.
///
/// # Errors
/// The listener cannot be used.
pub fn serve(app: Arc<App>, listener: TcpListener, workers: usize) -> std::io::Result<Server> {
    let data = web::Data::from(app);
    let server = HttpServer::new(move || {
        actix_web::App::new().app_data(data.clone()).wrap(middleware::from_fn(observe)).configure(routes)
    });
    let server = server
        .workers(workers)
        .client_request_timeout(Duration::from_secs(10))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .listen(listener)?;
    Ok(server.run())
}

fn routes(config: &mut web::ServiceConfig) {
    let get = |path: &'static str| {
        web::resource(path).default_service(web::to(|request: HttpRequest| refuse_method(request, "GET, HEAD")))
    };
    config
        .service(
            web::resource("/v1/autofill")
                .route(web::post().to(autofill::post))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "POST"))),
        )
        .service(get("/v1/services").route(web::get().to(catalog::services)).route(web::head().to(catalog::services)))
        .service(
            get("/v1/services/{code}").route(web::get().to(catalog::service)).route(web::head().to(catalog::service)),
        )
        .service(get("/v1/forms/{id}").route(web::get().to(catalog::form)).route(web::head().to(catalog::form)))
        .service(get("/healthz").route(web::get().to(operations::health)).route(web::head().to(operations::health)))
        .service(get("/readyz").route(web::get().to(operations::ready)).route(web::head().to(operations::ready)))
        .service(get("/metrics").route(web::get().to(operations::metrics)).route(web::head().to(operations::metrics)))
        .default_service(web::to(no_route));
}

async fn refuse_method(request: HttpRequest, allow: &'static str) -> HttpResponse {
    fail(Problem::method_not_allowed(allow), &request_id(&request))
}

async fn no_route(request: HttpRequest) -> HttpResponse {
    fail(Problem::not_found(), &request_id(&request))
}

/// A problem document that also tells its code to the log line.
fn fail(problem: Problem, request_id: &str) -> HttpResponse {
    let code = problem.code();
    let mut response = problem.respond(request_id);
    response.extensions_mut().insert(ProblemCode(code));
    response
}

fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}
