//! What each refusal of the desk is told as: a status, a code and two sentences, without a default arm.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::outcome_problem::lookup_problem;
use super::problem::Problem;
use crate::autofill::Refusal;
use crate::signing::Signed;

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
            Refusal::RecordBlocked => Self::new(
                StatusCode::CONFLICT,
                "record_blocked",
                "The register says that this person is dead or missing: nothing is given, look at the papers.",
                "Cơ sở dữ liệu ghi công dân đã chết hoặc mất tích: không cung cấp gì, cán bộ xem giấy tờ.",
            ),
            Refusal::Denied(face) => face.into(),
            Refusal::NotForgotten => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not_forgotten",
                "The tier that replicas share cannot be reached: other replicas may still keep it. Ask again.",
                "Không kết nối được bộ nhớ đệm dùng chung: các máy khác có thể vẫn còn giữ. Hãy gửi lại.",
            )
            .retry(Some(Duration::from_secs(1))),
            Refusal::JournalUnavailable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "journal_unavailable",
                "What is disclosed must be put on record, and that is not possible now. This says nothing about the citizen.",
                "Dữ liệu chỉ được cung cấp khi đã ghi nhật ký, hiện chưa ghi được. Điều này không nói gì về công dân.",
            )
            .retry(Some(Duration::from_secs(5))),
            Refusal::SigningOff => Self::new(
                unprocessable,
                "signing_off",
                "Answers are not signed here: no key is configured.",
                "Nơi này chưa cấu hình khóa ký câu trả lời.",
            )
            .at("/sign"),
            Refusal::Lookup { outcome, cause, retry_after, lookups, proof } => {
                let list: Vec<Value> = lookups
                    .iter()
                    .map(|one| json!({ "person": one.person, "outcome": one.outcome, "cause": one.cause }))
                    .collect();
                let problem = lookup_problem(outcome, cause, retry_after).with("lookups", list);
                match proof {
                    Some(proof) => {
                        let Signed { statement, jws } = proof.signed;
                        problem.with("proof", json!({ "statement": statement, "jws": jws, "text": proof.text }))
                    }
                    None => problem,
                }
            }
        }
    }
}
