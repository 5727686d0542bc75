//! How a file is written: byte order mark, line ends, composed letters, key order and layout; and the file mended.

use unicode_normalization::UnicodeNormalization as _;

use super::super::files::SourceFile;
use super::super::layout::{FileKind, canonical};
use crate::strict_json::{self, Finding};

/// What differs from the canonical form; at most one finding a file.
pub fn check(file: &SourceFile, kind: Option<FileKind>) -> Option<Finding> {
    let text = &*file.text;
    let finding = |at: usize, vi: &str, en: &str| {
        let end = text[at..].chars().next().map_or(at, |letter| at + letter.len_utf8());
        Some(Finding::new("layout", "", at..end, format!("{vi} Chạy --fix để sửa."), format!("{en} Run --fix.")))
    };
    if text.starts_with('\u{feff}') {
        return finding(0, "Tệp bắt đầu bằng dấu BOM.", "The file starts with a byte order mark.");
    }
    if let Some(at) = text.find('\r') {
        return finding(at, "Tệp xuống dòng kiểu Windows (CRLF).", "The lines end as on Windows (CRLF).");
    }
    if !text.is_empty() && !text.ends_with('\n') {
        let last = text.char_indices().next_back().map_or(0, |(at, _)| at);
        return finding(last, "Dòng cuối không xuống dòng.", "The last line does not end.");
    }
    let wanted = canonical(kind?, &strict_json::parse(text).ok()?);
    if wanted.is_empty() || wanted == text {
        return None;
    }
    let same = text.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
    let at = text.floor_char_boundary(same.min(text.len().saturating_sub(1)));
    finding(
        at,
        "Thứ tự khóa hoặc cách trình bày khác bản chuẩn từ chỗ này.",
        "Key order or layout differ from the canonical form from here on.",
    )
}

/// The file as it should be written; `None` when it is already, or when rewriting would change what it says.
pub fn tidied(file: &SourceFile, kind: Option<FileKind>) -> Option<String> {
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    let mut tidied: String = text.replace("\r\n", "\n").nfc().collect();
    if !tidied.ends_with('\n') {
        tidied.push('\n');
    }
    if let Some(kind) = kind {
        let before = composed(&strict_json::parse(&file.text).ok()?.to_value());
        let root = strict_json::parse(&tidied).ok()?;
        let written: String = canonical(kind, &root).nfc().collect();
        if !written.is_empty() {
            tidied = written;
        }
        if strict_json::parse(&tidied).ok()?.to_value() != before {
            return None;
        }
    }
    (tidied != *file.text).then_some(tidied)
}

fn composed(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(text.nfc().collect()),
        Value::Array(items) => items.iter().map(composed).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.nfc().collect(), composed(value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SourceFile {
        SourceFile { path: "x.json".into(), stem: "x".into(), text: text.into(), stamp: None }
    }

    #[test]
    fn marks_line_ends_and_decomposed_letters_are_mended() {
        for text in
            ["\u{feff}{ \"a\": \"ê\" }\n", "{ \"a\": \"ê\" }\r\n", "{ \"a\": \"e\u{302}\" }\n", "{ \"a\": \"ê\" }"]
        {
            let tidied = tidied(&file(text), Some(FileKind::Person)).expect("mended");
            assert!(tidied.ends_with("}\n") && !tidied.contains(['\u{feff}', '\r', '\u{302}']), "{text:?}");
            let root = strict_json::parse(&tidied).expect("JSON");
            assert_eq!(root.to_value(), serde_json::json!({ "a": "ê" }));
        }
        assert_eq!(tidied(&file("\u{feff}a,b\r\n"), None).as_deref(), Some("a,b\n"));
        assert!(tidied(&file("a,b\n"), None).is_none());
    }

    #[test]
    fn a_file_that_is_no_json_is_not_touched() {
        assert!(tidied(&file("{\r\n"), Some(FileKind::Service)).is_none());
    }

    #[test]
    fn what_differs_is_told_at_its_place() {
        let place = |text: &str| check(&file(text), None).map(|finding| finding.span);
        assert_eq!(place("\u{feff}{}\n"), Some(0..3));
        assert_eq!(place("{\n\r\n}\n"), Some(2..3));
        assert_eq!(place("{}"), Some(1..2));
        assert_eq!(place("{}\n"), None);
    }
}
