//! A Valkey or Redis that replicas share: bounded calls that fall back at once when it is away.
//!
//! No request ever connects or waits longer than the configured time: a keeper on the process's runtime connects,
//! probes, and takes the tier out of use when it is slow, gone or refusing. What does not come in time is as if the tier
//! were not there. This room knows names, bytes and life times; it must not know what the bytes mean.

mod dial;
mod examine;
mod hearing;
mod keeper;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use redis::{FromRedisValue, Pipeline, RedisError, Script, Value};
use tokio::sync::Notify;

use crate::config::SharedSettings;
use crate::telemetry::SharedTierMetrics;
pub use dial::DialError;
use dial::{Connection, Dialer};
pub use examine::{Examined, Right, Trouble, examine};
pub use hearing::{Heard, hear};
pub use keeper::keep;

/// Calls in a row that ran out of time before the tier is taken out of use.
const PATIENCE: u32 = 3;

/// Why the tier gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// It is out of use.
    Down,
    /// It did not answer in time.
    TimedOut,
    /// It refused, or the connection broke.
    Failed,
}

/// What lies under a name.
pub struct Stored {
    pub bytes: Vec<u8>,
    /// What is left of its life time; `None`: somebody made it immortal.
    pub left: Option<Duration>,
}

/// The tier, as one replica holds it.
pub struct SharedTier {
    dialer: Dialer,
    current: ArcSwapOption<Connection>,
    timeouts_in_a_row: AtomicU32,
    /// Told when the connection was given up.
    given_up: Notify,
    timeout: Duration,
    prefix: String,
    metrics: SharedTierMetrics,
    extend: Script,
    release: Script,
}

/// A script that the tier runs as a whole: nothing comes between its steps.
pub struct AtomicScript(Script);

impl AtomicScript {
    /// From its text in Lua.
    pub fn new(text: &str) -> Self {
        Self(Script::new(text))
    }
}

/// Lengthens a lease that is still the caller's.
const EXTEND: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";
/// Ends a lease that is still the caller's.
const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

impl SharedTier {
    /// The tier, out of use until the keeper has reached it.
    ///
    /// # Errors
    /// Certificates or addresses that no client can be made of.
    pub fn new(settings: &SharedSettings, metrics: SharedTierMetrics) -> Result<Self, DialError> {
        Ok(Self {
            dialer: Dialer::new(settings)?,
            current: ArcSwapOption::empty(),
            timeouts_in_a_row: AtomicU32::new(0),
            given_up: Notify::new(),
            timeout: settings.timeout,
            prefix: settings.prefix.clone(),
            metrics,
            extend: Script::new(EXTEND),
            release: Script::new(RELEASE),
        })
    }

    /// Whether calls are made at all.
    pub fn is_up(&self) -> bool {
        self.current.load().is_some()
    }

    /// A name below this deployment's prefix. Names with the same `tag` lie on the same node of a cluster.
    pub fn name(&self, kind: &str, tag: &str) -> String {
        format!("{}:{kind}:{{{tag}}}", self.prefix)
    }

    /// At most `most` bytes of what lies under a name; `None`: nothing.
    ///
    /// # Errors
    /// The tier gave nothing in time.
    pub async fn read(&self, name: &str, most: usize) -> Result<Option<Stored>, Unavailable> {
        let last = most.saturating_sub(1);
        let mut both = Pipeline::new();
        // A range, so that something huge under our name costs no more than what is ours.
        both.cmd("GETRANGE").arg(name).arg(0).arg(last).cmd("PTTL").arg(name);
        let (bytes, left): (Vec<u8>, i64) = self.timed("read", self.pipeline(both)).await?;
        let left = u64::try_from(left).ok().map(Duration::from_millis);
        Ok((!bytes.is_empty()).then_some(Stored { bytes, left }))
    }

    /// Puts bytes under a name for a time.
    ///
    /// # Errors
    /// The tier did not take them in time; it may still have done so.
    pub async fn write(&self, name: &str, bytes: &[u8], life: Duration) -> Result<(), Unavailable> {
        let mut set = Pipeline::new();
        set.cmd("SET").arg(name).arg(bytes).arg("PX").arg(millis(life)).ignore();
        self.timed("write", self.pipeline(set)).await
    }

    /// Takes a name for a time, unless somebody has it; `true`: taken.
    ///
    /// # Errors
    /// The tier gave nothing in time.
    pub async fn lease(&self, name: &str, token: &str, life: Duration) -> Result<bool, Unavailable> {
        let mut set = Pipeline::new();
        set.cmd("SET").arg(name).arg(token).arg("NX").arg("PX").arg(millis(life));
        let (taken,): (Value,) = self.timed("lease", self.pipeline(set)).await?;
        Ok(taken == Value::Okay)
    }

    /// Lengthens an own lease; `false`: it is no longer ours.
    ///
    /// # Errors
    /// The tier gave nothing in time.
    pub async fn extend(&self, name: &str, token: &str, life: Duration) -> Result<bool, Unavailable> {
        let mut call = self.extend.key(name);
        call.arg(token).arg(millis(life));
        Ok(self.timed::<i64>("extend", self.script(call)).await? == 1)
    }

    /// Ends an own lease.
    ///
    /// # Errors
    /// The tier gave nothing in time.
    pub async fn release(&self, name: &str, token: &str) -> Result<(), Unavailable> {
        let mut call = self.release.key(name);
        call.arg(token);
        self.timed::<i64>("release", self.script(call)).await.map(drop)
    }

    /// Tells all replicas something.
    ///
    /// # Errors
    /// The tier gave nothing in time.
    pub async fn tell(&self, channel: &str, message: &[u8]) -> Result<(), Unavailable> {
        let mut publish = Pipeline::new();
        publish.cmd("PUBLISH").arg(channel).arg(message).ignore();
        self.timed("publish", self.pipeline(publish)).await
    }

    /// Runs a script whose names lie on one node; it answers with whole numbers.
    ///
    /// # Errors
    /// The tier gave nothing in time.
    pub async fn evaluate(
        &self,
        operation: &'static str,
        script: &AtomicScript,
        names: &[String],
        arguments: &[Vec<u8>],
    ) -> Result<Vec<i64>, Unavailable> {
        let mut call = script.0.prepare_invoke();
        for name in names {
            call.key(name);
        }
        for argument in arguments {
            call.arg(argument.as_slice());
        }
        self.timed(operation, self.script(call)).await
    }

    /// What was read cannot be used; counted beside the results of reading.
    pub fn unusable(&self, why: &'static str) {
        self.metrics.operation("read", why, None);
    }

    async fn pipeline<T: FromRedisValue>(&self, pipeline: Pipeline) -> Option<Result<T, RedisError>> {
        let connection = self.current.load_full()?;
        Some(match &*connection {
            Connection::Server(server) => pipeline.query_async(&mut server.clone()).await,
            Connection::Cluster(cluster) => pipeline.query_async(&mut cluster.clone()).await,
        })
    }

    async fn script<T: FromRedisValue>(&self, call: redis::ScriptInvocation<'_>) -> Option<Result<T, RedisError>> {
        let connection = self.current.load_full()?;
        Some(match &*connection {
            Connection::Server(server) => call.invoke_async(&mut server.clone()).await,
            Connection::Cluster(cluster) => call.invoke_async(&mut cluster.clone()).await,
        })
    }

    /// A call within the configured time; counts it, and gives the connection up when it is of no use.
    async fn timed<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Option<Result<T, RedisError>>>,
    ) -> Result<T, Unavailable> {
        let started = Instant::now();
        let (result, label) = match tokio::time::timeout(self.timeout, call).await {
            Ok(None) => (Err(Unavailable::Down), "down"),
            Ok(Some(Ok(value))) => {
                self.timeouts_in_a_row.store(0, Ordering::Relaxed);
                (Ok(value), "ok")
            }
            Ok(Some(Err(error))) => {
                if breaks(&error) {
                    self.give_up("broken");
                }
                (Err(Unavailable::Failed), "failed")
            }
            Err(_) => {
                if self.timeouts_in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
                    self.give_up("slow");
                }
                (Err(Unavailable::TimedOut), "timeout")
            }
        };
        let took = (label != "down").then(|| started.elapsed());
        self.metrics.operation(operation, label, took);
        result
    }

    fn give_up(&self, why: &'static str) {
        if self.current.swap(None).is_some() {
            self.metrics.up(false);
            tracing::warn!(why, "shared tier out of use; each replica goes on with its own cache");
            self.given_up.notify_one();
        }
    }

    fn put_into_use(&self, connection: Connection) {
        self.timeouts_in_a_row.store(0, Ordering::Relaxed);
        self.current.store(Some(Arc::new(connection)));
        self.metrics.up(true);
        tracing::info!("shared tier in use");
    }
}

/// Whether the connection is of no use any more, or leads to a server that may not be asked.
fn breaks(error: &RedisError) -> bool {
    use redis::{ErrorKind, ServerErrorKind};
    match error.kind() {
        ErrorKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::BusyLoading
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::NoPerm
        ),
        // A value of another type, no memory left: the call failed, the connection is good.
        ErrorKind::Extension | ErrorKind::UnexpectedReturnType => error.code() == Some("NOAUTH"),
        _ => true,
    }
}

fn millis(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1)
}
