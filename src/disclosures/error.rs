//! What can go wrong with the register. Nothing here repeats an address, a password or a value of a row.

use std::io;

use tokio_postgres::error::SqlState;

use crate::audit::Stopped;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The trust file, a certificate, the provider of cryptography.
    #[error("TLS to the register: {0}")]
    Tls(String),
    /// The password file.
    #[error("the password file of the register {0}")]
    Password(String),
    /// The server's word for it, with its SQLSTATE.
    #[error("the register refuses: {message} ({code})")]
    Refused { code: String, message: String },
    /// It cannot be reached, or went away meanwhile.
    #[error("the register cannot be reached: {0}")]
    Away(String),
    /// An answer that makes no sense.
    #[error("the register answered with something else than was asked for: {0}")]
    Answer(String),
    /// There are no tables.
    #[error("the register has no tables yet: run `diensan audit ship --create` as the owner of the database")]
    NoTables,
    /// Two lines of one place of a chain.
    #[error(
        "line {seq} is another in the register than in the journal (MAC {register} there, {journal} here): either this is \
         another journal, and needs a `journal_name` of its own, or one of the two was rewritten. Nothing was shipped. \
         Run `diensan audit verify` and `diensan audit reconcile`"
    )]
    OtherLine { seq: u64, journal: String, register: String },
    /// Lines that the register lacks are not in the journal any more.
    #[error(
        "the register ends with line {register}, and the journal begins with line {journal}: what lies between was \
         removed before it was shipped. Put the removed segments back from a backup and ship again"
    )]
    Gap { register: u64, journal: u64 },
    /// The journal itself.
    #[error(transparent)]
    Journal(#[from] Stopped),
}

impl RegisterError {
    /// Whether waiting may help: the server is away, starting, stopping, full or busy.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Away(_) => true,
            Self::Refused { code, .. } => {
                matches!(code.get(..2), Some("08" | "40" | "53" | "55" | "57" | "58")) || code == RACE
            }
            _ => false,
        }
    }

    /// Whether somebody else moved the chain on meanwhile.
    pub fn is_race(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == RACE)
    }

    /// Whether the journal itself, or the register beside it, is not what it should be.
    pub fn is_finding(&self) -> bool {
        matches!(self, Self::OtherLine { .. } | Self::Gap { .. } | Self::Journal(Stopped::Fault(_)))
    }
}

/// Our own state of the trigger: somebody else moved the chain on, or it is another chain.
pub const RACE: &str = "DS001";

impl From<tokio_postgres::Error> for RegisterError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(refused) = error.as_db_error() {
            if [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME, SqlState::UNDEFINED_FUNCTION]
                .contains(refused.code())
            {
                return Self::NoTables;
            }
            // Without detail, hint and context: those repeat values.
            return Self::Refused { code: refused.code().code().to_owned(), message: refused.message().to_owned() };
        }
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        let mut text = error.to_string();
        let mut of_the_road = error.is_closed();
        for cause in causes {
            of_the_road |= cause.downcast_ref::<io::Error>().is_some();
            text = format!("{text}: {cause}");
        }
        // Certificates that are not trusted come as errors of the road as well; waiting does not mend them.
        if text.contains("certificate") || text.contains("TLS handshake") {
            return Self::Tls(text);
        }
        if of_the_road || text.contains("connecting") || text.contains("timeout") {
            return Self::Away(text);
        }
        Self::Answer(text)
    }
}
