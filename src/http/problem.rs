//! Problem documents (RFC 9457): one place that gives every reason a status, a code and two sentences.
//!
//! `title` is English and constant for a code, `detail` is Vietnamese. No text ever quotes what a citizen or the
//! register sent. The outcomes of a look-up keep their own codes: an outage is never "no such citizen".

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Map, Value, json};

use crate::access::Face;
use crate::autofill::Choice;
use crate::strict_json::Finding;

/// Most findings that one problem document lists; the first ones explain the rest.
const MAX_ERRORS: usize = 20;

/// A problem on its way out.
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: String,
    detail: String,
    members: Map<String, Value>,
    retry_after: Option<Duration>,
    allow: Option<&'static str>,
}

impl Problem {
    /// A problem without extension members.
    pub fn new(status: StatusCode, code: &'static str, title: impl Into<String>, detail: impl Into<String>) -> Self {
        let (title, detail) = (title.into(), detail.into());
        Self { status, code, title, detail, members: Map::new(), retry_after: None, allow: None }
    }

    /// With an extension member.
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// What a refusal of the access room says besides its sentences.
    pub fn of_face(self, pointer: Option<&str>, retry_after: Option<Duration>) -> Self {
        let problem = Self { retry_after, ..self };
        match pointer {
            Some(pointer) => problem.at(pointer),
            None => problem,
        }
    }

    /// With the place in the request.
    pub fn at(self, pointer: &str) -> Self {
        self.with("pointer", pointer)
    }

    /// With what there is to choose from.
    pub fn choices(self, choices: &[Choice]) -> Self {
        let list: Vec<Value> =
            choices.iter().map(|choice| json!({ "value": choice.value, "label": choice.label })).collect();
        self.with("choices", list)
    }

    /// With the nearest right word.
    pub fn did_you_mean(self, word: Option<&str>) -> Self {
        match word {
            Some(word) => self.with("did_you_mean", word),
            None => self,
        }
    }

    /// To be tried again after this time.
    pub fn retry(self, after: Option<Duration>) -> Self {
        Self { retry_after: after, ..self }
    }

    /// No such route.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no_such_route", "There is no such address.", "Không có địa chỉ này.")
    }

    /// The route exists, the method does not.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let title = format!("Allowed here: {allow}.");
        let detail = format!("Ở địa chỉ này chỉ dùng: {allow}.");
        let problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", title, detail);
        Self { allow: Some(allow), ..problem }
    }

    /// The service code is not in the catalogue.
    pub fn service_unknown(did_you_mean: Option<&str>) -> Self {
        let problem = Self::new(
            StatusCode::NOT_FOUND,
            "service_unknown",
            "The catalogue has no service of this code.",
            "Danh mục không có dịch vụ mang mã này.",
        );
        problem.did_you_mean(did_you_mean)
    }

    /// The form id is not in the catalogue.
    pub fn form_unknown() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "form_unknown",
            "The catalogue has no form of this id.",
            "Danh mục không có tờ khai mang mã này.",
        )
    }

    /// The code, for the access log.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence in English and in Vietnamese.
    pub fn sentences(&self) -> (&str, &str) {
        (&self.title, &self.detail)
    }

    /// What there is to choose from: the word to send and its label.
    pub fn offered(&self) -> Vec<(&str, &str)> {
        let choices = self.members.get("choices").and_then(Value::as_array).into_iter().flatten();
        choices.filter_map(|choice| Some((choice["value"].as_str()?, choice["label"].as_str()?))).collect()
    }

    /// Where in the request the reason stands, and the nearest word that would have been right.
    pub fn place(&self) -> (Option<&str>, Option<&str>) {
        let text = |member: &str| self.members.get(member).and_then(Value::as_str);
        (text("pointer"), text("did_you_mean"))
    }

    /// Status and both sentences, for a page.
    pub fn told(&self) -> (StatusCode, &str, &str) {
        (self.status, &self.title, &self.detail)
    }

    /// The document.
    pub fn document(&self, request_id: &str) -> Value {
        let mut body = Map::new();
        body.insert("type".to_owned(), format!("urn:problem-type:diensan:{}", self.code.replace('_', "-")).into());
        body.insert("title".to_owned(), self.title.as_str().into());
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.insert("detail".to_owned(), self.detail.as_str().into());
        body.insert("code".to_owned(), self.code.into());
        body.insert("request_id".to_owned(), request_id.into());
        body.extend(self.members.clone());
        if let Some(seconds) = self.retry_seconds() {
            body.insert("retry_after".to_owned(), seconds.into());
        }
        Value::Object(body)
    }

    fn retry_seconds(&self) -> Option<u64> {
        self.retry_after.map(|wait| wait.as_secs().max(1))
    }

    /// The response.
    pub fn respond(self, request_id: &str) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status);
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(allow) = self.allow {
            response.insert_header((ALLOW, allow));
        }
        if let Some(seconds) = self.retry_seconds() {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        response.body(self.document(request_id).to_string())
    }
}

impl From<Vec<Finding>> for Problem {
    /// A body that could not be read: the first finding's code and pointer, and the list of all.
    fn from(findings: Vec<Finding>) -> Self {
        let list: Vec<Value> = findings.iter().take(MAX_ERRORS).map(finding_json).collect();
        // A misspelt member explains the others: what it should have been is missing.
        let misspelt =
            findings.iter().position(|finding| finding.rule == "unknown_member" && finding.did_you_mean.is_some());
        let Some(first) = findings.into_iter().nth(misspelt.unwrap_or(0)) else {
            return Self::new(
                StatusCode::BAD_REQUEST,
                "bad_request",
                "The request cannot be read.",
                "Không đọc được yêu cầu.",
            );
        };
        Self::new(StatusCode::BAD_REQUEST, first.rule, first.en, first.vi)
            .at(&first.pointer)
            .did_you_mean(first.did_you_mean.as_deref())
            .with("errors", list)
    }
}

fn finding_json(finding: &Finding) -> Value {
    let mut error = json!({
        "code": finding.rule,
        "pointer": finding.pointer,
        "title": finding.en,
        "detail": finding.vi,
    });
    if let (Some(word), Some(object)) = (&finding.did_you_mean, error.as_object_mut()) {
        object.insert("did_you_mean".to_owned(), word.as_str().into());
    }
    error
}

impl From<Face> for Problem {
    fn from(face: Face) -> Self {
        let status = StatusCode::from_u16(face.status).unwrap_or(StatusCode::FORBIDDEN);
        Self::new(status, face.code, face.title, face.detail).of_face(face.pointer.as_deref(), face.retry_after)
    }
}
