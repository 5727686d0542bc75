//! The tier that replicas share, in front of upstream: sealed records, and look-ups merged across replicas by a lease.
//!
//! The tier may be away, slow, empty or full of garbage at any step; then this replica goes on as if it were alone. A
//! lease is short and lengthened while its holder asks, so that a dead holder blocks nobody for longer than that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::entry::{Entry, Found};
use super::key::CacheKey;
use super::seal::{Place, Sealer, Unusable};
use crate::citizen::Record;
use crate::clock;
use crate::config::SharedSettings;
use crate::population::Outcome;
use crate::shared_tier::{Heard, SharedTier};

/// How long a lease holds when its holder says nothing more.
const LEASE: Duration = Duration::from_millis(1500);
/// How often the holder lengthens it.
const EXTEND: Duration = Duration::from_millis(500);
/// Between looks at what another replica is fetching.
const FIRST_LOOK: Duration = Duration::from_millis(15);
const LONGEST_LOOK: Duration = Duration::from_millis(120);
/// A sealed record is far smaller (a full one is about 3 KiB).
const LARGEST: usize = 256 << 10;
/// Life times differ by up to a tenth, so that what came at once does not end at once.
const JITTER: u32 = 10;

/// This replica's use of the shared tier.
pub struct SharedCache {
    tier: Arc<SharedTier>,
    sealer: Sealer,
    follow: Duration,
    /// Tells our own messages from those of others.
    origin: Uuid,
}

/// What came of trying to be the one that asks.
enum Lead {
    Mine(Lease),
    Another,
    /// Nobody can tell: the tier is away.
    Alone,
}

impl SharedCache {
    /// The use of a tier; `None` when the library refuses a key.
    pub fn new(settings: &SharedSettings, tier: Arc<SharedTier>) -> Option<Self> {
        let sealer = Sealer::new(&settings.keys)?;
        Some(Self { tier, sealer, follow: settings.follow, origin: Uuid::now_v7() })
    }

    /// The life time of a look-up's record: a tenth at most below the decided one, never above.
    pub fn life(key: &CacheKey, ttl: Duration) -> Duration {
        let [first, second, ..] = *key.bytes();
        let share = u32::from(u16::from_be_bytes([first, second]));
        ttl - ttl / JITTER * share / u32::from(u16::MAX)
    }

    /// The record that some replica holds, or the one that `ask` fetches.
    pub async fn fetch(
        self: &Arc<Self>,
        wanted: &Wanted<'_>,
        ask: impl Future<Output = Outcome>,
    ) -> Result<Entry, Outcome> {
        if wanted.refresh {
            return self.ask(wanted, None, ask).await;
        }
        match self.read(wanted).await {
            Ok(Some(entry)) => return Ok(entry),
            Ok(None) => {}
            Err(()) => return self.ask(wanted, None, ask).await,
        }
        let (until, mut look) = (Instant::now() + self.follow, FIRST_LOOK);
        loop {
            match self.lead(wanted).await {
                Lead::Alone => return self.ask(wanted, None, ask).await,
                Lead::Mine(lease) => {
                    // Whoever had the lease may have filled it in between.
                    return match self.read(wanted).await {
                        Ok(Some(entry)) => Ok(entry),
                        _ => self.ask(wanted, Some(lease), ask).await,
                    };
                }
                Lead::Another if Instant::now() >= until => return self.ask(wanted, None, ask).await,
                Lead::Another => {}
            }
            tokio::time::sleep(look).await;
            look = (look * 3 / 2).min(LONGEST_LOOK);
            match self.read(wanted).await {
                Ok(Some(entry)) => return Ok(entry),
                Ok(None) => {}
                Err(()) => return self.ask(wanted, None, ask).await,
            }
        }
    }

    /// Makes all replicas forget a record; `false`: the tier cannot be reached.
    pub async fn forget(&self, key: &CacheKey) -> bool {
        // One after the other: a replica that reads again must not find it any more.
        let gone = self.tier.write(&self.record_name(key), &[0], Duration::from_millis(1)).await.is_ok();
        self.tell(key).await && gone
    }

    /// The key of a record that another replica made old; `Err`: messages may have been missed, all may be old.
    pub fn old(&self, heard: &Heard) -> Result<Option<CacheKey>, Missed> {
        let Heard::Message(message) = heard else { return Err(Missed) };
        let Some((origin, key)) = message.split_first_chunk::<16>() else { return Ok(None) };
        if origin == self.origin.as_bytes() {
            return Ok(None);
        }
        Ok(key.try_into().ok().map(CacheKey::of_bytes))
    }

    /// Where replicas tell each other which records are old.
    pub fn channel(&self) -> String {
        self.tier.name("old-records", "all")
    }

    /// Tells all replicas that a record is old. When the tier is away nobody hears it; whoever comes back drops everything.
    async fn tell(&self, key: &CacheKey) -> bool {
        let message = [self.origin.as_bytes().as_slice(), key.bytes()].concat();
        self.tier.tell(&self.channel(), &message).await.is_ok()
    }

    /// What lies in the tier; `Err`: it cannot be asked.
    async fn read(&self, wanted: &Wanted<'_>) -> Result<Option<Entry>, ()> {
        let found = self.tier.read(&self.record_name(wanted.key), LARGEST).await.map_err(drop)?;
        let Some(stored) = found else { return Ok(None) };
        let (fetched_ms, record) = match self.sealer.open(wanted.place(), &stored.bytes) {
            Ok(opened) => opened,
            Err(unusable) => {
                self.tier.unusable(match unusable {
                    Unusable::UnknownKey => "unknown_key",
                    Unusable::Garbage => "garbage",
                });
                return Ok(None);
            }
        };
        let age = u64::try_from(clock::now().as_millisecond().saturating_sub(fetched_ms)).unwrap_or(0);
        let age = Duration::from_millis(age);
        let left = Self::life(wanted.key, wanted.ttl).saturating_sub(age);
        // The earlier end of the two: clocks of replicas may differ, and somebody may have put an old value back.
        let left = stored.left.map_or(left, |stored| stored.min(left));
        if left.is_zero() {
            self.tier.unusable("stale");
            return Ok(None);
        }
        Ok(Some(Entry::new(&record, Found::Shared, age, left)))
    }

    async fn lead(&self, wanted: &Wanted<'_>) -> Lead {
        let lease = Lease {
            tier: Arc::clone(&self.tier),
            name: self.tier.name("lease", &wanted.key.text()),
            token: Uuid::now_v7().to_string(),
            ended: false,
        };
        match self.tier.lease(&lease.name, &lease.token, LEASE).await {
            Ok(true) => Lead::Mine(lease),
            Ok(false) => {
                lease.never_had();
                Lead::Another
            }
            Err(_) => Lead::Alone,
        }
    }

    /// Asks, and leaves what was found for the others.
    async fn ask(
        self: &Arc<Self>,
        wanted: &Wanted<'_>,
        lease: Option<Lease>,
        ask: impl Future<Output = Outcome>,
    ) -> Result<Entry, Outcome> {
        let outcome = match &lease {
            None => ask.await,
            Some(lease) => lease.while_held(ask).await,
        };
        let Outcome::Found(record) = outcome else {
            // Dropping the lease ends it: another replica asks for itself.
            return Err(outcome);
        };
        let life = Self::life(wanted.key, wanted.ttl);
        self.leave(wanted, &record, life, lease);
        Ok(Entry::new(&record, Found::Asked, Duration::ZERO, life))
    }

    /// Puts a record into the tier without anybody waiting for it.
    fn leave(self: &Arc<Self>, wanted: &Wanted<'_>, record: &Record, life: Duration, lease: Option<Lease>) {
        let fetched_ms = clock::now().as_millisecond();
        let Some(sealed) = self.sealer.seal(wanted.place(), fetched_ms, record) else { return };
        let (shared, key, refresh) = (Arc::clone(self), wanted.key.clone(), wanted.refresh);
        tokio::spawn(async move {
            let _down = shared.tier.write(&shared.record_name(&key), &sealed, life).await;
            if refresh {
                shared.tell(&key).await;
            }
            if let Some(lease) = lease {
                lease.end().await;
            }
        });
    }

    fn record_name(&self, key: &CacheKey) -> String {
        self.tier.name("record", &key.text())
    }
}

/// Messages may have been missed.
pub struct Missed;

/// A look-up as the tier needs it.
pub struct Wanted<'a> {
    pub key: &'a CacheKey,
    pub connection: &'a str,
    /// As decided; what is kept lives a little shorter.
    pub ttl: Duration,
    /// Upstream is asked whatever lies in the tier.
    pub refresh: bool,
}

impl Wanted<'_> {
    fn place(&self) -> Place<'_> {
        Place { key: self.key.bytes(), connection: self.connection }
    }
}

/// The right to be the one that asks. Ended when dropped, as far as the tier can be reached.
struct Lease {
    tier: Arc<SharedTier>,
    name: String,
    token: String,
    ended: bool,
}

impl Lease {
    /// What comes of something, with the lease lengthened while it takes.
    async fn while_held<T>(&self, asking: impl Future<Output = T>) -> T {
        let mut asking = std::pin::pin!(asking);
        loop {
            tokio::select! {
                done = &mut asking => return done,
                () = tokio::time::sleep(EXTEND) => {
                    // Lost or not: the question is on its way, and its answer is as good.
                    let _lost = self.tier.extend(&self.name, &self.token, LEASE).await;
                }
            }
        }
    }

    async fn end(mut self) {
        self.ended = true;
        let _expires = self.tier.release(&self.name, &self.token).await;
    }

    fn never_had(mut self) {
        self.ended = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // Without a runtime (shutdown) it ends by itself.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (tier, name, token) = (Arc::clone(&self.tier), self.name.clone(), self.token.clone());
            runtime.spawn(async move { tier.release(&name, &token).await });
        }
    }
}
