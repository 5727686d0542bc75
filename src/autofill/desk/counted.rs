//! What the metrics are told of every request that reaches the desk.

use super::{Answering, Desk, Task};
use crate::autofill::refusal::Refusal;

impl Answering {
    /// The label.
    fn label(self) -> &'static str {
        match self {
            Self::Fill => "autofill",
            Self::Compare => "verify",
            Self::Reveal(_) => "record",
        }
    }
}

impl Desk {
    /// Answers a request and counts it. The caller's name is the configured one: what a credential says is not believed
    /// before it is found in the configuration.
    pub(super) async fn serve(&self, task: Task<'_>) -> Result<String, Refusal> {
        let answer = self.on_record(task).await;
        let caller = task.asking.map_or("", |asking| asking.identity.caller.name.as_str());
        let result = answer.as_ref().map_or_else(Refusal::word, |_| "answered");
        self.register.metrics.request(caller, task.answering.label(), result);
        answer
    }
}
