//! Whatever comes, the reader neither panics nor gives the record of somebody else (RISKS T6, T7).

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::{HttpReply, read_existence, read_token};
use super::{ADULT, CHILD, read_as, sample};
use crate::citizen::PersonalText;
use crate::config::ReplySettings;
use crate::population::Outcome;

const BODIES: [&str; 7] = [
    "response-037-adult-full.xml",
    "response-037-adult-full.envelope.json",
    "response-037-adult-full.qcvn109.json",
    "response-037-child.bare.json",
    "response-037-birth-year-only.wrapped.json",
    "response-soap-fault.xml",
    "gateway-401-token-expired.json",
];

/// Pieces that matter to a reader.
const PIECES: [&str; 14] = [
    "999085000002",
    "999085000001",
    "<",
    ">",
    "&#0;",
    "<!--",
    "]]>",
    "\"",
    "{",
    "[",
    "null",
    "<ns1:CongDan>",
    "ns1:",
    "\u{0}",
];

fn check(status: u16, body: &[u8]) -> Result<(), TestCaseError> {
    for person in [ADULT, CHILD] {
        if let Outcome::Found(record) = read_as(status, None, body, person) {
            prop_assert_eq!(status, 200);
            prop_assert_eq!(record.so_dinh_danh.as_ref().map(PersonalText::reveal), Some(person[0]));
        }
    }
    let reply = HttpReply { status, content_type: None, retry_after: None, body };
    let _ = (read_existence(&reply, &ReplySettings::default()), read_token(&reply).is_ok());
    Ok(())
}

/// Bytes that hold no name of the protocol cannot say that somebody is there, nor that nobody is.
fn check_nothing_is_found(status: u16, body: &[u8]) -> Result<(), TestCaseError> {
    let outcome = read_as(status, None, body, ADULT);
    prop_assert!(!matches!(outcome, Outcome::Found(_) | Outcome::NotFound | Outcome::Multiple), "{}", outcome.label());
    check(status, body)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_survived(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..400)) {
        check_nothing_is_found(status, &body)?;
        check_nothing_is_found(200, &body)?;
    }

    #[test]
    fn arbitrary_markup_is_survived(body in "[<>/&;#xa\"'={}\\[\\]:,!?0 -]{0,120}") {
        check_nothing_is_found(200, body.as_bytes())?;
    }

    #[test]
    fn arbitrary_members_are_survived(body in "\\{\"(Body|Envelope|CongDan|message|a)\":[\"\\[\\]{}:,null0 ]{0,20}\\}") {
        check(200, body.as_bytes())?;
    }

    #[test]
    fn mutated_samples_never_give_somebody_else(
        file in select(&BODIES[..]),
        changes in prop::collection::vec((any::<Index>(), 0_usize..12, select(&PIECES[..]), any::<u8>()), 1..5),
    ) {
        let mut body = sample(file).into_bytes();
        for (place, cut, piece, byte) in changes {
            let at = place.index(body.len() + 1);
            let end = (at + cut).min(body.len());
            if byte < 128 {
                body.splice(at..end, piece.bytes());
            } else {
                body.splice(at..end, [byte]);
            }
        }
        check(200, &body)?;
    }

    #[test]
    fn cut_samples_never_give_a_record_or_nobody(file in select(&BODIES[..5]), place in any::<Index>()) {
        let body = sample(file);
        let end = place.index(body.trim_end().len());
        let outcome = read_as(200, None, &body.as_bytes()[..end], ADULT);
        prop_assert!(matches!(outcome.label(), "malformed" | "upstream_fault"), "{}", outcome.label());
    }

    #[test]
    fn a_changed_digit_of_the_number_never_passes(file in select(&BODIES[..3]), place in 0_usize..12, digit in 0_u8..10) {
        let mut other = ADULT[0].to_owned();
        other.replace_range(place..=place, &digit.to_string());
        let body = sample(file).replacen(ADULT[0], &other, 1);
        let outcome = read_as(200, None, body.as_bytes(), ADULT);
        prop_assert_eq!(outcome.label() == "found", other == ADULT[0]);
        check(200, body.as_bytes())?;
    }
}
