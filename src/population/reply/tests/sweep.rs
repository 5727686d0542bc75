//! Every sample of a person, damaged at one place after the other: never "nobody", never somebody else (RISKS T7, U1–U3).

use super::{ADULT, CHILD, EMPTY_ELEMENTS, FOREIGN_BORN, PARENTS_CMND, YEAR_ONLY, name_of, read_as, sample};
use crate::citizen::PersonalText;
use crate::population::Outcome;

pub const PERSONS: [(&str, [&str; 3]); 10] = [
    ("response-037-adult-full.xml", ADULT),
    ("response-037-adult-full.envelope.json", ADULT),
    ("response-037-adult-full.qcvn109.json", ADULT),
    ("response-037-birth-year-only.xml", YEAR_ONLY),
    ("response-037-birth-year-only.wrapped.json", YEAR_ONLY),
    ("response-037-child.xml", CHILD),
    ("response-037-child.bare.json", CHILD),
    ("response-037-empty-elements.xml", EMPTY_ELEMENTS),
    ("response-037-foreign-born.xml", FOREIGN_BORN),
    ("response-037-parents-cmnd-only.xml", PARENTS_CMND),
];
/// Every place would take a minute; each sample begins elsewhere, so that together they meet every kind of place.
const STEP: usize = 13;

/// Reads every damaged form of every sample; says how many that were.
fn every_place(damage: impl Fn(&[u8], usize) -> Vec<u8>, check: impl Fn(&Outcome, &str, [&str; 3], usize)) -> usize {
    let mut read = 0;
    for (start, (file, person)) in PERSONS.iter().enumerate() {
        let body = sample(file).into_bytes();
        for place in (start..body.len()).step_by(STEP) {
            check(&read_as(200, None, &damage(&body, place), *person), file, *person, place);
            read += 1;
        }
    }
    read
}

fn is_the_same_person_or_refused(outcome: &Outcome, file: &str, person: [&str; 3], place: usize) {
    match outcome {
        Outcome::Found(record) => {
            let number = record.so_dinh_danh.as_ref().map(PersonalText::reveal);
            assert_eq!(number, Some(person[0]), "{file} at {place}");
        }
        Outcome::Malformed(_) | Outcome::UpstreamFault(_) => {}
        other => panic!("{} for {file} at {place}", name_of(other)),
    }
}

#[test]
fn a_byte_that_is_missing_never_makes_nobody_or_somebody_else_of_a_person() {
    let without = |body: &[u8], place: usize| [&body[..place], &body[place + 1..]].concat();
    assert!(every_place(without, is_the_same_person_or_refused) > 2_000);
}

#[test]
fn a_bit_that_is_flipped_never_makes_nobody_or_somebody_else_of_a_person() {
    for bit in [0, 3, 5] {
        let flipped = |body: &[u8], place: usize| {
            let mut body = body.to_vec();
            body[place] ^= 1 << bit;
            body
        };
        assert!(every_place(flipped, is_the_same_person_or_refused) > 2_000);
    }
}

#[test]
fn a_body_that_is_cut_is_never_read() {
    let cut = |body: &[u8], place: usize| body[..place].to_vec();
    let check = |outcome: &Outcome, file: &str, _: [&str; 3], place: usize| {
        // Only white space at the end may be missing.
        let is_whole = sample(file).trim_end().len() <= place;
        assert_eq!(matches!(outcome, Outcome::Malformed(_)), !is_whole, "{} for {file} at {place}", name_of(outcome));
    };
    assert!(every_place(cut, check) > 2_000);
}
