//! `DELETE /v1/cache`: what is kept of people is forgotten, by the request that it was kept for.

use actix_web::{HttpRequest, HttpResponse, web};

use super::problem::Problem;
use super::shapes::AutofillQuestion;
use super::{App, body, caller, fail, request_id};
use crate::autofill::AutofillRequest;
use crate::clock::today_in_viet_nam;

/// Answers 204 whether or not anything was kept: whoever asks learns nothing about who was looked up.
#[utoipa::path(
    delete,
    path = "/v1/cache",
    operation_id = "forget",
    tag = "people",
    summary = "Forget what is kept of people",
    description = "The body is the one that was filled with (`POST /v1/autofill`): same service, form, agency and people. What \
                   all replicas keep for it is dropped. Never tells whether anything was kept.",
    request_body(content = AutofillQuestion, content_type = "application/json"),
    responses((status = 204, description = "Nothing is kept for this request any more"))
)]
pub async fn delete(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    let id = request_id(&request);
    match forget(&request, payload, &app).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(problem) => fail(*problem, &id),
    }
}

async fn forget(http: &HttpRequest, payload: web::Payload, app: &App) -> Result<(), Box<Problem>> {
    let today = today_in_viet_nam();
    let text = body::read_json(http, payload).await?;
    let request = AutofillRequest::read(&text, today).map_err(|findings| Box::new(Problem::from(findings)))?;
    let identity = caller::identity(http);
    let asking = caller::asking(identity.as_deref(), app);
    app.desk.forget(&request, today, asking.as_ref()).await.map_err(|refusal| Box::new(refusal.into()))
}
