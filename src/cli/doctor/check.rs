//! One check of the doctor: what was looked at, how it is, and what to do.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::cli::screen::{BAD, FAINT, GOOD, Lang, NOTICE, paint};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work.
    Failed,
    /// It could not be tried, or was not wanted.
    Skipped,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A sentence in both languages.
#[derive(Clone, Debug)]
pub struct Sentence {
    pub vi: String,
    pub en: String,
}

/// A sentence in both languages.
pub fn say(vi: impl Into<String>, en: impl Into<String>) -> Sentence {
    Sentence { vi: vi.into(), en: en.into() }
}

/// One check. No `Debug`: facts are chosen, but come from outside.
pub struct Check {
    /// Stable within a major version.
    pub id: &'static str,
    pub state: State,
    pub sentence: Sentence,
    pub mend: Option<Sentence>,
    pub took: Duration,
    facts: Map<String, Value>,
}

impl Check {
    /// A check with its sentence.
    pub fn new(id: &'static str, state: State, sentence: Sentence) -> Self {
        Self { id, state, sentence, mend: None, took: Duration::ZERO, facts: Map::new() }
    }

    /// What to do about it.
    pub fn mend(self, mend: Sentence) -> Self {
        Self { mend: Some(mend), ..self }
    }

    /// How long it took.
    pub fn took(self, took: Duration) -> Self {
        Self { took, ..self }
    }

    /// A fact for programs.
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// For `--format json`.
    pub fn json(&self) -> Value {
        json!({
            "id": self.id,
            "state": self.state.word(),
            "vi": self.sentence.vi,
            "en": self.sentence.en,
            "mend_vi": self.mend.as_ref().map(|mend| &mend.vi),
            "mend_en": self.mend.as_ref().map(|mend| &mend.en),
            "took_ms": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            "facts": self.facts,
        })
    }

    /// For people.
    pub fn lines(&self, lang: Lang) -> String {
        let sign = match self.state {
            State::Ok => paint(GOOD, "✓"),
            State::Warning => paint(NOTICE, "!"),
            State::Failed => paint(BAD, "✗"),
            State::Skipped => paint(FAINT, "–"),
        };
        let took = match self.took.as_millis() {
            0 => String::new(),
            ms => paint(FAINT, &format!(" ({ms} ms)")),
        };
        let mut text = format!("  {sign} {}{took}\n", lang.say(&self.sentence.vi, &self.sentence.en));
        for certificate in self.facts.get("chain").and_then(Value::as_array).into_iter().flatten() {
            text.push_str(&format!("      {}\n", paint(FAINT, &certificate_line(certificate, lang))));
        }
        if let Some(mend) = &self.mend {
            text.push_str(&format!("      → {}\n", lang.say(&mend.vi, &mend.en)));
        }
        text
    }
}

fn certificate_line(certificate: &Value, lang: Lang) -> String {
    let text = |name: &str| certificate[name].as_str().unwrap_or("?");
    let (subject, issuer) = (text("subject"), text("issuer"));
    let days = certificate["days_left"].as_i64().unwrap_or_default();
    match lang {
        Lang::Vi => format!("{subject} · do {issuer} cấp · còn {days} ngày"),
        Lang::En => format!("{subject} · issued by {issuer} · {days} days left"),
    }
}
