use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::TokenKeys;

const NOW: u64 = 1_800_000_000;

/// An issuer with a key for each method.
struct Issuer {
    keys: Vec<(Algorithm, EncodingKey)>,
    public: KeySet,
    settings: JwtSettings,
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

fn issuer() -> Issuer {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a pair");
    let rsa_der = rsa.as_der().expect("DER");
    // EncodingKey takes PKCS#1 for RSA: the crate reads PEM of either kind.
    let rsa_pem =
        ["-----BEGIN PRIVATE", " KEY-----\n", &STANDARD.encode(rsa_der.as_ref()), "\n-----END PRIVATE", " KEY-----\n"];
    let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a pair");
    let ec_pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref()).expect("a pair");
    let ed = Ed25519KeyPair::generate_pkcs8(&random).expect("a pair");
    let ed_pair = Ed25519KeyPair::from_pkcs8(ed.as_ref()).expect("a pair");
    let public = [
        pem(rsa.public_key().as_der().expect("DER").as_ref()),
        pem(ec_pair.public_key().as_der().expect("DER").as_ref()),
        pem(ed_pair.public_key().as_der().expect("DER").as_ref()),
    ];
    Issuer {
        keys: vec![
            (Algorithm::RS256, EncodingKey::from_rsa_pem(rsa_pem.concat().as_bytes()).expect("a key")),
            (Algorithm::ES256, EncodingKey::from_ec_der(ec.as_ref())),
            (Algorithm::EdDSA, EncodingKey::from_ed_der(ed.as_ref())),
        ],
        public: KeySet::read(public.concat().as_bytes()).expect("keys"),
        settings: JwtSettings {
            issuer: "https://issuer.example".to_owned(),
            audience: "diensan".to_owned(),
            algorithms: vec![TokenAlgorithm::Rs256, TokenAlgorithm::Es256, TokenAlgorithm::EdDsa],
            keys: TokenKeys::File("keys.pem".into()),
        },
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://issuer.example", "aud": "diensan", "exp": NOW + 300, "iat": NOW, "jti": "t-1",
        "officer": "cb-0123", "agency": "H01.12", "acr": "2"
    })
}

impl Issuer {
    fn sign(&self, algorithm: Algorithm, claims: &Value) -> String {
        let key = self.keys.iter().find(|(known, _)| *known == algorithm).map(|(_, key)| key).expect("a key");
        jsonwebtoken::encode(&Header::new(algorithm), claims, key).expect("a token")
    }

    fn check(&self, token: &str) -> Result<Verified, AuthRefusal> {
        let read = read(token)?;
        verify(token, &read, &self.settings, &self.public, Moment::of_seconds(NOW))
    }
}

/// The claims with one of them changed, or taken away by `null`.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    if value.is_null() {
        claims.as_object_mut().expect("an object").remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

#[test]
fn the_build_can_check_tokens() {
    assert_eq!(self_test(), Ok(()));
}

#[test]
fn each_agreed_method_is_accepted() {
    let issuer = issuer();
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let verified = issuer.check(&issuer.sign(algorithm, &claims())).expect("accepted");
        let expected =
            Claims { officer: Some("cb-0123".to_owned()), agency: Some("H01.12".to_owned()), strength: Some(2) };
        assert_eq!((verified.claims, verified.id.as_str()), (expected, "t-1"));
        assert_eq!(verified.remember_until, Moment::of_seconds(NOW + 360));
    }
}

#[test]
fn every_claim_is_held_to_its_rule() {
    use AuthRefusal as R;
    let issuer = issuer();
    let cases = [
        ("exp", json!(NOW - 59), None),
        ("exp", json!(NOW - 60), Some(R::Expired)),
        ("exp", Value::Null, Some(R::ClaimMissing)),
        ("exp", json!("2099"), Some(R::Malformed)),
        ("exp", json!(NOW + 3600), None),
        ("exp", json!(NOW + 3601), Some(R::LifetimeTooLong)),
        ("exp", json!(u64::MAX), Some(R::LifetimeTooLong)),
        ("iat", json!(NOW + 60), None),
        ("iat", json!(NOW + 61), Some(R::NotYetValid)),
        ("iat", Value::Null, Some(R::ClaimMissing)),
        ("nbf", json!(NOW + 60), None),
        ("nbf", json!(NOW + 61), Some(R::NotYetValid)),
        ("jti", Value::Null, Some(R::ClaimMissing)),
        ("jti", json!(""), Some(R::ClaimMissing)),
        ("jti", json!("x".repeat(101)), Some(R::ClaimMissing)),
        ("iss", json!("https://other.example"), Some(R::Signature)),
        ("iss", Value::Null, Some(R::WrongIssuer)),
        ("aud", json!("other"), Some(R::Signature)),
        ("aud", json!(["other", "diensan"]), None),
        ("aud", Value::Null, Some(R::WrongAudience)),
        ("officer", json!("a\nb"), Some(R::Malformed)),
        ("agency", json!(" H01"), Some(R::Malformed)),
        ("officer", json!(5), Some(R::Malformed)),
    ];
    for (name, value, expected) in cases {
        let told = issuer.check(&issuer.sign(Algorithm::ES256, &with(name, value.clone())));
        assert_eq!(told.err(), expected, "{name} {value}");
    }
}

#[test]
fn the_strength_is_a_number_or_nothing() {
    let issuer = issuer();
    let cases = [
        ("acr", json!(3), Some(3)),
        ("acr", json!("urn:loa:3"), None),
        ("acr", json!(300), None),
        ("strength", json!(4), Some(4)),
        ("strength", json!([4]), None),
    ];
    for (name, value, expected) in cases {
        let verified = issuer.check(&issuer.sign(Algorithm::EdDSA, &with(name, value))).expect("accepted");
        assert_eq!(verified.claims.strength, expected, "{name}");
    }
}

fn forged(header: &Value, claims: &str, signature: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{signature}", part(&header.to_string()), part(claims))
}

#[test]
fn unsigned_shared_secret_and_foreign_methods_are_refused() {
    let issuer = issuer();
    let text = claims().to_string();
    for alg in ["none", "None", "HS256", "RS512", "PS256", "ES384", "eddsa", ""] {
        let told = issuer.check(&forged(&json!({ "alg": alg }), &text, "AAAA"));
        assert_eq!(told.err(), Some(AuthRefusal::Algorithm), "{alg}");
    }
    // The public key as a shared secret: the classic.
    let secret = EncodingKey::from_secret(b"public key");
    let hmac = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims(), &secret).expect("a token");
    assert_eq!(issuer.check(&hmac).err(), Some(AuthRefusal::Algorithm));
}

#[test]
fn keys_and_extensions_offered_by_the_header_are_never_used() {
    let issuer = issuer();
    let own = self::issuer();
    let mut header = Header::new(Algorithm::EdDSA);
    header.jku = Some("https://evil.example/jwks".to_owned());
    let key = &own.keys[2].1;
    let token = jsonwebtoken::encode(&header, &claims(), key).expect("a token");
    assert_eq!(issuer.check(&token).err(), Some(AuthRefusal::Signature));
    let critical = forged(&json!({ "alg": "EdDSA", "crit": ["b64"] }), &claims().to_string(), "AAAA");
    assert_eq!(issuer.check(&critical).err(), Some(AuthRefusal::Malformed));
    let typed = forged(&json!({ "alg": "EdDSA", "typ": "dpop+jwt" }), &claims().to_string(), "AAAA");
    assert_eq!(issuer.check(&typed).err(), Some(AuthRefusal::Malformed));
}

#[test]
fn a_claim_that_stands_twice_is_refused() {
    let issuer = issuer();
    let text = claims().to_string().replace("\"acr\"", "\"officer\":\"cb-9999\",\"acr\"");
    assert_eq!(issuer.check(&forged(&json!({ "alg": "EdDSA" }), &text, "AAAA")).err(), Some(AuthRefusal::Malformed));
}

#[test]
fn a_key_id_chooses_the_key() {
    let issuer = issuer();
    let pair = Ed25519KeyPair::generate().expect("a pair");
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let jwks = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "new", "x": x }] }).to_string();
    let keys = KeySet::read(jwks.as_bytes()).expect("keys");
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some("old".to_owned());
    let token = jsonwebtoken::encode(&header, &claims(), &issuer.keys[2].1).expect("a token");
    let told = verify(&token, &read(&token).expect("read"), &issuer.settings, &keys, Moment::of_seconds(NOW));
    assert_eq!(told.err(), Some(AuthRefusal::KeyUnknown));
}

proptest! {
    /// Whatever bit is changed, the token no longer holds.
    #[test]
    fn a_changed_token_never_holds(at in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_.-]") {
        static ISSUER: std::sync::LazyLock<(Issuer, String)> = std::sync::LazyLock::new(|| {
            let issuer = issuer();
            let token = issuer.sign(Algorithm::EdDSA, &claims());
            (issuer, token)
        });
        let (issuer, token) = &*ISSUER;
        let at = at.index(token.len());
        let changed = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
        prop_assert!(changed == *token || issuer.check(&changed).is_err());
    }

    #[test]
    fn any_text_is_refused_without_a_panic(text in "\\PC{0,200}") {
        prop_assert!(read(&text).is_err());
    }
}
