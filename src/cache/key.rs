//! The key of a look-up: a keyed hash over the complete query and its purpose.

use std::hash::Hasher;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use super::encoding;
use crate::citizen::{Attribute, AttributeSet, Query};
use crate::config::JournalKey;

/// Everything that makes a look-up what it is.
pub struct Purpose<'a> {
    pub connection: &'a str,
    pub agency: &'a str,
    pub service: &'a str,
    pub form: &'a str,
    pub query: &'a Query,
    /// What is kept of the record. After a reload of the catalogue the same form may keep more: a record that was
    /// reduced for the older plan must not stand in for one that holds everything that the newer plan takes.
    pub attributes: AttributeSet,
}

/// HMAC-SHA-256 over the purpose; tells nothing without the key that it was made with.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// As another replica told it.
    pub fn of_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash itself.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As 64 hexadecimal digits: the name in the shared tier.
    pub fn text(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            for digit in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(digit), 16));
            }
            text
        })
    }
}

/// Takes a key for its own hash: it is one already, under a secret that no caller has.
#[derive(Default)]
pub struct OwnHash(u64);

impl Hasher for OwnHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Of the length, which is written first, and the key: the last eight bytes of what comes last.
        if let Some((_, last)) = bytes.split_last_chunk::<8>() {
            self.0 = u64::from_le_bytes(*last);
        }
    }
}

/// Makes keys: with a random secret that never leaves the process, or with the one that all replicas have.
pub struct KeyMaker(hmac::Key);

impl KeyMaker {
    /// A maker with a fresh secret; `None` when the machine has no randomness.
    pub fn random() -> Option<Self> {
        let mut secret = [0_u8; 32];
        SystemRandom::new().fill(&mut secret).ok()?;
        Some(Self(hmac::Key::new(hmac::HMAC_SHA256, &secret)))
    }

    /// A maker with the secret of a deployment. Versions of the program that lay out records differently, or know other
    /// attributes, make keys that have nothing in common: they never read each other's records.
    pub fn shared(secret: &JournalKey) -> Self {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.reveal()));
        let paths = Attribute::ALL.iter().map(|attribute| attribute.path());
        for part in [encoding::LAYOUT].into_iter().chain(paths) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        Self(hmac::Key::new(hmac::HMAC_SHA256, context.sign().as_ref()))
    }

    /// The key of a purpose. Every part is prefixed with its length, so that no two purposes run into one text.
    pub fn key(&self, purpose: &Purpose<'_>) -> CacheKey {
        let birth = purpose.query.birth_date.map(|date| date.iso()).unwrap_or_default();
        let name = purpose.query.name.as_ref().map_or("", |name| name.compact());
        let attributes = purpose.attributes.bits().to_be_bytes();
        let parts = [
            purpose.connection.as_bytes(),
            purpose.agency.as_bytes(),
            purpose.service.as_bytes(),
            purpose.form.as_bytes(),
            purpose.query.number.digits().as_bytes(),
            name.as_bytes(),
            birth.as_bytes(),
            &attributes,
        ];
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut key = [0_u8; 32];
        key.copy_from_slice(context.sign().as_ref());
        CacheKey(key)
    }
}
