//! Where tokens are given: one address for `lgsp-soap` and `json-pascal`, one for `json-camel` (PROTOCOL §3.2, §3.3).

use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use jiff::{Timestamp, tz};
use serde_json::{Value, json};

use super::access::{self, AccessRefusal};
use super::door::{Channel, Profile};
use super::json_access::{self, CAMEL_TOKEN_PREFIX};
use super::routes::refuse;
use super::state::Simulator;

/// Token of the profile `lgsp-soap` and the flavour `json-pascal`.
pub const TOKEN_PATH: &str = "/token";
/// Token of the flavour `json-camel`.
pub const CAMEL_TOKEN_PATH: &str = "/lgsp-json/camel/token";

/// Gives a token (PROTOCOL §3.2; the members beside `access_token` are those of RFC 6749 §5.1).
pub async fn client_credentials(simulator: Data<Simulator>, request: HttpRequest, body: Bytes) -> HttpResponse {
    simulator.counters.count_route(TOKEN_PATH);
    let account = &simulator.accounts().lgsp;
    let checked = access::check_connection_string(request.headers(), account)
        .and_then(|()| access::check_content_type(request.headers(), "application/x-www-form-urlencoded"));
    if let Err(refusal) = checked {
        return turn_away(&simulator, Profile::LgspSoap, refusal);
    }
    if &body[..] != b"grant_type=client_credentials" {
        simulator.counters.count_outcome("rejected");
        return HttpResponse::BadRequest().json(json!({ "error": "unsupported_grant_type" }));
    }
    give(&simulator, |token, lifetime| {
        let mut members = json!({ "access_token": token, "scope": "default", "token_type": "Bearer" });
        if let Some(lifetime) = lifetime {
            members["expires_in"] = lifetime.as_secs().into();
        }
        Some(members)
    })
}

/// Gives a token of `json-camel` for the agreed text and an empty body. That `expiryDate` is a date-time with the
/// offset of Viet Nam is an assumption (ASM): only the name of the member is known.
pub async fn camel(simulator: Data<Simulator>, request: HttpRequest, body: Bytes) -> HttpResponse {
    simulator.counters.count_route(CAMEL_TOKEN_PATH);
    let account = &simulator.accounts().camel;
    if let Err(refusal) = json_access::check_camel_auth(request.headers(), account) {
        return turn_away(&simulator, Profile::JsonCamel, refusal);
    }
    if !body.is_empty() {
        simulator.counters.count_outcome("rejected");
        return HttpResponse::BadRequest().json(json!({ "error_code": "400", "message": "MO PHONG: body" }));
    }
    let now = simulator.clock.now();
    give(&simulator, |token, lifetime| {
        let mut members = json!({
            "token": format!("{CAMEL_TOKEN_PREFIX}{token}"),
            "refreshToken": format!("refresh-{token}"),
        });
        if let Some(lifetime) = lifetime {
            members["expiryDate"] = vietnamese_time(now + lifetime)?.into();
        }
        Some(members)
    })
}

/// A new token in the members of the profile; its lifetime is there where the reply is to tell it.
fn give(simulator: &Simulator, members: impl FnOnce(&str, Option<Duration>) -> Option<Value>) -> HttpResponse {
    let given = simulator.give_token().and_then(|(token, lifetime)| members(&token, lifetime));
    let Some(members) = given else { return HttpResponse::InternalServerError().finish() };
    simulator.counters.count_token();
    simulator.counters.count_outcome("token-given");
    HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(members)
}

fn vietnamese_time(since_epoch: Duration) -> Option<String> {
    let seconds = i64::try_from(since_epoch.as_secs()).ok()?;
    let moment = Timestamp::from_second(seconds).ok()?;
    Some(moment.display_with_offset(tz::offset(7)).to_string())
}

/// Refused as at the profile's doors.
fn turn_away(simulator: &Simulator, profile: Profile, refusal: AccessRefusal) -> HttpResponse {
    refuse(simulator, Channel::of(profile), refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_token_is_told_in_the_time_of_viet_nam() {
        let told = vietnamese_time(Duration::from_secs(1_800_000_000)).expect("a time");
        assert_eq!(told, "2027-01-15T15:00:00+07:00");
    }
}
