//! Where requests come in: addresses, our own certificate and its renewal.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use crate::config::ServerSettings;
use crate::http::{Doors, Tls};
use crate::telemetry::Metrics;

/// How often the files of our own certificate are looked at.
const TLS_CHECK: Duration = Duration::from_secs(2);

/// Binds every door.
///
/// # Errors
/// An address or a TLS file cannot be used.
pub fn bind(server: &ServerSettings) -> anyhow::Result<Doors> {
    let listener = |address: SocketAddr| -> anyhow::Result<TcpListener> {
        let bound = TcpListener::bind(address)
            .with_context(|| format!("cannot listen on {address}; is another instance running?"))?;
        bound.set_nonblocking(true)?;
        Ok(bound)
    };
    let tls = server.tls.clone().map(Tls::read).transpose()?.map(Arc::new);
    Ok(Doors { public: listener(server.listen)?, tls, admin: server.admin_listen.map(listener).transpose()? })
}

/// Takes up renewed certificates of our own door, and shows when the one in use ends.
pub async fn renew_tls(tls: Option<Arc<Tls>>, metrics: Arc<Metrics>) {
    let Some(tls) = tls else { return };
    let show_end = || tls.ends().into_iter().for_each(|second| metrics.server_certificate_ends(second));
    show_end();
    let mut tick = tokio::time::interval(TLS_CHECK);
    let mut refused: Option<String> = None;
    loop {
        tick.tick().await;
        match tls.refresh() {
            Ok(changed) => {
                if changed {
                    show_end();
                    tracing::info!("the certificate of our own door was renewed");
                }
                refused = None;
            }
            Err(refusal) => {
                let message = refusal.to_string();
                if refused.as_ref() != Some(&message) {
                    tracing::warn!(message, "the renewed certificate of our own door is refused, the old one stays");
                }
                refused = Some(message);
            }
        }
    }
}
