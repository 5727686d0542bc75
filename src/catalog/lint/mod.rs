//! Everything that a maintainer wants to know of a catalogue: what refuses it, and what only deserves a look.

pub mod fit;
pub mod rules;
pub mod successor;
pub mod text;
