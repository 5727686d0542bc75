//! Keyed hashes: how citizens, officers and dossiers are told apart without being kept (RISKS T16).
//!
//! The key is one of its own: with the key of the cache or the journal two stores could be laid side by side.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use super::hex;
use crate::citizen::Number;
use crate::config::SecretFile;

/// Shorter secrets could be guessed.
const LEAST_SECRET: usize = 32;

/// The first half of an HMAC-SHA-256: 128 bits tell apart more people than there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyedHash([u8; 16]);

impl KeyedHash {
    /// As 32 hexadecimal digits.
    pub fn text(&self) -> String {
        hex::encode(&self.0)
    }

    /// From 32 hexadecimal digits.
    pub fn from_text(text: &str) -> Option<Self> {
        hex::decode::<16>(text).map(Self)
    }

    /// The first eight bytes as a number, evenly spread.
    pub fn number(&self) -> u64 {
        self.0.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// A secret that makes keyed hashes. Has no `Debug`.
pub struct HashKey(hmac::Key);

impl HashKey {
    /// From a secret of at least 32 bytes.
    ///
    /// # Errors
    /// The secret is too short.
    pub fn new(secret: &[u8]) -> Result<Self, String> {
        if secret.len() < LEAST_SECRET {
            return Err(format!("must hold at least {LEAST_SECRET} characters; make it with `openssl rand -hex 32`"));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// A key that ends with the process.
    ///
    /// # Errors
    /// This machine gives no random numbers.
    pub fn random() -> Result<Self, String> {
        let mut secret = Zeroizing::new([0_u8; 32]);
        SystemRandom::new().fill(&mut *secret).map_err(|_| "this machine gives no random numbers".to_owned())?;
        Self::new(&*secret)
    }

    /// The key in a file, made there when there is none yet.
    ///
    /// # Errors
    /// The file can be neither read nor made, others can read it, or it is too short: a sentence with the mend.
    pub fn open_or_make(file: &Path) -> Result<Self, String> {
        if !file.exists() {
            make(file).map_err(|error| format!("{}: cannot be made: {error}", file.display()))?;
        }
        let secret = SecretFile::read(file.to_owned()).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::of_file(&secret).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// The key of a secret file.
    ///
    /// # Errors
    /// The secret is too short.
    pub fn of_file(secret: &SecretFile) -> Result<Self, String> {
        use secrecy::ExposeSecret as _;
        Self::new(secret.current().expose_secret().as_bytes())
    }

    /// The hash of some parts for one purpose. Every part is prefixed with its length, so that no two run together.
    pub fn hash(&self, purpose: &'static str, parts: &[&[u8]]) -> KeyedHash {
        let mut context = hmac::Context::with_key(&self.0);
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut hash = [0; 16];
        hash.copy_from_slice(&context.sign().as_ref()[..16]);
        KeyedHash(hash)
    }

    /// The hash of a citizen.
    pub fn citizen(&self, number: &Number) -> KeyedHash {
        self.digits(number.digits())
    }

    /// The hash of a citizen by the digits of the number.
    pub fn digits(&self, digits: &str) -> KeyedHash {
        self.hash("citizen", &[digits.as_bytes()])
    }
}

fn make(file: &Path) -> std::io::Result<()> {
    let mut secret = Zeroizing::new([0_u8; 32]);
    SystemRandom::new()
        .fill(&mut *secret)
        .map_err(|_| std::io::Error::other("this machine gives no random numbers"))?;
    let text = Zeroizing::new(hex::encode(&*secret));
    let mut made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_run_together_and_purposes_never_meet() {
        let key = HashKey::new(&[7; 32]).expect("a key");
        assert_ne!(key.hash("a", &[b"bc", b"d"]), key.hash("a", &[b"b", b"cd"]));
        assert_ne!(key.hash("a", &[b"b"]), key.hash("b", &[b"b"]));
        assert_ne!(key.hash("a", &[b"b"]), HashKey::new(&[8; 32]).expect("a key").hash("a", &[b"b"]));
        let hash = key.hash("a", &[b"b"]);
        assert_eq!(KeyedHash::from_text(&hash.text()), Some(hash));
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("access.key");
        let first = HashKey::open_or_make(&file).expect("made").hash("a", &[]);
        assert_eq!(HashKey::open_or_make(&file).expect("read").hash("a", &[]), first);
        assert!(SecretFile::check_mode(&file).is_ok());
        std::fs::write(&file, "short").expect("write");
        assert!(HashKey::open_or_make(&file).is_err());
    }
}
