//! Whom a request asks for: the leave to do so, and what came of it.

use std::sync::Arc;

use super::Task;
use crate::access::Permit;
use crate::autofill::chosen::Chosen;
use crate::autofill::looked_up::{Person, refuse_if_all_failed};
use crate::autofill::people::{citizen_role, twice};
use crate::autofill::refusal::Refusal;
use crate::autofill::render::LookupNote;
use crate::autofill::request::AskedPerson;
use crate::autofill::roles::Roles;
use crate::autofill::warning::Warning;
use crate::citizen::Query;
use crate::population::{Outcome, Source};

/// Whom a request asks for (the further people, then the citizen), and where.
pub struct SoughtPeople<'l> {
    pub source: &'l Arc<dyn Source>,
    pub queries: Vec<&'l Query>,
    pub asked_citizen: &'l AskedPerson,
}

/// Leave to ask: from which connection, for whom (the further people, then the citizen).
pub struct Leave<'l> {
    pub source: &'l Arc<dyn Source>,
    pub queries: Vec<&'l Query>,
    pub permit: Option<Permit>,
    pub asked_citizen: &'l AskedPerson,
}

impl Leave<'_> {
    /// What came of asking, in the order of the queries.
    pub async fn told<'o>(&self, task: Task<'_>, outcomes: impl Iterator<Item = Option<&'o Outcome>>) {
        if let (Some(asking), Some(permit)) = (task.asking, &self.permit) {
            asking.told(permit, outcomes).await;
        }
    }
}

/// Who was asked for, and what came of it.
pub struct Met<'l> {
    pub roles: &'l Roles<'l>,
    pub citizen: Option<(Person, &'l AskedPerson)>,
    pub further: Vec<Person>,
}

impl Met<'_> {
    pub fn citizen(&self) -> Option<(&Person, &AskedPerson)> {
        self.citizen.as_ref().map(|(person, asked)| (person, *asked))
    }

    /// The role that the citizen holds, when anybody was found at all.
    pub fn held(&self, chosen: &Chosen<'_>) -> Result<Option<usize>, Refusal> {
        let plan = &*chosen.form.plan;
        let asked_as = self.roles.fixed().map_or("citizen", |role| &*plan.roles[role].slug);
        let others = self.roles.further.iter().map(|(role, _)| &*plan.roles[*role].slug).zip(&self.further);
        let everybody = self.citizen().map(|(person, _)| (asked_as, person)).into_iter().chain(others);
        refuse_if_all_failed(everybody.map(|(role, person)| (role, person.failure())))?;
        citizen_role(plan, self.roles, self.citizen().map(|(person, _)| person))
    }

    /// How each look-up went, and what the officer should look at.
    pub fn notes<'p>(
        &self,
        chosen: &Chosen<'p>,
        held: Option<usize>,
        warnings: &mut Vec<Warning<'p>>,
    ) -> Vec<LookupNote<'p>> {
        let plan = &*chosen.form.plan;
        let citizen_slug = held.map_or("citizen", |role| &plan.roles[role].slug);
        let citizen = self.citizen().map(|(person, asked)| (citizen_slug, person, asked));
        let others = self.further.iter().zip(&self.roles.further);
        let others = others.map(|(person, (role, asked))| (&*plan.roles[*role].slug, person, *asked));
        let everybody: Vec<(&str, &Person, &AskedPerson)> = citizen.into_iter().chain(others).collect();
        let mut notes = Vec::with_capacity(everybody.len());
        for (slug, person, asked) in &everybody {
            notes.push(person.note(slug));
            person.warn(slug, asked, chosen.today, warnings);
        }
        warnings.extend(twice(everybody.iter().map(|(slug, _, asked)| (*slug, *asked))));
        notes
    }
}
