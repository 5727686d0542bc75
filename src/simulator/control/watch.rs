//! Around every call: noted in the log of received calls, counted while it lasts, dated by the simulator's clock; at
//! token requests the faults that were switched on for them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use actix_web::body::{BodySize, BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, DATE, HttpDate};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use bytes::Bytes;

use super::super::behaviours::Fault;
use super::super::call::{self, Call};
use super::super::counters::InFlight;
use super::super::door::{Channel, Profile};
use super::super::fault_reply;
use super::super::fault_status;
use super::super::gateway_fault::Answer;
use super::super::socket::Connection;
use super::super::state::Simulator;
use super::super::token_routes::{CAMEL_TOKEN_PATH, TOKEN_PATH};
use super::observed;

/// Where tokens are given: for the connection string, and for the flavour `json-camel`.
const TOKEN_ADDRESSES: [&str; 2] = [TOKEN_PATH, CAMEL_TOKEN_PATH];

/// Answers a call, or one of the simulator's own addresses, which are dated only.
pub async fn watch(
    simulator: Data<Simulator>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let own = is_own(request.path());
    let mut reply = if own { next.call(request).await? } else { watched(&simulator, request, next).await? };
    date(&mut reply, simulator.clock.moment());
    Ok(reply)
}

/// Whether an address belongs to the simulator itself and not to what it stands in for.
fn is_own(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    path == "/" || matches!(first, "control" | "counters")
}

/// The address, when tokens are given there (PROTOCOL §3.2, §3.3).
fn token_address(path: &str) -> Option<&'static str> {
    TOKEN_ADDRESSES.into_iter().find(|address| *address == path)
}

async fn watched(
    simulator: &Simulator,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let in_flight = simulator.counters.load().enter();
    let path = request.path().to_owned();
    let body = match request.extract::<Bytes>().await {
        Ok(body) => body,
        Err(error) => {
            let id = simulator.received.begin(observed::entry(&path, request.headers(), b""));
            let reply = request.error_response(error);
            simulator.received.finish(id, reply.status().as_u16(), None);
            return Ok(reply);
        }
    };
    let id = simulator.received.begin(observed::entry(&path, request.headers(), &body));
    request.set_payload(Payload::from(body));
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    let call = Call::new(path.clone(), connection);
    let reply = call::within(call.clone(), async {
        let fault = token_address(&path).and_then(|address| Some((simulator.token_misbehaviour(address)?, address)));
        match fault {
            Some((fault, address)) => at_token_request(fault, address, simulator, request, next).await,
            None => next.call(request).await,
        }
    })
    .await?;
    simulator.received.finish(id, reply.status().as_u16(), call.outcome());
    Ok(reply.map_body(|_, body| BoxBody::new(Watched { body, _in_flight: in_flight })))
}

/// Misbehaves at a token request: in place of an answer, or with the good one spoilt.
async fn at_token_request(
    fault: Fault,
    address: &'static str,
    simulator: &Simulator,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    fault_reply::pause(fault).await;
    if let Some(reply) = fault_status::answer(fault, Channel::of(Profile::LgspSoap), simulator) {
        simulator.counters.count_route(address);
        return Ok(request.into_response(reply));
    }
    let reply = next.call(request).await?;
    if reply.status() != StatusCode::OK {
        return Ok(reply);
    }
    let media_type = reply.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.to_owned();
    let (request, reply) = reply.into_parts();
    let reply = match to_bytes(reply.into_body()).await {
        Ok(body) => fault_reply::answer_token(fault, Answer::new(&media_type, body), simulator).await,
        Err(_) => HttpResponse::InternalServerError().finish(),
    };
    Ok(ServiceResponse::new(request, reply))
}

/// The `Date` of the simulator's clock: a client takes its skew from it.
fn date(reply: &mut ServiceResponse<BoxBody>, moment: SystemTime) {
    if let Ok(value) = HttpDate::from(moment).to_string().try_into() {
        reply.headers_mut().insert(DATE, value);
    }
}

/// A body whose call is in flight until it is sent or given up.
struct Watched {
    body: BoxBody,
    _in_flight: InFlight,
}

impl MessageBody for Watched {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}
