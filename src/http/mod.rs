//! The HTTP face: routes, problem documents, request ids, metrics.
//!
//! This room turns bytes into requests and refusals into problem documents; it decides nothing about filling. Personal
//! data travels in bodies only, never in an address.

mod addresses;
mod authorise;
mod autofill;
mod batch;
mod body;
mod cache;
mod caller;
mod catalog;
mod counter;
mod leaving;
mod observe;
mod openapi;
mod opencps;
mod operations;
mod outcome_problem;
mod pages;
mod problem;
mod refusal_problem;
mod releases;
mod samples;
mod shapes;
mod tls;
mod validate;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpServer, middleware, web};

use crate::access::Office;
use crate::autofill::Desk;
use crate::config::OpenCpsSettings;
pub use caller::moment;
pub use leaving::Farewell;
pub use openapi::document as openapi_document;

use leaving::{Leaving, Signals};
use observe::{ProblemCode, RequestId, observe};
use pages::PageDoor;
pub use problem::Problem;
pub use tls::Tls;

/// What every handler shares.
pub struct App {
    pub desk: Desk,
    /// Where callers are known; `None`: the sandbox and rehearsals, where nobody is asked.
    pub office: Option<Arc<Office>>,
    /// The catalogue's pages answer on the public door without a credential, also where callers are known.
    pub pages_are_public: bool,
    /// The addresses of another one-stop system's front end are answered.
    pub opencps: Option<OpenCpsSettings>,
}

/// The longest wait for the head of a request, and for a TLS handshake.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// Where requests come in: bound listeners.
pub struct Doors {
    pub public: TcpListener,
    /// TLS of the public door; plain HTTP without it.
    pub tls: Option<Arc<Tls>>,
    /// A door of its own for metrics and health detail; plain HTTP, for the operator's network only.
    pub admin: Option<TcpListener>,
}

/// Serves until SIGTERM or SIGINT, then drains as `farewell` says and answers the requests in flight. Needs a tokio runtime.
///
/// # Errors
/// A listener, the TLS configuration or a signal cannot be used.
pub fn serve(
    app: Arc<App>,
    doors: Doors,
    workers: usize,
    farewell: Farewell,
) -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    let data = web::Data::from(app);
    let leaving = web::Data::new(Leaving::default());
    let signals = Signals::new()?;
    let own_admin_door = doors.admin.is_some();
    let public = {
        let (data, leaving) = (data.clone(), leaving.clone());
        HttpServer::new(move || public_app(data.clone(), leaving.clone(), own_admin_door))
            .workers(workers)
            .client_request_timeout(HEAD_TIME)
            .keep_alive(Duration::from_secs(75))
            .shutdown_timeout(farewell.in_flight_seconds())
            .disable_signals()
            .on_connect(tls::remember_peer)
    };
    let public = match &doors.tls {
        Some(tls) => {
            let config = tls.server_config().map_err(std::io::Error::other)?;
            public.tls_handshake_timeout(HEAD_TIME).listen_rustls_0_23(doors.public, config)?.run()
        }
        None => public.listen(doors.public)?.run(),
    };
    let admin = doors.admin.map(|listener| admin_server(data, leaving.clone(), listener, farewell)).transpose()?;
    let servers = [Some(&public), admin.as_ref()].into_iter().flatten().map(Server::handle).collect();
    Ok(async move {
        let leave = tokio::spawn(async move { leaving::leave(signals, &leaving, farewell, servers).await });
        let ended = match admin {
            Some(admin) => futures_util::future::try_join(public, admin).await.map(drop),
            None => public.await,
        };
        leave.abort();
        ended
    })
}

/// What answers at the public door.
fn public_app(
    data: web::Data<App>,
    leaving: web::Data<Leaving>,
    own_admin_door: bool,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    // Where callers are known, metrics and the operator's page need a credential that no browser has.
    let door = PageDoor { operators: !own_admin_door && data.office.is_none(), counter: data.office.is_none() };
    let app = actix_web::App::new().app_data(data.clone()).app_data(leaving).app_data(door);
    app.wrap(middleware::from_fn(authorise::authorise)).wrap(middleware::from_fn(observe)).configure(|config| {
        public_routes(config);
        pages::catalog_routes(config);
        openapi::page_route(config);
        if data.opencps.is_some() {
            opencps::routes(config);
        }
        counter::routes(config);
        if own_admin_door {
            bare_health(config)
        } else {
            admin_routes(config)
        }
        config.default_service(web::to(no_route));
    })
}

/// What answers at the public door, without a server around it.
#[cfg(test)]
pub fn app_alone(
    app: Arc<App>,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    public_app(web::Data::from(app), web::Data::new(Leaving::default()), true)
}

fn admin_server(
    data: web::Data<App>,
    leaving: web::Data<Leaving>,
    listener: TcpListener,
    farewell: Farewell,
) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(data.clone())
            .app_data(leaving.clone())
            .app_data(PageDoor { operators: true, counter: false })
            .wrap(middleware::from_fn(observe))
            .configure(admin_routes)
            .configure(pages::catalog_routes)
            .default_service(web::to(no_route))
    });
    let server = server.workers(1).client_request_timeout(HEAD_TIME);
    let server = server.shutdown_timeout(farewell.in_flight_seconds()).disable_signals();
    Ok(server.listen(listener)?.run())
}

/// A resource that is read only; its handlers are added by the caller.
fn readable(path: &'static str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(|request: HttpRequest| refuse_method(request, "GET, HEAD")))
}

/// Metrics, and health with its details.
fn admin_routes(config: &mut web::ServiceConfig) {
    let get = readable;
    pages::status_route(config);
    config
        .service(get("/healthz").route(web::get().to(operations::health)).route(web::head().to(operations::health)))
        .service(get("/readyz").route(web::get().to(operations::ready)).route(web::head().to(operations::ready)))
        .service(get("/metrics").route(web::get().to(operations::metrics)).route(web::head().to(operations::metrics)));
}

/// Whether the process is alive and ready, and nothing else: the details are behind the other door.
fn bare_health(config: &mut web::ServiceConfig) {
    let get = readable;
    config
        .service(get("/healthz").route(web::get().to(operations::health)).route(web::head().to(operations::health)))
        .service(
            get("/readyz").route(web::get().to(operations::bare_ready)).route(web::head().to(operations::bare_ready)),
        );
}

fn public_routes(config: &mut web::ServiceConfig) {
    let get = readable;
    config
        .service(
            web::resource("/v1/autofill")
                .route(web::post().to(autofill::post))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "POST"))),
        )
        .service(
            web::resource("/v1/autofill/batch")
                .route(web::post().to(batch::post))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "POST"))),
        )
        .service(
            web::resource("/v1/verify")
                .route(web::post().to(autofill::verify))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "POST"))),
        )
        .service(
            web::resource("/v1/cache")
                .route(web::delete().to(cache::delete))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "DELETE"))),
        )
        .service(
            web::resource("/v1/releases")
                .route(web::post().to(releases::post))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "POST"))),
        )
        .service(get("/v1/samples").route(web::get().to(samples::list)).route(web::head().to(samples::list)))
        .service(
            web::resource("/v1/samples/{id}")
                .route(web::post().to(samples::answer))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "POST"))),
        )
        .service(
            get("/.well-known/jwks.json")
                .route(web::get().to(operations::key_set))
                .route(web::head().to(operations::key_set)),
        )
        .service(get("/openapi.json").route(web::get().to(openapi::get)).route(web::head().to(openapi::get)))
        .service(get("/v1/services").route(web::get().to(catalog::services)).route(web::head().to(catalog::services)))
        .service(
            get("/v1/services/{code}").route(web::get().to(catalog::service)).route(web::head().to(catalog::service)),
        )
        .service(
            web::resource("/v1/forms/{id}/validate")
                .route(web::post().to(validate::post))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "POST"))),
        )
        .service(get("/v1/forms/{id}").route(web::get().to(catalog::form)).route(web::head().to(catalog::form)));
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
