//! Retention while the service runs: old segments go at the start and then every day (RISKS R9).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::keys::MacKeys;
use super::prune::{Pruned, prune};
use crate::config::JournalSettings;

/// Segments are as long as a day at most, so more often would find nothing new.
const EVERY: Duration = Duration::from_secs(24 * 3600);
/// How far the clock may run ahead of the time that passed: no clock is corrected by that much, it was set.
const AHEAD: Duration = Duration::from_secs(24 * 3600);

/// Removes what is older than decided, until the future is dropped; nothing where nobody decided. What does not verify
/// stays, and so does everything once the clock was set forward: nobody's slip with a clock may empty the journal.
pub async fn retain(settings: Option<JournalSettings>, clock: impl Fn() -> Timestamp) {
    let Some(settings) = settings else { return };
    let Some(months) = settings.retention_months else { return };
    let keys = Arc::new(MacKeys::new(&settings.mac_key, &settings.old_mac_keys));
    let (begun, since) = (clock(), Instant::now());
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let now = clock();
        if begun.checked_add(since.elapsed() + AHEAD).is_ok_and(|latest| latest < now) {
            tracing::error!("the clock was set forward: no segment of the journal is removed before the next start");
            continue;
        }
        let (directory, keys) = (settings.directory.clone(), Arc::clone(&keys));
        // Files are read and hashed: not on a thread that answers.
        match tokio::task::spawn_blocking(move || prune(&directory, &keys, months, now)).await {
            Ok(pruned) => tell(pruned),
            Err(_) => tracing::error!("removing old segments of the journal broke off"),
        }
    }
}

fn tell(pruned: std::io::Result<Pruned>) {
    match pruned {
        Ok(Pruned::Nothing) => {}
        Ok(Pruned::Removed { segments, head }) => {
            let (segments, up_to) = (segments.len(), head.seq);
            tracing::info!(segments, up_to, "old segments of the journal removed and their end sealed");
        }
        Ok(Pruned::Refused(findings)) => {
            let faults = findings.iter().filter(|finding| !finding.fault.is_notice()).count();
            tracing::error!(faults, "old segments of the journal do not verify; they stay as evidence");
        }
        Err(error) => tracing::error!(%error, "old segments of the journal were not removed"),
    }
}
