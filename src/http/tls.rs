//! TLS of our own door: certificate, key and the authorities of client certificates, read again when their files change.
//!
//! TLS 1.2 and 1.3 by rustls. A client certificate is asked for where authorities are configured, and checked when it is
//! shown; whether a caller must have one is decided by the access room. A changed file that cannot be used leaves the
//! old one in use.

use std::any::Any;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use actix_web::dev::Extensions;
use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use thiserror::Error;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::config::ServerTls;

/// Why the TLS files cannot be used. Names the key of the configuration, never a content.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TlsRefused {
    #[error("`server.tls.certificate` holds no certificate chain in PEM form")]
    Certificate,
    #[error("`server.tls.key` holds no private key in PEM form")]
    Key,
    #[error("`server.tls.key` is not the key of `server.tls.certificate`")]
    Mismatch,
    #[error("`server.tls.client_ca` holds no certificate in PEM form")]
    ClientCa,
    #[error("this TLS library offers neither TLS 1.2 nor 1.3")]
    Versions,
}

/// The certificate that a client showed, on connections where it did; put there by [`remember_peer`].
#[derive(Clone)]
pub struct PeerCertificate(pub CertificateDer<'static>);

/// The TLS side of the listener.
pub struct Tls {
    files: ServerTls,
    certificate: Arc<SwappedCertificate>,
    clients: Option<Arc<SwappedClients>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn read(files: ServerTls) -> Result<Self, TlsRefused> {
        let certificate = Arc::new(SwappedCertificate(ArcSwap::from_pointee(certified_key(&files)?)));
        let clients = match &files.client_ca {
            Some(path) => Some(Arc::new(SwappedClients(ArcSwap::from_pointee(verifier(path)?)))),
            None => None,
        };
        Ok(Self { files, certificate, clients })
    }

    /// What the listener needs.
    ///
    /// # Errors
    /// The library cannot do what is wanted.
    pub fn server_config(&self) -> Result<ServerConfig, TlsRefused> {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| TlsRefused::Versions)?;
        let builder = match &self.clients {
            Some(clients) => builder.with_client_cert_verifier(Arc::clone(clients) as Arc<dyn ClientCertVerifier>),
            None => builder.with_no_client_auth(),
        };
        Ok(builder.with_cert_resolver(Arc::clone(&self.certificate) as Arc<dyn ResolvesServerCert>))
    }

    /// When the certificate in use ends, in seconds since 1970; `None`: it is not understood.
    pub fn ends(&self) -> Option<i64> {
        let key = self.certificate.0.load();
        let (_, certificate) = X509Certificate::from_der(key.cert.first()?).ok()?;
        Some(certificate.validity().not_after.timestamp())
    }

    /// Takes up changed files; `Ok(true)`: another certificate is in use.
    ///
    /// # Errors
    /// A file cannot be used; everything stays as it was.
    pub fn refresh(&self) -> Result<bool, TlsRefused> {
        let key = certified_key(&self.files)?;
        let clients = self.files.client_ca.as_deref().map(verifier).transpose()?;
        let changed = key.cert != self.certificate.0.load().cert;
        self.certificate.0.store(Arc::new(key));
        if let (Some(swapped), Some(clients)) = (&self.clients, clients) {
            swapped.0.store(Arc::new(clients));
        }
        Ok(changed)
    }
}

/// Keeps the client's certificate with its connection.
pub fn remember_peer(connection: &dyn Any, extensions: &mut Extensions) {
    type Stream = actix_tls::accept::rustls_0_23::TlsStream<actix_web::rt::net::TcpStream>;
    let shown = connection
        .downcast_ref::<Stream>()
        .and_then(|stream| stream.get_ref().1.peer_certificates())
        .and_then(<[CertificateDer<'_>]>::first);
    if let Some(certificate) = shown {
        extensions.insert(PeerCertificate(certificate.clone().into_owned()));
    }
}

fn certified_key(files: &ServerTls) -> Result<CertifiedKey, TlsRefused> {
    let chain = certificates(&files.certificate).ok_or(TlsRefused::Certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|_| TlsRefused::Key)?;
    let certified = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider());
    certified.map_err(|_| TlsRefused::Mismatch)
}

fn certificates(path: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).ok()?.collect();
    chain.ok().filter(|chain| !chain.is_empty())
}

fn verifier(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsRefused> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path).ok_or(TlsRefused::ClientCa)? {
        roots.add(certificate).map_err(|_| TlsRefused::ClientCa)?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    verifier.allow_unauthenticated().build().map_err(|_| TlsRefused::ClientCa)
}

/// The certificate in use.
struct SwappedCertificate(ArcSwap<CertifiedKey>);

impl fmt::Debug for SwappedCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SwappedCertificate")
    }
}

impl ResolvesServerCert for SwappedCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// The authorities in use.
struct SwappedClients(ArcSwap<Arc<dyn ClientCertVerifier>>);

impl fmt::Debug for SwappedClients {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SwappedClients")
    }
}

impl ClientCertVerifier for SwappedClients {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// No hints: they would have to outlive a swap. A client then sends the certificate that it has.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.0.load().verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.load().verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.load().verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.load().supported_verify_schemes()
    }
}
