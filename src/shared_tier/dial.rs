//! How the tier is reached: one server, a primary that sentinels know, or a cluster; with TLS and an ACL user.

use std::path::PathBuf;
use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo,
    RedisError, TlsCertificates, TlsMode,
};
use secrecy::ExposeSecret as _;
use tokio::sync::Mutex;

use crate::config::{SharedSettings, StoreAddress, StoreKind};

/// The longest that connecting may take; nobody waits for it.
const CONNECT: Duration = Duration::from_secs(2);
/// The longest that any call may take before the library gives it up, whoever asks: ends what was abandoned.
const RESPONSE: Duration = Duration::from_secs(2);
/// A peer that takes no data for so long is gone.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);

/// No client can be made of the settings.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("cache.shared.trust: {0} cannot be read: {1}")]
    Trust(PathBuf, std::io::Error),
    /// Never holds a password: the library's text is left out.
    #[error("cache.shared: the client refuses these addresses or certificates ({0:?})")]
    Refused(redis::ErrorKind),
}

impl From<RedisError> for DialError {
    fn from(error: RedisError) -> Self {
        Self::Refused(error.kind())
    }
}

/// An open connection; clones share it.
pub enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// Makes connections.
pub enum Dialer {
    Single(Box<Client>),
    // Sentinels are asked anew for every connection, which needs the client to itself.
    Sentinel(Box<Mutex<SentinelClient>>),
    Cluster { cluster: Box<ClusterClient>, nodes: Vec<Client> },
}

impl Dialer {
    /// Clients for these settings; nobody is called.
    ///
    /// # Errors
    /// The roots cannot be read, or the library refuses the settings.
    pub fn new(settings: &SharedSettings) -> Result<Self, DialError> {
        let certificates = certificates(settings)?;
        match settings.kind {
            StoreKind::Single => {
                let address = settings.addresses.first().ok_or(DialError::Refused(redis::ErrorKind::Client))?;
                Ok(Self::Single(Box::new(client(settings, address, &certificates)?)))
            }
            StoreKind::Sentinel => Ok(Self::Sentinel(Box::new(Mutex::new(sentinel(settings, certificates)?)))),
            StoreKind::Cluster => {
                let nodes = settings.addresses.iter().map(|address| client(settings, address, &certificates));
                let nodes = nodes.collect::<Result<_, _>>()?;
                Ok(Self::Cluster { cluster: Box::new(cluster(settings, certificates)?), nodes })
            }
        }
    }

    /// Connects.
    ///
    /// # Errors
    /// Nobody is there, or refuses us.
    pub async fn connect(&self) -> Result<Connection, RedisError> {
        let config =
            || AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(RESPONSE));
        match self {
            Self::Single(client) => {
                client.get_multiplexed_async_connection_with_config(&config()).await.map(Connection::Server)
            }
            Self::Sentinel(sentinel) => {
                let mut sentinel = sentinel.lock().await;
                sentinel.get_async_connection_with_config(&config()).await.map(Connection::Server)
            }
            Self::Cluster { cluster, .. } => cluster.get_async_connection().await.map(Connection::Cluster),
        }
    }

    /// A connection that listens. What is told to one node of a cluster is heard at all of them.
    ///
    /// # Errors
    /// Nobody is there, or refuses us.
    pub async fn listen(&self) -> Result<PubSub, RedisError> {
        match self {
            Self::Single(client) => client.get_async_pubsub().await,
            Self::Sentinel(sentinel) => {
                let client = sentinel.lock().await.async_get_client().await?;
                client.get_async_pubsub().await
            }
            Self::Cluster { nodes, .. } => {
                let mut last = RedisError::from((redis::ErrorKind::ClusterConnectionNotFound, "no node answers"));
                for node in nodes {
                    match node.get_async_pubsub().await {
                        Ok(listening) => return Ok(listening),
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
        }
    }
}

fn certificates(settings: &SharedSettings) -> Result<TlsCertificates, DialError> {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|error| DialError::Trust(path.clone(), error));
    Ok(TlsCertificates { client_tls: None, root_cert: settings.trust.as_ref().map(read).transpose()? })
}

fn tcp() -> TcpSettings {
    TcpSettings::default().set_nodelay(true).set_user_timeout(UNACKNOWLEDGED)
}

fn is_tls(settings: &SharedSettings) -> bool {
    settings.addresses.iter().any(|address| address.tls)
}

fn address(address: &StoreAddress) -> ConnectionAddr {
    let (host, port) = (address.host.clone(), address.port);
    if address.tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    }
}

fn info(settings: &SharedSettings, server: &StoreAddress) -> Result<ConnectionInfo, RedisError> {
    // The library's name and version are nobody's business there.
    let mut identity = RedisConnectionInfo::default().set_skip_set_lib_name();
    if let Some(username) = &settings.username {
        identity = identity.set_username(username);
    }
    if let Some(password) = &settings.password {
        identity = identity.set_password(password.current().expose_secret());
    }
    Ok(address(server).into_connection_info()?.set_redis_settings(identity).set_tcp_settings(tcp()))
}

fn client(
    settings: &SharedSettings,
    server: &StoreAddress,
    certificates: &TlsCertificates,
) -> Result<Client, RedisError> {
    let info = info(settings, server)?;
    if server.tls { Client::build_with_tls(info, certificates.clone()) } else { Client::open(info) }
}

fn sentinel(settings: &SharedSettings, certificates: TlsCertificates) -> Result<SentinelClient, RedisError> {
    let sentinels = settings.addresses.iter().map(address);
    let mut builder = SentinelClientBuilder::new(sentinels, &settings.primary, SentinelServerType::Master)?
        .set_client_to_redis_tcp_settings(tcp())
        .set_client_to_sentinel_tcp_settings(tcp());
    if is_tls(settings) {
        builder = builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_redis_certificates(certificates.clone())
            .set_client_to_sentinel_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_certificates(certificates);
    }
    if let Some(username) = &settings.username {
        builder = builder.set_client_to_redis_username(username);
    }
    if let Some(password) = &settings.password {
        builder = builder.set_client_to_redis_password(password.current().expose_secret());
    }
    if let Some(password) = &settings.sentinel_password {
        builder = builder.set_client_to_sentinel_password(password.current().expose_secret());
    }
    builder.build()
}

fn cluster(settings: &SharedSettings, certificates: TlsCertificates) -> Result<ClusterClient, RedisError> {
    let nodes: Result<Vec<ConnectionInfo>, RedisError> =
        settings.addresses.iter().map(|server| info(settings, server)).collect();
    let mut builder: ClusterClientBuilder = ClusterClient::builder(nodes?)
        .connection_timeout(CONNECT)
        .response_timeout(RESPONSE)
        .retries(3)
        .min_retry_wait(5)
        .max_retry_wait(100)
        .tcp_settings(tcp());
    if is_tls(settings) {
        builder = builder.tls(TlsMode::Secure).certs(certificates);
    }
    builder.build()
}
