//! Tokens (JWT): read strictly, in an order that tries no signature before it is known whose it would be.
//!
//! What a header offers of keys (`jwk`, `jku`, `x5u`, `x5c`) is never looked at: keys come from the configuration.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Deserialize;

use super::identity::Claims;
use super::key_set::KeySet;
use super::moment::Moment;
use super::refusal::AuthRefusal;
use crate::config::{JwtSettings, TokenAlgorithm};

/// Longer than any token with these claims.
const MAX_BYTES: usize = 8 * 1024;
/// How far two clocks may be apart.
pub const SKEW: Duration = Duration::from_secs(60);
/// Tokens are for one request each, so an hour is long.
const MAX_LIFETIME: Duration = Duration::from_secs(3600);
/// As in request bodies.
const MAX_WORD: usize = 100;

/// What can be read before any signature is checked; only good for choosing what to check it with.
pub struct Unverified {
    pub algorithm: TokenAlgorithm,
    pub key_id: Option<String>,
    pub issuer: String,
    pub audiences: Vec<String>,
}

/// A token that holds.
#[derive(Debug)]
pub struct Verified {
    pub claims: Claims,
    pub id: String,
    /// Until then a second use must be noticed.
    pub remember_until: Moment,
}

#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Duplicates of these names are refused by the reader: first and last readers would differ.
#[derive(Deserialize)]
struct RawClaims {
    iss: Option<String>,
    aud: Option<Audience>,
    exp: Option<u64>,
    nbf: Option<u64>,
    iat: Option<u64>,
    jti: Option<String>,
    officer: Option<String>,
    agency: Option<String>,
    strength: Option<serde_json::Value>,
    acr: Option<serde_json::Value>,
}

/// Reads a token without believing it.
///
/// # Errors
/// It is no token, or its method is none that is ever accepted.
pub fn read(token: &str) -> Result<Unverified, AuthRefusal> {
    let parts: Vec<&str> = token.split('.').collect();
    let &[header, claims, signature] = parts.as_slice() else { return Err(AuthRefusal::Malformed) };
    if token.len() > MAX_BYTES || header.is_empty() || claims.is_empty() {
        return Err(AuthRefusal::Malformed);
    }
    let header: RawHeader = part(header)?;
    let algorithm = match header.alg.as_str() {
        "RS256" => TokenAlgorithm::Rs256,
        "ES256" => TokenAlgorithm::Es256,
        "EdDSA" => TokenAlgorithm::EdDsa,
        _ => return Err(AuthRefusal::Algorithm),
    };
    let known_type = |typ: &String| typ.eq_ignore_ascii_case("jwt") || typ.eq_ignore_ascii_case("at+jwt");
    if header.crit.is_some() || !header.typ.as_ref().is_none_or(known_type) || signature.is_empty() {
        return Err(AuthRefusal::Malformed);
    }
    let claims: RawClaims = part(claims)?;
    let audiences = match claims.aud {
        None => return Err(AuthRefusal::WrongAudience),
        Some(Audience::One(audience)) => vec![audience],
        Some(Audience::Several(audiences)) => audiences,
    };
    Ok(Unverified { algorithm, key_id: header.kid, issuer: claims.iss.ok_or(AuthRefusal::WrongIssuer)?, audiences })
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, AuthRefusal> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| AuthRefusal::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| AuthRefusal::Malformed)
}

/// Checks signature, issuer, audience and time.
///
/// # Errors
/// What does not hold.
pub fn verify(
    token: &str,
    read: &Unverified,
    issuer: &JwtSettings,
    keys: &KeySet,
    now: Moment,
) -> Result<Verified, AuthRefusal> {
    let candidates = keys.candidates(read.key_id.as_deref(), read.algorithm);
    if candidates.is_empty() {
        return Err(AuthRefusal::KeyUnknown);
    }
    let mut validation = Validation::new(algorithm(read.algorithm));
    // The crate would ask the machine for the time; here time is given.
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["iss", "aud"]);
    validation.set_issuer(&[&issuer.issuer]);
    validation.set_audience(&[&issuer.audience]);
    let held = candidates.into_iter().find_map(|key| decode(token, key, &validation));
    let claims = held.ok_or(AuthRefusal::Signature)?;
    let (Some(expires), Some(issued), Some(id)) = (claims.exp, claims.iat, claims.jti.filter(|id| is_word(id))) else {
        return Err(AuthRefusal::ClaimMissing);
    };
    let (expires, issued) = (Moment::of_seconds(expires), Moment::of_seconds(issued));
    let remember_until = expires.after(SKEW);
    if remember_until <= now {
        return Err(AuthRefusal::Expired);
    }
    let begins = claims.nbf.map_or(issued, |begins| Moment::of_seconds(begins).max(issued));
    if begins > now.after(SKEW) {
        return Err(AuthRefusal::NotYetValid);
    }
    if expires.since(issued) > MAX_LIFETIME {
        return Err(AuthRefusal::LifetimeTooLong);
    }
    let bad = |text: &Option<String>| text.as_ref().is_some_and(|text| !is_word(text));
    if bad(&claims.officer) || bad(&claims.agency) {
        return Err(AuthRefusal::Malformed);
    }
    let strength = claims.strength.as_ref().or(claims.acr.as_ref()).and_then(level);
    Ok(Verified { claims: Claims { officer: claims.officer, agency: claims.agency, strength }, id, remember_until })
}

fn decode(token: &str, key: &DecodingKey, validation: &Validation) -> Option<RawClaims> {
    jsonwebtoken::decode::<RawClaims>(token, key, validation).ok().map(|held| held.claims)
}

/// A short text without control characters: it travels on in headers and the journal (RISKS T21).
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.chars().count() <= MAX_WORD && !text.chars().any(char::is_control)
}

/// `2` or `"2"`; any other name of a level is no level here.
fn level(value: &serde_json::Value) -> Option<u8> {
    match value {
        serde_json::Value::Number(number) => number.as_u64().and_then(|number| u8::try_from(number).ok()),
        serde_json::Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn algorithm(of: TokenAlgorithm) -> Algorithm {
    match of {
        TokenAlgorithm::Rs256 => Algorithm::RS256,
        TokenAlgorithm::Es256 => Algorithm::ES256,
        TokenAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

/// Signs and checks one token: a build without cryptography for tokens must not get as far as a request.
///
/// # Errors
/// Tokens cannot be checked in this build.
pub fn self_test() -> Result<(), String> {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    let failed = || "tokens cannot be checked by this build".to_owned();
    let random = aws_lc_rs::rand::SystemRandom::new();
    let pair = || {
        let document = Ed25519KeyPair::generate_pkcs8(&random).ok()?;
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).ok()?;
        let public = DecodingKey::from_ed_der(pair.public_key().as_ref());
        Some((EncodingKey::from_ed_der(document.as_ref()), public))
    };
    let ((private, public), (_, other)) = pair().zip(pair()).ok_or_else(failed)?;
    let claims = serde_json::json!({ "iss": "self", "aud": "self" });
    let token = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &private).map_err(|_| failed())?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["iss", "aud"]);
    validation.set_issuer(&["self"]);
    validation.set_audience(&["self"]);
    match (decode(&token, &public, &validation), decode(&token, &other, &validation)) {
        (Some(_), None) => Ok(()),
        _ => Err(failed()),
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
