//! The local tier of the record cache: bounded in bytes, keyed by the complete purpose of a look-up, wiped on drop.
//!
//! Only found records are kept, and of those only the attributes of the form that asked; not found and errors are
//! never cached. Identical look-ups in flight are merged by the same key. This room must not know of forms, HTTP or
//! gateways.

mod key;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::future::Cache;

pub use key::{CacheKey, KeyMaker, Purpose};

use crate::citizen::Record;
use crate::population::Outcome;

/// Bytes that an entry costs besides the record (moka's own bookkeeping; measured order of magnitude).
const ENTRY_OVERHEAD: usize = 300;

/// How long and how much is kept.
#[derive(Clone, Copy, Debug)]
pub struct CacheSettings {
    /// Zero: nothing is kept, only look-ups in flight are merged.
    pub ttl: Duration,
    pub max_bytes: u64,
}

/// A found record and when it was fetched.
pub struct Entry {
    pub record: Record,
    fetched: Instant,
}

/// The answer of a look-up through the cache.
pub enum Looked {
    Found { entry: Arc<Entry>, cached: bool, age: Duration },
    Failed(Arc<Outcome>),
}

/// How the cache served a look-up; the metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheResult {
    Hit,
    Miss,
    Refresh,
    Off,
}

impl CacheResult {
    /// The label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Refresh => "refresh",
            Self::Off => "off",
        }
    }
}

/// The cache.
pub struct RecordCache {
    entries: Cache<CacheKey, Arc<Entry>>,
    keys: KeyMaker,
    ttl: Duration,
}

impl RecordCache {
    /// An empty cache with a fresh random key; `None` when the machine has no randomness.
    pub fn new(settings: CacheSettings) -> Option<Self> {
        let entries = Cache::builder()
            .max_capacity(settings.max_bytes)
            .weigher(|_: &CacheKey, entry: &Arc<Entry>| {
                u32::try_from(entry.record.bytes() + ENTRY_OVERHEAD).unwrap_or(u32::MAX)
            })
            .time_to_live(settings.ttl)
            .build();
        Some(Self { entries, keys: KeyMaker::random()?, ttl: settings.ttl })
    }

    /// The key of a look-up; records never cross agencies, services, forms, queries or sets of attributes.
    pub fn key(&self, purpose: &Purpose<'_>) -> CacheKey {
        self.keys.key(purpose)
    }

    /// The cached record, or the one that `ask` fetches. Callers with the same key wait for one fetch; when the one
    /// who fetches goes away, another takes over. `refresh` drops what is kept first.
    pub async fn look_up(
        &self,
        key: CacheKey,
        refresh: bool,
        ask: impl Future<Output = Outcome>,
    ) -> (Looked, CacheResult) {
        let off = self.ttl.is_zero();
        if refresh || off {
            self.entries.invalidate(&key).await;
        }
        let fetch = async {
            match ask.await {
                Outcome::Found(record) => Ok(Arc::new(Entry { record: *record, fetched: Instant::now() })),
                failed => Err(failed),
            }
        };
        let looked = self.entries.entry(key.clone()).or_try_insert_with(fetch).await;
        if off {
            self.entries.invalidate(&key).await;
        }
        match looked {
            Err(failed) => (Looked::Failed(failed), result(off, refresh, true)),
            Ok(found) => {
                let fresh = found.is_fresh();
                let entry = found.into_value();
                let age = entry.fetched.elapsed();
                (Looked::Found { entry, cached: !fresh && !off, age }, result(off, refresh, fresh))
            }
        }
    }

    /// Bytes held now, as weighed.
    pub fn bytes(&self) -> u64 {
        self.entries.weighted_size()
    }

    /// Most bytes that are held.
    pub fn limit(&self) -> Option<u64> {
        self.entries.policy().max_capacity()
    }

    /// How long a record is held; zero: the cache is off.
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// Drops what has expired; called on a timer, because the cache drops nothing while nobody asks.
    pub async fn sweep(&self) {
        self.entries.run_pending_tasks().await;
    }

    /// Drops everything (shutdown).
    pub async fn clear(&self) {
        self.entries.invalidate_all();
        self.entries.run_pending_tasks().await;
    }
}

fn result(off: bool, refresh: bool, fresh: bool) -> CacheResult {
    match (off, fresh, refresh) {
        (true, ..) => CacheResult::Off,
        (false, true, true) => CacheResult::Refresh,
        (false, true, false) => CacheResult::Miss,
        (false, false, _) => CacheResult::Hit,
    }
}

#[cfg(test)]
mod mix_up_tests;
#[cfg(test)]
mod tests;
