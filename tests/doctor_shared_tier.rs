//! `diensan doctor` looks at the tier that replicas share, against real servers.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{binary, root};
use crate::redis_server::{RedisServer, free_port};
use crate::shared_tier::certificates;

const PASSWORD: &str = "4e1d9c0b7a63";

/// A folder with a configuration; the sandbox needs no connection.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        for (name, text) in [
            ("seal", format!("{:064x}", 0x5ea1)),
            ("names", format!("{:064x}", 0x4a3e)),
            ("password", PASSWORD.to_owned()),
        ] {
            place.secret(name, &text);
        }
        place
    }

    fn secret(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode 600");
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Exit code, and the checks of the tier by id.
    fn examined(&self, lines: &str) -> (Option<i32>, BTreeMap<String, Value>) {
        let root = root().display();
        let text = format!(
            "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n[cache]\nttl = \"1m\"\n\
             [cache.shared]\nkeys = [\"seal\"]\nhash_key_file = \"names\"\n{lines}\n"
        );
        let config = self.path().join("diensan.toml");
        fs::write(&config, text).expect("written");
        let mut command = Command::new(binary());
        command.args(["doctor", "--format", "json", "--config"]).arg(&config).current_dir(root.to_string());
        let output = command.env("DIENSAN_LOG", "trace").output().expect("it runs");
        let all = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!all.contains(PASSWORD), "the password is shown");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{all}"));
        let checks = told["checks"].as_array().expect("checks").iter();
        let tier = checks.filter(|check| check["id"].as_str().is_some_and(|id| id.starts_with("shared_tier")));
        (
            output.status.code(),
            tier.map(|check| (check["id"].as_str().unwrap_or_default().to_owned(), check.clone())).collect(),
        )
    }
}

/// State of a check; empty: it was not made.
fn state<'c>(checks: &'c BTreeMap<String, Value>, id: &str) -> &'c str {
    checks.get(id).and_then(|check| check["state"].as_str()).unwrap_or_default()
}

/// The rights that the guide tells to give.
fn documented() -> String {
    let document = fs::read_to_string(root().join("docs/shared-tier.md")).expect("the guide");
    let rights = document.split_once("&diensan:* ").expect("the rights").1.split_once("```").expect("their end").0;
    rights.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_tier_on_this_machine_is_reached_and_leaves_nothing_behind() {
    let (server, place) = (RedisServer::start(), Place::new());
    let (code, checks) = place.examined(&format!("url = \"{}\"\ntimeout = \"2s\"", server.url()));
    assert_eq!(code, Some(0), "{checks:#?}");
    for id in ["shared_tier", "shared_tier_rights", "shared_tier_round_trip"] {
        assert_eq!(state(&checks, id), "ok", "{checks:#?}");
        assert!(checks[id]["vi"].is_string() && checks[id]["en"].is_string());
    }
    assert_eq!(checks["shared_tier"]["facts"]["tls"], json!(false));
    assert!(server.names("*").iter().all(|name| name == "diensan:probe:{doctor}"), "{:?}", server.names("*"));
}

#[test]
fn a_tier_that_is_away_or_slower_than_it_may_be_is_told_with_the_mend() {
    let place = Place::new();
    let (code, checks) = place.examined(&format!("url = \"redis://127.0.0.1:{}\"", free_port()));
    assert_eq!((code, state(&checks, "shared_tier"), state(&checks, "shared_tier_rights")), (Some(1), "failed", ""));
    assert!(checks["shared_tier"]["mend_vi"].as_str().is_some_and(|mend| mend.contains("máy chủ có đang chạy")));

    // A server that is stopped takes connections and never answers.
    let server = RedisServer::start();
    server.signal("STOP");
    let (code, checks) = place.examined(&format!("url = \"{}\"", server.url()));
    server.signal("CONT");
    assert_eq!((code, state(&checks, "shared_tier")), (Some(1), "failed"), "{checks:#?}");
    assert!(checks["shared_tier"]["en"].as_str().is_some_and(|told| told.contains("does not answer")), "{checks:#?}");
}

#[test]
fn a_wrong_password_and_each_missing_right_are_told_by_name() {
    let (server, place) = (RedisServer::start(), Place::new());
    let rights = documented();
    let allow = |rights: &str| {
        let mut words = vec!["ACL", "SETUSER", "diensan", "reset", "on"];
        let password = format!(">{PASSWORD}");
        words.extend([password.as_str(), "~diensan:*", "&diensan:*"]);
        words.extend(rights.split(' '));
        assert!(server.cli(&words).contains("OK"), "{rights}");
    };
    let lines =
        format!("url = \"{}\"\nusername = \"diensan\"\npassword_file = \"password\"\ntimeout = \"2s\"", server.url());
    let cases: [(&[&str], Value); 3] = [
        // First, while the server does not know the script.
        (&["+script|load"], json!(["script"])),
        (&["+zadd", "+publish"], json!(["script", "publish"])),
        (&["+set", "+getrange", "+subscribe"], json!(["write", "read", "subscribe"])),
    ];
    for (missing, refused) in cases {
        allow(&rights.split(' ').filter(|word| !missing.contains(word)).collect::<Vec<_>>().join(" "));
        let (code, checks) = place.examined(&lines);
        assert_eq!((code, state(&checks, "shared_tier_rights")), (Some(1), "failed"), "{missing:?}: {checks:#?}");
        assert_eq!(checks["shared_tier_rights"]["facts"]["refused"], refused, "{missing:?}");
    }
    allow(&rights);
    let (code, checks) = place.examined(&lines);
    assert_eq!((code, state(&checks, "shared_tier_rights")), (Some(0), "ok"), "{checks:#?}");
    place.secret("password", "another");
    let (code, checks) = place.examined(&lines);
    assert_eq!((code, state(&checks, "shared_tier")), (Some(1), "failed"));
    assert!(checks["shared_tier"]["en"].as_str().is_some_and(|told| told.contains("password")), "{checks:#?}");
}

#[test]
fn a_certificate_that_is_not_believed_is_told_as_that() {
    let (place, other) = (Place::new(), tempfile::tempdir().expect("a folder"));
    let ([authority, certificate, key], [stranger, ..]) = (certificates(place.path()), certificates(other.path()));
    let port = free_port().to_string();
    let files = ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &authority];
    let server =
        RedisServer::start_with(&[&["--tls-port", &port, "--tls-auth-clients", "no"][..], &files[..]].concat());
    server.wait_for("PING", "PONG");
    let lines =
        |port: &str, trust: &str| format!("url = \"rediss://127.0.0.1:{port}\"\ntrust = \"{trust}\"\ntimeout = \"2s\"");
    let (code, checks) = place.examined(&lines(&port, &authority));
    assert_eq!((code, &checks["shared_tier"]["facts"]["tls"]), (Some(0), &json!(true)), "{checks:#?}");
    let (code, checks) = place.examined(&lines(&port, &stranger));
    assert_eq!((code, state(&checks, "shared_tier")), (Some(1), "failed"));
    assert!(checks["shared_tier"]["en"].as_str().is_some_and(|told| told.contains("no trusted TLS")), "{checks:#?}");
    // A port without TLS waits for the end of a line, and says nothing.
    let (code, checks) = place.examined(&lines(&server.port.to_string(), &authority));
    assert_eq!((code, state(&checks, "shared_tier")), (Some(1), "failed"));
    assert!(checks["shared_tier"]["mend_en"].as_str().is_some_and(|mend| mend.contains("TLS")), "{checks:#?}");
}
