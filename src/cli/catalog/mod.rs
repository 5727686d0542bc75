//! `diensan catalog …`: one file a command.

mod changes;
mod export;
mod import;
mod schema;

use std::process::ExitCode;

use clap::Subcommand;

/// Commands for those who look after the catalogue.
#[derive(Subcommand)]
pub enum Command {
    /// Write mappings as a table (CSV) for spreadsheets.
    Export(export::Options),
    /// Take over mappings from a table that a spreadsheet saved.
    Import(import::Options),
    /// Generate what editors offer from the dictionary and the formats.
    Schema(schema::Options),
}

/// Runs the command that was asked for.
///
/// # Errors
/// Anything that keeps it from running.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Export(options) => export::run(options),
        Command::Import(options) => import::run(options),
        Command::Schema(options) => schema::run(options),
    }
}
