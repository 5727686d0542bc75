//! Names of people: what is accepted, what is kept, and when two of them are the same.
//!
//! A name is compared under several foldings but never rewritten for display or for a form (IDENTITY §5.3), and never
//! split into family and given name (IDENTITY §5.1): one word, the family name last, `H'` and `Y` in front are all real.

mod folding;

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use super::PersonalText;

/// Longest accepted input in bytes: 100 decomposed Vietnamese letters with all their marks need fewer.
const MOST_BYTES: usize = 600;
/// Longest accepted name in characters, composed (IDENTITY §5.1).
const MOST_CHARS: usize = 100;
/// Most words of a name (IDENTITY §5.1).
const MOST_WORDS: usize = 15;
/// Most combining marks in a row; a Vietnamese letter has two (RISKS A5).
const MOST_MARKS: usize = 4;

/// A name given in a query: displayable form and compact key.
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    display: PersonalText,
    compact: PersonalText,
}

/// Why a text is not taken as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRefusal {
    /// Nothing of it is left in the compact key (PROTOCOL §4.1 step 4).
    Empty,
    /// A control character, a line break, or one of `< > { } \ |`.
    Charset,
    /// More than 100 characters, 15 words, or a heap of combining marks.
    Length,
}

impl NameRefusal {
    /// Stable code used in problem documents (RISKS A4, A5).
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "name_empty",
            Self::Charset => "name_charset",
            Self::Length => "name_length",
        }
    }
}

/// How far two names agree; the levels of IDENTITY §5.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameEquality {
    /// Equal but for case, Unicode form and spaces.
    Identical,
    /// Also but for the placement of the tone, look-alike letters and kinds of apostrophes.
    SameName,
    /// Equal under the compact key only: to be offered with both shown, because a weak match.
    CompactEqual,
    /// Two names.
    Different,
}

impl Name {
    /// Accepts what IDENTITY §5.1 accepts: 1 to 100 characters in 1 to 15 words, any letters. Bounded in time by a
    /// length check before anything else is looked at.
    pub fn parse(text: &str) -> Result<Self, NameRefusal> {
        if text.len() > MOST_BYTES || has_heap_of_marks(text) {
            return Err(NameRefusal::Length);
        }
        if text.chars().any(is_refused) {
            return Err(NameRefusal::Charset);
        }
        let display = tidy(text);
        if display.chars().count() > MOST_CHARS || display.split(' ').count() > MOST_WORDS {
            return Err(NameRefusal::Length);
        }
        match (PersonalText::given(compact(&display)), PersonalText::given(display)) {
            (Some(compact), Some(display)) => Ok(Self { display, compact }),
            _ => Err(NameRefusal::Empty),
        }
    }

    /// The tidied name with its diacritics and the typed case.
    pub fn display(&self) -> &str {
        self.display.reveal()
    }

    /// The key under which the register looks for it (PROTOCOL §4.1).
    pub fn compact(&self) -> &str {
        self.compact.reveal()
    }
}

/// The compact form of PROTOCOL §4.1: `A–Z0–9` only, without diacritics. Look-alikes of Đ count as Đ (IDENTITY §5.2);
/// without that the letter would be dropped and the query would fail.
pub fn compact(text: &str) -> String {
    text.nfc()
        .map(unify_lookalike)
        .map(plain_d)
        .nfd()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

/// The level at which two names are equal (IDENTITY §5.4).
pub fn equality(a: &str, b: &str) -> NameEquality {
    let (a, b) = (lower(a), lower(b));
    if a == b {
        return NameEquality::Identical;
    }
    if same_name_key(&a) == same_name_key(&b) {
        return NameEquality::SameName;
    }
    let key = compact(&a);
    if !key.is_empty() && key == compact(&b) { NameEquality::CompactEqual } else { NameEquality::Different }
}

/// Whether Ð (U+00D0) or Ɖ (U+0189), or their small letters, stand in the text where Đ should (IDENTITY §5.2).
pub fn has_lookalike_letter(text: &str) -> bool {
    text.chars().any(|letter| unify_lookalike(letter) != letter)
}

/// The form that is kept and shown: NFC, zero-width characters and soft hyphens removed, white space runs made one
/// space, trimmed (IDENTITY §5.2). Nothing else is changed.
pub fn tidy(text: &str) -> String {
    tidied(text).into_owned()
}

/// The same, without a copy of a text that is tidy already.
pub fn tidied(text: &str) -> Cow<'_, str> {
    if folding::is_tidy(text) {
        return Cow::Borrowed(text);
    }
    let mut tidied = String::with_capacity(text.len());
    let mut space_due = false;
    // Removing comes before composing: a letter and its mark may stand on both sides of what is removed.
    let kept = text.chars().filter(|letter| !is_zero_width(*letter));
    let spaced = kept.filter_map(|letter| {
        if letter.is_whitespace() {
            space_due = true;
            return None;
        }
        Some((std::mem::take(&mut space_due), letter))
    });
    let mut first = true;
    let letters = spaced.flat_map(|(space, letter)| {
        let space = space && !std::mem::take(&mut first);
        first = false;
        space.then_some(' ').into_iter().chain(std::iter::once(letter))
    });
    tidied.extend(letters.nfc());
    Cow::Owned(tidied)
}

/// Letters and digits without diacritics in lower case, đ as d, everything else dropped: for comparing names of
/// administrative units and for search (admin-units README §3 rule 7).
pub fn search_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    push_search_key(text, &mut key);
    key
}

/// Whether a letter is part of a word: a letter, a digit, or a mark that stands for itself.
pub fn is_of_word(letter: char) -> bool {
    let short = folding::stands_in_key(letter);
    short.unwrap_or_else(|| letter.is_alphanumeric() || is_combining_mark(letter))
}

/// Appends the search key of a text.
pub fn push_search_key(text: &str, out: &mut String) {
    if !folding::push_search_key(text, out) {
        out.push_str(&search_key_of_any(text));
    }
}

fn search_key_of_any(text: &str) -> String {
    text.nfc()
        .flat_map(char::to_lowercase)
        .map(unify_lookalike)
        .map(plain_d)
        .nfd()
        .filter(|letter| letter.is_alphanumeric() && !is_combining_mark(*letter))
        .collect()
}

fn is_refused(letter: char) -> bool {
    // Line and paragraph separators break a line; embeddings, overrides and isolates show a text in another order.
    letter.is_control()
        || matches!(letter, '<' | '>' | '{' | '}' | '\\' | '|')
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_zero_width(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{ad}')
}

fn has_heap_of_marks(text: &str) -> bool {
    let mut run = 0;
    text.chars().filter(|letter| !is_zero_width(*letter)).any(|letter| {
        run = if is_combining_mark(letter) { run + 1 } else { 0 };
        run > MOST_MARKS
    })
}

fn unify_lookalike(letter: char) -> char {
    match letter {
        '\u{d0}' | '\u{189}' => 'Đ',
        '\u{f0}' | '\u{256}' => 'đ',
        other => other,
    }
}

fn plain_d(letter: char) -> char {
    match letter {
        'Đ' => 'D',
        'đ' => 'd',
        other => other,
    }
}

/// Tidied and in lower case by the full rules of Unicode, independent of any locale.
fn lower(text: &str) -> String {
    tidy(text).to_lowercase().nfc().collect()
}

/// From a [`lower`] text: one spelling for look-alikes, apostrophes before a letter, and the placement of tones.
fn same_name_key(lower: &str) -> String {
    let mut letters: Vec<char> = lower.chars().map(unify_lookalike).collect();
    for index in 1..letters.len() {
        if matches!(letters[index - 1], '’' | '‘' | 'ʼ' | '´') && letters[index].is_alphabetic() {
            letters[index - 1] = '\'';
        }
    }
    // U+02BC is a letter to Unicode; as an apostrophe it ends a syllable here, so syllables are cut after folding it.
    for syllable in letters.chunk_by_mut(|a, b| a.is_alphabetic() == b.is_alphabetic()) {
        move_tone(syllable);
    }
    letters.into_iter().collect()
}

/// Puts the tone of `oa`, `oe`, `uy` at the end of a syllable on the first vowel, except after `q`, where `u` belongs
/// to the consonant (IDENTITY §5.3).
fn move_tone(syllable: &mut [char]) {
    let [before @ .., first, second] = syllable else { return };
    if before.last() == Some(&'q') {
        return;
    }
    let (Some((base, None)), Some((other, Some(tone)))) = (base_and_tone(*first), base_and_tone(*second)) else {
        return;
    };
    if matches!((base, other), ('o', 'a' | 'e') | ('u', 'y'))
        && let Some(toned) = unicode_normalization::char::compose(base, tone)
    {
        (*first, *second) = (toned, other);
    }
}

/// The plain letter and its tone mark; `None` for a letter with another mark (circumflex, breve, horn).
fn base_and_tone(letter: char) -> Option<(char, Option<char>)> {
    let mut parts = ['\0'; 4];
    let mut count = 0;
    decompose_canonical(letter, |part| {
        if let Some(slot) = parts.get_mut(count) {
            *slot = part;
        }
        count += 1;
    });
    match (count, parts[1]) {
        (1, _) => Some((parts[0], None)),
        (2, tone @ ('\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}')) => Some((parts[0], Some(tone))),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
