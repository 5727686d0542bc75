//! The addresses of the simulator and what happens at each.

use std::io;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::access::{self, AccessRefusal};
use super::control;
use super::door::{Channel, DOORS, Door, Profile};
use super::fault_reply;
use super::gateway_fault::{self, GatewayCode};
use super::json_access;
use super::reply::RECORD_NAMESPACE;
use super::request::SearchRequest;
use super::soap::FaultCode;
use super::state::Simulator;
use super::{request_json, request_xml, token_routes, wsdl};

/// Largest request that is read.
const BODY_LIMIT: usize = 64 * 1024;

/// Adds the addresses of the simulator to a server.
pub fn configure(config: &mut ServiceConfig, simulator: Data<Simulator>) {
    config
        .app_data(simulator)
        .app_data(web::PayloadConfig::new(BODY_LIMIT))
        .route(token_routes::TOKEN_PATH, web::post().to(token_routes::client_credentials))
        .route(token_routes::CAMEL_TOKEN_PATH, web::post().to(token_routes::camel))
        .route("/counters", web::get().to(counters))
        .route("/counters/reset", web::post().to(reset_counters))
        .configure(control::configure)
        .default_service(web::to(unknown_path));
    for door in DOORS {
        let asked = move |simulator: Data<Simulator>, request: HttpRequest, body: Bytes| async move {
            call(door, &simulator, &request, &body).await
        };
        config.route(door.path, web::post().to(asked));
        if door.profile.has_wsdl() {
            let described =
                move |simulator: Data<Simulator>, request: HttpRequest| async move { wsdl(door, simulator, &request) };
            config.route(door.path, web::get().to(described));
        }
    }
}

/// A call at a door: whoever may not come in is turned away before the body is read.
async fn call(door: Door, simulator: &Simulator, request: &HttpRequest, body: &[u8]) -> HttpResponse {
    simulator.counters.count_route(door.path);
    let (headers, accounts, tokens, now) =
        (request.headers(), simulator.accounts(), &simulator.tokens, simulator.clock.now());
    let token = match door.profile {
        Profile::Direct => {
            access::check_direct(headers, &accounts.direct, now, simulator.strictness().timestamp_tolerance)
                .map(|()| None)
        }
        Profile::LgspSoap => access::check_lgsp(headers, &accounts.lgsp, tokens, now).map(Some),
        Profile::JsonPascal => json_access::check_pascal(headers, &accounts.lgsp, tokens, now).map(Some),
        Profile::JsonCamel => json_access::check_camel(headers, tokens, now).map(Some),
    };
    match token {
        Ok(token) => look_up(simulator, Channel { door, token }, body).await,
        Err(refusal) => refuse(simulator, Channel { door, token: None }, refusal),
    }
}

/// `GET …?wsdl` at a SOAP door.
fn wsdl(door: Door, simulator: Data<Simulator>, request: &HttpRequest) -> HttpResponse {
    if !request.query_string().eq_ignore_ascii_case("wsdl") {
        return turn_to_nowhere(&simulator);
    }
    simulator.counters.count_route("wsdl");
    let connection = request.connection_info();
    let base = format!("{}://{}", connection.scheme(), connection.host());
    match wsdl::document(door.profile, &base) {
        Ok(text) => gateway_fault::text(StatusCode::OK, gateway_fault::SOAP_MEDIA_TYPE, text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

async fn counters(simulator: Data<Simulator>) -> HttpResponse {
    HttpResponse::Ok().json(simulator.counters.snapshot())
}

async fn reset_counters(simulator: Data<Simulator>) -> HttpResponse {
    simulator.counters.reset();
    HttpResponse::NoContent().finish()
}

async fn unknown_path(simulator: Data<Simulator>) -> HttpResponse {
    turn_to_nowhere(&simulator)
}

fn turn_to_nowhere(simulator: &Simulator) -> HttpResponse {
    simulator.counters.count_route("other");
    simulator.counters.count_outcome("unknown-path");
    gateway_fault::json(StatusCode::NOT_FOUND, GatewayCode::NoSuchResource)
}

/// Reads, misbehaves or matches, and answers a call that was let in.
async fn look_up(simulator: &Simulator, channel: Channel<'_>, body: &[u8]) -> HttpResponse {
    let (operation, rules) = (channel.door.operation, simulator.rules());
    let search = match channel.door.profile {
        Profile::Direct | Profile::LgspSoap => request_xml::read(body, operation, rules),
        Profile::JsonPascal => request_json::read_pascal(body, operation, rules),
        Profile::JsonCamel => request_json::read_camel(body, operation, rules),
    };
    let search = match search {
        Ok(search) => search,
        Err(refusal) => {
            simulator.counters.count_outcome("rejected");
            return channel.refuse_request(&format!("MO PHONG: {refusal}"));
        }
    };
    simulator.counters.count_look_up(&search.officer, &search.request_id);
    let number = search.number.digits();
    let answer = match simulator.misbehaviour(number) {
        Some(fault) => fault_reply::answer(fault, number, channel, simulator).await,
        None => matched(simulator, channel, &search),
    };
    answer.unwrap_or_else(|_| HttpResponse::InternalServerError().finish())
}

/// The people who match, in the style of the first; nobody, in the style of the number that was asked.
fn matched(simulator: &Simulator, channel: Channel<'_>, search: &SearchRequest) -> io::Result<HttpResponse> {
    let people = simulator.register.find(search);
    simulator.counters.count_outcome(match people.len() {
        0 => "not-found",
        1 => "found",
        _ => "multiple",
    });
    let own_number = people.first().and_then(|record| record.so_dinh_danh.as_ref());
    let style = simulator.style(own_number.map_or(search.number.digits(), |number| number.reveal()));
    let answer =
        if people.is_empty() { channel.nobody(style) } else { channel.people(&people, style, RECORD_NAMESPACE) };
    answer.map(gateway_fault::Answer::send)
}

/// Turns a call away; what exactly was wrong with credentials stays unsaid.
pub fn refuse(simulator: &Simulator, channel: Channel<'_>, refusal: AccessRefusal) -> HttpResponse {
    let (outcome, reply) = match refusal {
        AccessRefusal::Missing => {
            ("unauthorised", channel.fault(StatusCode::UNAUTHORIZED, GatewayCode::MissingCredentials))
        }
        AccessRefusal::Wrong | AccessRefusal::Stale | AccessRefusal::Expired => {
            ("unauthorised", channel.fault(StatusCode::UNAUTHORIZED, GatewayCode::InvalidCredentials))
        }
        AccessRefusal::ContentType => (
            "unsupported-media-type",
            channel.service_fault(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                FaultCode::Client,
                "MO PHONG: Content-Type is not the one of the profile",
            ),
        ),
        AccessRefusal::SoapAction => (
            "rejected",
            channel.service_fault(
                StatusCode::INTERNAL_SERVER_ERROR,
                FaultCode::Client,
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
