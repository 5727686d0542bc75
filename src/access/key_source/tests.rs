use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

fn jwks(ids: &[&str]) -> Vec<u8> {
    let keys: Vec<serde_json::Value> = ids
        .iter()
        .map(|id| {
            let pair = Ed25519KeyPair::generate().expect("a pair");
            let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
            serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "use": "sig", "x": x })
        })
        .collect();
    serde_json::json!({ "keys": keys }).to_string().into_bytes()
}

fn at(seconds: u64) -> Moment {
    Moment::of_seconds(1_800_000_000 + seconds)
}

/// An issuer that answers what it is told, and counts how often it was asked.
struct Issuer {
    asked: AtomicUsize,
    answer: Mutex<Result<Vec<u8>, String>>,
}

fn issuer(answer: Result<Vec<u8>, String>) -> (Arc<Issuer>, RemoteKeys) {
    let issuer = Arc::new(Issuer { asked: AtomicUsize::new(0), answer: Mutex::new(answer) });
    let asked = Arc::clone(&issuer);
    let keys = RemoteKeys::new(Box::new(move || {
        asked.asked.fetch_add(1, Ordering::SeqCst);
        let answer = asked.answer.lock().expect("unbroken").clone();
        Box::pin(async move { answer })
    }));
    (issuer, keys)
}

async fn has(keys: &RemoteKeys, id: &str, now: Moment) -> Result<bool, AuthRefusal> {
    let keys = keys.keys(Some(id), TokenAlgorithm::EdDsa, now).await?;
    Ok(!keys.candidates(Some(id), TokenAlgorithm::EdDsa).is_empty())
}

#[tokio::test]
async fn keys_are_kept_ten_minutes_and_stale_ones_serve_an_hour_and_then_nobody_is_let_in() {
    let (issuer, keys) = issuer(Ok(jwks(&["a"])));
    let asked = || issuer.asked.load(Ordering::SeqCst);
    assert_eq!(has(&keys, "a", at(0)).await, Ok(true));
    assert_eq!(has(&keys, "a", at(599)).await, Ok(true));
    assert_eq!(asked(), 1);
    *issuer.answer.lock().expect("unbroken") = Err("down".to_owned());
    assert_eq!(has(&keys, "a", at(600)).await, Ok(true));
    assert_eq!(asked(), 2);
    // The pause keeps an issuer that is down from being asked by every request.
    assert_eq!(has(&keys, "a", at(605)).await, Ok(true));
    assert_eq!(asked(), 2);
    assert_eq!(has(&keys, "a", at(3599)).await, Ok(true));
    assert_eq!(has(&keys, "a", at(3610)).await, Err(AuthRefusal::KeySourceUnavailable));
    *issuer.answer.lock().expect("unbroken") = Ok(jwks(&["b"]));
    assert_eq!(has(&keys, "a", at(3611)).await, Err(AuthRefusal::KeySourceUnavailable), "within the pause");
    assert_eq!(has(&keys, "b", at(3621)).await, Ok(true));
    assert_eq!(has(&keys, "a", at(3621)).await, Ok(false));
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it_but_made_up_ids_do_not_hammer_the_issuer() {
    let (issuer, keys) = issuer(Ok(jwks(&["a"])));
    assert_eq!(has(&keys, "a", at(0)).await, Ok(true));
    *issuer.answer.lock().expect("unbroken") = Ok(jwks(&["a", "b"]));
    assert_eq!(has(&keys, "b", at(60)).await, Ok(true));
    for second in 61..70 {
        assert_eq!(has(&keys, "made-up", at(second)).await, Ok(false));
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_issuer_that_was_never_reached_is_an_outage_and_not_a_wrong_signature() {
    for answer in [Err("down".to_owned()), Ok(b"<html>".to_vec()), Ok(b"{\"keys\":[]}".to_vec())] {
        let (_, keys) = issuer(answer);
        assert_eq!(has(&keys, "a", at(0)).await, Err(AuthRefusal::KeySourceUnavailable));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_long_answer_is_cut_off() {
    let good = jwks(&["a"]);
    let ok = |body: &[u8]| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let redirect = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
    let mut padded = good.clone();
    padded.resize(MAX_BYTES + 1, b' ');
    for (answer, expected) in [(ok(&good), true), (redirect, false), (ok(&padded), false)] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let url = format!("http://{}/jwks", listener.local_addr().expect("an address"));
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a caller");
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(&answer);
            listener
        });
        let source = KeySource::open(&TokenKeys::Address { url, trust: None }).expect("a source");
        let keys = source.keys(Some("a"), TokenAlgorithm::EdDsa, at(0)).await;
        assert_eq!(keys.is_ok(), expected);
        let listener = served.join().expect("served");
        listener.set_nonblocking(true).expect("set");
        // A redirect that was followed would stand in line here.
        assert!(listener.accept().is_err());
    }
}

#[test]
fn key_files_hold_public_keys_only() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("keys");
    let open = |content: &[u8]| {
        std::fs::write(&file, content).expect("write");
        KeySource::open(&TokenKeys::File(file.clone())).err()
    };
    assert_eq!(open(&jwks(&["a"])), None);
    let private = ["-----BEGIN PRIVATE", " KEY-----\nAAAA\n-----END PRIVATE", " KEY-----\n"].concat();
    assert!(open(private.as_bytes()).is_some_and(|told| told.contains("private key")));
    // A shared secret in a key document is no key that checks signatures here.
    assert!(open(b"{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}").is_some());
    for wrong in [&b""[..], b"{", b"hello", b"\xff", b"{\"keys\":[]}"] {
        assert!(open(wrong).is_some());
    }
}
