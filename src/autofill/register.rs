//! The register as the desk asks it: which connection, which numbers, through the cache, on a task of its own.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::runtime::Handle;

use super::looked_up::Person;
use super::on_record::Told;
use super::refusal::Refusal;
use super::request::AutofillRequest;
use crate::cache::{CacheKey, Purpose, RecordCache};
use crate::catalog::FormPlan;
use crate::citizen::{AttributeSet, Number, Query};
use crate::population::{CallTrail, Connections, FaultCause, LookUp, Outcome, Source};
use crate::telemetry::traces::{self, Step};
use crate::telemetry::{Metrics, Phase};

/// Which personal numbers may be asked for (DESIGN §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Sandbox and rehearsal: only `999…`.
    InventedOnly,
    /// A real connection: never `999…`.
    RealOnly,
}

/// What is asked for a record or for a person's existence.
pub struct Register {
    pub connections: Connections,
    pub cache: Arc<RecordCache>,
    pub numbers: Numbers,
    pub metrics: Arc<Metrics>,
    /// Where look-ups run: they outlive a caller who hangs up, so that no reply is left half read on a connection.
    pub runtime: Handle,
}

impl Register {
    /// The connection for this service and agency. Officer, agency and dossier go upstream with every look-up of a
    /// connection (RISKS R1).
    pub fn source(&self, request: &AutofillRequest) -> Result<&Arc<dyn Source>, Refusal> {
        let needed = [("officer", &request.officer), ("agency", &request.agency), ("dossier", &request.dossier)];
        match needed.into_iter().find(|(_, value)| value.is_none()) {
            Some((missing, _)) if self.connections.need_complete_queries() => {
                Err(Refusal::DossierIncomplete { missing })
            }
            _ => self
                .connections
                .for_purpose(&request.service, request.agency.as_deref().unwrap_or_default())
                .ok_or(Refusal::NoConnection),
        }
    }

    /// Whether this number may be asked for here at all.
    pub fn check_number(&self, number: &Number, pointer: &str) -> Result<(), Refusal> {
        let invented_only = self.numbers == Numbers::InventedOnly;
        if number.is_invented() != invented_only {
            return Err(Refusal::NumberNotAllowed { pointer: pointer.to_owned(), invented_only });
        }
        Ok(())
    }

    /// Whether this person may be asked for, with all that the connection needs.
    pub fn check_query(&self, source: &Arc<dyn Source>, query: &Query, pointer: &str) -> Result<(), Refusal> {
        self.check_number(&query.number, pointer)?;
        if source.needs_complete_query() && !query.is_complete() {
            return Err(Refusal::QueryIncomplete { pointer: pointer.to_owned() });
        }
        Ok(())
    }

    /// The record of one person through the cache, reduced to what the form and the caller may have.
    pub async fn look_up(
        &self,
        source: &Arc<dyn Source>,
        request: &AutofillRequest,
        plan: &FormPlan,
        keep: AttributeSet,
        query: &Query,
        refresh: bool,
    ) -> Person {
        let key = self.key(source, request, plan, keep, query);
        let trail = CallTrail::default();
        let (started, asked_for) = (Instant::now(), OnceLock::new());
        let asking = async {
            let began = Instant::now();
            let outcome = Box::pin(self.ask(source, request, keep, query, trail.clone())).await;
            let _ = asked_for.set(began.elapsed());
            outcome
        };
        let step = Step::begin("lookup");
        let (looked, result) = step.around(self.cache.look_up(key, source.name(), refresh, asking)).await;
        self.metrics.cache_request(result.label());
        let asked_for = asked_for.get().copied().unwrap_or_default();
        self.metrics.phase_took(Phase::Cache, started.elapsed().saturating_sub(asked_for));
        let person = Person { looked, connection: source.name().to_owned(), calls: trail };
        step.word("diensan.cache", result.label());
        describe(&step, &person.told());
        person
    }

    /// Under which key the cache keeps the record of one person for this purpose.
    pub fn key(
        &self,
        source: &Arc<dyn Source>,
        request: &AutofillRequest,
        plan: &FormPlan,
        keep: AttributeSet,
        query: &Query,
    ) -> CacheKey {
        self.cache.key(&Purpose {
            connection: source.name(),
            agency: request.agency.as_deref().unwrap_or_default(),
            service: &request.service,
            form: &plan.id,
            query,
            attributes: keep,
        })
    }

    /// The whole question of a record, for this form's plan and nothing else.
    fn question(request: &AutofillRequest, keep: AttributeSet, query: &Query, trail: CallTrail) -> LookUp {
        LookUp {
            query: query.clone(),
            keep,
            service: request.service.clone(),
            officer: request.officer.clone().unwrap_or_default(),
            agency: request.agency.clone().unwrap_or_default(),
            dossier: request.dossier.clone().unwrap_or_default(),
            trail,
        }
    }

    /// Asks the register on its own task.
    async fn ask(
        &self,
        source: &Arc<dyn Source>,
        request: &AutofillRequest,
        keep: AttributeSet,
        query: &Query,
        trail: CallTrail,
    ) -> Outcome {
        let look_up = Self::question(request, keep, query, trail);
        let asked = Arc::clone(source);
        let started = Instant::now();
        let asked = self.runtime.spawn(traces::carry(async move { asked.look_up(&look_up).await })).await;
        let outcome = asked.unwrap_or(Outcome::UpstreamFault(FaultCause::Internal));
        self.metrics.look_up(source.name(), outcome.label(), outcome.cause(), started.elapsed());
        outcome
    }

    /// Whether there is such a citizen (operation 033), on a task of its own. Never cached: it is asked to be sure.
    pub async fn exists(&self, source: &Arc<dyn Source>, request: &AutofillRequest, query: &Query) -> Existence {
        let trail = CallTrail::default();
        let look_up = Self::question(request, AttributeSet::EMPTY, query, trail.clone());
        let asked = Arc::clone(source);
        let started = Instant::now();
        let step = Step::begin("lookup");
        let asked = step
            .around(async { self.runtime.spawn(traces::carry(async move { asked.exists(&look_up).await })).await })
            .await;
        let result = asked.unwrap_or(Err(Outcome::UpstreamFault(FaultCause::Internal)));
        let existence = Existence { result, connection: source.name().to_owned(), calls: trail };
        let told = existence.told();
        describe(&step, &told);
        self.metrics.look_up(source.name(), told.outcome, told.cause, started.elapsed());
        existence
    }
}

fn describe(step: &Step, told: &Told<'_>) {
    step.word("diensan.connection", told.connection);
    step.word("diensan.outcome", told.outcome);
    if let Some(cause) = told.cause {
        step.word("diensan.cause", cause);
    }
}

/// Whether a person exists, or why nobody knows.
pub struct Existence {
    pub result: Result<bool, Outcome>,
    connection: String,
    calls: CallTrail,
}

impl Existence {
    /// What is put on record.
    pub fn told(&self) -> Told<'_> {
        let (outcome, cause) = match &self.result {
            Ok(true) => ("found", None),
            Ok(false) => ("not_found", None),
            Err(outcome) => (outcome.label(), outcome.cause()),
        };
        Told { connection: &self.connection, outcome, cause, cached: false, calls: &self.calls }
    }

    /// Why nobody knows; `None`: it is known.
    pub fn failure(&self) -> Option<&Outcome> {
        self.result.as_ref().err()
    }
}

#[cfg(test)]
mod tests;
