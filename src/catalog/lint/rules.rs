//! Every rule that a finding can name: how bad it is, what it says, why, how it is mended, with an example.

mod files;
mod mappings;
mod schemas;
mod services;
mod tables;

use super::super::severity::Severity;

/// A rule. The sentences are Vietnamese and English: what, why, mend.
pub struct Rule {
    pub id: &'static str,
    pub severity: Severity,
    pub vi: [&'static str; 3],
    pub en: [&'static str; 3],
    pub example: &'static str,
    /// `catalog check --fix` mends it.
    pub fixable: bool,
}

const fn error(id: &'static str, vi: [&'static str; 3], en: [&'static str; 3], example: &'static str) -> Rule {
    Rule { id, severity: Severity::Error, vi, en, example, fixable: false }
}

const fn warning(id: &'static str, vi: [&'static str; 3], en: [&'static str; 3], example: &'static str) -> Rule {
    Rule { id, severity: Severity::Warning, vi, en, example, fixable: false }
}

const fn fixable(rule: Rule) -> Rule {
    Rule { fixable: true, ..rule }
}

/// All rules, by topic.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    files::RULES.iter().chain(tables::RULES).chain(schemas::RULES).chain(mappings::RULES).chain(services::RULES)
}

/// The rule with exactly this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// How bad it is to break a rule; a rule that nobody described is an error.
pub fn severity_of(id: &str) -> Severity {
    find(id).map_or(Severity::Error, |rule| rule.severity)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Texts in double quotes that stand first in `Finding::new(`, `report(` or a list of rules.
    fn emitted(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                emitted(&path, found);
                continue;
            }
            if path.file_name().is_some_and(|name| name == "tests.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a text");
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for start in [
                "Finding::new(",
                "report(",
                "report::<()>(",
                "wrong(",
                "expected(",
                "Problem::new(",
                "(rule, vi, en) = ",
            ] {
                for part in text.split(start).skip(1) {
                    let word = part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                    found.extend(
                        word.filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
                            .map(str::to_owned),
                    );
                }
            }
        }
    }

    #[test]
    fn every_rule_that_the_code_can_emit_is_explained_and_no_other() {
        let mut found = BTreeSet::new();
        for folder in ["src/catalog", "src/strict_json", "src/citizen/person_file"] {
            emitted(Path::new(folder), &mut found);
        }
        for file in ["src/strict_json.rs", "src/citizen/person_file.rs"] {
            let text = std::fs::read_to_string(file).expect("a text");
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for rule in all().filter(|rule| text.contains(&format!("\"{}\"", rule.id))) {
                found.insert(rule.id.to_owned());
            }
        }
        let mut source = String::new();
        collect(Path::new("src/catalog"), &mut source);
        for rule in all().filter(|rule| source.contains(&format!("\"{}\"", rule.id))) {
            found.insert(rule.id.to_owned());
        }
        let explained: BTreeSet<String> = all().map(|rule| rule.id.to_owned()).collect();
        assert_eq!(found.difference(&explained).collect::<Vec<_>>(), Vec::<&String>::new(), "not explained");
        assert_eq!(explained.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "never emitted");
    }

    /// The source of the room without the rules themselves.
    fn collect(folder: &Path, source: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && path.file_name().is_none_or(|name| name != "rules") {
                collect(&path, source);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                source.push_str(&std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }

    #[test]
    fn every_rule_is_explained_in_both_languages() {
        let mut ids = BTreeSet::new();
        for rule in all() {
            assert!(ids.insert(rule.id), "{} twice", rule.id);
            for (vi, en) in rule.vi.iter().zip(rule.en) {
                assert!(!vi.is_ascii() && vi.ends_with('.'), "{}: {vi}", rule.id);
                assert!(en.ends_with('.') && en != *vi, "{}: {en}", rule.id);
            }
            assert!(!rule.example.is_empty(), "{}", rule.id);
        }
        assert!(ids.len() > 80, "{} rules", ids.len());
    }
}
