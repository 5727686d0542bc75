//! Text about a person: wiped when dropped, and without any way to print it by accident.

use std::hash::{Hash, Hasher};

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A piece of personal data (a name, a number, an address line, a code).
///
/// Has no `Debug`, `Display` or `Serialize`: whoever discloses it must say so by calling [`PersonalText::reveal`].
/// The bytes are overwritten when the value is dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PersonalText(String);

impl PersonalText {
    /// Wraps a text that is not blank; `None` for an empty or blank one, because "absent", "empty" and "blank" are
    /// one thing in a record: not given.
    pub fn given(text: impl Into<String>) -> Option<Self> {
        let mut text = text.into();
        if text.trim().is_empty() {
            text.zeroize();
            return None;
        }
        Some(Self(text))
    }

    /// The text itself. Every call is a disclosure: never pass the result to a log, a metric, a URL or an error.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Bytes held on the heap, for the cache's size bound.
    pub fn heap_bytes(&self) -> usize {
        self.0.capacity()
    }
}

impl Hash for PersonalText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_text_is_not_given() {
        for blank in ["", " ", "\t\n", "\u{a0}"] {
            assert!(PersonalText::given(blank).is_none());
        }
        assert_eq!(PersonalText::given("MẪU").expect("given").reveal(), "MẪU");
    }
}
