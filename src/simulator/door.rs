//! The doors: which profile and operation an address has, and how each words what it says.

use std::io;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::gateway_fault::{self, Answer, GatewayCode, SOAP_MEDIA_TYPE};
use super::reply_style::Style;
use super::request::Operation;
use super::soap::FaultCode;
use super::{reply, reply_json};
use crate::citizen::Record;

/// Media type of every JSON reply.
pub const JSON_MEDIA_TYPE: &str = "application/json; charset=utf-8";

/// The profiles of PROTOCOL §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// `direct` (§3.1).
    Direct,
    /// `lgsp-soap` (§3.2).
    LgspSoap,
    /// `lgsp-json` with bodies as `json-pascal` (§3.3).
    JsonPascal,
    /// `lgsp-json` with bodies as `json-camel` (§3.3).
    JsonCamel,
}

impl Profile {
    fn speaks_json(self) -> bool {
        matches!(self, Self::JsonPascal | Self::JsonCamel)
    }

    pub fn has_wsdl(self) -> bool {
        !self.speaks_json()
    }
}

/// An address at which calls are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    pub path: &'static str,
    pub profile: Profile,
    pub operation: Operation,
}

/// Every door. The addresses of 033 on the JSON doors are an assumption (ASM).
pub const DOORS: [Door; 8] = [
    door("/direct/037", Profile::Direct, Operation::LookUp),
    door("/direct/033", Profile::Direct, Operation::Verification),
    door("/lgsp/TraCuuThongTinCongDan", Profile::LgspSoap, Operation::LookUp),
    door("/lgsp/XacThucThongTinCongDan", Profile::LgspSoap, Operation::Verification),
    door("/lgsp-json/pascal/037", Profile::JsonPascal, Operation::LookUp),
    door("/lgsp-json/pascal/033", Profile::JsonPascal, Operation::Verification),
    door("/lgsp-json/camel/037", Profile::JsonCamel, Operation::LookUp),
    door("/lgsp-json/camel/033", Profile::JsonCamel, Operation::Verification),
];

const fn door(path: &'static str, profile: Profile, operation: Operation) -> Door {
    Door { path, profile, operation }
}

/// The address of a profile's operation.
pub fn path(profile: Profile, operation: Operation) -> &'static str {
    let found = DOORS.iter().find(|door| door.profile == profile && door.operation == operation);
    found.map_or("/", |door| door.path)
}

/// Through which door a call came in; each words its answers in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel<'a> {
    pub door: Door,
    /// The token of the call, as the store knows it; `None` where there is none or it was not good.
    pub token: Option<&'a str>,
}

impl Channel<'_> {
    /// The profile's way of wording outside a call that was let in.
    pub fn of(profile: Profile) -> Self {
        Self { door: door(path(profile, Operation::LookUp), profile, Operation::LookUp), token: None }
    }

    /// A gateway fault: XML for `direct`, JSON for the others, so that a client meets both.
    pub fn fault(self, status: StatusCode, code: GatewayCode) -> HttpResponse {
        match self.door.profile {
            Profile::Direct => gateway_fault::xml(status, code.number()),
            Profile::LgspSoap | Profile::JsonPascal | Profile::JsonCamel => gateway_fault::json(status, code),
        }
    }

    /// These people, at least one, as the door words them; a door of 033 says that they exist.
    pub fn people(self, records: &[&Record], style: Style, namespace: &str) -> io::Result<Answer> {
        match (self.door.profile.speaks_json(), self.door.operation) {
            (false, Operation::LookUp) => reply::people(records, style, namespace).map(soap),
            (true, Operation::LookUp) => reply_json::people(records, style, namespace).map(|reply| json_answer(&reply)),
            (false, Operation::Verification) => reply::existence(true, style).map(soap),
            (true, Operation::Verification) => reply_json::existence(true, style).map(|reply| json_answer(&reply)),
        }
    }

    /// "Nobody matches" as the door words it.
    pub fn nobody(self, style: Style) -> io::Result<Answer> {
        match (self.door.profile.speaks_json(), self.door.operation) {
            (false, Operation::LookUp) => reply::nobody(style).map(soap),
            (true, Operation::LookUp) => reply_json::nobody(style).map(|reply| json_answer(&reply)),
            (false, Operation::Verification) => reply::existence(false, style).map(soap),
            (true, Operation::Verification) => reply_json::existence(false, style).map(|reply| json_answer(&reply)),
        }
    }

    /// A fault of the service behind the gateway: a SOAP fault, or the error members of PROTOCOL §6.2 (`wrapped`), whose
    /// codes are assumed (ASM).
    pub fn service_fault(self, status: StatusCode, code: FaultCode, message: &str) -> HttpResponse {
        if !self.door.profile.speaks_json() {
            return gateway_fault::soap(status, code, message);
        }
        let error_code = if code == FaultCode::Client { "400" } else { "500" };
        HttpResponse::build(status).json(json!({ "error_code": error_code, "message": message }))
    }

    /// A request that breaks a rule: a SOAP fault with the status of SOAP 1.1, in JSON a plain 400 (PROTOCOL §6.1).
    pub fn refuse_request(self, message: &str) -> HttpResponse {
        let json = self.door.profile.speaks_json();
        let status = if json { StatusCode::BAD_REQUEST } else { StatusCode::INTERNAL_SERVER_ERROR };
        self.service_fault(status, FaultCode::Client, message)
    }
}

fn soap(text: String) -> Answer {
    Answer::new(SOAP_MEDIA_TYPE, text)
}

fn json_answer(reply: &Value) -> Answer {
    Answer::new(JSON_MEDIA_TYPE, reply.to_string())
}
