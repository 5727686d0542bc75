//! The journal's two keys: one proves lines, one hides numbers. They are never the same and never kept together with
//! the journal (RISKS T14, T16).

use aws_lc_rs::{digest, hmac};

use super::line::{MacText, hex};
use crate::citizen::Number;
use crate::config::JournalKey;

/// First eight hexadecimal digits of a labelled SHA-256: says which key was used, nothing about it.
pub type KeyId = [u8; 8];

const ID_LABEL: &[u8] = b"diensan journal key id\n";

struct NamedKey {
    id: KeyId,
    key: hmac::Key,
}

impl NamedKey {
    fn new(key: &JournalKey) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(ID_LABEL);
        context.update(key.reveal());
        let mut id = KeyId::default();
        id.copy_from_slice(&hex(context.finish().as_ref())[..8]);
        Self { id, key: hmac::Key::new(hmac::HMAC_SHA256, key.reveal()) }
    }

    fn mac(&self, data: &[u8]) -> MacText {
        hex(hmac::sign(&self.key, data).as_ref())
    }
}

/// The keys under which lines and heads are proven.
pub struct MacKeys {
    current: NamedKey,
    old: Vec<NamedKey>,
}

impl MacKeys {
    /// The key in use and those of earlier lines.
    pub fn new(current: &JournalKey, old: &[JournalKey]) -> Self {
        Self { current: NamedKey::new(current), old: old.iter().map(NamedKey::new).collect() }
    }

    /// The id of the key in use.
    pub fn id(&self) -> &KeyId {
        &self.current.id
    }

    /// The MAC of these bytes under the key in use.
    pub fn mac(&self, data: &[u8]) -> MacText {
        self.current.mac(data)
    }

    /// The MAC of these bytes under the key with this id; `None`: no such key here.
    pub fn mac_with(&self, id: &[u8], data: &[u8]) -> Option<MacText> {
        let mut all = std::iter::once(&self.current).chain(&self.old);
        all.find(|key| key.id == *id).map(|key| key.mac(data))
    }
}

/// The keys under which numbers are hidden.
pub struct CitizenKeys {
    current: NamedKey,
    old: Vec<NamedKey>,
}

/// What stands for a citizen in the journal: key id and keyed hash of the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CitizenToken(String);

impl CitizenToken {
    /// `<key id>:<64 hexadecimal digits>`.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl CitizenKeys {
    /// The key in use and those of earlier lines.
    pub fn new(current: &JournalKey, old: &[JournalKey]) -> Self {
        Self { current: NamedKey::new(current), old: old.iter().map(NamedKey::new).collect() }
    }

    /// What stands for this number in new lines.
    pub fn token(&self, number: &Number) -> CitizenToken {
        token(&self.current, number)
    }

    /// What stands for this number in lines of any age.
    pub fn tokens(&self, number: &Number) -> Vec<CitizenToken> {
        std::iter::once(&self.current).chain(&self.old).map(|key| token(key, number)).collect()
    }
}

fn token(key: &NamedKey, number: &Number) -> CitizenToken {
    let mut text = String::with_capacity(73);
    let mac = key.mac(number.digits().as_bytes());
    text.extend(key.id.iter().map(|byte| char::from(*byte)));
    text.push(':');
    text.extend(mac.iter().map(|byte| char::from(*byte)));
    CitizenToken(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with another implementation (Python's hashlib and hmac).
    #[test]
    fn ids_and_hashes_are_those_of_any_other_implementation() {
        let key = JournalKey::new([7; 32]);
        let number = Number::parse("999085000001").expect("a number");
        let keys = CitizenKeys::new(&key, &[JournalKey::new([8; 32])]);
        assert_eq!(keys.token(&number).text(), include_str!("testdata/token.txt").trim());
        assert_eq!(keys.tokens(&number).len(), 2);
        assert_ne!(keys.tokens(&number)[1], keys.token(&number));
    }

    #[test]
    fn a_line_of_an_unknown_key_is_not_proven_with_another() {
        let keys = MacKeys::new(&JournalKey::new([1; 32]), &[JournalKey::new([2; 32])]);
        let old = MacKeys::new(&JournalKey::new([2; 32]), &[]);
        assert_eq!(keys.mac_with(old.id(), b"x"), Some(old.mac(b"x")));
        assert_eq!(old.mac_with(keys.id(), b"x"), None);
    }
}
