//! `diensan man`: the manual, a page for each command, from the same words as `--help`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;

/// Options of `man`.
#[derive(clap::Args)]
pub struct Options {
    /// The folder to write the pages into; it is made when it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Writes `diensan.1` and a page such as `diensan-audit-verify.1` for each command.
///
/// # Errors
/// A page cannot be written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&options.out)
        .and_then(|()| clap_mangen::generate_to(super::Cli::command(), &options.out))
        .with_context(|| format!("{}: cannot be written", options.out.display()))?;
    Ok(ExitCode::SUCCESS)
}
