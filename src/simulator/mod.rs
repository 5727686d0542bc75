//! `diensan simulate`: a stand-in for upstream (the National Population Database behind a gateway) for tests,
//! training and load (PROTOCOL §11).
//!
//! Shares nothing with the client but `citizen/` and the text of the wire protocol: its reader, its checks and its
//! writer are its own, so that a misunderstanding on one side is not repeated on the other. Serves only invented
//! people, only over loopback; nothing of a request or a record reaches a log. (Bodies of the control interface, which is
//! no part of the protocol, are read with `strict_json`.)
//!
//! The path of one call: `control::watch` (noted, dated, token faults) → `routes` finds the `door` → `access`
//! (credentials, clock, token) → `request_xml` or `request_json`, then `request` (strict reading) → `state` (does this
//! call misbehave: rules of the control interface, then numbers of the table?) → `matching` → `reply_tree` → `reply` or
//! `reply_json`.

mod access;
mod behaviours;
mod call;
mod clock;
mod connections;
mod control;
mod counters;
mod door;
mod fault_body;
mod fault_packing;
mod fault_reply;
mod fault_status;
mod faults;
mod forms;
mod gateway_fault;
mod json_access;
mod matching;
mod misbehaving;
mod person_styles;
mod reply;
mod reply_json;
mod reply_style;
mod reply_tree;
mod request;
mod request_json;
mod request_xml;
mod routes;
pub mod server;
pub mod settings;
mod soap;
mod socket;
mod state;
mod style_words;
pub mod tls;
mod token_routes;
mod tokens;
mod wsdl;
mod xml;

pub use forms::{DateForms, NameForms};
pub use server::run;
pub use settings::SimulatorSettings;
