//! The short way for texts of Latin letters as Vietnamese is usually written: precomposed, without loose marks.
//!
//! Composing and decomposing by the full tables of Unicode costs most of the time of an address; for these letters the
//! result of each is known beforehand. Anything else takes the long way, and a test holds both equal.

use std::sync::LazyLock;

/// Letters before the first combining mark.
const LATIN: usize = 0x300;
/// Latin Extended Additional: the Vietnamese letters with two marks.
const ADDITIONAL: std::ops::Range<usize> = 0x1e00..0x1f00;

/// What a letter becomes in a search key: up to two letters, 0 for none.
static KEYS: LazyLock<[[u8; 2]; LATIN + 0x100]> = LazyLock::new(|| {
    let mut keys = [[0; 2]; LATIN + 0x100];
    for (index, key) in keys.iter_mut().enumerate() {
        *key = letter_at(index).map_or(NOT_SHORT, short_key);
    }
    keys
});

/// A letter whose key is not ASCII or longer than two: the text takes the long way.
const NOT_SHORT: [u8; 2] = [0xff; 2];

fn letter_at(index: usize) -> Option<char> {
    let code = if index < LATIN { index } else { ADDITIONAL.start + index - LATIN };
    u32::try_from(code).ok().and_then(char::from_u32)
}

fn short_key(letter: char) -> [u8; 2] {
    let key = super::search_key_of_any(letter.encode_utf8(&mut [0; 4]));
    match key.as_bytes() {
        [] => [0, 0],
        [one] if key.is_ascii() => [*one, 0],
        [one, two] if key.is_ascii() => [*one, *two],
        _ => NOT_SHORT,
    }
}

fn index_of(letter: char) -> Option<usize> {
    let code = letter as usize;
    match code {
        0..LATIN => Some(code),
        _ if ADDITIONAL.contains(&code) => Some(LATIN + code - ADDITIONAL.start),
        _ => None,
    }
}

/// Appends the search key of a text of such letters only; `false`, and nothing appended: it has others too.
pub fn push_search_key(text: &str, out: &mut String) -> bool {
    let keys = &*KEYS;
    let before = out.len();
    for letter in text.chars() {
        let key = index_of(letter).and_then(|index| keys.get(index)).filter(|key| **key != NOT_SHORT);
        let Some(key) = key else {
            out.truncate(before);
            return false;
        };
        for byte in key.iter().filter(|byte| **byte != 0) {
            out.push(char::from(*byte));
        }
    }
    true
}

/// Whether a letter of these is one that stands in a key: a letter or a digit, by the tables of Unicode; `None`: not of
/// these.
pub fn stands_in_key(letter: char) -> Option<bool> {
    let key = index_of(letter).and_then(|index| KEYS.get(index)).filter(|key| **key != NOT_SHORT)?;
    Some(*key != [0, 0])
}

/// Whether a text is tidy already: such letters only, single spaces between them, nothing without width.
pub fn is_tidy(text: &str) -> bool {
    let mut before_is_space = true;
    for letter in text.chars() {
        let is_space = letter == ' ';
        let plain = index_of(letter).is_some() && letter != '\u{ad}' && (is_space || !letter.is_whitespace());
        if !plain || (is_space && before_is_space) {
            return false;
        }
        before_is_space = is_space;
    }
    !text.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::super::{search_key_of_any, tidy};
    use super::*;

    #[test]
    fn the_letters_of_the_short_way_are_composed_and_none_is_a_mark() {
        for index in 0..LATIN + 0x100 {
            let letter = letter_at(index).expect("a letter");
            let composed: String = std::iter::once(letter).nfc().collect();
            assert_eq!(composed, letter.to_string(), "{:x}", u32::from(letter));
            assert!(!unicode_normalization::char::is_combining_mark(letter));
        }
    }

    #[test]
    fn what_stands_in_a_key_is_a_letter_or_a_digit_and_nothing_else() {
        for letter in (0..LATIN + 0x100).filter_map(letter_at) {
            if let Some(stands) = stands_in_key(letter) {
                assert_eq!(stands, letter.is_alphanumeric(), "{:x}", u32::from(letter));
            }
        }
    }

    #[test]
    fn vietnamese_takes_the_short_way() {
        for (text, key) in
            [("Đường Nguyễn Thị Mẫu", "duongnguyenthimau"), ("THÀNH PHỐ HỒ CHÍ MINH", "thanhphohochiminh")]
        {
            let mut found = String::new();
            assert!(push_search_key(text, &mut found));
            assert_eq!(found, key);
            assert!(is_tidy(text));
        }
        assert!(!is_tidy(" a") && !is_tidy("a ") && !is_tidy("a  b") && !is_tidy("a\u{a0}b") && !is_tidy("a\u{301}"));
    }

    proptest! {
        #[test]
        fn both_ways_come_to_the_same(text in "[ -~À-ỹ\u{300}-\u{30f}\u{ad}\u{200b}đĐ\u{a0}]{0,24}") {
            let mut short = String::from("before");
            if push_search_key(&text, &mut short) {
                prop_assert_eq!(short, format!("before{}", search_key_of_any(&text)));
            } else {
                prop_assert_eq!(short, "before");
            }
            let long: String = text.chars().chain(std::iter::once('\u{200b}')).collect();
            prop_assert_eq!(tidy(&text), tidy(&long));
        }
    }
}
