//! The addresses of the simulator and what happens at each.

use std::io;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use serde_json::json;

use super::access::{self, AccessRefusal};
use super::control;
use super::fault_reply;
use super::gateway_fault::{self, Channel, GatewayCode, SOAP_MEDIA_TYPE};
use super::reply::{self, RECORD_NAMESPACE};
use super::request::{self, SearchRequest};
use super::soap::FaultCode;
use super::state::Simulator;

/// Look-up of the profile `direct`.
pub const DIRECT_PATH: &str = "/direct/037";
/// Token of the profile `lgsp-soap`.
pub const TOKEN_PATH: &str = "/token";
/// Look-up of the profile `lgsp-soap`.
pub const LGSP_PATH: &str = "/lgsp/TraCuuThongTinCongDan";
/// Largest request that is read.
const BODY_LIMIT: usize = 64 * 1024;

/// Adds the addresses of the simulator to a server.
pub fn configure(config: &mut ServiceConfig, simulator: Data<Simulator>) {
    config
        .app_data(simulator)
        .app_data(web::PayloadConfig::new(BODY_LIMIT))
        .route(DIRECT_PATH, web::post().to(direct))
        .route(TOKEN_PATH, web::post().to(token))
        .route(LGSP_PATH, web::post().to(lgsp))
        .route("/counters", web::get().to(counters))
        .route("/counters/reset", web::post().to(reset_counters))
        .configure(control::configure)
        .default_service(web::to(unknown_path));
}

async fn direct(simulator: Data<Simulator>, request: HttpRequest, body: Bytes) -> HttpResponse {
    simulator.counters.count_route(DIRECT_PATH);
    let (accounts, tolerance) = (simulator.accounts(), simulator.strictness().timestamp_tolerance);
    match access::check_direct(request.headers(), &accounts.direct, simulator.clock.now(), tolerance) {
        Ok(()) => look_up(&simulator, Channel::Direct, &body).await,
        Err(refusal) => refuse(&simulator, Channel::Direct, refusal),
    }
}

async fn lgsp(simulator: Data<Simulator>, request: HttpRequest, body: Bytes) -> HttpResponse {
    simulator.counters.count_route(LGSP_PATH);
    let accounts = simulator.accounts();
    match access::check_lgsp(request.headers(), &accounts.lgsp, &simulator.tokens, simulator.clock.now()) {
        Ok(token) => look_up(&simulator, Channel::Lgsp { token }, &body).await,
        Err(refusal) => refuse(&simulator, Channel::Lgsp { token: "" }, refusal),
    }
}

/// Gives a token (PROTOCOL §3.2; the members beside `access_token` are those of RFC 6749 §5.1).
async fn token(simulator: Data<Simulator>, request: HttpRequest, body: Bytes) -> HttpResponse {
    simulator.counters.count_route(TOKEN_PATH);
    let accounts = simulator.accounts();
    let checked = access::check_connection_string(request.headers(), &accounts.lgsp)
        .and_then(|()| access::check_content_type(request.headers(), "application/x-www-form-urlencoded"));
    if let Err(refusal) = checked {
        return refuse(&simulator, Channel::Lgsp { token: "" }, refusal);
    }
    if &body[..] != b"grant_type=client_credentials" {
        simulator.counters.count_outcome("rejected");
        return HttpResponse::BadRequest().json(json!({ "error": "unsupported_grant_type" }));
    }
    let Some((token, lifetime)) = simulator.give_token() else {
        return HttpResponse::InternalServerError().finish();
    };
    simulator.counters.count_token();
    simulator.counters.count_outcome("token-given");
    let mut reply = json!({ "access_token": token, "scope": "default", "token_type": "Bearer" });
    if let Some(lifetime) = lifetime {
        reply["expires_in"] = lifetime.as_secs().into();
    }
    HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(reply)
}

async fn counters(simulator: Data<Simulator>) -> HttpResponse {
    HttpResponse::Ok().json(simulator.counters.snapshot())
}

async fn reset_counters(simulator: Data<Simulator>) -> HttpResponse {
    simulator.counters.reset();
    HttpResponse::NoContent().finish()
}

async fn unknown_path(simulator: Data<Simulator>) -> HttpResponse {
    simulator.counters.count_route("other");
    simulator.counters.count_outcome("unknown-path");
    gateway_fault::json(StatusCode::NOT_FOUND, GatewayCode::NoSuchResource)
}

/// Reads, misbehaves or matches, and answers a call that was let in.
async fn look_up(simulator: &Simulator, channel: Channel<'_>, body: &[u8]) -> HttpResponse {
    let search = match request::read(body) {
        Ok(search) => search,
        Err(refusal) => {
            simulator.counters.count_outcome("rejected");
            let message = format!("MO PHONG: {refusal}");
            return gateway_fault::soap(StatusCode::INTERNAL_SERVER_ERROR, FaultCode::Client, &message);
        }
    };
    simulator.counters.count_look_up(&search.officer, &search.request_id);
    let number = search.number.digits();
    let answer = match simulator.misbehaviour(number) {
        Some(fault) => fault_reply::answer(fault, number, channel, simulator).await,
        None => matched(simulator, &search),
    };
    answer.unwrap_or_else(|_| HttpResponse::InternalServerError().finish())
}

/// The people who match, in the style of the first; nobody, in the style of the number that was asked.
fn matched(simulator: &Simulator, search: &SearchRequest) -> io::Result<HttpResponse> {
    let people = simulator.register.find(search);
    simulator.counters.count_outcome(match people.len() {
        0 => "not-found",
        1 => "found",
        _ => "multiple",
    });
    let own_number = people.first().and_then(|record| record.so_dinh_danh.as_ref());
    let style = simulator.style(own_number.map_or(search.number.digits(), |number| number.reveal()));
    let body = if people.is_empty() { reply::nobody(style)? } else { reply::people(&people, style, RECORD_NAMESPACE)? };
    Ok(gateway_fault::text(StatusCode::OK, SOAP_MEDIA_TYPE, body))
}

/// Turns a call away; what exactly was wrong with credentials stays unsaid.
fn refuse(simulator: &Simulator, channel: Channel<'_>, refusal: AccessRefusal) -> HttpResponse {
    let client_fault = |status, message| gateway_fault::soap(status, FaultCode::Client, message);
    let (outcome, reply) = match refusal {
        AccessRefusal::Missing => {
            ("unauthorised", channel.fault(StatusCode::UNAUTHORIZED, GatewayCode::MissingCredentials))
        }
        AccessRefusal::Wrong | AccessRefusal::Stale | AccessRefusal::Expired => {
            ("unauthorised", channel.fault(StatusCode::UNAUTHORIZED, GatewayCode::InvalidCredentials))
        }
        AccessRefusal::ContentType => (
            "unsupported-media-type",
            client_fault(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MO PHONG: Content-Type is not the one of the profile"),
        ),
        AccessRefusal::SoapAction => (
            "rejected",
            client_fault(
                StatusCode::INTERNAL_SERVER_ERROR,
                "MO PHONG: SOAPAction must be absent or a pair of quotation marks",
            ),
        ),
    };
    simulator.counters.count_outcome(outcome);
    reply
}

#[cfg(test)]
#[path = "routes_tests.rs"]
mod tests;
