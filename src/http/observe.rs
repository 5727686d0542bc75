//! What happens around every request: its id, its log line, its metrics, its headers.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError, web};
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::addresses::is_page;
use super::leaving::Leaving;
use super::problem::Problem;
use super::{App, pages};
use crate::fresh_id::fresh_id;
use crate::telemetry::traces::{self, Ending, RequestTrace, SpanContext};

/// The request's id, in its extensions.
#[derive(Clone)]
pub struct RequestId(pub String);

/// The problem code of a response, in its extensions, for the log line.
pub struct ProblemCode(pub &'static str);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The middleware.
pub async fn observe(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    detach(request.headers_mut());
    let id = request_id(request.headers());
    let parent = named_parent(request.headers());
    let named = parent.as_ref().map(|parent| parent.trace_id().to_string());
    let method = known_method(request.method().as_str());
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let app = request.app_data::<web::Data<App>>().cloned();
    let leaving = request.app_data::<web::Data<Leaving>>().cloned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let trace = if is_probe(&route) { RequestTrace::default() } else { RequestTrace::open(parent) };
    if trace.is_on() {
        request.extensions_mut().insert(trace.clone());
    }
    let outcome = if has_long_number(request.query_string()) && is_page(request.path()) {
        let refused = pages::refuse_address(request.request());
        Ok(request.into_response(refused))
    } else if has_long_number(request.query_string()) {
        let refused = super::fail(query_refused(), &id);
        Ok(request.into_response(refused))
    } else {
        // A fault in one request must not take the connection from its caller, nor the details of it to him.
        let answered = AssertUnwindSafe(async move { next.call(request).await }).catch_unwind().await;
        answered.ok().and_then(Result::ok).map(ServiceResponse::map_into_boxed_body).ok_or(Crashed { id: id.clone() })
    };
    let (status, code) = match &outcome {
        Ok(response) => {
            let code = response.response().extensions().get::<ProblemCode>().map_or("", |code| code.0);
            (response.status().as_u16(), code)
        }
        Err(crashed) => (crashed.status_code().as_u16(), Crashed::CODE),
    };
    let took = started.elapsed();
    if let Some(app) = app {
        app.desk.register.metrics.http_request(&route, method, status, took);
    }
    trace.close(&Ending { method, route: &route, status, code, request_id: &id });
    let trace_id = trace.id().or(named).unwrap_or_default();
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(request_id = %id, trace_id, method, route, status, code, took_us, "request");
    let mut response = outcome?;
    protect(response.headers_mut(), &id);
    // The next request of this connection goes to a replica that stays.
    if leaving.is_some_and(|leaving| leaving.begun()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// Copies the values out of the buffer that the request was read into. actix-web keeps the heads of answered requests
/// for later ones, and with a shared value it would keep the whole buffer, in which the body stands too.
fn detach(headers: &mut HeaderMap) {
    headers.retain(|_, value| {
        if let Ok(copy) = HeaderValue::from_bytes(value.as_bytes()) {
            *value = copy;
        }
        true
    });
}

/// A long number in the query string could be somebody's: it would stand in logs on the way.
pub fn query_refused() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "query_refused",
        "Personal data never travels in an address; send it in the body.",
        "Không gửi dữ liệu cá nhân trên địa chỉ; gửi trong thân yêu cầu.",
    )
}

/// What stands on every answer: nobody keeps it, nobody guesses its type, and its number.
fn protect(headers: &mut HeaderMap, id: &str) {
    // Only what is the same for everybody says otherwise.
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, value);
    }
}

/// A request that ended in a panic: its handler has nothing to answer with any more.
#[derive(Debug)]
pub struct Crashed {
    id: String,
}

impl Crashed {
    const CODE: &str = "internal";

    /// What the caller is told.
    pub fn problem() -> Problem {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Self::CODE,
            "The service has a fault; the request was not answered.",
            "Hệ thống gặp lỗi nội bộ; yêu cầu chưa được trả lời.",
        )
    }
}

impl fmt::Display for Crashed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a fault of the program")
    }
}

impl ResponseError for Crashed {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = Self::problem().respond(&self.id);
        protect(response.headers_mut(), &self.id);
        response
    }
}

/// The caller's `X-Request-Id` when it is harmless, else a new one: it goes into logs, so nothing that could be a
/// personal number is taken over.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if is_harmless(id) => id.to_owned(),
        _ => fresh_id(),
    }
}

fn is_harmless(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && (!has_long_number(id) || is_uuid(id))
}

/// The shape 8-4-4-4-12 in hexadecimal digits: its groups may hold many decimal digits and are no personal number.
fn is_uuid(id: &str) -> bool {
    id.len() == 36 && Uuid::try_parse(id).is_ok()
}

/// The parent that the caller names in a W3C `traceparent`, when it is a valid one and the only one.
fn named_parent(headers: &HeaderMap) -> Option<SpanContext> {
    let mut values = headers.get_all("traceparent");
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() { None } else { traces::remote_parent(value) }
}

/// What is asked every few seconds by those who look after the process is nobody's request.
fn is_probe(route: &str) -> bool {
    matches!(route, "/healthz" | "/readyz" | "/metrics")
}

/// Nine digits in a row, however people group them (`999-085-000 001`, percent-encoded too), could be a personal number.
fn has_long_number(text: &str) -> bool {
    let mut run = 0;
    for byte in percent_decoded(text) {
        match byte {
            b'0'..=b'9' => run += 1,
            b'.' | b'+' | b'-' | b'_' | b' ' => {}
            _ => run = 0,
        }
        if run >= 9 {
            return true;
        }
    }
    false
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    decoded
}

fn known_method(method: &str) -> &'static str {
    match method {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use actix_web::{App, HttpServer, middleware};

    use super::*;

    async fn breaks() -> HttpResponse {
        panic!("999198000022 Trần Thị Mẫu")
    }

    /// What comes back on one connection for several requests.
    fn converse(address: std::net::SocketAddr, paths: &[&str]) -> String {
        let mut stream = TcpStream::connect(address).expect("a connection");
        for (index, path) in paths.iter().enumerate() {
            let last = if index + 1 == paths.len() { "Connection: close\r\n" } else { "" };
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: r{index}\r\n{last}\r\n");
            stream.write_all(head.as_bytes()).expect("sent");
        }
        let mut answers = String::new();
        stream.read_to_string(&mut answers).expect("answers");
        answers
    }

    #[actix_web::test]
    async fn a_panic_in_a_handler_is_a_problem_and_the_next_request_on_the_connection_is_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let app = || {
            let app = App::new().wrap(middleware::from_fn(observe)).route("/breaks", web::get().to(breaks));
            app.route("/good", web::get().to(HttpResponse::NoContent))
        };
        let server = HttpServer::new(app).workers(1).listen(listener).expect("listening").run();
        let handle = server.handle();
        let serving = actix_web::rt::spawn(server);
        let answers = web::block(move || converse(address, &["/breaks", "/good", "/breaks", "/good"]));
        let answers = answers.await.expect("answers");
        let count = |what: &str| answers.matches(what).count();
        assert_eq!((count("HTTP/1.1 500 "), count("HTTP/1.1 204 ")), (2, 2), "{answers}");
        assert_eq!((count("\"code\":\"internal\""), count("\"request_id\":\"r2\"")), (2, 1), "{answers}");
        assert_eq!((count("cache-control: no-store"), count("x-content-type-options: nosniff")), (4, 4), "{answers}");
        assert!(!answers.contains("999198000022") && !answers.contains("Mẫu"), "the payload is answered");
        handle.stop(false).await;
        serving.await.expect("no panic").expect("stopped");
    }

    #[test]
    fn a_personal_number_is_never_taken_over_as_request_id() {
        assert!(is_harmless("req-2026.11_a"));
        for odd in [
            "",
            "999085000001",
            "x-999085000001",
            "999-085-000-001",
            "999_085_000_001",
            "a b",
            "a\u{1b}[0m",
            &"x".repeat(65),
        ] {
            assert!(!is_harmless(odd), "{odd}");
        }
    }

    #[test]
    fn a_uuid_is_a_harmless_request_id() {
        assert!(is_harmless("0193a1b2-7e3c-7abc-8def-a1b2c3d4e5f6"));
        assert!(is_harmless("01931234-7567-7890-8123-456789012345"));
    }

    #[test]
    fn a_number_in_a_query_string_is_seen_through_its_encoding() {
        for text in ["id=999085000001", "id=999-085-000-001", "id=999%20085%20000%20001", "%39%39%39%30%38%35%30%30%30"]
        {
            assert!(has_long_number(text), "{text}");
        }
        assert!(!has_long_number("level=commune&page=12345678"));
    }
}
