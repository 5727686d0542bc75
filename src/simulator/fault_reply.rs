//! What each misbehaviour sends, at look-ups and at token requests.

use std::io;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::behaviours::{Behaviour, Fault};
use super::gateway_fault::{Answer, Channel, GatewayCode, SOAP_MEDIA_TYPE};
use super::json_access::CAMEL_TOKEN_PREFIX;
use super::misbehaving::{
    FAULTY_NAME, faulty, faulty_double, other_birth_date, other_name, oversized, without_number, wrong_person,
};
use super::reply::{self, RECORD_NAMESPACE};
use super::reply_style::Style;
use super::soap::{self, FaultCode};
use super::state::Simulator;
use super::{fault_body, fault_packing, fault_status};
use crate::citizen::Record;

/// A namespace that no version of the standard has (PROTOCOL §5.2 rule 1).
const UNKNOWN_NAMESPACE: &str = "http://mo-phong.example/dancu/9.9";
const JSON_MEDIA_TYPE: &str = "application/json";

/// Misbehaves at a look-up of a number.
pub async fn answer(
    fault: Fault,
    number: &str,
    channel: Channel<'_>,
    simulator: &Simulator,
) -> io::Result<HttpResponse> {
    pause(fault).await;
    if let Some(reply) = fault_status::answer(fault, channel, simulator) {
        return Ok(reply);
    }
    let telling = format!("MO PHONG: khong xu ly duoc ho so cua {FAULTY_NAME}, so {number}, sinh 09/09/1999");
    match fault.behaviour {
        // The text holds personal data of an invented citizen: a client must not pass it on.
        Behaviour::SoapFault => {
            return Ok(channel.service_fault(StatusCode::INTERNAL_SERVER_ERROR, FaultCode::Server, &telling));
        }
        Behaviour::SoapFault200 => return Ok(channel.service_fault(StatusCode::OK, FaultCode::Server, &telling)),
        Behaviour::ReusedRequestId => {
            let message = "MO PHONG: MaYeuCau was used before";
            return Ok(channel.service_fault(StatusCode::INTERNAL_SERVER_ERROR, FaultCode::Client, message));
        }
        Behaviour::TokenExpiredOnce if simulator.turn_away(number) => {
            if let Some(token) = channel.token {
                simulator.tokens.expire(token);
            }
            return Ok(channel.fault(StatusCode::UNAUTHORIZED, GatewayCode::InvalidCredentials));
        }
        _ => {}
    }
    let answer = spoilt(fault, number, channel, simulator.style(number))?;
    Ok(fault_packing::send(fault, answer, number).await)
}

/// Misbehaves at a token request that would have got `good`.
pub async fn answer_token(fault: Fault, good: Answer, simulator: &Simulator) -> HttpResponse {
    let answer = match fault.behaviour {
        Behaviour::TokenWithoutToken => {
            Answer::new(JSON_MEDIA_TYPE, json!({ "token_type": "Bearer", "expires_in": 3600 }).to_string())
        }
        Behaviour::TokenExpiredAtOnce => {
            let reply: Value = serde_json::from_slice(&good.body).unwrap_or_default();
            // The names of the two token replies (PROTOCOL §3.2, §3.3).
            for member in ["access_token", "token"] {
                if let Some(token) = reply[member].as_str() {
                    simulator.tokens.expire(token.strip_prefix(CAMEL_TOKEN_PREFIX).unwrap_or(token));
                }
            }
            good
        }
        _ => good,
    };
    fault_packing::send(fault, answer, "").await
}

/// Waits where the behaviour is to let its caller wait.
pub async fn pause(fault: Fault) {
    if matches!(fault.behaviour, Behaviour::Delay | Behaviour::Hang) {
        sleep(Duration::from_millis(u64::from(fault.parameter))).await;
    }
}

/// The good answer of the person behind the number, with the wrong values or the wrong text that the behaviour wants.
fn spoilt(fault: Fault, number: &str, channel: Channel<'_>, style: Style) -> io::Result<Answer> {
    let people = |records: &[&Record]| channel.people(records, style, RECORD_NAMESPACE);
    let size = usize::try_from(fault.parameter).unwrap_or(0);
    match fault.behaviour {
        Behaviour::NotFound => channel.nobody(style),
        Behaviour::TwoPersons => people(&[&faulty(number), &faulty_double(number)]),
        Behaviour::WrongPerson => people(&[&wrong_person()]),
        Behaviour::WrongName => people(&[&other_name(number)]),
        Behaviour::WrongBirthDate => people(&[&other_birth_date(number)]),
        Behaviour::NoNumber => people(&[&without_number(number)]),
        Behaviour::Oversized => people(&[&oversized(number, size)]),
        Behaviour::UnknownNamespace => channel.people(&[&faulty(number)], style, UNKNOWN_NAMESPACE),
        Behaviour::OtherPrefix => {
            channel.people(&[&faulty(number)], Style { soap_prefix: "v", prefix: "qldc", ..style }, RECORD_NAMESPACE)
        }
        Behaviour::UnexpectedElement => Ok(Answer::new(SOAP_MEDIA_TYPE, other_operation()?)),
        Behaviour::TruncatedJson => {
            let body =
                json!({ "Envelope": { "Body": { "CongdanCollection": { "CongDan": { "SoDinhDanh": number } } } } });
            Ok(Answer::new(JSON_MEDIA_TYPE, fault_body::truncated(body.to_string(), number)))
        }
        Behaviour::WrappedError => {
            let wrapped = json!({ "error_code": 1, "message": soap_text(number, style)? });
            Ok(Answer::new(JSON_MEDIA_TYPE, wrapped.to_string()))
        }
        Behaviour::ErrorCodeMissing => {
            Ok(Answer::new(JSON_MEDIA_TYPE, json!({ "message": soap_text(number, style)? }).to_string()))
        }
        // Only XML has these; a JSON door that sends XML is a fault all the same.
        Behaviour::Doctype => Ok(Answer::new(SOAP_MEDIA_TYPE, fault_body::with_doctype(&soap_text(number, style)?))),
        Behaviour::EntityBomb => {
            Ok(Answer::new(SOAP_MEDIA_TYPE, fault_body::with_entity_bomb(&soap_text(number, style)?)))
        }
        _ => edited(fault.behaviour, size, people(&[&faulty(number)])?, number),
    }
}

/// The edits that work on the text of either door.
fn edited(behaviour: Behaviour, size: usize, answer: Answer, number: &str) -> io::Result<Answer> {
    let text = String::from_utf8(answer.body).map_err(io::Error::other)?;
    let body = match behaviour {
        Behaviour::InvalidUtf8 => fault_body::with_invalid_utf8(text),
        Behaviour::DuplicateNumber => fault_body::with_second_number(&text, number).into_bytes(),
        Behaviour::DeepNesting => fault_body::with_deep_nesting(&text, size).into_bytes(),
        Behaviour::ManyElements => fault_body::with_many_elements(&text, size).into_bytes(),
        Behaviour::CData => fault_body::with_cdata(&text).into_bytes(),
        _ => text.into_bytes(),
    };
    Ok(Answer { media_type: answer.media_type, body })
}

/// The invented person as SOAP, whatever the door.
fn soap_text(number: &str, style: Style) -> io::Result<String> {
    reply::people(&[&faulty(number)], style, RECORD_NAMESPACE)
}

/// The reply of the verification operation (PROTOCOL §2), which nobody asked for.
fn other_operation() -> io::Result<String> {
    soap::envelope("soapenv", |xml| {
        xml.start("dan:KetQuaXacThuc", &[])?;
        xml.text("dan:TonTai", "true")?;
        xml.end("dan:KetQuaXacThuc")
    })
}
