//! What the simulator knows about the call that it is answering, for the log of received calls and for rules that
//! are narrowed to an address.
//!
//! Kept for the task of the call, so that the rooms that read, match and count need not hand it on. Outside a call
//! (unit tests of an address without the server around it) nothing is noted and no rule for an address fits.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use super::socket::Connection;

tokio::task_local! {
    static CURRENT: Rc<Call>;
}

/// One call, from the first byte of its body to the head of its answer.
pub struct Call {
    /// The address that was called, without query.
    pub path: String,
    /// The connection over which it came; `None` where a test calls without one.
    pub connection: Option<Arc<Connection>>,
    outcome: Cell<Option<&'static str>>,
    reused_request_id: Cell<bool>,
}

impl Call {
    pub fn new(path: String, connection: Option<Arc<Connection>>) -> Rc<Self> {
        Rc::new(Self { path, connection, outcome: Cell::new(None), reused_request_id: Cell::new(false) })
    }

    /// The outcome that was counted for this call.
    pub fn outcome(&self) -> Option<&'static str> {
        self.outcome.get()
    }

    /// Whether its `MaYeuCau` had been used before.
    pub fn reused_request_id(&self) -> bool {
        self.reused_request_id.get()
    }
}

/// Runs the answering of a call, so that [`current`] finds it.
pub async fn within<F: Future>(call: Rc<Call>, answering: F) -> F::Output {
    CURRENT.scope(call, answering).await
}

/// The call that this task answers.
pub fn current() -> Option<Rc<Call>> {
    CURRENT.try_with(Rc::clone).ok()
}

/// Notes how the call ends.
pub fn note_outcome(outcome: &'static str) {
    if let Some(call) = current() {
        call.outcome.set(Some(outcome));
    }
}

/// Notes that the `MaYeuCau` of the call had been used before.
pub fn note_reused_request_id() {
    if let Some(call) = current() {
        call.reused_request_id.set(true);
    }
}
