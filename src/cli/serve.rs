//! `diensan serve`.

mod background;
mod cache;
mod connections;
mod doors;
mod office;
mod reload;
mod traces;
mod watch;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use crate::audit::{self, Journal};
use crate::autofill::{Desk, Numbers, Register};
use crate::cache::RecordCache;
use crate::catalog::{self, Catalog, CatalogHandle, CatalogRefused};
use crate::config::{Purpose, Settings};
use crate::fresh_id::fresh_id;
use crate::http::{self, App, Farewell};
use crate::signing::SigningKeys;
use crate::telemetry::Metrics;

/// Options of `serve`; they override the configuration file.
#[derive(clap::Args)]
pub struct Options {
    /// Address and port to listen on (port 0: any free one).
    #[arg(long, env = "DIENSAN_LISTEN")]
    listen: Option<SocketAddr>,
    /// The configuration file; without one the sandbox runs on its defaults.
    #[arg(long, env = "DIENSAN_CONFIG")]
    config: Option<PathBuf>,
    /// Worker threads for HTTP; one for every processor unless told otherwise.
    // The manual would hold the number of the machine that wrote it.
    #[arg(long, env = "DIENSAN_WORKERS", default_value_t = default_workers(), hide_default_value = true)]
    workers: usize,
}

fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Starts the service and returns when it has stopped.
///
/// # Errors
/// Anything that keeps it from starting, with the mend.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    collect_entropy();
    let mut settings = match &options.config {
        Some(file) => Settings::read(file, Purpose::Serve)?,
        None => Settings::default(),
    };
    settings.server.listen = options.listen.unwrap_or(settings.server.listen);
    let said_by = match (&options.listen, &options.config) {
        (None, Some(file)) => file.display().to_string(),
        _ => "--listen".to_owned(),
    };
    office::check_start(&settings, &said_by)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("runtime")?;
    // Before the first load, so that no signal ends the process and no change is missed meanwhile.
    let mut triggers = reload_triggers(&settings, &runtime)?;
    let armed = triggers.arm();
    let catalog = Arc::new(CatalogHandle::new(first_catalog(&settings)?));
    reload::report_watching(armed);
    let metrics = Arc::new(Metrics::new().context("metrics")?);
    reload::report_in_use(&catalog.current(), &metrics);
    let sandbox = settings.connections.is_empty();
    let numbers = match settings.connections.first() {
        Some(connection) if !connection.rehearsal => Numbers::RealOnly,
        _ => Numbers::InventedOnly,
    };
    let road = connections::road(&mut settings, &metrics)?;
    let gateways = road.gateways;
    let (cache, tier) = cache::open(&settings, &metrics)?;
    let office = office::open(&settings, options.config.as_deref(), tier.as_ref())?;
    if let Some(office) = office.clone() {
        metrics.access(move || office.state(http::moment())).context("metrics")?;
    }
    let journal = settings.journal.as_ref().map(Journal::open).transpose()?.map(Arc::new);
    // Invented people only: a key that ends with the process does no harm, and everything can be tried.
    let may_be_fresh = numbers == Numbers::InventedOnly;
    let signing = (settings.signing.is_some() || may_be_fresh)
        .then(|| SigningKeys::open(settings.signing.as_ref()).map(Arc::new).map_err(anyhow::Error::msg))
        .transpose()?;
    let desk = Desk {
        catalog: Arc::clone(&catalog),
        register: Register {
            connections: road.connections,
            cache: Arc::clone(&cache),
            numbers,
            metrics: Arc::clone(&metrics),
            runtime: runtime.handle().clone(),
        },
        journal: journal.clone(),
        signing,
    };
    let traces = {
        let _inside = runtime.enter();
        traces::start(settings.traces.take(), &metrics)?
    };
    let doors = doors::bind(&settings.server)?;
    let address = doors.public.local_addr()?;
    let scheme = if doors.tls.is_some() { "https" } else { "http" };
    let tls = doors.tls.clone();
    runtime.block_on(async {
        // Before the first request is taken: whoever comes first does not wait for a connection or a token.
        let sharer = tokio::spawn(cache::share(Arc::clone(&cache), tier.clone()));
        tokio::join!(connections::warm_up(&gateways), cache::reach(tier.as_ref()));
        let sweeper = tokio::spawn(sweep(Arc::clone(&cache)));
        let app = App {
            desk,
            office: office.clone(),
            pages_are_public: settings.pages_are_public,
            opencps: settings.opencps.clone(),
        };
        let farewell = Farewell { drain: settings.server.drain, in_flight: settings.server.shutdown_timeout };
        let server = http::serve(Arc::new(app), doors, options.workers.max(1), farewell)?;
        let renewer = tokio::spawn(doors::renew_tls(tls, Arc::clone(&metrics)));
        let reloader = tokio::spawn(reload::run(triggers, Arc::clone(&catalog), metrics));
        let keeper = tokio::spawn(connections::keep_credentials(gateways));
        let clerk = tokio::spawn(office::maintain(office.clone(), journal.clone()));
        let archivist = tokio::spawn(audit::retain(settings.journal.take(), crate::clock::now));
        greet(&format!("{scheme}://{address}"), &catalog.current(), sandbox);
        let stopped = server.await;
        sharer.abort();
        sweeper.abort();
        reloader.abort();
        renewer.abort();
        keeper.abort();
        clerk.abort();
        archivist.abort();
        office::record_alarms(office.as_deref(), journal.as_deref()).await;
        cache.clear().await;
        if let Some(traces) = traces {
            traces.finish(traces::LAST_SPANS).await;
        }
        stopped
    })?;
    if let Some(journal) = journal {
        journal.close();
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// The first random number of a process takes as long as a tenth of the start, because the library collects entropy of its
/// own for it: that is done while the catalogue is read. Without this thread whoever is first waits.
fn collect_entropy() {
    let _ = std::thread::Builder::new().name("entropy".to_owned()).spawn(fresh_id);
}

/// The catalogue at start; when it is refused, with what is wrong with the invented people in the same run.
fn first_catalog(settings: &Settings) -> Result<Catalog, CatalogRefused> {
    catalog::load(&settings.services, &settings.schemas).map_err(|mut refused| {
        let people = settings.services.join("people");
        if settings.connections.is_empty()
            && let Err(mut of_people) = catalog::load_people(&people)
        {
            refused.0.append(&mut of_people.0);
        }
        refused
    })
}

fn reload_triggers(settings: &Settings, runtime: &tokio::runtime::Runtime) -> anyhow::Result<reload::Triggers> {
    let _inside = runtime.enter();
    reload::Triggers::new(&settings.services, &settings.schemas, settings.watch).context("listening for SIGHUP")
}

/// Expired records are dropped within a second, also while nobody asks.
async fn sweep(cache: Arc<RecordCache>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tick.tick().await;
        cache.sweep().await;
    }
}

/// Tells where the service listens and a request to paste. A closed standard output is no reason to stop.
fn greet(base: &str, catalog: &Catalog, sandbox: bool) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "listening on {base}");
    let _ = writeln!(out, "catalogue: {} services, {} forms", catalog.services().len(), catalog.form_count());
    if sandbox {
        let _ = writeln!(
            out,
            "try:\n  curl -s {base}/v1/autofill -H 'Content-Type: application/json' \\\n    -d '{{\"service\":\"1.000894\",\"citizen\":{{\"id\":\"999198000022\"}}}}'"
        );
    }
    let _ = out.flush();
}
