//! The register of the simulator: whom a search finds (PROTOCOL §11).
//!
//! Number, compact name and birth date must all hold (the later field set of 033 asks without a birth date). A wrong name, a wrong date and an unknown number look the same
//! from outside (PROTOCOL §6.1).

use std::collections::HashMap;

use super::request::{SearchRequest, SearchedBirth};
use crate::citizen::person_file::Person;
use crate::citizen::{BirthDate, PartialDate, PersonalText, Record, name};

/// The invented people, found by either number.
pub struct Register {
    entries: Vec<Entry>,
    /// 12-digit and 9-digit numbers to positions in `entries`; their lengths keep them apart.
    by_number: HashMap<String, Vec<usize>>,
}

struct Entry {
    record: Record,
    compact_name: PersonalText,
}

impl Register {
    /// Takes up everybody who can be found, that is who has a name.
    pub fn new(people: Vec<Person>) -> Self {
        let mut register = Self { entries: Vec::new(), by_number: HashMap::new() };
        for person in people {
            register.take_up(person);
        }
        register
    }

    /// How many people can be found.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Everybody who matches number, name and, where one is asked, birth date.
    pub fn find(&self, request: &SearchRequest) -> Vec<&Record> {
        let positions = self.by_number.get(request.number.digits()).map(Vec::as_slice).unwrap_or_default();
        let entries = positions.iter().filter_map(|position| self.entries.get(*position));
        let born = |record: &Record| request.birth.is_none_or(|searched| birth_matches(record.ngay_sinh, searched));
        entries
            .filter(|entry| entry.compact_name == request.name && born(&entry.record))
            .map(|entry| &entry.record)
            .collect()
    }

    fn take_up(&mut self, person: Person) {
        let Some(full_name) = person.record.ho_va_ten.as_ref().map(|name| name.full()) else { return };
        let Some(compact_name) = PersonalText::given(name::compact(&full_name)) else { return };
        for number in numbers(&person) {
            self.by_number.entry(number).or_default().push(self.entries.len());
        }
        self.entries.push(Entry { record: person.record, compact_name });
    }
}

/// The 12-digit personal number and the 9-digit card number under which a person is found. The number of the file
/// stands in where the record gives none; a 12-digit `SoCMND` is not searchable, because no client sends one.
fn numbers(person: &Person) -> Vec<String> {
    let personal = person.record.so_dinh_danh.as_ref().map_or(person.number.as_str(), PersonalText::reveal);
    let card = person.record.so_cmnd.as_ref().map(PersonalText::reveal).filter(|card| card.len() == 9);
    let mut numbers = vec![personal.to_owned()];
    numbers.extend(card.map(str::to_owned));
    numbers
}

/// A year in the query matches every date of that year; a day in the query matches only that day, so never a record
/// that knows less. A record that contradicts itself is found by the values it is sent with.
fn birth_matches(record: BirthDate, searched: SearchedBirth) -> bool {
    match (record, searched) {
        (BirthDate::NotGiven, _) => false,
        (BirthDate::Given(date), SearchedBirth::Year(year)) => i32::from(date.year()) == i32::from(year),
        (BirthDate::Given(date), SearchedBirth::Date(day)) => is_day(date, day),
        (BirthDate::Conflict { nam, ngay_thang_nam }, SearchedBirth::Year(year)) => {
            [nam, ngay_thang_nam.year()].into_iter().any(|known| i32::from(known) == i32::from(year))
        }
        (BirthDate::Conflict { ngay_thang_nam, .. }, SearchedBirth::Date(day)) => is_day(ngay_thang_nam, day),
    }
}

fn is_day(date: PartialDate, day: jiff::civil::Date) -> bool {
    let same = |part: Option<u8>, wanted: i8| part.is_some_and(|part| i16::from(part) == i16::from(wanted));
    i32::from(date.year()) == i32::from(day.year()) && same(date.month(), day.month()) && same(date.day(), day.day())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::request::SearchedNumber;
    use super::*;
    use crate::citizen::PersonName;

    fn given(text: &str) -> PersonalText {
        PersonalText::given(text).expect("not blank")
    }

    fn person(number: &str, full_name: &str, birth: BirthDate) -> Person {
        let mut record = Record::default();
        record.so_dinh_danh = PersonalText::given(number);
        record.ho_va_ten = PersonName::whole(full_name);
        record.ngay_sinh = birth;
        Person { number: number.to_owned(), note: String::new(), record }
    }

    fn born(year: u16, month: Option<u8>, day: Option<u8>) -> BirthDate {
        BirthDate::Given(PartialDate::new(year, month, day).expect("a date"))
    }

    fn search(number: SearchedNumber, name: &str, birth: SearchedBirth) -> SearchRequest {
        SearchRequest {
            request_id: "A".to_owned(),
            officer: "M".to_owned(),
            number,
            name: given(name),
            birth: Some(birth),
        }
    }

    fn found(register: &Register, name: &str, birth: SearchedBirth) -> usize {
        register.find(&search(SearchedNumber::Personal(given("999185000001")), name, birth)).len()
    }

    fn one(birth: BirthDate) -> Register {
        Register::new(vec![person("999185000001", "TRẦN THỊ MẪU", birth)])
    }

    const DAY: SearchedBirth = SearchedBirth::Date(date(1985, 3, 12));
    const YEAR: SearchedBirth = SearchedBirth::Year(1985);

    #[test]
    fn number_name_and_date_together_find_one_person() {
        let register = one(born(1985, Some(3), Some(12)));
        assert_eq!(found(&register, "TRANTHIMAU", DAY), 1);
        let other = search(SearchedNumber::Personal(given("999185000002")), "TRANTHIMAU", DAY);
        assert!(register.find(&other).is_empty());
    }

    #[test]
    fn a_wrong_name_is_not_found() {
        assert_eq!(found(&one(born(1985, Some(3), Some(12))), "TRANTHIMAUX", DAY), 0);
    }

    #[test]
    fn a_wrong_date_is_not_found() {
        let register = one(born(1985, Some(3), Some(12)));
        for wrong in [date(1985, 12, 3), date(1985, 3, 13), date(1986, 3, 12)] {
            assert_eq!(found(&register, "TRANTHIMAU", SearchedBirth::Date(wrong)), 0);
        }
    }

    #[test]
    fn a_year_finds_a_full_date_of_that_year() {
        let register = one(born(1985, Some(3), Some(12)));
        assert_eq!(found(&register, "TRANTHIMAU", YEAR), 1);
        assert_eq!(found(&register, "TRANTHIMAU", SearchedBirth::Year(1986)), 0);
    }

    #[test]
    fn a_day_does_not_find_a_record_that_knows_less() {
        for known in [born(1985, None, None), born(1985, Some(3), None)] {
            assert_eq!(found(&one(known), "TRANTHIMAU", DAY), 0);
            assert_eq!(found(&one(known), "TRANTHIMAU", YEAR), 1);
        }
        assert_eq!(found(&one(BirthDate::NotGiven), "TRANTHIMAU", YEAR), 0);
    }

    #[test]
    fn a_question_without_a_birth_date_matches_number_and_name() {
        let register = one(born(1985, Some(3), Some(12)));
        for (name, expected) in [("TRANTHIMAU", 1), ("TRANTHIMAUX", 0)] {
            let mut asked = search(SearchedNumber::Personal(given("999185000001")), name, DAY);
            asked.birth = None;
            assert_eq!(register.find(&asked).len(), expected, "{name}");
        }
    }

    #[test]
    fn two_people_with_one_number_are_both_found() {
        let both = || person("999185000001", "TRẦN THỊ MẪU", born(1985, None, None));
        assert_eq!(found(&Register::new(vec![both(), both()]), "TRANTHIMAU", YEAR), 2);
    }

    #[test]
    fn the_old_card_number_finds_too() {
        let mut holder = person("999185000001", "TRẦN THỊ MẪU", born(1985, None, None));
        holder.record.so_cmnd = PersonalText::given("999000001");
        let register = Register::new(vec![holder]);
        assert_eq!(register.find(&search(SearchedNumber::OldCard(given("999000001")), "TRANTHIMAU", YEAR)).len(), 1);
    }

    #[test]
    fn a_contradicting_record_is_found_by_the_values_it_is_sent_with() {
        let register = one(BirthDate::Conflict {
            nam: 1958,
            ngay_thang_nam: PartialDate::from_iso("1985-03-12").expect("a date"),
        });
        for birth in [DAY, YEAR, SearchedBirth::Year(1958)] {
            assert_eq!(found(&register, "TRANTHIMAU", birth), 1);
        }
        assert_eq!(found(&register, "TRANTHIMAU", SearchedBirth::Year(1990)), 0);
    }
}
