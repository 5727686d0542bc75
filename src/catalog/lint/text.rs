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
        self.odd(text, span);
        if !text.is_ascii() {
            if !text.chars().all(stays_in_nfc) && !is_nfc(text) {
                self.add(0, span, || not_nfc(text));
            }
            if place == Place::Catalog
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
        }
        if has_real_number(text, place) {
            self.add(3, span, || {
                let (vi, en) = (
                    "Số này có thể là của người thật; số mẫu bắt đầu bằng 999.",
                    "This number could be somebody's; invented numbers start with 999.",
                );
                (vi.to_owned(), en.to_owned())
            });
        }
    }

    fn odd(&mut self, text: &str, span: &Range<usize>) {
        if let Some(found) = odd(text) {
            self.add(2, span, || {
                (format!("Trong chữ có {found}: không nên có ở đây."), format!("The text holds {found}: not for here."))
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

/// Letters of Vietnamese, and the dashes and quotes between them, that are NFC whatever stands beside them: nearly all
/// that a catalogue holds, and known without Unicode's tables. Of other letters nothing is said.
fn stays_in_nfc(letter: char) -> bool {
    matches!(letter, '\0'..='\u{2ff}' | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2027}')
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
    // What we look for starts with one of these bytes in UTF-8; most texts have none of them.
    if !text.bytes().any(|byte| matches!(byte, 0xc3 | 0xc6 | 0xc9 | 0xcd..=0xd4 | 0xef)) {
        return None;
    }
    let eth = text.chars().find(|letter| matches!(letter, '\u{d0}' | '\u{f0}' | '\u{189}' | '\u{256}'));
    eth.or_else(|| {
        // To find words takes long, and hardly any text has such a letter.
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
    if !text.bytes().any(|byte| matches!(byte, 0..=0x1f | 0x7f | b'<' | b'{' | b'$' | 0xc2 | 0xe2 | 0xef)) {
        return None;
    }
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
    // Rows of codes are full of digits, but of short numbers: they are not cut into words.
    if !text.as_bytes().chunk_by(|a, b| a.is_ascii_digit() && b.is_ascii_digit()).any(|run| run.len() >= 9) {
        return false;
    }
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
    fn letters_that_are_passed_over_are_composed_and_join_no_other() {
        for letter in ('\0'..=char::MAX).filter(|letter| stays_in_nfc(*letter)) {
            assert_eq!(is_nfc_quick(std::iter::once(letter)), IsNormalized::Yes, "{letter:?}");
            assert_eq!(canonical_combining_class(letter), 0, "{letter:?}");
        }
        assert!("Đường số 5 – “Ỹ”".chars().all(stays_in_nfc) && !stays_in_nfc('\u{302}'));
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
