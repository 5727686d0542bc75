//! What the officer should know about an answer: stable codes with a sentence in both languages, never a value.

/// One warning; `person` is the role it is about.
pub struct Warning<'p> {
    pub code: &'static str,
    pub person: Option<&'p str>,
}

/// The sentences of a warning code: Vietnamese, English.
pub fn sentences(code: &str) -> (&'static str, &'static str) {
    match code {
        "register_correction" => (
            "Dữ liệu dân cư khác với lời khai: nếu dữ liệu sai, công dân đề nghị Công an cấp xã nơi cư trú điều chỉnh.",
            "The register says otherwise than was typed: if it is wrong, the citizen asks the commune police to correct it.",
        ),
        "record_blocked_dead" => (
            "Cơ sở dữ liệu ghi công dân đã chết: không điền gì, cán bộ xem giấy tờ.",
            "The register says that this person is dead: nothing was filled, look at the papers.",
        ),
        "record_blocked_missing" => (
            "Cơ sở dữ liệu ghi công dân mất tích: không điền gì, cán bộ xem giấy tờ.",
            "The register says that this person is missing: nothing was filled, look at the papers.",
        ),
        "impossible_date" => (
            "Cơ sở dữ liệu có ngày sinh không tồn tại: không dùng.",
            "The register holds a date that does not exist: it was not used.",
        ),
        "birth_year_conflict" => (
            "Năm sinh và ngày sinh trong cơ sở dữ liệu mâu thuẫn nhau: không điền ngày sinh.",
            "Year and date of birth in the register contradict each other: the birth date was not filled.",
        ),
        "legacy_encoding" => (
            "Có chữ bị lỗi phông cũ trong dữ liệu: giữ nguyên như nhận được.",
            "Some text is in a legacy encoding: shown as received.",
        ),
        "lookalike_letter" => {
            ("Họ tên có chữ giống Đ nhưng không phải Đ.", "The name has a letter that looks like Đ but is another.")
        }
        "unknown_namespace" => (
            "Phản hồi dùng không gian tên lạ: báo cho người vận hành.",
            "The reply used an unknown namespace: tell the operator.",
        ),
        "relative_is_subject" => (
            "Khối thân nhân mang chính số của công dân: đã bỏ qua khối đó.",
            "A relative's block carries the person's own number: that block was ignored.",
        ),
        "unit_codes_clash" => (
            "Mã đơn vị hành chính của địa chỉ không khớp nhau: chỉ điền dòng chữ.",
            "The unit codes of the address do not belong together: only the text line was filled.",
        ),
        "unit_converted" => (
            "Địa chỉ trước 01/7/2025 được gợi ý theo đơn vị mới: cán bộ xác nhận.",
            "An address from before 1 July 2025 is suggested in its new unit, please confirm.",
        ),
        "nationality_inferred" => (
            "Cơ sở dữ liệu để trống quốc tịch: gợi ý Việt Nam, cán bộ xác nhận.",
            "The register leaves nationality blank: Việt Nam is suggested, please confirm.",
        ),
        "birth_date_asked_by_year" => (
            "Chỉ biết tháng và năm sinh: đã tra bằng năm sinh.",
            "Only month and year of birth are known: the register was asked with the year.",
        ),
        "birth_date_precision" => (
            "Ngày sinh đã nhập và trong cơ sở dữ liệu không cùng độ chính xác: đối chiếu giấy tờ.",
            "The birth date given and the register's are not equally precise: compare with the papers.",
        ),
        "birth_date_differs" => (
            "Tháng sinh đã nhập khác cơ sở dữ liệu (tra bằng năm sinh): đối chiếu giấy tờ.",
            "The month of birth given differs from the register's (asked by the year): compare with the papers.",
        ),
        "name_spelling" => (
            "Họ tên đã nhập khác cơ sở dữ liệu về dấu: đối chiếu giấy tờ.",
            "The name given differs from the register in its diacritics: compare with the papers.",
        ),
        "number_birth_year" | "number_gender" | "number_century" | "number_year_range" => (
            "Số và dữ liệu đã khai không khớp, đề nghị đối chiếu với thẻ.",
            "Number and stated data differ, please compare with the card.",
        ),
        "number_prefix" => (
            "Ba số đầu không thuộc 63 mã tỉnh cũ: có thể đăng ký khai sinh ở nước ngoài.",
            "The first three digits are none of the 63 old provinces: perhaps a birth registered abroad.",
        ),
        "same_person_twice" => (
            "Cùng một số được tra cho hai vai: kiểm tra lại số; nếu đúng là một người, dùng same_as.",
            "One number was looked up for two roles: check the number; if it is one person, use same_as.",
        ),
        "gender_column" => (
            "Giới tính trong cơ sở dữ liệu khác với cột này của tờ khai: kiểm tra ai ở cột nào.",
            "The register's gender is not that of this column of the form: check who belongs where.",
        ),
        "card_issue_date" => (
            "Ngày cấp quét từ thẻ trước ngày sinh hoặc sau hôm nay: không dùng.",
            "The scanned date of issue lies before the birth date or after today: it was not used.",
        ),
        "form_low_confidence" => (
            "Tờ khai này chép theo trí nhớ, chưa đối chiếu bản chính thức: không khóa trường nào.",
            "This form was recalled, not sighted: no field is locked.",
        ),
        "form_medium_confidence" => {
            ("Tờ khai này mới được đối chiếu một phần với bản chính thức.", "This form was seen only in part.")
        }
        "level_ended" => (
            "Cấp huyện đã kết thúc từ 01/7/2025: xem dịch vụ kế tiếp.",
            "The district level ended on 1 July 2025: see the service's successor.",
        ),
        _ => ("Có điều cần lưu ý.", "Something needs attention."),
    }
}
