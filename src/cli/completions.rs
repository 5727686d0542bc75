//! `diensan completions`: what shells need to complete our commands and options.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::screen::print;

/// Options of `completions`.
#[derive(clap::Args)]
pub struct Options {
    /// The shell; its package says where the file belongs, for bash /usr/share/bash-completion/completions/diensan.
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// The output cannot be written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    // Into memory first: the generator panics when its writer fails, as at a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut super::Cli::command(), "diensan", &mut script);
    print(&String::from_utf8(script)?)?;
    Ok(ExitCode::SUCCESS)
}
