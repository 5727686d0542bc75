//! What the doctor asks of the tier: whether it is reached, what the user may do, and how long a call takes.
//!
//! Everything that is written ends by itself within a second or is removed at once; no replica reads it.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, RedisError, Script, ServerErrorKind, Value, cmd};

use super::dial::{Connection, DialError, Dialer};
use crate::config::SharedSettings;

/// The longest that one step may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Calls whose middle one tells the round trip: odd.
const ROUNDS: usize = 9;
/// The commands that quotas use, on a name that is removed at once.
const SCRIPT: &str = "redis.call('TIME') redis.call('ZADD', KEYS[1], 1, 'a') redis.call('PEXPIRE', KEYS[1], 1000) \
                      local n = redis.call('ZCARD', KEYS[1]) redis.call('DEL', KEYS[1]) return n";

/// What a replica must be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Write,
    Read,
    Script,
    Publish,
    Subscribe,
}

/// Why a step failed; never a text of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Certificates or addresses of which no client can be made.
    Settings,
    /// Nothing listens there, or there is no way to it.
    Unreached,
    TimedOut,
    /// The certificate is not believed, or the other side speaks no TLS.
    Tls,
    /// User or password are refused.
    LogIn,
    /// The user may not do this.
    NotPermitted,
    /// Loading, a replica that takes no writes, or a cluster that is down.
    NotReady,
    Other,
}

/// A tier that was reached.
pub struct Examined {
    /// What connecting and logging in took.
    pub connected: Duration,
    pub refused: Vec<(Right, Trouble)>,
    /// The middle one of some calls; `None`: reading failed.
    pub round_trip: Option<Duration>,
}

/// Connects and tries everything that a replica does.
///
/// # Errors
/// Why it was not reached.
pub async fn examine(settings: &SharedSettings) -> Result<Examined, Trouble> {
    let begun = Instant::now();
    let tls = settings.addresses.iter().any(|address| address.tls);
    let dialer = Dialer::new(settings).map_err(|error| match error {
        DialError::Trust(..) | DialError::Refused(_) => Trouble::Settings,
    })?;
    let told = |error: RedisError| trouble(&error, tls);
    let connection = within(dialer.connect(), tls).await?;
    let connected = begun.elapsed();
    let name = format!("{}:probe:{{doctor}}", settings.prefix);
    let channel = format!("{}:probe", settings.prefix);
    let mut refused = Vec::new();
    let calls = [
        (Right::Write, Some(set(&name))),
        (Right::Read, Some(get(&name))),
        (Right::Script, None),
        (Right::Publish, Some(cmd("PUBLISH").arg(&channel).arg("doctor").to_owned())),
    ];
    for (right, call) in calls {
        let done = match call {
            Some(call) => within(ask(&connection, &call), tls).await,
            None => within(run_script(&connection, &format!("{name}:set")), tls).await,
        };
        match done {
            Ok(_) => {}
            // Connecting says nothing before the first answer: not of a server that is stopped, nor of one that wants a log-in.
            Err(why @ (Trouble::TimedOut | Trouble::Unreached | Trouble::Tls | Trouble::LogIn)) => return Err(why),
            Err(why) => refused.push((right, why)),
        }
    }
    let listening = async {
        let mut listening = dialer.listen().await?;
        listening.subscribe(&channel).await
    };
    if let Err(why) =
        tokio::time::timeout(PATIENCE, listening).await.map_or(Err(Trouble::TimedOut), |done| done.map_err(told))
    {
        refused.push((Right::Subscribe, why));
    }
    Ok(Examined { connected, refused, round_trip: round_trip(&connection, &get(&name), tls).await })
}

fn set(name: &str) -> Cmd {
    cmd("SET").arg(name).arg(1).arg("PX").arg(1000).to_owned()
}

fn get(name: &str) -> Cmd {
    cmd("GETRANGE").arg(name).arg(0).arg(0).to_owned()
}

async fn round_trip(connection: &Connection, call: &Cmd, tls: bool) -> Option<Duration> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        within(ask(connection, call), tls).await.ok()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    times.get(ROUNDS / 2).copied()
}

async fn ask(connection: &Connection, call: &Cmd) -> Result<Value, RedisError> {
    async fn send(mut connection: impl ConnectionLike, call: &Cmd) -> Result<Value, RedisError> {
        call.query_async(&mut connection).await
    }
    match connection {
        Connection::Server(server) => send(server.clone(), call).await,
        Connection::Cluster(cluster) => send(cluster.clone(), call).await,
    }
}

/// As the tier itself runs scripts: by their hash, after they were loaded where they are not known.
async fn run_script(connection: &Connection, name: &str) -> Result<Value, RedisError> {
    let script = Script::new(SCRIPT);
    match connection {
        Connection::Server(server) => script.key(name).invoke_async(&mut server.clone()).await,
        Connection::Cluster(cluster) => script.key(name).invoke_async(&mut cluster.clone()).await,
    }
}

async fn within<T>(step: impl Future<Output = Result<T, RedisError>>, tls: bool) -> Result<T, Trouble> {
    match tokio::time::timeout(PATIENCE, step).await {
        Ok(done) => done.map_err(|error| trouble(&error, tls)),
        Err(_) => Err(Trouble::TimedOut),
    }
}

fn trouble(error: &RedisError, tls: bool) -> Trouble {
    match error.kind() {
        ErrorKind::AuthenticationFailed => Trouble::LogIn,
        ErrorKind::Server(ServerErrorKind::NoPerm) => Trouble::NotPermitted,
        ErrorKind::Server(
            ServerErrorKind::BusyLoading
            | ServerErrorKind::ReadOnly
            | ServerErrorKind::MasterDown
            | ServerErrorKind::ClusterDown,
        ) => Trouble::NotReady,
        _ if matches!(error.code(), Some("NOAUTH" | "WRONGPASS")) => Trouble::LogIn,
        _ if error.code() == Some("NOPERM") => Trouble::NotPermitted,
        _ if error.is_timeout() => Trouble::TimedOut,
        _ if error.is_connection_refusal() => Trouble::Unreached,
        // The library wraps a failed handshake like any other failed stream.
        ErrorKind::Io if tls && mentions_tls(error) => Trouble::Tls,
        _ if error.is_io_error() => Trouble::Unreached,
        _ => Trouble::Other,
    }
}

/// Whether a failed handshake is among the causes. Two wrappers hide what they hold from `source`: the library's shared
/// pointer, and the standard library's error of a stream.
fn mentions_tls(error: &RedisError) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let shared = error.downcast_ref::<Arc<dyn Error + Send + Sync>>();
        let held: &(dyn Error + 'static) = shared.map_or(error, |shared| &**shared);
        let inner = held.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if held.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        cause = held.source();
    }
    false
}
