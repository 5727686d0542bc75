//! Connects, probes, and puts the tier into use again. The only place that waits for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::RedisError;

use super::SharedTier;
use super::dial::Connection;

/// How often a connection in use is probed.
const PROBE: Duration = Duration::from_secs(1);
/// The longest that a probe may take; more than a call, so that a cluster can find its nodes anew meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between attempts to connect; doubled up to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Probes before a connection is taken into use; one of them must be as fast as a call has to be.
const TRIES: u32 = 5;
/// Names that are probed in a cluster: enough that every node of a usual one has some.
const SPREAD: u32 = 16;

/// Keeps the tier in use as long as it is of use. Never ends; the task is aborted at shutdown.
pub async fn keep(tier: Arc<SharedTier>) {
    let mut pause = FIRST_PAUSE;
    loop {
        match connect(&tier).await {
            Some(connection) => {
                pause = FIRST_PAUSE;
                tier.put_into_use(connection);
                watch(&tier).await;
            }
            None => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// A connection that answers as fast as it must.
async fn connect(tier: &SharedTier) -> Option<Connection> {
    let connection = tokio::time::timeout(PATIENCE * 4, tier.dialer.connect()).await.ok()?.ok()?;
    for _ in 0..TRIES {
        let started = Instant::now();
        let answered = tokio::time::timeout(PATIENCE, probe(tier, &connection, 0)).await;
        if !matches!(answered, Ok(Ok(()))) {
            return None;
        }
        if started.elapsed() <= tier.timeout {
            return Some(connection);
        }
    }
    None
}

/// Returns when the connection in use was given up.
async fn watch(tier: &SharedTier) {
    while let Some(connection) = tier.current.load_full() {
        tokio::select! {
            () = tier.given_up.notified() => return,
            () = tokio::time::sleep(PROBE) => {}
        }
        let spread = if matches!(&*connection, Connection::Cluster(_)) { SPREAD } else { 1 };
        for index in 0..spread {
            let answered = tokio::time::timeout(PATIENCE, probe(tier, &connection, index)).await;
            if !matches!(answered, Ok(Ok(()))) {
                tier.give_up("unreachable");
                return;
            }
        }
    }
}

/// Writes and so finds out whether this is a server that takes writes.
async fn probe(tier: &SharedTier, connection: &Connection, index: u32) -> Result<(), RedisError> {
    let mut set = redis::cmd("SET");
    set.arg(tier.name("probe", &index.to_string())).arg(1).arg("PX").arg(1000);
    match connection {
        Connection::Server(server) => set.exec_async(&mut server.clone()).await,
        Connection::Cluster(cluster) => set.exec_async(&mut cluster.clone()).await,
    }
}
