//! TLS of the simulator: its certificate, and the client certificates that it asks for (PROTOCOL §3.4).
//!
//! rustls with aws-lc-rs, as everywhere in this program; HTTP/1.1 only.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// The files that make up the TLS of the simulator, all PEM.
pub struct TlsFiles {
    /// The server's certificate, followed by those between it and its root.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Whoever calls must show a certificate that one of these has issued.
    pub client_ca: Option<PathBuf>,
}

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{file}: no {what} in PEM form")]
    Pem { file: String, what: &'static str },
    #[error("{file}: {reason}")]
    File { file: String, reason: String },
    #[error("certificate and key do not fit: {0}")]
    Pair(rustls::Error),
    #[error("{file}: cannot be used to check client certificates: {reason}")]
    ClientCa { file: String, reason: String },
}

/// Reads the files.
///
/// # Errors
/// A file cannot be read or does not hold what it should; certificate and key do not belong together.
pub fn load(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Pair)?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let refused = |reason: String| TlsError::ClientCa { file: path.display().to_string(), reason };
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| refused(error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| refused(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let text = read(&files.key)?;
    let key = PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| TlsError::Pem { file: files.key.display().to_string(), what: "private key" })?;
    builder.with_single_cert(certificates(&files.certificate)?, key).map_err(TlsError::Pair)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let none = || TlsError::Pem { file: path.display().to_string(), what: "certificate" };
    let text = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(none()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| TlsError::File { file: path.display().to_string(), reason: error.to_string() })
}
