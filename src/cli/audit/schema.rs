//! `diensan audit schema`.

use std::process::ExitCode;

use crate::cli::screen::print;
use crate::disclosures::{ROLES, SCHEMA};

/// Options of `audit schema`.
#[derive(clap::Args)]
pub struct Options {
    /// Roles and their rights instead of the tables.
    #[arg(long)]
    roles: bool,
}

/// Prints the SQL.
///
/// # Errors
/// The output cannot be written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    print(if options.roles { ROLES } else { SCHEMA })?;
    Ok(ExitCode::SUCCESS)
}
