//! The request numbers under which upstream was asked for one look-up, in order: the first and every repeat
//! (PROTOCOL §7: a repeat has a new number, linked to the first in the audit record).

use std::sync::{Arc, Mutex, PoisonError};

/// Shared by who asks and who calls; clones are the same trail.
#[derive(Clone, Default)]
pub struct CallTrail(Arc<Mutex<Vec<String>>>);

impl CallTrail {
    /// A call leaves under this number.
    pub fn add(&self, request_id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(request_id.to_owned());
    }

    /// The numbers so far.
    pub fn calls(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
