//! What a look-up that gave no record is told as: a status, a code and two sentences for every outcome.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::problem::Problem;

/// The outcomes of PROTOCOL §6.1, each with its own code; causes refine faults and malformed replies.
pub fn lookup_problem(outcome: &'static str, cause: Option<&'static str>, retry_after: Option<Duration>) -> Problem {
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
    let problem = Problem::new(status, code, title, detail).retry(wait).with("outcome", outcome);
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
