//! Distinct people within a sliding time.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::super::keyed_hash::KeyedHash;
use super::super::moment::Moment;

/// Who was asked for, and when last. Exact; as large as the limit that guards it, because nobody is added beyond that.
#[derive(Default)]
pub struct Window {
    last: HashMap<KeyedHash, Moment>,
    by_time: BTreeSet<(Moment, KeyedHash)>,
}

impl Window {
    /// Notes that somebody was asked for. An older moment than the known one changes nothing.
    pub fn touch(&mut self, who: KeyedHash, at: Moment) {
        match self.last.get(&who) {
            Some(known) if *known >= at => return,
            Some(known) => {
                self.by_time.remove(&(*known, who));
            }
            None => {}
        }
        self.last.insert(who, at);
        self.by_time.insert((at, who));
    }

    /// Forgets everybody who was last asked for a whole `span` ago or longer.
    pub fn forget(&mut self, span: Duration, now: Moment) {
        while let Some(first) = self.by_time.first().copied().filter(|(at, _)| at.after(span) <= now) {
            self.by_time.remove(&first);
            self.last.remove(&first.1);
        }
    }

    /// Whether somebody was asked for within `span`.
    pub fn holds(&self, who: &KeyedHash, span: Duration, now: Moment) -> bool {
        self.last.get(who).is_some_and(|at| at.after(span) > now)
    }

    /// How many people were asked for within `span`, counted up to `most`.
    pub fn count(&self, span: Duration, now: Moment, most: usize) -> usize {
        self.by_time.iter().rev().take_while(|(at, _)| at.after(span) > now).take(most).count()
    }

    /// How long until fewer than `limit` people are within `span`; zero when they are already.
    pub fn wait(&self, span: Duration, now: Moment, limit: usize) -> Duration {
        // The one who must go first, so that one place is free: the limit-th from the youngest.
        let turn = limit.checked_sub(1).and_then(|nth| self.by_time.iter().rev().nth(nth));
        turn.map_or(Duration::ZERO, |(at, _)| at.after(span).since(now))
    }

    /// Nobody is held.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// Everybody with their moment.
    pub fn iter(&self) -> impl Iterator<Item = (KeyedHash, Moment)> {
        self.by_time.iter().map(|(at, who)| (*who, *at))
    }
}
