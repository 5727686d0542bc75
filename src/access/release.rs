//! Releases: a second officer lets a colleague look up somebody on the watch list, for one dossier and a short time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::alarm::{Alarm, Alarms};
use super::identity::Identity;
use super::keyed_hash::{HashKey, KeyedHash};
use super::moment::Moment;
use super::refusal::AccessRefusal;
use super::state_log::{Held, StateLog};
use super::watch_list::WatchList;
use crate::citizen::Number;

/// How long a release is good.
const GOOD_FOR: Duration = Duration::from_secs(3600);
/// More open releases than a province gives within an hour.
const MOST: usize = 10_000;

/// What a look-up of somebody on the list is released for. The releasing officer is hashed with the rest of the state;
/// the name stands in the journal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    dossier: KeyedHash,
    citizen: KeyedHash,
}

/// Open releases.
pub struct Releases {
    key: Arc<HashKey>,
    alarms: Arc<Alarms>,
    state: Mutex<State>,
}

struct State {
    open: HashMap<Place, Vec<(KeyedHash, Moment)>>,
    log: Option<StateLog>,
}

impl State {
    fn lines(&self) -> impl Iterator<Item = String> {
        let all = self.open.iter().flat_map(|(place, given)| given.iter().map(move |(by, until)| (place, by, until)));
        all.map(|(place, by, until)| line(place, *by, *until))
    }

    fn forget(&mut self, now: Moment) {
        self.open.retain(|_, given| {
            given.retain(|(_, until)| *until > now);
            !given.is_empty()
        });
    }
}

/// Who is concerned: the caller, the dossier, the officer, the citizen.
#[derive(Clone, Copy)]
pub struct Concern<'a> {
    pub caller: &'a str,
    pub dossier: &'a str,
    pub officer: &'a str,
    pub number: &'a Number,
}

impl Releases {
    /// Releases with what an earlier process left.
    pub fn new(key: Arc<HashKey>, alarms: Arc<Alarms>, log: Option<(StateLog, Held)>) -> Self {
        let mut state = State { open: HashMap::new(), log: None };
        if let Some((log, held)) = log {
            for (place, by, until) in held.lines.iter().filter_map(|line| parse(line)) {
                state.open.entry(place).or_default().push((by, until));
            }
            state.log = Some(log);
        }
        Self { key, alarms, state: Mutex::new(state) }
    }

    /// Gives a release in the name of the **second** officer, whom the token names. Answers until when it is good.
    /// Whether the citizen is on the list is not told: a release may be given for anybody.
    ///
    /// # Errors
    /// No token names the officer, or the release cannot be kept.
    pub fn give(
        &self,
        second: &Identity,
        dossier: &str,
        number: &Number,
        now: Moment,
    ) -> Result<Moment, AccessRefusal> {
        let claimed = second.claims.as_ref().and_then(|claims| claims.officer.as_deref());
        let officer = claimed.ok_or(AccessRefusal::ReleaseNeedsToken)?;
        let concern = Concern { caller: &second.caller.name, dossier, officer, number };
        let (place, by) = self.hashed(concern);
        let until = now.after(GOOD_FOR);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget(now);
        if state.open.values().map(Vec::len).sum::<usize>() >= MOST {
            self.alarms.raise(Alarm::StoreFull, concern.caller);
            return Err(AccessRefusal::ReleaseUnavailable);
        }
        if let Some(log) = &mut state.log
            && log.append(&[line(&place, by, until)]).is_err()
        {
            self.alarms.raise(Alarm::StateUnavailable, concern.caller);
            return Err(AccessRefusal::ReleaseUnavailable);
        }
        state.open.entry(place).or_default().push((by, until));
        Ok(until)
    }

    /// Whether `concern.officer` may look somebody up; every hit on the list raises an alarm, released or not. `true`
    /// when the person is on the list, for the journal's flag.
    ///
    /// # Errors
    /// Nobody else has released it; at `pointer` of the request.
    pub fn check(
        &self,
        list: &WatchList,
        concern: Concern<'_>,
        pointer: &str,
        now: Moment,
    ) -> Result<bool, AccessRefusal> {
        let watched = list.is_watched(concern.number);
        let (place, by) = self.hashed(concern);
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let released =
            state.open.get(&place).is_some_and(|given| given.iter().any(|(other, until)| *other != by && *until > now));
        drop(state);
        if watched {
            self.alarms.raise(Alarm::WatchListHit, concern.caller);
        }
        if watched && !released {
            return Err(AccessRefusal::SecondPersonNeeded { pointer: pointer.to_owned() });
        }
        Ok(watched)
    }

    /// Forgets what has ended and makes the disk write. Called once a second.
    pub fn maintain(&self, now: Moment) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget(now);
        let lines: Vec<String> = state.lines().collect();
        let Some(log) = &mut state.log else { return };
        let kept = if log.lines() > 2 * lines.len() + 1000 {
            log.rewrite(lines.into_iter())
        } else {
            log.keep(lines.into_iter())
        };
        if kept.is_err() {
            self.alarms.raise(Alarm::StateUnavailable, "");
        }
    }

    fn hashed(&self, concern: Concern<'_>) -> (Place, KeyedHash) {
        let caller = concern.caller.as_bytes();
        let dossier = self.key.hash("release dossier", &[caller, concern.dossier.as_bytes()]);
        let by = self.key.hash("release officer", &[caller, concern.officer.trim().as_bytes()]);
        (Place { dossier, citizen: self.key.citizen(concern.number) }, by)
    }
}

fn line(place: &Place, by: KeyedHash, until: Moment) -> String {
    format!("{} {} {} {}", place.dossier.text(), place.citizen.text(), by.text(), until.millis())
}

fn parse(line: &str) -> Option<(Place, KeyedHash, Moment)> {
    let parts: Vec<&str> = line.split(' ').collect();
    let &[dossier, citizen, by, until] = parts.as_slice() else { return None };
    let place = Place { dossier: KeyedHash::from_text(dossier)?, citizen: KeyedHash::from_text(citizen)? };
    Some((place, KeyedHash::from_text(by)?, Moment::of_millis(until.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::callers::Callers;
    use crate::access::identity::Claims;
    use crate::access::watch_list;
    use crate::config::CallerSettings;

    struct Room {
        folder: tempfile::TempDir,
        list: WatchList,
        number: Number,
    }

    fn key() -> Arc<HashKey> {
        Arc::new(HashKey::new(&[4; 32]).expect("a key"))
    }

    impl Room {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("folder");
            let file = folder.path().join("list");
            let number = Number::parse("999085000001").expect("a number");
            watch_list::add(&file, &key(), &number).expect("added");
            let list = WatchList::open(file, HashKey::new(&[4; 32]).expect("a key")).expect("a list");
            Self { folder, list, number }
        }

        fn open(&self) -> Releases {
            Releases::new(key(), Arc::default(), StateLog::open(self.folder.path(), "releases", key()).ok())
        }

        fn give(&self, releases: &Releases, by: Option<&str>, now: Moment) -> Result<Moment, AccessRefusal> {
            let settings = CallerSettings { name: "a".to_owned(), ..CallerSettings::default() };
            let callers = Callers::build(&[settings], None).expect("callers");
            let claims = by.map(|officer| Claims { officer: Some(officer.to_owned()), ..Claims::default() });
            let second = Identity { caller: Arc::clone(&callers.list[0]), claims };
            releases.give(&second, "d1", &self.number, now)
        }

        fn concern<'a>(&'a self, dossier: &'a str, officer: &'a str) -> Concern<'a> {
            Concern { caller: "a", dossier, officer, number: &self.number }
        }
    }

    fn at(seconds: u64) -> Moment {
        Moment::of_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn somebody_on_the_list_needs_a_second_officer_for_this_dossier_and_not_for_long() {
        let room = Room::new();
        let releases = room.open();
        let refused = Err(AccessRefusal::SecondPersonNeeded { pointer: "/citizen".to_owned() });
        let check = |dossier, officer, now| releases.check(&room.list, room.concern(dossier, officer), "/citizen", now);
        assert_eq!(check("d1", "cb-1", at(0)), refused);
        assert_eq!(room.give(&releases, Some("cb-1"), at(0)), Ok(at(3600)));
        assert_eq!(check("d1", "cb-1", at(1)), refused, "nobody releases for themselves");
        assert_eq!(check("d1", " cb-1 ", at(1)), refused, "however they write their name");
        assert_eq!(room.give(&releases, Some("cb-2"), at(10)), Ok(at(3610)));
        assert_eq!(check("d1", "cb-1", at(11)), Ok(true));
        assert_eq!(check("d2", "cb-1", at(11)), refused, "another dossier");
        assert_eq!(check("d1", "cb-1", at(3610)), refused, "too late");
        assert_eq!(releases.alarms.count(Alarm::WatchListHit), 6);
        assert_eq!(room.give(&releases, None, at(0)), Err(AccessRefusal::ReleaseNeedsToken), "a key names anybody");
    }

    #[test]
    fn nobody_else_is_held_up() {
        let room = Room::new();
        let other = Number::parse("999085000002").expect("a number");
        let concern = Concern { number: &other, ..room.concern("d1", "cb-1") };
        assert_eq!(room.open().check(&room.list, concern, "/citizen", at(0)), Ok(false));
    }

    #[test]
    fn a_release_outlives_a_restart_and_no_name_is_written_down() {
        let room = Room::new();
        let releases = room.open();
        room.give(&releases, Some("cb-2"), at(0)).expect("given");
        releases.maintain(at(1));
        drop(releases);
        let releases = room.open();
        assert_eq!(releases.check(&room.list, room.concern("d1", "cb-1"), "/citizen", at(2)), Ok(true));
        let text = std::fs::read_to_string(room.folder.path().join("releases.state")).expect("read");
        assert!(!text.contains("cb-2") && !text.contains("999085") && !text.contains(" d1 "));
    }

    #[test]
    fn a_release_that_cannot_be_kept_is_not_given() {
        let room = Room::new();
        let (mut log, held) = StateLog::open(room.folder.path(), "releases", key()).expect("open");
        log.break_for_test();
        let releases = Releases::new(key(), Arc::default(), Some((log, held)));
        assert_eq!(room.give(&releases, Some("cb-2"), at(0)), Err(AccessRefusal::ReleaseUnavailable));
        assert!(releases.check(&room.list, room.concern("d1", "cb-1"), "/citizen", at(1)).is_err());
    }
}
