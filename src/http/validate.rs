//! `POST /v1/forms/{id}/validate`: a finished form against its schema. Nobody is looked up and nothing is kept.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::problem::Problem;
use super::shapes::{ValidateAnswer, ValidateQuestion};
use super::{App, body, fail, request_id};
use crate::autofill::{Fault, check_finished, without_blanks};
use crate::clock::today_in_viet_nam;
use crate::strict_json::{self, Finding, ObjectReader};

/// What is handed in: the form, and the day that decides which codes are in force.
pub struct FinishedForm {
    data: Value,
    day: Date,
}

/// Answers with what is missing and what is wrong; 200 also for a form that is neither complete nor right.
#[utoipa::path(
    post,
    path = "/v1/forms/{id}/validate",
    operation_id = "validate",
    tag = "people",
    summary = "Check a finished form",
    description = "What is required and missing, and what is wrong, in sentences. Nobody is looked up. The body may have 64 KiB.",
    params(("id" = String, Path, description = "Form", example = "don-chuyen-truong-tieu-hoc")),
    request_body(content = ValidateQuestion, content_type = "application/json"),
    responses((status = 200, description = "What is to be mended; `valid` when nothing is", body = ValidateAnswer))
)]
pub async fn post(
    request: HttpRequest,
    form: web::Path<String>,
    payload: web::Payload,
    app: web::Data<App>,
) -> HttpResponse {
    let id = request_id(&request);
    match answer(&request, &form, payload, &app, &id).await {
        Ok(json) => HttpResponse::Ok().json(json),
        Err(problem) => fail(*problem, &id),
    }
}

async fn answer(
    request: &HttpRequest,
    form: &str,
    payload: web::Payload,
    app: &App,
    id: &str,
) -> Result<Value, Box<Problem>> {
    let catalog = app.desk.catalog.current();
    let plan = catalog.form(form).ok_or_else(|| Box::new(Problem::form_unknown()))?;
    let text = body::read_json(request, payload).await?;
    let finished = read(&text, today_in_viet_nam()).map_err(|findings| Box::new(Problem::from(findings)))?;
    let found = check_finished(plan, &finished.data, &catalog, finished.day);
    let list = |faults: &[Fault]| faults.iter().map(fault_json).collect::<Vec<_>>();
    Ok(json!({
        "request_id": id,
        "form": { "id": &*plan.id, "title": &*plan.schema.title },
        "valid": found.is_valid(),
        "missing": list(&found.missing),
        "wrong": list(&found.wrong),
    }))
}

fn fault_json(fault: &Fault) -> Value {
    let mut json = json!({ "path": fault.path, "code": fault.code, "title": fault.en, "detail": fault.vi });
    if let Some(object) = json.as_object_mut() {
        if !fault.label.is_empty() {
            object.insert("label".to_owned(), fault.label.as_str().into());
        }
        if let Some(word) = &fault.did_you_mean {
            object.insert("did_you_mean".to_owned(), word.as_str().into());
        }
    }
    json
}

/// Reads a finished form.
///
/// # Errors
/// Every finding of the body.
pub fn read(text: &str, today: Date) -> Result<FinishedForm, Vec<Finding>> {
    strict_json::read(text, |root, findings| read_root(root, today, findings))
}

fn read_root(root: &strict_json::Node, today: Date, findings: &mut Vec<Finding>) -> Option<FinishedForm> {
    let mut body = ObjectReader::new(root, "", findings)?;
    let data = body.required_node("data");
    let day = body.text("dossier_date").map(|text| text.parse::<Date>().ok().filter(|_| text.len() == 10));
    if day == Some(None) {
        let (vi, en) = ("Ngày phải có dạng yyyy-mm-dd và có thật.", "A day is written yyyy-mm-dd and must exist.");
        body.findings().push(Finding::new("date_form", "/dossier_date", 0..0, vi, en));
    }
    body.finish();
    let data = data?;
    ObjectReader::new(data, "/data", findings)?;
    Some(FinishedForm { data: without_blanks(data.to_value()), day: day.flatten().unwrap_or(today) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_without_data_or_with_a_wrong_day_is_told_with_its_place() {
        let today = jiff::civil::date(2026, 11, 20);
        for (body, code, pointer) in [
            ("{}", "missing_member", ""),
            ("{\"data\":{},\"dossier_date\":\"20-11-2026\"}", "date_form", "/dossier_date"),
            ("{\"data\":[]}", "expected_object", "/data"),
            ("{\"data\":{},\"from\":1}", "unknown_member", "/from"),
        ] {
            let findings = read(body, today).err().expect("findings");
            assert_eq!((findings[0].rule, findings[0].pointer.as_str()), (code, pointer), "{body}");
        }
    }
}
