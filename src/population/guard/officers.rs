//! Look-ups of one officer at once (PROTOCOL §7: one at a time); further ones wait in order.
//!
//! Officers are told apart by a keyed hash: nobody's number is kept here, and nobody outside can choose two names that
//! meet. An officer who has no look-up under way or waiting leaves nothing behind.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// Most look-ups of one officer that wait: a request may bring 20 rows and a few roles (ASM: two such requests at once
/// are somebody who double-clicks).
const MOST_WAITING: usize = 32;

/// The officers of one connection.
pub struct Officers {
    at_once: usize,
    keys: RandomState,
    lines: Mutex<HashMap<u64, Line>>,
}

/// One officer's look-ups.
struct Line {
    slots: Arc<Semaphore>,
    /// Under way and waiting.
    present: usize,
}

/// One look-up of an officer, waiting or under way; leaves the line when dropped.
pub struct Place {
    officers: Arc<Officers>,
    key: u64,
    slot: Option<OwnedSemaphorePermit>,
}

impl Officers {
    /// Nobody there. The smallest limit is one look-up at once.
    pub fn new(at_once: usize) -> Arc<Self> {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS);
        Arc::new(Self { at_once, keys: RandomState::new(), lines: Mutex::default() })
    }

    /// Waits for this officer's turn; `None`: too many wait already, or it did not come before `deadline`.
    pub async fn enter(self: &Arc<Self>, officer: &str, deadline: Instant) -> Option<Place> {
        let (mut place, slots) = self.line_up(self.keys.hash_one(officer))?;
        place.slot = Some(timeout_at(deadline, slots.acquire_owned()).await.ok()?.ok()?);
        Some(place)
    }

    /// How many officers have a line.
    #[cfg(test)]
    pub fn present(&self) -> usize {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn line_up(self: &Arc<Self>, key: u64) -> Option<(Place, Arc<Semaphore>)> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line =
            lines.entry(key).or_insert_with(|| Line { slots: Arc::new(Semaphore::new(self.at_once)), present: 0 });
        if line.present >= self.at_once.saturating_add(MOST_WAITING) {
            return None;
        }
        line.present += 1;
        Some((Place { officers: Arc::clone(self), key, slot: None }, Arc::clone(&line.slots)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // First the slot: once the line is gone a new one begins with all slots free.
        drop(self.slot.take());
        let mut lines = self.officers.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get_mut(&self.key) {
            line.present -= 1;
            if line.present == 0 {
                lines.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[tokio::test(start_paused = true)]
    async fn further_look_ups_of_an_officer_wait_in_order_and_others_do_not() {
        let officers = Officers::new(1);
        let first = officers.enter("officer-a", soon()).await.expect("free");
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let (officers, order) = (Arc::clone(&officers), Arc::clone(&order));
                tokio::spawn(async move {
                    let _place = officers.enter("officer-a", soon()).await.expect("its turn");
                    order.lock().expect("lock").push(number);
                    tokio::task::yield_now().await;
                })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(officers.enter("officer-b", Instant::now()).await.is_some());
        assert!(order.lock().expect("lock").is_empty());
        drop(first);
        for task in tasks {
            task.await.expect("task");
        }
        assert_eq!(*order.lock().expect("lock"), (0..8).collect::<Vec<_>>());
        assert_eq!(officers.present(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_beyond_the_line_is_refused_at_once_and_the_others_at_the_deadline() {
        let officers = Officers::new(2);
        let (one, two) = (officers.enter("officer-a", soon()).await, officers.enter("officer-a", soon()).await);
        let waiting: Vec<_> = (0..MOST_WAITING)
            .map(|_| {
                let officers = Arc::clone(&officers);
                tokio::spawn(async move { officers.enter("officer-a", soon()).await.is_none() })
            })
            .collect();
        tokio::task::yield_now().await;
        let begin = Instant::now();
        assert!(officers.enter("officer-a", soon()).await.is_none());
        assert_eq!(Instant::now(), begin);
        for task in waiting {
            assert!(task.await.expect("task"));
        }
        assert!(begin.elapsed() >= Duration::from_secs(5));
        assert_eq!(officers.present(), 1);
        drop((one, two));
        assert_eq!(officers.present(), 0);
    }

    #[tokio::test]
    async fn a_cancelled_waiter_leaves_the_line() {
        let officers = Officers::new(1);
        let first = officers.enter("officer-a", soon()).await.expect("free");
        for _ in 0..100 {
            let mut waiter = Box::pin(officers.enter("officer-a", soon()));
            assert!(futures_util::poll!(&mut waiter).is_pending());
        }
        drop(first);
        assert_eq!(officers.present(), 0);
        assert!(officers.enter("officer-a", soon()).await.is_some());
    }

    #[tokio::test]
    async fn ten_thousand_officers_leave_nothing_behind() {
        let officers = Officers::new(1);
        for number in 0..10_000 {
            assert!(officers.enter(&format!("officer-{number}"), soon()).await.is_some());
            assert_eq!(officers.present(), 0);
        }
        let mut present = Vec::new();
        for number in 0..10_000 {
            present.push(officers.enter(&format!("officer-{number}"), soon()).await.expect("free"));
        }
        assert_eq!(officers.present(), 10_000);
        drop(present);
        assert_eq!(officers.present(), 0);
    }
}
