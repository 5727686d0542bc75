//! Fresh ids: of requests, and of questions about them.

use std::cell::RefCell;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use uuid::{Builder, Uuid};

use crate::clock;

/// Random bytes of one id (RFC 9562 §5.7: 74 random bits in ten bytes).
const RANDOM: usize = 10;
/// Ids for which a thread fetches random bytes at once: asking the system for every request costs as much as filling a box.
const AHEAD: usize = 64;

/// Random bytes that were fetched ahead.
struct Stock {
    bytes: [u8; RANDOM * AHEAD],
    used: usize,
}

thread_local! {
    static STOCK: RefCell<Stock> = const { RefCell::new(Stock { bytes: [0; RANDOM * AHEAD], used: RANDOM * AHEAD }) };
}

/// A UUID of version 7 (RFC 9562): ordered by time, and like no other.
pub fn fresh_id() -> String {
    let random = STOCK.with_borrow_mut(|stock| {
        if stock.used >= stock.bytes.len() {
            SystemRandom::new().fill(&mut stock.bytes).ok()?;
            stock.used = 0;
        }
        let random: [u8; RANDOM] = stock.bytes.get(stock.used..stock.used + RANDOM)?.try_into().ok()?;
        stock.used += RANDOM;
        Some(random)
    });
    let made = random.and_then(|random| {
        let millis = u64::try_from(clock::now().as_millisecond()).ok()?;
        Some(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    });
    made.unwrap_or_else(Uuid::now_v7).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_of_many_threads_are_ordered_by_time_and_never_the_same() {
        let made = |_| std::thread::spawn(|| (0..5 * AHEAD).map(|_| fresh_id()).collect::<Vec<_>>());
        let threads: Vec<_> = (0..4).map(made).collect();
        let made: Vec<Vec<String>> = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
        for ids in &made {
            let millis: Vec<&str> = ids.iter().map(|id| &id[..13]).collect();
            assert!(millis.is_sorted());
            let version = |id: &String| Uuid::parse_str(id).map(|id| id.get_version_num());
            assert!(ids.iter().all(|id| version(id) == Ok(7)));
        }
        let distinct: HashSet<&String> = made.iter().flatten().collect();
        assert_eq!(distinct.len(), 4 * 5 * AHEAD);
    }
}
