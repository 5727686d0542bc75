//! `/control`: faults, styles, clock, credentials, tokens, strictness and the log of received calls, at run time.
//!
//! JSON in and out; what is wrong is answered with 400, the place and what is allowed. Loopback is its only lock: the
//! server binds nothing else, and a browser's page from elsewhere is turned away. This room changes the state that
//! the other rooms read; it knows nothing of SOAP, records or matching.

mod fault_calls;
mod input;
mod observed;
mod page;
mod received;
mod rules;
mod setting_calls;
mod watch;

use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, guard};
use serde_json::json;

pub use received::Received;
pub use rules::{FaultRules, StyleRules};
pub use watch::watch;

/// Every address of the interface, for who asks for another one.
const ADDRESSES: [&str; 18] = [
    "POST /control/faults",
    "GET /control/faults",
    "DELETE /control/faults",
    "DELETE /control/faults/{id}",
    "POST /control/styles",
    "DELETE /control/styles",
    "PUT /control/clock",
    "DELETE /control/clock",
    "PUT /control/credentials",
    "DELETE /control/credentials",
    "PUT /control/tokens",
    "DELETE /control/tokens",
    "PUT /control/strict",
    "GET /control/received?last=20",
    "DELETE /control/received",
    "POST /control/reset",
    "GET /counters",
    "POST /counters/reset",
];

/// Adds the addresses.
pub fn configure(config: &mut ServiceConfig) {
    let from_here = guard::fn_guard(|context| is_from_here(context.head().headers()));
    config.route("/", web::get().to(page::page)).service(
        web::scope("/control")
            .guard(from_here)
            .route("/faults", web::post().to(fault_calls::add))
            .route("/faults", web::get().to(fault_calls::list))
            .route("/faults", web::delete().to(fault_calls::clear))
            .route("/faults/{id}", web::delete().to(fault_calls::remove))
            .route("/styles", web::post().to(fault_calls::add_style))
            .route("/styles", web::delete().to(fault_calls::clear_styles))
            .route("/clock", web::put().to(setting_calls::set_clock))
            .route("/clock", web::delete().to(setting_calls::reset_clock))
            .route("/credentials", web::put().to(setting_calls::set_credentials))
            .route("/credentials", web::delete().to(setting_calls::reset_credentials))
            .route("/tokens", web::put().to(setting_calls::set_tokens))
            .route("/tokens", web::delete().to(setting_calls::void_tokens))
            .route("/strict", web::put().to(setting_calls::set_strictness))
            .route("/received", web::get().to(setting_calls::received))
            .route("/received", web::delete().to(setting_calls::clear_received))
            .route("/reset", web::post().to(setting_calls::reset))
            .default_service(web::to(unknown)),
    );
    config.service(web::scope("/control").default_service(web::to(from_elsewhere)));
}

async fn unknown() -> HttpResponse {
    HttpResponse::NotFound().json(json!({ "errors": [{ "at": "address", "message": "One of the addresses listed." }],
        "addresses": ADDRESSES }))
}

async fn from_elsewhere() -> HttpResponse {
    let message = "The control interface is for this machine only: call it as 127.0.0.1, [::1] or localhost.";
    HttpResponse::Forbidden().json(json!({ "errors": [{ "at": "Host or Origin", "message": message }] }))
}

/// A page from elsewhere that a browser on this machine shows can reach loopback too; it gives itself away by its
/// name in `Origin`, or in `Host` when it has made a name of its own point here.
fn is_from_here(headers: &HeaderMap) -> bool {
    let named = |name: &actix_web::http::header::HeaderName| {
        headers.get(name).map(|value| value.to_str().is_ok_and(is_loopback))
    };
    named(&HOST).unwrap_or(true) && named(&ORIGIN).unwrap_or(true)
}

fn is_loopback(authority: &str) -> bool {
    let host = authority.split_once("://").map_or(authority, |(_, host)| host);
    let port = host.rfind(':').filter(|at| !host[*at..].contains(']'));
    matches!(&host[..port.unwrap_or(host.len())], "127.0.0.1" | "[::1]" | "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_from_here() {
        for here in ["127.0.0.1:8237", "localhost", "[::1]:8237", "[::1]", "http://localhost:8237", "https://127.0.0.1"]
        {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in ["example.vn", "127.0.0.1.example.vn:8237", "http://example.vn", "null", "localhost.example"] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
