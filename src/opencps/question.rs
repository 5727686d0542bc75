//! Reading the front end's body. Members that it sends besides are ignored, as the system itself does.

use serde_json::{Map, Value, json};

use crate::config::OpenCpsSettings;
use crate::strict_json::{self, Finding, Kind, Node};

/// What is wanted of the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedFor {
    /// `037`.
    Record,
    /// `033`.
    Existence,
}

/// A question in the front end's words, as a request body of ours.
pub struct Asked {
    pub wanted: AskedFor,
    /// `POST /v1/autofill`'s body.
    body: String,
}

impl Asked {
    /// The request body of ours.
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// Their member for each of ours, for pointers.
const NAMES: [(&str, &str); 7] = [
    ("/service", "/MaDVC"),
    ("/agency", "/GovAgencyCode"),
    ("/officer", "/StaffEmail"),
    ("/dossier", "/MaYeuCau"),
    ("/citizen/id", "/SoDinhDanh"),
    ("/citizen/name", "/HoVaTen"),
    ("/citizen/birth_date", "/NgayThangNamSinh"),
];

impl Asked {
    /// Where in their body stands what our pointer names.
    pub fn place(pointer: &str) -> &str {
        NAMES.iter().find(|(ours, _)| *ours == pointer).map_or(pointer, |(_, theirs)| theirs)
    }
}

/// Reads a body.
///
/// # Errors
/// It is no JSON object, a member has another shape, or a needed one is missing; pointers are theirs.
pub fn read(text: &str, defaults: &OpenCpsSettings) -> Result<Asked, Vec<Finding>> {
    let root = strict_json::parse(text)?;
    let mut findings = Vec::new();
    if root.as_object().is_none() {
        let (vi, en) = ("Phải là một đối tượng JSON.", "Must be a JSON object.");
        return Err(vec![Finding::new("expected_object", "", root.span, vi, en)]);
    }
    let asked = {
        let mut word = |key: &str| given(&root, key, &mut findings);
        let number = word("SoDinhDanh").or_else(|| word("SoCMND"));
        let mut citizen = Map::new();
        citizen.insert("id".to_owned(), number.unwrap_or_default().into());
        if let Some(name) = word("HoVaTen") {
            citizen.insert("name".to_owned(), name.into());
        }
        if let Some(day) = word("NgayThangNamSinh") {
            citizen.insert("birth_date".to_owned(), dashed(&day).into());
        }
        let wanted = match word("MaTichHop").as_deref() {
            Some("037") => Some(AskedFor::Record),
            Some("033") => Some(AskedFor::Existence),
            _ => None,
        };
        let mut body = Map::new();
        body.insert("citizen".to_owned(), Value::Object(citizen));
        let service = word("MaDVC").or_else(|| defaults.service.clone());
        let told_service = service.is_some();
        let named = [
            ("service", service),
            ("agency", word("GovAgencyCode").or_else(|| defaults.agency.clone())),
            ("officer", word("StaffEmail")),
            // The front end knows no dossier here: each of its requests stands for one.
            ("dossier", word("MaYeuCau").map(|number| format!("yeu-cau-{number}"))),
        ];
        for (member, value) in named {
            if let Some(value) = value {
                body.insert(member.to_owned(), json!(value));
            }
        }
        if !told_service {
            let (vi, en) = ("Thiếu mã thủ tục.", "The procedure's code is missing.");
            findings.push(Finding::new("missing_member", "/MaDVC", 0..0, vi, en));
        }
        if wanted.is_none() {
            let (vi, en) = ("MaTichHop là \"037\" hoặc \"033\".", "MaTichHop is \"037\" or \"033\".");
            findings.push(Finding::new("value_unknown", "/MaTichHop", 0..0, vi, en));
        }
        wanted.map(|wanted| Asked { wanted, body: Value::Object(body).to_string() })
    };
    match asked {
        Some(asked) if findings.is_empty() => Ok(asked),
        _ => Err(findings),
    }
}

/// A text, or a number as it is spelled; blank is not given.
fn given(root: &Node, key: &str, findings: &mut Vec<Finding>) -> Option<String> {
    let member = root.member(key)?;
    match &member.value.kind {
        Kind::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Kind::Number(spelling) => Some(spelling.clone()),
        Kind::Null => None,
        Kind::Bool(_) | Kind::List(_) | Kind::Object(_) => {
            findings.push(strict_json::expected_text(&format!("/{key}"), &member.value));
            None
        }
    }
}

/// `yyyymmdd` as `yyyy-mm-dd`, as precise as it is (`00` is not known); anything else as it stands.
fn dashed(text: &str) -> String {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let (year, month, day) = (&text[..4], &text[4..6], &text[6..]);
    match (month, day) {
        ("00", "00") => year.to_owned(),
        (_, "00") => format!("{year}-{month}"),
        _ => format!("{year}-{month}-{day}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &Value) -> Value {
        serde_json::from_str(read(&text.to_string(), &OpenCpsSettings::default()).expect("read").body()).expect("JSON")
    }

    #[test]
    fn the_front_ends_members_become_ours() {
        let asked = body(&json!({ "MaYeuCau": 1_732_500_000_i64, "MaTichHop": "037", "StaffEmail": "cb@example.vn",
            "GovAgencyCode": "H01.12", "MaDVC": "1.000894", "HoVaTen": "NGUYENVANMAU", "type": "TraCuuThongTinCongDan",
            "NgayThangNamSinh": "19850312", "SoDinhDanh": "999085000001" }));
        let wanted = json!({ "citizen": { "id": "999085000001", "name": "NGUYENVANMAU", "birth_date": "1985-03-12" },
            "service": "1.000894", "agency": "H01.12", "officer": "cb@example.vn", "dossier": "yeu-cau-1732500000" });
        assert_eq!(asked, wanted);
        let card =
            body(&json!({ "MaTichHop": "033", "MaDVC": "1", "SoCMND": "999000001", "NgayThangNamSinh": "1985-03-12" }));
        assert_eq!(
            (&card["citizen"]["id"], &card["citizen"]["birth_date"]),
            (&json!("999000001"), &json!("1985-03-12"))
        );
    }

    #[test]
    fn a_compact_date_is_as_precise_as_it_is_and_nothing_is_completed() {
        for (theirs, ours) in [
            ("19850312", "1985-03-12"),
            ("19850300", "1985-03"),
            ("19850000", "1985"),
            ("1985", "1985"),
            ("12/03/1985", "12/03/1985"),
        ] {
            assert_eq!(dashed(theirs), ours);
        }
    }

    #[test]
    fn what_is_missing_is_told_in_the_front_ends_words() {
        let pointers = |text: &str| {
            let findings = read(text, &OpenCpsSettings::default()).err().expect("findings");
            findings.into_iter().map(|finding| (finding.pointer, finding.rule)).collect::<Vec<_>>()
        };
        assert_eq!(pointers("{\"MaTichHop\":\"037\"}"), [("/MaDVC".to_owned(), "missing_member")]);
        assert_eq!(pointers("{\"MaDVC\":\"1\",\"MaTichHop\":\"044\"}"), [("/MaTichHop".to_owned(), "value_unknown")]);
        assert_eq!(pointers("{\"MaDVC\":[],\"MaTichHop\":\"037\"}")[0].0, "/MaDVC");
        assert_eq!(pointers("[]"), [(String::new(), "expected_object")]);
        let defaults = OpenCpsSettings { service: Some("1.000894".to_owned()), agency: Some("H01".to_owned()) };
        let asked = read("{\"MaDVC\":\"\",\"MaTichHop\":\"037\"}", &defaults).expect("read");
        assert!(asked.body().contains("1.000894") && asked.body().contains("H01"));
        assert_eq!(Asked::place("/citizen/name"), "/HoVaTen");
    }
}
