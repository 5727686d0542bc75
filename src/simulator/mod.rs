//! `diensan simulate`: a stand-in for upstream (the National Population Database behind a gateway) for tests,
//! training and load (PROTOCOL §11).
//!
//! Shares nothing with the client but `citizen/` and the text of the wire protocol: its reader, its checks and its
//! writer are its own, so that a misunderstanding on one side is not repeated on the other. Serves only invented
//! people, only over loopback; nothing of a request or a record reaches a log.
//!
//! The path of one call: `routes` finds the `door` → `access` (credentials, clock, token) → `request_xml` or
//! `request_json`, then `request` (strict reading) → `faults` (is this a number that misbehaves?) → `matching` →
//! `reply_tree` → `reply` or `reply_json`.

mod access;
mod connections;
mod counters;
mod door;
mod fault_reply;
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
mod state;
mod style_words;
mod token_routes;
mod tokens;
mod wsdl;
mod xml;

pub use forms::{DateForms, NameForms};
pub use server::run;
pub use settings::SimulatorSettings;
