//! The command line: one file a command, each with its options and a `run`.
//!
//! Exit codes: 0 good, 1 something was found wrong, 2 could not run.

mod audit;
mod catalog;
mod completions;
mod doctor;
mod health;
mod key;
mod man;
mod openapi;
mod privacy;
mod screen;
mod serve;
mod simulate;
mod watch_list;

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
    /// Try the road to the gateway out, and say in plain words what is wrong.
    Doctor(doctor::Options),
    /// Ask the service on this machine whether it is well.
    Health(health::Options),
    /// Look after the catalogue: check it, look at it, try it out, change it.
    #[command(subcommand)]
    Catalog(catalog::Command),
    /// Print the description of the API (OpenAPI 3.1).
    Openapi,
    /// Describe the processing of personal data.
    #[command(subcommand)]
    Privacy(privacy::Command),
    /// Prove, search and report on the journal of disclosures.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Make and check API keys of callers.
    #[command(subcommand)]
    Key(key::Command),
    /// Look after the list of people whose look-ups need a second person.
    #[command(subcommand)]
    WatchList(watch_list::Command),
    /// Print what a shell needs to complete our commands.
    Completions(completions::Options),
    /// Write the manual, a page for each command.
    Man(man::Options),
}

/// Runs the command that was asked for.
pub fn run() -> ExitCode {
    if let Err(error) = crate::hygiene::begin() {
        eprintln!("core dumps cannot be turned off, so secrets would not be safe: {error}");
        return ExitCode::from(2);
    }
    let cli = Cli::parse();
    let done = crate::telemetry::start_logging(cli.log_format, &cli.log).and_then(|()| match cli.command {
        Command::Serve(options) => serve::run(&options),
        Command::Simulate(options) => simulate::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::Health(options) => health::run(&options),
        Command::Catalog(command) => catalog::run(&command),
        Command::Openapi => openapi::run(),
        Command::Privacy(command) => privacy::run(&command),
        Command::Audit(command) => audit::run(&command),
        Command::Key(command) => key::run(&command),
        Command::WatchList(command) => watch_list::run(&command),
        Command::Completions(options) => completions::run(&options),
        Command::Man(options) => man::run(&options),
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
