use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::*;
use crate::access::identity::Who;
use crate::access::keyed_hash::HashKey;
use crate::access::refusal::AccessRefusal;
use crate::config::{Scope, read_callers};

const NOW: u64 = 1_800_000_000;
const DER: &[u8] = b"certificate of the one-stop system";
const OTHER_DER: &[u8] = b"certificate of somebody else";

/// Four callers: by key, by token, by certificate, and by key with certificate.
struct Room {
    authenticator: Authenticator,
    key: SecretString,
    bound_key: SecretString,
    issuer: EncodingKey,
    _folder: tempfile::TempDir,
}

fn room() -> Room {
    let folder = tempfile::tempdir().expect("folder");
    let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).expect("a pair");
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a pair");
    use base64::Engine as _;
    let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let jwks = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x }] });
    std::fs::write(folder.path().join("keys.json"), jwks.to_string()).expect("write");
    let (key, bound_key) = (api_key::generate().expect("a key"), api_key::generate().expect("a key"));
    let of = |der: &[u8]| format!("sha256:{}", crate::access::hex::encode(&api_key::sha256(der)));
    let text = format!(
        "[[caller]]\nname = \"by-key\"\nkeys = [\"{}\"]\nscopes = [\"autofill\", \"catalog:read\"]\n\
         agencies = [\"H01.*\"]\n\
         [[caller]]\nname = \"by-token\"\nscopes = [\"autofill\", \"catalog:read\", \"metrics\"]\nstrength = 2\n\
         agencies = [\"H01.*\"]\n\
         jwt = {{ issuer = \"i\", audience = \"diensan\", algorithms = [\"EdDSA\"], keys_file = \"keys.json\" }}\n\
         [[caller]]\nname = \"by-token-rs\"\nscopes = [\"autofill\"]\n\
         jwt = {{ issuer = \"i\", audience = \"rs\", algorithms = [\"RS256\"], keys_file = \"keys.json\" }}\n\
         [[caller]]\nname = \"by-certificate\"\nclient_certificates = [\"{}\"]\n\
         [[caller]]\nname = \"by-both\"\nkeys = [\"{}\"]\nclient_certificates = [\"{}\"]\n",
        api_key::digest_text(key.expose_secret()),
        of(DER),
        api_key::digest_text(bound_key.expose_secret()),
        of(OTHER_DER),
    );
    let file = folder.path().join("callers.toml");
    std::fs::write(&file, text).expect("write");
    let callers = CallersHandle::new(&read_callers(&file).expect("read"), Some(file)).expect("callers");
    let hashes = Arc::new(HashKey::new(&[1; 32]).expect("a key"));
    let used = Arc::new(ReplayStore::new(hashes, Arc::default(), None));
    let issuer = EncodingKey::from_ed_der(document.as_ref());
    Room { authenticator: Authenticator::new(Arc::new(callers), used), key, bound_key, issuer, _folder: folder }
}

impl Room {
    fn token(&self, id: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = json!({
            "iss": "i", "aud": "diensan", "exp": NOW + 300, "iat": NOW, "jti": id,
            "officer": "cb-0123", "agency": "H01.12", "acr": 2
        });
        change(&mut claims);
        let token = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.issuer).expect("a token");
        format!("Bearer {token}")
    }

    async fn ask(
        &self,
        authorization: &[&str],
        api_key: &[&str],
        certificate: Option<&[u8]>,
    ) -> Result<Identity, AuthRefusal> {
        let certificate = certificate.map(PeerCertificate::of_der);
        let shown = Presented {
            authorization: authorization.iter().map(|text| text.as_bytes()).collect(),
            api_key: api_key.iter().map(|text| text.as_bytes()).collect(),
            certificate: certificate.as_ref(),
        };
        self.authenticator.authenticate(&shown, Moment::of_seconds(NOW)).await
    }

    async fn name(
        &self,
        authorization: &[&str],
        api_key: &[&str],
        certificate: Option<&[u8]>,
    ) -> Result<String, AuthRefusal> {
        self.ask(authorization, api_key, certificate).await.map(|identity| identity.caller.name.clone())
    }
}

#[tokio::test]
async fn keys_are_taken_from_either_header() {
    let room = room();
    let key = room.key.expose_secret();
    for bearer in [format!("Bearer {key}"), format!("bearer  {key} ")] {
        assert_eq!(room.name(&[&bearer], &[], None).await, Ok("by-key".to_owned()));
    }
    assert_eq!(room.name(&[], &[key], None).await, Ok("by-key".to_owned()));
}

#[tokio::test]
async fn what_is_unclear_or_unknown_is_refused() {
    use AuthRefusal as R;
    let room = room();
    let key = room.key.expose_secret();
    let bearer = format!("Bearer {key}");
    let almost = format!("Bearer {}", &key[..key.len() - 1]);
    let twice = format!("Bearer {key},{key}");
    let basic = "Basic dXNlcjpwYXNzd29yZA==";
    let long = format!("Bearer dsk_{}", "x".repeat(10_000));
    let cases: [(&[&str], &[&str], R); 14] = [
        (&[], &[], R::Missing),
        (&[&bearer, &bearer], &[], R::TwoCredentials),
        (&[&bearer], &[key], R::TwoCredentials),
        (&[], &[key, key], R::TwoCredentials),
        (&[&twice], &[], R::TwoCredentials),
        (&[basic], &[], R::Malformed),
        (&["Bearer"], &[], R::Malformed),
        (&["Bearer "], &[], R::Malformed),
        (&[key], &[], R::Malformed),
        (&["Bearer dsk_\u{e9}"], &[], R::Malformed),
        (&[&almost], &[], R::Unknown),
        (&["Bearer dsk_"], &[], R::Unknown),
        (&["Bearer x"], &[], R::Unknown),
        (&[&long], &[], R::Unknown),
    ];
    for (authorization, api_key, expected) in cases {
        assert_eq!(room.name(authorization, api_key, None).await, Err(expected), "{expected:?}");
    }
    let shown = Presented { authorization: vec![b"Bearer dsk_\xff"], ..Presented::default() };
    let told = room.authenticator.authenticate(&shown, Moment::of_seconds(NOW)).await;
    assert_eq!(told.err(), Some(R::Malformed));
}

#[tokio::test]
async fn tokens_lead_to_the_caller_of_their_issuer_and_audience_once() {
    use AuthRefusal as R;
    let room = room();
    let token = room.token("1", |_| {});
    assert_eq!(room.name(&[&token], &[], None).await, Ok("by-token".to_owned()));
    assert_eq!(room.name(&[&token], &[], None).await, Err(R::Replayed));
    let cases: [(&str, Value, R); 5] = [
        ("iss", json!("j"), R::WrongIssuer),
        ("aud", json!("other"), R::WrongAudience),
        // For two callers at once.
        ("aud", json!(["diensan", "rs"]), R::WrongAudience),
        // That caller agreed on another method.
        ("aud", json!("rs"), R::Algorithm),
        ("exp", json!(NOW - 60), R::Expired),
    ];
    for (index, (name, value, expected)) in cases.into_iter().enumerate() {
        let token = room.token(&format!("c{index}"), |claims| claims[name] = value);
        assert_eq!(room.name(&[&token], &[], None).await, Err(expected), "{name}");
    }
}

#[tokio::test]
async fn a_token_that_was_refused_is_not_used_up() {
    let room = room();
    let token = room.token("1", |_| {});
    assert_eq!(room.name(&[&token], &[], Some(DER)).await, Err(AuthRefusal::CertificateMismatch));
    assert_eq!(room.name(&[&token], &[], None).await, Ok("by-token".to_owned()));
}

#[tokio::test]
async fn certificates_name_their_caller_and_bind_its_keys() {
    use AuthRefusal as R;
    let room = room();
    let (key, bound) = (room.key.expose_secret(), room.bound_key.expose_secret());
    let unknown: &[u8] = b"a certificate of the mesh";
    type Case<'a> = (&'a [&'a str], Option<&'a [u8]>, Result<&'a str, R>);
    let cases: [Case<'_>; 9] = [
        (&[], Some(DER), Ok("by-certificate")),
        (&[], Some(unknown), Err(R::Unknown)),
        // The certificate alone is not enough where a key is agreed on.
        (&[], Some(OTHER_DER), Err(R::Missing)),
        (&[bound], Some(OTHER_DER), Ok("by-both")),
        (&[bound], None, Err(R::CertificateMissing)),
        (&[bound], Some(unknown), Err(R::CertificateMissing)),
        (&[bound], Some(DER), Err(R::CertificateMismatch)),
        (&[key], Some(DER), Err(R::CertificateMismatch)),
        (&[key], Some(unknown), Ok("by-key")),
    ];
    for (index, (keys, certificate, expected)) in cases.into_iter().enumerate() {
        assert_eq!(room.name(&[], keys, certificate).await, expected.map(str::to_owned), "case {index}");
    }
}

#[tokio::test]
async fn the_body_may_only_repeat_what_the_token_claims() {
    let room = room();
    let identity = room.ask(&[&room.token("1", |_| {})], &[], None).await.expect("known");
    let who = Who::of("cb-0123", "H01.12");
    let mismatch = |pointer| Err(AccessRefusal::ClaimMismatch { pointer });
    assert_eq!(identity.bind(None, None), Ok(who.clone()));
    assert_eq!(identity.bind(Some("cb-0123"), Some("H01.12")), Ok(who));
    assert_eq!(identity.bind(Some("cb-0124"), Some("H01.12")), mismatch("/officer"));
    assert_eq!(identity.bind(Some("CB-0123"), None), mismatch("/officer"));
    assert_eq!(identity.bind(None, Some("H01.13")), mismatch("/agency"));
    for (index, claim) in ["officer", "agency"].into_iter().enumerate() {
        let token = room.token(&format!("m{index}"), |claims| claims[claim] = Value::Null);
        let identity = room.ask(&[&token], &[], None).await.expect("known");
        let told = identity.bind(Some("cb-0123"), Some("H01.12"));
        assert_eq!(told, Err(AccessRefusal::ClaimMissing { claim }), "the body cannot stand in for the token");
    }
    let token = room.token("2", |claims| claims["agency"] = json!("H02.1"));
    let identity = room.ask(&[&token], &[], None).await.expect("known");
    assert_eq!(identity.bind(None, None), Err(AccessRefusal::AgencyNotLicensed));
}

#[tokio::test]
async fn a_caller_with_a_key_names_the_officer_within_its_agencies() {
    let room = room();
    let identity = room.ask(&[], &[room.key.expose_secret()], None).await.expect("known");
    assert_eq!(identity.bind(Some("cb-9"), Some("H01.1")), Ok(Who::of("cb-9", "H01.1")));
    assert_eq!(identity.bind(Some("cb-9"), Some("H02.1")), Err(AccessRefusal::AgencyNotLicensed));
    assert_eq!(identity.bind(Some("cb-9"), None), Err(AccessRefusal::AgencyNotLicensed));
}

#[tokio::test]
async fn a_weak_log_in_leaves_only_the_catalogue() {
    let room = room();
    for (index, (acr, strong)) in
        [(json!(1), false), (json!(2), true), (json!(3), true), (Value::Null, false)].into_iter().enumerate()
    {
        let token = room.token(&format!("s{index}"), |claims| claims["acr"] = acr);
        let identity = room.ask(&[&token], &[], None).await.expect("known");
        let expected = if strong { Ok(()) } else { Err(AccessRefusal::StrengthTooLow) };
        assert_eq!(identity.may(Scope::Autofill), expected);
        assert_eq!(identity.may(Scope::CatalogRead), Ok(()));
        assert_eq!(identity.may(Scope::Metrics), Ok(()));
        assert_eq!(identity.may(Scope::Verify), Err(AccessRefusal::ScopeMissing));
    }
}

impl<'w> Who<'w> {
    fn of(officer: &'w str, agency: &'w str) -> Self {
        Self { officer: Some(officer), agency: Some(agency) }
    }
}
