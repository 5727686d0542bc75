//! `diensan audit …`: what operators, inspectors and supervisors do with the journal; one file a command. None needs
//! the server.

mod breach;
mod citizen;
mod csv_cell;
mod disclosures;
mod journals;
mod new_key;
mod place;
mod prune;
mod reconcile;
mod report;
mod report_text;
mod schema;
mod search;
mod ship;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;
pub use new_key::{KeyPurpose, write_key};

use super::screen::closed_pipe;

/// The commands on the journal.
#[derive(Subcommand)]
pub enum Command {
    /// Prove that no line was changed, removed, added or moved.
    Verify(verify::Options),
    /// Find lines by citizen, officer, dossier, caller and time.
    Search(search::Options),
    /// Who looked at a citizen, for handing to that citizen: no officers.
    Citizen(citizen::Options),
    /// Who looked at a citizen, for the inspector: with officers.
    Inspect(citizen::Options),
    /// The supervision report of a month.
    Report(report::Options),
    /// Who is affected by a breach in a period.
    Breach(breach::Options),
    /// Remove segments older than decided; the rest still verifies.
    Prune(prune::Options),
    /// Bring the lines of a journal into the central register of disclosures.
    Ship(ship::Options),
    /// Prove that the register has every line of the journals, and nothing else.
    Reconcile(reconcile::Options),
    /// Print the SQL of the register, for whoever runs the database.
    Schema(schema::Options),
}

/// Runs a command on the journal.
///
/// # Errors
/// It could not run; a reader who went away (`| head -1`) is no error.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::Verify(options) => verify::run(options),
        Command::Search(options) => search::run(options),
        Command::Citizen(options) => citizen::run(options, citizen::Reader::Citizen),
        Command::Inspect(options) => citizen::run(options, citizen::Reader::Inspector),
        Command::Report(options) => report::run(options),
        Command::Breach(options) => breach::run(options),
        Command::Prune(options) => prune::run(options),
        Command::Ship(options) => ship::run(options),
        Command::Reconcile(options) => reconcile::run(options),
        Command::Schema(options) => schema::run(options),
    };
    match done {
        Err(error) if closed_pipe(&error) => Ok(ExitCode::SUCCESS),
        done => done,
    }
}
