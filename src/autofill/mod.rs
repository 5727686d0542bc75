//! The job: one request from start to end, and the pure filling of a form.
//!
//! [`desk`] is the only place that knows the order of the steps; [`fill`] is a pure function. This room must not know
//! of HTTP, of gateways (only of outcomes), or of how the cache keeps its records.

mod answer;
mod asking;
mod batch;
pub mod catalog_diff;
mod chosen;
mod compare;
mod desk;
mod fill;
mod finished;
#[cfg(test)]
mod fuzz;
pub mod golden;
mod last_steps;
mod looked_up;
mod offline;
mod on_record;
mod oversight;
mod people;
mod proof;
mod ratio;
mod readings;
mod refusal;
mod register;
mod render;
mod request;
mod roles;
mod statement;
mod typed;
mod verification;
mod verify;
mod view;
mod warning;

pub use asking::Asking;
pub use batch::read_batch;
pub use compare::ChangeKind;
pub use desk::Desk;
pub use finished::{Fault, check as check_finished};
pub use last_steps::LastSteps;
pub use offline::{Offline, Unanswered, in_every_role};
pub use oversight::{Explanation, ReleaseRequest};
pub use ratio::FillCount;
pub use refusal::{Choice, Refusal};
pub use register::{Numbers, Register};
pub use request::{AutofillRequest, VerifyRequest};
pub use typed::without_blanks;
pub use view::{FieldView, field_views};
