//! `POST /v1/autofill/batch`: up to 20 people of one dossier, each with an outcome and a line on record of his own.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{StreamExt as _, stream};

use super::problem::Problem;
use super::shapes::{BatchAnswer, BatchQuestion};
use super::{App, body, caller, fail, request_id};
use crate::autofill::{AutofillRequest, read_batch};
use crate::clock::today_in_viet_nam;

/// People asked for at once: below what one officer may have under way and waiting, so that a batch does not shut out
/// itself.
const AT_ONCE: usize = 4;
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Answers with one outcome for each item, in their order.
#[utoipa::path(
    post,
    path = "/v1/autofill/batch",
    operation_id = "autofill_batch",
    tag = "people",
    summary = "Fill a form for several people of one dossier",
    description = "Up to 20 people; each has an answer or a problem of his own, with a line on record and a place in the quotas \
                   of his own. A mistake in one item asks for nobody. The body may have 256 KiB.",
    request_body(content = BatchQuestion, content_type = "application/json"),
    responses((status = 200, description = "An outcome for each item", body = BatchAnswer))
)]
pub async fn post(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    let id = request_id(&request);
    let today = today_in_viet_nam();
    let text = body::read_json_up_to(MAX_BODY_BYTES, &request, payload).await;
    let items = text.and_then(|text| read_batch(&text, today).map_err(|findings| Box::new(Problem::from(findings))));
    let items = match items {
        Ok(items) => items,
        Err(problem) => {
            app.desk.unread(&id, problem.code()).await;
            return fail(*problem, &id);
        }
    };
    let identity = caller::identity(&request);
    let asking = caller::asking(identity.as_deref(), &app);
    let ask = |(at, item): (usize, AutofillRequest)| {
        let (app, asking, id) = (&app, asking.as_ref(), format!("{id}.{at}"));
        async move {
            let answer = app.desk.autofill(&item, &id, today, asking).await;
            answer.map_err(|refusal| Problem::from(refusal).document(&id).to_string())
        }
    };
    let numbered = (1..).zip(items);
    let outcomes: Vec<Result<String, String>> = stream::iter(numbered).map(ask).buffered(AT_ONCE).collect().await;
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(render(&id, &outcomes))
}

fn render(id: &str, outcomes: &[Result<String, String>]) -> String {
    let answered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let items: Vec<String> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Ok(answer) => format!("{{\"answer\":{answer}}}"),
            Err(problem) => format!("{{\"problem\":{problem}}}"),
        })
        .collect();
    let id = serde_json::Value::from(id);
    let failed = outcomes.len() - answered;
    format!("{{\"request_id\":{id},\"answered\":{answered},\"failed\":{failed},\"items\":[{}]}}", items.join(","))
}
