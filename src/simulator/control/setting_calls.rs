//! `/control/clock`, `credentials`, `tokens`, `strict`, `received` and `reset`.

use std::time::Duration;

use actix_web::http::Uri;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::super::settings::Accounts;
use super::super::state::Simulator;
use super::input::{self, Fields, Refusal};

/// Seconds of a year: far enough for every test of a clock.
const FAR: i64 = 31_536_000;
/// Seconds of a day, the longest life of a token and the widest tolerance.
const DAY: i64 = 86_400;
/// What `GET /control/received` answers when it is not told how much.
const LAST: usize = 20;

/// `PUT /control/clock`: puts the clock ahead (or back) of the system's.
pub async fn set_clock(simulator: Data<Simulator>, body: Bytes) -> HttpResponse {
    done(
        input::body(&body, |fields| fields.required("ahead_s", |fields| fields.whole("ahead_s", -FAR..=FAR))),
        |ahead| {
            simulator.clock.set_ahead(ahead);
        },
    )
}

/// `DELETE /control/clock`.
pub async fn reset_clock(simulator: Data<Simulator>) -> HttpResponse {
    simulator.clock.set_ahead(0);
    HttpResponse::NoContent().finish()
}

/// `PUT /control/credentials`: what is accepted from now on; what is not named stays.
pub async fn set_credentials(simulator: Data<Simulator>, body: Bytes) -> HttpResponse {
    let read = |fields: &mut Fields<'_, '_>| {
        let mut accounts: Accounts = (*simulator.accounts()).clone();
        replace(&mut accounts.direct.secret, fields, "direct_secret");
        replace(&mut accounts.lgsp.connection_string, fields, "connection_string");
        replace(&mut accounts.lgsp.auth_hash, fields, "auth_hash");
        replace(&mut accounts.camel.auth, fields, "camel_auth");
        Some(accounts)
    };
    done(input::body(&body, read), |accounts| simulator.accept(accounts))
}

/// `DELETE /control/credentials`: the training values again.
pub async fn reset_credentials(simulator: Data<Simulator>) -> HttpResponse {
    simulator.accept_training();
    HttpResponse::NoContent().finish()
}

/// `PUT /control/tokens`: how long tokens given from now on are good, and whether the reply tells.
pub async fn set_tokens(simulator: Data<Simulator>, body: Bytes) -> HttpResponse {
    let read = |fields: &mut Fields<'_, '_>| {
        let mut terms = simulator.terms();
        if let Some(seconds) = fields.count("lifetime_s", 0..=DAY) {
            terms.lifetime = Duration::from_secs(seconds);
        }
        terms.tell_lifetime = fields.switch("tell_lifetime").unwrap_or(terms.tell_lifetime);
        Some(terms)
    };
    done(input::body(&body, read), |terms| simulator.set_terms(terms))
}

/// `DELETE /control/tokens`: all tokens given so far are void; the terms stay.
pub async fn void_tokens(simulator: Data<Simulator>) -> HttpResponse {
    simulator.tokens.expire_all();
    HttpResponse::NoContent().finish()
}

/// `PUT /control/strict`: what is enforced.
pub async fn set_strictness(simulator: Data<Simulator>, body: Bytes) -> HttpResponse {
    let read = |fields: &mut Fields<'_, '_>| {
        let mut strictness = simulator.strictness();
        strictness.strict = fields.switch("strict").unwrap_or(strictness.strict);
        let refused = fields.switch("refuse_reused_request_ids");
        strictness.refuse_reused_request_ids = refused.unwrap_or(strictness.refuse_reused_request_ids);
        if let Some(seconds) = fields.count("timestamp_tolerance_s", 0..=DAY) {
            strictness.timestamp_tolerance = Duration::from_secs(seconds);
        }
        Some(strictness)
    };
    done(input::body(&body, read), |strictness| simulator.set_strictness(strictness))
}

/// `GET /control/received`: the last calls, the oldest of them first.
pub async fn received(simulator: Data<Simulator>, request: HttpRequest) -> HttpResponse {
    match last(request.uri()) {
        Some(count) => HttpResponse::Ok().json(simulator.received.last(count)),
        None => input::refused("?last", "A whole number from 1 to 1000, for example ?last=20, and nothing else."),
    }
}

/// `DELETE /control/received`.
pub async fn clear_received(simulator: Data<Simulator>) -> HttpResponse {
    simulator.received.clear();
    HttpResponse::NoContent().finish()
}

/// `POST /control/reset`: everything as at the start.
pub async fn reset(simulator: Data<Simulator>) -> HttpResponse {
    simulator.reset();
    HttpResponse::NoContent().finish()
}

fn last(address: &Uri) -> Option<usize> {
    match address.query() {
        None | Some("") => Some(LAST),
        Some(query) => query.strip_prefix("last=")?.parse().ok().filter(|count| (1..=1000).contains(count)),
    }
}

fn replace(value: &mut String, fields: &mut Fields<'_, '_>, key: &'static str) {
    if fields.has(key)
        && let Some(text) = fields.text(key)
    {
        text.clone_into(value);
    }
}

fn done<T>(read: Result<T, Refusal>, act: impl FnOnce(T)) -> HttpResponse {
    match read {
        Ok(value) => {
            act(value);
            HttpResponse::NoContent().finish()
        }
        Err(refusal) => refusal.answer(),
    }
}
