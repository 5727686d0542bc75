//! `diensan` (điền sẵn): which boxes of an official form can the state fill in itself?
#![forbid(unsafe_code)]

mod access;
mod audit;
mod autofill;
mod cache;
mod catalog;
mod citizen;
mod cli;
mod clock;
mod config;
#[cfg(test)]
mod fuzzing;
mod http;
mod hygiene;
mod opencps;
mod pages;
mod population;
mod signing;
mod simulator;
mod strict_json;
mod telemetry;

fn main() -> std::process::ExitCode {
    cli::run()
}
