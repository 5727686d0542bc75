//! Signatures over what the service said: detached JWS (RFC 7515, appendix F) with Ed25519 (RFC 8037), and the key set
//! with which anybody can check them (RFC 7517).
//!
//! This room signs and checks texts. It must not know what they say.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::config::SigningSettings;

/// What the header of every signature says besides its key.
const TYPE: &str = "diensan-statement+jws";

/// A key with its name.
struct SigningKey {
    pair: Ed25519KeyPair,
    /// RFC 7638 thumbprint, so that a key has one name everywhere.
    id: String,
}

/// The keys of this deployment.
pub struct SigningKeys {
    keys: Vec<SigningKey>,
    valid_for: i64,
}

/// A text with its detached signature, as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The signed text.
    pub statement: String,
    pub jws: String,
}

/// Why a signature is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbelieved {
    /// It is no detached JWS of this kind.
    Malformed,
    /// None of the published keys made it.
    UnknownKey,
    /// The text or the signature was changed.
    Changed,
}

impl SigningKeys {
    /// The configured keys; without any a fresh one that ends with the process (sandbox and rehearsal).
    ///
    /// # Errors
    /// The machine gives no random numbers, or a key file holds no key.
    pub fn open(settings: Option<&SigningSettings>) -> Result<Self, &'static str> {
        let Some(settings) = settings else {
            let mut seed = Zeroizing::new([0_u8; 32]);
            SystemRandom::new().fill(&mut *seed).map_err(|_| "this machine gives no random numbers")?;
            return Self::of([&*seed], crate::config::SIGNATURE_VALID_FOR.as_secs());
        };
        Self::of(settings.keys.iter().map(|key| key.reveal()), settings.valid_for.as_secs())
    }

    fn of<'k>(seeds: impl IntoIterator<Item = &'k [u8; 32]>, valid_for: u64) -> Result<Self, &'static str> {
        let key = |seed: &[u8; 32]| {
            let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| "a signing key cannot be used")?;
            let id = thumbprint(pair.public_key().as_ref());
            Ok(SigningKey { pair, id })
        };
        let keys = seeds.into_iter().map(key).collect::<Result<Vec<_>, &'static str>>()?;
        Ok(Self { keys, valid_for: i64::try_from(valid_for).unwrap_or(i64::MAX) })
    }

    /// How many seconds a signature counts.
    pub fn valid_for(&self) -> i64 {
        self.valid_for
    }

    /// The detached signature of a text: `<header>..<signature>`. The payload is the text's bytes.
    pub fn sign(&self, text: &str) -> Option<String> {
        let key = self.keys.first()?;
        let header = json!({ "alg": "EdDSA", "typ": TYPE, "kid": key.id }).to_string();
        let header = URL_SAFE_NO_PAD.encode(header);
        let signature = key.pair.sign(signing_input(&header, text).as_bytes());
        Some(format!("{header}..{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Whether one of these keys signed this text. The algorithm is ours, never the header's choice.
    ///
    /// # Errors
    /// Why the signature is not believed.
    pub fn check(&self, text: &str, signature: &str) -> Result<(), Unbelieved> {
        let parts: Vec<&str> = signature.split('.').collect();
        let [header, "", signature] = parts.as_slice() else { return Err(Unbelieved::Malformed) };
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| Unbelieved::Malformed);
        let told: Value = serde_json::from_slice(&decode(header)?).map_err(|_| Unbelieved::Malformed)?;
        let signature = decode(signature)?;
        if told["alg"] != "EdDSA" || told["typ"] != TYPE {
            return Err(Unbelieved::Malformed);
        }
        let id = told["kid"].as_str().ok_or(Unbelieved::Malformed)?;
        let key = self.keys.iter().find(|key| key.id == id).ok_or(Unbelieved::UnknownKey)?;
        let public = UnparsedPublicKey::new(&ED25519, key.pair.public_key().as_ref());
        public.verify(signing_input(header, text).as_bytes(), &signature).map_err(|_| Unbelieved::Changed)
    }

    /// The public keys as a JWK set.
    pub fn key_set(&self) -> Value {
        let keys: Vec<Value> = self
            .keys
            .iter()
            .map(|key| {
                let x = URL_SAFE_NO_PAD.encode(key.pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": key.id, "use": "sig", "alg": "EdDSA" })
            })
            .collect();
        json!({ "keys": keys })
    }
}

fn signing_input(header: &str, text: &str) -> String {
    format!("{header}.{}", URL_SAFE_NO_PAD.encode(text))
}

/// RFC 7638 over the members that RFC 8037 names, in their order.
fn thumbprint(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let canonical = format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{x}\"}}");
    URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_standard() {
        // RFC 8037, appendix A.3.
        let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").expect("base64");
        assert_eq!(thumbprint(&x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_changed_text_a_changed_signature_and_a_foreign_key_are_told_apart() {
        let ours = SigningKeys::of([&[7; 32], &[8; 32]], 60).expect("keys");
        let theirs = SigningKeys::of([&[9; 32]], 60).expect("keys");
        let signature = ours.sign("{}").expect("a signature");
        assert_eq!(ours.check("{}", &signature), Ok(()));
        assert_eq!(ours.check("{ }", &signature), Err(Unbelieved::Changed));
        assert_eq!(theirs.check("{}", &signature), Err(Unbelieved::UnknownKey));
        let (header, _) = signature.split_once("..").expect("two parts");
        let foreign = theirs.sign("{}").expect("a signature");
        let swapped = format!("{header}..{}", foreign.split_once("..").expect("two parts").1);
        assert_eq!(ours.check("{}", &swapped), Err(Unbelieved::Changed), "the right name, another key");
        for broken in ["", "a", "a.b.c", "..", "e30..", &signature.replace("..", ".e30."), &format!("{signature}.")] {
            assert_eq!(ours.check("{}", broken), Err(Unbelieved::Malformed), "{broken}");
        }
        let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": TYPE, "kid": "x" }).to_string());
        assert_eq!(ours.check("{}", &format!("{none}..")), Err(Unbelieved::Malformed));
    }

    #[test]
    fn a_key_that_no_longer_signs_still_proves() {
        let before = SigningKeys::of([&[7; 32]], 60).expect("keys");
        let after = SigningKeys::of([&[8; 32], &[7; 32]], 60).expect("keys");
        let old = before.sign("x").expect("a signature");
        assert_eq!(after.check("x", &old), Ok(()));
        let new = after.sign("x").expect("a signature");
        assert_eq!(before.check("x", &new), Err(Unbelieved::UnknownKey), "the new key signs");
        assert_eq!(after.key_set()["keys"].as_array().map(Vec::len), Some(2));
    }
}
