//! Faults that were switched on, and reply styles that were chosen, in the order in which they came.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::super::behaviours::{Behaviour, Fault, Places};
use super::super::reply_style::Style;

/// At which addresses a rule is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    Data,
    Token,
    Any,
}

impl Where {
    pub const ALL: [Self; 3] = [Self::Data, Self::Token, Self::Any];

    pub fn word(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Token => "token",
            Self::Any => "any",
        }
    }

    /// Whether a behaviour makes sense there.
    pub fn suits(self, behaviour: Behaviour) -> bool {
        match behaviour.places() {
            Places::Data => self == Self::Data,
            Places::Token => self == Self::Token,
            Places::Both => true,
        }
    }
}

/// Which calls a rule hits, and how many.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// The number that is asked for; `None`: any.
    pub number: Option<String>,
    /// The address that is called; `None`: any.
    pub path: Option<String>,
    /// How many calls it hits; `None`: until it is removed.
    pub calls: Option<u64>,
}

/// A fault and when it happens.
#[derive(Clone, Debug)]
pub struct FaultRule {
    pub fault: Fault,
    pub place: Where,
    pub narrowing: Narrowing,
}

/// A rule as `GET /control/faults` lists it.
#[derive(Serialize, Debug, PartialEq, Eq)]
pub struct ListedFault {
    pub id: u64,
    pub fault: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<u32>,
    #[serde(rename = "where")]
    pub place: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
    /// Calls that it has hit.
    pub hits: u64,
}

/// The faults that are switched on.
#[derive(Default)]
pub struct FaultRules(Mutex<Numbered<FaultRule>>);

/// The reply styles that were chosen.
#[derive(Default)]
pub struct StyleRules(Mutex<Numbered<(Style, Narrowing)>>);

/// Rules with their ids and hits; ids are never used twice.
struct Numbered<T> {
    last_id: u64,
    rules: Vec<Numbering<T>>,
}

struct Numbering<T> {
    id: u64,
    hits: u64,
    rule: T,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { last_id: 0, rules: Vec::new() }
    }
}

impl<T> Numbered<T> {
    fn add(&mut self, rule: T) -> u64 {
        self.last_id += 1;
        self.rules.push(Numbering { id: self.last_id, hits: 0, rule });
        self.last_id
    }

    /// The first rule that fits and has calls left; counts the hit.
    fn take(&mut self, narrowing: impl Fn(&T) -> Option<&Narrowing>, number: &str, path: Option<&str>) -> Option<&T> {
        let found = self.rules.iter_mut().find(|numbered| {
            narrowing(&numbered.rule).is_some_and(|narrowing| narrowing.hits(number, path, numbered.hits))
        })?;
        found.hits += 1;
        Some(&found.rule)
    }
}

impl Narrowing {
    fn hits(&self, number: &str, path: Option<&str>, so_far: u64) -> bool {
        self.calls.is_none_or(|calls| so_far < calls)
            && self.number.as_deref().is_none_or(|wanted| wanted == number)
            && self.path.as_deref().is_none_or(|wanted| path == Some(wanted))
    }
}

impl FaultRules {
    /// Switches a fault on; the id removes it.
    pub fn add(&self, rule: FaultRule) -> u64 {
        lock(&self.0).add(rule)
    }

    /// Whether there was such a rule.
    pub fn remove(&self, id: u64) -> bool {
        let mut rules = lock(&self.0);
        let before = rules.rules.len();
        rules.rules.retain(|numbered| numbered.id != id);
        rules.rules.len() < before
    }

    pub fn clear(&self) {
        lock(&self.0).rules.clear();
    }

    pub fn list(&self) -> Vec<ListedFault> {
        let listed = |numbered: &Numbering<FaultRule>| {
            let FaultRule { fault, place, narrowing } = &numbered.rule;
            ListedFault {
                id: numbered.id,
                fault: fault.behaviour.name(),
                parameter: fault.behaviour.parameter().map(|_| fault.parameter),
                place: place.word(),
                number: narrowing.number.clone(),
                path: narrowing.path.clone(),
                calls: narrowing.calls,
                hits: numbered.hits,
            }
        };
        lock(&self.0).rules.iter().map(listed).collect()
    }

    /// The fault of a look-up; counts the hit.
    pub fn at_look_up(&self, number: &str, path: Option<&str>) -> Option<Fault> {
        self.take(Where::Data, number, path)
    }

    /// The fault of a token request; counts the hit.
    pub fn at_token_request(&self, path: &str) -> Option<Fault> {
        self.take(Where::Token, "", Some(path))
    }

    fn take(&self, place: Where, number: &str, path: Option<&str>) -> Option<Fault> {
        let here = |rule: &FaultRule| rule.place == place || rule.place == Where::Any;
        let mut rules = lock(&self.0);
        rules.take(|rule| here(rule).then_some(&rule.narrowing), number, path).map(|rule| rule.fault)
    }
}

impl StyleRules {
    /// Chooses a style for a person, or for everybody.
    pub fn add(&self, style: Style, narrowing: Narrowing) -> u64 {
        lock(&self.0).add((style, narrowing))
    }

    pub fn clear(&self) {
        lock(&self.0).rules.clear();
    }

    /// How many were chosen and not removed.
    pub fn len(&self) -> usize {
        lock(&self.0).rules.len()
    }

    /// The style of an answer about a number; counts the hit.
    pub fn take(&self, number: &str) -> Option<Style> {
        lock(&self.0).take(|(_, narrowing)| Some(narrowing), number, None).map(|(style, _)| *style)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(behaviour: Behaviour, place: Where, narrowing: Narrowing) -> FaultRule {
        FaultRule { fault: behaviour.with(None).expect("the usual parameter"), place, narrowing }
    }

    fn at(rules: &FaultRules, number: &str, path: &str) -> Option<Behaviour> {
        rules.at_look_up(number, Some(path)).map(|fault| fault.behaviour)
    }

    #[test]
    fn the_first_rule_that_fits_wins_as_often_as_it_says() {
        let rules = FaultRules::default();
        let twice = Narrowing { calls: Some(2), ..Narrowing::default() };
        let one_number = Narrowing { number: Some("999085000001".to_owned()), ..Narrowing::default() };
        rules.add(rule(Behaviour::Reset, Where::Data, one_number));
        rules.add(rule(Behaviour::Delay, Where::Data, twice));
        rules.add(rule(Behaviour::Unavailable, Where::Any, Narrowing::default()));
        assert_eq!(at(&rules, "999085000001", "/x"), Some(Behaviour::Reset));
        assert_eq!(at(&rules, "999085000002", "/x"), Some(Behaviour::Delay));
        assert_eq!(at(&rules, "999085000002", "/x"), Some(Behaviour::Delay));
        assert_eq!(at(&rules, "999085000002", "/x"), Some(Behaviour::Unavailable));
        assert_eq!(rules.at_token_request("/token").map(|fault| fault.behaviour), Some(Behaviour::Unavailable));
        let hits: Vec<u64> = rules.list().iter().map(|listed| listed.hits).collect();
        assert_eq!(hits, [1, 2, 2]);
    }

    #[test]
    fn a_rule_for_an_address_fits_there_only() {
        let rules = FaultRules::default();
        let there = Narrowing { path: Some("/direct/037".to_owned()), ..Narrowing::default() };
        let id = rules.add(rule(Behaviour::Reset, Where::Data, there));
        assert_eq!(at(&rules, "999085000001", "/direct/033"), None);
        assert_eq!(rules.at_look_up("999085000001", None), None);
        assert_eq!(at(&rules, "999085000001", "/direct/037"), Some(Behaviour::Reset));
        assert!(rules.remove(id) && !rules.remove(id));
        assert_eq!(at(&rules, "999085000001", "/direct/037"), None);
        assert_eq!(rules.add(rule(Behaviour::Reset, Where::Data, Narrowing::default())), id + 1, "ids are not reused");
    }

    #[test]
    fn a_style_is_chosen_for_a_person_and_for_a_number_of_answers() {
        let styles = StyleRules::default();
        let prefix = |prefix| Style { prefix, ..Style::of_number("999085000001") };
        let once = Narrowing { number: Some("999085000001".to_owned()), calls: Some(1), ..Narrowing::default() };
        styles.add(prefix("one"), once);
        styles.add(prefix("all"), Narrowing::default());
        let taken = |number| styles.take(number).map(|style| style.prefix);
        assert_eq!(
            [taken("999085000001"), taken("999085000001"), taken("999085000002")],
            [Some("one"), Some("all"), Some("all")]
        );
        styles.clear();
        assert_eq!((taken("999085000001"), styles.len()), (None, 0));
    }
}
