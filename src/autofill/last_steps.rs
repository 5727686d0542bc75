//! A request prepared up to filling and rendering, so that each of the two can be done alone, again and again: for
//! measuring them. Nothing of the program calls it; [`super::desk`] does the same steps in one go.

use jiff::civil::Date;

use super::answer::Answer;
use super::chosen::{choose, form_warnings};
use super::fill::{FieldAnswer, FillContext, People, PersonState, fill};
use super::refusal::Refusal;
use super::render::LookupNote;
use super::request::AutofillRequest;
use super::roles::Roles;
use crate::catalog::{Catalog, FormPlan, TransformContext};
use crate::citizen::{AttributeSet, Record};

/// The id in what is rendered: as long as one of ours.
const REQUEST_ID: &str = "01a213ff-bea0-7aaa-8aaa-6f324b1dfe9d";

/// One person's form before it is filled, and what came of filling it.
pub struct LastSteps<'c> {
    plan: &'c FormPlan,
    people: People<'c>,
    context: FillContext<'c>,
    answer: Answer<'c>,
}

impl<'c> LastSteps<'c> {
    /// Prepares both steps for a request that names one citizen, whose record is this one, in a fixed role, and nothing
    /// typed.
    ///
    /// # Errors
    /// The catalogue has nothing for the request.
    pub fn prepare(
        catalog: &'c Catalog,
        request: &'c AutofillRequest,
        record: &'c Record,
        today: Date,
    ) -> Result<Self, Refusal> {
        let chosen = choose(catalog, request, today)?;
        let plan = &*chosen.form.plan;
        let mut states = vec![PersonState::NotAsked; plan.roles.len()];
        let role = Roles::read(plan, request)?.fixed().unwrap_or_default();
        states[role] = PersonState::Found(record, None);
        let people = People { states, rows: Vec::new() };
        let context = FillContext {
            transform: TransformContext {
                units: &catalog.units,
                countries: &catalog.countries,
                form_day: chosen.form_day,
            },
            officer: request.officer.as_deref(),
            agency: request.agency.as_deref(),
            today,
            licensed: AttributeSet::all(),
        };
        let person = &*plan.roles[role].slug;
        let answer = Answer {
            service: chosen.service,
            form: chosen.form,
            fields: fill(plan, &people, &[], &context),
            lookups: vec![LookupNote { person, outcome: "found", cause: None, cached: true, age_s: 0 }],
            warnings: form_warnings(&chosen),
            signed: None,
            earlier: None,
        };
        Ok(Self { plan, people, context, answer })
    }

    /// What the plan keeps of a record.
    pub fn wanted(&self) -> AttributeSet {
        self.plan.wanted
    }

    /// Plan and record to what stands in every box.
    pub fn fill(&self) -> Vec<FieldAnswer<'c>> {
        fill(self.plan, &self.people, &[], &self.context)
    }

    /// What stands in every box to the text of the answer.
    pub fn render(&self) -> String {
        self.answer.render(REQUEST_ID)
    }
}
