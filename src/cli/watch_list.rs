//! `diensan watch-list`: people whose look-ups need a second person.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use zeroize::Zeroizing;

use super::screen::{closed_pipe, print};
use crate::access::{HashKey, watch_list};
use crate::citizen::Number;
use crate::config::SecretFile;

/// More than a list of people at risk has; keeps a wrong file from being read whole.
const MAX_BYTES: u64 = 1 << 20;

/// What `watch-list` does.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Put people on the list, by their numbers.
    Add(Add),
}

/// Options of `watch-list add`.
#[derive(clap::Args)]
pub struct Add {
    /// The list (`access.watch_list_file`); made when it is not there.
    #[arg(long)]
    list: PathBuf,
    /// Its key (`access.watch_list_key_file`).
    #[arg(long)]
    key_file: PathBuf,
    /// Where the numbers come from, one a line; `-` is standard input. Never as an argument: other users of the
    /// machine see those.
    #[arg(long)]
    number_from: PathBuf,
}

/// Runs a command.
///
/// # Errors
/// What keeps it from running; never a number.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Add(options) = command;
    match add(options) {
        Err(error) if closed_pipe(&error) => Ok(ExitCode::SUCCESS),
        done => done,
    }
}

fn add(options: &Add) -> anyhow::Result<ExitCode> {
    let shown = options.key_file.display();
    let secret = SecretFile::read(options.key_file.clone()).map_err(|error| anyhow!("{shown}: {error}"))?;
    let key = HashKey::of_file(&secret).map_err(|error| anyhow!("{shown}: {error}"))?;
    let mut text = Zeroizing::new(String::new());
    if options.number_from.as_os_str() == "-" {
        std::io::stdin().take(MAX_BYTES).read_to_string(&mut text).context("standard input")?;
    } else {
        let file = std::fs::File::open(&options.number_from).context("--number-from")?;
        file.take(MAX_BYTES).read_to_string(&mut text).context("--number-from")?;
    }
    // All are read before any is added.
    let mut numbers = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = Number::parse(line);
        numbers.push(number.map_err(|refusal| anyhow!("line {}: {}; nobody was added", index + 1, refusal.code()))?);
    }
    if numbers.is_empty() {
        bail!("no number was given");
    }
    let mut added = 0;
    for number in &numbers {
        added += usize::from(watch_list::add(&options.list, &key, number).map_err(|error| anyhow!(error))?);
    }
    print(&format!("added {added}, on the list before {}\n", numbers.len() - added))?;
    Ok(ExitCode::SUCCESS)
}
