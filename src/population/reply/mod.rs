//! Reading what came back: bytes in, one [`Outcome`] out.
//!
//! The way of a reply: [`document`] tells XML from JSON; [`xml`] and [`json`] make events of it; the [`sieve`] keeps of
//! them what the [`plan`] knows and somebody wants, as one [`tree`], and of the rest a [`mark`]; [`classify`] tells faults
//! ([`fault`]) first, then goes to the one place where a record may stand ([`envelope`]); [`record`] and [`value`] read it
//! tolerantly (PROTOCOL §5.2); [`identity`] compares it with the question. [`exists`] and [`token`] read the two other
//! replies. Every byte is hostile until the end of that way; nothing of a reply reaches a log or an error.

pub mod classify;
mod document;
mod envelope;
pub mod exists;
mod fault;
mod identity;
mod json;
mod lifetime;
mod mark;
mod plan;
mod record;
mod retry_after;
mod sieve;
pub mod token;
pub mod tree;
mod value;
pub mod xml;

#[cfg(test)]
mod tests;

pub use classify::read_reply;
pub use exists::read_existence;
pub use retry_after::http_date;
pub use token::{TokenReply, read_token};

/// Most bytes of a body after decompression where no connection says otherwise (PROTOCOL §5.2 rule 7).
const MAX_BYTES: usize = 1024 * 1024;
/// Deepest nesting; an honest reply has 7.
const MAX_DEPTH: usize = 64;
/// Most elements, kept or not; an honest reply has about 90.
const MAX_ELEMENTS: usize = 10_000;
/// Most attributes of one element.
const MAX_ATTRIBUTES: usize = 64;
/// Most elements that are kept.
const MAX_KEPT: usize = 2_000;
/// Most bytes of text that are kept; an honest reply has about 2,000.
const MAX_TEXT: usize = 256 * 1024;

/// What was noticed while reading; never anything of the reply itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadNotes {
    /// Elements that the protocol does not know; they are ignored (PROTOCOL §5).
    pub unknown_elements: u64,
}

/// The parts of an HTTP answer that count.
pub struct HttpReply<'a> {
    pub status: u16,
    pub content_type: Option<String>,
    pub retry_after: Option<String>,
    /// Decompressed.
    pub body: &'a [u8],
}

impl HttpReply<'_> {
    fn says_html(&self) -> bool {
        self.content_type.as_deref().is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
    }
}
