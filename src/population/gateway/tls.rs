//! Whom the client trusts and who it is: files, read again when they change (PROTOCOL §3.4).
//!
//! There is no switch that turns checks off. What a file holds reaches neither logs nor errors.

use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, Identity};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::time::Instant;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

use super::error::GatewayBuildError;
use crate::config::{SecretFile, TlsSettings};
use crate::telemetry::upstream::{CertificateOf, ConnectionMetrics};

const DAY: i64 = 24 * 3600;
/// From here on the log warns: a provincial gateway's certificate is renewed by letter, which takes weeks (ASM).
const WARN_DAYS: i64 = 30;
/// How often the same warning is repeated.
const WARN_AGAIN: Duration = Duration::from_secs(24 * 3600);

/// What the files hold now.
pub struct Certificates {
    trust: Option<Vec<u8>>,
    /// Certificate chain and key in one text, as the HTTP library wants them.
    identity: Option<Zeroizing<Vec<u8>>>,
    /// Whose certificate ends when, in seconds since 1970: ours, and the first of the roots to end.
    ends: Vec<(CertificateOf, i64)>,
    /// When the log was last told that one ends soon.
    warned: Option<Instant>,
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// Which of them cannot be read, or that others can read the key.
    pub fn read(settings: &TlsSettings) -> Result<Self, GatewayBuildError> {
        let trust = settings.trust.as_ref().map(std::fs::read).transpose().map_err(|_| GatewayBuildError::BadTrust)?;
        let identity = match &settings.client {
            None => None,
            Some(client) => {
                let bad = |_| GatewayBuildError::BadClientCertificate;
                let mut both = Zeroizing::new(std::fs::read(&client.certificate).map_err(bad)?);
                both.push(b'\n');
                let key = Zeroizing::new(std::fs::read(&client.key).map_err(bad)?);
                // As for every secret, also when the file is replaced while the service runs (RISKS T13).
                SecretFile::check_mode(&client.key).map_err(|_| GatewayBuildError::OpenKey)?;
                both.reserve_exact(key.len());
                both.extend_from_slice(&key);
                Some(both)
            }
        };
        let client = identity.as_deref().and_then(|pem| ends(pem).into_iter().next());
        let root = trust.as_deref().and_then(|pem| ends(pem).into_iter().min());
        let ends = [(CertificateOf::Client, client), (CertificateOf::Root, root)];
        let ends = ends.into_iter().filter_map(|(whose, end)| Some((whose, end?))).collect();
        Ok(Self { trust, identity, ends, warned: None })
    }

    /// Whether both were read from files with the same content.
    pub fn same_files(&self, other: &Self) -> bool {
        self.trust == other.trust && self.identity == other.identity
    }

    /// Puts the files' content into a client that is being built.
    ///
    /// # Errors
    /// They hold no certificates, or certificate and key do not belong together.
    pub fn apply(&self, mut builder: ClientBuilder) -> Result<ClientBuilder, GatewayBuildError> {
        if let Some(pem) = &self.trust {
            let roots = Certificate::from_pem_bundle(pem).map_err(|_| GatewayBuildError::BadTrust)?;
            if roots.is_empty() {
                return Err(GatewayBuildError::BadTrust);
            }
            builder = builder.tls_certs_only(roots);
        }
        if let Some(pem) = &self.identity {
            let identity = Identity::from_pem(pem).map_err(|_| GatewayBuildError::BadClientCertificate)?;
            builder = builder.identity(identity);
        }
        Ok(builder)
    }

    /// Shows when the configured certificates end, and warns when that is soon.
    pub fn show_ends(&mut self, metrics: &ConnectionMetrics) {
        for (whose, end) in &self.ends {
            metrics.certificate_ends(*whose, *end);
        }
        self.warn_of_ends(metrics.connection());
    }

    /// Tells the log once a day which certificates end within 30 days, or ended.
    pub fn warn_of_ends(&mut self, connection: &str) {
        if self.warned.is_some_and(|warned| warned.elapsed() < WARN_AGAIN) {
            return;
        }
        let now = jiff::Timestamp::now().as_second();
        for (whose, days) in ending(&self.ends, now) {
            let certificate = match whose {
                CertificateOf::Client => "client_certificate",
                CertificateOf::Root => "trust",
            };
            tracing::warn!(connection, certificate, days_left = days, "a certificate ends soon: ask for a new one");
            self.warned = Some(Instant::now());
        }
    }
}

/// The certificates that end within [`WARN_DAYS`], with the whole days that are left (below zero: ended).
fn ending(ends: &[(CertificateOf, i64)], now: i64) -> impl Iterator<Item = (CertificateOf, i64)> {
    let left = ends.iter().map(move |(whose, end)| (*whose, (end - now).div_euclid(DAY)));
    left.filter(|(_, days)| *days < WARN_DAYS)
}

/// When each certificate of a PEM text ends, in seconds since 1970, in order.
pub fn ends(pem: &[u8]) -> Vec<i64> {
    let certificates = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok);
    certificates
        .filter_map(|der| X509Certificate::from_der(&der).ok().map(|(_, certificate)| certificate.validity().not_after))
        .map(|end| end.timestamp())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_comes_thirty_days_before_the_end_and_after_it() {
        let days = |end: i64| ending(&[(CertificateOf::Root, end)], 1000).map(|(_, days)| days).next();
        assert_eq!(days(1000 + 30 * DAY), None);
        assert_eq!(days(1000 + 30 * DAY - 1), Some(29));
        assert_eq!(days(1000 + 5), Some(0));
        assert_eq!(days(1000 - 5), Some(-1));
    }
}
