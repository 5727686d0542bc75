//! `diensan key`: API keys of callers.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::audit::{KeyPurpose, write_key};
use super::screen::{closed_pipe, print};
use crate::access::{Callers, api_key};
use crate::config::{is_caller_name, read_callers};

/// What `key` does.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a key; it is shown this once and kept nowhere.
    New(New),
    /// Say whose key is read from standard input.
    Check(Check),
}

/// Options of `key new`.
#[derive(clap::Args)]
pub struct New {
    /// The caller that an API key is for, as in its `name`; the key is printed this once.
    #[arg(long, required_unless_present = "purpose", conflicts_with = "purpose")]
    caller: Option<String>,
    /// What a key of our own is for; it is written into FILE.
    #[arg(long, value_enum, requires = "file")]
    purpose: Option<KeyPurpose>,
    /// The file to write; it must not exist.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Options of `key check`.
#[derive(clap::Args)]
pub struct Check {
    /// The file that holds the callers.
    #[arg(long, env = "DIENSAN_CONFIG")]
    config: PathBuf,
}

/// Runs a command.
///
/// # Errors
/// What keeps it from running, with the mend.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::New(options) => new(options),
        Command::Check(options) => check(options),
    };
    match done {
        Err(error) if closed_pipe(&error) => Ok(ExitCode::SUCCESS),
        done => done,
    }
}

fn new(options: &New) -> anyhow::Result<ExitCode> {
    if let (Some(purpose), Some(file)) = (options.purpose, &options.file) {
        return write_key(purpose, file);
    }
    let caller = options.caller.as_deref().unwrap_or_default();
    if !is_caller_name(caller) {
        bail!("--caller must be 1 to 40 of a-z, 0-9 and -, for example mot-cua-tinh");
    }
    let key = api_key::generate().context("this machine gives no random numbers")?;
    let digest = api_key::digest_text(key.expose_secret());
    // The key on a line of its own, so that `| head -1` hands exactly it on.
    let text = Zeroizing::new(format!(
        "{}\n\n# The line above is the key: give it to `{caller}` on a safe way, it is shown only now.\n\
         # This goes into the configuration; an old key may stay beside it until the caller has changed over:\n\
         [[caller]]\nname = \"{caller}\"\nkeys = [\"{digest}\"]\n",
        key.expose_secret(),
        caller = caller,
    ));
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn check(options: &Check) -> anyhow::Result<ExitCode> {
    let shown = options.config.display();
    let told = |problems: Vec<crate::config::Problem>| {
        let lines: Vec<String> = problems
            .iter()
            .map(|problem| format!("{shown}:{}: `{}` {}", problem.line, problem.key, problem.message))
            .collect();
        anyhow::anyhow!(lines.join("\n"))
    };
    let settings = read_callers(&options.config).map_err(told)?;
    let callers = Callers::build(&settings, None).map_err(told)?;
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().take(1024).read_to_string(&mut text).context("standard input")?;
    match api_key::find(&callers.keys, text.trim()) {
        Some(caller) => {
            print(&format!("{}\n", caller.name))?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            eprintln!("no caller has this key");
            Ok(ExitCode::FAILURE)
        }
    }
}
