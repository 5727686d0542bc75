//! The report for people.

use std::fmt::Write as _;

use serde_json::Value;

use super::check::{Check, Report, State, Words};
use crate::cli::screen::{BAD, FAINT, GOOD, HEADING, Lang, NOTICE, paint};

/// The whole report in one language.
pub fn human(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", paint(HEADING, lang.say("Máy này", "This machine")));
    report.general.iter().for_each(|check| line(&mut out, check, lang));
    for examined in &report.connections {
        let heading = format!("{} {}", lang.say("Kết nối", "Connection"), examined.name);
        let _ = writeln!(out, "{}", paint(HEADING, &heading));
        examined.checks.iter().for_each(|check| line(&mut out, check, lang));
    }
    let count = |state| report.count(state);
    let (ok, warnings, failed, skipped) =
        (count(State::Ok), count(State::Warning), count(State::Failed), count(State::Skipped));
    let summary = match lang {
        Lang::Vi => format!("{ok} tốt, {warnings} cần xem lại, {failed} hỏng, {skipped} bỏ qua"),
        Lang::En => format!("{ok} ok, {warnings} to look at, {failed} failed, {skipped} skipped"),
    };
    let _ = writeln!(out, "{}", paint(HEADING, &summary));
    out
}

fn line(out: &mut String, check: &Check, lang: Lang) {
    let (style, mark) = match check.state {
        State::Ok => (GOOD, lang.say("tốt", "ok")),
        State::Warning => (NOTICE, lang.say("xem lại", "look")),
        State::Failed => (BAD, lang.say("hỏng", "failed")),
        State::Skipped => (FAINT, lang.say("bỏ qua", "skipped")),
    };
    let took = match check.took.as_millis() {
        0 => String::new(),
        took => paint(FAINT, &format!(" ({took} ms)")),
    };
    let said = in_language(&check.said, lang);
    let _ = writeln!(out, "  {} {}: {said}{took}", paint(style, &format!("[{mark}]")), check.id);
    for name in ["chain", "client", "roots"] {
        check.facts.get(name).and_then(Value::as_array).into_iter().flatten().for_each(|facts| {
            let _ = writeln!(out, "      {}", paint(FAINT, &certificate(facts, lang)));
        });
    }
    if let Some(given) = check.facts.get("given").and_then(Value::as_array) {
        let _ = writeln!(out, "      {}", paint(FAINT, &groups(given).join(", ")));
    }
    if let Some(mend) = &check.mend {
        let _ = writeln!(out, "      → {}", in_language(mend, lang));
    }
}

fn certificate(facts: &Value, lang: Lang) -> String {
    let text = |name: &str| facts[name].as_str().unwrap_or("?").to_owned();
    let (subject, issuer, days) = (text("subject"), text("issuer"), facts["days_left"].as_i64().unwrap_or_default());
    match lang {
        Lang::Vi => format!("{subject}, cấp bởi {issuer}, còn {days} ngày"),
        Lang::En => format!("{subject}, issued by {issuer}, {days} days left"),
    }
}

/// The groups to which the attributes belong, each once.
fn groups(given: &[Value]) -> Vec<&str> {
    let mut groups: Vec<&str> = Vec::new();
    for path in given.iter().filter_map(Value::as_str) {
        let group = path.split('.').next().unwrap_or(path);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn in_language(words: &Words, lang: Lang) -> &str {
    lang.say(&words.vi, &words.en)
}
