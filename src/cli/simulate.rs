//! `diensan simulate`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use crate::catalog;
use crate::config;
use crate::simulator::settings::Strictness;
use crate::simulator::tls::{self, TlsFiles};
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
    /// Take requests whose elements stand in another order or are unknown.
    #[arg(long)]
    lenient: bool,
    /// The forms of a name that are accepted.
    #[arg(long, value_enum, default_value_t)]
    name_form: NameForms,
    /// The forms of a full birth date that are accepted.
    #[arg(long, value_enum, default_value_t)]
    date_form: DateForms,
    /// Refuse a MaYeuCau that was used before.
    #[arg(long)]
    refuse_reused_request_ids: bool,
    /// How long a token is good: "90s", "10m", "1h".
    #[arg(long, value_name = "DURATION", default_value = "3600s", value_parser = up_to_a_day)]
    token_lifetime: Duration,
    /// How far a Timestamp may be from the simulator's clock, either way.
    #[arg(long, value_name = "DURATION", default_value = "300s", value_parser = up_to_a_day)]
    timestamp_tolerance: Duration,
    /// Serve TLS with this certificate (PEM, followed by those between it and its root).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The private key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Ask every caller for a certificate that one of these authorities (PEM) has issued.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    client_ca: Option<PathBuf>,
}

/// Runs the simulator until it is stopped.
///
/// # Errors
/// The people or the TLS files cannot be read or the address not be used.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        options.listen.ip().is_loopback(),
        "--listen: the simulator serves loopback only, for example 127.0.0.1:8237"
    );
    let people = catalog::load_people(&options.people)?;
    let mut settings = SimulatorSettings::training(options.listen, people);
    settings.strictness = Strictness {
        strict: !options.lenient,
        refuse_reused_request_ids: options.refuse_reused_request_ids,
        timestamp_tolerance: options.timestamp_tolerance,
    };
    settings.name_forms = options.name_form;
    settings.date_forms = options.date_form;
    settings.accounts.lgsp.token_lifetime = options.token_lifetime;
    settings.accounts.camel.token_lifetime = options.token_lifetime;
    if let (Some(certificate), Some(key)) = (&options.tls_certificate, &options.tls_key) {
        let files =
            TlsFiles { certificate: certificate.clone(), key: key.clone(), client_ca: options.client_ca.clone() };
        settings.tls = Some(tls::load(&files).context("TLS")?);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("runtime")?;
    runtime
        .block_on(simulator::run(settings))
        .with_context(|| format!("cannot listen on {}; is another instance running?", options.listen))?;
    Ok(ExitCode::SUCCESS)
}

fn up_to_a_day(text: &str) -> Result<Duration, String> {
    let day = Duration::from_secs(86_400);
    config::duration(text)
        .filter(|duration| *duration <= day)
        .ok_or_else(|| "a number and a unit (ms, s, m, h), at most 24h, for example 300s".to_owned())
}
