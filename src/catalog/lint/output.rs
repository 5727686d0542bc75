//! Findings for machines: JSON, annotations of a GitHub workflow, SARIF 2.1.0.

use serde_json::{Value, json};

use super::super::finding::{FileFinding, Language, Severity};
use super::rules::{self, Rule};

/// An array of findings.
pub fn json(findings: &[&FileFinding]) -> String {
    let items: Vec<Value> = findings
        .iter()
        .map(|found| {
            let (line, column) = found.line_and_column();
            json!({
                "rule": found.finding.rule,
                "severity": found.severity().word(),
                "file": &*found.file,
                "line": line,
                "column": column,
                "message": { "vi": found.finding.vi, "en": found.finding.en },
                "did_you_mean": found.finding.did_you_mean,
            })
        })
        .collect();
    format!("{:#}\n", Value::from(items))
}

/// One workflow command a line.
pub fn github(findings: &[&FileFinding], language: Language) -> String {
    let mut out = String::new();
    for found in findings {
        let (line, column) = found.line_and_column();
        let (file, rule) = (property(&found.file), found.finding.rule);
        let level = found.severity().word();
        let message = message(found, language);
        out.push_str(&format!("::{level} file={file},line={line},col={column},title={rule}::{}\n", data(&message)));
    }
    out
}

fn message(found: &FileFinding, language: Language) -> String {
    let mut message = language.pick(&found.finding.vi, &found.finding.en).clone();
    if let Some(word) = &found.finding.did_you_mean {
        message.push_str(&language.pick(format!(" Có phải `{word}`?"), format!(" Did you mean `{word}`?")));
    }
    message
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A SARIF 2.1.0 log with one run; the rules are all that there are, so that a viewer can explain them.
pub fn sarif(findings: &[&FileFinding], language: Language) -> String {
    let all: Vec<&Rule> = rules::all().collect();
    let descriptors: Vec<Value> = all
        .iter()
        .map(|rule| {
            let [what, why, mend] = language.pick(rule.vi, rule.en);
            json!({
                "id": rule.id,
                "shortDescription": { "text": what },
                "fullDescription": { "text": why },
                "help": { "text": format!("{mend}\n{}", rule.example) },
                "defaultConfiguration": { "level": level(rule.severity) },
            })
        })
        .collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|found| {
            let (line, column) = found.line_and_column();
            json!({
                "ruleId": found.finding.rule,
                "ruleIndex": all.iter().position(|rule| rule.id == found.finding.rule),
                "level": level(found.severity()),
                "message": { "text": message(found, language) },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": uri(&found.file) },
                    "region": { "startLine": line, "startColumn": column },
                } }],
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "diensan",
                "version": env!("CARGO_PKG_VERSION"),
                "language": language.pick("vi", "en"),
                "rules": descriptors,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn level(severity: Severity) -> &'static str {
    severity.word()
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strict_json::Finding;

    fn finding() -> FileFinding {
        let mut finding = Finding::new("unknown_role", "", 6..9, "Sai: 100%,\nhết.", "Wrong: 100%,\nend.");
        finding.did_you_mean = Some("cha".to_owned());
        FileFinding { file: "a b,c/ê.json".into(), text: "{}\n\"đ\"x".into(), finding }
    }

    #[test]
    fn github_commands_are_escaped() {
        let expected =
            "::error file=a b%2Cc/ê.json,line=2,col=3,title=unknown_role::Wrong: 100%25,%0Aend. Did you mean `cha`?\n";
        assert_eq!(github(&[&finding()], Language::En), expected);
    }

    #[test]
    fn json_holds_both_languages_and_the_place() {
        let found: Value = serde_json::from_str(&json(&[&finding()])).expect("JSON");
        assert_eq!((&found[0]["line"], &found[0]["severity"]), (&json!(2), &json!("error")));
        assert_eq!(found[0]["message"]["vi"], "Sai: 100%,\nhết.");
        assert_eq!(json(&[]), "[]\n");
    }

    #[test]
    fn sarif_paths_are_uris() {
        let log: Value = serde_json::from_str(&sarif(&[&finding()], Language::Vi)).expect("JSON");
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b%2Cc/%C3%AA.json");
    }
}
