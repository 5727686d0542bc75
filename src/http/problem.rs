//! Problem documents (RFC 9457): one place that gives every reason a status, a code and two sentences.
//!
//! `title` is English and constant for a code, `detail` is Vietnamese. No text ever quotes what a citizen or the
//! register sent. The outcomes of a look-up keep their own codes: an outage is never "no such citizen".

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Map, Value, json};

use crate::autofill::{Choice, Refusal};
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

    fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
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

    fn at(self, pointer: &str) -> Self {
        self.with("pointer", pointer)
    }

    fn choices(self, choices: &[Choice]) -> Self {
        let list: Vec<Value> =
            choices.iter().map(|choice| json!({ "value": choice.value, "label": choice.label })).collect();
        self.with("choices", list)
    }

    fn did_you_mean(self, word: Option<&str>) -> Self {
        match word {
            Some(word) => self.with("did_you_mean", word),
            None => self,
        }
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

    /// The response.
    pub fn respond(self, request_id: &str) -> HttpResponse {
        let mut body = Map::new();
        body.insert("type".to_owned(), format!("urn:problem-type:diensan:{}", self.code.replace('_', "-")).into());
        body.insert("title".to_owned(), self.title.into());
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.insert("detail".to_owned(), self.detail.into());
        body.insert("code".to_owned(), self.code.into());
        body.insert("request_id".to_owned(), request_id.into());
        body.extend(self.members);
        let mut response = HttpResponseBuilder::new(self.status);
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(allow) = self.allow {
            response.insert_header((ALLOW, allow));
        }
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs().max(1);
            response.insert_header((RETRY_AFTER, seconds.to_string()));
            body.insert("retry_after".to_owned(), seconds.into());
        }
        response.body(Value::Object(body).to_string())
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

impl From<Refusal> for Problem {
    #[expect(clippy::too_many_lines, reason = "one match over every refusal, without a default arm")]
    fn from(refusal: Refusal) -> Self {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match refusal {
            Refusal::ServiceUnknown { did_you_mean } => Self::service_unknown(did_you_mean.as_deref()).at("/service"),
            Refusal::FormUnknown { choices } => Self::new(
                StatusCode::NOT_FOUND,
                "form_unknown",
                "The service does not use this form.",
                "Dịch vụ này không dùng tờ khai đó.",
            )
            .at("/form")
            .choices(&choices),
            Refusal::NoFormForDate { choices } => Self::new(
                unprocessable,
                "no_form_for_date",
                "This form is not in force on the dossier's date.",
                "Tờ khai này không có hiệu lực vào ngày của hồ sơ.",
            )
            .at("/form")
            .choices(&choices),
            Refusal::ApplicantNeeded { choices } => Self::new(
                unprocessable,
                "citizen_role_needed",
                "Only the officer knows which role the person at the counter holds: say `citizen_role`.",
                "Chỉ cán bộ biết người ở quầy giữ vai nào: nêu `citizen_role`.",
            )
            .at("/citizen_role")
            .choices(&choices),
            Refusal::RoleUnknown { pointer, choices } => Self::new(
                StatusCode::BAD_REQUEST,
                "role_unknown",
                "The form has no such role.",
                "Tờ khai không có vai này.",
            )
            .at(&pointer)
            .choices(&choices),
            Refusal::RowsShape { pointer, list: true } => Self::new(
                unprocessable,
                "rows_needed",
                "This role fills the rows of a list: send a list of people.",
                "Vai này là các dòng của một danh sách: gửi danh sách người.",
            )
            .at(&pointer),
            Refusal::RowsShape { pointer, list: false } => Self::new(
                unprocessable,
                "one_person_needed",
                "This role is one person, not a list.",
                "Vai này là một người, không phải danh sách.",
            )
            .at(&pointer),
            Refusal::RowsTyped { pointer } => Self::new(
                unprocessable,
                "rows_typed",
                "The list of this role was typed: what was typed stays, so nobody is looked up for it.",
                "Danh sách của vai này đã được gõ: giữ nguyên phần đã gõ nên không tra cứu ai.",
            )
            .at(&pointer),
            Refusal::RoleTaken { pointer } => Self::new(
                unprocessable,
                "role_taken",
                "The person at the counter already holds this role.",
                "Người ở quầy đã giữ vai này.",
            )
            .at(&pointer),
            Refusal::LookupNotLicensed { pointer } => Self::new(
                StatusCode::FORBIDDEN,
                "lookup_not_licensed",
                "The form does not license a look-up for this role; `same_as` is possible.",
                "Tờ khai không cho tra cứu người ở vai này; chỉ có thể dùng `same_as`.",
            )
            .at(&pointer),
            Refusal::SameAsBroken { pointer } => Self::new(
                StatusCode::BAD_REQUEST,
                "same_as_broken",
                "`same_as` must lead to `citizen` or to a role that somebody holds.",
                "`same_as` phải dẫn tới `citizen` hoặc tới một vai đã có người.",
            )
            .at(&pointer),
            Refusal::QueryIncomplete { pointer } => Self::new(
                unprocessable,
                "query_incomplete",
                "The register answers only to number, name and birth date together.",
                "Cơ sở dữ liệu chỉ trả lời khi có đủ số, họ tên và ngày sinh.",
            )
            .at(&pointer),
            Refusal::DossierIncomplete { missing } => Self::new(
                unprocessable,
                "dossier_incomplete",
                "A look-up is made by an officer, of an agency, for a dossier: all three must be named.",
                "Mỗi lần tra cứu phải có cán bộ, cơ quan và hồ sơ.",
            )
            .at(&format!("/{missing}")),
            Refusal::NoConnection => Self::new(
                StatusCode::FORBIDDEN,
                "no_connection",
                "No connection to the register is configured for this service and agency.",
                "Chưa cấu hình kết nối cơ sở dữ liệu cho thủ tục và cơ quan này.",
            )
            .at("/agency"),
            Refusal::NumberNotAllowed { pointer, invented_only: true } => Self::new(
                unprocessable,
                "number_not_invented",
                "This is a sandbox or a rehearsal: only invented people (numbers 999…) can be asked for.",
                "Đây là hộp cát hoặc buổi diễn tập: chỉ tra được người mẫu (số 999…).",
            )
            .at(&pointer),
            Refusal::NumberNotAllowed { pointer, invented_only: false } => Self::new(
                unprocessable,
                "number_invented",
                "Numbers 999… belong to invented people and are not sent to the register.",
                "Số 999… là của người mẫu, không gửi tới cơ sở dữ liệu thật.",
            )
            .at(&pointer),
            Refusal::TypedPath { pointer, did_you_mean } => Self::new(
                StatusCode::BAD_REQUEST,
                "typed_path",
                "`typed` names a property that the form does not have.",
                "`typed` nêu một trường mà tờ khai không có.",
            )
            .at(&pointer)
            .did_you_mean(did_you_mean.as_deref()),
            Refusal::TypedValue { pointer } => Self::new(
                unprocessable,
                "typed_value",
                "The typed value does not fit this property of the form.",
                "Giá trị đã gõ không hợp với trường này của tờ khai.",
            )
            .at(&pointer),
            Refusal::Denied(face) => face.into(),
            Refusal::JournalUnavailable => Self {
                retry_after: Some(Duration::from_secs(5)),
                ..Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "journal_unavailable",
                    "What is disclosed must be put on record, and that is not possible now. This says nothing about the citizen.",
                    "Dữ liệu chỉ được cung cấp khi đã ghi nhật ký, hiện chưa ghi được. Điều này không nói gì về công dân.",
                )
            },
            Refusal::Lookup { outcome, cause, retry_after, lookups } => {
                let list: Vec<Value> = lookups
                    .iter()
                    .map(|one| json!({ "person": one.person, "outcome": one.outcome, "cause": one.cause }))
                    .collect();
                lookup_problem(outcome, cause, retry_after).with("lookups", list)
            }
        }
    }
}

/// The outcomes of PROTOCOL §6.1, each with its own code; causes refine faults and malformed replies.
fn lookup_problem(outcome: &'static str, cause: Option<&'static str>, retry_after: Option<Duration>) -> Problem {
    let (status, code, title, detail) = match outcome {
        "not_found" => (
            StatusCode::NOT_FOUND,
            "not_found",
            "No record for this number, name and birth date together; check all three. A new card may carry a new number.",
            "Không có dữ liệu khớp cùng lúc số, họ tên và ngày sinh; kiểm tra lại cả ba. Công dân có số mới thì dùng thẻ mới nhất.",
        ),
        "multiple" => (
            StatusCode::CONFLICT,
            "multiple",
            "More than one record; none was chosen.",
            "Có nhiều hơn một người khớp; không tự chọn.",
        ),
        "rejected" if cause == Some("no_operation") => (
            StatusCode::NOT_IMPLEMENTED,
            "no_operation",
            "This connection has no address for the question whether somebody exists (operation 033).",
            "Kết nối này chưa được cấu hình thao tác 033 (xác thực công dân có tồn tại).",
        ),
        "rejected" => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "rejected",
            "The register refused the query.",
            "Cơ sở dữ liệu từ chối câu hỏi.",
        ),
        "not_permitted_procedure" => (
            StatusCode::FORBIDDEN,
            "not_permitted_procedure",
            "This procedure is not licensed for population data.",
            "Thủ tục này chưa được phép khai thác dữ liệu dân cư.",
        ),
        "not_permitted_officer" => (
            StatusCode::FORBIDDEN,
            "not_permitted_officer",
            "This account may not look up.",
            "Tài khoản này không được tra cứu.",
        ),
        "auth_failed" => (
            StatusCode::BAD_GATEWAY,
            "auth_failed",
            "The connection to the register is not authorised; call the operator. This says nothing about the citizen.",
            "Kết nối tới cơ sở dữ liệu không được xác thực; gọi người vận hành. Điều này không nói gì về công dân.",
        ),
        "throttled" => (
            StatusCode::SERVICE_UNAVAILABLE,
            "throttled",
            "The register is busy; try again later.",
            "Cơ sở dữ liệu đang bận; thử lại sau.",
        ),
        "maintenance" => (
            StatusCode::SERVICE_UNAVAILABLE,
            "maintenance",
            "The register is away for maintenance. This says nothing about the citizen.",
            "Cơ sở dữ liệu đang bảo trì. Điều này không nói gì về công dân.",
        ),
        "upstream_fault" if cause == Some("breaker_open") => (
            StatusCode::SERVICE_UNAVAILABLE,
            "upstream_paused",
            "The register failed repeatedly and is left alone for a moment. This says nothing about the citizen.",
            "Cơ sở dữ liệu lỗi liên tiếp nên tạm ngừng hỏi trong chốc lát. Điều này không nói gì về công dân.",
        ),
        "timeout" => (
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            "No answer from the register in time. This says nothing about the citizen.",
            "Cơ sở dữ liệu không trả lời kịp. Điều này không nói gì về công dân.",
        ),
        "malformed" => (
            StatusCode::BAD_GATEWAY,
            malformed_code(cause),
            "The register's answer could not be used. This says nothing about the citizen.",
            "Không dùng được câu trả lời của cơ sở dữ liệu. Điều này không nói gì về công dân.",
        ),
        // `found` never comes here; whatever else there may be is a fault of the connection, not of the citizen.
        _ => (
            StatusCode::BAD_GATEWAY,
            fault_code(cause),
            "The population service failed. This says nothing about the citizen.",
            "Dịch vụ dân cư gặp lỗi. Điều này không nói gì về công dân.",
        ),
    };
    let wait = (status == StatusCode::SERVICE_UNAVAILABLE).then(|| retry_after.unwrap_or(Duration::from_secs(5)));
    let problem = Problem { retry_after: wait, ..Problem::new(status, code, title, detail) }.with("outcome", outcome);
    match cause {
        Some(cause) => problem.with("cause", cause),
        None => problem,
    }
}

fn malformed_code(cause: Option<&str>) -> &'static str {
    match cause {
        Some("empty_body") => "reply_empty",
        Some("truncated") => "reply_truncated",
        Some("wrong_person") => "reply_wrong_person",
        _ => "reply_malformed",
    }
}

fn fault_code(cause: Option<&str>) -> &'static str {
    match cause {
        Some("html_page") => "upstream_html_page",
        Some("connection_failed") => "upstream_unreachable",
        _ => "upstream_fault",
    }
}
