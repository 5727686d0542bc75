//! The connections of the configuration as sources, or the sandbox when there is none.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use crate::catalog;
use crate::config::{ConnectionSettings, Settings};
use crate::population::{Connections, GatewaySource, SandboxSource, Source};
use crate::telemetry::Metrics;

/// How often the files of secrets and certificates are looked at.
const CREDENTIALS_CHECK: Duration = Duration::from_secs(2);

/// Below this a connection would not even serve the next person of the same dossier.
const SHORTEST_IDLE: Duration = Duration::from_secs(1);

/// What is asked, and the gateways among it, which must be looked after while the service runs.
pub struct Road {
    pub connections: Connections,
    pub gateways: Vec<Arc<GatewaySource>>,
}

/// Builds every connection; nobody is called.
///
/// # Errors
/// The first connection that cannot be built, by name, or the sandbox's people cannot be read.
pub fn road(settings: &mut Settings, metrics: &Metrics) -> anyhow::Result<Road> {
    let configured = std::mem::take(&mut settings.connections);
    if configured.is_empty() {
        let people = catalog::load_people(&settings.services.join("people"))?;
        let connections = Connections::only(Arc::new(SandboxSource::new(people)));
        return Ok(Road { connections, gateways: Vec::new() });
    }
    let mut rules = Vec::new();
    let mut gateways = Vec::new();
    for mut connection in configured {
        connection.guard.idle = connection.guard.idle.min(longest_idle(settings.cache_ttl));
        let serves = connection.serves.clone();
        let gateway = Arc::new(gateway(connection, metrics)?);
        gateways.push(Arc::clone(&gateway));
        rules.push((serves, gateway as Arc<dyn Source>));
    }
    Ok(Road { connections: Connections::new(rules), gateways })
}

/// Warms every connection that wants it, all at once.
pub async fn warm_up(gateways: &[Arc<GatewaySource>]) {
    futures_util::future::join_all(gateways.iter().map(|gateway| gateway.warm_up())).await;
}

/// Takes up secrets and certificates whose files were replaced.
pub async fn keep_credentials(gateways: Vec<Arc<GatewaySource>>) {
    let mut tick = tokio::time::interval(CREDENTIALS_CHECK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let gateways = gateways.clone();
        // Files are read: not on a thread that answers.
        let looked = tokio::task::spawn_blocking(move || {
            for gateway in gateways {
                gateway.refresh_credentials();
            }
        });
        if looked.await.is_err() {
            tracing::error!("looking after credentials failed");
        }
    }
}

/// How long a connection may stand unused so that it does not outlive the record that it brought: closed connections are
/// looked for as often as they may be idle, so the last one goes after twice this time. Zero: nothing is kept that could
/// be outlived.
fn longest_idle(life: Duration) -> Duration {
    if life.is_zero() { Duration::MAX } else { (life / 2).max(SHORTEST_IDLE) }
}

fn gateway(connection: ConnectionSettings, metrics: &Metrics) -> anyhow::Result<GatewaySource> {
    let (name, metrics) = (connection.name.clone(), metrics.upstream(&connection.name));
    GatewaySource::new(connection, metrics).with_context(|| format!("connection `{name}`"))
}
