//! What may stand in a text of the catalogue, whatever it means: NFC, Latin letters, no invisible characters, no number
//! that could belong to somebody.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use super::super::files::SourceFile;
use crate::strict_json::{Finding, Kind, Node};

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// What maintainers write.
    Catalog,
    /// Invented people and examples: strange letters are there on purpose, and old card numbers are looked for too.
    Invented,
}

/// One kind of mistake: its first place and how often it occurs. A file saved in another form has hundreds.
struct Tally {
    rule: &'static str,
    first: Option<(Range<usize>, String, String)>,
    count: usize,
}

struct Tallies([Tally; 4]);

impl Tallies {
    fn new() -> Self {
        Self(["not_nfc", "mixed_script", "odd_character", "real_number_suspected"].map(|rule| Tally {
            rule,
            first: None,
            count: 0,
        }))
    }

    fn add(&mut self, index: usize, span: &Range<usize>, sentences: impl FnOnce() -> (String, String)) {
        let tally = &mut self.0[index];
        tally.count += 1;
        if tally.first.is_none() {
            let (vi, en) = sentences();
            tally.first = Some((span.clone(), vi, en));
        }
    }

    fn text(&mut self, text: &str, span: &Range<usize>, place: Place) {
        let look = Look::at(text);
        if look.odd
            && let Some(found) = odd(text)
        {
            self.add(2, span, || {
                (format!("Trong chữ có {found}: không nên có ở đây."), format!("The text holds {found}: not for here."))
            });
        }
        if look.strange && !is_nfc(text) {
            self.add(0, span, || not_nfc(text));
        }
        if look.strange
            && place == Place::Catalog
            && let Some(letter) = lookalike(text)
        {
            self.add(1, span, || {
                let code = u32::from(letter);
                (
                    format!("Chữ `{letter}` (U+{code:04X}) không phải chữ Latinh tiếng Việt, chỉ trông giống."),
                    format!("The letter `{letter}` (U+{code:04X}) only looks like a letter of Vietnamese."),
                )
            });
        }
        if look.long_number && has_real_number(text, place) {
            self.add(3, span, || {
                let (vi, en) = (
                    "Số này có thể là của người thật; số mẫu bắt đầu bằng 999.",
                    "This number could be somebody's; invented numbers start with 999.",
                );
                (vi.to_owned(), en.to_owned())
            });
        }
    }

    fn report(self, findings: &mut Vec<Finding>) {
        for Tally { rule, first, count } in self.0 {
            let Some((span, mut vi, mut en)) = first else { continue };
            // A number of a person that was refused at its place already.
            if rule == "real_number_suspected" && findings.iter().any(|found| found.span == span) {
                continue;
            }
            if count > 1 {
                vi.push_str(&format!(" (và {} chỗ khác)", count - 1));
                en.push_str(&format!(" (and {} more places)", count - 1));
            }
            findings.push(Finding::new(rule, "", span, vi, en));
        }
    }
}

/// Checks every key and text of a JSON file.
pub fn check_json(root: &Node, place: Place, findings: &mut Vec<Finding>) {
    let mut tallies = Tallies::new();
    walk(root, place, &mut tallies);
    tallies.report(findings);
}

fn walk(node: &Node, place: Place, tallies: &mut Tallies) {
    match &node.kind {
        Kind::Text(text) | Kind::Number(text) => tallies.text(text, &node.span, place),
        Kind::List(items) => items.iter().for_each(|item| walk(item, place, tallies)),
        Kind::Object(members) => {
            for member in members {
                tallies.text(&member.key, &member.key_span, place);
                // Patterns are not words.
                if member.key != "pattern" {
                    walk(&member.value, place, tallies);
                }
            }
        }
        Kind::Null | Kind::Bool(_) => {}
    }
}

/// Checks every line of a table.
pub fn check_table(file: &SourceFile, findings: &mut Vec<Finding>) {
    let mut tallies = Tallies::new();
    let mut start = 0;
    for line in file.text.split_inclusive('\n') {
        let text = line.trim_end_matches(['\r', '\n']);
        // A byte order mark is a matter of layout.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = start + (line.trim_end_matches(['\r', '\n']).len() - text.len());
        tallies.text(text, &(first..first + text.len()), Place::Catalog);
        start += line.len();
    }
    tallies.report(findings);
}

/// What a text has at first sight. Nearly all texts of a catalogue have nothing of it and are not looked at again.
#[derive(Default, Debug, PartialEq, Eq)]
struct Look {
    /// Something that [`odd`] may find.
    odd: bool,
    /// A letter that is none of [`is_usual`].
    strange: bool,
    /// As many digits in a row as an old card's number has.
    long_number: bool,
}

impl Look {
    fn at(text: &str) -> Self {
        let (mut look, mut digits) = (Self::default(), 0_u32);
        for letter in text.chars() {
            digits = if letter.is_ascii_digit() { digits.saturating_add(1) } else { 0 };
            look.long_number |= digits >= 9;
            match letter {
                '<' | '{' | '$' | '\0'..='\u{1f}' | '\u{7f}' => look.odd = true,
                '\u{20}'..='\u{7e}' => {}
                _ if is_usual(letter) => look.odd |= letter < '\u{a0}',
                _ => (look.odd, look.strange) = (true, true),
            }
        }
        look
    }
}

/// Letters of Vietnamese, the others of their blocks, and the dashes and quotes between them: they are NFC whatever
/// stands beside them, only look like themselves, and are visible. Of other letters nothing is said.
fn is_usual(letter: char) -> bool {
    match letter {
        '\u{d0}' | '\u{f0}' | '\u{189}' | '\u{256}' => false,
        '\0'..='\u{2ff}' | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2027}' => true,
        _ => false,
    }
}

fn not_nfc(text: &str) -> (String, String) {
    let composed: String = text.nfc().collect();
    let codes = |text: &str, other: &str| -> String {
        let from = text.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        let shown: Vec<String> =
            text.chars().skip(from).take(3).map(|letter| format!("U+{:04X}", u32::from(letter))).collect();
        shown.join(" ")
    };
    let (has, should) = (codes(text, &composed), codes(&composed, text));
    (
        format!("Chữ có dấu viết rời ({has}…), phải viết liền dạng NFC ({should}…)."),
        format!("Decomposed letters ({has}…); write them composed, NFC ({should}…)."),
    )
}

/// The first letter that only looks like one of ours: an eth instead of a Đ, or another script inside a Latin word.
fn lookalike(text: &str) -> Option<char> {
    let foreign = |letter: char| matches!(letter, '\u{370}'..='\u{52f}' | '\u{ff21}'..='\u{ff5a}');
    let eth = text.chars().find(|letter| matches!(letter, '\u{d0}' | '\u{f0}' | '\u{189}' | '\u{256}'));
    eth.or_else(|| {
        // To find words takes long.
        if !text.contains(foreign) {
            return None;
        }
        let mixed = |word: &&str| word.contains(foreign) && word.chars().any(|c| c.is_alphabetic() && !foreign(c));
        let mut words = text.split(|letter: char| !letter.is_alphabetic());
        words.find(mixed).and_then(|word| word.chars().find(|letter| foreign(*letter)))
    })
}

/// What pages, terminals or templates could take for something else than text.
fn odd(text: &str) -> Option<String> {
    let letter = text.chars().find(|letter| {
        letter.is_control() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    });
    if let Some(letter) = letter {
        return Some(format!("U+{:04X}", u32::from(letter)));
    }
    let lower = text.to_ascii_lowercase();
    ["<script", "{{", "${"].into_iter().find(|word| lower.contains(word)).map(|word| format!("`{word}`"))
}

/// Whether a text holds a run of digits as long as a personal number (among invented data also: an old card's number)
/// that does not start with 999.
fn has_real_number(text: &str, place: Place) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric()).any(|word| {
        let long = word.len() == 12 || (word.len() == 9 && place == Place::Invented);
        long && word.bytes().all(|byte| byte.is_ascii_digit()) && !word.starts_with("999")
    })
}

#[cfg(test)]
mod tests {
    use unicode_normalization::char::canonical_combining_class;
    use unicode_normalization::{IsNormalized, is_nfc_quick};

    use super::*;

    fn rules(text: &str, place: Place) -> Vec<&'static str> {
        let mut tallies = Tallies::new();
        tallies.text(text, &(0..1), place);
        let mut findings = Vec::new();
        tallies.report(&mut findings);
        findings.iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn texts_are_composed_latin_visible_and_nobodys_number() {
        for (text, expected) in [
            ("Bên nữ · 50 m² – “Đơn”", &[] as &[&str]),
            ("Be\u{302}n", &["not_nfc"]),
            ("d\u{430}n_toc", &["mixed_script"]),
            ("\u{d0}ơn", &["mixed_script"]),
            ("hệ số α", &[]),
            ("abc\u{202e}cba", &["odd_character"]),
            ("a\u{200b}b", &["odd_character"]),
            ("<SCRIPT>", &["odd_character"]),
            ("${x}", &["odd_character"]),
            (concat!("số 001", "085000001"), &["real_number_suspected"]),
            (concat!("số 999085000001, mã a001", "085000001f, 20251231"), &[]),
        ] {
            assert_eq!(rules(text, Place::Catalog), expected, "{text}");
        }
        assert_eq!(rules("012345678", Place::Invented), ["real_number_suspected"]);
        assert!(rules("012345678", Place::Catalog).is_empty());
        assert!(rules("\u{d0}Ỗ THỊ MẪU", Place::Invented).is_empty());
    }

    #[test]
    fn letters_that_are_passed_over_are_composed_join_no_other_and_look_like_nothing_else() {
        for letter in ('\0'..=char::MAX).filter(|letter| is_usual(*letter)) {
            assert_eq!(is_nfc_quick(std::iter::once(letter)), IsNormalized::Yes, "{letter:?}");
            assert_eq!(canonical_combining_class(letter), 0, "{letter:?}");
            assert_eq!(lookalike(&format!("a{letter}b")), None, "{letter:?}");
        }
        assert!("Đường số 5 – “Ỹ”".chars().all(is_usual) && !is_usual('\u{302}'));
    }

    #[test]
    fn nothing_that_is_refused_is_passed_over_at_first_sight() {
        // Further on every letter is strange.
        for letter in '\0'..='\u{1ffff}' {
            let text = format!("a{letter}b");
            let look = Look::at(&text);
            assert!(look.odd || odd(&text).is_none(), "{letter:?}");
            assert!(look.strange || (is_nfc(&text) && lookalike(&text).is_none()), "{letter:?}");
        }
        for text in ["<script", "{{", "${"] {
            assert!(Look::at(text).odd, "{text}");
        }
        for digits in 1..14 {
            let text = format!("số {},", "1".repeat(digits));
            assert!(Look::at(&text).long_number || !has_real_number(&text, Place::Invented), "{text}");
        }
        let usual = Look::at("Điều 5 – “Căn cước”, 85000001");
        assert_eq!(usual, Look::default(), "most texts are looked at once");
    }

    #[test]
    fn a_file_full_of_one_mistake_has_one_finding() {
        let root = crate::strict_json::parse("{\"a\":\"e\u{302}\",\"b\":\"o\u{302}\"}").expect("JSON");
        let mut findings = Vec::new();
        check_json(&root, Place::Catalog, &mut findings);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].en.contains("U+0065 U+0302") && findings[0].en.contains("1 more"));
    }
}
