//! How much a finding weighs.

/// Whether a catalogue with this finding can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is refused.
    Error,
    /// It can, and somebody should look at it.
    Warning,
}

impl Severity {
    /// The word in machine-readable output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}
