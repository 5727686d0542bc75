//! Personal numbers: the check of their shape, and what their digits hint at.
//!
//! Guiding rule (IDENTITY): shape errors are refused before any call; everything else that can be read from the digits
//! is a hint for the officer. It never blocks, never corrects, never fills a field and is never sent anywhere.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::{PartialDate, PersonalText};

/// Length of a personal identification number (IDENTITY §1).
const PERSONAL_DIGITS: usize = 12;
/// Length of the number of an old people's identity card (IDENTITY §1).
const OLD_CARD_DIGITS: usize = 9;
/// More digits than any number has; further ones are counted but not kept.
const MOST_DIGITS: usize = 16;
/// An age beyond which a year of birth is remarkable (IDENTITY §3.3).
const GREATEST_AGE: i16 = 125;

/// The 63 province codes of before 1 July 2025 with a zero in front, in order (IDENTITY §3.2). Never the current
/// list: seven codes belong to another province there, and 29 are gone.
const PROVINCE_PREFIXES: [&str; 63] = [
    "001", "002", "004", "006", "008", "010", "011", "012", "014", "015", "017", "019", "020", "022", "024", "025",
    "026", "027", "030", "031", "033", "034", "035", "036", "037", "038", "040", "042", "044", "045", "046", "048",
    "049", "051", "052", "054", "056", "058", "060", "062", "064", "066", "067", "068", "070", "072", "074", "075",
    "077", "079", "080", "082", "083", "084", "086", "087", "089", "091", "092", "093", "094", "095", "096",
];

/// A well-formed number; it need not exist, because there is no check digit (IDENTITY §2).
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Number {
    /// 12 digits: personal identification number, also the number on citizen identity cards.
    Personal(PersonalText),
    /// 9 digits: number of an old people's identity card.
    OldCard(PersonalText),
}

/// Why a text is not taken as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberRefusal {
    /// Nothing is there but separators.
    Empty,
    /// Something else than digits, spaces, dots and hyphens.
    Charset,
    /// Neither 12 nor 9 digits.
    Length,
    /// 11 or 8 digits: most often a spreadsheet dropped the leading zero. Never padded.
    LeadingZero,
    /// All digits are equal.
    Pattern,
}

impl NumberRefusal {
    /// Stable code used in problem documents (IDENTITY §2).
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "number_empty",
            Self::Charset => "number_charset",
            Self::Length => "number_length",
            Self::LeadingZero => "number_leading_zero",
            Self::Pattern => "number_pattern",
        }
    }
}

/// A finding in the structure of a 12-digit number (IDENTITY §3.3). Holds no value: a gender hint can expose a
/// person's transition, so it must not be logged with one or shown on the citizen's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NumberHint {
    /// The digits name another year than the birth date.
    BirthYear,
    /// The digits name another gender than the one stated or received.
    Gender,
    /// The century digit belongs to the 22nd century or later.
    Century,
    /// The prefix is no province of before 1 July 2025; numbers of people born abroad look like this.
    Prefix,
    /// The year in the digits is in the future or more than 125 years ago.
    YearRange,
}

impl NumberHint {
    /// Stable code used in the answer's `warnings` (IDENTITY §3.3).
    pub fn code(self) -> &'static str {
        match self {
            Self::BirthYear => "number_birth_year",
            Self::Gender => "number_gender",
            Self::Century => "number_century",
            Self::Prefix => "number_prefix",
            Self::YearRange => "number_year_range",
        }
    }
}

impl Number {
    /// Checks the shape in the order of IDENTITY §2: NFKC (full-width digits become ASCII), spaces, dots and hyphens
    /// removed, then charset, length and pattern.
    pub fn parse(text: &str) -> Result<Self, NumberRefusal> {
        // Of fixed capacity and wiped, so that no copy of a refused number stays behind.
        let mut digits = Zeroizing::new(String::with_capacity(MOST_DIGITS));
        let mut count = 0_usize;
        for symbol in text.trim().nfkc() {
            if symbol.is_ascii_digit() {
                if count < MOST_DIGITS {
                    digits.push(symbol);
                }
                count += 1;
            } else if !is_separator(symbol) {
                return Err(NumberRefusal::Charset);
            }
        }
        let number = match count {
            0 => return Err(NumberRefusal::Empty),
            11 | 8 => return Err(NumberRefusal::LeadingZero),
            PERSONAL_DIGITS => Self::Personal,
            OLD_CARD_DIGITS => Self::OldCard,
            _ => return Err(NumberRefusal::Length),
        };
        if digits.bytes().all(|digit| digits.as_bytes().first() == Some(&digit)) {
            return Err(NumberRefusal::Pattern);
        }
        PersonalText::given(std::mem::take(&mut *digits)).map(number).ok_or(NumberRefusal::Empty)
    }

    /// The ASCII digits, leading zeros included.
    pub fn digits(&self) -> &str {
        match self {
            Self::Personal(digits) | Self::OldCard(digits) => digits.reveal(),
        }
    }

    /// Whether it belongs to an invented person: `999…` is assigned to nobody (IDENTITY §3.2). Test data must use it,
    /// a real connection must refuse it.
    pub fn is_invented(&self) -> bool {
        self.digits().starts_with("999")
    }

    /// Structure hints of a 12-digit number against a stated birth date and gender code; never blocks anything
    /// (IDENTITY §3.3). Nine-digit numbers have no structure and give none (IDENTITY §4). Only gender codes 1 and 2
    /// are compared: 0 and 3 say nothing about what was registered when the number was issued.
    pub fn hints(&self, birth_date: Option<PartialDate>, gender_code: Option<&str>, today: Date) -> Vec<NumberHint> {
        let Self::Personal(digits) = self else { return Vec::new() };
        let digits = digits.reveal();
        let Some(structure) = Structure::of(digits) else { return Vec::new() };
        let age = today.year() - structure.year;
        let found = [
            (NumberHint::BirthYear, birth_date.is_some_and(|date| i16::try_from(date.year()) != Ok(structure.year))),
            (NumberHint::Gender, matches!(gender_code, Some(code @ ("1" | "2")) if code != structure.gender_code)),
            (NumberHint::Century, structure.year >= 2100),
            (NumberHint::Prefix, !self.is_invented() && !PROVINCE_PREFIXES.contains(&structure.prefix)),
            (NumberHint::YearRange, !(0..=GREATEST_AGE).contains(&age)),
        ];
        found.into_iter().filter_map(|(hint, found)| found.then_some(hint)).collect()
    }
}

/// What the digits `PPP G YY NNNNNN` meant under Decree 137/2015, no longer in force (IDENTITY §3).
struct Structure<'a> {
    prefix: &'a str,
    gender_code: &'static str,
    year: i16,
}

impl<'a> Structure<'a> {
    fn of(digits: &'a str) -> Option<Self> {
        let century_and_gender: i16 = digits.get(3..4)?.parse().ok()?;
        let year_of_century: i16 = digits.get(4..6)?.parse().ok()?;
        Some(Self {
            prefix: digits.get(..3)?,
            gender_code: if century_and_gender % 2 == 0 { "1" } else { "2" },
            year: 1900 + century_and_gender / 2 * 100 + year_of_century,
        })
    }
}

/// What people put between groups of digits: spaces, dots, hyphens and the dashes that text programs make of them.
fn is_separator(symbol: char) -> bool {
    matches!(symbol, ' ' | '.' | '-' | '\u{2010}'..='\u{2013}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 20);

    fn parse(text: &str) -> Result<String, NumberRefusal> {
        Number::parse(text).map(|number| number.digits().to_owned())
    }

    fn hints(digits: &str, birth_date: Option<&str>, gender_code: Option<&str>) -> Vec<&'static str> {
        let birth_date = birth_date.map(|iso| PartialDate::from_iso(iso).expect("a date"));
        let number = Number::parse(digits).expect("a number");
        number.hints(birth_date, gender_code, TODAY).into_iter().map(NumberHint::code).collect()
    }

    #[test]
    fn well_formed_numbers_are_accepted_as_ascii_text() {
        for (text, digits) in [
            ("999085000001", "999085000001"),
            ("999 185.000-002", "999185000002"),
            ("  999085000001\n", "999085000001"),
            ("999\u{a0}085\u{202f}000001", "999085000001"),
            ("999–085‑000001", "999085000001"),
            ("９９９０８５００００１２", "999085000012"),
            ("999000123", "999000123"),
            (concat!("001", "0850", "00001"), concat!("001", "085000001")),
        ] {
            assert_eq!(parse(text), Ok(digits.to_owned()), "{text}");
        }
        assert!(matches!(Number::parse("999085000001"), Ok(Number::Personal(_))));
        assert!(matches!(Number::parse("999000123"), Ok(Number::OldCard(_))));
    }

    #[test]
    fn ill_formed_numbers_are_refused_and_never_padded() {
        use NumberRefusal::{Charset, Empty, LeadingZero, Length, Pattern};
        let long = "9".repeat(100_000);
        for (text, refusal, code) in [
            ("", Empty, "number_empty"),
            (" \u{a0}\t", Empty, "number_empty"),
            ("٩٩٩٠٨٥٠٠٠٠٠١", Charset, "number_charset"),
            ("99908500000A", Charset, "number_charset"),
            ("999085/00001", Charset, "number_charset"),
            ("999085\u{200b}000001", Charset, "number_charset"),
            ("999085\n000001", Charset, "number_charset"),
            ("+99908500001", Charset, "number_charset"),
            ("null", Charset, "number_charset"),
            ("---", Empty, "number_empty"),
            ("9990850001", Length, "number_length"),
            ("9990850000012", Length, "number_length"),
            (&long, Length, "number_length"),
            ("1", Length, "number_length"),
            ("99908500001", LeadingZero, "number_leading_zero"),
            ("99900012", LeadingZero, "number_leading_zero"),
            ("999 999 999", Pattern, "number_pattern"),
            (concat!("000", "000000000"), Pattern, "number_pattern"),
            ("111111111", Pattern, "number_pattern"),
        ] {
            assert_eq!(parse(text), Err(refusal), "{text:.20}");
            assert_eq!(refusal.code(), code);
        }
    }

    #[test]
    fn digits_only_ever_hint() {
        let none: [&str; 0] = [];
        for (digits, birth_date, gender, expected) in [
            ("999085000001", Some("1985-03-12"), Some("1"), &none[..]),
            ("999185000002", Some("1985"), Some("2"), &none),
            ("999085000001", None, None, &none),
            ("999205000003", Some("2005-06-01"), Some("2"), &["number_gender"]),
            ("999085000001", Some("1958-03-12"), Some("1"), &["number_birth_year"]),
            ("999085000001", Some("1958"), Some("2"), &["number_birth_year", "number_gender"]),
            ("999085000001", Some("2085"), None, &["number_birth_year"]),
            ("999085000001", None, Some("0"), &none),
            ("999085000001", None, Some("3"), &none),
            ("999085000001", None, Some("Nữ"), &none),
            ("999405000004", Some("2105"), None, &["number_century", "number_year_range"]),
            ("999227000005", None, None, &["number_year_range"]),
            ("999000000005", None, None, &["number_year_range"]),
            ("999001000005", None, None, &none),
            (
                "999985000001",
                Some("1985"),
                Some("1"),
                &["number_birth_year", "number_gender", "number_century", "number_year_range"],
            ),
            ("999000123", Some("1985"), Some("1"), &none),
        ] {
            assert_eq!(hints(digits, birth_date, gender), expected, "{digits}");
        }
    }

    #[test]
    fn only_the_provinces_of_before_the_reform_are_known_prefixes() {
        let units = include_str!("../../service-catalog/administrative-units/before-2025-07-01.csv");
        let mut prefixes: Vec<String> = units.lines().skip(1).map(|line| format!("0{}", &line[..2])).collect();
        prefixes.sort();
        prefixes.dedup();
        assert_eq!(prefixes, PROVINCE_PREFIXES);
        // The serials are all zeros: no such number is given to anybody.
        assert_eq!(hints(concat!("003", "085000000"), None, None), ["number_prefix"]);
        assert_eq!(hints(concat!("024", "085000000"), None, None), [""; 0]);
    }

    proptest! {
        #[test]
        fn no_text_makes_parse_panic(text in any::<String>()) {
            if let Ok(number) = Number::parse(&text) {
                prop_assert!(number.digits().bytes().all(|digit| digit.is_ascii_digit()));
            }
        }

        #[test]
        fn hints_never_panic(digits in "[0-9]{12}", gender in "[0-3]") {
            if let Ok(number) = Number::parse(&digits) {
                let _ = number.hints(PartialDate::from_iso("1985").ok(), Some(&gender), TODAY);
            }
        }
    }
}
