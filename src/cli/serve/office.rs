//! Callers and their office, and what the start refuses without them (DESIGN §8).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use aws_lc_rs::digest::{SHA256, digest};

use crate::access::{Office, SharedQuotas, StartFacts, start_rules};
use crate::audit::{Event, Journal};
use crate::config::{Settings, read_callers};
use crate::http::moment;
use crate::shared_tier::SharedTier;

/// How often counters are brought in order and changed caller files looked at.
const MAINTAIN: Duration = Duration::from_secs(1);

/// Refuses a start that would be an open door, with the lines to add.
///
/// # Errors
/// Every reason at once; `said_by` is the file or flag to mend.
pub fn check_start(settings: &Settings, said_by: &str) -> anyhow::Result<()> {
    let real = settings.connections.iter().any(|connection| !connection.rehearsal);
    let mut secrets = Vec::new();
    let mut secret = |key, bytes: &[u8]| {
        if let Ok(hash) = <[u8; 32]>::try_from(digest(&SHA256, bytes).as_ref()) {
            secrets.push((key, hash));
        }
    };
    if let Some(journal) = &settings.journal {
        secret("journal.mac_key_file", journal.mac_key.reveal());
        secret("journal.citizen_key_file", journal.citizen_key.reveal());
    }
    let facts = StartFacts {
        real_connection: real,
        callers: count(settings)?,
        listen: settings.server.listen.ip(),
        tls: settings.server.tls.is_some(),
        behind_proxy: settings.server.behind_proxy,
        // Both lines are asked for when the file is read, with their places.
        cache_decided: true,
        state_directory: settings.access.state_directory.is_some(),
        journal: settings.journal.is_some(),
        secrets,
    };
    let problems = start_rules(&facts);
    if problems.is_empty() {
        return Ok(());
    }
    let mut text = format!("configuration refused: {} problem(s)\n", problems.len());
    for problem in problems {
        text.push_str(&format!("{said_by}: `{}` {}; add:\n", problem.key, problem.reason));
        for line in problem.add.lines() {
            text.push_str(&format!("    {line}\n"));
        }
    }
    bail!(text)
}

fn count(settings: &Settings) -> anyhow::Result<usize> {
    let Some(file) = &settings.access.callers_file else { return Ok(settings.callers.len()) };
    match read_callers(file) {
        Ok(callers) => Ok(callers.len()),
        Err(problems) => {
            let mut text = format!("configuration refused: {} problem(s)\n", problems.len());
            for problem in problems {
                text.push_str(&format!("{}:{}: `{}` {}\n", file.display(), problem.line, problem.key, problem.message));
            }
            bail!(text)
        }
    }
}

/// The office, when callers are configured.
///
/// # Errors
/// Callers, keys, lists or state that cannot be used.
pub fn open(
    settings: &Settings,
    file: Option<&Path>,
    tier: Option<&Arc<SharedTier>>,
) -> anyhow::Result<Option<Arc<Office>>> {
    if settings.callers.is_empty() && settings.access.callers_file.is_none() {
        return Ok(None);
    }
    let mut office = Office::open(&settings.access, &settings.callers, file)?;
    if let (Some(shared), Some(tier)) = (&settings.cache_shared, tier) {
        let quotas = SharedQuotas::new(Arc::clone(tier), shared.hash_key.reveal()).map_err(anyhow::Error::msg)?;
        office.shared_quotas = Some(quotas);
    }
    Ok(Some(Arc::new(office)))
}

/// Keeps counters in order, and takes up changed callers.
pub async fn maintain(office: Option<Arc<Office>>, journal: Option<Arc<Journal>>) {
    let Some(office) = office else { return };
    let mut tick = tokio::time::interval(MAINTAIN);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seen = changed(&office);
    loop {
        tick.tick().await;
        let found = changed(&office);
        let reload = found != seen;
        seen = found;
        record_alarms(Some(&office), journal.as_deref()).await;
        let office = Arc::clone(&office);
        // State is written to disk: not on a thread that answers.
        let done = tokio::task::spawn_blocking(move || {
            office.maintain(moment());
            if reload {
                match office.reload() {
                    Ok(callers) => tracing::info!(callers, "callers taken up"),
                    Err(refused) => tracing::warn!(%refused, "callers refused, the old ones stay"),
                }
            }
        });
        if done.await.is_err() {
            tracing::error!("looking after callers failed");
        }
    }
}

/// Puts alarms on record; what the journal does not take waits for the next time.
pub async fn record_alarms(office: Option<&Office>, journal: Option<&Journal>) {
    let Some((office, journal)) = office.zip(journal) else { return };
    for told in office.alarms.waiting() {
        let since = told.since.to_string();
        let caller = (!told.caller.is_empty()).then_some(told.caller.as_str());
        let event = Event { caller, since: Some(&since), ..Event::alarm(told.alarm.label()) };
        if journal.record(&event).await.is_ok() {
            office.alarms.on_record(&told);
        }
    }
}

/// Length and time of every file that a reload would read.
fn changed(office: &Office) -> Vec<Option<(u64, std::time::SystemTime)>> {
    let state = |path: &std::path::PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    };
    office.files().iter().map(state).collect()
}
