//! The counters of all replicas together, in the tier that they share. Each replica's own counters hold besides: when
//! the tier is away they are what is left, and a limit then counts for each replica apart.
//!
//! Names there are keyed hashes of this deployment. The names of one caller lie on one node, because a script counts
//! them all at once.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::super::alarm::{Alarm, Alarms};
use super::super::keyed_hash::HashKey;
use super::super::refusal::QuotaRefusal;
use super::book::{DAY, DOSSIER, HOUR};
use super::{
    Ask, BESIDE_THE_FORM, FIRST_PAUSE, LOCK, LOCK_AFTER, MISSES_LOCK, Operation, SLOW_AFTER, VERIFY_TRIES, alarm_of,
};
use crate::shared_tier::{AtomicScript, SharedTier};

/// Key in the script's list, span, limit, whether only people with a year alone count, and what a refusal says.
type Limit = (u8, Duration, usize, bool, fn(Duration) -> QuotaRefusal);

/// Counters that all replicas have in common.
pub struct SharedQuotas {
    tier: Arc<SharedTier>,
    key: HashKey,
    admit: AtomicScript,
    standing: AtomicScript,
}

/// A request that was counted for all replicas; it is told what came of it.
pub struct SharedAdmission {
    caller: String,
    /// Whether each citizen of the request is new to the officer within the day.
    fresh: Vec<bool>,
    standing: String,
    misses: String,
}

impl SharedQuotas {
    /// Counters in this tier, under names that this secret hides.
    ///
    /// # Errors
    /// The secret is too short.
    pub fn new(tier: Arc<SharedTier>, secret: &[u8]) -> Result<Self, String> {
        let admit = AtomicScript::new(include_str!("shared.lua"));
        let standing = AtomicScript::new(include_str!("standing.lua"));
        Ok(Self { tier, key: HashKey::new(secret)?, admit, standing })
    }

    /// Counts the people of a request; `None`: the tier cannot be asked, and this replica's own counters decide.
    ///
    /// # Errors
    /// What is used up in all replicas together; no person was counted then.
    pub async fn admit(&self, ask: &Ask<'_>, alarms: &Alarms) -> Result<Option<SharedAdmission>, QuotaRefusal> {
        let (names, dossier) = self.names(ask);
        let limits = limits(ask, dossier);
        let mut arguments = vec![text(ask.quota.requests_per_second), text(tries(ask.operation)), text(limits.len())];
        for (key, span, most, by_year, _) in &limits {
            arguments.extend([text(key), text(span.as_millis()), text(most), text(u8::from(*by_year))]);
        }
        let asked: Vec<(String, bool)> =
            ask.citizens.iter().map(|asked| (self.key.citizen(asked.number).text(), asked.year_only)).collect();
        let people = distinct(&asked);
        for (person, year_only) in &people {
            arguments.extend([text(person), text(u8::from(*year_only))]);
        }
        let Ok(answer) = self.tier.evaluate("quota", &self.admit, &names, &arguments).await else { return Ok(None) };
        let code = answer.first().copied().unwrap_or(0);
        let wait = Duration::from_millis(answer.get(1).copied().and_then(|wait| u64::try_from(wait).ok()).unwrap_or(0));
        let refusal = match code {
            0 => {
                let is_new = |hash: &str| {
                    let place = people.iter().position(|(person, _)| person == hash);
                    place.and_then(|place| answer.get(place + 1)) == Some(&1)
                };
                let fresh = asked.iter().map(|(hash, _)| is_new(hash)).collect();
                let [.., standing, misses] = names;
                return Ok(Some(SharedAdmission { caller: ask.caller.to_owned(), fresh, standing, misses }));
            }
            -1 => QuotaRefusal::Requests { wait },
            -2 => QuotaRefusal::VerifyTries,
            -3 => QuotaRefusal::OfficerLocked { wait },
            -4 => QuotaRefusal::SlowDown { wait },
            number => {
                let limit = usize::try_from(number).ok().and_then(|number| limits.get(number.checked_sub(1)?));
                // An answer that the script does not give says nothing about anybody.
                let Some((.., refusal)) = limit else { return Ok(None) };
                refusal(wait)
            }
        };
        if let Some(alarm) = alarm_of(&refusal) {
            alarms.raise(alarm, ask.caller);
        }
        Err(refusal)
    }

    /// The register knows the citizen at this place of the request, or knows no such one; an outage is never told here.
    pub async fn told(&self, admission: &SharedAdmission, index: usize, found: bool, alarms: &Alarms) {
        // A known number between guesses hides nothing.
        if found && !admission.fresh.get(index).copied().unwrap_or(false) {
            return;
        }
        let miss = Uuid::now_v7().to_string();
        let arguments = [
            text(u8::from(found)),
            miss.into_bytes(),
            text(SLOW_AFTER),
            text(LOCK_AFTER),
            text(MISSES_LOCK),
            text(FIRST_PAUSE.as_millis()),
            text(LOCK.as_millis()),
        ];
        let names = [admission.standing.clone(), admission.misses.clone()];
        let Ok(answer) = self.tier.evaluate("standing", &self.standing, &names, &arguments).await else { return };
        let is = |at: usize| answer.get(at).copied() == Some(1);
        if is(1) {
            alarms.raise(Alarm::NotFoundRun, &admission.caller);
        }
        if is(2) {
            alarms.raise(Alarm::OfficerLocked, &admission.caller);
        }
    }

    /// The names of a request's counters, and whether people are counted for a dossier.
    fn names(&self, ask: &Ask<'_>) -> ([String; 8], bool) {
        let caller = self.key.hash("shared caller", &[ask.caller.as_bytes()]).text();
        let officer = self.key.hash("shared officer", &[ask.caller.as_bytes(), ask.officer.as_bytes()]).text();
        let place = match ask.dossier {
            Some(dossier) => self.key.hash("shared dossier", &[ask.caller.as_bytes(), dossier.as_bytes()]).text(),
            None => self.key.hash("shared no dossier", &[officer.as_bytes()]).text(),
        };
        let name = |kind: &str, of: &str| format!("{}:{of}", self.tier.name(&format!("quota-{kind}"), &caller));
        let names = [
            name("requests", ""),
            name("caller", ""),
            name("officer", &officer),
            name("year-only", &officer),
            name("dossier", &place),
            name("tries", &place),
            name("standing", &officer),
            name("misses", &officer),
        ];
        (names, ask.dossier.is_some())
    }
}

/// The limits in the order in which they are tried, the narrowest first, as in this replica's own counters.
fn limits(ask: &Ask<'_>, dossier: bool) -> Vec<Limit> {
    let quota = &ask.quota;
    let of_dossier = quota.citizens_per_dossier.min(ask.persons_of_form.saturating_add(BESIDE_THE_FORM));
    let mut limits: Vec<Limit> = Vec::with_capacity(5);
    if dossier {
        limits.push((5, DOSSIER, of_dossier, false, |wait| QuotaRefusal::Dossier { wait }));
    }
    limits.push((4, DAY, quota.year_only_per_day, true, |wait| QuotaRefusal::YearOnly { wait }));
    limits.push((3, HOUR, quota.citizens_per_officer_hour, false, |wait| QuotaRefusal::OfficerHour { wait }));
    limits.push((3, DAY, quota.citizens_per_officer_day, false, |wait| QuotaRefusal::OfficerDay { wait }));
    limits.push((2, DAY, quota.citizens_per_day, false, |wait| QuotaRefusal::CallerDay { wait }));
    limits
}

/// Each person once. Of one who is named twice the way that counts more stays: the year alone.
fn distinct(asked: &[(String, bool)]) -> Vec<(String, bool)> {
    let mut people = asked.to_vec();
    people.sort_by(|one, other| other.cmp(one));
    people.dedup_by(|one, other| one.0 == other.0);
    people
}

fn tries(operation: Operation) -> u8 {
    match operation {
        Operation::Autofill => 0,
        Operation::Verify => VERIFY_TRIES,
    }
}

fn text(value: impl ToString) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_who_is_named_twice_counts_once_and_by_the_year_when_one_of_the_two_does() {
        let person = |name: &str, year_only| (name.to_owned(), year_only);
        for asked in [[person("a", true), person("a", false)], [person("a", false), person("a", true)]] {
            assert_eq!(distinct(&asked), [person("a", true)]);
        }
        assert_eq!(distinct(&[person("a", false), person("b", true)]).len(), 2);
    }
}
