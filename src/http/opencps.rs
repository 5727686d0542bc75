//! The addresses that the front end of an open-source one-stop system calls (switched on by `[opencps]`): a look-up of one
//! citizen, and whether the officer may look up. Licences, quotas and the journal are those of `POST /v1/autofill`.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::addresses::{OPENCPS_LOOK_UP, OPENCPS_MAY_LOOK_UP};
use super::problem::Problem;
use super::{App, body, caller, fail, readable, refuse_method, request_id};
use crate::autofill::AutofillRequest;
use crate::clock::today_in_viet_nam;
use crate::opencps::{self, Asked, AskedFor};

/// The two addresses.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource(OPENCPS_LOOK_UP)
                .route(web::post().to(look_up))
                .default_service(web::to(|request: HttpRequest| refuse_method(request, "POST"))),
        )
        .service(readable(OPENCPS_MAY_LOOK_UP).route(web::get().to(may_look_up)));
}

/// The officer's page shows its button for 1 (and 2, whose meaning is not known); a caller who may not look up does not
/// come as far as this.
async fn may_look_up() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": 1 }))
}

async fn look_up(request: HttpRequest, payload: web::Payload, app: web::Data<App>) -> HttpResponse {
    let id = request_id(&request);
    match answer(&request, payload, &app, &id).await {
        Ok(json) => HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(json),
        Err(problem) if problem.code() == "not_found" => {
            HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(opencps::nobody())
        }
        Err(problem) => fail(told(*problem), &id),
    }
}

/// The problem with the code that the front end reads, and with its names in pointers.
pub fn told(problem: Problem) -> Problem {
    let pointer = problem.place().0.map(|pointer| Asked::place(pointer).to_owned());
    let code = opencps::error_code(problem.code(), pointer.as_deref()).to_owned();
    let problem = match pointer {
        Some(pointer) => problem.at(&pointer),
        None => problem,
    };
    problem.with("errorCode", code)
}

async fn answer(http: &HttpRequest, payload: web::Payload, app: &App, id: &str) -> Result<String, Box<Problem>> {
    let today = today_in_viet_nam();
    let read = async {
        let text = body::read_json(http, payload).await?;
        let defaults = app.opencps.clone().unwrap_or_default();
        let asked = opencps::read(&text, &defaults).map_err(Problem::from)?;
        let request = AutofillRequest::read(asked.body(), today).map_err(Problem::from)?;
        Ok::<_, Box<Problem>>((asked.wanted, request))
    };
    let (wanted, request) = match read.await {
        Ok(read) => read,
        Err(problem) => {
            app.desk.unread(id, problem.code()).await;
            return Err(problem);
        }
    };
    let identity = caller::identity(http);
    let asking = caller::asking(identity.as_deref(), app);
    let asking = asking.as_ref();
    let refused = |refusal| Box::new(Problem::from(refusal));
    match wanted {
        AskedFor::Record => app.desk.record(&request, id, today, asking, opencps::record).await.map_err(refused),
        AskedFor::Existence => {
            let told = app.desk.verify(&request, id, today, asking).await.map_err(refused)?;
            let told: Value = serde_json::from_str(&told).unwrap_or_default();
            Ok(opencps::existence(told["people"][0]["exists"] == true))
        }
    }
}
