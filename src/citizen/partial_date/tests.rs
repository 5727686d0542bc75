//! Dates in all their spellings, the register's, the card's and the API's.

use super::*;
use proptest::prelude::*;

const TODAY: Date = jiff::civil::date(2026, 11, 20);

fn date(iso: &str) -> PartialDate {
    PartialDate::from_iso(iso).expect("a date")
}

/// ISO text, `-` for not given, `!` for impossible.
fn read(text: &str) -> String {
    match PartialDate::read_register(text) {
        RegisterDate::NotGiven => "-".to_owned(),
        RegisterDate::Impossible => "!".to_owned(),
        RegisterDate::Date(date) => date.iso(),
    }
}

#[test]
fn only_iso_within_the_range_is_input_of_the_api() {
    use DateRefusal::{Form, Impossible, Range};
    for text in ["1985-03-12", "1985-03", "1985", "1880", "1880-01-01", "2026-11-20", "2026-11", "2026", "2024-02-29"] {
        assert_eq!(PartialDate::parse_iso(text, TODAY).map(PartialDate::iso), Ok(text.to_owned()));
    }
    let refused = [
        ("2025-02-30", Impossible, "date_form"),
        ("2025-02-29", Impossible, "date_form"),
        ("1900-02-29", Impossible, "date_form"),
        ("1985-04-31", Impossible, "date_form"),
        ("1985-13-01", Impossible, "date_form"),
        ("1985-00", Impossible, "date_form"),
        ("0000-00-00", Impossible, "date_form"),
        ("12/03/1985", Form, "date_form"),
        ("03/1985", Form, "date_form"),
        ("12-03-1985", Form, "date_form"),
        ("19850312", Form, "date_form"),
        ("85", Form, "date_form"),
        ("", Form, "date_form"),
        (" 1985", Form, "date_form"),
        ("1985-3-12", Form, "date_form"),
        ("1985-", Form, "date_form"),
        ("1985-03-12-01", Form, "date_form"),
        ("1985-03-12T00:00:00", Form, "date_form"),
        ("١٩٨٥", Form, "date_form"),
        ("+985", Form, "date_form"),
        ("2026-11-21", Range, "date_range"),
        ("2026-12", Range, "date_range"),
        ("2027", Range, "date_range"),
        ("1799", Range, "date_range"),
        ("1799-01-01", Range, "date_range"),
        ("1879-12-31", Range, "date_range"),
    ];
    for (text, refusal, code) in refused {
        assert_eq!(PartialDate::parse_iso(text, TODAY).map(PartialDate::iso), Err(refusal), "{text}");
        assert_eq!(refusal.code(), code);
    }
}

#[test]
fn a_year_only_birth_date_is_never_completed() {
    for text in ["1945", "19450000", "1945-00-00", "00/00/1945", "194500", "00/1945", "1945-00", "1945-00-00T00:00:00"]
    {
        assert_eq!(read(text), "1945", "{text}");
    }
    let year = date("1945");
    assert_eq!((year.month(), year.day(), year.is_full()), (None, None, false));
    assert_eq!((year.iso().as_str(), year.printed().as_str(), year.compact()), ("1945", "1945", None));
}

#[test]
fn the_register_writes_dates_in_many_ways() {
    let rows = [
        ("19850312", "1985-03-12"),
        (" 1985-03-12 ", "1985-03-12"),
        ("1985-03-12T00:00:00", "1985-03-12"),
        ("1985-03-12T00:00:00.000+07:00", "1985-03-12"),
        ("1985-03-12T17:00:00Z", "1985-03-12"),
        ("1985-03-12 00:00:00", "1985-03-12"),
        ("12/03/1985", "1985-03-12"),
        ("2/3/1985", "1985-03-02"),
        ("01/01/1950", "1950-01-01"),
        ("19850300", "1985-03"),
        ("198503", "1985-03"),
        ("1985-03-00", "1985-03"),
        ("00/03/1985", "1985-03"),
        ("03/1985", "1985-03"),
        ("19850012", "1985"),
        ("", "-"),
        (" \t", "-"),
        ("null", "-"),
        ("NULL", "-"),
        ("00000000", "-"),
        ("0000-00-00", "-"),
        ("00/00/0000", "-"),
        ("19450230", "!"),
        ("20230230", "!"),
        ("19450431", "!"),
        ("12031985", "!"),
        ("12121212", "!"),
        ("N/A", "!"),
        ("không rõ", "!"),
        ("85", "!"),
        ("0", "!"),
        ("03/12/85", "!"),
        ("1985/03/12", "!"),
        ("0001-01-01T00:00:00", "!"),
        ("9999-12-31", "!"),
        ("1985-03-12T", "!"),
        ("1985-03-12Tabc", "!"),
        ("19850312T00", "!"),
        ("19850099", "!"),
        ("1985é312", "!"),
        ("１９８５", "!"),
    ];
    for (text, expected) in rows {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn eight_digits_of_a_card_are_day_month_year() {
    assert_eq!(PartialDate::parse_ddmmyyyy("12031985").map(PartialDate::iso), Ok("1985-03-12".to_owned()));
    for (text, refusal) in [
        ("19850312", DateRefusal::Impossible),
        ("00001945", DateRefusal::Impossible),
        ("00031945", DateRefusal::Impossible),
        ("1945", DateRefusal::Form),
        ("120319855", DateRefusal::Form),
        ("12/03/1985", DateRefusal::Form),
        ("1203198é", DateRefusal::Form),
        ("", DateRefusal::Form),
    ] {
        assert_eq!(PartialDate::parse_ddmmyyyy(text).map(PartialDate::iso), Err(refusal), "{text}");
    }
}

#[test]
fn dates_compare_by_the_smaller_precision() {
    use DateEquality::{Compatible, Different, Equal};
    for (a, b, expected) in [
        ("1945", "1945", Equal),
        ("1945-03-02", "1945-03-02", Equal),
        ("1945-03-02", "1945", Compatible),
        ("1945-03", "1945", Compatible),
        ("1945-03-02", "1945-03", Compatible),
        ("1945-04", "1945-03-02", Different),
        ("1945-03-01", "1945-03-02", Different),
        ("1946", "1945-03-02", Different),
    ] {
        assert_eq!(date(a).equality(date(b)), expected, "{a} {b}");
        assert_eq!(date(b).equality(date(a)), expected, "{b} {a}");
    }
}

#[test]
fn dates_print_without_unknown_parts() {
    assert_eq!(date("1985-03-02").printed(), "02/03/1985");
    assert_eq!(date("1985-03").printed(), "03/1985");
    assert_eq!(date("1985-03-02").compact().as_deref(), Some("19850302"));
    assert_eq!(date("1985-03").compact(), None);
}

#[test]
fn an_age_needs_a_full_date() {
    let on = |iso: &str, day| date(iso).age_on(day);
    assert_eq!(on("1985-11-20", TODAY), Some(41));
    assert_eq!(on("1985-11-21", TODAY), Some(40));
    assert_eq!(on("2026-11-20", TODAY), Some(0));
    assert_eq!(on("2026-11-21", TODAY), None);
    assert_eq!(on("1985-03", TODAY), None);
    assert_eq!(on("1985", TODAY), None);
    assert_eq!(on("2004-02-29", jiff::civil::date(2022, 2, 28)), Some(17));
    assert_eq!(on("2004-02-29", jiff::civil::date(2022, 3, 1)), Some(18));
}

#[test]
fn a_day_without_a_month_is_no_date() {
    assert!(PartialDate::new(1985, None, Some(1)).is_err());
    assert!(PartialDate::new(0, None, None).is_err());
    assert!(PartialDate::new(1985, Some(0), None).is_err());
    assert!(PartialDate::new(1985, Some(1), Some(0)).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        let _ = PartialDate::read_register(&text);
        let _ = PartialDate::parse_iso(&text, TODAY);
        let _ = PartialDate::parse_ddmmyyyy(&text);
    }

    #[test]
    fn the_register_reader_never_invents_a_day(text in "[0-9T:/ -]{0,14}") {
        if let RegisterDate::Date(date) = PartialDate::read_register(&text) {
            // Without its time: whatever is known of the date must be written in it, with digits of its own.
            let written = text.trim().split(['T', ' ']).next().unwrap_or("");
            let has = |number: u8| written.contains(&number.to_string());
            let digits = written.bytes().filter(u8::is_ascii_digit).count();
            prop_assert!(written.contains(&date.year().to_string()));
            prop_assert!(date.month().is_none_or(|month| has(month) && digits > 4));
            prop_assert!(date.day().is_none_or(|day| has(day) && digits > 5));
        }
    }

    #[test]
    fn year_only_texts_stay_year_only(year in 1880u16..2100, form in 0usize..6) {
        let text = match form {
            0 => format!("{year}"),
            1 => format!("{year}0000"),
            2 => format!("{year}-00-00"),
            3 => format!("00/00/{year}"),
            4 => format!("{year}00"),
            _ => format!("{year}-00-00T00:00:00"),
        };
        prop_assert_eq!(read(&text), year.to_string());
    }

    #[test]
    fn every_date_survives_iso(year in 1880u16..2100, month in 1u8..=12, day in 1u8..=28) {
        let full = PartialDate::new(year, Some(month), Some(day)).expect("a date");
        prop_assert_eq!(PartialDate::from_iso(&full.iso()).map(PartialDate::iso), Ok(full.iso()));
        prop_assert_eq!(read(&full.compact().expect("full")), full.iso());
        prop_assert_eq!(read(&full.printed()), full.iso());
    }
}
