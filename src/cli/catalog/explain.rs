//! `diensan catalog explain`.

use std::process::ExitCode;

use super::print;
use crate::catalog::lint::rules::{self, Rule};
use crate::catalog::{Language, Severity};
use crate::strict_json::nearest;

/// Options of `catalog explain`.
#[derive(clap::Args)]
pub struct Options {
    /// The rule in square brackets of a finding; without one all rules are listed.
    rule: Option<String>,
    /// The language that comes first.
    #[arg(long, value_enum, default_value = "vi")]
    lang: Language,
}

/// Prints what a rule means.
///
/// # Errors
/// There is no such rule.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let Some(id) = &options.rule else {
        print(&list(options.lang))?;
        return Ok(ExitCode::SUCCESS);
    };
    let Some(rule) = rules::find(id) else {
        let hint = nearest(id, rules::all().map(|rule| rule.id));
        let hint = hint.map_or(String::new(), |word| format!(" Có phải `{word}`? (Did you mean `{word}`?)"));
        anyhow::bail!("không có quy tắc `{}` (no such rule).{hint}", id.escape_debug());
    };
    print(&explain(rule, options.lang))?;
    Ok(ExitCode::SUCCESS)
}

fn list(language: Language) -> String {
    let width = rules::all().map(|rule| rule.id.len()).max().unwrap_or_default();
    let line = |rule: &Rule| {
        let [what, ..] = language.pick(rule.vi, rule.en);
        let severity = severity(rule.severity, language);
        format!("{:width$}  {severity:8}  {what}\n", rule.id)
    };
    rules::all().map(line).collect()
}

fn severity(severity: Severity, language: Language) -> &'static str {
    match severity {
        Severity::Error => language.pick("lỗi", "error"),
        Severity::Warning => language.pick("cảnh báo", "warning"),
    }
}

fn explain(rule: &Rule, language: Language) -> String {
    let part = |language: Language| {
        let [what, why, mend] = language.pick(rule.vi, rule.en);
        let (why_word, mend_word) = language.pick(("Vì sao", "Sửa"), ("Why", "Mend"));
        format!("{what}\n{why_word}: {why}\n{mend_word}: {mend}\n")
    };
    let other = language.pick(Language::En, Language::Vi);
    let severities = format!("{} / {}", severity(rule.severity, language), severity(rule.severity, other));
    let example = language.pick("Ví dụ", "Example");
    let fix = if rule.fixable { "  (--fix)" } else { "" };
    let (first, second) = (part(language), part(other));
    format!("[{}] {severities}{fix}\n\n{first}\n{second}\n{example}: {}\n", rule.id, rule.example)
}
