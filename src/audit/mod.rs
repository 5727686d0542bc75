//! The journal: who was told what about whom, on record before it leaves (DESIGN §7).
//!
//! [`Journal::record`] answers only when the disk has the line. Lines carry the keyed MAC of themselves and of the line
//! before, so that a change, a gap or a second writer is found ([`verify`]); heads of the chain go to places outside
//! ([`anchor`]), because a chain alone proves nothing against the owner of the file and the key.
//!
//! This room must not know of HTTP, of the catalogue, or of any value of a record. Numbers are hashed where they come
//! in. An event on record may stand for an answer that never left; an answer that left is always on record.

mod anchor;
mod entry;
mod event;
mod finding;
mod head;
mod health;
mod hex;
mod keys;
mod line;
mod proven;
mod prune;
mod recover;
mod retention;
mod scan;
mod search;
mod segments;
mod sink;
mod syslog;
mod verify;
mod writer;

pub use entry::{Entry, Person};
pub use event::{Event, Involved, Kind};
#[cfg(test)]
use health::Failing;
pub use health::Health;
pub use keys::{CitizenKeys, CitizenToken, MacKeys};
pub use line::{Chain, TimeText, append, ascii, time_text};
pub use proven::{End, Proven, ProvenLine, Stopped, prove};
pub use prune::{Pruned, prune};
#[cfg(test)]
use recover::JournalRefused;
pub use retention::retain;
pub use search::{Wanted, search, segment_count};
pub use verify::{Verified, verify};
pub use writer::Journal;
#[cfg(test)]
use writer::NotWritable;

#[cfg(test)]
mod tests;
