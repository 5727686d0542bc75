//! Rules on services and the law.

use super::{Rule, error, warning};

/// The rules.
pub const RULES: &[Rule] = &[
    error(
        "service_code",
        [
            "Mã dịch vụ khác tên tệp hoặc sai dạng.",
            "Dịch vụ được tìm theo mã.",
            "Viết code giống tên tệp, dạng 1.000894.",
        ],
        [
            "The code is not the file's name, or not shaped like one.",
            "Services are found by their code.",
            "Make them equal, like 1.000894.",
        ],
        "commune/1.000894.json",
    ),
    error(
        "service_subject",
        [
            "`subject` không thuộc danh sách.",
            "Đối tượng nộp hồ sơ chỉ có ba loại.",
            "Chọn citizen, household hoặc representative.",
        ],
        [
            "`subject` is not one of the list.",
            "There are three kinds of people who hand dossiers in.",
            "Choose citizen, household or representative.",
        ],
        r#""subject": "citizen""#,
    ),
    error(
        "level_folder",
        ["`level` khác tên thư mục.", "Cấp của dịch vụ là thư mục chứa tệp.", "Sửa level hoặc chuyển tệp."],
        ["`level` is not the folder's name.", "The folder is the level.", "Mend level or move the file."],
        r#"commune/…: "level": "commune""#,
    ),
    error(
        "no_form",
        ["Dịch vụ không có tờ khai.", "Không có tờ khai thì không có gì để điền.", "Nêu ít nhất một tờ khai."],
        ["The service has no form.", "There would be nothing to fill.", "Name at least one."],
        r#""forms": [{ "form": "to-khai-dang-ky-ket-hon" }]"#,
    ),
    error(
        "unknown_form",
        ["Không có tờ khai tên này.", "Dịch vụ sẽ không mở được.", "Sửa tên theo gợi ý."],
        ["There is no form of this name.", "The service could not be used.", "Take the suggestion."],
        r#""form": "to-khai-dang-ky-ket-hon""#,
    ),
    error(
        "duplicate_service",
        ["Một mã dịch vụ có ở hai cấp.", "Không biết tệp nào đúng.", "Giữ một tệp; cấp bãi bỏ thì ghi successor."],
        [
            "A service code stands in two levels.",
            "Nobody knows which is right.",
            "Keep one; an abolished level gets a successor.",
        ],
        r#""successor": "commune""#,
    ),
    error(
        "period_date",
        ["Ngày hiệu lực sai dạng hoặc không có thật.", "Ngày hồ sơ chọn tờ khai.", "Viết yyyy-mm-dd."],
        [
            "A day is not written as it must be or does not exist.",
            "The dossier's date chooses the form.",
            "Write yyyy-mm-dd.",
        ],
        r#""from": "2025-07-01""#,
    ),
    error(
        "period_order",
        ["`to` ở trước `from`.", "Tờ khai không bao giờ có hiệu lực.", "Đổi lại hai ngày."],
        ["`to` is before `from`.", "The form would never be in force.", "Exchange them."],
        r#""from": "2024-01-01", "to": "2025-06-30""#,
    ),
    error(
        "period_overlap",
        [
            "Một tờ khai có hiệu lực hai lần trong cùng thời gian.",
            "Không biết dùng bản nào.",
            "Cho bản cũ kết thúc trước ngày bản mới bắt đầu.",
        ],
        [
            "A form is in force twice on the same day.",
            "Nobody knows which version holds.",
            "Let the old one end the day before.",
        ],
        r#""to": "2025-06-30" / "from": "2025-07-01""#,
    ),
    error(
        "period_gap",
        [
            "Có ngày không tờ khai nào có hiệu lực.",
            "Hồ sơ của ngày đó không mở được.",
            "Nối liền các thời gian; bản cũ nhất bỏ from, bản mới nhất bỏ to.",
        ],
        [
            "On some day no form is in force.",
            "A dossier of that day could not be opened.",
            "Join the periods; the oldest has no from, the newest no to.",
        ],
        r#""to": "2025-06-30" / "from": "2025-07-01""#,
    ),
    error(
        "successor_form",
        [
            "`successor` không phải mã dịch vụ, commune hay province.",
            "Không dẫn được người dân tới dịch vụ thay thế.",
            "Viết mã, hoặc commune, hoặc province.",
        ],
        [
            "`successor` is no service code, commune or province.",
            "Nobody could be led on.",
            "Write a code, or commune, or province.",
        ],
        r#""successor": "commune""#,
    ),
    error(
        "successor_circle",
        ["Dịch vụ kế thừa dẫn vòng về chính nó.", "Không có dịch vụ nào còn dùng được.", "Sửa một mã trong vòng."],
        ["Successors lead back in a circle.", "None would be the one in use.", "Mend one of them."],
        "1.000001 → 1.000002 → 1.000001",
    ),
    warning(
        "successor_outside",
        [
            "Danh mục không có dịch vụ kế thừa này.",
            "Có thể chưa nhập, có thể sai mã.",
            "Kiểm tra mã; nhập dịch vụ nếu cần.",
        ],
        [
            "The catalogue has no such successor.",
            "It may not be here yet, or the code is wrong.",
            "Check the code; add the service if needed.",
        ],
        r#""successor": "1.013225""#,
    ),
    warning(
        "no_legal_basis",
        [
            "Dịch vụ chưa có căn cứ pháp lý.",
            "Tra cứu dữ liệu dân cư phải có căn cứ.",
            "Ghi số hiệu văn bản đã thấy; chưa thấy thì để trống, không đoán.",
        ],
        [
            "The service has no legal basis.",
            "Asking the population register needs one.",
            "Write the numbers that were seen; do not guess.",
        ],
        r#""legal_basis": ["123/2015/NĐ-CP"]"#,
    ),
    warning(
        "repealed_basis",
        [
            "Văn bản được viện dẫn đã hết hiệu lực.",
            "Căn cứ cũ làm hồ sơ có thể bị trả lại.",
            "Thay bằng văn bản kế thừa nêu trong câu báo, sau khi xem lại.",
        ],
        [
            "A cited text is no longer in force.",
            "Dossiers could be refused.",
            "Replace it by the successor that is named, after a look.",
        ],
        "47/2020/NĐ-CP  →  278/2025/NĐ-CP",
    ),
    warning(
        "sensitive_without_basis",
        [
            "Tờ khai lấy dữ liệu nhạy cảm mà có dịch vụ dùng nó chưa có căn cứ pháp lý.",
            "Dân tộc, tôn giáo, nhóm máu, người thân chỉ được trả khi có căn cứ (NĐ 356/2025, Điều 4).",
            "Ghi căn cứ cho dịch vụ, hoặc chuyển ô sang nhập tay.",
        ],
        [
            "A form takes sensitive data and a service that uses it has no legal basis.",
            "Ethnicity, religion, blood group and relatives need one (Decree 356/2025 Article 4).",
            "Write the basis of the service, or let the box be typed.",
        ],
        r#""me.dan_toc""#,
    ),
];
