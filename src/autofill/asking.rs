//! Who asks, as far as the desk must know: what he or she may receive, and leave to look people up (DESIGN §8).

use super::refusal::Refusal;
use super::request::AutofillRequest;
use crate::access::{
    AskedCitizen, Denied, Identity, LookUpRequest, LookedUp, Moment, Office, Operation, Permit, ServiceFacts, Sought,
};
use crate::catalog::{Catalog, FormPlan, Service};
use crate::citizen::{AttributeSet, Query};
use crate::config::Scope;
use crate::population::Outcome;

/// A proved caller and the office that decides; absent in the sandbox.
pub struct Asking<'a> {
    pub identity: &'a Identity,
    pub office: &'a Office,
    pub now: Moment,
}

impl Asking<'_> {
    /// What the caller may receive on this form.
    pub fn licensed(&self, catalog: &Catalog, service: &Service) -> AttributeSet {
        let legal_basis = !service.file.legal_basis.is_empty();
        self.identity.caller.licence.attributes(catalog.dictionary.sensitive(), legal_basis)
    }

    /// Whether the caller may see what the register holds, and not only whether it agrees.
    pub fn may_see_values(&self) -> bool {
        self.identity.may(Scope::Autofill).is_ok()
    }

    /// Leave to look these people up, all or none; `people` with the place where the request names them.
    ///
    /// # Errors
    /// Why not; nothing may be fetched.
    pub async fn permit(
        &self,
        operation: Operation,
        service: &Service,
        plan: &FormPlan,
        request: &AutofillRequest,
        people: &[(&Query, String)],
    ) -> Result<Permit, Refusal> {
        let sought: Vec<Sought<'_>> = people
            .iter()
            .map(|(query, pointer)| Sought {
                citizen: AskedCitizen {
                    number: &query.number,
                    year_only: query.birth_date.is_some_and(|date| !date.is_full()),
                },
                pointer: pointer.clone(),
            })
            .collect();
        let file = &service.file;
        let asked = LookUpRequest {
            operation,
            service: ServiceFacts { code: &file.code.0, field: &file.field, level: file.level.word() },
            officer: request.officer.as_deref(),
            agency: request.agency.as_deref(),
            dossier: request.dossier.as_deref(),
            persons_of_form: plan.roles.len(),
            people: &sought,
        };
        let denied = |denied: Denied| Refusal::Denied(denied.face());
        let permit = self.office.permit(self.identity, &asked, self.now).map_err(denied)?;
        let shared = self.office.permit_in_all_replicas(self.identity, &asked).await.map_err(denied)?;
        Ok(Permit { shared, ..permit })
    }

    /// The look-up was answered: it may be one of those that are to be explained.
    pub fn sample(&self, request: &AutofillRequest, request_id: &str) {
        let done = LookedUp {
            request_id,
            caller: &self.identity.caller.name,
            agency: request.agency.as_deref(),
            officer: request.officer.as_deref(),
            dossier: request.dossier.as_deref(),
            service: &request.service,
        };
        self.office.sample(&done, self.now);
    }

    /// What came of the look-ups, in the order of [`Asking::permit`]: runs of "not found" are noticed.
    pub async fn told<'o>(&self, permit: &Permit, outcomes: impl Iterator<Item = Option<&'o Outcome>>) {
        for (index, outcome) in outcomes.enumerate() {
            let found = match outcome {
                None => true,
                Some(Outcome::NotFound) => false,
                Some(_) => continue,
            };
            if found {
                self.office.quotas.found(&permit.admission, index);
            } else {
                self.office.quotas.missed(&permit.admission, self.now);
            }
            if let Some(shared) = &permit.shared {
                self.office.told_in_all_replicas(shared, index, found).await;
            }
        }
    }
}
