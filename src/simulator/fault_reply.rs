//! What each misbehaviour sends.

use std::io;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use bytes::Bytes;
use futures_util::stream;
use tokio::time::sleep;

use super::access;
use super::faults::{Behaviour, Fault};
use super::gateway_fault::{self, Channel, GatewayCode, SOAP_MEDIA_TYPE};
use super::misbehaving::{FAULTY_NAME, faulty, faulty_double, oversized, wrong_person};
use super::reply::{self, RECORD_NAMESPACE};
use super::reply_style::Style;
use super::soap::{self, FaultCode};
use super::state::Simulator;
use crate::citizen::Record;

/// A namespace that no version of the standard has (PROTOCOL §5.2 rule 1).
const UNKNOWN_NAMESPACE: &str = "http://mo-phong.example/dancu/9.9";
/// Pause before a connection breaks, so that what was sent before has left.
const BEFORE_RESET: Duration = Duration::from_millis(100);

/// Misbehaves for a number of the fault table.
pub async fn answer(
    fault: Fault,
    number: &str,
    channel: Channel<'_>,
    simulator: &Simulator,
) -> io::Result<HttpResponse> {
    let pause = Duration::from_millis(u64::from(fault.parameter));
    let ok = StatusCode::OK;
    let reply = match fault.behaviour {
        Behaviour::NotFound => xml(reply::nobody(Style::of_number(number))?),
        Behaviour::TwoPersons => xml(people(number, &[&faulty(number), &faulty_double(number)])?),
        Behaviour::Unauthorised => channel.fault(StatusCode::UNAUTHORIZED, GatewayCode::InvalidCredentials),
        Behaviour::TokenExpiredOnce => token_expired_once(number, channel, simulator)?,
        Behaviour::Forbidden => channel.fault(StatusCode::FORBIDDEN, GatewayCode::Forbidden),
        Behaviour::Throttled => throttled(channel, fault.parameter),
        Behaviour::SoapFault => telling_fault(StatusCode::INTERNAL_SERVER_ERROR, number),
        Behaviour::BadGateway => gateway_fault::page(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
        Behaviour::Unavailable => channel.fault(StatusCode::SERVICE_UNAVAILABLE, GatewayCode::Suspended),
        Behaviour::GatewayTimeout => channel.fault(StatusCode::GATEWAY_TIMEOUT, GatewayCode::BackEndTimeout),
        Behaviour::SoapFault200 => telling_fault(ok, number),
        Behaviour::ZeroBytes => xml(String::new()),
        Behaviour::LogInPage => gateway_fault::page(ok, "Log in"),
        Behaviour::Truncated => xml(truncated(good(number)?)),
        Behaviour::WrongPerson => xml(people(number, &[&wrong_person()])?),
        Behaviour::Doctype => xml(with_doctype(&good(number)?)),
        Behaviour::Oversized => {
            xml(people(number, &[&oversized(number, usize::try_from(fault.parameter).unwrap_or(0))])?)
        }
        Behaviour::UnexpectedElement => xml(other_operation()?),
        Behaviour::UnknownNamespace => {
            xml(reply::people(&[&faulty(number)], Style::of_number(number), UNKNOWN_NAMESPACE)?)
        }
        Behaviour::Delay => {
            sleep(pause).await;
            xml(good(number)?)
        }
        Behaviour::Hang => {
            sleep(pause).await;
            channel.fault(StatusCode::GATEWAY_TIMEOUT, GatewayCode::BackEndTimeout)
        }
        Behaviour::Drip => drip(good(number)?, pause),
        Behaviour::Reset => reset(good(number)?),
    };
    Ok(reply)
}

fn xml(body: String) -> HttpResponse {
    gateway_fault::text(StatusCode::OK, SOAP_MEDIA_TYPE, body)
}

fn people(number: &str, records: &[&Record]) -> io::Result<String> {
    reply::people(records, Style::of_number(number), RECORD_NAMESPACE)
}

/// The reply with the invented person of this number.
fn good(number: &str) -> io::Result<String> {
    people(number, &[&faulty(number)])
}

/// Every other call: 401, and the token of the call is void from then on; the call after that is answered.
fn token_expired_once(number: &str, channel: Channel<'_>, simulator: &Simulator) -> io::Result<HttpResponse> {
    if !simulator.turn_away(number) {
        return good(number).map(xml);
    }
    if let Some(token) = channel.token {
        simulator.tokens.expire(token, access::now());
    }
    Ok(channel.fault(StatusCode::UNAUTHORIZED, GatewayCode::InvalidCredentials))
}

fn throttled(channel: Channel<'_>, seconds: u32) -> HttpResponse {
    let mut reply = channel.fault(StatusCode::TOO_MANY_REQUESTS, GatewayCode::Throttled);
    reply.headers_mut().insert(RETRY_AFTER, seconds.into());
    reply
}

/// A SOAP fault whose text holds personal data of an invented citizen: a client must not pass it on.
fn telling_fault(status: StatusCode, number: &str) -> HttpResponse {
    let message = format!("MO PHONG: khong xu ly duoc ho so cua {FAULTY_NAME}, so {number}, sinh 09/09/1999");
    gateway_fault::soap(status, FaultCode::Server, &message)
}

/// The text up to the fifth digit of `SoDinhDanh`.
fn truncated(mut body: String) -> String {
    let element = "SoDinhDanh>";
    if let Some(position) = body.find(element) {
        body.truncate(position + element.len() + 5);
    }
    body
}

/// The same reply, with a document type whose entity stands for the name.
fn with_doctype(body: &str) -> String {
    let doctype = format!("<!DOCTYPE mau [<!ENTITY ten \"{FAULTY_NAME}\">]>");
    let body = body.replacen(FAULTY_NAME, "&ten;", 1);
    match body.find("?>") {
        Some(end) => format!("{}{doctype}{}", &body[..end + 2], &body[end + 2..]),
        None => format!("{doctype}{body}"),
    }
}

/// The reply of the verification operation (PROTOCOL §2), which nobody asked for.
fn other_operation() -> io::Result<String> {
    soap::envelope("soapenv", |xml| {
        xml.start("dan:KetQuaXacThuc", &[])?;
        xml.text("dan:TonTai", "true")?;
        xml.end("dan:KetQuaXacThuc")
    })
}

/// A body that arrives one byte at a time.
fn drip(body: String, pause: Duration) -> HttpResponse {
    let bytes = Bytes::from(body);
    let drops = stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        sleep(pause).await;
        let drop = rest.split_to(1);
        Some((Ok::<Bytes, io::Error>(drop), rest))
    });
    HttpResponse::Ok().insert_header((CONTENT_TYPE, SOAP_MEDIA_TYPE)).streaming(Box::pin(drops))
}

/// Half a body, and then the connection ends.
fn reset(mut body: String) -> HttpResponse {
    let half = body.len() / 2;
    body.truncate((0..=half).rev().find(|position| body.is_char_boundary(*position)).unwrap_or(0));
    let pieces = stream::unfold(Some(Bytes::from(body)), |piece| async move {
        if let Some(first) = piece {
            return Some((Ok(first), None));
        }
        sleep(BEFORE_RESET).await;
        Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None))
    });
    HttpResponse::Ok().insert_header((CONTENT_TYPE, SOAP_MEDIA_TYPE)).streaming(Box::pin(pieces))
}
