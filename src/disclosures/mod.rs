//! The central register of disclosures: the lines of the journals of all replicas in one PostgreSQL, to be searched there
//! (docs/disclosures.md).
//!
//! The journal stays what proves; the register is a copy that can be compared with it byte for byte. Only proven lines
//! come in ([`ship`]), each chain under a name of its own, without gaps: the server refuses anything else. [`reconcile`]
//! shows that nothing is missing, changed or too much.
//!
//! This room must not know of HTTP, of the catalogue, of callers, or of any value of a record: it holds what the lines
//! hold, and those hold no personal data but keyed hashes.

mod error;
mod prune;
mod ranges;
mod reconcile;
mod row;
mod schema;
mod search;
mod server;
mod ship;

pub use error::RegisterError;
pub use prune::drop_months;
pub use reconcile::{Difference, Kind, Reconciled, reconcile};
pub use schema::{ROLES, SCHEMA, create};
pub use search::search;
pub use server::{Register, chain_names};
pub use ship::{Pass, ship};
