//! How a page is asked for: the words of its address, the language, the door.

use std::collections::HashMap;

use crate::catalog::Language;

/// Most letters of a search; nobody types more, and it stands in the page again.
const LONGEST: usize = 120;

/// The words of an address after `?`, the last of each name.
#[derive(Clone, Default)]
pub struct Words(pub HashMap<String, String>);

impl Words {
    /// The word of this name, trimmed and cut; empty when it is not there.
    pub fn get(&self, name: &str) -> String {
        let word = self.0.get(name).map(|word| word.trim()).unwrap_or_default();
        word.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
    }
}

/// One visit.
#[derive(Clone)]
pub struct Visit {
    pub lang: Language,
    /// Whether the operator's page can be reached through the same door, so that it is worth a link.
    pub operators: bool,
    /// Whether the counter's page can be reached through the same door by whoever sees this one.
    pub counter: bool,
    /// The path that was asked for.
    path: String,
    words: Words,
}

impl Visit {
    /// A visit to a path with the words of its address.
    pub fn new(path: &str, words: Words, operators: bool) -> Self {
        let lang = if words.get("lang") == "en" { Language::En } else { Language::Vi };
        Self { lang, operators, counter: false, path: path.to_owned(), words }
    }

    /// The same visit at a door that has the counter's page.
    pub fn with_counter(self, counter: bool) -> Self {
        Self { counter, ..self }
    }

    /// The word of this name in the address; empty when it is not there.
    pub fn word(&self, name: &str) -> String {
        self.words.get(name)
    }

    /// An address on this site in the language of the visit.
    pub fn href(&self, path: &str) -> String {
        self.address(path, &[])
    }

    /// An address on this site with words, in the language of the visit; empty words are left out.
    pub fn address(&self, path: &str, words: &[(&str, &str)]) -> String {
        address(path, words, self.lang)
    }

    /// The same page in the other language.
    pub fn other_language(&self) -> String {
        let mut words: Vec<(&str, &str)> = self.words.0.iter().map(|(name, word)| (&**name, &**word)).collect();
        words.retain(|(name, _)| *name != "lang");
        words.sort_unstable();
        address(&self.path, &words, self.lang.pick(Language::En, Language::Vi))
    }
}

fn address(path: &str, words: &[(&str, &str)], lang: Language) -> String {
    let mut address = path.to_owned();
    let lang = ("lang", lang.pick("", "en"));
    let mut mark = '?';
    for (name, word) in words.iter().copied().chain([lang]).filter(|(_, word)| !word.is_empty()) {
        address.push(mark);
        percent_encode(&mut address, name);
        address.push('=');
        percent_encode(&mut address, word);
        mark = '&';
    }
    address
}

/// Everything but letters and digits of ASCII and what RFC 3986 calls unreserved.
fn percent_encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => {
                out.push('%');
                for half in [other >> 4, other & 15] {
                    out.push(char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(words: &[(&str, &str)]) -> Visit {
        let words = words.iter().map(|(name, word)| ((*name).to_owned(), (*word).to_owned())).collect();
        Visit::new("/catalog", Words(words), false)
    }

    #[test]
    fn an_address_keeps_the_language_and_the_other_language_keeps_the_words() {
        let vietnamese = visit(&[("q", "hộ tịch")]);
        assert_eq!(vietnamese.href("/catalog/coverage"), "/catalog/coverage");
        assert_eq!(vietnamese.other_language(), "/catalog?q=h%E1%BB%99%20t%E1%BB%8Bch&lang=en");
        let english = visit(&[("q", "a&b"), ("lang", "en")]);
        assert_eq!(english.href("/status"), "/status?lang=en");
        assert_eq!(english.other_language(), "/catalog?q=a%26b");
    }

    #[test]
    fn a_language_that_nobody_speaks_here_is_vietnamese() {
        assert!(visit(&[("lang", "fr")]).lang == Language::Vi);
    }

    #[test]
    fn a_word_is_cut_and_holds_no_control_characters() {
        let long = "a\u{1b}".repeat(500);
        assert_eq!(visit(&[("q", &long)]).word("q"), "a".repeat(LONGEST));
    }
}
