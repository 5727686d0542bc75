//! The embedded sandbox: answers from invented people, without a network.
//!
//! For trying the service out and for tests. It matches as upstream does (PROTOCOL §11), except that it also answers
//! to the number alone. It must not know of files: it is given the people that were read from the catalogue.

use std::collections::HashMap;
use std::pin::Pin;

use super::{LookUp, Outcome, Source};
use crate::citizen::person_file::Person;
use crate::citizen::{BirthDate, Number, PartialDate, PersonName, PersonalText, Query, Record, name};

/// Invented people as a source.
pub struct SandboxSource {
    /// By twelve-digit number; several files may carry one number.
    people: HashMap<String, Vec<Record>>,
}

impl SandboxSource {
    /// A sandbox with these people.
    pub fn new(people: Vec<Person>) -> Self {
        let mut by_number: HashMap<String, Vec<Record>> = HashMap::new();
        for person in people {
            by_number.entry(person.number).or_default().push(person.record);
        }
        Self { people: by_number }
    }

    /// Matches number, and name and birth date when given (PROTOCOL §11).
    fn answer(&self, look_up: &LookUp) -> Outcome {
        let mut matches = self.with_number(&look_up.query.number).filter(|record| agrees(record, &look_up.query));
        match (matches.next(), matches.next()) {
            (None, _) => Outcome::NotFound,
            (Some(record), None) => {
                let mut record = record.clone();
                record.hints.extend(look_up.query.birth_date_hint(&record));
                Outcome::Found(Box::new(record.reduced(look_up.keep)))
            }
            (Some(_), Some(_)) => Outcome::Multiple,
        }
    }

    fn with_number<'a>(&'a self, number: &'a Number) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        match number {
            Number::Personal(digits) => Box::new(self.people.get(digits.reveal()).into_iter().flatten()),
            Number::OldCard(digits) => Box::new(
                self.people
                    .values()
                    .flatten()
                    .filter(|record| record.so_cmnd.as_ref().map(PersonalText::reveal) == Some(digits.reveal())),
            ),
        }
    }
}

impl Source for SandboxSource {
    fn name(&self) -> &str {
        "sandbox"
    }

    fn needs_complete_query(&self) -> bool {
        false
    }

    fn exists<'a>(&'a self, look_up: &'a LookUp) -> Pin<Box<dyn Future<Output = Result<bool, Outcome>> + Send + 'a>> {
        Box::pin(std::future::ready(match self.answer(look_up) {
            Outcome::Found(_) => Ok(true),
            Outcome::NotFound => Ok(false),
            other => Err(other),
        }))
    }

    fn look_up<'a>(&'a self, look_up: &'a LookUp) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(std::future::ready(self.answer(look_up)))
    }
}

fn agrees(record: &Record, query: &Query) -> bool {
    let name_agrees = query.name.as_ref().is_none_or(|asked| {
        record.ho_va_ten.as_ref().is_some_and(|known| name::compact(&PersonName::full(known)) == asked.compact())
    });
    name_agrees && query.birth_date.is_none_or(|asked| birth_date_agrees(record.ngay_sinh, asked))
}

/// A full date asks for the day; everything less asks with the year, as on the wire (PROTOCOL §4.2, §11).
fn birth_date_agrees(known: BirthDate, asked: PartialDate) -> bool {
    match known {
        BirthDate::NotGiven => false,
        BirthDate::Given(known) if asked.is_full() => known == asked,
        BirthDate::Given(known) => known.year() == asked.year(),
        BirthDate::Conflict { ngay_thang_nam, .. } if asked.is_full() => ngay_thang_nam == asked,
        BirthDate::Conflict { nam, ngay_thang_nam } => [nam, ngay_thang_nam.year()].contains(&asked.year()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citizen::{Attribute, AttributeSet, Name};

    fn person(number: &str, name: &str, birth: &str) -> Person {
        let mut record = Record::default();
        record.so_dinh_danh = PersonalText::given(number);
        record.so_cmnd = PersonalText::given("999000001");
        record.ho_va_ten = PersonName::whole(name);
        record.ngay_sinh = BirthDate::Given(PartialDate::from_iso(birth).expect("date"));
        record.gioi_tinh = PersonalText::given("1");
        Person { number: number.to_owned(), note: String::new(), record }
    }

    fn asked(number: &str, name: Option<&str>, birth: Option<&str>) -> LookUp {
        LookUp {
            query: Query {
                number: Number::parse(number).expect("number"),
                name: name.map(|name| Name::parse(name).expect("name")),
                birth_date: birth.map(|date| PartialDate::from_iso(date).expect("date")),
            },
            keep: AttributeSet::EMPTY.with(Attribute::HoVaTen),
            service: "9.999999".into(),
            officer: "999080000099".into(),
            agency: "H99.99".into(),
            dossier: "H99.99-1".into(),
            trail: crate::population::CallTrail::default(),
        }
    }

    fn sandbox() -> SandboxSource {
        SandboxSource::new(vec![
            person("999085000001", "NGUYỄN VĂN MẪU MỘT", "1985-03-12"),
            person("999085000011", "TRẦN THỊ MẪU", "1985"),
            person("999085000021", "LÊ MẪU ĐÔI", "1985-01-01"),
            person("999085000021", "LÊ MẪU ĐÔI", "1985-02-02"),
        ])
    }

    #[test]
    fn number_name_and_date_must_agree_when_given() {
        let cases = [
            ("999085000001", None, None, "found"),
            ("999085000001", Some("Nguyen van mau mot"), Some("1985-03-12"), "found"),
            ("999085000001", Some("NGUYỄN VĂN MẪU HAI"), None, "not_found"),
            ("999085000001", None, Some("1985-03-13"), "not_found"),
            ("999085000001", None, Some("1985"), "found"),
            ("999085000001", None, Some("1985-05"), "found"),
            ("999085000001", None, Some("1986-03"), "not_found"),
            ("999085000011", None, Some("1985-03-12"), "not_found"),
            ("999085000011", None, Some("1985"), "found"),
            ("999085000099", None, None, "not_found"),
            ("999085000021", None, None, "multiple"),
            ("999085000021", None, Some("1985-02-02"), "found"),
            ("999000001", Some("TRẦN THỊ MẪU"), None, "found"),
            ("999000001", None, None, "multiple"),
        ];
        for (number, name, birth, expected) in cases {
            assert_eq!(sandbox().answer(&asked(number, name, birth)).label(), expected, "{number} {name:?} {birth:?}");
        }
    }

    #[test]
    fn only_the_wanted_attributes_leave_the_sandbox() {
        let Outcome::Found(record) = sandbox().answer(&asked("999085000001", None, None)) else { panic!("found") };
        assert!(record.ho_va_ten.is_some());
        assert!(record.so_dinh_danh.is_none() && record.gioi_tinh.is_none() && record.so_cmnd.is_none());
    }
}
