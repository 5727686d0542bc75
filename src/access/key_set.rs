//! The public keys of an issuer of tokens, from JWKS or PEM.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};

use crate::config::TokenAlgorithm;

/// More keys than an issuer rotates through; each may be tried for a token without key id.
const MAX_KEYS: usize = 16;

struct TokenKey {
    /// JWKS only: PEM has no place for it.
    id: Option<String>,
    algorithm: TokenAlgorithm,
    key: DecodingKey,
}

/// Keys to check signatures with, each for one method: a key is never tried with another (RISKS, algorithm confusion).
pub struct KeySet(Vec<TokenKey>);

impl KeySet {
    /// Reads a JWKS document or public keys in PEM.
    ///
    /// # Errors
    /// A sentence; never the content.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "is neither JWKS nor PEM".to_owned())?.trim();
        let keys = if text.starts_with('{') { read_jwks(text)? } else { read_pem(text)? };
        match keys.len() {
            0 => Err("holds no public key for RS256, ES256 or EdDSA".to_owned()),
            count if count > MAX_KEYS => Err(format!("holds more than {MAX_KEYS} keys")),
            _ => Ok(Self(keys)),
        }
    }

    /// The keys that may have made a signature. A key without id may belong to any.
    pub fn candidates(&self, id: Option<&str>, algorithm: TokenAlgorithm) -> Vec<&DecodingKey> {
        let fits = |key: &&TokenKey| {
            let same = match (id, &key.id) {
                (Some(asked), Some(id)) => asked == id,
                (None, _) | (_, None) => true,
            };
            key.algorithm == algorithm && same
        };
        self.0.iter().filter(fits).map(|key| &key.key).collect()
    }
}

fn read_jwks(text: &str) -> Result<Vec<TokenKey>, String> {
    let set: JwkSet = serde_json::from_str(text).map_err(|_| "is not a JWKS document".to_owned())?;
    Ok(set.keys.iter().filter_map(token_key).collect())
}

/// Keys for other uses and of other kinds stand in such documents too: they are passed over.
fn token_key(jwk: &Jwk) -> Option<TokenKey> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => TokenAlgorithm::Rs256,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => TokenAlgorithm::Es256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => TokenAlgorithm::EdDsa,
        _ => return None,
    };
    let named = jwk.common.key_algorithm.map(|named| named.to_string());
    let for_signing = jwk.common.public_key_use.as_ref().is_none_or(|use_| *use_ == PublicKeyUse::Signature);
    if !for_signing || named.is_some_and(|named| named != word(algorithm)) {
        return None;
    }
    Some(TokenKey { id: jwk.common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
}

fn read_pem(text: &str) -> Result<Vec<TokenKey>, String> {
    const BEGIN: &str = "-----BEGIN ";
    if text.contains("PRIVATE KEY-----") {
        return Err("holds a private key: only public keys belong here, and that key should be replaced".to_owned());
    }
    let blocks = text.split(BEGIN).skip(1).map(|block| format!("{BEGIN}{block}"));
    let mut keys = Vec::new();
    for block in blocks {
        let pem = block.as_bytes();
        let read = DecodingKey::from_rsa_pem(pem)
            .map(|key| (TokenAlgorithm::Rs256, key))
            .or_else(|_| DecodingKey::from_ec_pem(pem).map(|key| (TokenAlgorithm::Es256, key)))
            .or_else(|_| DecodingKey::from_ed_pem(pem).map(|key| (TokenAlgorithm::EdDsa, key)));
        let (algorithm, key) = read.map_err(|_| "holds something else than public keys (PEM or JWKS)".to_owned())?;
        keys.push(TokenKey { id: None, algorithm, key });
    }
    Ok(keys)
}

/// The method's word in headers and key documents.
pub fn word(algorithm: TokenAlgorithm) -> &'static str {
    match algorithm {
        TokenAlgorithm::Rs256 => "RS256",
        TokenAlgorithm::Es256 => "ES256",
        TokenAlgorithm::EdDsa => "EdDSA",
    }
}
