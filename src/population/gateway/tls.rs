//! Whom the client trusts and who it is: files, read again when they change (PROTOCOL §3.4).
//!
//! There is no switch that turns checks off. What a file holds reaches neither logs nor errors.

use std::path::PathBuf;

use reqwest::{Certificate, ClientBuilder, Identity};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

use super::error::GatewayBuildError;
use crate::config::TlsSettings;
use crate::telemetry::upstream::{CertificateOf, ConnectionMetrics};

/// What the files hold now.
#[derive(PartialEq, Eq)]
pub struct Material {
    trust: Option<Vec<u8>>,
    /// Certificate chain and key in one text, as the HTTP library wants them.
    identity: Option<Zeroizing<Vec<u8>>>,
}

impl Material {
    /// Reads the files.
    ///
    /// # Errors
    /// Which of them cannot be read.
    pub fn read(settings: &TlsSettings) -> Result<Self, GatewayBuildError> {
        let read = |path: &PathBuf| std::fs::read(path);
        let trust = settings.trust.as_ref().map(read).transpose().map_err(|_| GatewayBuildError::BadTrust)?;
        let identity = match &settings.client {
            None => None,
            Some(client) => {
                let bad = |_| GatewayBuildError::BadClientCertificate;
                let mut both = Zeroizing::new(read(&client.certificate).map_err(bad)?);
                both.push(b'\n');
                both.extend_from_slice(&Zeroizing::new(read(&client.key).map_err(bad)?));
                Some(both)
            }
        };
        Ok(Self { trust, identity })
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

    /// Shows when the configured certificates end: our own, and the first of the roots to end.
    pub fn show_ends(&self, metrics: &ConnectionMetrics) {
        let first_end = |pem: &[u8]| ends(pem).into_iter().min();
        if let Some(end) = self.identity.as_deref().and_then(|pem| ends(pem).into_iter().next()) {
            metrics.certificate_ends(CertificateOf::Client, end);
        }
        if let Some(end) = self.trust.as_deref().and_then(first_end) {
            metrics.certificate_ends(CertificateOf::Root, end);
        }
    }
}

/// When each certificate of a PEM text ends, in seconds since 1970, in order.
pub fn ends(pem: &[u8]) -> Vec<i64> {
    let certificates = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok);
    certificates
        .filter_map(|der| X509Certificate::from_der(&der).ok().map(|(_, certificate)| certificate.validity().not_after))
        .map(|end| end.timestamp())
        .collect()
}
