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
    fn parts(self) -> (u32, &'static str, &'static str) {
        match self {
            Self::InvalidCredentials => (
                900_901,
                "Invalid Credentials",
                "Access failure for API: /dancu/1.0, version: 1.0 status: (900901) - Invalid Credentials. \
                 Make sure you have provided the correct security credentials",
            ),
            Self::MissingCredentials => {
                (900_902, "Missing Credentials", "Make sure your invocation provides credentials")
            }
            Self::NoSuchResource => (900_906, "No matching resource found for given API Request", "Check the path"),
            Self::Forbidden => (900_908, "Resource forbidden", "Not permitted to use API: /dancu/1.0, version: 1.0"),
            Self::Throttled => (900_802, "Message throttled out", "You have exceeded your quota"),
            Self::Suspended => {
                (303_001, "Currently, address endpoint : [ Name : dancu ] [ State : SUSPENDED ]", "Runtime Error")
            }
            Self::BackEndTimeout => (101_504, "Send timeout", "Error connecting to the back end"),
        }
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
    let (code, message, description) = code.parts();
    let fault = json!({ "fault": { "code": code, "message": message, "description": description } });
    HttpResponse::build(status).json(fault)
}

/// A gateway fault as XML, in the namespace of the product.
pub fn xml(status: StatusCode, code: GatewayCode) -> HttpResponse {
    let (code, message, description) = code.parts();
    let namespace = "http://wso2.org/apimanager/security";
    let body = format!(
        "<ams:fault xmlns:ams=\"{namespace}\"><ams:code>{code}</ams:code><ams:message>{message}</ams:message>\
         <ams:description>{description}</ams:description></ams:fault>"
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
