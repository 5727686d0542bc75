//! Fuzz targets: what people type and scan.

use jiff::civil::date;
use unicode_normalization::UnicodeNormalization as _;

use super::name::{NameEquality, compact, equality};
use super::partial_date::RegisterDate;
use super::{Card, Name, Number, PartialDate};
use crate::fuzzing::{corpus, run};

const PIECES: [&str; 24] = [
    "999085000001",
    "999",
    "0",
    "|",
    "||",
    "-",
    "/",
    ".",
    " ",
    "\u{a0}",
    "\u{200b}",
    "\u{301}",
    "\u{323}",
    "\u{300}\u{300}",
    "Đ",
    "\u{d0}",
    "ễ",
    "１",
    "٣",
    "\n",
    "\0",
    "<",
    "12031985",
    "1985-03-12",
];

fn text_of(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

#[test]
fn fuzz_a_name() {
    run("name", &PIECES, &corpus("names"), |input| {
        let text = text_of(input);
        let Ok(name) = Name::parse(&text) else { return };
        let key = name.compact();
        assert!(!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        assert!(name.display().chars().count() <= 100 && !name.display().chars().any(char::is_control));
        // What is kept reads as itself, however its letters are composed.
        for again in [name.display().to_owned(), name.display().nfd().collect()] {
            if let Ok(again) = Name::parse(&again) {
                assert!(again.display() == name.display() && again.compact() == key);
            }
        }
        assert!(Name::parse(name.display()).is_ok() && compact(key) == key);
        assert!(equality(name.display(), name.display()) == NameEquality::Identical);
    });
}

#[test]
fn fuzz_a_date() {
    let today = date(2026, 11, 25);
    run("date", &PIECES, &corpus("dates"), |input| {
        let text = text_of(input);
        if let Ok(day) = PartialDate::from_iso(&text) {
            assert!(day.iso() == text);
            assert_eq!(PartialDate::parse_iso(&text, today).is_ok(), day.within(today).is_ok());
        }
        if let Ok(day) = PartialDate::parse_ddmmyyyy(&text) {
            let parts =
                day.day().zip(day.month()).map(|(of_month, month)| format!("{of_month:02}{month:02}{:04}", day.year()));
            assert!(parts.as_ref() == Some(&text));
        }
        if let RegisterDate::Date(day) = PartialDate::read_register(&text) {
            // Every wording of what the register said is read as the same.
            for wording in [day.iso(), day.printed()].into_iter().chain(day.compact()) {
                let again = PartialDate::read_register(&wording);
                assert!(matches!(again, RegisterDate::Date(again) if again.iso() == day.iso()));
            }
        }
    });
}

#[test]
fn fuzz_a_number() {
    run("number", &PIECES, &corpus("numbers"), |input| {
        let text = text_of(input);
        let Ok(number) = Number::parse(&text) else { return };
        let digits = number.digits();
        assert!(matches!(digits.len(), 9 | 12) && digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(Number::parse(digits).is_ok_and(|again| again.digits() == digits));
        let typed: String = text.nfkc().filter(char::is_ascii_digit).collect();
        assert!(typed == digits, "a digit was added or lost");
    });
}

#[test]
fn fuzz_the_text_of_a_card() {
    run("card", &PIECES, &corpus("scans"), |input| {
        let text = text_of(input);
        let Ok(card) = Card::parse(&text) else { return };
        assert!(card.number.digits().len() == 12 && card.birth_date.is_full());
        let birth = card.birth_date;
        let date = format!("{:02}{:02}{:04}", birth.day().unwrap_or(0), birth.month().unwrap_or(0), birth.year());
        let old = card.old_number.as_ref().map_or("", Number::digits);
        let written = format!("{}|{old}|{}|{date}|||", card.number.digits(), card.name.display());
        let again = Card::parse(&written).unwrap_or_else(|refusal| panic!("{}", refusal.code()));
        assert!(again.number.digits() == card.number.digits() && again.name.display() == card.name.display());
        assert!(again.birth_date.iso() == birth.iso() && again.old_number.as_ref().map_or("", Number::digits) == old);
    });
}
