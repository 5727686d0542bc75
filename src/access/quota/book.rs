//! The counters of one caller.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::super::keyed_hash::KeyedHash;
use super::super::moment::Moment;
use super::event::{Event, Owner};
use super::window::Window;

pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long a dossier's people are remembered: longer than procedures at a counter take (ASM).
pub const DOSSIER: Duration = Duration::from_secs(30 * 24 * 3600);
/// Misses within an hour that are kept; more than lock anybody.
const MOST_MISSES: usize = 64;

/// One officer's counters.
#[derive(Default)]
pub struct Officer {
    /// The day's people; those of the hour are the younger ones among them.
    pub citizens: Window,
    pub year_only: Window,
    pub misses: VecDeque<Moment>,
    pub run: u32,
    pub slow_until: Moment,
    pub locked_until: Moment,
    /// People of whom nobody knows yet whether they will be found. Not written down: a crash ends the look-ups too.
    pub in_flight: Arc<AtomicUsize>,
}

impl Officer {
    /// Misses within the last hour.
    pub fn misses_in_hour(&self, now: Moment) -> usize {
        self.misses.iter().filter(|at| at.after(HOUR) > now).count()
    }

    fn forget(&mut self, now: Moment) {
        self.citizens.forget(DAY, now);
        self.year_only.forget(DAY, now);
        while self.misses.front().is_some_and(|at| at.after(HOUR) <= now) {
            self.misses.pop_front();
        }
    }

    fn is_idle(&self, now: Moment) -> bool {
        self.citizens.is_empty()
            && self.misses.is_empty()
            && self.slow_until.max(self.locked_until) <= now
            && self.in_flight.load(Ordering::Relaxed) == 0
    }
}

/// One dossier's counters.
#[derive(Default)]
pub struct Dossier {
    pub citizens: Window,
    /// How often each was verified; as long as one of the dossier's people is remembered.
    pub tries: HashMap<KeyedHash, u8>,
}

/// The counters of one caller. Bounded by its quota, and in officers and dossiers by [`Book::has_room`].
#[derive(Default)]
pub struct Book {
    pub day: Window,
    pub officers: HashMap<KeyedHash, Officer>,
    pub dossiers: HashMap<KeyedHash, Dossier>,
    /// Who was counted again, and when last, since that was last written down.
    again: HashMap<(Owner, KeyedHash), Moment>,
}

impl Book {
    /// Takes up an event.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Asked { owner: Owner::Caller, citizen, at } => self.day.touch(citizen, at),
            Event::Asked { owner: Owner::Officer(officer), citizen, at } => {
                self.officers.entry(officer).or_default().citizens.touch(citizen, at);
            }
            Event::Asked { owner: Owner::YearOnly(officer), citizen, at } => {
                self.officers.entry(officer).or_default().year_only.touch(citizen, at);
            }
            Event::Asked { owner: Owner::Dossier(dossier), citizen, at } => {
                self.dossiers.entry(dossier).or_default().citizens.touch(citizen, at);
            }
            Event::Tries { dossier, citizen, tries } => {
                self.dossiers.entry(dossier).or_default().tries.insert(citizen, tries);
            }
            Event::Missed { officer, at } => {
                let misses = &mut self.officers.entry(officer).or_default().misses;
                misses.push_back(at);
                if misses.len() > MOST_MISSES {
                    misses.pop_front();
                }
            }
            Event::Standing { officer, run, slow_until, locked_until } => {
                let officer = self.officers.entry(officer).or_default();
                (officer.run, officer.slow_until, officer.locked_until) = (run, slow_until, locked_until);
            }
        }
    }

    /// Takes up that somebody was counted again who is written down already: the moment is written with the next ones.
    pub fn apply_again(&mut self, event: Event) {
        if let Event::Asked { owner, citizen, at } = event {
            self.again.insert((owner, citizen), at);
        }
        self.apply(event);
    }

    /// What was counted again and is not written down; it is taken for written then.
    pub fn take_again(&mut self) -> Vec<Event> {
        let again = std::mem::take(&mut self.again).into_iter();
        again.map(|((owner, citizen), at)| Event::Asked { owner, citizen, at }).collect()
    }

    /// Everything, as events that lead to the same book.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let asked = |owner: Owner| move |(citizen, at)| Event::Asked { owner, citizen, at };
        let officers = self.officers.iter().flat_map(move |(id, officer)| {
            let (id, run) = (*id, officer.run);
            let (slow_until, locked_until) = (officer.slow_until, officer.locked_until);
            let people = officer.citizens.iter().map(asked(Owner::Officer(id)));
            let year_only = officer.year_only.iter().map(asked(Owner::YearOnly(id)));
            let misses = officer.misses.iter().map(move |at| Event::Missed { officer: id, at: *at });
            let standing = Event::Standing { officer: id, run, slow_until, locked_until };
            people.chain(year_only).chain(misses).chain(std::iter::once(standing))
        });
        let dossiers = self.dossiers.iter().flat_map(move |(id, dossier)| {
            let id = *id;
            let tries = dossier.tries.iter();
            let tries =
                tries.map(move |(citizen, tries)| Event::Tries { dossier: id, citizen: *citizen, tries: *tries });
            dossier.citizens.iter().map(asked(Owner::Dossier(id))).chain(tries)
        });
        self.day.iter().map(asked(Owner::Caller)).chain(officers).chain(dossiers)
    }

    /// Forgets what is out of date, and officers and dossiers of whom nothing is left.
    pub fn forget(&mut self, now: Moment) {
        self.day.forget(DAY, now);
        self.officers.retain(|_, officer| {
            officer.forget(now);
            !officer.is_idle(now)
        });
        self.dossiers.retain(|_, dossier| {
            dossier.citizens.forget(DOSSIER, now);
            !dossier.citizens.is_empty()
        });
    }

    /// Whether an officer and a dossier are known already or there is room for them.
    pub fn has_room(&self, officer: KeyedHash, dossier: KeyedHash, most: usize) -> bool {
        let officers = self.officers.contains_key(&officer) || self.officers.len() < most;
        let dossiers = self.dossiers.contains_key(&dossier) || self.dossiers.len() < most;
        officers && dossiers
    }
}
