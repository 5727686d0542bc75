//! Traces of `serve`, when they are configured.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Certificate, Client, redirect};
use secrecy::ExposeSecret as _;

use crate::config::{SecretFile, TracesSettings};
use crate::telemetry::Metrics;
use crate::telemetry::traces::{Collector, Traces, TracesPlan};

/// How long a collector may take to answer; spans gather meanwhile, or are dropped.
const ANSWER: Duration = Duration::from_secs(8);
const CONNECT: Duration = Duration::from_secs(3);

/// How long the end of the process waits for the last spans.
pub const LAST_SPANS: Duration = Duration::from_secs(3);

/// Turns traces on, when they are configured. Nobody is called.
///
/// # Errors
/// What cannot be used, with the key.
pub fn start(settings: Option<TracesSettings>, metrics: &Metrics) -> anyhow::Result<Option<Traces>> {
    let Some(settings) = settings else { return Ok(None) };
    let client = client(&settings).context("[traces]")?;
    let header = settings.header;
    if let Some(file) = &header {
        named(file).context("[traces] headers_file must hold one line `Name: value`")?;
    }
    // Read again with every batch: a new secret needs no restart. The old one stays while the file cannot be used.
    let header = Box::new(move || {
        let file = header.as_ref()?;
        let _ = file.refresh();
        named(file)
    });
    let plan = TracesPlan {
        sample: settings.sample,
        service_name: settings.service_name,
        attributes: settings.attributes,
        collector: Collector { endpoint: settings.endpoint, client, header },
    };
    let counts = metrics.spans().context("metrics")?;
    Ok(Some(Traces::start(plan, counts).map_err(|error| anyhow::anyhow!("[traces] {error}"))?))
}

fn named(file: &SecretFile) -> Option<(HeaderName, HeaderValue)> {
    let secret = file.current();
    let (name, value) = secret.expose_secret().split_once(':')?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

fn client(settings: &TracesSettings) -> anyhow::Result<Client> {
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .http1_only()
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .user_agent(concat!("diensan/", env!("CARGO_PKG_VERSION")));
    if settings.endpoint.starts_with("http://") {
        builder = builder.tls_certs_only([]);
    } else {
        builder = builder.https_only(true);
        if let Some(trust) = &settings.trust {
            let pem = std::fs::read(trust).context("trust cannot be read")?;
            let roots = Certificate::from_pem_bundle(&pem).ok().filter(|roots| !roots.is_empty());
            builder = builder.tls_certs_only(roots.context("trust holds no certificate in PEM")?);
        }
    }
    builder.build().context("no client can be built")
}
