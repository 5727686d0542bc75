//! What is written down of the counters: one event, one line, keyed hashes only.
//!
//! Live counting and reading back apply the same events, so that a restart can change nothing.

use super::super::keyed_hash::KeyedHash;
use super::super::moment::Moment;

/// Whose people are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The whole caller.
    Caller,
    Officer(KeyedHash),
    /// An officer's people asked for by year of birth only.
    YearOnly(KeyedHash),
    Dossier(KeyedHash),
}

/// A change of the counters of one caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Asked {
        owner: Owner,
        citizen: KeyedHash,
        at: Moment,
    },
    /// Tries to verify a citizen in a dossier, up to now.
    Tries {
        dossier: KeyedHash,
        citizen: KeyedHash,
        tries: u8,
    },
    Missed {
        officer: KeyedHash,
        at: Moment,
    },
    /// Where an officer stands: the run of not-found, and until when to wait.
    Standing {
        officer: KeyedHash,
        run: u32,
        slow_until: Moment,
        locked_until: Moment,
    },
}

impl Event {
    /// The line.
    pub fn line(&self, caller: &str) -> String {
        match self {
            Self::Asked { owner, citizen, at } => {
                let (word, whose) = match owner {
                    Owner::Caller => ("caller", String::from("-")),
                    Owner::Officer(officer) => ("officer", officer.text()),
                    Owner::YearOnly(officer) => ("year", officer.text()),
                    Owner::Dossier(dossier) => ("dossier", dossier.text()),
                };
                format!("{word} {caller} {whose} {} {}", citizen.text(), at.millis())
            }
            Self::Tries { dossier, citizen, tries } => {
                format!("tries {caller} {} {} {tries}", dossier.text(), citizen.text())
            }
            Self::Missed { officer, at } => format!("missed {caller} {} {}", officer.text(), at.millis()),
            Self::Standing { officer, run, slow_until, locked_until } => {
                let (slow, locked) = (slow_until.millis(), locked_until.millis());
                format!("standing {caller} {} {run} {slow} {locked}", officer.text())
            }
        }
    }

    /// Caller and event of a line.
    pub fn parse(line: &str) -> Option<(&str, Self)> {
        let parts: Vec<&str> = line.split(' ').collect();
        let hash = |text: &str| KeyedHash::from_text(text);
        let moment = |text: &str| text.parse().ok().map(Moment::of_millis);
        let asked = |owner, citizen, at| Some(Self::Asked { owner, citizen: hash(citizen)?, at: moment(at)? });
        match parts.as_slice() {
            ["caller", caller, "-", citizen, at] => Some((caller, asked(Owner::Caller, citizen, at)?)),
            ["officer", caller, whose, citizen, at] => {
                Some((caller, asked(Owner::Officer(hash(whose)?), citizen, at)?))
            }
            ["year", caller, whose, citizen, at] => Some((caller, asked(Owner::YearOnly(hash(whose)?), citizen, at)?)),
            ["dossier", caller, whose, citizen, at] => {
                Some((caller, asked(Owner::Dossier(hash(whose)?), citizen, at)?))
            }
            ["tries", caller, dossier, citizen, tries] => {
                let tries = tries.parse().ok()?;
                Some((caller, Self::Tries { dossier: hash(dossier)?, citizen: hash(citizen)?, tries }))
            }
            ["missed", caller, officer, at] => {
                Some((caller, Self::Missed { officer: hash(officer)?, at: moment(at)? }))
            }
            ["standing", caller, officer, run, slow, locked] => {
                let (slow_until, locked_until) = (moment(slow)?, moment(locked)?);
                let (officer, run) = (hash(officer)?, run.parse().ok()?);
                Some((caller, Self::Standing { officer, run, slow_until, locked_until }))
            }
            _ => None,
        }
    }
}
