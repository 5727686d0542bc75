//! Rules on files and texts.

use super::{Rule, error, fixable, warning};

/// The rules.
pub const RULES: &[Rule] = &[
    error(
        "unreadable",
        [
            "Không đọc được tệp hoặc thư mục: thiếu, không phải UTF-8, quá lớn hoặc là liên kết.",
            "Tệp không đọc được thì không biết trong đó có gì; liên kết có thể dẫn ra ngoài danh mục.",
            "Đặt tệp thường, lưu bằng UTF-8, kiểm tra quyền đọc.",
        ],
        [
            "A file or folder cannot be read: missing, not UTF-8, too large or a link.",
            "Nobody knows what stands in it; links could lead out of the catalogue.",
            "Put a regular file there, save it as UTF-8, check its permissions.",
        ],
        "iconv -f UTF-16 -t UTF-8 x.json > y.json",
    ),
    error(
        "json_syntax",
        [
            "Không phải JSON theo RFC 8259.",
            "Dấu phẩy thừa, chú thích hay tệp bị cắt khiến mỗi chương trình hiểu một khác.",
            "Xem dấu phẩy, dấu ngoặc, dấu nháy ở chỗ dấu mũ chỉ.",
        ],
        [
            "Not JSON as of RFC 8259.",
            "With trailing commas, comments or a cut file every program reads something else.",
            "Look at commas, brackets and quotes where the caret points.",
        ],
        r#"["a", "b",]  →  ["a", "b"]"#,
    ),
    error(
        "duplicate_key",
        [
            "Một khóa đứng hai lần trong cùng đối tượng.",
            "Có chương trình lấy dòng đầu, có chương trình lấy dòng cuối.",
            "Giữ một dòng, xóa dòng kia.",
        ],
        [
            "A key stands twice in the same object.",
            "Some programs take the first, some the last.",
            "Keep one of the two lines.",
        ],
        r#""ho_ten": …, "ho_ten": …"#,
    ),
    error(
        "expected_object",
        [
            "Chỗ này phải là một đối tượng trong ngoặc nhọn.",
            "Giá trị loại khác không có các khóa cần đọc.",
            r#"Viết { "khóa": giá trị }."#,
        ],
        [
            "This must be an object in braces.",
            "Another kind of value has not the members that are read.",
            r#"Write { "key": value }."#,
        ],
        r#""label": "Bên nam"  →  "ben_nam": { "label": "Bên nam" }"#,
    ),
    error(
        "expected_text",
        [
            "Chỗ này phải là một chuỗi trong dấu nháy kép.",
            "Mã và số hiệu viết như số sẽ mất số 0 ở đầu.",
            "Đặt giá trị trong dấu nháy kép.",
        ],
        [
            "This must be text in double quotes.",
            "Codes and numbers of papers lose their leading zeros as numbers.",
            "Put the value into double quotes.",
        ],
        r#"[1]  →  ["1"]"#,
    ),
    error(
        "expected_boolean",
        [
            "Chỗ này phải là true hoặc false, không có dấu nháy.",
            r#""true" trong dấu nháy là chữ, không phải đúng hay sai."#,
            "Bỏ dấu nháy.",
        ],
        ["This must be true or false without quotes.", "In quotes it is a text.", "Take the quotes away."],
        r#""lock": "true"  →  "lock": true"#,
    ),
    error(
        "expected_list",
        [
            "Chỗ này phải là một danh sách trong ngoặc vuông.",
            "Một giá trị đứng riêng không phải danh sách một phần tử.",
            "Viết [ … ].",
        ],
        ["This must be a list in brackets.", "A single value is no list of one.", "Write [ … ]."],
        r#""manual": "kinh_gui"  →  "manual": ["kinh_gui"]"#,
    ),
    error(
        "missing_member",
        ["Thiếu một khóa bắt buộc.", "Không có khóa này thì tệp không đủ nghĩa.", "Thêm khóa mà câu báo lỗi nêu."],
        [
            "A required member is missing.",
            "Without it the file is not complete.",
            "Add the member that the sentence names.",
        ],
        r#""persons": { … }"#,
    ),
    error(
        "unknown_member",
        [
            "Khóa không có trong định dạng này.",
            "Khóa viết sai sẽ bị bỏ qua mà không ai hay.",
            r#"Sửa theo gợi ý, hoặc xóa; ghi chú thì dùng "note"."#,
        ],
        [
            "The format has no such member.",
            "A misspelt key would silently do nothing.",
            r#"Take the suggestion or remove it; remarks go into "note"."#,
        ],
        r#""sugest": true  →  "suggest": true"#,
    ),
    fixable(warning(
        "layout",
        [
            "Thứ tự khóa, thụt lề, xuống dòng hoặc dấu BOM khác bản chuẩn.",
            "Tệp trình bày như nhau thì so sánh thay đổi mới dễ.",
            "Chạy `diensan catalog check --fix`.",
        ],
        [
            "Key order, indentation, line ends or a byte order mark differ from the canonical form.",
            "Changes are easy to compare when files look alike.",
            "Run `diensan catalog check --fix`.",
        ],
        "CRLF  →  LF",
    )),
    fixable(error(
        "not_nfc",
        [
            "Chữ có dấu viết rời thay vì viết liền (NFC).",
            "Hai chữ trông giống nhau mà máy coi là khác nhau.",
            "Chạy `diensan catalog check --fix`.",
        ],
        [
            "Letters and marks stand apart instead of composed (NFC).",
            "Two texts look alike and differ for the machine.",
            "Run `diensan catalog check --fix`.",
        ],
        "U+0065 U+0302  →  U+00EA (ê)",
    )),
    error(
        "mixed_script",
        [
            "Có chữ trông giống chữ tiếng Việt nhưng thuộc bộ chữ khác.",
            "Thường do sao chép: chữ a Kirin, chữ Ð thay cho Đ; tìm kiếm và so sánh sẽ sai.",
            "Gõ lại chữ đó.",
        ],
        [
            "A letter looks like Vietnamese and belongs to another script.",
            "Copied texts bring Cyrillic a or eth for Đ; searching and comparing go wrong.",
            "Type the letter again.",
        ],
        "Ðơn (U+00D0)  →  Đơn (U+0110)",
    ),
    warning(
        "odd_character",
        [
            "Trong chữ có ký tự điều khiển, ký tự ẩn, ký tự đảo chiều hoặc mã trang web.",
            "Trang web, màn hình lệnh hay mẫu in có thể hiểu thành lệnh.",
            "Xóa ký tự đó.",
        ],
        [
            "The text holds a control, invisible or direction character, or code of a page.",
            "Pages, terminals or templates could take it as a command.",
            "Remove it.",
        ],
        r#""<script>", "{{", U+202E"#,
    ),
    error(
        "real_number_suspected",
        [
            "Có dãy số dài như số định danh mà không bắt đầu bằng 999.",
            "Có thể là số của người thật; danh mục không được chứa dữ liệu cá nhân.",
            "Dùng số mẫu bắt đầu bằng 999.",
        ],
        [
            "A run of digits is as long as a personal number and does not start with 999.",
            "It could be somebody's; a catalogue holds no personal data.",
            "Use an invented number that starts with 999.",
        ],
        "999085000001",
    ),
];
