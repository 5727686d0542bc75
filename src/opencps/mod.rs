//! The words of an open-source one-stop system's front end: what it asks and what it expects back.
//!
//! This room turns its body into a request of ours and a record into its shape. It must not know of HTTP, the catalogue or
//! the register; which attributes are given is decided elsewhere.

mod answer;
mod error_code;
mod question;

pub use answer::{existence, nobody, record};
pub use error_code::error_code;
pub use question::{Asked, AskedFor, read};
