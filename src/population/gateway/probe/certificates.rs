//! What certificates say of themselves, as far as it helps to mend something.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::config::TlsSettings;

/// The longest name that is shown; a peer may send any text.
const LONGEST_NAME: usize = 200;

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    pub subject: String,
    pub issuer: String,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970; the second itself is the last good one.
    pub not_after: i64,
}

impl CertificateFacts {
    /// Reads one certificate; `None` when it is none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(Self {
            subject: shown(&certificate.subject().to_string()),
            issuer: shown(&certificate.issuer().to_string()),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
        })
    }

    /// Whole days until it ends, negative when it has ended.
    pub fn days_left(&self, now: i64) -> i64 {
        (self.not_after - now).div_euclid(24 * 3600)
    }
}

/// The configured certificates. `None`: no such file is configured; empty: the file holds none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnCertificates {
    /// Whom we trust.
    pub roots: Option<Vec<CertificateFacts>>,
    /// Who we are, our own certificate first.
    pub client: Option<Vec<CertificateFacts>>,
}

impl OwnCertificates {
    /// Reads the configured files; never a key.
    pub fn read(settings: &TlsSettings) -> Self {
        let facts = |path: &std::path::PathBuf| {
            let pem = std::fs::read(path).unwrap_or_default();
            certificates(&pem).iter().filter_map(|der| CertificateFacts::read(der)).collect()
        };
        Self {
            roots: settings.trust.as_ref().map(facts),
            client: settings.client.as_ref().map(|client| facts(&client.certificate)),
        }
    }
}

/// Every certificate of a PEM text, in order.
pub fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}

/// A peer's text without what could steer a terminal.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}
