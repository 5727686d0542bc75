//! Whether a detail text already names a unit.
//!
//! Texts repeat the units in all spellings: capitals, without diacritics, with `TP.` for Thành phố, without the type
//! word. A name wrongly taken as contained loses the unit from the form; one wrongly taken as missing prints it twice.
//! The second is the lesser evil, so a match must begin and end at words, and a bare name must stand alone.

use super::super::name::search_key;
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
    pub(super) fn is_named(&self, part: &str) -> bool {
        let key: String = Words::of(part).words.into_iter().map(|word| word.key).collect();
        self.forms.iter().any(|form| form.typed.contains(&key) || (!form.is_number() && form.bare == key))
    }
}

impl Form {
    pub(super) fn of(name: &str) -> Self {
        let keys: Vec<String> = Words::of(name).words.into_iter().map(|word| word.key).collect();
        let split = |words: usize| (keys.len() > words).then(|| (keys[..words].concat(), keys[words..].concat()));
        let found = [split(2), split(1)].into_iter().flatten().find_map(|(first, bare)| {
            TYPES.iter().find(|(key, _)| *key == first).map(|(key, abbreviations)| (*key, *abbreviations, bare))
        });
        match found {
            Some((key, abbreviations, bare)) => {
                let typed = std::iter::once(&key).chain(abbreviations).map(|word| format!("{word}{bare}")).collect();
                Self { bare, typed }
            }
            None => Self { bare: keys.concat(), typed: Vec::new() },
        }
    }

    /// `Phường 1`: the bare name would be found in every house number.
    fn is_number(&self) -> bool {
        self.bare.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// A text cut into words, each as a search key.
pub(super) struct Words {
    words: Vec<Word>,
}

struct Word {
    key: String,
    /// Whether a comma, semicolon or dash stands in front, or nothing.
    opens: bool,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut words = Vec::new();
        for segment in text.split([',', ';', '-', '–', '—']) {
            let mut opens = true;
            for word in segment.split(|letter: char| !letter.is_alphanumeric() && !is_mark(letter)) {
                let key = search_key(word);
                if !key.is_empty() {
                    words.push(Word { key: without_leading_zeros(key), opens });
                    opens = false;
                }
            }
        }
        Self { words }
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
                rest = rest.strip_prefix(word.key.as_str())?;
                if rest.is_empty() {
                    return Some((start, index + 1));
                }
            }
            None
        })
    }

    fn before(&self, start: usize) -> Option<&str> {
        let word = self.words.get(start.checked_sub(1)?)?;
        Some(&word.key)
    }
}

/// `Phường 01` is `Phường 1`.
fn without_leading_zeros(key: String) -> String {
    let is_number = key.bytes().all(|byte| byte.is_ascii_digit());
    let short = key.trim_start_matches('0');
    if is_number && !short.is_empty() { short.to_owned() } else { key }
}

fn is_mark(letter: char) -> bool {
    unicode_normalization::char::is_combining_mark(letter)
}
