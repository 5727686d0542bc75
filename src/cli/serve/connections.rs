//! The connections of the configuration as sources, or the sandbox when there is none.

use std::sync::Arc;

use anyhow::Context as _;

use crate::catalog;
use crate::config::{ConnectionSettings, Settings};
use crate::population::{Connections, GatewaySource, SandboxSource, Source};
use crate::telemetry::Metrics;

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
    for connection in configured {
        let serves = connection.serves.clone();
        let gateway = Arc::new(gateway(connection, metrics)?);
        gateways.push(Arc::clone(&gateway));
        rules.push((serves, gateway as Arc<dyn Source>));
    }
    Ok(Road { connections: Connections::new(rules), gateways })
}

fn gateway(connection: ConnectionSettings, metrics: &Metrics) -> anyhow::Result<GatewaySource> {
    let (name, metrics) = (connection.name.clone(), metrics.upstream(&connection.name));
    GatewaySource::new(connection, metrics).with_context(|| format!("connection `{name}`"))
}
