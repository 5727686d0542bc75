//! What is put on record: one event, one line. No personal data by type: a number goes in only to be hashed at once,
//! and attributes are names of the closed set, never values.

use std::time::Duration;

use serde::ser::{Serialize, SerializeSeq as _, Serializer};

use super::keys::{CitizenKeys, CitizenToken};
use crate::citizen::{AttributeSet, Number};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An answer with somebody's data is about to leave.
    Disclosure,
    /// A request was refused; nothing was disclosed.
    Refusal,
    /// Typed values were compared with the register.
    Verify,
    /// Records were removed from the cache on request.
    #[cfg_attr(not(test), expect(dead_code, reason = "written when records can be removed over HTTP"))]
    CacheDelete,
    /// A writer began.
    Start,
    /// A second officer let a colleague look somebody up (DESIGN §8).
    Release,
    /// An officer said why somebody was looked up (RISKS T2).
    Explanation,
    /// Bytes behind the last whole line were cut away: a crash or a full disk left them.
    Cut,
    /// A writer ended in order.
    Close,
    /// Something that a person must look at. Its time starts the 72 hours of a breach notice (RISKS R10).
    Alarm,
}

/// One person of a request.
#[derive(serde::Serialize)]
pub struct Involved<'e> {
    role: &'e str,
    #[serde(serialize_with = "token_text")]
    citizen: CitizenToken,
    /// Stable name of the look-up's outcome.
    pub outcome: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'e str>,
    pub cached: bool,
    pub connection: &'e str,
    /// Upstream's request numbers of the calls that were made for this person.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub calls: &'e [String],
    /// What was disclosed of the register.
    #[serde(serialize_with = "paths")]
    pub attributes: AttributeSet,
    /// On the watch list: a second officer released the look-up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub watched: bool,
}

impl<'e> Involved<'e> {
    /// A person in a role; the number is hashed here and goes no further. Nothing was disclosed until said so.
    pub fn new(role: &'e str, number: &Number, keys: &CitizenKeys, connection: &'e str, outcome: &'e str) -> Self {
        Self {
            role,
            citizen: keys.token(number),
            outcome,
            cause: None,
            cached: false,
            connection,
            calls: &[],
            attributes: AttributeSet::EMPTY,
            watched: false,
        }
    }
}

fn token_text<S: Serializer>(token: &CitizenToken, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.text())
}

fn paths<S: Serializer>(attributes: &AttributeSet, serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(None)?;
    for attribute in attributes.iter() {
        list.serialize_element(attribute.path())?;
    }
    list.end()
}

/// What was cut away: never the bytes themselves.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CutBytes {
    pub segment: String,
    pub length: u64,
    pub sha256: String,
}

/// One event. The order of the members is the order in the line; what does not apply is left out.
#[derive(serde::Serialize)]
pub struct Event<'e> {
    pub kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dossier: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<&'e str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Involved<'e>>,
    /// Stable code of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<&'e str>,
    /// HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Time from the request's head to this event.
    #[serde(rename = "took_us", skip_serializing_if = "Option::is_none", serialize_with = "micros")]
    pub took: Option<Duration>,
    /// Version of the catalogue in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog: Option<&'e str>,
    /// Stable code of an alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<&'e str>,
    /// Since when what the alarm tells has been so (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<&'e str>,
    /// Request id of the look-up that is explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<&'e str>,
    /// Why somebody was looked up, in the officer's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<CutBytes>,
}

fn micros<S: Serializer>(took: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    let micros = took.map_or(0, |took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    micros.serialize(serializer)
}

impl<'e> Event<'e> {
    /// An event of which nothing is known yet but what it is.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            request_id: None,
            caller: None,
            officer: None,
            agency: None,
            dossier: None,
            service: None,
            form: None,
            people: Vec::new(),
            refusal: None,
            status: None,
            took: None,
            catalog: None,
            alarm: None,
            since: None,
            about: None,
            reason: None,
            cut: None,
        }
    }

    /// An alarm with its stable code.
    pub fn alarm(code: &'e str) -> Self {
        Self { alarm: Some(code), ..Self::new(Kind::Alarm) }
    }

    /// The members of the line, without braces. Texts are escaped, so a line is one line.
    pub fn body(&self) -> String {
        // Room for the event of one person: a text that grows is copied each time.
        let mut text = Vec::with_capacity(1024);
        if serde_json::to_writer(&mut text, self).is_err() {
            return String::new();
        }
        text.pop();
        text.drain(..text.len().min(1));
        String::from_utf8(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citizen::Attribute;
    use crate::config::JournalKey;

    /// Commands and reports look for these words.
    #[test]
    fn every_kind_has_its_word() {
        let words = [
            (Kind::Disclosure, "disclosure"),
            (Kind::Refusal, "refusal"),
            (Kind::Verify, "verify"),
            (Kind::CacheDelete, "cache_delete"),
            (Kind::Start, "start"),
            (Kind::Release, "release"),
            (Kind::Explanation, "explanation"),
            (Kind::Cut, "cut"),
            (Kind::Close, "close"),
            (Kind::Alarm, "alarm"),
        ];
        for (kind, word) in words {
            assert_eq!(Event::new(kind).body(), format!("\"kind\":\"{word}\""));
        }
    }

    #[test]
    fn a_line_holds_names_and_hashes_and_never_a_number_or_a_line_feed() {
        let number = Number::parse("999085000001").expect("a number");
        let keys = CitizenKeys::new(&JournalKey::new([7; 32]), &[]);
        let calls = ["call-1".to_owned()];
        let mut person = Involved::new("me", &number, &keys, "tinh", "found");
        person.attributes = AttributeSet::EMPTY.with(Attribute::NgaySinh).with(Attribute::HoVaTen);
        person.calls = &calls;
        (person.cause, person.cached) = (None, true);
        let event = Event {
            request_id: Some("r-1"),
            officer: Some("cb\n\"1\"\u{2028}"),
            people: vec![person],
            status: Some(200),
            took: Some(Duration::from_millis(3)),
            ..Event::new(Kind::Disclosure)
        };
        let body = event.body();
        assert!(!body.contains(number.digits()) && !body.contains('\n'), "{body}");
        let read: serde_json::Value = serde_json::from_str(&format!("{{{body}}}")).expect("JSON");
        assert_eq!(read["kind"], "disclosure");
        assert_eq!(read["officer"], "cb\n\"1\"\u{2028}");
        assert_eq!(read["people"][0]["attributes"], serde_json::json!(["ho_va_ten", "ngay_sinh"]));
        assert_eq!(read["people"][0]["citizen"], keys.token(&number).text());
        assert_eq!(read["took_us"], 3000);
        assert!(read.get("refusal").is_none() && read["people"][0].get("cause").is_none());
    }
}
