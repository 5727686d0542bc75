//! The counter's words: why a box is empty, what came of a look-up, and what to do about it.

use crate::catalog::Language;
use crate::pages::words::Badge;

/// Why a box is empty, in a sentence for the officer.
pub fn reason_words(reason: &str, lang: Language) -> &'static str {
    let (vi, en) = match reason {
        "manual" => ("Cơ sở dữ liệu không có, nhập tay.", "Not in the register: fill by hand."),
        "not_given" => ("Dữ liệu dân cư để trống ô này.", "The register gives nothing for this."),
        "unknown_code" => ("Dữ liệu có mã chưa rõ nghĩa.", "The register has a code that no list explains."),
        "not_in_list" => ("Giá trị không có trong danh mục của tờ khai.", "The value is not in the form's list."),
        "does_not_fit" => ("Giá trị không hợp với ô này.", "The value does not fit this box."),
        "partial_date" => ("Dữ liệu chỉ có một phần của ngày.", "The register knows a part of the date only."),
        "conflict" => ("Dữ liệu mâu thuẫn nhau nên không điền.", "The record contradicts itself: not filled."),
        "condition" => ("Không thuộc trường hợp của người này.", "Does not apply to this person."),
        "not_licensed" => ("Chưa được cấp quyền nhận dữ liệu này.", "This data is not licensed here."),
        "person_not_asked" => ("Chưa nêu người ở vai này.", "Nobody was named for this role."),
        "record_blocked" => ("Hồ sơ ghi đã chết hoặc mất tích: xem giấy tờ.", "Recorded dead or missing: see papers."),
        "lookup_not_found" => ("Không tìm thấy người này.", "This person was not found."),
        "lookup_multiple" => ("Có nhiều người khớp, không tự chọn.", "Several people match; none was chosen."),
        lookup if lookup.starts_with("lookup_") => (
            "Không tra cứu được (sự cố), không phải “không có người này”.",
            "The look-up failed; not “no such person”.",
        ),
        _ => ("Không điền được.", "Not filled."),
    };
    lang.pick(vi, en)
}

/// What came of a look-up. Only "not found" and "several" say anything of a citizen.
pub fn outcome_badge(outcome: &str, lang: Language) -> Badge {
    let (class, vi, en) = match outcome {
        "found" => ("good", "tìm thấy", "found"),
        "not_found" => ("warn", "không tìm thấy", "not found"),
        "multiple" => ("warn", "nhiều người khớp", "several match"),
        "rejected" => ("bad", "câu hỏi bị từ chối", "query refused"),
        "not_permitted_procedure" | "not_permitted_officer" => ("bad", "chưa được phép tra cứu", "not permitted"),
        "auth_failed" => ("bad", "sự cố: kết nối không được xác thực", "outage: connection not authorised"),
        "throttled" => ("bad", "sự cố: bên kia đang bận", "outage: busy"),
        "maintenance" => ("bad", "sự cố: đang bảo trì", "outage: maintenance"),
        "timeout" => ("bad", "sự cố: không trả lời kịp", "outage: no answer in time"),
        "malformed" => ("bad", "sự cố: câu trả lời hỏng", "outage: unusable answer"),
        _ => ("bad", "sự cố kết nối", "outage"),
    };
    Badge::new(class, lang.pick(vi, en))
}

/// What a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The register answered: nobody has these three keys together.
    NotFound,
    /// The register could not be asked, or its answer not be used.
    Outage,
    /// Something on the page is to be mended.
    Mend,
}

impl ProblemKind {
    /// By the problem's code and status.
    pub fn of(code: &str, status: u16) -> Self {
        match (code, status) {
            ("not_found", _) => Self::NotFound,
            (_, 500..) => Self::Outage,
            _ => Self::Mend,
        }
    }

    /// By the outcome of one look-up.
    pub fn of_outcome(outcome: &str) -> Self {
        match outcome {
            "not_found" => Self::NotFound,
            "multiple" | "rejected" | "not_permitted_procedure" | "not_permitted_officer" => Self::Mend,
            _ => Self::Outage,
        }
    }

    /// The heading.
    pub fn heading(self, lang: Language) -> &'static str {
        match self {
            Self::NotFound => lang.pick("Không tìm thấy công dân", "No such citizen was found"),
            Self::Outage => lang.pick("Sự cố: chưa tra cứu được", "Outage: nobody could be looked up"),
            Self::Mend => lang.pick("Cần sửa trước khi tra cứu", "Something is to be mended first"),
        }
    }

    /// What to do now.
    pub fn advice(self, lang: Language) -> &'static str {
        match self {
            Self::NotFound => lang.pick(
                "Quét lại thẻ hoặc gõ lại đúng như trên thẻ cả ba: số, họ tên, ngày sinh. Nếu vẫn không thấy, điền tay theo \
                 giấy tờ và hướng dẫn công dân đề nghị Công an cấp xã nơi cư trú kiểm tra, điều chỉnh dữ liệu.",
                "Scan the card again, or type number, name and birth date exactly as on it. If nobody is found then, fill \
                 the form from the papers and send the citizen to the commune police to have the record corrected.",
            ),
            Self::Outage => lang.pick(
                "Điều này không nói gì về công dân. Thử lại sau ít phút; nếu hồ sơ không chờ được thì điền tay, và ghi lại \
                 mã yêu cầu để báo người vận hành.",
                "This says nothing about the citizen. Try again in a few minutes; if the dossier cannot wait, fill it by \
                 hand and note the request number for the operator.",
            ),
            Self::Mend => lang.pick(
                "Những gì đã gõ vẫn còn trên trang.",
                "What was typed is still on the page.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_never_told_as_not_found() {
        for (code, status) in [("timeout", 504), ("upstream_fault", 502), ("maintenance", 503), ("auth_failed", 502)] {
            assert_eq!(ProblemKind::of(code, status), ProblemKind::Outage, "{code}");
        }
        assert_eq!(ProblemKind::of("not_found", 404), ProblemKind::NotFound);
        assert_eq!(ProblemKind::of("service_unknown", 404), ProblemKind::Mend);
        for outcome in ["timeout", "upstream_fault", "maintenance", "auth_failed", "throttled", "malformed", "new"] {
            let told = outcome_badge(outcome, Language::Vi).text;
            assert!(told.contains("sự cố"), "{outcome}: {told}");
            assert_eq!(ProblemKind::of_outcome(outcome), ProblemKind::Outage, "{outcome}");
            assert!(reason_words(&format!("lookup_{outcome}"), Language::Vi).contains("sự cố"), "{outcome}");
        }
        assert!(!outcome_badge("not_found", Language::Vi).text.contains("sự cố"));
    }
}
