//! The answers of `POST /v1/verify` as JSON: verdicts, or whether people exist.

use std::fmt::Write as _;

use super::register::Existence;
use super::render::{LookupNote, push, push_delivered, push_head, push_json, push_lookups, push_warnings, separate};
use super::statement::HandedBack;
use super::verify::{Verdict, Verified};
use super::warning::Warning;
use crate::catalog::{Service, ServiceForm};

/// Everything that a comparison says.
pub struct Verification<'p> {
    pub service: &'p Service,
    pub form: &'p ServiceForm,
    pub fields: Vec<Verified<'p>>,
    /// Whether the caller may see the register's values, and not only whether they agree.
    pub with_values: bool,
    pub lookups: Vec<LookupNote<'p>>,
    pub warnings: Vec<Warning<'p>>,
    /// The statement of an earlier answer that was handed in, and what came back with it.
    pub delivered: Option<(&'p HandedBack, &'p [(String, serde_json::Value)])>,
}

impl Verification<'_> {
    /// The JSON text: `summary` counts the verdicts, `fields` has one for each typed value.
    pub fn render(&self, request_id: &str) -> String {
        let mut out = String::with_capacity(512 + self.fields.len() * 120);
        push_head(&mut out, request_id, self.service, self.form);
        out.push_str(",\"summary\":{");
        let mut first = true;
        for (verdict, word) in Verdict::WORDS {
            separate(&mut out, &mut first);
            let count = self.fields.iter().filter(|field| field.compared.verdict == verdict).count();
            let _ = write!(out, "\"{word}\":{count}");
        }
        out.push_str("},\"fields\":[");
        let mut first = true;
        for field in &self.fields {
            separate(&mut out, &mut first);
            self.push_field(&mut out, field);
        }
        out.push(']');
        push_lookups(&mut out, &self.lookups);
        push_warnings(&mut out, &self.warnings);
        if let Some((handed, typed)) = self.delivered {
            out.push_str(",\"delivered\":");
            push_delivered(&mut out, handed, typed);
        }
        out.push('}');
        out
    }

    fn push_field(&self, out: &mut String, field: &Verified<'_>) {
        let compared = field.compared;
        out.push_str("{\"path\":");
        push(out, &field.path);
        let _ = write!(out, ",\"result\":\"{}\"", compared.verdict.word());
        if let Some(reason) = compared.reason {
            let _ = write!(out, ",\"reason\":\"{}\"", reason.word());
        }
        if let Some(precision) = compared.precision {
            let _ = write!(out, ",\"precision\":\"{precision}\"");
        }
        if let Some(source) = field.source {
            out.push_str(",\"source\":");
            push(out, source);
        }
        // Where everything agrees there is nothing more to see.
        let agrees = compared.verdict == Verdict::Match && compared.precision.is_none();
        if self.with_values && !agrees && !field.told.is_empty() {
            if let Some(hint) = compared.hint {
                let _ = write!(out, ",\"hint\":\"{hint}\"");
            }
            if let Some((value, text)) = &field.register {
                out.push_str(",\"register\":");
                push_json(out, value);
                if let Some(text) = text {
                    out.push_str(",\"text\":");
                    push(out, text);
                }
            }
        }
        out.push('}');
    }
}

/// Whether people exist (operation 033 of the wire protocol).
pub struct Existing<'p> {
    pub service: &'p Service,
    pub form: &'p ServiceForm,
    pub people: Vec<(&'p str, &'p Existence)>,
}

impl Existing<'_> {
    /// The JSON text: for each person `exists`, or the outcome because of which nobody knows.
    pub fn render(&self, request_id: &str) -> String {
        let mut out = String::with_capacity(512);
        push_head(&mut out, request_id, self.service, self.form);
        out.push_str(",\"people\":[");
        let mut first = true;
        for (person, existence) in &self.people {
            separate(&mut out, &mut first);
            out.push_str("{\"person\":");
            push(&mut out, person);
            match &existence.result {
                Ok(exists) => {
                    let _ = write!(out, ",\"exists\":{exists}");
                }
                Err(outcome) => {
                    let _ = write!(out, ",\"outcome\":\"{}\"", outcome.label());
                    if let Some(cause) = outcome.cause() {
                        let _ = write!(out, ",\"cause\":\"{cause}\"");
                    }
                }
            }
            out.push('}');
        }
        out.push_str("]}");
        out
    }
}

/// The answer of a check without a look-up: what became of the delivered boxes.
pub fn render_delivered(request_id: &str, handed: &HandedBack, typed: &[(String, serde_json::Value)]) -> String {
    let mut out = String::with_capacity(512);
    out.push_str("{\"request_id\":");
    push(&mut out, request_id);
    out.push_str(",\"delivered\":");
    push_delivered(&mut out, handed, typed);
    out.push('}');
    out
}
