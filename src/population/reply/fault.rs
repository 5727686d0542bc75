//! Faults: which answer says that something went wrong, and as what it is told (PROTOCOL §6.1, §6.2).
//!
//! The order is: the rules of the connection, the HTTP status, the code. A fault's texts may hold a citizen's data and
//! are never used (RISKS U15). Nothing here can be told as "found" or "not found".

use std::time::Duration;

use jiff::Timestamp;

use super::document::{Document, Intake};
use super::plan::Plan;
use super::tree::{Element, Namespace};
use super::{HttpReply, envelope, retry_after};
use crate::citizen::AttributeSet;
use crate::config::{FaultOutcome, FaultRule, ReplySettings};
use crate::population::outcome::{FaultCause, MalformedCause, Outcome, RejectedCause, ThrottleCause};

/// The fault that a document with status 200 is, if it is one: a gateway's, or an `error_code` that is no success.
pub fn in_document(document: &Document, reply: &HttpReply<'_>, settings: &ReplySettings) -> Option<Outcome> {
    let now = Timestamp::now();
    if let Some(fault) = gateway_fault(document) {
        let told = if fault.throttled {
            Outcome::throttled(ThrottleCause::Upstream, wait(reply, now))
        } else {
            Outcome::UpstreamFault(FaultCause::GatewayFault)
        };
        return Some(ruled(&settings.faults, reply, fault.code, told, now));
    }
    let code = error_code(document)?;
    if settings.success_codes.iter().any(|success| success.trim() == code) {
        return None;
    }
    Some(ruled(&settings.faults, reply, Some(code), Outcome::UpstreamFault(FaultCause::GatewayFault), now))
}

/// The outcome of every status but 200. The body is only looked at for its shape and its code.
pub fn by_status(reply: &HttpReply<'_>, settings: &ReplySettings, now: Timestamp) -> Outcome {
    let mut intake = Intake::new(Plan::Record(AttributeSet::EMPTY), settings.max_bytes);
    let document = intake.read(reply);
    let code = document.as_ref().ok().and_then(|document| match gateway_fault(document) {
        Some(fault) => fault.code,
        None => error_code(document),
    });
    ruled(&settings.faults, reply, code, built_in(reply, Shape::of(&document), now), now)
}

/// Without any rule: the status decides, then the shape of the body.
fn built_in(reply: &HttpReply<'_>, shape: Shape, now: Timestamp) -> Outcome {
    match (reply.status, shape) {
        (401, _) => Outcome::AuthFailed,
        (429, _) | (400 | 403 | 503, Shape::Throttling) => {
            Outcome::throttled(ThrottleCause::Upstream, wait(reply, now))
        }
        (204 | 205, _) => Outcome::Malformed(MalformedCause::EmptyBody),
        (300..=399, _) => Outcome::UpstreamFault(FaultCause::Redirect),
        // A page of a proxy or firewall says nothing about the question or the licence.
        (_, Shape::Html) => Outcome::UpstreamFault(FaultCause::HtmlPage),
        (400 | 422, _) => Outcome::Rejected(RejectedCause::Upstream),
        // Only a gateway that says so speaks of the licence; a bare 403 may be a firewall's (PROTOCOL §6.1).
        (403, Shape::Gateway) => Outcome::NotPermittedProcedure,
        (500..=599, Shape::Soap) => Outcome::UpstreamFault(FaultCause::SoapFault),
        (500..=599, Shape::Gateway | Shape::Throttling) => Outcome::UpstreamFault(FaultCause::GatewayFault),
        (500..=599, Shape::Unknown) => Outcome::UpstreamFault(FaultCause::ServerError),
        _ => Outcome::UpstreamFault(FaultCause::UnexpectedStatus),
    }
}

/// The first rule of the connection that fits decides; without one the outcome stays as it is.
fn ruled(rules: &[FaultRule], reply: &HttpReply<'_>, code: Option<&str>, told: Outcome, now: Timestamp) -> Outcome {
    let fits = |rule: &&FaultRule| {
        rule.status.is_none_or(|status| status == reply.status)
            && rule.code.as_deref().is_none_or(|wanted| Some(wanted) == code)
    };
    match rules.iter().find(fits).map(|rule| rule.outcome) {
        None => told,
        Some(FaultOutcome::Rejected) => Outcome::Rejected(RejectedCause::Upstream),
        Some(FaultOutcome::NotPermittedProcedure) => Outcome::NotPermittedProcedure,
        Some(FaultOutcome::NotPermittedOfficer) => Outcome::NotPermittedOfficer,
        Some(FaultOutcome::AuthFailed) => Outcome::AuthFailed,
        Some(FaultOutcome::Throttled) => Outcome::throttled(ThrottleCause::Upstream, wait(reply, now)),
        Some(FaultOutcome::Maintenance) => Outcome::maintenance(wait(reply, now)),
        Some(FaultOutcome::UpstreamFault) => match told {
            Outcome::UpstreamFault(_) => told,
            _ => Outcome::UpstreamFault(FaultCause::GatewayFault),
        },
    }
}

/// What the body of an error answer looks like.
#[derive(Clone, Copy)]
enum Shape {
    Html,
    Soap,
    Gateway,
    Throttling,
    Unknown,
}

impl Shape {
    fn of(document: &Result<Document, Outcome>) -> Self {
        match document {
            Err(Outcome::UpstreamFault(FaultCause::HtmlPage)) => Self::Html,
            Err(_) => Self::Unknown,
            Ok(document) => match gateway_fault(document) {
                Some(fault) if fault.throttled => Self::Throttling,
                Some(_) => Self::Gateway,
                None if envelope::is_soap_fault(document) => Self::Soap,
                None => Self::Unknown,
            },
        }
    }
}

/// A recognised gateway fault.
struct GatewayFault<'a> {
    code: Option<&'a str>,
    /// Its code or namespace says "too many calls".
    throttled: bool,
}

/// A fault of the gateway product or of X-Road, recognised in any reply, whatever its status (PROTOCOL §6.2).
fn gateway_fault(document: &Document) -> Option<GatewayFault<'_>> {
    let fault = match document {
        Document::Xml(root) if root.name == "fault" => root,
        Document::Xml(_) => return None,
        Document::Json(root) => match root.child("fault") {
            Some(fault) => fault,
            None if is_flat_fault(root) => root,
            None => return None,
        },
    };
    let by_namespace = matches!(&fault.namespace, Namespace::Bound(uri) if uri.ends_with("/throttling"));
    let code = fault.child("code").and_then(Element::given_text);
    // 9008xx: throttled, in the one gateway product whose codes are public.
    let number = code.and_then(|code| code.parse::<u32>().ok());
    let throttled = by_namespace || number.is_some_and(|number| (900_800..900_900).contains(&number));
    Some(GatewayFault { code, throttled })
}

/// The same members at the top: `code` of the gateway product, `type` of X-Road.
fn is_flat_fault(root: &Element) -> bool {
    let is = |name: &str| root.child(name).is_some();
    is("message") && (is("code") || is("type"))
}

/// `error_code` of a `wrapped` reply: the empty text when it is blank, `None` when there is no such member.
fn error_code(document: &Document) -> Option<&str> {
    match document {
        Document::Json(root) => root.child("error_code").map(|code| code.given_text().unwrap_or_default()),
        Document::Xml(_) => None,
    }
}

/// How long upstream asks to be left alone.
pub fn wait(reply: &HttpReply<'_>, now: Timestamp) -> Option<Duration> {
    reply.retry_after.as_deref().and_then(|header| retry_after::read(header, now))
}
