//! One TLS handshake that tells why it failed and which certificates the peer showed.
//!
//! The verifier here only watches: it keeps the chain and then asks the real one, which is the one that the HTTP client
//! uses, and never accepts what that one refuses.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, RootCertStore, SignatureScheme,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use zeroize::Zeroizing;

use super::Endpoint;
use super::certificates::{CertificateFacts, certificates};
use crate::config::TlsSettings;

/// What a handshake showed.
pub struct TlsFacts {
    /// As the peer sent them, its own first; also when they were refused.
    pub chain: Vec<CertificateFacts>,
    /// "TLS 1.3" or "TLS 1.2"; `None` when the handshake did not end well.
    pub version: Option<&'static str>,
    /// The peer asked for a certificate of ours.
    pub certificate_asked: bool,
    pub failure: Option<TlsFailure>,
}

/// Why there is no trusted connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    Expired,
    NotYetValid,
    /// Not issued by anybody whom we trust.
    UnknownRoot,
    /// Issued for another name than that of `base`.
    WrongName,
    /// Refused for another reason.
    BadCertificate,
    /// The peer wants a certificate of ours and none is configured.
    ClientCertificateWanted,
    /// The peer does not take the configured one.
    ClientCertificateRefused,
    /// `trust` holds nothing usable, or this machine has no roots.
    BadTrust,
    /// `client_certificate` and `client_key` cannot be used.
    BadClientCertificate,
    /// What answers does not speak TLS.
    NotTls,
    /// Neither TLS 1.2 nor 1.3, or no cipher in common.
    NothingInCommon,
    TimedOut,
    /// The connection ended in the middle.
    Broken,
}

/// Shakes hands over a connection that stands, as the service's client would; `limit` is for all of it.
pub async fn handshake(stream: TcpStream, endpoint: &Endpoint, tls: &TlsSettings, limit: Duration) -> TlsFacts {
    let watched = Arc::new(Watched::default());
    let result = match prepare(tls, &watched) {
        Err(failure) => Err(failure),
        Ok(config) => {
            let shaken = timeout(limit, shake(stream, endpoint, config, &watched, tls.client.is_some())).await;
            shaken.unwrap_or(Err(TlsFailure::TimedOut))
        }
    };
    let chain = watched.chain.lock().unwrap_or_else(PoisonError::into_inner);
    TlsFacts {
        chain: chain.iter().filter_map(|der| CertificateFacts::read(der)).collect(),
        version: result.ok(),
        certificate_asked: watched.asked.get().is_some(),
        failure: result.err(),
    }
}

/// What was seen while shaking hands.
#[derive(Debug, Default)]
struct Watched {
    chain: Mutex<Vec<CertificateDer<'static>>>,
    asked: OnceLock<()>,
}

fn prepare(tls: &TlsSettings, watched: &Arc<Watched>) -> Result<ClientConfig, TlsFailure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let inner = verifier(tls, &provider)?;
    let identity = identity(tls, &provider)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsFailure::NothingInCommon)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(WatchingVerifier { inner, watched: Arc::clone(watched) }))
        .with_client_cert_resolver(Arc::new(WatchingIdentity { identity, watched: Arc::clone(watched) }));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Whom the service's client trusts: the configured roots only, or those of the machine.
fn verifier(tls: &TlsSettings, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, TlsFailure> {
    let Some(path) = &tls.trust else {
        let machine = rustls_platform_verifier::Verifier::new(Arc::clone(provider));
        return Ok(Arc::new(machine.map_err(|_| TlsFailure::BadTrust)?));
    };
    let pem = std::fs::read(path).map_err(|_| TlsFailure::BadTrust)?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&pem) {
        roots.add(certificate).map_err(|_| TlsFailure::BadTrust)?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok(verifier.map_err(|_| TlsFailure::BadTrust)?)
}

fn identity(tls: &TlsSettings, provider: &CryptoProvider) -> Result<Option<Arc<CertifiedKey>>, TlsFailure> {
    let Some(client) = &tls.client else { return Ok(None) };
    let bad = || TlsFailure::BadClientCertificate;
    let chain = certificates(&std::fs::read(&client.certificate).map_err(|_| bad())?);
    let pem = Zeroizing::new(std::fs::read(&client.key).map_err(|_| bad())?);
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| bad())?;
    let key = CertifiedKey::from_der(chain, key, provider).map_err(|_| bad())?;
    Ok(Some(Arc::new(key)))
}

async fn shake(
    stream: TcpStream,
    endpoint: &Endpoint,
    config: ClientConfig,
    watched: &Watched,
    have_certificate: bool,
) -> Result<&'static str, TlsFailure> {
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|_| TlsFailure::WrongName)?;
    let told = |error: std::io::Error| failure(&error, watched.asked.get().is_some(), have_certificate);
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(told)?;
    let version = match stream.get_ref().1.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS 1.3",
    };
    if watched.asked.get().is_some() {
        // In TLS 1.3 our side of the handshake ends before the peer has judged our certificate.
        first_byte(&mut stream, &endpoint.host).await.map_err(told)?;
    }
    Ok(version)
}

/// Waits for any answer to a question without content; only how TLS ends is of interest.
async fn first_byte(stream: &mut TlsStream<TcpStream>, host: &str) -> std::io::Result<()> {
    let question = format!("HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    stream.flush().await?;
    stream.read(&mut [0_u8; 1]).await.map(drop)
}

/// What an error of the handshake means. Whatever the peer says after it has asked for a certificate is about ours: it
/// had no other reason left, and which alert it chooses differs between servers (ASM).
fn failure(error: &std::io::Error, asked: bool, have_certificate: bool) -> TlsFailure {
    let about_ours =
        if have_certificate { TlsFailure::ClientCertificateRefused } else { TlsFailure::ClientCertificateWanted };
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(error)) => refusal(error),
        Some(Error::AlertReceived(_)) if asked => about_ours,
        None if asked => about_ours,
        Some(Error::PeerIncompatible(_) | Error::AlertReceived(_)) => TlsFailure::NothingInCommon,
        Some(Error::InvalidMessage(_)) => TlsFailure::NotTls,
        Some(_) => TlsFailure::BadCertificate,
        None => TlsFailure::Broken,
    }
}

fn refusal(error: &CertificateError) -> TlsFailure {
    use CertificateError as C;
    match error {
        C::Expired | C::ExpiredContext { .. } => TlsFailure::Expired,
        C::NotValidYet | C::NotValidYetContext { .. } => TlsFailure::NotYetValid,
        C::UnknownIssuer => TlsFailure::UnknownRoot,
        C::NotValidForName | C::NotValidForNameContext { .. } => TlsFailure::WrongName,
        _ => TlsFailure::BadCertificate,
    }
}

/// Keeps the peer's chain and hands every decision on.
#[derive(Debug)]
struct WatchingVerifier {
    inner: Arc<dyn ServerCertVerifier>,
    watched: Arc<Watched>,
}

impl ServerCertVerifier for WatchingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = std::iter::once(end_entity).chain(intermediates);
        *self.watched.chain.lock().unwrap_or_else(PoisonError::into_inner) =
            shown.map(|certificate| certificate.clone().into_owned()).collect();
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Notes that the peer asked for a certificate, and gives the configured one.
#[derive(Debug)]
struct WatchingIdentity {
    identity: Option<Arc<CertifiedKey>>,
    watched: Arc<Watched>,
}

impl ResolvesClientCert for WatchingIdentity {
    fn resolve(&self, _root_hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.watched.asked.get_or_init(|| ());
        self.identity.clone()
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}
