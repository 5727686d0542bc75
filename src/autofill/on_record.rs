//! What of a request goes into the journal, and that it is there before anything leaves (DESIGN §7).
//!
//! An [`Account`] is opened with the request and closed by a disclosure or a refusal. Dropped while it is open (the caller
//! hung up) it leaves a line too, because upstream may have been asked already.

use std::time::Instant;

use super::fill::{FieldAnswer, FieldState, Shown};
use super::refusal::Refusal;
use super::request::AutofillRequest;
use super::verify::Verified;
use crate::audit::{Event, Involved, Journal, Kind};
use crate::catalog::{FormPlan, Step};
use crate::citizen::{Attribute, AttributeSet, Number, Query};
use crate::population::CallTrail;
use crate::telemetry::{Metrics, Phase};

/// What the journal is told of a caller who hung up.
const HUNG_UP: &str = "caller_hung_up";

/// One person who was asked for. No `Debug`: the number is personal data until the journal hashes it.
struct Consulted {
    role: Box<str>,
    number: Number,
    connection: Box<str>,
    outcome: &'static str,
    cause: Option<&'static str>,
    cached: bool,
    calls: Vec<String>,
    attributes: AttributeSet,
    watched: bool,
}

/// What came of asking for one person, as far as it is put on record.
pub struct Told<'a> {
    pub connection: &'a str,
    pub outcome: &'static str,
    pub cause: Option<&'static str>,
    pub cached: bool,
    pub calls: &'a CallTrail,
}

/// The account of one request.
pub struct Account<'d> {
    journal: Option<&'d Journal>,
    metrics: &'d Metrics,
    request: &'d AutofillRequest,
    caller: Option<&'d str>,
    request_id: &'d str,
    started: Instant,
    form: Option<Box<str>>,
    catalog: Option<Box<str>>,
    people: Vec<Consulted>,
    /// Who of them is on the watch list, in the same order.
    watched: Vec<bool>,
    closed: bool,
}

impl<'d> Account<'d> {
    /// Opened when the request is read. Without a journal (sandbox) nothing is kept.
    pub fn open(
        journal: Option<&'d Journal>,
        request: &'d AutofillRequest,
        request_id: &'d str,
        caller: Option<&'d str>,
        metrics: &'d Metrics,
    ) -> Self {
        let started = Instant::now();
        let (people, watched) = (Vec::new(), Vec::new());
        Self {
            journal,
            metrics,
            request,
            caller,
            request_id,
            started,
            form: None,
            catalog: None,
            people,
            watched,
            closed: false,
        }
    }

    /// Which form, of which catalogue, is being filled.
    pub fn about(&mut self, form: &str, catalog: &str) {
        if self.journal.is_some() {
            self.form = Some(form.into());
            self.catalog = Some(catalog.into());
        }
    }

    /// Who of those that will be consulted is on the watch list.
    pub fn watches(&mut self, watched: &[bool]) {
        self.watched = watched.to_vec();
    }

    /// Somebody was asked for.
    pub fn consulted(&mut self, role: &str, query: &Query, told: &Told<'_>) {
        if self.journal.is_none() {
            return;
        }
        let watched = self.watched.get(self.people.len()).copied().unwrap_or(false);
        self.people.push(Consulted {
            role: role.into(),
            number: query.number.clone(),
            connection: told.connection.into(),
            outcome: told.outcome,
            cause: told.cause,
            cached: told.cached,
            calls: told.calls.calls(),
            attributes: AttributeSet::EMPTY,
            watched,
        });
    }

    /// What the answer tells of whom: the attributes by role, and for each person (in the order in which they were
    /// consulted) the roles that he or she holds.
    pub fn tells(&mut self, by_role: &[AttributeSet], roles_of: &[Vec<usize>]) {
        for (person, roles) in self.people.iter_mut().zip(roles_of) {
            person.attributes = roles
                .iter()
                .filter_map(|role| by_role.get(*role))
                .flat_map(|set| set.iter())
                .fold(person.attributes, AttributeSet::with);
        }
    }

    /// Puts the disclosure (or the comparison) on record; only then may the answer leave.
    ///
    /// # Errors
    /// The journal cannot be written: nothing may be disclosed.
    pub async fn disclosed(mut self, kind: Kind) -> Result<(), Refusal> {
        self.closed = true;
        let Some(journal) = self.journal else { return Ok(()) };
        let event = Event { status: Some(200), ..self.event(journal, kind) };
        let _timed = self.metrics.phase(Phase::Audit);
        let recorded = journal.record(&event);
        drop(event);
        recorded.await.map(drop).map_err(|_| Refusal::JournalUnavailable)
    }

    /// Puts the refusal on record. A refusal that says something of a citizen ("not found") is a disclosure too.
    ///
    /// # Errors
    /// The journal cannot be written, and somebody was asked for.
    pub async fn refused(mut self, refusal: &Refusal) -> Result<(), Refusal> {
        self.closed = true;
        let Some(journal) = self.journal else { return Ok(()) };
        let event = Event { refusal: Some(refusal.word()), ..self.event(journal, Kind::Refusal) };
        let _timed = self.metrics.phase(Phase::Audit);
        let recorded = journal.record(&event);
        drop(event);
        match recorded.await {
            Err(_) if !self.people.is_empty() => Err(Refusal::JournalUnavailable),
            _ => Ok(()),
        }
    }

    fn event<'e>(&'e self, journal: &Journal, kind: Kind) -> Event<'e> {
        let request = self.request;
        let people = self.people.iter().map(|person| {
            let keys = &journal.citizens;
            let mut involved = Involved::new(&person.role, &person.number, keys, &person.connection, person.outcome);
            involved.cause = person.cause;
            involved.cached = person.cached;
            involved.calls = &person.calls;
            involved.attributes = person.attributes;
            involved.watched = person.watched;
            involved
        });
        Event {
            request_id: Some(self.request_id),
            caller: self.caller,
            officer: request.officer.as_deref(),
            agency: request.agency.as_deref(),
            dossier: request.dossier.as_deref(),
            service: Some(&request.service),
            form: self.form.as_deref(),
            catalog: self.catalog.as_deref(),
            people: people.collect(),
            took: Some(self.started.elapsed()),
            ..Event::new(kind)
        }
    }
}

impl Drop for Account<'_> {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        if let Some(journal) = self.journal {
            // Taken over before it is awaited: nobody waits for it.
            drop(journal.record(&Event { refusal: Some(HUNG_UP), ..self.event(journal, Kind::Refusal) }));
        }
    }
}

/// Which attributes an answer tells, by role. Also of a value that is only shown, offered, or compared with what was
/// typed: rather one name too many on record than one too few.
pub fn told_by_role(plan: &FormPlan, fields: &[FieldAnswer<'_>]) -> Vec<AttributeSet> {
    let mut told = vec![AttributeSet::EMPTY; plan.roles.len()];
    for field in fields {
        add(field, &mut told);
    }
    told
}

fn add(field: &FieldAnswer<'_>, told: &mut [AttributeSet]) {
    match &field.state {
        FieldState::Rows { rows } => rows.iter().flatten().for_each(|column| add(column, told)),
        FieldState::Empty { shown: Shown::Nothing, .. } => {}
        FieldState::Filled { proposal, .. } | FieldState::Suggested { proposal } => {
            add_sources(field, told, |path| proposal.sources.paths().contains(&path));
        }
        FieldState::Kept { .. } | FieldState::Empty { .. } => add_sources(field, told, |_| true),
    }
}

fn add_sources(field: &FieldAnswer<'_>, told: &mut [AttributeSet], used: impl Fn(&str) -> bool) {
    let sources = field.target.mapped().into_iter().flat_map(|mapped| &mapped.sources);
    for source in sources.filter(|source| used(&source.slot.path)) {
        let attribute = match source.step {
            Step::Register { attribute, .. } => Some(attribute),
            // An age tells of the birth date.
            Step::Age => Some(Attribute::NgaySinh),
            Step::Card(_) | Step::Officer | Step::Agency | Step::Today => None,
        };
        if let (Some(role), Some(attribute)) = (source.slot.role, attribute)
            && let Some(set) = told.get_mut(role)
        {
            *set = set.with(attribute);
        }
    }
}

/// Which attributes the verdicts of a comparison tell something of, by role.
pub fn told_by_verdicts(plan: &FormPlan, fields: &[Verified<'_>]) -> Vec<AttributeSet> {
    let mut told = vec![AttributeSet::EMPTY; plan.roles.len()];
    for (role, attribute) in fields.iter().flat_map(|field| &field.told) {
        if let Some(set) = told.get_mut(*role) {
            *set = set.with(*attribute);
        }
    }
    told
}
