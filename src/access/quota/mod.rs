//! How much may be asked: requests, and *distinct citizens* per dossier, officer and caller (RISKS T1, T5, T17).
//!
//! Everything takes the time as a parameter. Counters are exact and sliding; people, officers and dossiers are keyed
//! hashes. An admission is written down before it is given, so that neither a restart nor a crash resets a counter; what
//! cannot be written down is refused (RISKS T26). That somebody who counts already was asked for again is written down
//! within a second: a crash can only make a window end so much earlier for that person. Limits and their reasons: `docs/access.md`.

mod book;
mod event;
mod neighbours;
mod pace;
mod shared;
mod window;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::alarm::{Alarm, Alarms};
use super::keyed_hash::{HashKey, KeyedHash};
use super::moment::Moment;
use super::refusal::QuotaRefusal;
use super::state_log::{Held, StateError, StateLog};
use crate::citizen::Number;
use crate::config::QuotaSettings;
use book::{Book, DAY, DOSSIER, HOUR, Officer};
use event::{Event, Owner};
use pace::Pace;
pub use shared::{SharedAdmission, SharedQuotas};

/// A run of so many not-found, or of neighbouring numbers, slows down (RISKS T1).
const SLOW_AFTER: u32 = 5;
/// And of so many locks.
const LOCK_AFTER: u32 = 8;
/// Not-found within an hour that lock, whatever was found between them.
const MISSES_LOCK: usize = 20;
/// The first pause; doubled with every further step.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// How long an officer stays locked.
const LOCK: Duration = Duration::from_secs(30 * 60);
/// Beyond the people of the form (RISKS T1).
const BESIDE_THE_FORM: usize = 2;
/// Tries to verify one citizen in one dossier (RISKS T5).
const VERIFY_TRIES: u8 = 3;
/// New people of one officer in flight at once: guesses that are made all together would end before the run that they
/// are is noticed.
const IN_FLIGHT: usize = 16;
/// Officers of one caller within a day, and dossiers within a month.
const MOST: usize = 100_000;
const SWEEP: Duration = Duration::from_secs(60);
/// Out-of-date lines that are worth a rewrite.
const SLACK: usize = 50_000;

/// What the request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Autofill,
    Verify,
}

/// One citizen that a request asks for.
#[derive(Clone, Copy)]
pub struct AskedCitizen<'a> {
    pub number: &'a Number,
    /// The birth date is a year alone.
    pub year_only: bool,
}

/// One request for people, all of whom are admitted or none.
pub struct Ask<'a> {
    pub caller: &'a str,
    pub quota: QuotaSettings,
    pub officer: &'a str,
    /// Absent in a rehearsal only.
    pub dossier: Option<&'a str>,
    pub operation: Operation,
    /// Persons that the form has roles for.
    pub persons_of_form: usize,
    pub citizens: &'a [AskedCitizen<'a>],
}

/// An admitted request; it is told what came of each look-up, and kept until all have ended.
pub struct Admission {
    caller: String,
    officer: KeyedHash,
    /// Whether each citizen is new to the officer within the day.
    fresh: Vec<bool>,
    in_flight: Arc<AtomicUsize>,
}

impl Admission {
    fn new(ask: &Ask<'_>, id: KeyedHash, fresh: Vec<bool>, officer: &Officer) -> Self {
        let in_flight = Arc::clone(&officer.in_flight);
        in_flight.fetch_add(new_people(&fresh), Ordering::Relaxed);
        Self { caller: ask.caller.to_owned(), officer: id, fresh, in_flight }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(new_people(&self.fresh), Ordering::Relaxed);
    }
}

fn new_people(fresh: &[bool]) -> usize {
    fresh.iter().filter(|fresh| **fresh).count()
}

/// The counters of all callers.
pub struct Quotas {
    key: Arc<HashKey>,
    alarms: Arc<Alarms>,
    state: Mutex<State>,
}

struct State {
    books: HashMap<String, Book>,
    paces: HashMap<String, Pace>,
    /// When what is out of date was last thrown away.
    swept: Moment,
    /// None: only remembered until the process ends (sandbox).
    log: Option<StateLog>,
}

impl State {
    fn write(&mut self, caller: &str, events: &[Event]) -> Result<(), QuotaRefusal> {
        let Some(log) = &mut self.log else { return Ok(()) };
        let lines: Vec<String> = events.iter().map(|event| event.line(caller)).collect();
        log.append(&lines).map_err(|_| QuotaRefusal::StoreUnavailable)
    }
}

impl Quotas {
    /// Counters with what an earlier process left.
    pub fn new(key: Arc<HashKey>, alarms: Arc<Alarms>, log: Option<(StateLog, Held)>) -> Self {
        let mut books: HashMap<String, Book> = HashMap::new();
        let log = log.map(|(log, held)| {
            let events: Vec<_> = held.lines.iter().filter_map(|line| Event::parse(line)).collect();
            if held.damaged + held.lines.len() > events.len() {
                alarms.raise(Alarm::StateDamaged, "");
            }
            for (caller, event) in events {
                books.entry(caller.to_owned()).or_default().apply(event);
            }
            log
        });
        Self { key, alarms, state: Mutex::new(State { books, paces: HashMap::new(), swept: Moment::default(), log }) }
    }

    /// One request of a caller, whatever it is for.
    ///
    /// # Errors
    /// Too many within the second.
    pub fn request(&self, caller: &str, quota: &QuotaSettings, now: Moment) -> Result<(), QuotaRefusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = state.paces.entry(caller.to_owned()).or_default();
        pace.take(quota.requests_per_second, now).map_err(|wait| QuotaRefusal::Requests { wait })
    }

    /// Admits the people of a request and counts them, all or none.
    ///
    /// # Errors
    /// What is used up; nothing was counted then.
    pub fn admit(&self, ask: &Ask<'_>, now: Moment) -> Result<Admission, QuotaRefusal> {
        let admitted = self.try_admit(ask, now);
        if let Err(refusal) = &admitted
            && let Some(alarm) = alarm_of(refusal)
        {
            self.alarms.raise(alarm, ask.caller);
        }
        admitted
    }

    fn try_admit(&self, ask: &Ask<'_>, now: Moment) -> Result<Admission, QuotaRefusal> {
        let officer = self.key.hash("officer", &[ask.caller.as_bytes(), ask.officer.as_bytes()]);
        let dossier = ask.dossier.map(|id| self.key.hash("dossier", &[ask.caller.as_bytes(), id.as_bytes()]));
        // Without a dossier (rehearsals) an officer's tries to verify count together.
        let place = dossier.unwrap_or_else(|| self.key.hash("no dossier", &[officer.text().as_bytes()]));
        let people: Vec<KeyedHash> = ask.citizens.iter().map(|citizen| self.key.citizen(citizen.number)).collect();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let book = state.books.entry(ask.caller.to_owned()).or_default();
        if !book.has_room(officer, place, MOST) {
            return Err(QuotaRefusal::StoreFull);
        }
        let nobody = Officer::default();
        let known = book.officers.get(&officer).unwrap_or(&nobody);
        if known.locked_until > now {
            return Err(QuotaRefusal::OfficerLocked { wait: known.locked_until.since(now) });
        }
        if known.slow_until > now {
            return Err(QuotaRefusal::SlowDown { wait: known.slow_until.since(now) });
        }
        check_limits(ask, book, known, dossier, &people, now)?;
        let fresh: Vec<bool> = people.iter().map(|citizen| !known.citizens.holds(citizen, DAY, now)).collect();
        let (new, in_flight) = (new_people(&fresh), known.in_flight.load(Ordering::Relaxed));
        // A request alone may be larger: a long list is no reason to be held back for ever.
        if new > 0 && in_flight > 0 && in_flight + new > IN_FLIGHT {
            return Err(QuotaRefusal::SlowDown { wait: Duration::from_secs(1) });
        }
        let of_dossier = book.dossiers.get(&place).map(|dossier| &dossier.citizens);
        // Who counts already is counted again, but that alone must not reach the disk before the answer.
        let (mut events, mut again) = (Vec::new(), Vec::new());
        for (citizen, asked) in people.iter().zip(ask.citizens) {
            let mut count = |owner, window: Option<&window::Window>, span| {
                let event = Event::Asked { owner, citizen: *citizen, at: now };
                let counts = window.is_some_and(|window| window.holds(citizen, span, now));
                if counts { again.push(event) } else { events.push(event) }
            };
            count(Owner::Caller, Some(&book.day), DAY);
            count(Owner::Officer(officer), Some(&known.citizens), HOUR);
            if asked.year_only {
                count(Owner::YearOnly(officer), Some(&known.year_only), DAY);
            }
            if dossier.is_some() || ask.operation == Operation::Verify {
                count(Owner::Dossier(place), of_dossier, DOSSIER);
            }
        }
        let longest = self.longest_chain(ask, known, &fresh, now);
        let standing = (longest >= SLOW_AFTER).then(|| standing(officer, known, known.run, longest, now));
        if ask.operation == Operation::Verify {
            events.extend(verify_tries(book, place, &people)?);
        }
        events.extend(standing);
        state.write(ask.caller, &events)?;
        let book = state.books.entry(ask.caller.to_owned()).or_default();
        events.into_iter().for_each(|event| book.apply(event));
        again.into_iter().for_each(|event| book.apply_again(event));
        if standing.is_some() {
            self.alarms.raise(Alarm::NeighbouringNumbers, ask.caller);
        }
        if longest >= LOCK_AFTER {
            self.alarms.raise(Alarm::OfficerLocked, ask.caller);
            return Err(QuotaRefusal::OfficerLocked { wait: LOCK });
        }
        Ok(Admission::new(ask, officer, fresh, book.officers.entry(officer).or_default()))
    }

    /// The longest chain of neighbours that a new citizen of the request belongs to.
    fn longest_chain(&self, ask: &Ask<'_>, officer: &Officer, fresh: &[bool], now: Moment) -> u32 {
        let most = usize::try_from(LOCK_AFTER).unwrap_or(usize::MAX);
        let new = ask.citizens.iter().zip(fresh).filter(|(_, fresh)| **fresh);
        let chains = new.map(|(citizen, _)| neighbours::chain(citizen.number, &officer.citizens, &self.key, now, most));
        chains.max().and_then(|chain| u32::try_from(chain).ok()).unwrap_or(0)
    }

    /// The register found the citizen at this place of the request. Ends a run of not-found, unless the officer had
    /// asked for this citizen before: a known number between guesses hides nothing.
    pub fn found(&self, admission: &Admission, index: usize) {
        if !admission.fresh.get(index).copied().unwrap_or(false) {
            return;
        }
        self.change(admission, |officer, id| {
            let (slow_until, locked_until) = (officer.slow_until, officer.locked_until);
            let ended = Event::Standing { officer: id, run: 0, slow_until, locked_until };
            if officer.run > 0 { vec![ended] } else { Vec::new() }
        });
    }

    /// The register knows no such citizen. Never called for an outage: that says nothing about anybody.
    pub fn missed(&self, admission: &Admission, now: Moment) {
        let (mut slowed, mut locked) = (false, false);
        self.change(admission, |officer, id| {
            let run = officer.run.saturating_add(1);
            let often = officer.misses_in_hour(now) + 1 >= MISSES_LOCK;
            (slowed, locked) = (run >= SLOW_AFTER, run >= LOCK_AFTER || often);
            // After a lock the run begins anew; the misses of the hour stay.
            let (run, step) = if locked { (0, LOCK_AFTER) } else { (run, run) };
            vec![Event::Missed { officer: id, at: now }, standing(id, officer, run, step, now)]
        });
        if slowed {
            self.alarms.raise(Alarm::NotFoundRun, &admission.caller);
        }
        if locked {
            self.alarms.raise(Alarm::OfficerLocked, &admission.caller);
        }
    }

    /// A change that is counted even when it cannot be written down: what was disclosed cannot be taken back.
    fn change(&self, admission: &Admission, change: impl FnOnce(&Officer, KeyedHash) -> Vec<Event>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let book = state.books.entry(admission.caller.clone()).or_default();
        let events = change(book.officers.entry(admission.officer).or_default(), admission.officer);
        events.iter().for_each(|event| book.apply(*event));
        if state.write(&admission.caller, &events).is_err() {
            self.alarms.raise(Alarm::StateUnavailable, &admission.caller);
        }
    }

    /// Forgets what is out of date, makes the disk write, and writes the file anew when most of it is out of date or
    /// it is not what it should be. Called once a second.
    pub fn maintain(&self, now: Moment) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { books, log, swept, .. } = &mut *state;
        // Not every second: it looks at every officer and dossier, and limits hold without it.
        if now.since(*swept) >= SWEEP || *swept > now {
            books.values_mut().for_each(|book| book.forget(now));
            *swept = now;
        }
        let Some(log) = log else {
            books.values_mut().for_each(|book| drop(book.take_again()));
            return;
        };
        // What fails here is written with everything else below.
        let _ = write_again(books, log);
        let events = || books.iter().flat_map(|(caller, book)| book.events().map(|event| event.line(caller)));
        let kept = if log.lines() > SLACK && log.lines() > 2 * events().count() {
            log.rewrite(events()).map(|()| None)
        } else {
            log.unsynced()
        };
        match kept.or_else(|_| log.rewrite(events()).map(|()| None)) {
            Err(_) => self.alarms.raise(Alarm::StateUnavailable, ""),
            Ok(None) => {}
            Ok(Some(file)) => {
                // Nobody waits for the disk.
                drop(state);
                if file.sync_data().is_err() {
                    self.alarms.raise(Alarm::StateUnavailable, "");
                    let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.log.iter_mut().for_each(StateLog::distrust);
                }
            }
        }
    }
}

/// Writes down who was counted again.
fn write_again(books: &mut HashMap<String, Book>, log: &mut StateLog) -> Result<(), StateError> {
    let again = books.iter_mut().flat_map(|(caller, book)| {
        let events = book.take_again().into_iter();
        events.map(|event| event.line(caller))
    });
    let lines: Vec<String> = again.collect();
    log.append(&lines)
}

impl Drop for Quotas {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(log) = &mut state.log {
            // Nobody is left to be told.
            let _ = write_again(&mut state.books, log);
        }
    }
}

/// The limits of distinct people, the narrowest first.
fn check_limits(
    ask: &Ask<'_>,
    book: &Book,
    officer: &Officer,
    dossier: Option<KeyedHash>,
    people: &[KeyedHash],
    now: Moment,
) -> Result<(), QuotaRefusal> {
    let quota = &ask.quota;
    let all = || people.iter().copied();
    let by_year = || people.iter().zip(ask.citizens).filter(|(_, asked)| asked.year_only).map(|(hash, _)| *hash);
    if let Some(dossier) = dossier {
        let limit = quota.citizens_per_dossier.min(ask.persons_of_form.saturating_add(BESIDE_THE_FORM));
        let nobody = window::Window::default();
        let window = book.dossiers.get(&dossier).map_or(&nobody, |dossier| &dossier.citizens);
        room(window, all(), DOSSIER, limit, now).map_err(|wait| QuotaRefusal::Dossier { wait })?;
    }
    room(&officer.year_only, by_year(), DAY, quota.year_only_per_day, now)
        .map_err(|wait| QuotaRefusal::YearOnly { wait })?;
    room(&officer.citizens, all(), HOUR, quota.citizens_per_officer_hour, now)
        .map_err(|wait| QuotaRefusal::OfficerHour { wait })?;
    room(&officer.citizens, all(), DAY, quota.citizens_per_officer_day, now)
        .map_err(|wait| QuotaRefusal::OfficerDay { wait })?;
    // Whom others of the caller have asked for makes no difference: who is refused or not would tell it (RISKS T4).
    let new: HashSet<KeyedHash> = all().filter(|citizen| !officer.citizens.holds(citizen, DAY, now)).collect();
    let held = book.day.count(DAY, now, quota.citizens_per_day);
    if new.is_empty() || held + new.len() <= quota.citizens_per_day {
        return Ok(());
    }
    Err(QuotaRefusal::CallerDay { wait: book.day.wait(DAY, now, quota.citizens_per_day) })
}

/// Whether the people who are not in a window yet fit into it; how long until there is one more place.
fn room(
    window: &window::Window,
    people: impl Iterator<Item = KeyedHash>,
    span: Duration,
    limit: usize,
    now: Moment,
) -> Result<(), Duration> {
    let new: HashSet<KeyedHash> = people.filter(|citizen| !window.holds(citizen, span, now)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let held = window.count(span, now, limit);
    if held + new.len() <= limit { Ok(()) } else { Err(window.wait(span, now, limit)) }
}

fn verify_tries(book: &Book, dossier: KeyedHash, people: &[KeyedHash]) -> Result<Vec<Event>, QuotaRefusal> {
    let tried = |citizen| book.dossiers.get(&dossier).and_then(|dossier| dossier.tries.get(citizen)).copied();
    let next = people.iter().map(|citizen| {
        let tries = tried(citizen).unwrap_or(0);
        if tries >= VERIFY_TRIES {
            return Err(QuotaRefusal::VerifyTries);
        }
        Ok(Event::Tries { dossier, citizen: *citizen, tries: tries + 1 })
    });
    next.collect()
}

/// Where an officer stands after a step of a run: pauses that double, then the lock.
fn standing(id: KeyedHash, officer: &Officer, run: u32, step: u32, now: Moment) -> Event {
    let (mut slow_until, mut locked_until) = (officer.slow_until, officer.locked_until);
    if step >= LOCK_AFTER {
        locked_until = locked_until.max(now.after(LOCK));
    } else if step >= SLOW_AFTER {
        slow_until = slow_until.max(now.after(FIRST_PAUSE * 2_u32.pow(step - SLOW_AFTER)));
    }
    Event::Standing { officer: id, run, slow_until, locked_until }
}

fn alarm_of(refusal: &QuotaRefusal) -> Option<Alarm> {
    match refusal {
        QuotaRefusal::Dossier { .. } => Some(Alarm::DossierExhausted),
        QuotaRefusal::OfficerHour { .. } | QuotaRefusal::OfficerDay { .. } => Some(Alarm::OfficerExhausted),
        QuotaRefusal::CallerDay { .. } => Some(Alarm::CallerExhausted),
        QuotaRefusal::YearOnly { .. } => Some(Alarm::YearOnlyExhausted),
        QuotaRefusal::VerifyTries => Some(Alarm::VerifyExhausted),
        QuotaRefusal::StoreFull => Some(Alarm::StoreFull),
        QuotaRefusal::StoreUnavailable => Some(Alarm::StateUnavailable),
        // Told when they began.
        QuotaRefusal::SlowDown { .. } | QuotaRefusal::OfficerLocked { .. } | QuotaRefusal::Requests { .. } => None,
    }
}

#[cfg(test)]
mod tests;
