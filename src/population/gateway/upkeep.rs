//! What a connection needs besides calls: credentials that are renewed while the service runs (RISKS T13), and
//! connections that stand before the first citizen comes.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::GatewaySource;
use crate::telemetry::upstream::ConnectionMetrics;

/// Why changed files were refused, until they are mended. Secrets and certificates apart: one that is bad hides nothing
/// that happens to the other.
#[derive(Default)]
pub struct Refusals {
    secrets: Mutex<Option<String>>,
    certificates: Mutex<Option<String>>,
}

impl GatewaySource {
    /// Takes up secrets and certificates whose files changed. Called on a timer; reads files.
    pub fn refresh_credentials(&self) {
        tell(&self.name, &self.metrics, &self.refusals.secrets, self.access.refresh_secrets());
        tell(&self.name, &self.metrics, &self.refusals.certificates, self.transport.refresh_certificates());
    }

    /// Opens and keeps connections, and has a token, so that the first citizen does not wait for them; nothing when no
    /// warm connections are configured, because each is a call upstream. A failure is only logged: readiness does not
    /// depend on upstream, nor wait for it longer than connecting may take and a second. A connection that nobody uses
    /// is closed again after a while: keeping it would need further calls.
    pub async fn warm_up(&self) {
        if self.warm_connections == 0 {
            return;
        }
        let deadline = Instant::now() + self.transport.warming_limit();
        // The question for a token warms a connection too.
        let by_token = usize::from(self.access.tokens().is_some());
        let (opened, token) = tokio::join!(
            self.transport.warm_up(&self.base, self.warm_connections - by_token, deadline),
            self.token(deadline)
        );
        match token {
            Err(attempt) => tracing::warn!(connection = %self.name, outcome = attempt.label(), "no token yet"),
            Ok(_) => {
                let (opened, wanted) = (opened + by_token, self.warm_connections);
                tracing::info!(connection = %self.name, opened, wanted, "connections warmed");
            }
        }
    }
}

/// Tells metrics and log what came of looking at files: a change once, a refusal once and not every two seconds for as
/// long as the file is bad.
fn tell(connection: &str, metrics: &ConnectionMetrics, refused: &Mutex<Option<String>>, looked: Result<bool, String>) {
    let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
    match looked {
        Ok(false) => *refused = None,
        Ok(true) => {
            *refused = None;
            metrics.credentials_reload(true);
            tracing::info!(connection, "credentials taken up");
        }
        Err(message) if refused.as_ref() != Some(&message) => {
            metrics.credentials_reload(false);
            tracing::warn!(connection, message, "credentials refused, the old ones stay");
            *refused = Some(message);
        }
        Err(_) => {}
    }
}
