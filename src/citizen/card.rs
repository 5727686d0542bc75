//! The text of the QR code on a citizen's card, as input of a query.
//!
//! A scan fills the query; it is not a source for the reply (PROTOCOL §4.3). What it says is read by position and
//! checked like typed text (RISKS A18).

use super::name::NameRefusal;
use super::number::NumberRefusal;
use super::{Name, Number, PartialDate};

/// What a query needs of the card. Gender and residence on the card are not read: the register's are the truth.
pub struct Card {
    /// The personal number of 12 digits.
    pub number: Number,
    /// The former nine-digit number; only ever [`Number::OldCard`].
    #[cfg_attr(not(test), expect(dead_code, reason = "forms that ask for the old number take it from the register"))]
    pub old_number: Option<Number>,
    /// The full name.
    pub name: Name,
    /// The birth date, always full. Whether it lies within 1880 to today is for the caller to check with
    /// [`PartialDate::within`], because this room has no clock.
    pub birth_date: PartialDate,
    /// The date of issue; `None` when blank or unreadable, because it is no key of the query.
    pub issue_date: Option<PartialDate>,
}

/// What a scan gives beyond the query: nothing of it comes from the register, and answers say so.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub struct ScannedCard {
    /// The number on the card.
    pub number: Number,
    /// The date of issue; `None` when blank, unreadable or impossible.
    pub issue_date: Option<PartialDate>,
    /// The scan holds a date of issue before the birth date or after today.
    pub odd_issue_date: bool,
}

/// The place of issue that a card of this date bears, as a suggestion for the officer to compare with the card.
///
/// Citizen identity cards: Circular 61/2015/TT-BCA, Article 4 (from 1 January 2016), amended by Circular 33/2018/TT-BCA
/// (from 10 October 2018, another department on the seal). Identity cards since 1 July 2024: Law on Identity
/// 26/2023/QH15 and Circular 17/2024/TT-BCA; that they name the ministry was not read in the circular itself. Older cards
/// were issued by provinces: nothing is suggested.
pub fn issue_place(date: PartialDate) -> Option<&'static str> {
    let day = (date.year(), date.month()?, date.day()?);
    match day {
        day if day >= (2024, 7, 1) => Some("Bộ Công an"),
        day if day >= (2018, 10, 10) => Some("Cục Cảnh sát quản lý hành chính về trật tự xã hội"),
        day if day >= (2016, 1, 1) => Some("Cục Cảnh sát đăng ký quản lý cư trú và dữ liệu quốc gia về dân cư"),
        _ => None,
    }
}

/// Why a scanned text is not taken as a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardRefusal {
    /// Fewer than seven parts, or the parts are not in the order of a card.
    Form,
    /// The personal number is not well formed.
    Number(NumberRefusal),
    /// The name is not acceptable.
    Name(NameRefusal),
    /// The birth date is no full date.
    BirthDate,
}

impl CardRefusal {
    /// Stable code used in problem documents; refusals of a part have the codes of typed text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Form => "qr_form",
            Self::Number(refusal) => refusal.code(),
            Self::Name(refusal) => refusal.code(),
            Self::BirthDate => "date_form",
        }
    }
}

impl Card {
    /// Reads `number|old number|name|birth date|gender|residence|issue date|…` (PROTOCOL §4.3, dates
    /// `ddmmyyyy`); seven or more parts.
    pub fn parse(text: &str) -> Result<Self, CardRefusal> {
        // A scanner in keyboard mode ends with a line break; inside a part one is refused like in typed text.
        // The eighth piece holds whatever newer cards append, unread.
        let parts: Vec<&str> = text.trim_matches(['\r', '\n']).splitn(8, '|').collect();
        let [number, old_number, name, birth_date, _gender, _residence, issue_date, ..] = parts[..] else {
            return Err(CardRefusal::Form);
        };

        let number = match Number::parse(number).map_err(CardRefusal::Number)? {
            number @ Number::Personal(_) => number,
            Number::OldCard(_) => return Err(CardRefusal::Number(NumberRefusal::Length)),
        };
        let old_number = match Number::parse(old_number) {
            Ok(old @ Number::OldCard(_)) => Some(old),
            // A personal number at the place of the old one: the parts are shifted, nothing can be trusted.
            Ok(Number::Personal(_)) => return Err(CardRefusal::Form),
            // Blank, or one of the old cards with letters: not needed for the query.
            Err(_) => None,
        };
        Ok(Self {
            number,
            old_number,
            name: Name::parse(name).map_err(CardRefusal::Name)?,
            birth_date: PartialDate::parse_ddmmyyyy(birth_date.trim()).map_err(|_| CardRefusal::BirthDate)?,
            issue_date: PartialDate::parse_ddmmyyyy(issue_date.trim()).ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(text: &str) -> Option<&'static str> {
        Card::parse(text).err().map(CardRefusal::code)
    }

    #[test]
    fn the_place_of_issue_follows_the_date_and_is_not_known_before_2016() {
        for (iso, place) in [
            ("2015-12-31", None),
            ("2016-01-01", Some("Cục Cảnh sát đăng ký quản lý cư trú và dữ liệu quốc gia về dân cư")),
            ("2018-10-09", Some("Cục Cảnh sát đăng ký quản lý cư trú và dữ liệu quốc gia về dân cư")),
            ("2018-10-10", Some("Cục Cảnh sát quản lý hành chính về trật tự xã hội")),
            ("2024-06-30", Some("Cục Cảnh sát quản lý hành chính về trật tự xã hội")),
            ("2024-07-01", Some("Bộ Công an")),
            ("2024", None),
        ] {
            assert_eq!(issue_place(PartialDate::from_iso(iso).expect("a date")), place, "{iso}");
        }
    }

    #[test]
    fn a_card_is_read_by_position() {
        let text = "999185000002|999000123|Trần Thị Mẫu|12031985|Nữ|Thôn Mẫu, Xã Mẫu|01072024";
        let card = Card::parse(text).expect("a card");
        assert!(matches!(card.number, Number::Personal(_)) && card.number.digits() == "999185000002");
        assert!(card.old_number.is_some_and(|old| old.digits() == "999000123"));
        assert!(card.name.display() == "Trần Thị Mẫu" && card.name.compact() == "TRANTHIMAU");
        assert!(card.birth_date.iso() == "1985-03-12");
        assert!(card.issue_date.is_some_and(|date| date.iso() == "2024-07-01"));
    }

    #[test]
    fn seven_or_more_parts_are_accepted_and_fewer_refused() {
        let parts = ["999185000002", "", "Trần Thị Mẫu", "12031985", "Nữ", "Thôn Mẫu", "01072024"];
        for count in 0..=6 {
            assert_eq!(refusal(&parts[..count].join("|")), Some("qr_form"), "{count} parts");
        }
        for extra in [0, 1, 4, 33] {
            let text = format!("{}{}", parts.join("|"), "|x".repeat(extra));
            assert_eq!(refusal(&text), None, "{} parts", 7 + extra);
        }
        assert_eq!(refusal(&format!("{}\r\n", parts.join("|"))), None, "the scanner's line break");
    }

    #[test]
    fn parts_are_checked_like_typed_text() {
        for (text, expected) in [
            ("|999185000002|Trần Thị Mẫu|12031985|Nữ||", Some("number_empty")),
            ("999185000002|999185000003|Trần Thị Mẫu|12031985|Nữ||", Some("qr_form")),
            ("999000123||Trần Thị Mẫu|12031985|Nữ||", Some("number_length")),
            ("99918500002||Trần Thị Mẫu|12031985|Nữ||", Some("number_leading_zero")),
            ("Trần Thị Mẫu|999185000002||12031985|Nữ||", Some("number_charset")),
            ("999185000002||999185000002|12031985|Nữ||", None),
            ("999185000002||Trần\nThị Mẫu|12031985|Nữ||", Some("name_charset")),
            ("999185000002|||12031985|Nữ||", Some("name_empty")),
            ("999185000002||Trần Thị Mẫu|1985|Nữ||", Some("date_form")),
            ("999185000002||Trần Thị Mẫu|00001985|Nữ||", Some("date_form")),
            ("999185000002||Trần Thị Mẫu|30021985|Nữ||", Some("date_form")),
            ("999185000002||Trần Thị Mẫu|19850312|Nữ||", Some("date_form")),
            ("999185000002|B999001|Trần Thị Mẫu|12031985|Nữ||không rõ", None),
        ] {
            assert_eq!(refusal(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_parse_panic(text in any::<String>(), parts in proptest::collection::vec("[0-9A-Z ]{0,12}", 0..12)) {
            let _ = Card::parse(&text);
            let _ = Card::parse(&parts.join("|"));
        }
    }
}
