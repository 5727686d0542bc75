//! The same work for many items, on as many threads as there are cores: a catalogue is some hundred files that do not
//! need each other. Knows nothing of what the work is.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More threads than this wait for each other's memory more than they do.
const MOST_THREADS: usize = 8;
/// For fewer items a thread is not worth its start.
const FEWEST_ITEMS: usize = 16;

/// What the work makes of every item, in the order of the items.
///
/// The threads take the next few items whenever they are done, so a slow core, or one slow item, holds nobody up.
pub fn map<'i, T: Sync, R: Send>(items: &'i [T], work: impl Fn(&'i T) -> R + Sync) -> Vec<R> {
    let threads = cores().min(items.len() / FEWEST_ITEMS);
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let few = (items.len() / (threads * FEWEST_ITEMS)).max(1);
    let next = AtomicUsize::new(0);
    let share = || {
        let mut done = Vec::with_capacity(items.len());
        loop {
            let from = next.fetch_add(few, Ordering::Relaxed);
            let Some(rest) = items.get(from..).filter(|rest| !rest.is_empty()) else { return done };
            done.extend(rest.iter().take(few).enumerate().map(|(at, item)| (from + at, work(item))));
        }
    };
    let mut done = thread::scope(|scope| {
        // A machine that gives no further thread lets this one do everything.
        let helper = |_| thread::Builder::new().name("catalog".to_owned()).spawn_scoped(scope, share).ok();
        let helpers: Vec<_> = (1..threads).filter_map(helper).collect();
        let mut done = share();
        for helper in helpers {
            done.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, made)| made).collect()
}

/// Both works at the same time where there is more than one core.
pub fn both<A, B: Send>(here: impl FnOnce() -> A, aside: impl Fn() -> B + Sync) -> (A, B) {
    if cores() < 2 {
        return (here(), aside());
    }
    thread::scope(|scope| {
        let helper = thread::Builder::new().name("catalog".to_owned()).spawn_scoped(scope, &aside);
        let made = here();
        let other =
            helper.map_or_else(|_| aside(), |helper| helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
        (made, other)
    })
}

/// Asked once: the answer is read from several files of the system.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_keeps_its_place() {
        for count in [0, 1, 31, 32, 33, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let calls = AtomicUsize::new(0);
            let made = map(&items, |item| {
                calls.fetch_add(1, Ordering::Relaxed);
                item * 3
            });
            assert_eq!(made, items.iter().map(|item| item * 3).collect::<Vec<_>>());
            assert_eq!(calls.into_inner(), count);
        }
    }

    #[test]
    fn a_panic_of_one_item_reaches_the_caller() {
        let items: Vec<usize> = (0..200).collect();
        let caught = std::panic::catch_unwind(|| map(&items, |item| assert_ne!(*item, 150)));
        assert!(caught.is_err());
    }

    #[test]
    fn both_works_give_what_they_made() {
        assert_eq!(both(|| 1, || "two"), (1, "two"));
    }
}
