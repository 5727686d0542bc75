//! Rules on mappings.

use super::{Rule, error, warning};

/// The rules.
pub const RULES: &[Rule] = &[
    error(
        "form_name",
        ["`form` khác tên tệp.", "Ánh xạ được tìm theo tên tệp.", "Viết form giống tên tệp."],
        ["`form` is not the file's name.", "Mappings are found by file name.", "Make them equal."],
        r#""form": "to-khai-dang-ky-ket-hon""#,
    ),
    error(
        "unknown_role",
        [
            "Vai chưa khai báo trong persons.",
            "Không biết hỏi dữ liệu của ai.",
            "Sửa tên vai hoặc khai báo trong persons.",
        ],
        ["The role is not declared in persons.", "Nobody knows whose data to ask for.", "Mend the name or declare it."],
        r#""persons": { "ben_nu": { "label": "Bên nữ" } }"#,
    ),
    error(
        "reserved_role",
        [
            "Tên vai trùng với từ dành riêng: none, request, citizen.",
            "Yêu cầu sẽ không phân biệt được vai với từ đó.",
            "Chọn tên khác.",
        ],
        [
            "A role has a reserved name: none, request, citizen.",
            "Requests could not tell them apart.",
            "Choose another name.",
        ],
        r#""nguoi_yeu_cau": { … }"#,
    ),
    error(
        "gender_code",
        [
            "Mã giới tính không phải 1 hoặc 2.",
            "Bảng mã gioi-tinh chỉ có hai mã này để chọn vai.",
            r#"Viết "1" (nam) và "2" (nữ)."#,
        ],
        [
            "A gender code is neither 1 nor 2.",
            "These two of the list choose the role.",
            r#"Write "1" (male) and "2" (female)."#,
        ],
        r#"{ "by_gender": { "1": "ben_nam", "2": "ben_nu" } }"#,
    ),
    error(
        "gender_table",
        ["`by_gender` không nêu đủ hai mã.", "Người mang mã thiếu sẽ không có vai nào.", r#"Nêu cả "1" và "2"."#],
        ["`by_gender` does not name both codes.", "Somebody would have no role.", r#"Name "1" and "2"."#],
        r#"{ "by_gender": { "1": "ben_nam", "2": "ben_nu" } }"#,
    ),
    error(
        "applicant_form",
        [
            "`applicant` không thuộc ba dạng được viết.",
            "Không biết người tại quầy giữ vai nào.",
            "Viết một vai, hoặc by_gender, hoặc ask có ít nhất một vai.",
        ],
        [
            "`applicant` has none of its three forms.",
            "The role of the person at the counter is not known.",
            "Write a role, or by_gender, or ask with at least one role.",
        ],
        r#""applicant": { "ask": ["cha", "me", "none"] }"#,
    ),
    error(
        "source_path",
        ["Nguồn thiếu tên vai.", "Một tờ khai có nhiều người; phải nói của ai.", "Viết vai, dấu chấm, thuộc tính."],
        ["A source lacks its role.", "A form has several people; say whose.", "Write role, dot, attribute."],
        "ho_va_ten  →  me.ho_va_ten",
    ),
    error(
        "never_filled",
        [
            "Thuộc tính này không bao giờ điền sẵn.",
            "Sổ hộ khẩu giấy hết giá trị từ cuối năm 2022; số của nó trên tờ khai chỉ gây nhầm.",
            "Đưa trường vào `manual`.",
        ],
        [
            "This attribute is never filled.",
            "The paper household book has had no validity since the end of 2022; its number on a form misleads.",
            "Put the property into `manual`.",
        ],
        "chu_ho.so_so_ho_khau",
    ),
    error(
        "unknown_target",
        ["Tờ khai không có trường này.", "Giá trị sẽ không đi đâu cả.", "Sửa tên trường theo gợi ý."],
        ["The form has no such property.", "The value would go nowhere.", "Take the suggestion."],
        r#""ben_nu_ho_ten""#,
    ),
    error(
        "mapped_twice",
        ["Một trường được nêu hai lần.", "Không biết dòng nào điền.", "Giữ một dòng trong fields hoặc manual."],
        ["A property is named twice.", "Nobody knows which line fills it.", "Keep one, in fields or in manual."],
        r#""manual": ["kinh_gui"]"#,
    ),
    error(
        "forgotten_property",
        [
            "Có trường không nằm trong fields lẫn manual.",
            "Quên là lỗi: mỗi trường phải được điền hoặc nói rõ là nhập tay.",
            "Thêm vào fields, hoặc vào manual.",
        ],
        [
            "A property stands neither in fields nor in manual.",
            "Forgotten is an error: each is filled or said to be typed.",
            "Add it to fields or to manual.",
        ],
        r#""manual": ["dien_thoai"]"#,
    ),
    error(
        "unknown_format",
        [
            "Không có phép đổi dạng tên này.",
            "Ánh xạ không có ngôn ngữ biểu thức; chỉ có các phép đổi đã đặt tên.",
            "Chọn tên theo gợi ý.",
        ],
        [
            "There is no transform of this name.",
            "Mappings have no expression language, only named transforms.",
            "Take the suggestion.",
        ],
        r#""format": "address_line""#,
    ),
    error(
        "does_not_fit",
        [
            "Giá trị của thuộc tính không điền được vào loại ô này.",
            "Tên không vào được ô mã, mã của bảng này không vào được ô của bảng kia.",
            "Chọn thuộc tính khác hoặc thêm format.",
        ],
        [
            "The attribute's value does not fill this kind of box.",
            "A name is no code, and a code of one list none of another.",
            "Choose another attribute or add a format.",
        ],
        r#"{ "from": "me.thuong_tru", "format": "address_line" }"#,
    ),
    error(
        "suggested_lock",
        ["Giá trị chỉ là gợi ý mà lại khóa.", "Gợi ý phải để cán bộ xác nhận.", "Bỏ lock hoặc bỏ suggest."],
        ["A mere suggestion is locked.", "The officer must be able to confirm it.", "Remove lock or suggest."],
        r#"{ "from": …, "suggest": true }"#,
    ),
    error(
        "condition_attribute",
        [
            "`when` hỏi thuộc tính không có bảng mã.",
            "Điều kiện chỉ so mã với danh sách mã.",
            "Hỏi thuộc tính có bảng mã.",
        ],
        [
            "`when` asks an attribute without a code list.",
            "Conditions compare codes with a list.",
            "Ask an attribute that has one.",
        ],
        r#""when": { "me.gioi_tinh": ["2"] }"#,
    ),
    error(
        "condition_code",
        [
            "Mã trong `when` không có trong bảng mã.",
            "Điều kiện sẽ không bao giờ đúng.",
            "Dùng mã của bảng, không dùng chữ.",
        ],
        [
            "A code in `when` is not in its list.",
            "The condition would never hold.",
            "Use codes of the list, not words.",
        ],
        r#"["Kinh"]  →  ["01"]"#,
    ),
    error(
        "empty_list",
        [
            "Danh sách trống, hoặc không phải danh sách.",
            "Không có phần tử thì dòng này vô nghĩa.",
            "Nêu ít nhất một phần tử trong [ ].",
        ],
        ["A list is empty, or no list.", "Without an item the line means nothing.", "Name at least one in [ ]."],
        r#""first_of": ["me.so_dinh_danh", "me.so_cmnd"]"#,
    ),
    error(
        "field_source",
        [
            "Dòng không có đúng một trong from, first_of, compose, rows.",
            "Không biết giá trị lấy từ đâu.",
            "Giữ đúng một từ.",
        ],
        [
            "A line has not exactly one of from, first_of, compose, rows.",
            "The source of the value is not clear.",
            "Keep exactly one.",
        ],
        r#"{ "from": "me.ho_va_ten" }"#,
    ),
    error(
        "compose_separator",
        ["`separator` trống.", "Các phần sẽ dính vào nhau.", r#"Viết dấu phân cách, ví dụ ", "."#],
        ["`separator` is empty.", "The parts would run together.", r#"Write one, for example ", "."#],
        r#""separator": " - ""#,
    ),
    error(
        "unused_separator",
        [
            "Có `separator` mà không có compose.",
            "Dấu phân cách không dùng vào đâu cho thấy dòng này viết nhầm.",
            "Bỏ separator hoặc dùng compose.",
        ],
        ["`separator` without compose.", "A separator that is not used shows a mistake.", "Remove it, or use compose."],
        r#"{ "compose": ["a.x", "a.y"], "separator": ", " }"#,
    ),
    error(
        "rows_columns",
        [
            "`rows` thiếu columns, hoặc có dòng con trong dòng.",
            "Mỗi người trong danh sách là một dòng có các cột.",
            "Thêm columns; không lồng rows.",
        ],
        [
            "`rows` lacks columns or has rows inside.",
            "Each person of the list is a row with columns.",
            "Add columns; do not nest rows.",
        ],
        r#"{ "rows": "con", "columns": { … } }"#,
    ),
    error(
        "confidence",
        [
            "`confidence` không phải high, medium, low.",
            "Mức tin cậy quyết định có khóa ô hay không.",
            "Chọn một trong ba.",
        ],
        ["`confidence` is not high, medium or low.", "It decides whether boxes are locked.", "Choose one."],
        r#""confidence": "medium""#,
    ),
    error(
        "never_fits",
        [
            "Giá trị không bao giờ vào được ô: sai độ dài, mẫu hoặc danh sách.",
            "Ô sẽ luôn trống dù cơ sở dữ liệu có giá trị.",
            "Sửa pattern, maxLength, enum của ô, hoặc đổi nguồn.",
        ],
        [
            "A value never fits its box: length, pattern or enum.",
            "The box stays empty although the register has the value.",
            "Mend pattern, maxLength or enum, or choose another source.",
        ],
        r#""maxLength": 9  →  "maxLength": 12"#,
    ),
    warning(
        "may_not_fit",
        [
            "Có giá trị không vào được ô.",
            "Ví dụ người chỉ có năm sinh sẽ để trống ô.",
            "Nới pattern nếu giấy cho phép.",
        ],
        [
            "Some values do not fit the box.",
            "Who has only a year of birth leaves it empty, for example.",
            "Widen the pattern if the paper allows it.",
        ],
        r#""pattern": "^[0-9]{2}/[0-9]{2}/[0-9]{4}$""#,
    ),
    warning(
        "list_lacks_values",
        [
            "Ô không nhận một số mã mà cơ sở dữ liệu có thể gửi.",
            "Người mang mã đó sẽ để trống ô.",
            "Thêm mã vào enum, hoặc bỏ enum.",
        ],
        [
            "The box does not take some codes of the register.",
            "Whoever has them leaves the box empty.",
            "Add them to enum or remove it.",
        ],
        r#""enum": ["1", "2"]"#,
    ),
    warning(
        "partial_date",
        [
            "Ô chỉ nhận ngày đầy đủ nhưng ngày sinh có thể chỉ có năm.",
            "Không bao giờ thêm ngày 01/01; ô sẽ trống và có lý do partial_date.",
            "Nếu giấy cho phép ghi năm, dùng mẫu ngày thiếu; nếu không, cứ để vậy.",
        ],
        [
            "A box takes full dates only, and birth dates may be a year.",
            "Days are never made up; the box stays empty, reason partial_date.",
            "Use the partial-date pattern if the paper allows a year; otherwise leave it.",
        ],
        r#""pattern": "^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$""#,
    ),
    error(
        "locked_required",
        [
            "Ô bắt buộc bị khóa với nguồn không phải lúc nào cũng có.",
            "Người dùng tưởng ô luôn có giá trị đúng, trong khi có thể trống.",
            r#"Bỏ "lock": true, hoặc bỏ trường khỏi required."#,
        ],
        [
            "A required box is locked to a source that may be missing.",
            "It looks as if the value were always there.",
            r#"Remove "lock": true, or take the property out of required."#,
        ],
        r#"{ "from": "me.ton_giao", "lock": true }"#,
    ),
];
