//! `diensan catalog …`: what maintainers of the catalogue use.

mod bless;
mod coverage;
mod coverage_table;
mod folders;
mod preview;
mod preview_page;
mod words;

use std::process::ExitCode;

use clap::Subcommand;

use super::screen::closed_pipe;

/// The catalogue commands.
#[derive(Subcommand)]
pub enum Command {
    /// What the catalogue covers: services, forms, boxes, and how much the invented people's records fill.
    Coverage(coverage::Options),
    /// Fill a form for an invented person and show it before and after.
    Preview(preview::Options),
    /// Compute the golden examples again and take over what changed.
    Bless(bless::Options),
}

/// Runs a catalogue command.
///
/// # Errors
/// It could not run; a reader who went away (`| head -1`) is no error.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::Coverage(options) => coverage::run(options),
        Command::Preview(options) => preview::run(options),
        Command::Bless(options) => bless::run(options),
    };
    match done {
        Err(error) if closed_pipe(&error) => Ok(ExitCode::SUCCESS),
        done => done,
    }
}
