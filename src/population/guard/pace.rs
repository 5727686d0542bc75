//! Calls a second of one connection (PROTOCOL §7): who comes too early is given the next free moment and waits for it.
//!
//! Each caller reserves a moment of its own, in the order of asking, so waiters neither race nor wake each other. A
//! reserved moment is not given back when its task is cancelled: a call less is within the limit, one more is not.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::{Instant, sleep_until};

/// The limit of one connection.
pub struct Pace {
    limiter: Mutex<RateLimiter<NotKeyed, InMemoryState, HandedClock, NoOpMiddleware<Duration>>>,
    began: Instant,
}

/// Shows the moment that was handed in, as time since the limit began. This lets the limiter decide about moments to
/// come, and in tests about a clock that stands still.
struct HandedClock(Cell<Duration>);

impl Clock for HandedClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.get()
    }
}

impl Pace {
    /// At most this many calls at once and, from then on, this many a second, evenly.
    pub fn new(calls_per_second: NonZeroU32) -> Self {
        let clock = HandedClock(Cell::new(Duration::ZERO));
        let limiter = RateLimiter::direct_with_clock(Quota::per_second(calls_per_second), clock);
        Self { limiter: Mutex::new(limiter), began: Instant::now() }
    }

    /// Waits until one more call fits.
    ///
    /// # Errors
    /// At once, with the time until it would fit, when no time would be left before `deadline`.
    pub async fn wait(&self, deadline: Instant) -> Result<(), Duration> {
        let now = Instant::now();
        let moment = self.reserve(now, deadline)?;
        if moment > now {
            sleep_until(moment).await;
        }
        Ok(())
    }

    /// Takes the first free moment, unless that is too late.
    fn reserve(&self, now: Instant, deadline: Instant) -> Result<Instant, Duration> {
        let limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        let mut moment = now;
        loop {
            limiter.clock().0.set(moment.saturating_duration_since(self.began));
            let Err(refused) = limiter.check() else { return Ok(moment) };
            // A refusal takes nothing, and the moment that it names is accepted while the lock is held.
            moment = self.began + refused.earliest_possible();
            if moment >= deadline {
                return Err(moment.saturating_duration_since(now));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn pace(calls: u32) -> Pace {
        Pace::new(NonZeroU32::new(calls).expect("more than zero"))
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(3600)
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_leaves_at_once_and_the_rest_evenly_in_order() {
        let (pace, begin) = (Arc::new(pace(5)), Instant::now());
        let left = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..15_u64)
            .map(|number| {
                let (pace, left) = (Arc::clone(&pace), Arc::clone(&left));
                tokio::spawn(async move {
                    pace.wait(far()).await.expect("in time");
                    left.lock().expect("lock").push((number, begin.elapsed().as_millis()));
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("task");
        }
        let left = left.lock().expect("lock").clone();
        let order: Vec<u64> = left.iter().map(|(number, _)| *number).collect();
        assert_eq!(order, (0..15).collect::<Vec<_>>());
        for (number, at) in left {
            let expected = u128::from(number.saturating_sub(4) * 200);
            assert!(at >= expected && at <= expected + 2, "{number} left after {at} ms, not {expected}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_the_deadline_is_refused_at_once_and_takes_nothing() {
        let (pace, begin) = (pace(1), Instant::now());
        assert!(pace.wait(far()).await.is_ok());
        let second = Duration::from_secs(1);
        for _ in 0..100 {
            assert_eq!(pace.wait(begin + second).await, Err(second));
        }
        assert_eq!(Instant::now(), begin);
        assert!(pace.wait(begin + second * 2).await.is_ok());
        assert!(begin.elapsed() >= second && begin.elapsed() < second * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_is_cancelled_never_makes_the_limit_larger() {
        let (pace, begin) = (pace(1), Instant::now());
        assert!(pace.wait(far()).await.is_ok());
        assert!(tokio::time::timeout(Duration::from_millis(10), pace.wait(far())).await.is_err());
        assert!(pace.wait(far()).await.is_ok());
        assert_eq!(begin.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_fills_the_burst_again_but_not_more() {
        let pace = pace(3);
        for _ in 0..3 {
            assert!(pace.wait(Instant::now()).await.is_ok());
        }
        tokio::time::advance(Duration::from_secs(60)).await;
        for _ in 0..3 {
            assert!(pace.wait(Instant::now()).await.is_ok());
        }
        assert!(pace.wait(Instant::now()).await.is_err());
    }
}
