//! Taking up a changed catalogue while requests are answered: on SIGHUP, and when its files change.
//!
//! The new catalogue is compiled aside and comes into use as a whole; when it does not load, the old one stays and the
//! log, the metrics and `/readyz` say so. People of the sandbox and the configuration stay as at the start.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::background::in_background;
use super::watch::Watch;
use crate::catalog::{self, Catalog, CatalogHandle, CatalogRefused, ReloadResult};
use crate::clock;
use crate::telemetry::Metrics;

/// Findings that are logged one by one; a broken dictionary may cause thousands.
const LOGGED_FINDINGS: usize = 50;
/// How often a replaced catalogue is looked at until its last request has ended.
const RETIRE_EVERY: Duration = Duration::from_millis(100);

/// What causes a reload.
pub struct Triggers {
    hangup: Signal,
    watch: Option<Watch>,
    services: PathBuf,
    schemas: PathBuf,
}

impl Triggers {
    /// Listens for SIGHUP and, with `watch`, for changed files; must be called before the first load, so that no
    /// change is missed, and inside the runtime.
    ///
    /// # Errors
    /// SIGHUP cannot be listened for.
    pub fn new(services: &Path, schemas: &Path, watch: bool) -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            watch: watch.then(|| Watch::new(services, schemas)),
            services: services.to_owned(),
            schemas: schemas.to_owned(),
        })
    }

    /// Watches the folders as they are now.
    ///
    /// # Errors
    /// Why they cannot be watched; SIGHUP works all the same.
    pub fn arm(&mut self) -> notify::Result<()> {
        self.watch.as_mut().map_or(Ok(()), Watch::renew)
    }

    /// Waits for the next one and names it.
    async fn next(&mut self) -> &'static str {
        let Self { hangup, watch, .. } = self;
        let changed = async {
            match watch {
                Some(watch) => watch.settled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = hangup.recv() => "signal",
            () = changed => "files",
        }
    }
}

/// Reloads the catalogue at every trigger, one at a time; a trigger during a load causes another load after it.
pub async fn run(mut triggers: Triggers, handle: Arc<CatalogHandle>, metrics: Arc<Metrics>) {
    // Set when a reload cannot have seen everything.
    let mut whole = false;
    loop {
        let trigger = if whole { "files" } else { triggers.next().await };
        report_watching(triggers.arm());
        let (services, schemas) = (triggers.services.clone(), triggers.schemas.clone());
        let started = Instant::now();
        // Neither on a worker of HTTP nor where look-ups are waited for.
        let before = (!whole).then(|| handle.current());
        let loaded = in_background("catalog", move || match before {
            Some(before) => catalog::reload(&before, &services, &schemas),
            None => catalog::load(&services, &schemas),
        })
        .await;
        let took_ms = started.elapsed().as_millis();
        let at = clock::now();
        let result = match loaded {
            Some(Ok(new)) => {
                let old = handle.replace(new, at);
                report_in_use(&handle.current(), &metrics);
                tracing::info!(version = %handle.current().version, trigger, took_ms, "catalogue reloaded");
                tokio::spawn(retire(old));
                ReloadResult::Ok
            }
            Some(Err(refused)) => {
                log(&refused, trigger);
                ReloadResult::Failed { findings: refused.0.len() }
            }
            None => {
                tracing::error!(trigger, "the reload broke off; the catalogue before it stays in use");
                ReloadResult::Failed { findings: 0 }
            }
        };
        if let ReloadResult::Failed { findings } = result {
            handle.keep(findings, at);
        }
        metrics.catalog_reload(result.label(), result == ReloadResult::Ok, at.as_second());
        whole = !whole && result == ReloadResult::Ok && overlooked(handle.current()).await;
    }
}

/// Files whose times are as before are not read again before the new catalogue is in use, but after that.
async fn overlooked(catalog: Arc<Catalog>) -> bool {
    let overlooked = in_background("catalog", move || catalog::overlooked(&catalog)).await.unwrap_or(true);
    if overlooked {
        tracing::warn!("a file of the catalogue changed without its times changing; everything is loaded again");
    }
    overlooked
}

/// Tells the log when folders cannot be watched.
pub fn report_watching(armed: notify::Result<()>) {
    if let Err(error) = armed {
        // The machine's own words and paths of the catalogue, nothing of a citizen.
        tracing::warn!(%error, "the catalogue's folders cannot be watched; send SIGHUP after a change");
    }
}

/// Tells the metrics about the catalogue in use.
pub fn report_in_use(catalog: &Catalog, metrics: &Metrics) {
    metrics.catalog("services", catalog.services().len());
    metrics.catalog("forms", catalog.form_count());
    metrics.catalog_version(&catalog.version);
}

/// Where the findings are, not what stands there; `diensan serve` shows the whole of them.
fn log(refused: &CatalogRefused, trigger: &'static str) {
    let findings = refused.0.len();
    tracing::warn!(findings, trigger, "catalogue refused; the one before it stays in use");
    for finding in refused.0.iter().take(LOGGED_FINDINGS) {
        let (line, column) = finding.line_and_column();
        tracing::warn!(rule = finding.finding.rule, file = %finding.file, line, column, "catalogue finding");
    }
    if findings > LOGGED_FINDINGS {
        tracing::warn!(more = findings - LOGGED_FINDINGS, "further catalogue findings");
    }
}

/// Frees a replaced catalogue here, after its last request: on a worker of HTTP that would delay other requests.
async fn retire(mut old: Arc<Catalog>) {
    loop {
        match Arc::try_unwrap(old) {
            Ok(unused) => {
                in_background("catalog", move || drop(unused)).await;
                return;
            }
            Err(used) => old = used,
        }
        tokio::time::sleep(RETIRE_EVERY).await;
    }
}
