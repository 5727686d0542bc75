//! What a form may have of one record, for a system that fills its forms itself.

use jiff::civil::Date;

use super::{Answering, Desk, Met, Rendering, Task, choose};
use crate::autofill::asking::Asking;
use crate::autofill::looked_up::refuse_if_all_failed;
use crate::autofill::on_record::Account;
use crate::autofill::refusal::Refusal;
use crate::autofill::request::AutofillRequest;
use crate::autofill::roles::Roles;
use crate::cache::Looked;
use crate::citizen::AttributeSet;
use crate::clock;
use crate::telemetry::traces;

impl Desk {
    /// Answers with the record of the citizen as `render` writes it, reduced to what the form takes and the caller is
    /// licensed for, when it is on record.
    ///
    /// # Errors
    /// Why there is no record; one of a dead or missing person is refused as well.
    pub async fn record(
        &self,
        request: &AutofillRequest,
        request_id: &str,
        today: Date,
        asking: Option<&Asking<'_>>,
        render: Rendering,
    ) -> Result<String, Refusal> {
        let answering = Answering::Reveal(render);
        self.serve(Task { answering, request, request_id, today, asking, now: clock::now() }).await
    }

    pub(super) async fn reveal(
        &self,
        task: Task<'_>,
        render: Rendering,
        account: &mut Account<'_>,
    ) -> Result<String, Refusal> {
        let catalog = self.catalog.current();
        let mut chosen = choose(&catalog, task.request, task.today)?;
        let plan = &*chosen.form.plan;
        account.about(&plan.id, &catalog.version);
        traces::note("diensan.form", &plan.id);
        let roles = Roles::read(plan, task.request)?;
        let Met { citizen, .. } = self.meet(task, &mut chosen, &roles, task.request.refresh, account).await?;
        let person = citizen.as_ref().map(|(person, _)| person);
        refuse_if_all_failed(person.map(|person| ("citizen", person.failure())).into_iter())?;
        let Some(Looked::Found { record, .. }) = person.map(|person| &person.looked) else {
            return Err(Refusal::SameAsBroken { pointer: "/citizen".to_owned() });
        };
        if record.blocked().is_some() {
            return Err(Refusal::RecordBlocked);
        }
        let may = plan.wanted.and(chosen.licensed);
        let told = may.iter().filter(|attribute| record.given(*attribute).is_some());
        account.tells(&[told.fold(AttributeSet::EMPTY, AttributeSet::with)], &[vec![0]]);
        Ok(render(record, may))
    }
}
