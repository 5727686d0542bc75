//! `GET /v1/samples` and `POST /v1/samples/{id}`: a share of look-ups is explained by those who made them. The one-stop
//! system asks for the open questions, puts them to the officers and hands in their answers.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::problem::Problem;
use super::shapes::{ExplanationQuestion, SampleAnswer, SampleList};
use super::{App, body, caller, fail, request_id};
use crate::access::{Moment, Sample};
use crate::autofill::Explanation;

/// Questions in one answer; the next come when these are answered.
const MOST: usize = 100;

/// The oldest open questions of the caller; of one officer where the credential names one.
#[utoipa::path(
    get,
    path = "/v1/samples",
    operation_id = "samples",
    tag = "oversight",
    summary = "Look-ups whose officers are asked why",
    responses((status = 200, description = "The oldest open ones", body = SampleList))
)]
pub async fn list(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let identity = caller::identity(&request);
    let asked = match (&identity, &app.office) {
        (Some(identity), Some(office)) => {
            let officer = identity.claims.as_ref().and_then(|claims| claims.officer.as_deref());
            office.samples.open(&identity.caller.name, officer, MOST)
        }
        _ => Vec::new(),
    };
    let asked: Vec<Value> = asked.iter().map(question).collect();
    HttpResponse::Ok().json(json!({ "request_id": request_id(&request), "samples": asked }))
}

fn question(sample: &Sample) -> Value {
    json!({
        "id": sample.id,
        "looked_up": sample.request_id,
        "at": Moment::of_millis(sample.at).to_string(),
        "officer": sample.officer,
        "agency": sample.agency,
        "dossier": sample.dossier,
        "service": sample.service,
    })
}

/// Takes an officer's reason.
#[utoipa::path(
    post,
    path = "/v1/samples/{id}",
    operation_id = "explain",
    tag = "oversight",
    summary = "Say why somebody was looked up",
    params(("id" = String, Path, description = "Of the question")),
    request_body(content = ExplanationQuestion, content_type = "application/json"),
    responses((status = 200, description = "Taken", body = SampleAnswer))
)]
pub async fn answer(
    request: HttpRequest,
    sample: web::Path<String>,
    payload: web::Payload,
    app: web::Data<App>,
) -> HttpResponse {
    let id = request_id(&request);
    match explain(&request, &sample, payload, &app, &id).await {
        Ok(()) => HttpResponse::Ok().json(json!({ "request_id": id, "sample": *sample, "state": "answered" })),
        Err(problem) => fail(*problem, &id),
    }
}

async fn explain(
    request: &HttpRequest,
    sample: &str,
    payload: web::Payload,
    app: &App,
    id: &str,
) -> Result<(), Box<Problem>> {
    let read = body::read_json(request, payload).await;
    let read = read.and_then(|text| Explanation::read(&text).map_err(|findings| Box::new(Problem::from(findings))));
    let explanation = match read {
        Ok(explanation) => explanation,
        Err(problem) => {
            app.desk.unread(id, problem.code()).await;
            return Err(problem);
        }
    };
    let identity = caller::identity(request);
    let asking = caller::asking(identity.as_deref(), app);
    let taken = app.desk.explain(sample, &explanation, id, asking.as_ref()).await;
    taken.map_err(|refusal| Box::new(refusal.into()))
}
