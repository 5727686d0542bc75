//! Fuzz target: tokens, read before and checked after it is known whose they would be.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::*;
use crate::config::TokenKeys;
use crate::fuzzing::run;

const NOW: u64 = 1_800_000_000;

const PIECES: [&str; 16] = [
    ".",
    "..",
    "=",
    "-",
    "_",
    "A",
    "AAAA",
    "eyJhbGciOiJub25lIn0",
    "eyJhbGciOiJIUzI1NiJ9",
    "eyJhbGciOiJFZERTQSJ9",
    "e30",
    "bnVsbA",
    "Bearer ",
    "\0",
    "\n",
    "ễ",
];

#[test]
fn fuzz_a_token() {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let private = Ed25519KeyPair::generate_pkcs8(&random).expect("a pair");
    let pair = Ed25519KeyPair::from_pkcs8(private.as_ref()).expect("a pair");
    let public = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k1",
                                    "x": URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()) }] });
    let keys = KeySet::read(public.to_string().as_bytes()).expect("keys");
    let issuer = JwtSettings {
        issuer: "https://issuer.example".to_owned(),
        audience: "diensan".to_owned(),
        algorithms: vec![TokenAlgorithm::EdDsa],
        keys: TokenKeys::File("keys.jwks".into()),
    };
    let private = EncodingKey::from_ed_der(private.as_ref());
    let claims = json!({ "iss": "https://issuer.example", "aud": "diensan", "exp": NOW + 300, "iat": NOW, "jti": "t-1",
                         "officer": "cb-0123", "agency": "H01.12", "acr": "2" });
    let several = json!({ "iss": "https://issuer.example", "aud": ["x", "diensan"], "exp": NOW + 300, "iat": NOW,
                          "nbf": NOW, "jti": "t-2", "strength": 3 });
    let sign = |claims| jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), claims, &private).expect("a token");
    let tokens = [sign(&claims), sign(&several)];
    let verified = |token: &str| {
        let read = read(token).ok()?;
        verify(token, &read, &issuer, &keys, Moment::of_seconds(NOW)).ok()
    };
    assert!(tokens.iter().all(|token| verified(token).is_some()), "the seeds hold");
    let seeds: Vec<Vec<u8>> = tokens.iter().map(|token| token.clone().into_bytes()).collect();
    run("token", &PIECES, &seeds, |input| {
        let token = String::from_utf8_lossy(input);
        let signed = tokens.iter().any(|seed| *seed == token);
        assert!(signed || verified(&token).is_none(), "a token that nobody signed holds");
    });
}
