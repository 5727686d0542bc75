//! What is wrong with an answer. Texts of people never stand in what is told: places are named, values are not.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Heard;
use crate::fleet::cast::{BRIDE, Cast, Expected, GROOM, HOUSEHOLDS, PATTERNS};
use crate::fleet::catalogue::{versions, without_version};

/// What a look-up that failed upstream may be told as. `not_found` is not among them.
const OUTAGES: [&str; 11] = [
    "upstream_fault",
    "upstream_paused",
    "upstream_unreachable",
    "upstream_html_page",
    "timeout",
    "throttled",
    "auth_failed",
    "reply_malformed",
    "reply_empty",
    "reply_truncated",
    "reply_wrong_person",
];

/// What one failed look-up of two may be told as. `not_found` is not among them.
const PARTIAL: [&str; 6] = ["upstream_fault", "timeout", "throttled", "auth_failed", "malformed", "maintenance"];

/// What was asked.
pub enum Asked {
    /// A form for a person, by its place among the person's forms.
    Form { person: usize, form: usize },
    /// A form for the groom and the bride of a household.
    Couple { household: usize },
    /// The same form for several people.
    Batch { people: Vec<usize> },
    /// A form for the right number with another name.
    Nobody { person: usize },
    /// Whether a typed name is the person's own.
    Typed { person: usize, right: bool },
    /// Whether the person exists.
    Exists { person: usize },
    /// What the catalogue says of a service.
    Service,
}

/// What came of a question.
#[derive(Default)]
pub struct Judged {
    /// A status and code for each part of the answer.
    pub labels: Vec<String>,
    pub wrong: Vec<String>,
    /// What must be on record.
    pub heard: Vec<Heard>,
    /// People who exist and of whom it was said that nobody was found.
    pub absent: Vec<usize>,
}

/// Who judges: he knows what every form must say.
pub struct Judge {
    couples: Vec<Expected>,
}

impl Judge {
    pub fn new(cast: &Cast) -> Self {
        Self { couples: (0..HOUSEHOLDS).map(|household| cast.couple(household).1).collect() }
    }

    /// An answer that came whole. `oldest` is the version of the catalogue that every replica had when it was asked for.
    pub fn hear(&self, cast: &Cast, asked: &Asked, status: u16, text: &str, oldest: u32) -> Judged {
        let mut judged = Judged::default();
        let Ok(answer) = serde_json::from_str::<Value>(text) else {
            judged.wrong.push(format!("status {status} without JSON"));
            return judged;
        };
        match asked {
            Asked::Batch { people } if status == 200 => {
                let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
                if items.len() != people.len() {
                    judged.wrong.push(format!("{} items for {} people", items.len(), people.len()));
                }
                for (person, item) in people.iter().zip(items) {
                    let form = Asked::Form { person: *person, form: 0 };
                    match item.get("answer") {
                        Some(answer) => self.part(cast, &form, 200, answer, oldest, &mut judged),
                        None => {
                            let status =
                                item["problem"]["status"].as_u64().and_then(|status| u16::try_from(status).ok());
                            self.part(cast, &form, status.unwrap_or(0), &item["problem"], oldest, &mut judged);
                        }
                    }
                }
            }
            _ => self.part(cast, asked, status, &answer, oldest, &mut judged),
        }
        judged
    }

    fn part(&self, cast: &Cast, asked: &Asked, status: u16, answer: &Value, oldest: u32, judged: &mut Judged) {
        let code = if status == 200 { "ok" } else { answer["code"].as_str().unwrap_or("no code") };
        judged.labels.push(format!("{status} {code}"));
        let wrong = if status == 200 {
            self.good(cast, asked, answer, oldest, &mut judged.absent)
        } else {
            let wrong = refused(cast, asked, answer, code, &mut judged.absent);
            wrong.into_iter().collect()
        };
        judged.wrong.extend(wrong.into_iter().map(|wrong| format!("{}: {wrong}", about(asked))));
        if !matches!(asked, Asked::Service) {
            judged.heard.push(heard(asked, status, answer));
        }
    }

    /// What is wrong with an answer that is none of a problem.
    fn good(&self, cast: &Cast, asked: &Asked, answer: &Value, oldest: u32, absent: &mut Vec<usize>) -> Vec<String> {
        let text = answer.to_string();
        let (told, versions) = (cast.people_in(&text), versions(&text));
        let (mut wrong, failed) = (Vec::new(), failed(asked, answer));
        let [version] = versions.iter().copied().collect::<Vec<_>>()[..] else {
            return vec![format!("made from the catalogues {versions:?}")];
        };
        if version < oldest {
            wrong.push(format!("made from catalogue {version}, {oldest} was in use everywhere"));
        }
        let looked_up = people_of(asked).into_iter().filter(|person| !failed.iter().any(|(who, ..)| who == person));
        let asked_for = BTreeSet::from_iter(looked_up);
        let mixed = match asked {
            // What was typed is only repeated where the register says otherwise.
            Asked::Typed { .. } | Asked::Exists { .. } | Asked::Service => !told.is_subset(&asked_for),
            _ => told != asked_for,
        };
        if mixed {
            wrong.push(format!("MIXED: it tells of {told:?}"));
        }
        let answer: Value = serde_json::from_str(&without_version(&text, version)).expect("JSON as before");
        match asked {
            Asked::Form { person, form } => {
                wrong.extend(differences(&answer, &cast.people[*person].expected[*form]));
            }
            Asked::Couple { household } => {
                let mut expected = self.couples[*household].clone();
                for (_, role, outcome) in &failed {
                    if !PARTIAL.contains(&outcome.as_str()) {
                        wrong.push(format!("one of two is told as {outcome}"));
                    }
                    without(&mut expected, role, outcome);
                }
                wrong.extend(differences(&answer, &expected));
            }
            Asked::Nobody { .. } => wrong.push("found, and there is nobody".to_owned()),
            Asked::Typed { person, right } => {
                let (result, register) = (&answer["fields"][0]["result"], &answer["fields"][0]["register"]);
                let name = &cast.people[*person].name;
                let good = if *right { result == "match" } else { result == "different" && register == name };
                if !good {
                    wrong.push(format!("the typed name is {result}"));
                }
            }
            Asked::Exists { person } => match answer["people"][0]["exists"].as_bool() {
                Some(true) => {}
                // Judged later, as `not_found` is.
                Some(false) => absent.push(*person),
                None => wrong.push("nothing is said of whether somebody exists".to_owned()),
            },
            Asked::Service | Asked::Batch { .. } => {}
        }
        wrong
    }
}

/// The people of a form for two whose look-up failed: who, in which role, and as what it is told.
fn failed(asked: &Asked, answer: &Value) -> Vec<(usize, &'static str, String)> {
    let Asked::Couple { household } = asked else { return Vec::new() };
    let roles = [("ben_nu", household * PATTERNS + BRIDE), ("ben_nam", household * PATTERNS + GROOM)];
    let lookups = answer["lookups"].as_array().map(Vec::as_slice).unwrap_or_default();
    // Which role the groom has is told by his record: without one he is only the citizen.
    let named =
        |lookup: &Value, role: &str| lookup["person"] == role || role == "ben_nam" && lookup["person"] == "citizen";
    let outcome = |role: &str| lookups.iter().find(|lookup| named(lookup, role)).map(|found| &found["outcome"]);
    let failed = roles.into_iter().filter_map(|(role, person)| match outcome(role).and_then(Value::as_str) {
        Some("found") => None,
        outcome => Some((person, role, outcome.unwrap_or("nothing").to_owned())),
    });
    failed.collect()
}

/// The form when the look-up for a role failed: its boxes are empty and say why.
fn without(expected: &mut Expected, role: &str, outcome: &str) {
    let prefix = format!("{role}_");
    let keys: Vec<String> = expected.data.keys().filter(|key| key.starts_with(&prefix)).cloned().collect();
    for key in keys {
        expected.data.remove(&key);
        expected.reasons.insert(format!("/{key}"), format!("lookup_{outcome}").into());
    }
}

/// What is wrong with a problem.
fn refused(cast: &Cast, asked: &Asked, problem: &Value, code: &str, absent: &mut Vec<usize>) -> Option<String> {
    if !cast.people_in(&problem.to_string()).is_empty() {
        return Some("a problem tells of somebody".to_owned());
    }
    let nobody = matches!(asked, Asked::Nobody { .. });
    match (code, people_of(asked).first()) {
        ("not_found", _) if nobody => None,
        // Judged later: whether upstream said so at that time.
        ("not_found", Some(person)) => {
            absent.push(*person);
            None
        }
        // An outage says which one it is, and that it is one.
        (code, Some(_)) if OUTAGES.contains(&code) && problem["outcome"].is_string() => None,
        (code, _) => Some(format!("refused with {code} ({})", problem["cause"])),
    }
}

fn about(asked: &Asked) -> String {
    match asked {
        Asked::Form { person, form } => format!("form {form} of person {person}"),
        Asked::Couple { household } => format!("couple of household {household}"),
        Asked::Batch { people } => format!("batch of {people:?}"),
        Asked::Nobody { person, .. } => format!("nobody with the number of {person}"),
        Asked::Typed { person, right } => format!("typed name of person {person} ({right})"),
        Asked::Exists { person } => format!("whether person {person} exists"),
        Asked::Service => "a service".to_owned(),
    }
}

/// Whom the answer is about.
pub fn people_of(asked: &Asked) -> Vec<usize> {
    match asked {
        Asked::Form { person, .. } | Asked::Nobody { person, .. } => vec![*person],
        Asked::Typed { person, .. } | Asked::Exists { person } => vec![*person],
        Asked::Couple { household } => vec![household * PATTERNS + BRIDE, household * PATTERNS + GROOM],
        Asked::Batch { people } => people.clone(),
        Asked::Service => Vec::new(),
    }
}

fn heard(asked: &Asked, status: u16, answer: &Value) -> Heard {
    let kind = match asked {
        _ if status != 200 => "refusal",
        Asked::Typed { .. } | Asked::Exists { .. } => "verify",
        _ => "disclosure",
    };
    // Another name makes another person of it.
    let nobody = matches!(asked, Asked::Nobody { .. });
    let people = if nobody { Vec::new() } else { people_of(asked) };
    let id = answer["request_id"].as_str().unwrap_or("no request id").to_owned();
    Heard { id, kind, people }
}

/// Places at which an answer differs from what the form must say.
fn differences(answer: &Value, expected: &Expected) -> Vec<String> {
    let (mut reasons, mut suggested) = (Map::new(), Map::new());
    for field in answer["fields"].as_array().into_iter().flatten() {
        let path = field["path"].as_str().unwrap_or_default().to_owned();
        match field["state"].as_str() {
            Some("empty") => drop(reasons.insert(path, field["reason"].clone())),
            Some("suggested") => drop(suggested.insert(path, field["value"].clone())),
            _ => {}
        }
    }
    let none = Map::new();
    let data = answer["data"].as_object().unwrap_or(&none);
    let parts = [(data, &expected.data), (&reasons, &expected.reasons), (&suggested, &expected.suggested)];
    let mut places = BTreeSet::new();
    for (told, expected) in parts {
        places.extend(expected.iter().filter(|(key, value)| told.get(*key) != Some(value)).map(|(key, _)| key.clone()));
        places.extend(told.keys().filter(|key| !expected.contains_key(*key)).cloned());
    }
    places.into_iter().map(|place| format!("WRONG at {place}")).collect()
}
