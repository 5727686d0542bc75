use std::path::PathBuf;

use super::*;
use crate::strict_json::parse;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn laid_out(kind: FileKind, text: &str) -> String {
    canonical(kind, &parse(text).expect("JSON"))
}

#[test]
fn every_file_of_the_repository_is_laid_out_already() {
    let mut found = Vec::new();
    for folder in ["service-catalog", "schemas"] {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in found {
        let Some(kind) = FileKind::of(&path) else { continue };
        let text = std::fs::read_to_string(&path).expect("a text");
        seen += 1;
        if laid_out(kind, &text) != text {
            wrong.push(path.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "not laid out:\n{}", wrong.join("\n"));
    assert!(seen >= 236 + 2 * 212 + 1 + 26 + 70, "{seen} files");
}

#[test]
fn what_was_laid_out_stays_as_it_is_and_says_the_same() {
    let text = r#"{"provenance":{"note":"n","confidence":"low","source":["s"]},"manual":[],"fields":{"b":{"lock":true,
        "from":"a.tuoi","x":1.50},"a":{"columns":{"d":{"note":"n","from":"e.tuoi"}},"rows":"e"}},"form":"f","persons":{}}"#;
    let once = laid_out(FileKind::Mapping, text);
    assert_eq!(
        once,
        r#"{
  "form": "f",
  "persons": {},
  "fields": {
    "b": { "from": "a.tuoi", "lock": true, "x": 1.50 },
    "a": { "rows": "e", "columns": { "d": { "from": "e.tuoi", "note": "n" } } }
  },
  "manual": [],
  "provenance": {
    "source": ["s"],
    "confidence": "low",
    "note": "n"
  }
}
"#
    );
    assert_eq!(laid_out(FileKind::Mapping, &once), once);
    assert_eq!(parse(&once).expect("JSON").to_value(), parse(text).expect("JSON").to_value());
}

#[test]
fn keys_that_maintainers_choose_keep_their_order() {
    let schema = r#"{"properties":{"b":{"type":"string","title":"B"},"a":{"title":"A","items":{"type":"string"},"minItems":1}}}"#;
    let text = laid_out(FileKind::FormSchema, schema);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
    assert!(at("\"b\"") < at("\"a\""));
    assert!(at("\"B\"") < at("\"type\""));
    assert!(at("\"minItems\"") < at("\"items\""));
}

#[test]
fn texts_become_nfc_with_line_feeds_and_a_newline_at_the_end() {
    let text = laid_out(FileKind::Person, "\u{feff}{\r\n\"note\": \"MA\u{302}\u{303}U\\n\\u0007/\\u00e9\"\r\n}");
    assert_eq!(text, "{\n  \"note\": \"MẪU\\n\\u0007/é\"\n}\n");
}

#[test]
fn a_file_is_known_by_its_place() {
    let kind = |path: &str| FileKind::of(Path::new(path));
    assert_eq!(kind("service-catalog/commune/1.004772.json"), Some(FileKind::Service));
    assert_eq!(kind("/a/service-catalog/mappings/ct01.json"), Some(FileKind::Mapping));
    assert_eq!(kind("schemas/forms/ct01.schema.json"), Some(FileKind::FormSchema));
    assert_eq!(kind("service-catalog/examples/ct01/999085000001.json"), Some(FileKind::Example));
    assert_eq!(kind("service-catalog/attributes.json"), Some(FileKind::Attributes));
    assert_eq!(kind("schemas/catalog/mapping.schema.json"), None);
    assert_eq!(kind("service-catalog/code-lists/dan-toc.csv"), None);
}
