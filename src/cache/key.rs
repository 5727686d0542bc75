//! The key of a look-up: a keyed hash over the complete query and its purpose.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use crate::citizen::{AttributeSet, Query};

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

/// HMAC-SHA-256 over the purpose; tells nothing without the process's key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CacheKey([u8; 32]);

/// Makes keys with a random secret that never leaves the process.
pub struct KeyMaker(hmac::Key);

impl KeyMaker {
    /// A maker with a fresh secret; `None` when the machine has no randomness.
    pub fn random() -> Option<Self> {
        let mut secret = [0_u8; 32];
        SystemRandom::new().fill(&mut secret).ok()?;
        Some(Self(hmac::Key::new(hmac::HMAC_SHA256, &secret)))
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
