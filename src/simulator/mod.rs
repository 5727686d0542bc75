//! `diensan simulate`: a stand-in for upstream (the National Population Database behind a gateway) for tests,
//! training and load (PROTOCOL §11).
//!
//! Shares nothing with the client but `citizen/` and the text of the wire protocol: its reader, its checks and its
//! writer are its own, so that a misunderstanding on one side is not repeated on the other. Serves only invented
//! people, only over loopback; nothing of a request or a record reaches a log.
//!
//! The path of one call: `routes` → `access` (credentials, clock, token) → `request` (strict reading) → `faults` (is
//! this a number that misbehaves?) → `matching` → `reply`.

mod access;
mod connections;
mod counters;
mod fault_reply;
mod faults;
mod gateway_fault;
mod matching;
mod misbehaving;
mod reply;
mod reply_style;
mod request;
mod routes;
pub mod server;
pub mod settings;
mod soap;
mod state;
mod tokens;
mod xml;

pub use server::run;
pub use settings::SimulatorSettings;
