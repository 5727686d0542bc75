//! `diensan simulate`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::catalog;
use crate::simulator::{self, DateForms, NameForms, SimulatorSettings};

/// Options of `simulate`.
#[derive(clap::Args)]
pub struct Options {
    /// Address and port to listen on, loopback only (port 0: any free one).
    #[arg(long, default_value = "127.0.0.1:8237")]
    listen: SocketAddr,
    /// The folder of the invented people.
    #[arg(long, default_value = "service-catalog/people")]
    people: PathBuf,
    /// The forms of a name that are accepted.
    #[arg(long, value_enum, default_value_t)]
    name_form: NameForms,
    /// The forms of a full birth date that are accepted.
    #[arg(long, value_enum, default_value_t)]
    date_form: DateForms,
}

/// Runs the simulator until it is stopped.
///
/// # Errors
/// The people cannot be read or the address not be used.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        options.listen.ip().is_loopback(),
        "--listen: the simulator serves loopback only, for example 127.0.0.1:8237"
    );
    let people = catalog::load_people(&options.people)?;
    let settings = SimulatorSettings {
        name_forms: options.name_form,
        date_forms: options.date_form,
        ..SimulatorSettings::training(options.listen, people)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("runtime")?;
    runtime
        .block_on(simulator::run(settings))
        .with_context(|| format!("cannot listen on {}; is another instance running?", options.listen))?;
    Ok(ExitCode::SUCCESS)
}
