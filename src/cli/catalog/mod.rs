//! `diensan catalog …`: what maintainers of the catalogue use; one file a command.

mod bless;
mod changes;
mod check;
mod coverage;
mod coverage_report;
mod coverage_table;
mod diff;
mod diff_page;
mod explain;
mod export;
mod folders;
mod formats;
mod import;
mod materialise;
mod new;
mod preview;
mod preview_page;
mod schema;
mod show;
mod words;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

use super::screen::closed_pipe;

/// The catalogue commands.
#[derive(Subcommand)]
pub enum Command {
    /// Check services, forms, mappings, tables, people and examples.
    Check(check::Options),
    /// Explain a rule of `check`: what, why, how to mend.
    Explain(explain::Options),
    /// What the catalogue covers: services, forms, boxes, and how much the invented people's records fill.
    Coverage(coverage::Options),
    /// Fill a form for an invented person and show it before and after.
    Preview(preview::Options),
    /// What changes between two states of the catalogue, for every invented person.
    Diff(diff::Options),
    /// What a service, a form or an attribute is.
    Show(show::Options),
    /// The named transforms of the mapping word `format`.
    Formats(formats::Options),
    /// Write the skeleton of a service or of a form.
    #[command(subcommand)]
    New(new::Command),
    /// Compute the golden examples again and take over what changed.
    Bless(bless::Options),
    /// Write mappings as a table (CSV) for spreadsheets.
    Export(export::Options),
    /// Take over mappings from a table that a spreadsheet saved.
    Import(import::Options),
    /// Generate what editors offer from the dictionary and the formats.
    Schema(schema::Options),
}

/// Runs a catalogue command.
///
/// # Errors
/// It could not run; a reader who went away (`| head -1`) is no error.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::Check(options) => check::run(options),
        Command::Explain(options) => explain::run(options),
        Command::Coverage(options) => coverage::run(options),
        Command::Preview(options) => preview::run(options),
        Command::Diff(options) => diff::run(options),
        Command::Show(options) => show::run(options),
        Command::Formats(options) => formats::run(options),
        Command::New(command) => new::run(command),
        Command::Bless(options) => bless::run(options),
        Command::Export(options) => export::run(options),
        Command::Import(options) => import::run(options),
        Command::Schema(options) => schema::run(options),
    };
    match done {
        Err(error) if closed_pipe(&error) => Ok(ExitCode::SUCCESS),
        done => done,
    }
}

/// Writes to standard output, without styles when it is no terminal or NO_COLOR is set; a closed pipe is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}
