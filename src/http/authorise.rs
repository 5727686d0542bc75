//! Who is calling: the credential is proved before anything is read, and the route's scope is checked.
//!
//! Without configured callers (sandbox, rehearsal) nobody is asked. Health needs no credential; it says nothing of anybody.

use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};

use super::addresses::{is_opencps, scopes_of};
use super::caller::moment;
use super::{App, fail, opencps, pages, request_id, tls};
use crate::access::{Face, Identity, Office, PeerCertificate, Presented};
use crate::config::Scope;
use crate::telemetry::Phase;
use crate::telemetry::traces::RequestTrace;

const X_API_KEY: &str = "x-api-key";

/// The middleware: puts the caller's identity with the request, or refuses it.
pub async fn authorise(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let pages_are_public = app.as_ref().is_some_and(|app| app.pages_are_public);
    let Some((app, scopes)) = app.zip(scopes_of(request.path(), pages_are_public)) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let trace = request.extensions().get::<RequestTrace>().cloned().unwrap_or_default();
    let Some(office) = &app.office else {
        trace.admit(true);
        return Ok(trace.around(next.call(request)).await?.map_into_boxed_body());
    };
    let timed = app.desk.register.metrics.phase(Phase::Authenticate);
    let identified = identify(request.request(), office, scopes).await;
    drop(timed);
    trace.admit(identified.is_ok());
    trace.access(identified.as_ref().map_or_else(|face| face.code, |_| "proved"));
    match identified {
        Ok(identity) => {
            request.extensions_mut().insert(Rc::new(identity));
            Ok(trace.around(next.call(request)).await?.map_into_boxed_body())
        }
        Err(face) => {
            let id = request_id(request.request());
            if scopes.iter().any(|scope| matches!(scope, Scope::Autofill | Scope::Verify)) {
                app.desk.unread(&id, face.code).await;
            }
            let refused = match pages::refuse_caller(request.request(), &face) {
                Some(page) => page,
                None if is_opencps(request.path()) => fail(opencps::told(face.into()), &id),
                None => fail(face.into(), &id),
            };
            Ok(request.into_response(refused))
        }
    }
}

async fn identify(request: &HttpRequest, office: &Office, scopes: &[Scope]) -> Result<Identity, Face> {
    let certificate = request.conn_data::<tls::PeerCertificate>().map(|shown| PeerCertificate::of_der(&shown.0));
    let values = |name: &str| request.headers().get_all(name).map(|value| value.as_bytes()).collect::<Vec<_>>();
    let presented = Presented {
        authorization: values(AUTHORIZATION.as_str()),
        api_key: values(X_API_KEY),
        certificate: certificate.as_ref(),
    };
    let now = moment();
    let identity = office.authenticator.authenticate(&presented, now).await.map_err(|refusal| refusal.face())?;
    identity.may_any(scopes).map_err(|refusal| refusal.face())?;
    let caller = &identity.caller;
    office.quotas.request(&caller.name, &caller.quota, now).map_err(|refusal| refusal.face())?;
    Ok(identity)
}
