//! `diensan health`: good, not good, not to be asked; every door; and nothing of the configuration but `[server]`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{CertifiedKey, generate_simple_self_signed};

use crate::harness::{Process, binary, root};

/// Exit code and everything that was said.
fn health(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(binary())
        .arg("health")
        .args(arguments)
        .env_remove("DIENSAN_CONFIG")
        .env_remove("DIENSAN_LISTEN")
        // A proxy that would take it away, if it were asked.
        .env("http_proxy", "http://127.0.0.1:1")
        .output()
        .expect("ran");
    let said = String::from_utf8(output.stdout).expect("UTF-8") + &String::from_utf8(output.stderr).expect("UTF-8");
    let code = output.status.code();
    assert!(code == Some(2) || said.trim_end().lines().count() == 1, "one sentence: {said}");
    (code, said)
}

/// A port that was free a moment ago: the configuration must name it before the service listens.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|bound| bound.local_addr()).expect("a port").port()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode 600");
    path
}

/// A sandbox whose `[server]` has these lines, started as the file says.
fn started(folder: &Path, server: &str) -> (Process, String) {
    let root = root().display();
    let text = format!(
        "[server]\n{server}\n[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\nwatch = false\n"
    );
    let config = write(folder, "diensan.toml", &text).to_str().expect("UTF-8").to_owned();
    let process = Process::start(&["serve", "--config", &config], "info");
    (process, config)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_well_until_it_ends() {
    let mut service = Process::serve(&[]);
    let url = format!("{}/readyz", service.address);
    assert_eq!(health(&["--url", &url]), (Some(0), format!("{url} is well (200)\n")));
    let listen = service.address.trim_start_matches("http://").to_owned();
    assert_eq!(health(&["--listen", &listen]).0, Some(0));
    assert!(health(&["--listen", &listen, "--alive"]).1.contains("/healthz is well"));
    service.terminate();
    assert_eq!(service.wait(), Some(0));
    let (code, said) = health(&["--url", &url]);
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot be asked: Connection refused"), "{said}");
}

/// Answers everybody with one head, or never.
fn stand_in(head: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/readyz", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            match head {
                Some(head) => drop(write!(stream, "HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")),
                None => silent.push(stream),
            }
        }
    });
    url
}

#[test]
fn an_answer_that_is_not_good_another_address_and_silence_are_not_well() {
    for (head, word) in [
        (Some("503 Service Unavailable"), "it answered 503"),
        (Some("404 Not Found"), "it answered 404"),
        (Some("302 Found\r\nLocation: http://127.0.0.1:1/"), "it answered 302"),
        (None, "did not answer within"),
    ] {
        let (code, said) = health(&["--url", &stand_in(head)]);
        assert_eq!((code, said.contains(word)), (Some(1), true), "{said}");
    }
}

#[test]
fn no_other_machine_is_asked_and_tls_only_where_its_certificate_is_known() {
    for url in
        ["http://192.0.2.1/readyz", "http://localhost.example/", "https://127.0.0.1:8236/readyz", "ftp://127.0.0.1/"]
    {
        let (code, said) = health(&["--url", url]);
        assert_eq!((code, said.starts_with("--url: ")), (Some(2), true), "{said}");
    }
    assert_eq!(health(&["--config", "/nowhere/diensan.toml"]).0, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_tls_is_believed_by_its_certificate_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = || generate_simple_self_signed(vec!["mot-cua.tinh.example".to_owned()]).expect("a certificate");
    let CertifiedKey { cert, signing_key } = made();
    write(folder.path(), "server.pem", &cert.pem());
    write(folder.path(), "server-key.pem", &signing_key.serialize_pem());
    let lines = format!(
        "listen = \"127.0.0.1:{}\"\ntls = {{ certificate = \"server.pem\", key = \"server-key.pem\" }}",
        free_port()
    );
    let (service, config) = started(folder.path(), &lines);
    let (code, said) = health(&["--config", &config]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said, format!("{}/readyz is well (200)\n", service.address));
    // Somebody else listens there, or the file is not the one in use.
    write(folder.path(), "server.pem", &made().cert.pem());
    let (code, said) = health(&["--config", &config]);
    assert_eq!((code, said.contains("cannot be asked")), (Some(1), true), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_door_is_asked_where_there_is_one_and_other_sections_are_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let admin = free_port();
    let lines = format!("listen = \"127.0.0.1:{}\"\nadmin_listen = \"127.0.0.1:{admin}\"", free_port());
    let (service, config) = started(folder.path(), &lines);
    let expected = format!("http://127.0.0.1:{admin}/readyz is well (200)\n");
    assert_eq!(health(&["--config", &config]), (Some(0), expected.clone()));
    // Whoever breaks another section while the service runs must not have it taken for dead.
    let text = fs::read_to_string(&config).expect("a configuration");
    fs::write(&config, format!("{text}[journal]\ndirectory = 7\n[[connection]]\nprofile = \"khong-co\"\n"))
        .expect("written");
    assert_eq!(health(&["--config", &config]), (Some(0), expected));
    drop(service);
    assert_eq!(health(&["--config", &config]).0, Some(1));
}
