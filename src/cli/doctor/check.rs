//! One check and the whole report: states, sentences, facts, and their JSON.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    Failed,
    /// Not tried, and why is said.
    Skipped,
}

impl State {
    /// The word of the JSON report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub vi: String,
    pub en: String,
}

/// Both languages of a sentence.
pub fn words(vi: impl Into<String>, en: impl Into<String>) -> Words {
    Words { vi: vi.into(), en: en.into() }
}

/// One check. Holds neither secrets nor anything of a citizen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable.
    pub id: &'static str,
    pub state: State,
    pub said: Words,
    pub mend: Option<Words>,
    pub took: Duration,
    pub facts: Map<String, Value>,
}

impl Check {
    /// A check with its sentence.
    pub fn new(id: &'static str, state: State, said: Words) -> Self {
        Self { id, state, said, mend: None, took: Duration::ZERO, facts: Map::new() }
    }

    /// With what to do.
    #[must_use]
    pub fn mend(mut self, mend: Words) -> Self {
        self.mend = Some(mend);
        self
    }

    /// With one fact more.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// With how long it took.
    #[must_use]
    pub fn took(mut self, took: Duration) -> Self {
        self.took = took;
        self
    }

    fn json(&self) -> Value {
        let mend = |language: fn(&Words) -> &String| self.mend.as_ref().map(language);
        json!({
            "id": self.id,
            "state": self.state.word(),
            "vi": self.said.vi,
            "en": self.said.en,
            "mend_vi": mend(|words| &words.vi),
            "mend_en": mend(|words| &words.en),
            "took_ms": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            "facts": self.facts,
        })
    }
}

/// The checks of one connection.
pub struct Examined {
    pub name: String,
    pub checks: Vec<Check>,
}

/// Everything that was found.
pub struct Report {
    /// What belongs to no connection.
    pub general: Vec<Check>,
    pub connections: Vec<Examined>,
}

impl Report {
    /// Every check.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.general.iter().chain(self.connections.iter().flat_map(|examined| &examined.checks))
    }

    /// How many checks are in this state.
    pub fn count(&self, state: State) -> usize {
        self.checks().filter(|check| check.state == state).count()
    }

    /// The report for programs.
    pub fn json(&self) -> Value {
        let list = |checks: &[Check]| checks.iter().map(Check::json).collect::<Vec<_>>();
        let connections: Vec<Value> = self
            .connections
            .iter()
            .map(|examined| json!({ "name": examined.name, "checks": list(&examined.checks) }))
            .collect();
        json!({ "version": 1, "checks": list(&self.general), "connections": connections })
    }
}
