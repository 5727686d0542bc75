//! Whether a detail text already names a unit.
//!
//! Texts repeat the units in all spellings: capitals, without diacritics, with `TP.` for Thành phố, without the type
//! word. A name wrongly taken as contained loses the unit from the form; one wrongly taken as missing prints it twice.
//! The second is the lesser evil, so a match must begin and end at words, and a bare name must stand alone.

use super::super::name::{is_of_word, push_search_key, search_key};
use super::UnitLevel;

/// Type words as keys, with their abbreviations.
const TYPES: [(&str, &[&str]); 9] = [
    ("thanhpho", &["tp"]),
    ("tinh", &["t"]),
    ("quan", &["q"]),
    ("huyen", &["h"]),
    ("thixa", &["tx"]),
    ("thitran", &["tt"]),
    ("dackhu", &["dk"]),
    ("phuong", &["p"]),
    ("xa", &["x"]),
];

/// Last words of what may stand in front of a bare name and make another thing of it: a street, a hamlet, a unit of
/// another level (`đường Hà Nội`, `thành phố Bắc Ninh` for the province of this name).
const PRECEDING: [&str; 33] = [
    "duong", "pho", "ngo", "ngach", "hem", "kiet", "lo", "thon", "ap", "ban", "buon", "lang", "xom", "to", "khu",
    "cho", "cau", "truong", "benh", "vien", "tinh", "quan", "huyen", "xa", "phuong", "tran", "tp", "tx", "tt", "q",
    "h", "p", "x",
];

/// One unit of an address with the keys under which a text may name it.
pub(super) struct Named<'a> {
    pub(super) level: UnitLevel,
    pub(super) printed: &'a str,
    /// Of the printed name, and of the names that the unit had or got by amendments.
    pub(super) forms: &'a [Form],
}

/// A name: its key without the type word, and its keys with the type word or an abbreviation of it.
pub(super) struct Form {
    bare: String,
    typed: Vec<String>,
}

impl Named<'_> {
    pub(super) fn has_bare_name_of(&self, other: &Self) -> bool {
        self.forms.iter().any(|mine| other.forms.iter().any(|theirs| mine.bare == theirs.bare))
    }

    /// Whether a part of a text is this unit's name and nothing else.
    pub(super) fn is_named(&self, part: &str, room: &mut Words) -> bool {
        room.read(part);
        let key = &room.keys;
        self.forms.iter().any(|form| form.typed.contains(key) || (!form.is_number() && form.bare == *key))
    }
}

impl Form {
    pub(super) fn of(name: &str) -> Self {
        let words = Words::of(name);
        // After so many words: the type word, and the name without it.
        let split = |count: usize| {
            let end = words.words.get(count)?.start;
            Some((&words.keys[..end], words.keys[end..].to_owned()))
        };
        let found = [split(2), split(1)].into_iter().flatten().find_map(|(first, bare)| {
            TYPES.iter().find(|(key, _)| *key == first).map(|(key, abbreviations)| (*key, *abbreviations, bare))
        });
        match found {
            Some((key, abbreviations, bare)) => {
                let typed = std::iter::once(&key).chain(abbreviations).map(|word| format!("{word}{bare}")).collect();
                Self { bare, typed }
            }
            None => Self { bare: words.keys, typed: Vec::new() },
        }
    }

    /// `Phường 1`: the bare name would be found in every house number.
    fn is_number(&self) -> bool {
        self.bare.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// A text cut into words, as search keys.
#[derive(Default)]
pub(super) struct Words {
    /// The keys of all words, one after the other: for a text of an address a word of its own each would be dozens.
    keys: String,
    words: Vec<Word>,
}

/// Where the key of a word stands.
struct Word {
    start: usize,
    end: usize,
    /// Whether a comma, semicolon or dash stands in front, or nothing.
    opens: bool,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut words = Self { keys: String::with_capacity(text.len()), words: Vec::with_capacity(text.len() / 4) };
        words.read(text);
        words
    }

    /// Takes another text in place of the one that was here.
    fn read(&mut self, text: &str) {
        self.keys.clear();
        self.words.clear();
        for segment in text.split([',', ';', '-', '–', '—']) {
            let mut opens = true;
            for word in segment.split(|letter: char| !is_of_word(letter)) {
                let start = self.keys.len();
                push_search_key(word, &mut self.keys);
                strip_leading_zeros(&mut self.keys, start);
                if self.keys.len() > start {
                    self.words.push(Word { start, end: self.keys.len(), opens });
                    opens = false;
                }
            }
        }
    }

    fn key(&self, word: &Word) -> &str {
        &self.keys[word.start..word.end]
    }

    /// Whether the text names the unit: with its type word anywhere, or by the bare name where that stands alone
    /// between commas (a province also at the very end). `shared`: another unit of the address has this bare name.
    pub(super) fn contain(&self, named: &Named<'_>, shared: bool) -> bool {
        named.forms.iter().any(|form| {
            let typed = form.typed.iter().any(|key| {
                // `thị xã X` ends like `xã X`.
                let is_town = |start: usize| key.starts_with("xa") && self.before(start) == Some("thi");
                self.runs(key).any(|(start, _)| !is_town(start))
            });
            typed || (!shared && !form.is_number() && self.contain_bare(&form.bare, named.level))
        })
    }

    /// Whether the text holds the words of a name in a row.
    pub(super) fn mention(&self, name: &str) -> bool {
        self.runs(&search_key(name)).next().is_some()
    }

    fn contain_bare(&self, key: &str, level: UnitLevel) -> bool {
        self.runs(key).any(|(start, end)| {
            let alone = self.words[start].opens && self.words.get(end).is_none_or(|word| word.opens);
            let last = end == self.words.len() && !self.before(start).is_some_and(|word| PRECEDING.contains(&word));
            alone || (level == UnitLevel::Tinh && last)
        })
    }

    /// Where consecutive words together are the key: first word and the word after the last.
    fn runs(&self, key: &str) -> impl Iterator<Item = (usize, usize)> {
        (0..self.words.len()).filter_map(move |start| {
            let mut rest = key;
            for (index, word) in self.words.iter().enumerate().skip(start) {
                rest = rest.strip_prefix(self.key(word))?;
                if rest.is_empty() {
                    return Some((start, index + 1));
                }
            }
            None
        })
    }

    fn before(&self, start: usize) -> Option<&str> {
        let word = self.words.get(start.checked_sub(1)?)?;
        Some(self.key(word))
    }
}

/// `Phường 01` is `Phường 1`: takes the zeros in front of a number away, of what begins at `start`.
fn strip_leading_zeros(keys: &mut String, start: usize) {
    let key = &keys[start..];
    let zeros = key.bytes().take_while(|byte| *byte == b'0').count();
    if zeros > 0 && zeros < key.len() && key.bytes().all(|byte| byte.is_ascii_digit()) {
        keys.drain(start..start + zeros);
    }
}
