//! Who is calling: the credential is proved before anything is read, and the route's scope is checked.
//!
//! Without configured callers (sandbox, rehearsal) nobody is asked. Health needs no credential; it says nothing of anybody.

use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};

use super::problem::Problem;
use super::{App, counter, fail, opencps, pages, request_id, tls};
use crate::access::{Face, Identity, Moment, Office, PeerCertificate, Presented};
use crate::autofill::Asking;
use crate::clock;
use crate::config::Scope;

const X_API_KEY: &str = "x-api-key";

/// Now, as the access room counts time.
pub fn moment() -> Moment {
    Moment::of_millis(u64::try_from(clock::now().as_millisecond()).unwrap_or(0))
}

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
    let Some(office) = &app.office else { return Ok(next.call(request).await?.map_into_boxed_body()) };
    match identify(request.request(), office, scopes).await {
        Ok(identity) => {
            request.extensions_mut().insert(Rc::new(identity));
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(face) => {
            let id = request_id(request.request());
            if scopes.iter().any(|scope| matches!(scope, Scope::Autofill | Scope::Verify)) {
                app.desk.unread(&id, face.code).await;
            }
            let refused = match pages::refuse_caller(request.request(), &face) {
                Some(page) => page,
                None if opencps::is_ours(request.path()) => fail(opencps::told(face.into()), &id),
                None => fail(face.into(), &id),
            };
            Ok(request.into_response(refused))
        }
    }
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

/// What a caller must be allowed for an address, any of it; `None`: nobody is asked for a credential.
fn scopes_of(path: &str, pages_are_public: bool) -> Option<&'static [Scope]> {
    match path {
        "/healthz" | "/readyz" | "/.well-known/jwks.json" => None,
        "/metrics" | "/status" => Some(&[Scope::Metrics]),
        "/v1/autofill" | "/v1/autofill/batch" => Some(&[Scope::Autofill]),
        "/v1/verify" => Some(&[Scope::Verify]),
        path if counter::is_counter(path) => Some(&[Scope::Autofill]),
        path if opencps::is_ours(path) => Some(&[Scope::Autofill]),
        // Who may look people up may release, and is asked why.
        path if path == "/v1/releases" || path == "/v1/samples" || path.starts_with("/v1/samples/") => {
            Some(&[Scope::Autofill, Scope::Verify])
        }
        path if pages::is_asset(path) => None,
        path if pages::is_catalog(path) && pages_are_public => None,
        _ => Some(&[Scope::CatalogRead]),
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

impl From<Face> for Problem {
    fn from(face: Face) -> Self {
        let status = StatusCode::from_u16(face.status).unwrap_or(StatusCode::FORBIDDEN);
        Self::new(status, face.code, face.title, face.detail).of_face(face.pointer.as_deref(), face.retry_after)
    }
}
