//! As whom a handler asks the desk: the identity that was proved before it was called.

use std::rc::Rc;

use actix_web::{HttpMessage as _, HttpRequest};

use super::App;
use crate::access::{Identity, Moment};
use crate::autofill::Asking;
use crate::clock;

/// Now, as the access room counts time.
pub fn moment() -> Moment {
    Moment::of_millis(u64::try_from(clock::now().as_millisecond()).unwrap_or(0))
}

/// The caller of a request, where callers are configured.
pub fn identity(request: &HttpRequest) -> Option<Rc<Identity>> {
    request.extensions().get::<Rc<Identity>>().cloned()
}

/// As whom the desk is asked, where callers are configured.
pub fn asking<'a>(identity: Option<&'a Identity>, app: &'a App) -> Option<Asking<'a>> {
    let (identity, office) = identity.zip(app.office.as_deref())?;
    Some(Asking { identity, office, now: moment() })
}
