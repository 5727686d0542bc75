//! The service's own client and TLS: whom it refuses, and that renewed roots and certificates count from the next call on
//! (PROTOCOL §3.4; RISKS T13). What is read of the files is tested apart (`upkeep`).

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::super::GatewaySource;
use super::stand_in::header;
use super::{adult, ask, built, direct, settings};
use crate::config::{ClientCertificate, TlsSettings};

/// Years in which a certificate is good in every test.
const GOOD: (i32, i32) = (2020, 2090);
/// Nobody was trusted, so nothing was asked.
const NO_CONNECTION: &str = "upstream_fault/connection_failed";

/// Certificate and key, both PEM.
type Issued = (String, String);

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("a key")).expect("a root"))
    }

    fn issue(&self, name: &str, years: (i32, i32)) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        parameters.not_before = date_time_ymd(years.0, 1, 1);
        parameters.not_after = date_time_ymd(years.1, 1, 1);
        (parameters.signed_by(&key, &self.0).expect("a certificate").pem(), key.serialize_pem())
    }

    fn server(&self) -> Issued {
        self.issue("127.0.0.1", GOOD)
    }
}

/// A gateway over TLS that finds somebody whenever it is asked. Its certificate can be replaced.
struct Sealed {
    base: String,
    config: Arc<Mutex<Arc<ServerConfig>>>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Clone, Default)]
struct Seen {
    questions: usize,
    /// The client's certificate of each handshake that succeeded.
    clients: Vec<Option<CertificateDer<'static>>>,
}

impl Sealed {
    /// `clients`: who must have issued the caller's certificate.
    async fn new(certificate: &Issued, clients: Option<&Authority>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let base = format!("https://{}", listener.local_addr().expect("address"));
        let config = Arc::new(Mutex::new(server_config(certificate, clients)));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (current, kept) = (Arc::clone(&config), Arc::clone(&seen));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("connection");
                let config = Arc::clone(&current.lock().unwrap_or_else(PoisonError::into_inner));
                tokio::spawn(serve(stream, config, Arc::clone(&kept)));
            }
        });
        Self { base, config, seen }
    }

    fn replace(&self, certificate: &Issued) {
        *self.config.lock().unwrap_or_else(PoisonError::into_inner) = server_config(certificate, None);
    }

    fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn server_config((certificate, key): &Issued, clients: Option<&Authority>) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("versions");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.0.der().clone()).expect("a root");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        }
    };
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    Arc::new(builder.with_single_cert(vec![der(certificate)], key).expect("a pair"))
}

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

/// Answers everything that is asked over one connection; a handshake that fails ends it.
async fn serve(stream: TcpStream, config: Arc<ServerConfig>, seen: Arc<Mutex<Seen>>) {
    let Ok(mut stream) = TlsAcceptor::from(config).accept(stream).await else { return };
    let client = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first().cloned());
    let client = client.map(CertificateDer::into_owned);
    seen.lock().unwrap_or_else(PoisonError::into_inner).clients.push(client);
    let body = adult();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    while asked(&mut stream).await {
        seen.lock().unwrap_or_else(PoisonError::into_inner).questions += 1;
        if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

/// Whether a whole question came before the end of the connection.
async fn asked(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0_u8; 4096];
        let Ok(count @ 1..) = stream.read(&mut buffer).await else { return false };
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let announced = header(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if body.len() >= announced {
                return true;
            }
        }
    }
}

fn file(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    path
}

/// The service's client with roots and, perhaps, a certificate of its own in files of this folder.
fn client(server: &Sealed, folder: &Path, root: &Authority, own: Option<&Issued>) -> GatewaySource {
    let mut settings = settings(&server.base, direct());
    settings.guard.budget = Duration::from_secs(20);
    settings.guard.connect_timeout = Duration::from_secs(10);
    settings.guard.repeat = false;
    settings.tls = TlsSettings {
        trust: Some(file(folder, "root.pem", &root.0.pem())),
        client: own.map(|own| take_up(folder, own)),
        ..TlsSettings::default()
    };
    built(settings).expect("gateway")
}

fn take_up(folder: &Path, (certificate, key): &Issued) -> ClientCertificate {
    ClientCertificate { certificate: file(folder, "client.pem", certificate), key: file(folder, "client-key.pem", key) }
}

#[tokio::test]
async fn a_gateway_that_cannot_prove_who_it_is_is_never_asked() {
    let (trusted, stranger) = (Authority::new("trusted"), Authority::new("stranger"));
    let cases = [
        ("good", trusted.server(), "found"),
        ("unknown root", stranger.server(), NO_CONNECTION),
        ("expired", trusted.issue("127.0.0.1", (2020, 2021)), NO_CONNECTION),
        ("not yet valid", trusted.issue("127.0.0.1", (2080, 2090)), NO_CONNECTION),
        ("wrong name", trusted.issue("elsewhere.example", GOOD), NO_CONNECTION),
        ("another address", trusted.issue("127.0.0.2", GOOD), NO_CONNECTION),
    ];
    for (what, certificate, expected) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Sealed::new(&certificate, None).await;
        assert_eq!(ask(&client(&server, folder.path(), &trusted, None)).await, expected, "{what}");
        assert_eq!(server.seen().questions, usize::from(expected == "found"), "{what}");
    }
}

#[tokio::test]
async fn without_configured_roots_a_private_root_is_not_trusted() {
    let server = Sealed::new(&Authority::new("private").server(), None).await;
    let mut settings = settings(&server.base, direct());
    settings.guard.repeat = false;
    settings.guard.connect_timeout = Duration::from_secs(10);
    // A machine without a store of certificates cannot build the client at all, which is as safe.
    if let Ok(gateway) = built(settings) {
        assert_eq!(ask(&gateway).await, NO_CONNECTION);
    }
    assert_eq!(server.seen().questions, 0);
}

#[tokio::test]
async fn a_renewed_root_counts_from_the_next_call_on_and_the_old_one_no_longer() {
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let folder = tempfile::tempdir().expect("a folder");
    let server = Sealed::new(&old.server(), None).await;
    let gateway = client(&server, folder.path(), &old, None);
    assert_eq!(ask(&gateway).await, "found");

    file(folder.path(), "root.pem", &new.0.pem());
    assert_eq!(ask(&gateway).await, "found", "not looked at yet");
    gateway.refresh_credentials();
    assert_eq!(ask(&gateway).await, NO_CONNECTION, "the old root, also over a connection that stands");
    server.replace(&new.server());
    assert_eq!(ask(&gateway).await, "found");
    server.replace(&old.server());
    gateway.refresh_credentials();
    assert_eq!(ask(&gateway).await, "found", "nothing changed: the connection stands");
    assert_eq!(server.seen().clients.len(), 2, "handshakes that succeeded");
}

#[tokio::test]
async fn a_bad_root_file_leaves_the_client_as_it_was() {
    let (trusted, stranger) = (Authority::new("trusted"), Authority::new("stranger"));
    let folder = tempfile::tempdir().expect("a folder");
    let server = Sealed::new(&trusted.server(), None).await;
    let gateway = client(&server, folder.path(), &trusted, None);
    for content in ["", "no certificate"] {
        file(folder.path(), "root.pem", content);
        gateway.refresh_credentials();
        assert_eq!(ask(&gateway).await, "found", "{content}");
    }
    // An unusable file never opens the door to everybody.
    let other = Sealed::new(&stranger.server(), None).await;
    let elsewhere = client(&other, folder.path(), &trusted, None);
    file(folder.path(), "root.pem", "");
    elsewhere.refresh_credentials();
    assert_eq!(ask(&elsewhere).await, NO_CONNECTION);
}

#[tokio::test]
async fn our_certificate_is_shown_when_asked_for_and_a_renewed_one_from_the_next_call_on() {
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let folder = tempfile::tempdir().expect("a folder");
    let server = Sealed::new(&servers.server(), Some(&clients)).await;
    let (first, second) = (clients.issue("diensan", GOOD), clients.issue("diensan", GOOD));
    let gateway = client(&server, folder.path(), &servers, Some(&first));
    assert_eq!([ask(&gateway).await, ask(&gateway).await], ["found", "found"]);
    assert_eq!(server.seen().clients, [Some(der(&first.0))], "both over one connection");

    take_up(folder.path(), &second);
    gateway.refresh_credentials();
    assert_eq!(ask(&gateway).await, "found");
    assert_eq!(server.seen().clients, [Some(der(&first.0)), Some(der(&second.0))]);
    assert_eq!(server.seen().questions, 3);
}

#[tokio::test]
async fn without_the_certificate_that_a_gateway_wants_nothing_is_answered() {
    let (servers, clients, strangers) =
        (Authority::new("servers"), Authority::new("clients"), Authority::new("strangers"));
    let server = Sealed::new(&servers.server(), Some(&clients)).await;
    let expired = clients.issue("diensan", (2020, 2021));
    for own in [None, Some(strangers.issue("diensan", GOOD)), Some(expired)] {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(ask(&client(&server, folder.path(), &servers, own.as_ref())).await, NO_CONNECTION);
    }
    assert_eq!(server.seen().questions, 0);
}
