//! The command line: one file a command, each with its options and a `run`.
//!
//! Exit codes: 0 good, 1 something was found wrong, 2 could not run.

mod catalog;
mod doctor;
mod screen;
mod serve;
mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::telemetry::LogFormat;

/// Fills official Vietnamese forms from the National Population Database.
#[derive(Parser)]
#[command(name = "diensan", version, about)]
struct Cli {
    /// How log lines look.
    #[arg(long, env = "DIENSAN_LOG_FORMAT", value_enum, default_value = "pretty", global = true)]
    log_format: LogFormat,
    /// What is logged: error, warn, info, debug, trace, or target=level.
    #[arg(long, env = "DIENSAN_LOG", default_value = "info", global = true)]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests.
    Serve(serve::Options),
    /// Stand in for the population database, with invented people.
    Simulate(simulate::Options),
    /// Try the road to the population database and say what is wrong.
    Doctor(doctor::Options),
    /// Look after the catalogue: check it, look at it, try it out, change it.
    #[command(subcommand)]
    Catalog(catalog::Command),
}

/// Runs the command that was asked for.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = crate::telemetry::start_logging(cli.log_format, &cli.log).and_then(|()| match cli.command {
        Command::Serve(options) => serve::run(&options),
        Command::Simulate(options) => simulate::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::Catalog(command) => catalog::run(&command),
    });
    match done {
        Ok(code) => code,
        Err(error) => {
            // The chain without backtrace: causes are our own sentences, never what a citizen or upstream sent.
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}
