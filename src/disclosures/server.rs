//! The connection to the server: TLS with our own roots, or plain text that does not leave the machine.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret as _;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::RegisterError;
use crate::config::{DisclosureSettings, RegisterPlace};

/// Longest wait for a connection (ASM).
const CONNECT: Duration = Duration::from_secs(10);
/// Longest wait for one answer (ASM): beyond it the server counts as away, and what was asked is asked again.
const ANSWER: Duration = Duration::from_secs(60);

/// A connection to the register.
pub struct Register {
    pub(super) client: Client,
}

/// Up to where the register has a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub id: i32,
    pub first_seq: u64,
    pub first_prev: String,
    pub last_seq: u64,
    pub last_mac: String,
}

impl Register {
    /// Connects; the password file is read anew, so that a changed password needs no restart.
    ///
    /// # Errors
    /// The server cannot be reached, is not who it should be, or does not let us in.
    pub async fn connect(settings: &DisclosureSettings) -> Result<Self, RegisterError> {
        let mut config = tokio_postgres::Config::new();
        match &settings.place {
            RegisterPlace::Network { host, port } => config.host(host).port(*port),
            RegisterPlace::Socket { folder, port } => config.host_path(folder).port(*port),
        };
        config
            .user(&settings.user)
            .dbname(&settings.database)
            .application_name("diensan")
            .connect_timeout(CONNECT)
            .tcp_user_timeout(ANSWER)
            .keepalives_idle(ANSWER)
            // A standby would take a search and refuse everything else; which of the two must not depend on luck.
            .target_session_attrs(TargetSessionAttrs::Any);
        if let Some(password) = &settings.password {
            password.refresh().map_err(RegisterError::Password)?;
            config.password(password.current().expose_secret());
        }
        let client = match &settings.trust {
            Some(trust) => {
                let tls = MakeRustlsConnect::new(client(trust).map_err(|error| RegisterError::Tls(error.to_string()))?);
                let (client, connection) = within(config.ssl_mode(SslMode::Require).connect(tls)).await?;
                tokio::spawn(connection);
                client
            }
            None => {
                let (client, connection) = within(config.ssl_mode(SslMode::Disable).connect(NoTls)).await?;
                tokio::spawn(connection);
                client
            }
        };
        Ok(Self { client })
    }

    /// Where the chain of this name stands; `None`: nothing of it was ever shipped.
    ///
    /// # Errors
    /// The server's.
    pub async fn mark(&self, name: &str) -> Result<Option<Mark>, RegisterError> {
        let text = "SELECT id, first_seq, first_prev, last_seq, last_mac FROM disclosures.chain WHERE name = $1";
        let row = within(self.client.query_opt(text, &[&name])).await?;
        row.map(|row| {
            Ok(Mark {
                id: row.try_get(0)?,
                first_seq: number(&row, 1)?,
                first_prev: row.try_get(2)?,
                last_seq: number(&row, 3)?,
                last_mac: row.try_get(4)?,
            })
        })
        .transpose()
    }
}

/// The names of all chains that the register has, in their order.
///
/// # Errors
/// The server's.
pub async fn chain_names(register: &Register) -> Result<Vec<String>, RegisterError> {
    let rows = within(register.client.query("SELECT name FROM disclosures.chain ORDER BY name", &[])).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// A count or a number of a line, which is never below zero.
pub fn number(row: &Row, column: usize) -> Result<u64, RegisterError> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| RegisterError::Answer("a number below zero".to_owned()))
}

/// A number of a line as the server takes it.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Waits for the server, but not for ever.
pub async fn within<T>(answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, RegisterError> {
    match tokio::time::timeout(ANSWER, answer).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(RegisterError::Away(format!("no answer within {} s", ANSWER.as_secs()))),
    }
}

fn client(trust: &std::path::Path) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(trust).map_err(io::Error::other)? {
        roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    if roots.is_empty() {
        return Err(io::Error::other("`trust` holds no certificate"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(config.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth())
}
