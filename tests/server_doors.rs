//! TLS of our own door, client certificates, renewal, and the operator's door.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::harness::Process;

/// An authority that signs certificates for `localhost`.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("key");
        Self(CertifiedIssuer::self_signed(parameters, key).expect("certificate"))
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// Certificate and key in PEM form.
    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().expect("key");
        let parameters = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let certificate = parameters.signed_by(&key, &self.0).expect("certificate");
        (certificate.pem(), key.serialize_pem())
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    let (path, new) = (folder.join(name), folder.join(format!("{name}.new")));
    fs::write(&new, text).expect("written");
    fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).expect("mode 600");
    fs::rename(new, path).expect("renamed");
}

fn client(authority: &Authority) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(authority.pem().as_bytes()).expect("PEM");
    let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).tls_certs_only([root]);
    builder.build().expect("a client")
}

/// The service with a certificate of `authority`; the base names the host that the certificate is for.
fn serve(folder: &Path, authority: &Authority, more: &str) -> (Process, String) {
    let (certificate, key) = authority.issue();
    write(folder, "certificate.pem", &certificate);
    write(folder, "key.pem", &key);
    let root = crate::harness::root().display();
    let config = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n{more}\n[server.tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n\
         [catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n"
    );
    fs::write(folder.join("diensan.toml"), config).expect("written");
    let process = Process::serve_configured(&folder.join("diensan.toml"), "debug");
    let base = process.address.replace("127.0.0.1", "localhost");
    (process, base)
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_door_speaks_tls_and_takes_up_a_renewed_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (Authority::new(), Authority::new());
    let (process, base) = serve(folder.path(), &first, "");
    assert!(base.starts_with("https://"));
    let ready = format!("{base}/readyz");
    assert_eq!(client(&first).get(&ready).send().await.expect("an answer").status(), 200);
    assert!(client(&second).get(&ready).send().await.is_err(), "another authority is not believed");

    let (certificate, key) = second.issue();
    // For a moment certificate and key do not belong together: the old pair stays in use.
    write(folder.path(), "certificate.pem", &certificate);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(client(&first).get(&ready).send().await.expect("still the old one").status(), 200);
    write(folder.path(), "key.pem", &key);
    let deadline = Instant::now() + Duration::from_secs(10);
    while client(&second).get(&ready).send().await.is_err() {
        assert!(Instant::now() < deadline, "the renewed certificate is not taken up");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(client(&first).get(&ready).send().await.is_err());
    let log = process.log_text();
    assert!(log.contains("is refused, the old one stays") && log.contains("was renewed"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_details_are_only_at_the_operators_door_when_there_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let (_process, base) = serve(folder.path(), &authority, &format!("admin_listen = \"127.0.0.1:{port}\""));
    let public = client(&authority);
    let at = async |path: &str| public.get(format!("{base}{path}")).send().await.expect("an answer");
    assert_eq!(at("/metrics").await.status(), 404);
    assert_eq!(at("/readyz").await.text().await.expect("text"), r#"{"status":"ready"}"#);
    let admin = crate::harness::client();
    let at = async |path: &str| admin.get(format!("http://127.0.0.1:{port}{path}")).send().await.expect("an answer");
    assert!(at("/metrics").await.text().await.expect("text").contains("diensan_build_info"));
    assert!(at("/readyz").await.text().await.expect("text").contains("\"catalog\""));
    assert_eq!(at("/v1/services").await.status(), 404, "no citizen's data behind the operator's door");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_checked_when_it_is_shown_and_not_demanded() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ours, theirs, foreign) = (Authority::new(), Authority::new(), Authority::new());
    write(folder.path(), "clients.pem", &theirs.pem());
    let (certificate, key) = ours.issue();
    write(folder.path(), "certificate.pem", &certificate);
    write(folder.path(), "key.pem", &key);
    let root = crate::harness::root().display();
    let config = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ntls = {{ certificate = \"certificate.pem\", key = \"key.pem\", client_ca = \
         \"clients.pem\" }}\n[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n"
    );
    fs::write(folder.path().join("diensan.toml"), config).expect("written");
    let process = Process::serve_configured(&folder.path().join("diensan.toml"), "debug");
    let ready = format!("{}/readyz", process.address.replace("127.0.0.1", "localhost"));
    assert_eq!(client(&ours).get(&ready).send().await.expect("without a certificate").status(), 200);
    for (authority, welcome) in [(&theirs, true), (&foreign, false)] {
        let (certificate, key) = authority.issue();
        let identity = reqwest::Identity::from_pem(format!("{certificate}{key}").as_bytes()).expect("an identity");
        let root = reqwest::Certificate::from_pem(ours.pem().as_bytes()).expect("PEM");
        let builder = reqwest::Client::builder().no_proxy().tls_certs_only([root]).identity(identity);
        let answered = builder.build().expect("a client").get(&ready).send().await.is_ok();
        assert_eq!(answered, welcome);
    }
}
