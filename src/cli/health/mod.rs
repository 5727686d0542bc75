//! `diensan health`: asks the service beside it whether it is well, and says so in one sentence and an exit code.
//!
//! For images without a shell, for compose files and for scripts. It asks this machine only, sends no credential, and reads
//! nothing of the configuration but `[server]`: whoever breaks another section while the service runs must not have it
//! taken for dead.

mod pinned;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::screen::print;
use crate::config::ServerSettings;

/// How long an answer may take: less than the time-out of whoever runs this (3 s in our own files).
const PATIENCE: Duration = Duration::from_millis(2500);

/// Options of `health`. Without any the door of a service without configuration is asked.
#[derive(clap::Args)]
pub struct Options {
    /// The address to ask, on this machine: http://127.0.0.1:8236/readyz.
    #[arg(long)]
    url: Option<Url>,
    /// The configuration of the service: its admin_listen is asked, else its listen.
    #[arg(long, env = "DIENSAN_CONFIG")]
    config: Option<PathBuf>,
    /// The address that the service was told to listen on.
    #[arg(long, env = "DIENSAN_LISTEN")]
    listen: Option<SocketAddr>,
    /// Ask whether the process is alive, not whether it takes requests.
    #[arg(long, conflicts_with = "url")]
    alive: bool,
}

/// Where to ask, and which certificate is to be shown there.
struct Door {
    url: Url,
    certificate: Option<PathBuf>,
}

/// Exit code 0 when the answer is good, 1 when there is none or another.
///
/// # Errors
/// It cannot be asked: an address elsewhere, a configuration that cannot be read.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let door = door(options)?;
    let client = client(&door)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    let said = runtime.block_on(async { client.get(door.url.clone()).send().await.map(|answer| answer.status()) });
    let (good, sentence) = match said {
        Ok(status) if status.is_success() => (true, format!("{} is well ({})", door.url, status.as_u16())),
        Ok(status) => (false, format!("{} is not well: it answered {}", door.url, status.as_u16())),
        Err(error) if error.is_timeout() => (false, format!("{} did not answer within {PATIENCE:?}", door.url)),
        Err(error) => (false, format!("{} cannot be asked: {}", door.url, reason(&error))),
    };
    print(&format!("{sentence}\n"))?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The last cause, which is the system's or the handshake's word; those before it only repeat the address.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn door(options: &Options) -> anyhow::Result<Door> {
    if let Some(url) = &options.url {
        ensure!(
            url.scheme() == "http",
            "--url: only http:// can be asked; for TLS give --config, which names the certificate"
        );
        ensure!(is_here(url), "--url: health asks this machine only, for example http://127.0.0.1:8236/readyz");
        return Ok(Door { url: url.clone(), certificate: None });
    }
    let server = match &options.config {
        Some(file) => ServerSettings::read_alone(file)?,
        None => ServerSettings::default(),
    };
    let path = if options.alive { "/healthz" } else { "/readyz" };
    // The admin door is plain HTTP, whatever the other one is.
    let (address, tls) = match server.admin_listen {
        Some(admin) => (admin, None),
        None => (options.listen.unwrap_or(server.listen), server.tls),
    };
    let (scheme, certificate) = tls.map_or(("http", None), |tls| ("https", Some(tls.certificate)));
    let url = format!("{scheme}://{}{path}", reachable(address)).parse().context("the address of the service")?;
    Ok(Door { url, certificate })
}

/// A service that listens everywhere is asked on loopback; one that listens on one address is asked there.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let here = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::from(Ipv6Addr::LOCALHOST),
        address => address,
    };
    SocketAddr::new(here, listen.port())
}

fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// No proxy, no redirect; the machine's roots are never needed, and an image may have none.
fn client(door: &Door) -> anyhow::Result<Client> {
    let builder = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE);
    let builder = match &door.certificate {
        None => builder.tls_certs_only([]),
        Some(file) => builder.tls_backend_preconfigured(pinned::believing_only(&read_certificate(file)?)?),
    };
    builder.build().context("a client")
}

fn read_certificate(file: &Path) -> anyhow::Result<Vec<u8>> {
    match std::fs::read(file) {
        Ok(pem) => Ok(pem),
        Err(error) => bail!("{}: cannot be read: {error}", file.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_here() {
        for (url, here) in [
            ("http://127.0.0.1:8236/readyz", true),
            ("http://127.9.9.9/", true),
            ("http://[::1]:8236/", true),
            ("http://localhost:1/", true),
            ("http://10.0.0.1/", false),
            ("http://127.0.0.1.example/", false),
            ("http://localhost.example/", false),
            ("http://[2001:db8::1]/", false),
        ] {
            assert_eq!(is_here(&url.parse().expect("an address")), here, "{url}");
        }
    }

    #[test]
    fn who_listens_everywhere_is_asked_on_loopback_and_who_listens_somewhere_is_asked_there() {
        for (listen, asked) in [
            ("0.0.0.0:8236", "127.0.0.1:8236"),
            ("[::]:8236", "[::1]:8236"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("10.1.2.3:8236", "10.1.2.3:8236"),
        ] {
            assert_eq!(reachable(listen.parse().expect("an address")).to_string(), asked);
        }
    }
}
