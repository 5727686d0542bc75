//! What came of asking for one person, as the form, the answer and the officer need it.

use jiff::civil::Date;

use super::fill::PersonState;
use super::on_record::Told;
use super::refusal::{FailedLookUp, Refusal};
use super::render::LookupNote;
use super::request::AskedPerson;
use super::warning::Warning;
use crate::cache::Looked;
use crate::citizen::name::{self, NameEquality};
use crate::citizen::record::Blocked;
use crate::citizen::{Query, Record, ScannedCard};
use crate::population::{CallTrail, Outcome};

/// One looked-up person.
pub struct Person {
    pub looked: Looked,
    /// The connection that was asked, or would have been.
    pub connection: String,
    /// Under which numbers upstream was asked; none for a cached record.
    pub calls: CallTrail,
}

impl Person {
    /// Why there is no record; `None`: there is one.
    pub fn failure(&self) -> Option<&Outcome> {
        match &self.looked {
            Looked::Failed(outcome) => Some(outcome),
            Looked::Found { .. } => None,
        }
    }

    /// What is put on record.
    pub fn told(&self) -> Told<'_> {
        let (outcome, cause, cached) = match &self.looked {
            Looked::Failed(outcome) => (outcome.label(), outcome.cause(), false),
            Looked::Found { cached, .. } => ("found", None, *cached),
        };
        Told { connection: &self.connection, outcome, cause, cached, calls: &self.calls }
    }

    /// What the form is filled from.
    pub fn state<'r>(&'r self, card: Option<&'r ScannedCard>) -> PersonState<'r> {
        match &self.looked {
            Looked::Failed(outcome) => PersonState::Failed(outcome.label()),
            Looked::Found { record, .. } if record.blocked().is_some() => PersonState::Blocked,
            Looked::Found { record, .. } => PersonState::Found(record, card),
        }
    }

    /// The look-up as the answer tells it.
    pub fn note<'p>(&self, person: &'p str) -> LookupNote<'p> {
        match &self.looked {
            Looked::Failed(outcome) => {
                LookupNote { person, outcome: outcome.label(), cause: outcome.cause(), cached: false, age_s: 0 }
            }
            Looked::Found { cached, age, .. } => {
                LookupNote { person, outcome: "found", cause: None, cached: *cached, age_s: age.as_secs() }
            }
        }
    }

    /// Everything about the person that the officer should look at.
    pub fn warn<'p>(&self, person: &'p str, asked: &AskedPerson, today: Date, warnings: &mut Vec<Warning<'p>>) {
        let query = &asked.query;
        let mut warn = |code| warnings.push(Warning { code, person: Some(person) });
        if asked.card.as_ref().is_some_and(|card| card.odd_issue_date) {
            warn("card_issue_date");
        }
        for hint in query.number.hints(query.birth_date, None, today) {
            warn(hint.code());
        }
        if query.birth_date.is_some_and(|date| date.month().is_some() && !date.is_full()) {
            warn("birth_date_asked_by_year");
        }
        let Looked::Found { record, .. } = &self.looked else { return };
        match record.blocked() {
            Some(Blocked::Dead) => warn("record_blocked_dead"),
            Some(Blocked::Missing) => warn("record_blocked_missing"),
            None => {}
        }
        for hint in &record.hints {
            warn(hint.code());
        }
        if record.blocked().is_none() && name_differs(query, record) {
            warn("name_spelling");
        }
    }
}

/// Whether the register spells the name otherwise; it matched all the same (IDENTITY §5.4). Only told where the form
/// takes the name: the rest of the record is gone by now.
fn name_differs(query: &Query, record: &Record) -> bool {
    match (&query.name, &record.ho_va_ten) {
        (Some(asked), Some(held)) => name::equality(asked.display(), &held.full()) == NameEquality::CompactEqual,
        _ => false,
    }
}

/// When nobody was found the request fails. An outage weighs more than "no such citizen": with both, what is known is
/// only that the register could not be asked. Each person with the outcome of a look-up that gave nothing.
pub fn refuse_if_all_failed<'p>(outcomes: impl Iterator<Item = (&'p str, Option<&'p Outcome>)>) -> Result<(), Refusal> {
    let mut worst: Option<&Outcome> = None;
    let mut lookups = Vec::new();
    for (role, outcome) in outcomes {
        let Some(outcome) = outcome else { return Ok(()) };
        lookups.push(FailedLookUp { person: role.to_owned(), outcome: outcome.label(), cause: outcome.cause() });
        if worst.is_none_or(|worst| weight(outcome) > weight(worst)) {
            worst = Some(outcome);
        }
    }
    let Some(outcome) = worst else { return Ok(()) };
    let retry_after = outcome.retry_after();
    Err(Refusal::Lookup { outcome: outcome.label(), cause: outcome.cause(), retry_after, lookups, proof: None })
}

/// Answers about the citizen weigh least, refusals of the question more, and most what says nothing about anybody.
fn weight(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Found(_) | Outcome::NotFound => 0,
        Outcome::Multiple => 1,
        Outcome::Rejected(_) => 2,
        Outcome::NotPermittedProcedure | Outcome::NotPermittedOfficer => 3,
        _ => 4,
    }
}
