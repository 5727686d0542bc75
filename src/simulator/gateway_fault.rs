//! Faults as the gateway words them, and the other shapes an error can come in (PROTOCOL §6.2).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use serde_json::json;

pub use super::door::Channel;
use super::soap::{self, FaultCode};

/// Media type of every SOAP reply.
pub const SOAP_MEDIA_TYPE: &str = "text/xml; charset=utf-8";
/// Media type of a web page in place of an answer.
pub const HTML_MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// The public codes of the gateway product that the simulator gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayCode {
    InvalidCredentials,
    MissingCredentials,
    NoSuchResource,
    Forbidden,
    Throttled,
    Suspended,
    BackEndTimeout,
}

impl GatewayCode {
    pub fn number(self) -> u32 {
        match self {
            Self::InvalidCredentials => 900_901,
            Self::MissingCredentials => 900_902,
            Self::NoSuchResource => 900_906,
            Self::Forbidden => 900_908,
            Self::Throttled => 900_802,
            Self::Suspended => 303_001,
            Self::BackEndTimeout => 101_504,
        }
    }
}

/// Message and description of a code; a code that the protocol text does not list gets neutral words.
fn words(code: u32) -> (&'static str, &'static str) {
    match code {
        900_901 => (
            "Invalid Credentials",
            "Access failure for API: /dancu/1.0, version: 1.0 status: (900901) - Invalid Credentials. \
             Make sure you have provided the correct security credentials",
        ),
        900_902 => ("Missing Credentials", "Make sure your invocation provides credentials"),
        900_903 => ("Access Token Expired", "Renew the access token and try again"),
        900_904 => ("Access Token Inactive", "Generate a new access token and try again"),
        900_906 => ("No matching resource found for given API Request", "Check the path"),
        900_908 => ("Resource forbidden", "Not permitted to use API: /dancu/1.0, version: 1.0"),
        900_909 => ("The subscription to the API is inactive", "Subscription validation failed"),
        900_910 => ("The access token does not allow you to access the requested resource", "Scope validation failed"),
        900_800..=900_899 => ("Message throttled out", "You have exceeded your quota"),
        303_001 => ("Currently, address endpoint : [ Name : dancu ] [ State : SUSPENDED ]", "Runtime Error"),
        101_503 => ("Error connecting to the back end", "Connection failed"),
        101_504 => ("Send timeout", "Error connecting to the back end"),
        101_505 => ("Connection closed", "Error connecting to the back end"),
        _ => ("Gateway fault", "Runtime Error"),
    }
}

/// The status with which the product sends a code (ASM for a province's gateway: PROTOCOL §6.2 lists only the codes).
pub fn status_of(code: u32) -> StatusCode {
    match code {
        900_900..=900_905 => StatusCode::UNAUTHORIZED,
        900_906 => StatusCode::NOT_FOUND,
        900_907..=900_910 => StatusCode::FORBIDDEN,
        900_800..=900_899 => StatusCode::TOO_MANY_REQUESTS,
        303_001 | 101_503 => StatusCode::SERVICE_UNAVAILABLE,
        101_504 | 101_505 => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A whole answer in memory: its media type and its bytes.
pub struct Answer {
    pub media_type: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn new(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { media_type: media_type.to_owned(), body: body.into() }
    }

    /// The answer as it is, with 200.
    pub fn send(self) -> HttpResponse {
        HttpResponse::Ok().insert_header((CONTENT_TYPE, self.media_type)).body(self.body)
    }
}

/// A gateway fault as JSON.
pub fn json(status: StatusCode, code: GatewayCode) -> HttpResponse {
    json_code(status, code.number())
}

/// A gateway fault as JSON, with any code.
pub fn json_code(status: StatusCode, code: u32) -> HttpResponse {
    let (message, description) = words(code);
    let fault = json!({ "fault": { "code": code, "message": message, "description": description } });
    HttpResponse::build(status).json(fault)
}

/// The same three members without the one around them, and the code as text (PROTOCOL §6.2).
pub fn json_top(status: StatusCode, code: u32) -> HttpResponse {
    let (message, description) = words(code);
    HttpResponse::build(status)
        .json(json!({ "code": code.to_string(), "message": message, "description": description }))
}

/// A gateway fault as XML, in the namespaces of the product; throttling has one of its own (PROTOCOL §6.2).
pub fn xml(status: StatusCode, code: u32) -> HttpResponse {
    let (message, description) = words(code);
    let (prefix, part) = if (900_800..900_900).contains(&code) { ("amt", "throttling") } else { ("ams", "security") };
    let body = format!(
        "<{prefix}:fault xmlns:{prefix}=\"http://wso2.org/apimanager/{part}\"><{prefix}:code>{code}</{prefix}:code>\
         <{prefix}:message>{message}</{prefix}:message><{prefix}:description>{description}</{prefix}:description>\
         </{prefix}:fault>"
    );
    text(status, SOAP_MEDIA_TYPE, body)
}

/// A SOAP fault; a fault that cannot be written is an empty 500.
pub fn soap(status: StatusCode, code: FaultCode, message: &str) -> HttpResponse {
    match soap::fault(code, message) {
        Ok(body) => text(status, SOAP_MEDIA_TYPE, body),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// A web page, as proxies put in place of an answer.
pub fn page(status: StatusCode, title: &str) -> HttpResponse {
    let body =
        format!("<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n");
    text(status, HTML_MEDIA_TYPE, body)
}

/// Any text with a media type.
pub fn text(status: StatusCode, media_type: &'static str, body: String) -> HttpResponse {
    HttpResponse::build(status).insert_header((CONTENT_TYPE, media_type)).body(body)
}
