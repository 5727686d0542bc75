//! Rules on tables, the dictionary, invented people and examples.

use super::{Rule, error, warning};

/// The rules.
pub const RULES: &[Rule] = &[
    error(
        "code_list",
        [
            "Một dòng của bảng mã không hợp lệ: cột, ngày, `use` hoặc mã trùng.",
            "Bảng mã sai thì mã trên tờ khai sai.",
            "Sửa dòng được nêu; dòng đầu phải đúng bảy cột.",
        ],
        [
            "A line of a code list is not valid: columns, date, `use`, or a code twice.",
            "Wrong lists put wrong codes on forms.",
            "Mend the line; the first line has exactly the seven columns.",
        ],
        "01,Kinh,Kinh,,,value,nguồn",
    ),
    error(
        "code_list_empty",
        ["Bảng mã không có dòng nào.", "Mọi mã của cơ sở dữ liệu sẽ thành mã lạ.", "Lấy lại bảng mã từ bản trước."],
        [
            "The code list has no row.",
            "Every code of the register would be unknown.",
            "Bring the list back from an earlier version.",
        ],
        "git checkout -- service-catalog/code-lists/gioi-tinh.csv",
    ),
    error(
        "code_missing",
        [
            "Dòng của bảng mã thiếu mã hoặc tên tiếng Việt.",
            "Mã trống sẽ khớp với giá trị trống.",
            "Điền mã và tên, hoặc xóa dòng.",
        ],
        [
            "A row lacks its code or its Vietnamese name.",
            "An empty code would match an empty value.",
            "Fill both, or remove the row.",
        ],
        "01,Kinh,…",
    ),
    error(
        "code_period",
        ["Mã hết hiệu lực trước khi có hiệu lực.", "Mã như vậy không bao giờ dùng được.", "Đổi lại hai ngày."],
        ["A code ends before it begins.", "It could never be used.", "Exchange the two days."],
        "2023-01-01,2024-01-01",
    ),
    error(
        "units_table",
        [
            "Một dòng của bảng đơn vị hành chính không hợp lệ.",
            "Tên xã, tỉnh in trên tờ khai lấy từ bảng này.",
            "Sửa dòng được nêu; so với nguồn trong README của thư mục.",
        ],
        [
            "A line of a table of administrative units is not valid.",
            "The names printed on forms come from here.",
            "Mend the line; compare it with the source in the folder's README.",
        ],
        "01,Thành phố Hà Nội,00004,Phường …",
    ),
    error(
        "units_empty",
        [
            "Bảng đơn vị hành chính không có dòng nào.",
            "Không đổi được mã thành tên, mọi địa chỉ sẽ thiếu.",
            "Lấy lại bảng từ bản trước.",
        ],
        [
            "A table of administrative units has no row.",
            "No code could be turned into a name.",
            "Bring the table back from an earlier version.",
        ],
        "git checkout -- service-catalog/administrative-units",
    ),
    error(
        "unknown_attribute",
        [
            "Không có thuộc tính này.",
            "Viết sai một chữ thì ô sẽ mãi để trống.",
            "Chọn trong attributes.json; xem gợi ý.",
        ],
        [
            "There is no such attribute.",
            "One wrong letter and the box stays empty for ever.",
            "Choose one of attributes.json; see the suggestion.",
        ],
        "me.ho_va_tenn  →  me.ho_va_ten",
    ),
    error(
        "duplicate_attribute",
        ["Thuộc tính đứng hai lần trong từ điển.", "Không biết dòng nào đúng.", "Xóa một dòng."],
        ["An attribute stands twice in the dictionary.", "Nobody knows which is right.", "Remove one."],
        r#""path": "so_cmnd""#,
    ),
    error(
        "missing_attribute",
        [
            "Từ điển thiếu thuộc tính mà chương trình biết.",
            "Từ điển là danh sách đóng: mỗi thuộc tính có nhãn, loại, mức nhạy cảm.",
            "Thêm các thuộc tính được nêu.",
        ],
        [
            "The dictionary lacks attributes that the program knows.",
            "It is a closed list: each has its label, type and sensitivity.",
            "Add those that are named.",
        ],
        r#"{ "path": "so_cmnd", … }"#,
    ),
    error(
        "attribute_type",
        [
            "Loại của thuộc tính không có, hoặc không đi với `code_list`.",
            "Loại quyết định thuộc tính điền được vào ô nào.",
            "Chọn loại đúng; loại code phải có code_list, loại khác không có.",
        ],
        [
            "The attribute's type does not exist or does not go with `code_list`.",
            "The type decides which boxes it fills.",
            "Choose a type; code has a code_list, others have none.",
        ],
        r#""type": "code", "code_list": "gioi-tinh""#,
    ),
    error(
        "attribute_sensitivity",
        [
            "Mức nhạy cảm phải là ordinary hoặc sensitive.",
            "Dữ liệu nhạy cảm chỉ trả khi có căn cứ (NĐ 356/2025, Điều 4).",
            "Chọn một trong hai.",
        ],
        [
            "Sensitivity is ordinary or sensitive.",
            "Sensitive data are released with a legal basis only (Decree 356/2025 Article 4).",
            "Choose one.",
        ],
        r#""sensitivity": "sensitive""#,
    ),
    error(
        "unknown_code_list",
        [
            "Không có bảng mã này trong code-lists.",
            "Mã không có bảng thì không kiểm tra và không đổi ra chữ được.",
            "Sửa tên theo gợi ý hoặc thêm bảng mã.",
        ],
        [
            "There is no such list in code-lists.",
            "Codes without a list cannot be checked or printed.",
            "Take the suggestion or add the list.",
        ],
        r#""x-code-list": "dan-toc""#,
    ),
    error(
        "person_number",
        [
            "Số của người mẫu không đúng dạng.",
            "Số định danh có 12 chữ số, số CMND có 9.",
            "Viết đủ chữ số, không dấu cách.",
        ],
        [
            "An invented person's number is not well formed.",
            "Personal numbers have 12 digits, old card numbers 9.",
            "Write all digits, without spaces.",
        ],
        r#""999085000001""#,
    ),
    error(
        "not_invented",
        [
            "Số của người mẫu không bắt đầu bằng 999.",
            "Số khác có thể là của người thật.",
            "Đổi thành số bắt đầu bằng 999.",
        ],
        ["A number does not start with 999.", "Any other could be somebody's.", "Choose one that starts with 999."],
        r#""999085000001""#,
    ),
    error(
        "person_date",
        [
            "Ngày của người mẫu sai dạng hoặc không có thật.",
            "Ngày viết yyyy, yyyy-mm hoặc yyyy-mm-dd như cơ sở dữ liệu biết.",
            "Sửa ngày.",
        ],
        [
            "A date is not written as it must be or does not exist.",
            "Dates are yyyy, yyyy-mm or yyyy-mm-dd, as precise as the register.",
            "Mend the date.",
        ],
        r#""1985-03""#,
    ),
    error(
        "person_file_name",
        [
            "Tên tệp người mẫu khác với `number`.",
            "Người ta tìm tệp theo số.",
            "Đổi tên tệp thành số; tệp thứ hai thêm -2.",
        ],
        [
            "The file is not named after `number`.",
            "People look for the file by its number.",
            "Rename it; a second file of one number ends in -2.",
        ],
        "people/999064000031-2.json",
    ),
    error(
        "example_file",
        [
            "Ví dụ không khớp với danh mục: tờ khai, dịch vụ, người mẫu hoặc ô không có.",
            "Ví dụ như vậy không bao giờ chạy được.",
            "Sửa theo chỗ dấu mũ chỉ.",
        ],
        [
            "An example does not match the catalogue: form, service, person or box.",
            "It could never be run.",
            "Mend it where the caret points.",
        ],
        "examples/<form>/<number>.json",
    ),
    warning(
        "example_missing",
        [
            "Tờ khai chưa có ví dụ nào.",
            "Ví dụ cho thấy thay đổi ánh xạ làm kết quả đổi thế nào.",
            "Viết ít nhất một ví dụ với một người mẫu.",
        ],
        [
            "The form has no example.",
            "Examples show what a changed mapping does.",
            "Write at least one with an invented person.",
        ],
        "examples/to-khai-dang-ky-ket-hon/999198000022.json",
    ),
    warning(
        "example_stale",
        ["Kết quả điền khác với ví dụ.", "Hoặc ánh xạ sai, hoặc ví dụ đã cũ.", "Xem khác ở đâu rồi sửa một trong hai."],
        [
            "The filled form differs from the example.",
            "Either the mapping is wrong or the example is old.",
            "Look where they differ and mend one of them.",
        ],
        r#""data": { … }"#,
    ),
];
