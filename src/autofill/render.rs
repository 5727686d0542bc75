//! What every answer says in the same words, written straight into its buffer: service and form, look-ups, warnings.

use std::fmt::Write as _;

use serde_json::Value;

use super::statement::{Fate, HandedBack};
use super::warning::{Warning, sentences};
use crate::catalog::{Service, ServiceForm};
use crate::signing::Signed;

/// How one look-up went.
pub struct LookupNote<'p> {
    pub person: &'p str,
    pub outcome: &'static str,
    pub cause: Option<&'static str>,
    pub cached: bool,
    pub age_s: u64,
}

/// `{"request_id":…,"service":{…},"form":{…}`, left open.
pub fn push_head(out: &mut String, request_id: &str, service: &Service, form: &ServiceForm) {
    out.push_str("{\"request_id\":");
    push(out, request_id);
    out.push_str(",\"service\":{\"code\":");
    push(out, &service.file.code.0);
    out.push_str(",\"name\":");
    push(out, &service.file.name_vi);
    if let Some(successor) = &service.file.successor {
        out.push_str(",\"successor\":");
        push(out, successor);
    }
    out.push_str("},\"form\":{\"id\":");
    push(out, &form.plan.id);
    if let Some(from) = form.from {
        let _ = write!(out, ",\"from\":\"{from}\"");
    }
    if let Some(to) = form.to {
        let _ = write!(out, ",\"to\":\"{to}\"");
    }
    out.push('}');
}

/// `,"lookups":[…]`.
pub fn push_lookups(out: &mut String, lookups: &[LookupNote<'_>]) {
    out.push_str(",\"lookups\":[");
    let mut first = true;
    for lookup in lookups {
        separate(out, &mut first);
        out.push_str("{\"person\":");
        push(out, lookup.person);
        push_word(out, ",\"outcome\":", lookup.outcome);
        if let Some(cause) = lookup.cause {
            push_word(out, ",\"cause\":", cause);
        }
        out.push_str(if lookup.cached { ",\"cached\":true" } else { ",\"cached\":false" });
        if lookup.cached {
            let _ = write!(out, ",\"age_s\":{}", lookup.age_s);
        }
        out.push('}');
    }
    out.push(']');
}

/// `,"warnings":[…]`.
pub fn push_warnings(out: &mut String, warnings: &[Warning<'_>]) {
    out.push_str(",\"warnings\":[");
    let mut first = true;
    for warning in warnings {
        separate(out, &mut first);
        let (vi, en) = sentences(warning.code);
        push_word(out, "{\"code\":", warning.code);
        if let Some(person) = warning.person {
            out.push_str(",\"person\":");
            push(out, person);
        }
        out.push_str(",\"detail\":");
        push(out, vi);
        out.push_str(",\"title\":");
        push(out, en);
        out.push('}');
    }
    out.push(']');
}

/// `,"signed":{…}`: the statement and its detached signature.
pub fn push_signed(out: &mut String, signed: &Signed) {
    out.push_str(",\"signed\":{\"statement\":");
    push(out, &signed.statement);
    out.push_str(",\"jws\":");
    push(out, &signed.jws);
    out.push('}');
}

/// `"signature":…` with request and moment of a statement of ours.
pub fn push_origin(out: &mut String, handed: &HandedBack) {
    let _ = write!(out, "\"signature\":\"{}\"", handed.worth.word());
    if let Some((request_id, issued)) = handed.origin() {
        out.push_str(",\"request_id\":");
        push(out, request_id);
        let moment = jiff::Timestamp::from_second(issued).map(|moment| moment.to_string()).unwrap_or_default();
        let _ = write!(out, ",\"issued_at\":\"{moment}\"");
    }
}

/// `{…}`: what became of every delivered box.
pub fn push_delivered(out: &mut String, handed: &HandedBack, typed: &[(String, Value)]) {
    out.push('{');
    push_origin(out, handed);
    let fates = handed.fates(typed);
    let locked_changed = fates.iter().filter(|(_, locked, fate)| *locked && *fate != Fate::Unchanged).count();
    if handed.worth.is_ours() {
        let _ = write!(out, ",\"locked_changed\":{locked_changed}");
    }
    out.push_str(",\"fields\":[");
    let mut first = true;
    for (path, locked, fate) in fates {
        separate(out, &mut first);
        out.push_str("{\"path\":");
        push(out, path);
        let _ = write!(out, ",\"locked\":{locked},\"result\":\"{}\"}}", fate.word());
    }
    out.push_str("]}");
}

/// A JSON value.
pub fn push_json(out: &mut String, value: &Value) {
    let _ = write!(out, "{value}");
}

/// A JSON string (RFC 8259 §7). Nearly no text of a record, a form or a code list needs escaping: those are copied as they
/// are, without a text of their own on the way.
pub fn push(out: &mut String, text: &str) {
    // Without an early end, so that many bytes are looked at in one step.
    if text.bytes().fold(false, |odd, byte| odd | (byte < 0x20) | (byte == b'"') | (byte == b'\\')) {
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
        return;
    }
    out.reserve(text.len() + 2);
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// What goes before, then a JSON string of one of our own words, which never needs escaping.
pub fn push_word(out: &mut String, before: &str, word: &str) {
    out.push_str(before);
    out.push('"');
    out.push_str(word);
    out.push('"');
}

/// A comma before every member but the first.
pub fn separate(out: &mut String, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(',');
    }
}
