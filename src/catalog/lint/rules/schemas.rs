//! Rules on form schemas.

use super::{Rule, error};

/// The rules.
pub const RULES: &[Rule] = &[
    error(
        "no_schema",
        [
            "Ánh xạ không có tờ khai cùng tên trong schemas/forms.",
            "Không có tờ khai thì không biết điền vào đâu.",
            "Thêm tệp .schema.json hoặc đổi tên.",
        ],
        [
            "A mapping has no form of its name in schemas/forms.",
            "Without a form there is nothing to fill.",
            "Add the .schema.json or rename the file.",
        ],
        "schemas/forms/<tên>.schema.json",
    ),
    error(
        "no_mapping",
        [
            "Tờ khai không có ánh xạ cùng tên trong mappings.",
            "Tờ khai không có ánh xạ thì không bao giờ được điền.",
            "Thêm tệp ánh xạ hoặc đổi tên.",
        ],
        ["A form has no mapping of its name.", "It would never be filled.", "Add the mapping or rename the file."],
        "service-catalog/mappings/<tên>.json",
    ),
    error(
        "schema_keyword",
        [
            "Từ khóa không thuộc JSON Schema hoặc không được dùng ở đây.",
            "Bộ kiểm tra bỏ qua từ khóa lạ, nên sai mà không ai hay.",
            "Sửa theo gợi ý; chú thích riêng chỉ có x-code-list, x-person, x-print.",
        ],
        [
            "The keyword is none of JSON Schema, or not for use here.",
            "Validators ignore unknown keywords silently.",
            "Take the suggestion; own annotations are x-code-list, x-person, x-print.",
        ],
        r#""maxLenght"  →  "maxLength""#,
    ),
    error(
        "schema_reference",
        [
            "`$ref` trỏ ra ngoài tệp hoặc vào chỗ không có.",
            "Không bao giờ tải gì từ mạng hay đọc tệp khác khi kiểm tra tờ khai.",
            "Chỉ trỏ vào #/$defs/… của chính tệp.",
        ],
        [
            "`$ref` leaves the file or points at nothing.",
            "Nothing is ever fetched while checking a form.",
            "Point into #/$defs/… of this file.",
        ],
        r##""$ref": "#/$defs/dia_chi""##,
    ),
    error(
        "schema_circle",
        ["`$ref` dẫn vòng về chính nó.", "Bộ kiểm tra sẽ không bao giờ xong.", "Bỏ một mắt trong vòng."],
        ["`$ref` leads back to itself.", "A validator would never end.", "Remove one link of the circle."],
        r##""dia_chi": { "$ref": "#/$defs/dia_chi" }"##,
    ),
    error(
        "schema_dialect",
        [
            "`$schema` của tờ khai phải là JSON Schema 2020-12.",
            "Bản khác hiểu từ khóa khác.",
            "Chép dòng $schema đúng.",
        ],
        [
            "A form's `$schema` is JSON Schema 2020-12.",
            "Other dialects read keywords differently.",
            "Copy the right line.",
        ],
        r#""$schema": "https://json-schema.org/draft/2020-12/schema""#,
    ),
    error(
        "schema_type",
        [
            "`type` viết sai, hoặc tờ khai không phải object.",
            "Loại quyết định ô nhận gì.",
            "Chọn string, integer, number, boolean, array hoặc object.",
        ],
        [
            "`type` is misspelt, or the form is no object.",
            "The type decides what a box takes.",
            "Choose string, integer, number, boolean, array or object.",
        ],
        r#""type": "strin"  →  "type": "string""#,
    ),
    error(
        "schema_format",
        [
            "`format` không có hoặc không được kiểm tra.",
            "Định dạng lạ bị bỏ qua.",
            "Dùng date cho ngày; giấy chỉ cần năm thì dùng mẫu ngày thiếu.",
        ],
        [
            "`format` does not exist or is not checked.",
            "Unknown formats are ignored.",
            "Use date for dates; where a year will do, the partial-date pattern.",
        ],
        r#""format": "date""#,
    ),
    error(
        "schema_open",
        [
            "`additionalProperties` phải là false.",
            "Nếu không, trường viết sai vẫn được nhận.",
            r#"Viết "additionalProperties": false."#,
        ],
        [
            "`additionalProperties` must be false.",
            "Otherwise misspelt fields pass.",
            r#"Write "additionalProperties": false."#,
        ],
        r#""additionalProperties": false"#,
    ),
    error(
        "schema_invalid",
        [
            "Giá trị của một từ khóa không hợp lệ theo JSON Schema.",
            "Không dựng được bộ kiểm tra cho tờ khai.",
            "Xem giá trị ở chỗ dấu mũ; mẫu chạy bằng máy tuyến tính nên không có nhìn trước, nhìn sau.",
        ],
        [
            "A keyword has a value that JSON Schema does not allow.",
            "No validator can be built.",
            "Look at the value; patterns run in linear time, without look-around.",
        ],
        r#""minLength": "1"  →  "minLength": 1"#,
    ),
    error(
        "schema_person",
        ["`x-person` nêu vai mà ánh xạ không có.", "Ô sẽ không thuộc về ai.", "Sửa tên vai theo persons của ánh xạ."],
        [
            "`x-person` names a role that the mapping lacks.",
            "The box would belong to nobody.",
            "Use a role of the mapping's persons.",
        ],
        r#""x-person": "ben_nu""#,
    ),
    error(
        "required_unknown",
        ["`required` nêu trường không có.", "Tờ khai sẽ không bao giờ đủ.", "Sửa tên theo gợi ý hoặc xóa."],
        ["`required` names no property.", "The form could never be complete.", "Take the suggestion or remove it."],
        r#""required": ["ho_ten"]"#,
    ),
    error(
        "property_title",
        [
            "Trường thiếu nhãn `title`.",
            "Nhãn tiếng Việt in trên tờ khai hiện cho cán bộ.",
            "Thêm title như in trên giấy.",
        ],
        [
            "A property lacks its `title`.",
            "The printed Vietnamese label is shown to the officer.",
            "Add the title as printed.",
        ],
        r#""title": "Họ, chữ đệm, tên""#,
    ),
    error(
        "property_kind",
        [
            "Không rõ trường là loại ô nào.",
            "Chương trình chỉ biết chữ, mã, ngày, địa chỉ, số, đúng/sai, danh sách.",
            "Xem lại type, $ref, x-code-list, format.",
        ],
        [
            "It is not clear which kind of box this is.",
            "Known are text, code, date, address, number, yes/no, list.",
            "Look at type, $ref, x-code-list, format.",
        ],
        r##"{ "title": "Nơi cư trú", "$ref": "#/$defs/dia_chi" }"##,
    ),
];
