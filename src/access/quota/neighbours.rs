//! Numbers that lie next to one another: who walks through numbers asks for them in a row.
//!
//! No number is kept. The numbers around the asked one are hashed and looked for among the officer's people of the
//! hour, step by step outwards, so that the order in which they were asked for makes no difference.

use zeroize::Zeroizing;

use super::super::keyed_hash::HashKey;
use super::super::moment::Moment;
use super::book::HOUR;
use super::window::Window;
use crate::citizen::Number;

/// Serials that differ by so much are neighbours.
const REACH: u32 = 3;
/// The serial: the last six of twelve digits (IDENTITY §3.2). Of an old card's nine digits too: people who walk change
/// the last ones.
const SERIAL_DIGITS: usize = 6;

/// How many people of the hour, the asked one included, form a chain of neighbours around a number; counted up to
/// `most`.
pub fn chain(number: &Number, people: &Window, key: &HashKey, now: Moment, most: usize) -> usize {
    let digits = number.digits();
    let Some((before, serial)) = digits.split_at_checked(digits.len().saturating_sub(SERIAL_DIGITS)) else { return 1 };
    let Ok(serial) = serial.parse::<u32>() else { return 1 };
    let known = |serial: u32| {
        let digits = Zeroizing::new(format!("{before}{serial:06}"));
        digits.len() == before.len() + SERIAL_DIGITS && people.holds(&key.digits(&digits), HOUR, now)
    };
    let mut length = 1;
    let steps: [&dyn Fn(u32, u32) -> Option<u32>; 2] = [&u32::checked_add, &u32::checked_sub];
    for step in steps {
        let mut at = serial;
        while length < most {
            let next = (1..=REACH).filter_map(|by| step(at, by)).find(|serial| known(*serial));
            let Some(next) = next else { break };
            at = next;
            length += 1;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(asked: &[&str], number: &str) -> usize {
        let key = HashKey::new(&[5; 32]).expect("a key");
        let now = Moment::of_seconds(1_800_000_000);
        let mut people = Window::default();
        for number in asked {
            people.touch(key.citizen(&Number::parse(number).expect("a number")), now);
        }
        chain(&Number::parse(number).expect("a number"), &people, &key, now, 8)
    }

    #[test]
    fn a_chain_is_found_in_whatever_order_it_was_asked_for() {
        let row = ["999085000010", "999085000011", "999085000013", "999085000016"];
        assert_eq!(length(&row, "999085000014"), 5);
        assert_eq!(length(&row, "999085000019"), 5);
        assert_eq!(length(&row, "999085000007"), 5);
        assert_eq!(length(&row, "999085000020"), 1);
        assert_eq!(length(&[], "999085000014"), 1);
    }

    #[test]
    fn people_of_another_province_gender_or_year_are_no_neighbours() {
        assert_eq!(length(&["999085000010", "999185000011", "999086000011"], "999085000011"), 2);
        assert_eq!(length(&["999084999999"], "999085000000"), 1);
    }

    #[test]
    fn old_card_numbers_are_chained_too() {
        assert_eq!(length(&["999000001", "999000002"], "999000003"), 3);
    }
}
