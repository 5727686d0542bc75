//! The job: one request from start to end, and the pure filling of a form.
//!
//! [`desk`] is the only place that knows the order of the steps; [`fill`] is a pure function. This room must not know
//! of HTTP, of gateways (only of outcomes), or of how the cache keeps its records.

mod answer;
mod desk;
mod fill;
mod refusal;
mod request;
mod roles;
mod warning;

pub use desk::{Desk, Numbers};
pub use refusal::{Choice, Refusal};
pub use request::AutofillRequest;
