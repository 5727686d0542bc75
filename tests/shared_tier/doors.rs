//! Who may reach the tier: TLS, a user with few rights, a password that is wrong.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::*;
use crate::harness::root;
use crate::redis_server::free_port;

/// Files of a certificate authority and of a server on this machine.
pub fn certificates(folder: &std::path::Path) -> [String; 3] {
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).expect("parameters");
    let server = server.signed_by(&key, &authority).expect("a certificate");
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    [write("ca.pem", authority.pem()), write("server.pem", server.pem()), write("server.key", key.serialize_pem())]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tier_behind_tls_and_a_user_with_few_rights_is_used_and_nothing_else_is_asked_of_it() {
    let province = Province::start();
    let folder = tempfile::tempdir().expect("a folder");
    let [authority, certificate, key] = certificates(folder.path());
    let (port, password) = (free_port().to_string(), "0f9e8d7c6b5a");
    // What the guide tells to allow, and no more.
    let document = std::fs::read_to_string(root().join("docs/shared-tier.md")).expect("the guide");
    let allowed = document.split_once("&diensan:* ").expect("the rights").1.split_once("```").expect("their end").0;
    let allowed = allowed.split_whitespace().collect::<Vec<_>>().join(" ");
    let rights = format!("on >{password} ~diensan:* &diensan:* {allowed}");
    let acl = folder.path().join("users.acl");
    std::fs::write(&acl, format!("user default off\nuser diensan {rights}\n")).expect("a file");
    let acl = acl.display().to_string();
    let server = RedisServer::start_with(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &authority,
        "--tls-auth-clients",
        "no",
        "--aclfile",
        &acl,
    ]);
    province.upstream.secret("tier-password", password);
    let lines = |password: &str, trust: &str| {
        format!(
            "url = \"rediss://127.0.0.1:{port}\"\nusername = \"diensan\"\npassword_file = \"{password}\"\ntimeout = \
             \"500ms\"\n{trust}"
        )
    };
    let trust = format!("trust = \"{authority}\"");
    let (one, other) =
        (province.replica(&lines("tier-password", &trust)), province.replica(&lines("tier-password", &trust)));
    until_metric(&one, UP, 1.0).await;
    until_metric(&other, UP, 1.0).await;
    let of = person("999198000022");
    ask(&one, of).await;
    let until = Instant::now() + Duration::from_secs(5);
    let mut round = 0;
    loop {
        round += 1;
        let mut asked = request(SERVICE, of);
        asked["agency"] = format!("H01.{round}").into();
        right(&one.autofill(&asked).await, of);
        tokio::time::sleep(Duration::from_millis(50)).await;
        if cached(&right(&other.autofill(&asked).await, of)) {
            break;
        }
        assert!(Instant::now() < until, "never shared");
    }
    let mut anew = request(SERVICE, of);
    anew["refresh"] = true.into();
    right(&one.autofill(&anew).await, of);
    tokio::time::sleep(Duration::from_millis(100)).await;
    for operation in ["read", "write", "lease", "release", "publish"] {
        let line = format!("diensan_shared_tier_operations_total{{operation=\"{operation}\",result=\"failed\"}}");
        assert_eq!(one.metric(&line).await + other.metric(&line).await, 0.0, "{operation} is refused");
    }
    // Nobody is trusted without the authority, and a wrong password opens nothing; both serve all the same.
    province.upstream.secret("wrong-password", "000000");
    for (lines, why) in [(lines("tier-password", ""), "no root"), (lines("wrong-password", &trust), "wrong password")] {
        let alone = province.replica(&lines);
        assert!(!cached(&ask(&alone, of).await), "{why}");
        assert_eq!(alone.metric(UP).await, 0.0, "{why}");
        assert!(!alone.log_text().contains("000000") && !alone.log_text().contains(password));
    }
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_starts_and_answers_where_nobody_listens() {
    let province = Province::start();
    let before = Instant::now();
    let replica = province.replica(&format!("url = \"redis://127.0.0.1:{}\"", free_port()));
    assert!(before.elapsed() < Duration::from_secs(20), "{:?}", before.elapsed());
    assert!(replica.log_text().contains("shared tier not reached yet"));
    assert!(!cached(&ask(&replica, person("999198000022")).await));
    assert_eq!(replica.metric(UP).await, 0.0);
}
