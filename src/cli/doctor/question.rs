//! The one question that is asked: an invented person for a rehearsal, a file or standard input for a real connection.
//!
//! Personal data never stands in an argument, because arguments are seen by everybody on the machine and kept in
//! histories. Errors name lines and keys, never values.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::check::{Words, words};
use crate::catalog;
use crate::citizen::person_file::Person;
use crate::citizen::{AttributeSet, BirthDate, Name, Number, PartialDate, PersonName, Query};
use crate::clock::today_in_viet_nam;
use crate::config::{Code, ConnectionSettings, SecretFile};
use crate::population::LookUp;

/// What a question file must say, one `key: value` a line.
const KEYS: [&str; 7] = ["number", "name", "birth_date", "officer", "agency", "dossier", "service"];

/// The largest question that anybody writes, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Reads the question of a file, or of standard input (`-`).
///
/// # Errors
/// What is wrong with it, by line and key.
pub fn read(source: &Path) -> anyhow::Result<LookUp> {
    let mut text = Zeroizing::new(String::with_capacity(4096));
    if source == Path::new("-") {
        std::io::stdin().lock().take(LARGEST).read_to_string(&mut text)?;
    } else {
        let shown = source.display();
        SecretFile::check_mode(source).map_err(|message| anyhow::anyhow!("--question-from: {shown} {message}"))?;
        std::fs::File::open(source)?.take(LARGEST).read_to_string(&mut text)?;
    }
    parse(&text).map_err(|message| anyhow::anyhow!("--question-from: {message}"))
}

fn parse(text: &str) -> Result<LookUp, String> {
    let mut given: HashMap<&str, &str> = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        let (line, at) = (line.trim(), index + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let known = line.split_once(':').map(|(key, value)| (key.trim(), value.trim()));
        let Some((key, value)) = known.filter(|(key, _)| KEYS.contains(key)) else {
            return Err(format!("line {at} must be one of these keys, a colon and a value: {}", KEYS.join(", ")));
        };
        if given.insert(key, value).is_some() {
            return Err(format!("line {at} gives `{key}` for the second time"));
        }
    }
    let value = |key: &str| match given.get(key) {
        Some(value) if !value.is_empty() => Ok((*value).to_owned()),
        _ => Err(format!("`{key}` is missing; needed are {}", KEYS.join(", "))),
    };
    let refused = |key: &str, code: &str| format!("`{key}` cannot be used ({code})");
    let number = Zeroizing::new(value("number")?);
    let name = Zeroizing::new(value("name")?);
    let birth_date = Zeroizing::new(value("birth_date")?);
    Ok(LookUp {
        query: Query {
            number: Number::parse(&number).map_err(|refusal| refused("number", refusal.code()))?,
            name: Some(Name::parse(&name).map_err(|refusal| refused("name", refusal.code()))?),
            birth_date: Some(
                PartialDate::parse_iso(&birth_date, today_in_viet_nam())
                    .map_err(|refusal| refused("birth_date", refusal.code()))?,
            ),
        },
        keep: AttributeSet::all(),
        service: value("service")?,
        officer: value("officer")?,
        agency: value("agency")?,
        dossier: value("dossier")?,
    })
}

/// Whether a person of this question may be asked for over this connection: invented people never go to a real one, and
/// real people never to a rehearsal. Nor is a connection asked that the service would not ask.
///
/// # Errors
/// Why not.
pub fn may_ask(settings: &ConnectionSettings, look_up: &LookUp) -> Result<(), Words> {
    match (settings.rehearsal, look_up.query.number.is_invented()) {
        (true, true) | (false, false) if settings.serves.fits(&look_up.service, &look_up.agency) => Ok(()),
        (true, true) | (false, false) => Err(words(
            "kết nối này không phục vụ dịch vụ và cơ quan trong câu hỏi (`serves`)",
            "this connection does not serve the service and agency of the question (`serves`)",
        )),
        (true, false) => Err(words(
            "kết nối diễn tập chỉ được hỏi về người bịa ra (số bắt đầu bằng 999)",
            "a rehearsal may only be asked for invented people (numbers that start with 999)",
        )),
        (false, true) => Err(words(
            "kết nối thật không được hỏi về người bịa ra (số bắt đầu bằng 999)",
            "a real connection may not be asked for invented people (numbers that start with 999)",
        )),
    }
}

/// The same question for one connection more.
pub fn again(look_up: &LookUp) -> LookUp {
    LookUp {
        query: look_up.query.clone(),
        keep: look_up.keep,
        service: look_up.service.clone(),
        officer: look_up.officer.clone(),
        agency: look_up.agency.clone(),
        dossier: look_up.dossier.clone(),
    }
}

/// A question about the first invented person whom a connection can look up: number, name and full birth date, and no
/// other person of the same number.
///
/// # Errors
/// There is none, or the folder cannot be read.
pub fn invented(settings: &ConnectionSettings, people: &Path) -> Result<LookUp, Words> {
    let people = catalog::load_people(people).map_err(|_| {
        words(
            "không đọc được thư mục người bịa ra `people` của danh mục",
            "the catalogue's folder `people` with the invented people cannot be read",
        )
    })?;
    let alone = |person: &&Person| people.iter().filter(|other| other.number == person.number).count() == 1;
    let query = people.iter().filter(alone).find_map(complete_query);
    let query = query.ok_or_else(|| {
        words(
            "không có người bịa ra nào đủ số, họ tên và ngày sinh",
            "no invented person has number, name and birth date",
        )
    })?;
    let request = &settings.request;
    let service = first_listed(&request.procedure, &settings.serves.services);
    Ok(LookUp {
        query,
        keep: AttributeSet::all(),
        service: service.unwrap_or_else(|| catalog::TRIAL_SERVICE.to_owned()),
        officer: first_listed(&request.officer, &[]).unwrap_or_else(|| "doctor".to_owned()),
        agency: agency(&settings.serves.agencies),
        dossier: "doctor".to_owned(),
    })
}

fn complete_query(person: &Person) -> Option<Query> {
    let record = &person.record;
    let BirthDate::Given(birth_date) = record.ngay_sinh else { return None };
    let name = record.ho_va_ten.as_ref().map(PersonName::full)?;
    (birth_date.is_full() && record.blocked().is_none()).then_some(())?;
    Some(Query {
        number: Number::parse(&person.number).ok()?,
        name: Some(Name::parse(&name).ok()?),
        birth_date: Some(birth_date),
    })
}

/// Something that the connection's table lists and its rule serves; without a table the first that the rule names.
fn first_listed(code: &Code, served: &[String]) -> Option<String> {
    match code {
        Code::Table(table) => table.keys().find(|key| served.is_empty() || served.contains(key)).cloned(),
        Code::Asked | Code::Fixed(_) => served.first().cloned(),
    }
}

/// An agency that the rule fits.
fn agency(rules: &[String]) -> String {
    match rules.first() {
        None => "doctor".to_owned(),
        Some(rule) => rule.strip_suffix('*').map_or_else(|| rule.clone(), |beginning| format!("{beginning}doctor")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# câu hỏi\nnumber: 999085000001\nname: Nguyễn Văn Mẫu\nbirth_date: 1985-03-12\n\
                        officer: cb-1\nagency: H99.1\ndossier: H99.1-1\nservice: 1.000894\n";

    #[test]
    fn a_question_is_read_line_by_line_in_any_order() {
        let asked = parse(GOOD).ok().expect("a question");
        assert!(asked.query.is_complete() && asked.query.number.is_invented());
        assert_eq!([&*asked.officer, &*asked.agency, &*asked.dossier], ["cb-1", "H99.1", "H99.1-1"]);
        let reversed: Vec<&str> = GOOD.lines().rev().collect();
        assert!(parse(&reversed.join("\r\n")).is_ok());
    }

    #[test]
    fn a_bad_question_is_refused_by_line_and_key_without_its_values() {
        let cases = [
            (GOOD.replace("dossier: H99.1-1\n", ""), "`dossier` is missing"),
            (GOOD.replace("officer: cb-1", "officer:"), "`officer` is missing"),
            (GOOD.replace("999085000001", "99908500000x"), "`number` cannot be used"),
            (GOOD.replace("1985-03-12", "12031985"), "`birth_date` cannot be used"),
            (format!("{GOOD}name: Nguyễn Văn Mẫu\n"), "line 9 gives `name` for the second time"),
            (format!("999085000001\n{GOOD}"), "line 1 must be one of"),
        ];
        for (text, expected) in cases {
            let message = parse(&text).err().expect("refused");
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains("99908") && !message.contains("Mẫu"), "{message}");
        }
    }

    #[test]
    fn the_agency_is_one_that_the_rule_fits() {
        for (rules, expected) in [(vec![], "doctor"), (vec!["H01.*", "H02"], "H01.doctor"), (vec!["H02"], "H02")] {
            let rules: Vec<String> = rules.into_iter().map(str::to_owned).collect();
            assert_eq!(agency(&rules), expected);
        }
    }
}
