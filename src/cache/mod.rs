//! The record cache: keyed by the complete purpose of a look-up. The local tier is bounded in bytes and wiped on drop;
//! behind it replicas may share one in which records are sealed.
//!
//! Only found records are kept, and of those only the attributes of the form that asked; not found and errors are
//! never cached. Identical look-ups in flight are merged by the same key. This room must not know of forms, HTTP or
//! gateways.

mod encoding;
mod entry;
mod key;
mod seal;
mod shared;

use std::future::Future;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;

use entry::{Entry, Found};
use key::OwnHash;
pub use key::{CacheKey, KeyMaker, Purpose};
pub use seal::{Place, Sealer};
pub use shared::SharedCache;
use shared::{Missed, Wanted};

use crate::citizen::Record;
use crate::config::JournalKey;
use crate::population::{FaultCause, Outcome};
use crate::shared_tier::Heard;

/// How long and how much is kept.
#[derive(Clone, Copy, Debug)]
pub struct CacheSettings {
    /// Zero: nothing is kept, only look-ups in flight are merged.
    pub ttl: Duration,
    pub max_bytes: u64,
}

/// A record that lies in the shared tier for some time already ends here when it ends there.
struct OwnLife;

impl Expiry<CacheKey, Arc<Entry>> for OwnLife {
    fn expire_after_create(&self, _: &CacheKey, entry: &Arc<Entry>, _: Instant) -> Option<Duration> {
        Some(entry.life())
    }
}

/// The answer of a look-up through the cache.
pub enum Looked {
    Found { record: Box<Record>, cached: bool, age: Duration },
    Failed(Arc<Outcome>),
}

/// How the cache served a look-up; the metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheResult {
    Hit,
    /// The record came from the tier that replicas share.
    SharedHit,
    Miss,
    Refresh,
    Off,
}

impl CacheResult {
    /// The label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::SharedHit => "shared_hit",
            Self::Miss => "miss",
            Self::Refresh => "refresh",
            Self::Off => "off",
        }
    }
}

/// The cache.
pub struct RecordCache {
    entries: Cache<CacheKey, Arc<Entry>, BuildHasherDefault<OwnHash>>,
    keys: KeyMaker,
    ttl: Duration,
    shared: Option<Arc<SharedCache>>,
}

impl RecordCache {
    /// An empty cache of this process alone, with a fresh random key; `None` when the machine has no randomness.
    pub fn new(settings: CacheSettings) -> Option<Self> {
        Some(Self::with(settings, KeyMaker::random()?, None))
    }

    /// An empty cache in front of a tier that replicas share; `hash_key` is the same in all of them.
    pub fn shared(settings: CacheSettings, hash_key: &JournalKey, shared: SharedCache) -> Self {
        Self::with(settings, KeyMaker::shared(hash_key), Some(Arc::new(shared)))
    }

    fn with(settings: CacheSettings, keys: KeyMaker, shared: Option<Arc<SharedCache>>) -> Self {
        let entries = Cache::builder()
            .max_capacity(settings.max_bytes)
            .weigher(|_: &CacheKey, entry: &Arc<Entry>| entry.weight())
            .time_to_live(settings.ttl);
        // Lives of their own cost memory in every entry.
        let entries = if shared.is_some() { entries.expire_after(OwnLife) } else { entries };
        let entries = entries.build_with_hasher(BuildHasherDefault::default());
        Self { entries, keys, ttl: settings.ttl, shared }
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
        connection: &str,
        refresh: bool,
        ask: impl Future<Output = Outcome>,
    ) -> (Looked, CacheResult) {
        let off = self.ttl.is_zero();
        if refresh || off {
            self.entries.invalidate(&key).await;
        } else if let Some(entry) = self.entries.get(&key).await {
            return (looked(&entry, true), CacheResult::Hit);
        }
        let fetch = async {
            let entry = match &self.shared {
                Some(shared) if !off => {
                    Box::pin(shared.fetch(&Wanted { key: &key, connection, ttl: self.ttl, refresh }, ask)).await
                }
                _ => match ask.await {
                    Outcome::Found(record) => Ok(Entry::new(&record, Found::Asked, Duration::ZERO, self.ttl)),
                    failed => Err(failed),
                },
            };
            entry.map(Arc::new)
        };
        // On the heap, so that the road of a hit does not carry the room for all this along.
        let fetched = Box::pin(self.entries.entry(key.clone()).or_try_insert_with(fetch)).await;
        if off {
            self.entries.invalidate(&key).await;
        }
        match fetched {
            Err(failed) => (Looked::Failed(failed), result(off, refresh, None)),
            Ok(found) => {
                let came = found.is_fresh().then_some(found.value().found());
                let came = came.map_or(Came::Kept, Came::Now);
                let cached = came != Came::Now(Found::Asked) && !off;
                (looked(found.value(), cached), result(off, refresh, Some(came)))
            }
        }
    }

    /// Takes up what other replicas told: an older record goes.
    pub async fn heard(&self, heard: &Heard) {
        match self.shared.as_ref().map(|shared| shared.old(heard)) {
            Some(Ok(Some(key))) => self.entries.invalidate(&key).await,
            Some(Err(Missed)) => self.entries.invalidate_all(),
            Some(Ok(None)) | None => {}
        }
    }

    /// Where other replicas are heard; `None`: there are none.
    pub fn channel(&self) -> Option<String> {
        self.shared.as_ref().map(|shared| shared.channel())
    }

    /// Forgets a record, in all replicas; `false`: the others cannot be reached and may keep it to its end.
    pub async fn forget(&self, key: &CacheKey) -> bool {
        self.entries.invalidate(key).await;
        match &self.shared {
            Some(shared) => shared.forget(key).await,
            None => true,
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

/// An entry as the answer of a look-up.
fn looked(entry: &Entry, cached: bool) -> Looked {
    match entry.record() {
        Some(record) => Looked::Found { record, cached, age: entry.age() },
        None => Looked::Failed(Arc::new(Outcome::UpstreamFault(FaultCause::Internal))),
    }
}

/// How a found record came to this caller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    /// It was here, or on its way for somebody else.
    Kept,
    Now(Found),
}

/// The result; `None`: nothing was found.
fn result(off: bool, refresh: bool, came: Option<Came>) -> CacheResult {
    match (off, came, refresh) {
        (true, ..) => CacheResult::Off,
        (false, Some(Came::Kept), _) => CacheResult::Hit,
        (false, Some(Came::Now(Found::Shared)), _) => CacheResult::SharedHit,
        (false, Some(Came::Now(Found::Asked)) | None, true) => CacheResult::Refresh,
        (false, Some(Came::Now(Found::Asked)) | None, false) => CacheResult::Miss,
    }
}

#[cfg(test)]
mod mix_up_tests;
#[cfg(test)]
mod tests;
