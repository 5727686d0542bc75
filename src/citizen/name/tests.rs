//! Names of all shapes: keys, refusals, and the four levels of equality.

use super::*;
use proptest::prelude::*;

fn key(text: &str) -> Result<String, NameRefusal> {
    Name::parse(text).map(|name| name.compact().to_owned())
}

#[test]
fn names_of_all_shapes_are_accepted_whole() {
    for (text, expected) in [
        ("Trần Thị Mẫu", "TRANTHIMAU"),
        ("Ðỗ Thị Mẫu", "DOTHIMAU"),
        ("Ɖỗ Thị Mẫu", "DOTHIMAU"),
        ("ɖỗ ðỗ đỗ Mẫu", "DODODOMAU"),
        ("H’Mẫu Niê Kđăm", "HMAUNIEKDAM"),
        ("H'Mẫu Ayŭn", "HMAUAYUN"),
        ("Y", "Y"),
        ("MẪU", "MAU"),
        ("Y-Mẫu", "YMAU"),
        ("Đinh-Mẫu", "DINHMAU"),
        ("Zơrâm Mẫu", "ZORAMMAU"),
        ("NGUYỄN VĂN MẪU B.", "NGUYENVANMAUB"),
        ("NGUYỄN VĂN MẪU 2", "NGUYENVANMAU2"),
        ("Mẫu\u{200b} \u{a0}\u{feff} Một", "MAUMOT"),
        ("HOÀ", "HOA"),
        ("HÒA", "HOA"),
        ("MẪU 😀", "MAU"),
        ("A B C D E F G H I K L M N O MẪU", "ABCDEFGHIKLMNOMAU"),
    ] {
        assert_eq!(key(text), Ok(expected.to_owned()), "{text}");
        let decomposed: String = text.nfd().collect();
        assert_eq!(key(&decomposed), Ok(expected.to_owned()), "{text} decomposed");
    }
}

#[test]
fn a_typed_name_keeps_its_spelling() {
    let name = Name::parse("  Ðỗ  Thị\u{a0}Hoà  Mẫu ").expect("a name");
    assert!(name.display() == "Ðỗ Thị Hoà Mẫu");
    assert!(has_lookalike_letter(name.display()) && !has_lookalike_letter("Đỗ đ Mẫu"));
}

#[test]
fn what_is_no_name_is_refused() {
    use NameRefusal::{Charset, Empty, Length};
    let long = "a".repeat(10_000);
    let marks = format!("a{}", "\u{301}".repeat(40));
    let split_marks = format!("a{}", "\u{301}\u{200b}".repeat(40));
    let hundred_and_one = "ẫ".repeat(101);
    let huge_of_breaks = "\n".repeat(1_000_000);
    let sixteen_words = "Mẫu ".repeat(16);
    for (text, refusal, code) in [
        ("", Empty, "name_empty"),
        ("---", Empty, "name_empty"),
        ("😀😀", Empty, "name_empty"),
        ("\u{200b}\u{200d}\u{feff}", Empty, "name_empty"),
        (" \u{a0} ", Empty, "name_empty"),
        ("\u{0}", Charset, "name_charset"),
        ("Trần\nMẫu", Charset, "name_charset"),
        ("Trần\tMẫu", Charset, "name_charset"),
        ("Trần\u{2028}Mẫu", Charset, "name_charset"),
        ("Trần\u{202e}Mẫu", Charset, "name_charset"),
        ("<b>Mẫu", Charset, "name_charset"),
        ("Mẫu|Mẫu", Charset, "name_charset"),
        ("Mẫu\\", Charset, "name_charset"),
        ("{Mẫu}", Charset, "name_charset"),
        (&long, Length, "name_length"),
        (&marks, Length, "name_length"),
        (&split_marks, Length, "name_length"),
        (&hundred_and_one, Length, "name_length"),
        (&huge_of_breaks, Length, "name_length"),
        (&sixteen_words, Length, "name_length"),
    ] {
        assert_eq!(key(text), Err(refusal), "{text:.20}");
        assert_eq!(refusal.code(), code);
    }
    assert!(Name::parse(&"ẫ".repeat(100)).is_ok(), "one hundred letters");
    assert!(Name::parse(&"ẫ".repeat(100).nfd().collect::<String>()).is_ok(), "also decomposed");
}

#[test]
fn two_names_are_equal_on_four_levels() {
    use NameEquality::{CompactEqual, Different, Identical, SameName};
    let decomposed: String = "TRẦN THỊ MẪU".nfd().collect();
    for (a, b, expected) in [
        ("TRẦN THỊ MẪU", "trần  thị\u{a0}mẫu ", Identical),
        (decomposed.as_str(), "Trần Thị Mẫu", Identical),
        ("ẪU\u{31b}", "ẫu\u{31b}", Identical),
        ("HÒA", "HOÀ", SameName),
        ("THÚY MẪU", "Thuý Mẫu", SameName),
        ("KHỎE", "KHOẺ", SameName),
        ("LŨY", "LUỸ", SameName),
        ("Loã-Mẫu", "Lõa-Mẫu", SameName),
        ("Ðỗ", "ĐỖ", SameName),
        ("Ɖỗ", "đỗ", SameName),
        ("H’Mẫu", "H'MẪU", SameName),
        ("HʼHoà", "H´Hòa", SameName),
        ("QUÝ", "QÚY", CompactEqual),
        ("QUÝ", "QUÍ", Different),
        ("LÝ", "LÍ", Different),
        ("SĨ", "SỸ", Different),
        ("HOÀI", "HÒAI", CompactEqual),
        ("TOÁN", "TÓAN", CompactEqual),
        ("LÊ VÂN MẪU", "LÊ VĂN MẪU", CompactEqual),
        ("TRẦN THỊ MẬU", "TRÂN THỊ MÂU", CompactEqual),
        ("H'Mẫu", "HMẫu", CompactEqual),
        ("MẪU", "MẪN", Different),
        ("MẪU", "", Different),
        ("字", "名", Different),
        ("", "", Identical),
    ] {
        assert_eq!(equality(a, b), expected, "{a} {b}");
        assert_eq!(equality(b, a), expected, "{b} {a}");
    }
}

#[test]
fn a_search_key_has_only_plain_small_letters_and_digits() {
    for (text, expected) in [
        ("Phường Bến Nghé", "phuongbennghe"),
        ("TP. Hồ Chí Minh", "tphochiminh"),
        ("Đắk Lắk - Ðăk Lăk", "daklakdaklak"),
        ("Xã Ea H'leo 2", "xaeahleo2"),
        ("ƠƯ İ", "oui"),
        ("...", ""),
    ] {
        assert_eq!(search_key(text), expected);
        assert_eq!(search_key(&text.nfd().collect::<String>()), expected);
    }
}

#[test]
fn tidying_composes_across_what_it_removes() {
    assert_eq!(tidy("a\u{200b}\u{301}"), "á");
    assert_eq!(tidy("o\u{31b}\u{301} u\u{31b}"), "ớ ư");
    assert_eq!(tidy("\u{a0} a \t\n b\u{ad}c "), "a bc");
}

proptest! {
    #[test]
    fn tidying_twice_changes_nothing(text in any::<String>()) {
        let once = tidy(&text);
        prop_assert_eq!(tidy(&once), once);
    }

    #[test]
    fn the_compact_key_ignores_the_unicode_form(text in any::<String>()) {
        let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
        prop_assert_eq!(compact(&composed), compact(&decomposed));
    }

    #[test]
    fn vietnamese_names_give_one_key_in_both_forms(text in "[AaĂăÂâEeÊêIiOoÔôƠơUuƯưYyĐđÁẢãạẤặếỢựỳQH' -]{0,30}") {
        let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
        prop_assert_eq!(compact(&composed), compact(&decomposed));
        prop_assert_eq!(equality(&composed, &decomposed), NameEquality::Identical);
        prop_assert_eq!(key(&composed), key(&decomposed));
    }

    #[test]
    fn no_text_makes_parse_panic(text in any::<String>()) {
        if let Ok(name) = Name::parse(&text) {
            prop_assert!(name.compact().bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
            prop_assert!(!name.compact().is_empty());
            prop_assert!(Name::parse(name.display()).is_ok());
        }
        let _ = (equality(&text, "HOÀ"), search_key(&text), has_lookalike_letter(&text));
    }
}
