//! Forgetting what is kept of the people of a request; nobody is looked up and nothing is disclosed.

use jiff::civil::Date;

use super::{Desk, bound, choose};
use crate::autofill::asking::Asking;
use crate::autofill::refusal::Refusal;
use crate::autofill::request::AutofillRequest;
use crate::autofill::roles::Roles;

impl Desk {
    /// Drops, in all replicas, what is kept for exactly this request of this caller (RISKS T4: whether there was
    /// anything is not told, and takes the same time).
    ///
    /// # Errors
    /// The request names nothing that could be kept (never that nothing was), or other replicas cannot be reached.
    pub async fn forget(
        &self,
        request: &AutofillRequest,
        today: Date,
        asking: Option<&Asking<'_>>,
    ) -> Result<(), Refusal> {
        let own = asking.map_or(Ok(None), |asking| bound(request, asking)).map_err(Refusal::Denied)?;
        let request = own.as_ref().unwrap_or(request);
        let catalog = self.catalog.current();
        let mut chosen = choose(&catalog, request, today)?;
        if let Some(asking) = asking {
            chosen.licensed = asking.licensed(chosen.catalog, chosen.service);
        }
        let plan = &*chosen.form.plan;
        let roles = Roles::read(plan, request)?;
        let sought = self.sought(request, plan, &roles)?;
        let keep = plan.wanted.and(chosen.licensed);
        let mut everywhere = true;
        for query in sought.queries {
            let key = self.register.key(sought.source, request, plan, keep, query);
            everywhere &= self.register.cache.forget(&key).await;
        }
        if everywhere { Ok(()) } else { Err(Refusal::NotForgotten) }
    }
}
