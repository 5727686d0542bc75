//! Who may ask, for what, and how much: callers, licences, quotas, the watch list, sampling (DESIGN §8).
//!
//! Everything here is told the time and decides; nothing asks the register or knows of HTTP, forms or the journal. The
//! order for a look-up: [`Authenticator::authenticate`] → [`Quotas::request`] → [`Office::permit`] (scope, officer and
//! agency, service, second person, quota) → the look-ups, of each of which [`Quotas::found`] or [`Quotas::missed`] is
//! told → [`Licence::attributes`] while filling → [`Office::sample`]. Other operations ask [`Identity::may`] only.
//! Every refusal has a [`Face`] that the HTTP room makes a problem document of. [`Office::maintain`] runs once a second,
//! [`Office::reload`] on SIGHUP and when one of [`Office::files`] changes.

mod alarm;
pub mod api_key;
mod authenticate;
mod callers;
mod certificate;
mod faces;
mod hex;
mod identity;
mod key_set;
mod key_source;
mod keyed_hash;
mod licence;
mod moment;
mod office;
mod permit;
mod quota;
mod refusal;
mod release;
mod replay;
mod sampling;
mod start_rules;
mod state_log;
mod token;
pub mod watch_list;

pub use authenticate::Presented;
pub use callers::Callers;
pub use certificate::PeerCertificate;
pub use faces::every_face;
pub use identity::Identity;
pub use keyed_hash::HashKey;
pub use licence::ServiceFacts;
pub use moment::Moment;
pub use office::{LookedUp, Office};
pub use permit::{Denied, LookUpRequest, Permit, Sought};
pub use quota::{AskedCitizen, Operation, SharedQuotas};
pub use refusal::{AccessRefusal, Face};
pub use sampling::{AnswerRefusal, Sample};
pub use start_rules::{StartFacts, start_rules};
