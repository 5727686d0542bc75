//! Skeletons of new files: what the loader accepts, and no more facts than were given.
//!
//! What is not known is marked as not sighted (`confidence` low: such a form locks no box) and says so in Vietnamese, so
//! that nobody takes a placeholder for a fact.

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use super::service_file::Level;

const NOT_SIGHTED: &str = "Khung do `catalog new` tạo ra: chưa đối chiếu bản chính thức, phải sửa mọi chỗ.";
const TO_FILL: &str = "(chưa điền)";

/// Whether a code has the shape of the national database of procedures.
pub fn is_service_code(code: &str) -> bool {
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    code.split_once('.').is_some_and(|(first, rest)| digits(first, 1) && digits(rest, 6))
}

/// Whether an id may name a form's files.
pub fn is_form_id(id: &str) -> bool {
    let good = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.len() <= 80 && id.split('-').all(good)
}

/// As all texts of the catalogue: composed, without blanks around.
fn tidy(name: &str) -> String {
    name.trim().nfc().collect()
}

fn provenance() -> Value {
    json!({ "source": [TO_FILL], "confidence": "low", "note": NOT_SIGHTED })
}

/// A service file with these forms; the name in Vietnamese and, when known, in English.
///
/// # Errors
/// Never: everything is JSON.
pub fn service(
    code: &str,
    level: Level,
    (name_vi, name_en): (&str, Option<&str>),
    forms: &[String],
) -> serde_json::Result<String> {
    let forms: Vec<Value> = forms.iter().map(|form| json!({ "form": form })).collect();
    let mut file = json!({
        "$schema": "../../schemas/catalog/service.schema.json",
        "code": code,
        "name": { "vi": tidy(name_vi), "en": tidy(name_en.unwrap_or(TO_FILL)) },
        "level": level.word(),
        "field": TO_FILL,
        "ministry": TO_FILL,
        "agency": TO_FILL,
        "subject": "citizen",
        "legal_basis": [],
        "forms": forms,
    });
    if level == Level::District {
        // The level ended; who took the service over is not known yet.
        file["successor"] = "commune".into();
    }
    file["provenance"] = provenance();
    Ok(serde_json::to_string_pretty(&file)? + "\n")
}

/// Schema and mapping of a form: a name that is filled, and a box that is not.
///
/// # Errors
/// Never: everything is JSON.
pub fn form(id: &str, title: &str) -> serde_json::Result<(String, String)> {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:diensan:form:{id}"),
        "title": tidy(title),
        "description": NOT_SIGHTED,
        "type": "object",
        "additionalProperties": false,
        "required": [],
        "properties": {
            "kinh_gui": { "title": "Kính gửi", "type": "string", "minLength": 1, "x-print": { "order": 1 } },
            "nguoi_yeu_cau_ho_ten": {
                "title": "Họ, chữ đệm, tên người yêu cầu",
                "type": "string",
                "minLength": 1,
                "x-person": "nguoi_yeu_cau",
                "x-print": { "section": "Người yêu cầu", "order": 2 },
            },
        },
    });
    let (id, note, source) = (Value::from(id), Value::from(NOT_SIGHTED), Value::from(TO_FILL));
    let mapping = format!(
        r#"{{
  "$schema": "../../schemas/catalog/mapping.schema.json",
  "form": {id},
  "persons": {{
    "nguoi_yeu_cau": {{ "label": "Người yêu cầu" }}
  }},
  "applicant": "nguoi_yeu_cau",
  "fields": {{
    "nguoi_yeu_cau_ho_ten": "nguoi_yeu_cau.ho_va_ten"
  }},
  "manual": [
    "kinh_gui"
  ],
  "provenance": {{
    "source": [{source}],
    "confidence": "low",
    "required_basis": null,
    "note": {note}
  }}
}}
"#
    );
    Ok((serde_json::to_string_pretty(&schema)? + "\n", mapping))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_ids_that_could_not_name_a_file_are_refused() {
        assert!(is_service_code("1.004772") && !is_service_code("1.00477") && !is_service_code("../1.0047"));
        assert!(is_form_id("to-khai-mau-1") && is_form_id("dc01"));
        for wrong in ["", "-a", "a--b", "a/b", "A", "tờ-khai", "..", "a."] {
            assert!(!is_form_id(wrong), "{wrong}");
        }
    }
}
