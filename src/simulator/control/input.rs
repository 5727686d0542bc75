//! Reading what comes to the control interface: strictly, and every refusal names the place and what is allowed.

use std::ops::RangeInclusive;

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::json;

use crate::strict_json::{self, Finding, Kind, Node, ObjectReader};

/// One thing that is wrong.
#[derive(Serialize, Debug, PartialEq, Eq)]
struct Wrong {
    /// JSON pointer into the body, or the part of the address.
    at: String,
    message: String,
}

/// Everything that is wrong with a body.
#[derive(Debug)]
pub struct Refusal(Vec<Wrong>);

/// Reads a body that must be one JSON object. `read` takes its members; whatever it does not take is refused.
///
/// # Errors
/// Everything that is wrong, in one run.
pub fn body<T>(bytes: &[u8], read: impl FnOnce(&mut Fields<'_, '_>) -> Option<T>) -> Result<T, Refusal> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Refusal(vec![Wrong::new("/", "The body must be JSON in UTF-8.")]));
    };
    let root = strict_json::parse(text).map_err(|findings| refusal(&findings))?;
    let mut findings = Vec::new();
    let mut value = None;
    if let Some(reader) = ObjectReader::new(&root, "", &mut findings) {
        let mut fields = Fields(reader);
        value = read(&mut fields);
        fields.0.finish();
    }
    match value {
        Some(value) if findings.is_empty() => Ok(value),
        _ => Err(refusal(&findings)),
    }
}

/// 400 with one place and what is allowed there.
pub fn refused(at: &str, message: &str) -> HttpResponse {
    Refusal(vec![Wrong::new(at, message)]).answer()
}

fn refusal(findings: &[Finding]) -> Refusal {
    let wrong = |finding: &Finding| {
        let hint = finding.did_you_mean.as_ref().map(|word| format!(" Did you mean `{word}`?")).unwrap_or_default();
        let at = if finding.pointer.is_empty() { "/" } else { &finding.pointer };
        Wrong::new(at, &format!("{}{hint}", finding.en))
    };
    Refusal(findings.iter().map(wrong).collect())
}

impl Wrong {
    fn new(at: &str, message: &str) -> Self {
        Self { at: at.to_owned(), message: message.to_owned() }
    }
}

impl Refusal {
    /// 400 with everything that is wrong.
    pub fn answer(self) -> HttpResponse {
        HttpResponse::BadRequest().json(json!({ "errors": self.0 }))
    }
}

/// The members of a body.
pub struct Fields<'n, 'f>(ObjectReader<'n, 'f>);

impl<'n> Fields<'n, '_> {
    /// One of some words.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.0.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.report_like(key, &format!("One of: {}.", all.join(", ")), text, &all);
        }
        found
    }

    /// A member that must be there.
    pub fn required<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.0.required_node(key)?;
        read(self)
    }

    /// A text that is not blank.
    pub fn text(&mut self, key: &'static str) -> Option<&'n str> {
        let text = self.0.text(key)?;
        if text.trim().is_empty() {
            self.report(key, "A text that is not blank.");
            return None;
        }
        Some(text)
    }

    /// The number of an invented person.
    pub fn invented_number(&mut self, key: &'static str) -> Option<String> {
        let text = self.0.text(key)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !matches!(text.len(), 9 | 12) || !text.starts_with("999") {
            self.report(key, "12 or 9 digits that start with 999: only invented people are served.");
            return None;
        }
        Some(text.to_owned())
    }

    /// `true` or `false`.
    pub fn switch(&mut self, key: &'static str) -> Option<bool> {
        self.0.bool(key)
    }

    /// A whole number.
    pub fn whole(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        let node: &Node = self.0.node(key)?;
        let number = match &node.kind {
            Kind::Number(text) => text.parse::<i64>().ok().filter(|number| range.contains(number)),
            _ => None,
        };
        if number.is_none() {
            self.report(key, &format!("A whole number from {} to {}.", range.start(), range.end()));
        }
        number
    }

    /// A whole number that is not negative and fits its use.
    pub fn count<T: TryFrom<i64>>(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Option<T> {
        self.whole(key, range).and_then(|number| T::try_from(number).ok())
    }

    /// Whether the member is there.
    pub fn has(&mut self, key: &'static str) -> bool {
        self.0.node(key).is_some()
    }

    /// Says what is allowed at a member.
    pub fn report(&mut self, key: &'static str, allowed: &str) {
        self.report_like(key, allowed, "", &[]);
    }

    fn report_like(&mut self, key: &'static str, allowed: &str, wrong: &str, right: &[&str]) {
        let pointer = self.0.pointer_of(key);
        let finding = Finding::new("not_allowed", pointer, 0..0, allowed, allowed);
        self.0.findings().push(finding.suggesting(wrong, right.iter().copied()));
    }
}
