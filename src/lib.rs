//! The work of `diensan` (điền sẵn): which boxes of an official form can the state fill in itself?
//!
//! A library for the program alone, so that what measures it can be built beside it. All rooms are private: what nothing
//! here uses is dead code, and so an error. Only `bench_steps` is open, for `benches/`.
#![forbid(unsafe_code)]

mod access;
mod audit;
mod autofill;
#[doc(hidden)]
pub mod bench_steps;
mod cache;
mod catalog;
mod citizen;
mod cli;
mod clock;
mod config;
mod disclosures;
mod fresh_id;
#[cfg(test)]
mod fuzzing;
mod http;
mod hygiene;
mod opencps;
mod pages;
mod population;
mod shared_tier;
mod signing;
mod simulator;
mod strict_json;
mod telemetry;

pub use cli::run;
