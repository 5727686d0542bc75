//! `diensan catalog …`: one file a command.

mod check;
mod explain;

use std::io::Write as _;
use std::process::ExitCode;

/// The commands.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Check services, forms, mappings, tables, people and examples.
    Check(check::Options),
    /// Explain a rule of `check`: what, why, how to mend.
    Explain(explain::Options),
}

/// Runs the command that was asked for.
///
/// # Errors
/// What kept it from running.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check(options) => check::run(options),
        Command::Explain(options) => explain::run(options),
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
