//! TLS with a private root, and with certificates asked of callers.

use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::harness::Process;

/// A root and a certificate that it has issued, as PEM files in a folder of their own.
struct Issued {
    folder: tempfile::TempDir,
    root: String,
    /// Certificate and key in one text, as a client takes them.
    leaf: String,
}

impl Issued {
    fn new(name: &str) -> Self {
        let mut authority = CertificateParams::new(Vec::<String>::new()).expect("parameters");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("a root");
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let leaf = params.signed_by(&key, &root).expect("a certificate");
        let issued = Self {
            folder: tempfile::tempdir().expect("a folder"),
            root: root.pem(),
            leaf: format!("{}{}", leaf.pem(), key.serialize_pem()),
        };
        issued.write("root.pem", &issued.root);
        issued.write("leaf.pem", &leaf.pem());
        issued.write("key.pem", &key.serialize_pem());
        issued
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    fn client(&self, identity: Option<&str>) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(self.root.as_bytes()).expect("a root");
        let mut builder = reqwest::Client::builder().no_proxy().tls_certs_only([root]);
        if let Some(pem) = identity {
            builder = builder.identity(reqwest::Identity::from_pem(pem.as_bytes()).expect("an identity"));
        }
        builder.build().expect("a client")
    }
}

fn start(server: &Issued, more: &[&str]) -> Process {
    let (certificate, key) = (server.file("leaf.pem"), server.file("key.pem"));
    let mut arguments =
        vec!["simulate", "--listen", "127.0.0.1:0", "--tls-certificate", &certificate, "--tls-key", &key];
    arguments.extend(more);
    Process::start(&arguments, "debug")
}

#[tokio::test]
async fn tls_is_served_with_the_given_certificate() {
    let server = Issued::new("127.0.0.1");
    let process = start(&server, &[]);
    assert!(process.address.starts_with("https://127.0.0.1:"));
    let counters = format!("{}/counters", process.address);
    let answer = server.client(None).get(&counters).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.version(), reqwest::Version::HTTP_11);
    let stranger = Issued::new("127.0.0.1");
    assert!(stranger.client(None).get(&counters).send().await.is_err(), "another root does not vouch for it");
    assert!(crate::harness::client().get(counters.replace("https:", "http:")).send().await.is_err());
}

#[tokio::test]
async fn a_caller_without_a_certificate_of_the_right_authority_is_turned_away() {
    let (server, clients, strangers) = (Issued::new("127.0.0.1"), Issued::new("khach"), Issued::new("khach"));
    let authority = clients.file("root.pem");
    let process = start(&server, &["--client-ca", &authority]);
    let counters = format!("{}/counters", process.address);
    for identity in [None, Some(strangers.leaf.as_str())] {
        assert!(server.client(identity).get(&counters).send().await.is_err());
    }
    let answer = server.client(Some(&clients.leaf)).get(&counters).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
}

#[tokio::test]
async fn faults_below_http_break_the_body_where_there_is_tls() {
    let server = Issued::new("127.0.0.1");
    let process = start(&server, &[]);
    let client = server.client(None);
    let faults = format!("{}/control/faults", process.address);
    for fault in ["reset-before-answer", "half-close"] {
        let body = format!(r#"{{"fault":"{fault}","where":"token","calls":1}}"#);
        assert_eq!(client.post(&faults).body(body).send().await.expect("an answer").status().as_u16(), 201);
        let request = client
            .post(format!("{}/token", process.address))
            .header("lgspaccesstoken", super::calls::CONNECTION_STRING)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        assert!(request.send().await.expect("a head").bytes().await.is_err(), "{fault}");
    }
}

fn refused(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_diensan"))
        .args(["simulate", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .current_dir(crate::harness::root())
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn files_that_do_not_do_are_named_and_nothing_starts() {
    let (one, other) = (Issued::new("127.0.0.1"), Issued::new("127.0.0.1"));
    let (leaf, key, root) = (one.file("leaf.pem"), one.file("key.pem"), one.file("root.pem"));
    let (other_key, missing) = (other.file("key.pem"), one.file("missing.pem"));
    for (arguments, parts) in [
        (vec!["--tls-certificate", leaf.as_str()], vec!["--tls-key"]),
        (vec!["--tls-certificate", &missing, "--tls-key", &key], vec!["missing.pem"]),
        (vec!["--tls-certificate", &key, "--tls-key", &key], vec!["key.pem", "no certificate"]),
        (vec!["--tls-certificate", &leaf, "--tls-key", &root], vec!["root.pem", "no private key"]),
        (vec!["--tls-certificate", &leaf, "--tls-key", &other_key], vec!["do not fit"]),
        (vec!["--tls-certificate", &leaf, "--tls-key", &key, "--client-ca", &key], vec!["key.pem", "no certificate"]),
        (vec!["--client-ca", &root], vec!["--tls-certificate"]),
        (vec!["--token-lifetime", "long"], vec!["for example 300s"]),
        (vec!["--timestamp-tolerance", "25h"], vec!["at most 24h"]),
    ] {
        let said = refused(&arguments);
        for part in parts {
            assert!(said.contains(part), "{arguments:?}: {said}");
        }
        assert!(!said.contains("PRIVATE KEY") && Path::new(&leaf).exists(), "{arguments:?}");
    }
}
