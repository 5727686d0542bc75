//! A line as the columns by which it is found, and the text that stands for those columns when they are compared.

use crate::audit::{Entry, ProvenLine};

/// One row; every text without NUL, which PostgreSQL has no place for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    pub kind: String,
    /// In the order of [`WORDS`].
    pub words: [Option<String>; 10],
    pub status: Option<i32>,
    /// Joined by spaces, which neither tokens nor outcomes hold.
    pub citizens: String,
    pub outcomes: String,
    pub watched: bool,
}

/// The columns of texts that may be absent.
pub const WORDS: [&str; 10] =
    ["request_id", "caller", "officer", "agency", "dossier", "service", "form", "refusal", "alarm", "about"];

impl Columns {
    /// The columns of a proven line. What cannot be read as JSON, or is not there, stays empty: the line itself is in
    /// the register all the same.
    pub fn of(line: &ProvenLine) -> Self {
        let entry = Entry::read(&line.bytes).unwrap_or_default();
        let word = |text: Option<String>| text.map(|text| clean(&text));
        let joined = |texts: Vec<String>| texts.iter().map(|text| clean(text)).collect::<Vec<_>>().join(" ");
        Self {
            kind: clean(&entry.kind),
            citizens: joined(entry.people.iter().map(|person| person.citizen.clone()).collect()),
            outcomes: joined(entry.people.iter().map(|person| person.outcome.clone()).collect()),
            watched: entry.people.iter().any(|person| person.watched),
            status: entry.status.map(i32::from),
            words: [
                entry.request_id,
                entry.caller,
                entry.officer,
                entry.agency,
                entry.dossier,
                entry.service,
                entry.form,
                entry.refusal,
                entry.alarm,
                entry.about,
            ]
            .map(word),
        }
    }

    /// What [`sql_text`] makes of the row of this line.
    pub fn text(&self, line: &ProvenLine) -> String {
        let status = self.status.map(|status| status.to_string());
        let watched = if self.watched { "true" } else { "false" };
        let mut text = String::with_capacity(512);
        for part in [Some(line.time.as_str()), Some(&line.prev), Some(&line.mac), Some(&self.kind)]
            .into_iter()
            .chain(self.words.iter().map(Option::as_deref))
            .chain([status.as_deref(), Some(&self.citizens), Some(&self.outcomes), Some(watched)])
        {
            match part {
                Some(part) => text.push_str(&format!("{}:{part}", part.len())),
                None => text.push('-'),
            }
        }
        text
    }
}

/// A text that PostgreSQL takes.
pub fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The expression that makes one text of a row's columns, unambiguously: each with its length in bytes, or `-`.
pub fn sql_text() -> String {
    let time = "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
    let mut parts: Vec<String> = [time, "prev", "mac", "kind"].map(str::to_owned).into();
    parts.extend(WORDS.map(str::to_owned));
    parts.extend(
        ["status::text", "array_to_string(citizens, ' ')", "array_to_string(outcomes, ' ')", "watched::text"]
            .map(str::to_owned),
    );
    let parts = parts.iter().map(|part| format!("coalesce(octet_length({part}) || ':' || {part}, '-')"));
    parts.collect::<Vec<_>>().join(" || ")
}
