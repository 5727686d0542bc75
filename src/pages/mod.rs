//! Pages for people: HTML rendered on the server, Vietnamese first, English second.
//!
//! A page is made from the same structures as the answers for programs, and says nothing else. This room must not know
//! of HTTP: it gives a status, a text and the headers that belong to it. No personal data stands in a page's address.

mod asset;
mod attributes;
mod boxes;
mod counter;
mod coverage;
mod form;
mod forms;
mod groups;
mod picture;
mod print;
mod search;
mod service;
mod services;
mod shell;
mod sorry;
mod status;
mod visit;
mod words;

pub use asset::asset;
pub use attributes::{attribute, attributes};
pub use counter::{Entry, Told, counter, counter_form, request as counter_request};
pub use coverage::coverage;
pub use form::form;
pub use forms::forms;
pub use print::print;
pub use service::service;
pub use services::services;
pub use shell::{HEADERS, Page};
pub use sorry::{foreign_page, locked, locked_counter, no_page, refused_address, unreadable_page};
pub use status::status;
pub use visit::{Visit, Words};
