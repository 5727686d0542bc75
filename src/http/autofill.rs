//! `POST /v1/autofill`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt as _;
use jiff::civil::Date;

use super::problem::Problem;
use super::{App, caller, fail, request_id};
use crate::autofill::{Asking, AutofillRequest};
use crate::clock::today_in_viet_nam;

/// The largest request body.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The longest wait for the whole body: a caller who drips must not hold a worker's memory.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Answers a request with a filled form or a problem.
pub async fn post(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    let id = request_id(&request);
    match answer(&request, payload, &app, &id).await {
        Ok(json) => HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(json),
        Err(problem) => fail(*problem, &id),
    }
}

async fn answer(http: &HttpRequest, payload: web::Payload, app: &App, id: &str) -> Result<String, Box<Problem>> {
    let today = today_in_viet_nam();
    let request = match read(http, payload, today).await {
        Ok(request) => request,
        Err(problem) => {
            app.desk.unread(id, problem.code()).await;
            return Err(problem);
        }
    };
    let identity = caller::identity(http);
    let asking = match (&identity, &app.office) {
        (Some(identity), Some(office)) => Some(Asking { identity, office, now: caller::moment() }),
        _ => None,
    };
    app.desk.autofill(&request, id, today, asking.as_ref()).await.map_err(|refusal| Box::new(refusal.into()))
}

async fn read(request: &HttpRequest, payload: web::Payload, today: Date) -> Result<AutofillRequest, Box<Problem>> {
    check_content_type(request)?;
    let body = read_body(payload).await?;
    let text = std::str::from_utf8(&body).map_err(|_| {
        refuse(
            StatusCode::BAD_REQUEST,
            "encoding",
            "The body must be JSON in UTF-8.",
            "Thân yêu cầu phải là JSON dạng UTF-8.",
        )
    })?;
    AutofillRequest::read(text, today).map_err(|findings| Box::new(findings.into()))
}

fn check_content_type(request: &HttpRequest) -> Result<(), Box<Problem>> {
    // Of two, readers on the way would not take the same one (RISKS A12).
    let mut values = request.headers().get_all(CONTENT_TYPE);
    let only = values.next().filter(|_| values.next().is_none());
    let value = only.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let json = parts.next().is_some_and(|media| media == "application/json");
    let utf8 = parts.all(|part| !part.starts_with("charset=") || matches!(&part[8..], "utf-8" | "\"utf-8\""));
    if json && utf8 {
        return Ok(());
    }
    Err(refuse(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content_type",
        "Send `Content-Type: application/json` in UTF-8.",
        "Gửi `Content-Type: application/json` dạng UTF-8.",
    ))
}

async fn read_body(mut payload: web::Payload) -> Result<web::BytesMut, Box<Problem>> {
    let read = async {
        let mut body = web::BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| {
                refuse(
                    StatusCode::BAD_REQUEST,
                    "body_broken",
                    "The body ended early or is badly framed.",
                    "Thân yêu cầu bị đứt hoặc đóng khung sai.",
                )
            })?;
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(refuse(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "body_too_large",
                    "The body may have at most 64 KiB.",
                    "Thân yêu cầu tối đa 64 KiB.",
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    tokio::time::timeout(BODY_TIME, read).await.unwrap_or_else(|_| {
        Err(refuse(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            "The body did not arrive within 10 seconds.",
            "Thân yêu cầu không tới trong 10 giây.",
        ))
    })
}

fn refuse(status: StatusCode, code: &'static str, title: &str, detail: &str) -> Box<Problem> {
    Box::new(Problem::new(status, code, title, detail))
}
