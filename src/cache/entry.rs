//! What the cache keeps of a look-up: the record as bytes, not as a record.
//!
//! A record has a place for every attribute that there may be, and a form takes ten of them. As bytes those ten take a fifth
//! of the memory, and what is kept is what would be sealed. Reading them back costs less than a microsecond.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::encoding;
use crate::citizen::Record;

/// Bytes that an entry costs besides the record (moka's own bookkeeping, the key, this; measured order of magnitude).
const OVERHEAD: usize = 400;

/// A found record, when it was fetched, and how long it may be used from the moment it came here.
pub struct Entry {
    /// Wiped on drop.
    bytes: Zeroizing<Box<[u8]>>,
    found: Found,
    fetched: Instant,
    life: Duration,
}

/// Where a record came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Upstream was asked by this replica.
    Asked,
    /// Another replica had asked, or this one before.
    Shared,
}

impl Entry {
    /// A record that was fetched some time ago.
    pub fn new(record: &Record, found: Found, age: Duration, life: Duration) -> Self {
        let now = Instant::now();
        // A copy of the right size: the vector has room for the longest record.
        let bytes = Zeroizing::new(Box::from(encoding::encode(record).as_slice()));
        Self { bytes, found, fetched: now.checked_sub(age).unwrap_or(now), life }
    }

    /// The record. What cannot be read was not written by us: that is a fault of the program.
    pub fn record(&self) -> Option<Box<Record>> {
        encoding::decode(&self.bytes).map(Box::new)
    }

    pub fn found(&self) -> Found {
        self.found
    }

    pub fn age(&self) -> Duration {
        self.fetched.elapsed()
    }

    pub fn life(&self) -> Duration {
        self.life
    }

    /// What it counts against the cache's bound, in bytes.
    pub fn weight(&self) -> u32 {
        u32::try_from(self.bytes.len() + OVERHEAD).unwrap_or(u32::MAX)
    }
}
