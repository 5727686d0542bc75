//! Asking the population register for one citizen, whatever the connection.
//!
//! One trait ([`Source`]) with one answer ([`Outcome`]); behind it the embedded sandbox ([`sandbox`]) and the gateways
//! ([`gateway`]), which write requests ([`request`]) and read replies ([`reply`]) as the wire protocol says.
//!
//! This room must not know of forms, of the HTTP server or of the catalogue: it gets a query and the attributes to
//! keep, and gives a record with nothing else in it. No gateway's name, header, path or code leaves it (RISKS R18): a
//! further profile changes nothing outside.

mod connections;
pub mod gateway;
mod guard;
pub mod outcome;
pub mod reply;
pub mod request;
pub mod sandbox;
mod trail;

use std::pin::Pin;

use crate::citizen::{AttributeSet, Query};

pub use connections::Connections;
pub use gateway::GatewaySource;
pub use outcome::{FaultCause, Outcome};
pub use sandbox::SandboxSource;
pub use trail::CallTrail;

/// One question to the register, with everything that must be known about who asks and why (PROTOCOL §8).
pub struct LookUp {
    /// Whom to look for.
    pub query: Query,
    /// What to keep of the record; the rest is dropped while reading.
    pub keep: AttributeSet,
    /// National procedure code of the service for which is asked.
    pub service: String,
    /// The officer who asks, as the caller proved it.
    pub officer: String,
    /// The agency of the officer.
    pub agency: String,
    /// The dossier or counter visit.
    pub dossier: String,
    /// Where the request numbers of the calls are noted.
    pub trail: CallTrail,
}

/// Something that can be asked for one citizen's record.
pub trait Source: Send + Sync {
    /// The connection's name, for journal and metrics.
    fn name(&self) -> &str;

    /// Whether number, name and birth date must all be given (PROTOCOL §4: there is no look-up by number alone). Which
    /// numbers are refused is decided elsewhere.
    fn needs_complete_query(&self) -> bool;

    /// How far upstream's clock is ahead of ours, in seconds, when that is known (PROTOCOL §3.1: signatures carry the
    /// time, so a skew is a health signal).
    fn clock_skew_seconds(&self) -> Option<i64> {
        None
    }

    /// Whether such a citizen exists (operation 033), or an outcome that is neither [`Outcome::Found`] nor
    /// [`Outcome::NotFound`]: a failure is never a "no". `keep` is not used.
    fn exists<'a>(&'a self, look_up: &'a LookUp) -> Pin<Box<dyn Future<Output = Result<bool, Outcome>> + Send + 'a>>;

    /// Asks once; a permitted repeat happens inside. Never fails otherwise than by an [`Outcome`].
    fn look_up<'a>(&'a self, look_up: &'a LookUp) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
}
