//! Faults that are told by a status and a short text, the same at look-ups and at token requests (PROTOCOL §6.2).

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HttpDate, LOCATION, RETRY_AFTER};
use serde_json::json;

use super::behaviours::{Behaviour, Fault};
use super::gateway_fault::{self, Channel, GatewayCode, SOAP_MEDIA_TYPE};
use super::soap::{self, FaultCode};
use super::state::Simulator;

/// Where a redirect leads: an address of the simulator that answers nothing, so that following it is counted.
const MOVED: &str = "/da-chuyen";
const PLAIN_MEDIA_TYPE: &str = "text/plain; charset=utf-8";
/// Codes of an X-Road security server (PROTOCOL §6.2).
const X_ROAD_CODE: &str = "Server.ServerProxy.ServiceFailed.HttpError";

/// The answer of a behaviour that needs no good answer to spoil; `None` for the others.
pub fn answer(fault: Fault, channel: Channel<'_>, simulator: &Simulator) -> Option<HttpResponse> {
    let reply = match fault.behaviour {
        Behaviour::BadRequest => rejected(channel, StatusCode::BAD_REQUEST),
        Behaviour::Unprocessable => rejected(channel, StatusCode::UNPROCESSABLE_ENTITY),
        Behaviour::Unauthorised => channel.fault(StatusCode::UNAUTHORIZED, GatewayCode::InvalidCredentials),
        Behaviour::Forbidden => channel.fault(StatusCode::FORBIDDEN, GatewayCode::Forbidden),
        Behaviour::Throttled => throttled(channel, Some(fault.parameter.to_string())),
        Behaviour::RetryAfterDate => throttled(channel, Some(date(fault.parameter, simulator))),
        Behaviour::TooManyNoWait => throttled(channel, None),
        Behaviour::PlainError => plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        Behaviour::BadGateway => gateway_fault::page(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
        Behaviour::Unavailable => channel.fault(StatusCode::SERVICE_UNAVAILABLE, GatewayCode::Suspended),
        Behaviour::PlainUnavailable => plain(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        Behaviour::GatewayTimeout | Behaviour::Hang => {
            channel.fault(StatusCode::GATEWAY_TIMEOUT, GatewayCode::BackEndTimeout)
        }
        Behaviour::GatewayXmlFault => gateway_fault::xml(gateway_fault::status_of(fault.parameter), fault.parameter),
        Behaviour::GatewayJsonFault => {
            gateway_fault::json_code(gateway_fault::status_of(fault.parameter), fault.parameter)
        }
        Behaviour::GatewayJsonTopFault => {
            gateway_fault::json_top(gateway_fault::status_of(fault.parameter), fault.parameter)
        }
        Behaviour::XRoadFault => x_road(),
        Behaviour::XRoadSoapFault => x_road_soap(),
        Behaviour::Redirect => HttpResponse::Found().insert_header((LOCATION, MOVED)).finish(),
        Behaviour::UnexpectedStatus => {
            let status = u16::try_from(fault.parameter).ok().and_then(|status| StatusCode::from_u16(status).ok());
            plain(status.unwrap_or(StatusCode::IM_A_TEAPOT), "MO PHONG")
        }
        Behaviour::Empty204 => HttpResponse::NoContent().finish(),
        Behaviour::LogInPage => gateway_fault::page(StatusCode::OK, "Log in"),
        _ => return None,
    };
    Some(reply)
}

fn plain(status: StatusCode, text: &str) -> HttpResponse {
    gateway_fault::text(status, PLAIN_MEDIA_TYPE, format!("{text}\n"))
}

/// 400 and 422 (PROTOCOL §6.1 "Rejected"); the shape of the body is assumed.
fn rejected(channel: Channel<'_>, status: StatusCode) -> HttpResponse {
    channel.service_fault(status, FaultCode::Client, "MO PHONG: the request is refused")
}

fn throttled(channel: Channel<'_>, retry_after: Option<String>) -> HttpResponse {
    let mut reply = channel.fault(StatusCode::TOO_MANY_REQUESTS, GatewayCode::Throttled);
    if let Some(value) = retry_after.and_then(|text| text.try_into().ok()) {
        reply.headers_mut().insert(RETRY_AFTER, value);
    }
    reply
}

/// The date of the simulator's clock and some seconds, as RFC 9110 writes it.
fn date(seconds: u32, simulator: &Simulator) -> String {
    HttpDate::from(simulator.clock.moment() + Duration::from_secs(u64::from(seconds))).to_string()
}

/// The REST form of an X-Road error.
fn x_road() -> HttpResponse {
    HttpResponse::InternalServerError().insert_header(("X-Road-Error", X_ROAD_CODE)).json(json!({
        "type": X_ROAD_CODE,
        "message": "MO PHONG: server responded with error 500",
        "detail": "mo-phong",
    }))
}

/// The SOAP form of an X-Road error: the code of the security server stands in `faultcode`.
fn x_road_soap() -> HttpResponse {
    let body = soap::envelope("soapenv", |xml| {
        xml.start("soapenv:Fault", &[])?;
        xml.text("faultcode", X_ROAD_CODE)?;
        xml.text("faultstring", "MO PHONG: the service could not be reached")?;
        xml.end("soapenv:Fault")
    });
    match body {
        Ok(body) => gateway_fault::text(StatusCode::INTERNAL_SERVER_ERROR, SOAP_MEDIA_TYPE, body),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
