//! API keys: 256 random bits, shown once, kept as SHA-256 only.
//!
//! A plain hash is enough, because the key is random: there is nothing to guess slowly.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::callers::Caller;
use super::hex;

/// The beginning of every key, so that a scanner of leaked secrets knows one when it sees it.
pub const PREFIX: &str = "dsk_";
/// Longer than any key; more is not hashed.
const LONGEST: usize = 200;

/// The hash of a live key and whose it is. Has no `Debug`.
pub struct StoredKey {
    digest: [u8; 32],
    caller: Arc<Caller>,
}

impl StoredKey {
    /// A key of a caller by its SHA-256.
    pub fn new(digest: [u8; 32], caller: Arc<Caller>) -> Self {
        Self { digest, caller }
    }
}

/// A new key; `None` when the machine has no randomness.
pub fn generate() -> Option<SecretString> {
    let mut random = Zeroizing::new([0_u8; 32]);
    SystemRandom::new().fill(&mut *random).ok()?;
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(*random));
    Some(SecretString::from(format!("{PREFIX}{}", text.as_str())))
}

/// The line for the configuration: `sha256:…`.
pub fn digest_text(key: &str) -> String {
    format!("sha256:{}", hex::encode(&sha256(key.as_bytes())))
}

/// The caller of a key. Every stored key is compared, in constant time, whichever is found: the time tells nothing about
/// how near a guess was or how many there are before it.
pub fn find(keys: &[StoredKey], key: &str) -> Option<Arc<Caller>> {
    if key.len() > LONGEST {
        return None;
    }
    let asked = sha256(key.as_bytes());
    let mut found = None;
    for stored in keys {
        let equal = verify_slices_are_equal(&stored.digest, &asked).is_ok();
        found = if equal { Some(stored) } else { found };
    }
    found.map(|stored| Arc::clone(&stored.caller))
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_key_has_256_random_bits_and_its_prefix() {
        let (one, other) = (generate().expect("a key"), generate().expect("a key"));
        let text = one.expose_secret();
        assert_ne!(text, other.expose_secret());
        assert_eq!(URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX).expect("the prefix")).expect("base64").len(), 32);
        assert!(!format!("{one:?}").contains(&text[8..]));
    }

    #[test]
    fn the_digest_is_that_of_sha256sum() {
        // printf %s abc | sha256sum
        let known = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest_text("abc"), known);
    }
}
