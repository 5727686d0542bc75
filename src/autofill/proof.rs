//! The proof that a look-up was tried (RISKS R7): only when the register has it not, or could not be read, may the
//! office ask for paper; the note says so in the dossier. No personal data: not the number, not the name.

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use serde_json::json;

use super::request::AutofillRequest;
use crate::signing::Signed;
use crate::signing::SigningKeys;

/// A signed note and its text for paper.
pub struct Proof {
    pub signed: Signed,
    pub text: String,
}

/// The proof for a look-up that gave no record; `None`: there is no key.
pub fn of(
    keys: &SigningKeys,
    request: &AutofillRequest,
    request_id: &str,
    (outcome, cause): (&str, Option<&str>),
    now: Timestamp,
) -> Option<Proof> {
    let statement = json!({
        "iss": "diensan",
        "iat": now.as_second(),
        "kind": "attempt",
        "request_id": request_id,
        "service": request.service,
        "agency": request.agency,
        "dossier": request.dossier,
        "outcome": outcome,
        "cause": cause,
    })
    .to_string();
    let jws = keys.sign(&statement)?;
    let text = text(request, request_id, outcome, now);
    Some(Proof { signed: Signed { statement, jws }, text })
}

fn text(request: &AutofillRequest, request_id: &str, outcome: &str, now: Timestamp) -> String {
    let moment = TimeZone::fixed(offset(7)).to_datetime(now);
    let moment = moment.strftime("%H:%M:%S ngày %d/%m/%Y (giờ Việt Nam)").to_string();
    let said = |value: Option<&str>| value.map_or_else(|| "không nêu".to_owned(), str::to_owned);
    let (result, follows) = words(outcome);
    format!(
        "XÁC NHẬN ĐÃ TRA CỨU CƠ SỞ DỮ LIỆU QUỐC GIA VỀ DÂN CƯ\n\
         Thời điểm: {moment}\n\
         Mã yêu cầu: {request_id}\n\
         Cơ quan: {agency}\n\
         Hồ sơ: {dossier}\n\
         Thủ tục: {service}\n\
         Kết quả: {result}\n\
         {follows}\n",
        agency = said(request.agency.as_deref()),
        dossier = said(request.dossier.as_deref()),
        service = request.service,
    )
}

/// The result in words, and what follows from it for officer and citizen.
fn words(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "not_found" => (
            "không có dữ liệu khớp cùng lúc số định danh, họ tên và ngày sinh",
            "Đề nghị công dân đến Công an cấp xã nơi cư trú để kiểm tra, điều chỉnh thông tin dân cư.",
        ),
        "multiple" => (
            "có nhiều hơn một người khớp; không chọn ai",
            "Đề nghị công dân đến Công an cấp xã nơi cư trú để kiểm tra, điều chỉnh thông tin dân cư.",
        ),
        _ => (
            "không đọc được cơ sở dữ liệu vào thời điểm này",
            "Điều này không nói gì về công dân. Tra cứu lại khi hệ thống hoạt động trở lại.",
        ),
    }
}
