//! `POST /v1/autofill` and `POST /v1/verify`: the same question about the same people, answered by filling or comparing.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::civil::Date;

use super::problem::Problem;
use super::shapes::{AutofillAnswer, AutofillQuestion, VerifyAnswer, VerifyQuestion};
use super::{App, body, caller, fail, request_id};
use crate::access::Operation;
use crate::autofill::{AutofillRequest, VerifyRequest};
use crate::clock::today_in_viet_nam;

/// Answers a request with a filled form or a problem.
#[utoipa::path(
    post,
    path = "/v1/autofill",
    operation_id = "autofill",
    tag = "people",
    summary = "Fill a form",
    description = "One citizen, one service: the official form filled from the register, with the source of every box or the \
                   reason why it is empty. The body may have 64 KiB.",
    request_body(content = AutofillQuestion, content_type = "application/json"),
    responses((status = 200, description = "The form, filled", body = AutofillAnswer))
)]
pub async fn post(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    respond(&request, payload, &app, Operation::Autofill).await
}

/// Answers a request with verdicts on what was typed, or whether people exist, or a problem.
#[utoipa::path(
    post,
    path = "/v1/verify",
    operation_id = "verify",
    tag = "people",
    summary = "Verify what was typed",
    description = "Every typed value against the register. Without `typed` and `signed`: whether these people exist. With \
                   `signed`: whether a box that was delivered locked came back changed. The body may have 64 KiB.",
    request_body(content = VerifyQuestion, content_type = "application/json"),
    responses((status = 200, description = "The verdicts", body = VerifyAnswer))
)]
pub async fn verify(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    respond(&request, payload, &app, Operation::Verify).await
}

async fn respond(request: &HttpRequest, payload: web::Payload, app: &App, operation: Operation) -> HttpResponse {
    let id = request_id(request);
    match answer(request, payload, app, &id, operation).await {
        Ok(json) => HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(json),
        Err(problem) => fail(*problem, &id),
    }
}

async fn answer(
    http: &HttpRequest,
    payload: web::Payload,
    app: &App,
    id: &str,
    operation: Operation,
) -> Result<String, Box<Problem>> {
    let today = today_in_viet_nam();
    let request = match read(http, payload, today, operation).await {
        Ok(VerifyRequest::People(request)) => request,
        Ok(VerifyRequest::Delivered(request)) => {
            return app.desk.delivered(&request, id).map_err(|refusal| Box::new(refusal.into()));
        }
        Err(problem) => {
            app.desk.unread(id, problem.code()).await;
            return Err(problem);
        }
    };
    let identity = caller::identity(http);
    let asking = caller::asking(identity.as_deref(), app);
    let answered = match operation {
        Operation::Autofill => app.desk.autofill(&request, id, today, asking.as_ref()).await,
        Operation::Verify => app.desk.verify(&request, id, today, asking.as_ref()).await,
    };
    answered.map_err(|refusal| Box::new(refusal.into()))
}

async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    today: Date,
    operation: Operation,
) -> Result<VerifyRequest, Box<Problem>> {
    let text = body::read_json(request, payload).await?;
    let read = match operation {
        Operation::Autofill => AutofillRequest::read(&text, today).map(Box::new).map(VerifyRequest::People),
        Operation::Verify => VerifyRequest::read(&text, today),
    };
    read.map_err(|findings| Box::new(Problem::from(findings)))
}
