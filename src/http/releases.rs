//! `POST /v1/releases`: a second officer lets a colleague look up somebody on the watch list.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::problem::Problem;
use super::shapes::{ReleaseAnswer, ReleaseQuestion};
use super::{App, body, caller, fail, request_id};
use crate::autofill::ReleaseRequest;

/// Answers 201 with the end of the release, or a problem. Never whether somebody is on the list.
#[utoipa::path(
    post,
    path = "/v1/releases",
    operation_id = "release",
    tag = "oversight",
    summary = "Let a colleague look somebody up",
    description = "By a second officer, whom a token names. Never tells whether somebody is on the watch list.",
    request_body(content = ReleaseQuestion, content_type = "application/json"),
    responses((status = 201, description = "Released, until when", body = ReleaseAnswer))
)]
pub async fn post(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    let id = request_id(&request);
    match release(&request, payload, &app, &id).await {
        Ok(until) => HttpResponse::Created().json(json!({ "request_id": id, "released_until": until })),
        Err(problem) => fail(*problem, &id),
    }
}

async fn release(request: &HttpRequest, payload: web::Payload, app: &App, id: &str) -> Result<String, Box<Problem>> {
    let read = body::read_json(request, payload).await;
    let read = read.and_then(|text| ReleaseRequest::read(&text).map_err(|findings| Box::new(Problem::from(findings))));
    let wanted = match read {
        Ok(wanted) => wanted,
        Err(problem) => {
            app.desk.unread(id, problem.code()).await;
            return Err(problem);
        }
    };
    let identity = caller::identity(request);
    let asking = caller::asking(identity.as_deref(), app);
    let until = app.desk.release(&wanted, id, asking.as_ref()).await;
    until.map(|until| until.to_string()).map_err(|refusal| Box::new(refusal.into()))
}
