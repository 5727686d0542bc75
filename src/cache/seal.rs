//! Sealed records: AES-256-GCM under a key of this deployment, bound to the look-up that they answer.
//!
//! Layout: version (1 byte), key id (8), nonce (12), then the sealed text and its tag. The sealed text is the time of the
//! fetch (milliseconds since 1970, 8 bytes) and the record. Key of the look-up and name of the connection are associated
//! data: a value that was moved under another name does not open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::encoding;
use crate::citizen::Record;
use crate::config::JournalKey;

const VERSION: u8 = 1;
const ID: usize = 8;
const HEAD: usize = 1 + ID + NONCE_LEN;
const TIME: usize = 8;

/// Why a value cannot be used; it is as if it were not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Sealed under a key that this replica does not have (during a rotation).
    UnknownKey,
    /// Damaged, moved, or not ours.
    Garbage,
}

struct SealingKey {
    id: [u8; ID],
    key: RandomizedNonceKey,
}

/// Seals with the first key and opens with all.
pub struct Sealer(Vec<SealingKey>);

impl Sealer {
    /// From the keys of the configuration, of which there is at least one; `None` when the library refuses one.
    pub fn new(keys: &[JournalKey]) -> Option<Self> {
        keys.iter().map(sealing_key).collect::<Option<Vec<_>>>().map(Self)
    }

    /// A sealed record, or nothing when there is no key or no randomness.
    pub fn seal(&self, place: Place<'_>, fetched_ms: i64, record: &Record) -> Option<Vec<u8>> {
        let sealing = self.0.first()?;
        let plain = encoding::encode(record);
        let mut text = Zeroizing::new(Vec::with_capacity(TIME + plain.len()));
        text.extend_from_slice(&fetched_ms.to_be_bytes());
        text.extend_from_slice(&plain);
        let mut body = text.clone();
        let (nonce, tag) = sealing.key.seal_in_place_separate_tag(place.associated(), &mut body).ok()?;
        let mut sealed = Vec::with_capacity(HEAD + body.len() + tag.as_ref().len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&sealing.id);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        sealed.extend_from_slice(tag.as_ref());
        Some(sealed)
    }

    /// The time of the fetch and the record.
    ///
    /// # Errors
    /// The value cannot be used.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<(i64, Record), Unusable> {
        let (head, body) = sealed.split_at_checked(HEAD).ok_or(Unusable::Garbage)?;
        let (version, rest) = head.split_at(1);
        let (id, nonce) = rest.split_at(ID);
        if version != [VERSION] {
            return Err(Unusable::Garbage);
        }
        let key = self.0.iter().find(|key| key.id == id).ok_or(Unusable::UnknownKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unusable::Garbage)?;
        let mut body = Zeroizing::new(body.to_vec());
        let text = key.key.open_in_place(nonce, place.associated(), &mut body).map_err(|_| Unusable::Garbage)?;
        let (time, record) = text.split_first_chunk::<TIME>().ok_or(Unusable::Garbage)?;
        let record = encoding::decode(record).ok_or(Unusable::Garbage)?;
        Ok((i64::from_be_bytes(*time), record))
    }
}

/// What a value belongs to.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub key: &'a [u8; 32],
    pub connection: &'a str,
}

impl Place<'_> {
    fn associated(&self) -> Aad<Vec<u8>> {
        Aad::from([encoding::LAYOUT.as_bytes(), &[0], self.key, self.connection.as_bytes()].concat())
    }
}

/// The key that seals and its id, each derived from the configured one, which itself is used for neither.
fn sealing_key(key: &JournalKey) -> Option<SealingKey> {
    let root = hmac::Key::new(hmac::HMAC_SHA256, key.reveal());
    let sealing = hmac::sign(&root, b"diensan shared cache: sealing key 1");
    let name = hmac::sign(&root, b"diensan shared cache: key id 1");
    let mut id = [0; ID];
    id.copy_from_slice(name.as_ref().get(..ID)?);
    let key = RandomizedNonceKey::new(&AES_256_GCM, sealing.as_ref()).ok()?;
    Some(SealingKey { id, key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citizen::PersonalText;

    fn record() -> Record {
        let mut record = Record::default();
        record.so_dinh_danh = PersonalText::given("999085000001");
        record
    }

    fn sealer(keys: &[u8]) -> Sealer {
        let keys: Vec<JournalKey> = keys.iter().map(|byte| JournalKey::new([*byte; 32])).collect();
        Sealer::new(&keys).expect("a sealer")
    }

    const HERE: Place<'static> = Place { key: &[7; 32], connection: "tinh" };

    #[test]
    fn a_value_opens_only_where_it_belongs() {
        let sealer = sealer(&[1]);
        let sealed = sealer.seal(HERE, 1234, &record()).expect("sealed");
        assert!(sealer.open(HERE, &sealed) == Ok((1234, record())));
        for elsewhere in [Place { key: &[8; 32], ..HERE }, Place { connection: "other", ..HERE }] {
            assert!(sealer.open(elsewhere, &sealed) == Err(Unusable::Garbage));
        }
        let text = String::from_utf8_lossy(&sealed);
        assert!(!text.contains("999085000001"));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let sealer = sealer(&[1]);
        let sealed = sealer.seal(HERE, 1234, &record()).expect("sealed");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open(HERE, &changed).is_err(), "byte {at}");
            assert!(sealer.open(HERE, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn keys_change_without_a_cold_start() {
        let (old, both, new) = (sealer(&[1]), sealer(&[2, 1]), sealer(&[2]));
        let sealed = old.seal(HERE, 1, &record()).expect("sealed");
        assert!(both.open(HERE, &sealed).is_ok());
        assert!(new.open(HERE, &sealed) == Err(Unusable::UnknownKey));
        let sealed = both.seal(HERE, 1, &record()).expect("sealed");
        assert!(new.open(HERE, &sealed).is_ok());
        assert!(old.open(HERE, &sealed) == Err(Unusable::UnknownKey));
    }

    #[test]
    fn the_same_record_is_never_sealed_alike() {
        let sealer = sealer(&[1]);
        assert_ne!(sealer.seal(HERE, 1, &record()), sealer.seal(HERE, 1, &record()));
    }
}
