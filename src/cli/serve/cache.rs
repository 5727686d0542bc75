//! The record cache: of this process alone, or in front of a tier that replicas share.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};

use crate::cache::{CacheSettings, RecordCache, SharedCache};
use crate::config::Settings;
use crate::shared_tier::{self, SharedTier};
use crate::telemetry::Metrics;

/// How long the start waits for the tier: without it the first requests would ask upstream for what others hold.
const FIRST_REACH: Duration = Duration::from_millis(500);
/// Messages of other replicas that may wait; more make the reader of the connection wait, not forget.
const WAITING: usize = 1024;
const LOOK: Duration = Duration::from_millis(10);

/// Cache and tier; nobody is called.
///
/// # Errors
/// No random numbers, or keys or certificates that cannot be used.
pub fn open(settings: &Settings, metrics: &Metrics) -> anyhow::Result<(Arc<RecordCache>, Option<Arc<SharedTier>>)> {
    let bounds = CacheSettings { ttl: settings.cache_ttl, max_bytes: settings.cache_max_bytes };
    let Some(shared) = &settings.cache_shared else {
        let alone = RecordCache::new(bounds).context("this machine gives no random numbers")?;
        return Ok((Arc::new(alone), None));
    };
    let tier = Arc::new(SharedTier::new(shared, metrics.shared_tier().context("metrics")?)?);
    let use_of_it = SharedCache::new(shared, Arc::clone(&tier));
    let use_of_it = use_of_it.ok_or_else(|| anyhow!("cache.shared.keys: the library refuses a key"))?;
    Ok((Arc::new(RecordCache::shared(bounds, &shared.hash_key, use_of_it)), Some(tier)))
}

/// Keeps the tier in use and listens to the other replicas. Never ends where there is a tier.
pub async fn share(cache: Arc<RecordCache>, tier: Option<Arc<SharedTier>>) {
    let (Some(tier), Some(channel)) = (tier, cache.channel()) else { return };
    let (sender, mut told) = tokio::sync::mpsc::channel(WAITING);
    let taking_up = async {
        while let Some(heard) = told.recv().await {
            cache.heard(&heard).await;
        }
    };
    tokio::join!(shared_tier::keep(Arc::clone(&tier)), shared_tier::hear(tier, channel, sender), taking_up);
}

/// Returns when the tier is in use, or after half a second: it is no condition for answering.
pub async fn reach(tier: Option<&Arc<SharedTier>>) {
    let Some(tier) = tier else { return };
    let reached = async {
        while !tier.is_up() {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(FIRST_REACH, reached).await.is_err() {
        tracing::warn!("shared tier not reached yet; serving without it");
    }
}
