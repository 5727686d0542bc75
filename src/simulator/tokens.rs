//! The tokens that were given, and how long they are good (PROTOCOL §3.2).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::rand;

/// How long an expired token is remembered, so that "expired" and "never given" can be told apart.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// The tokens that were given.
#[derive(Default)]
pub struct TokenStore(Mutex<HashMap<String, Given>>);

struct Given {
    /// The moment (since the Unix epoch) from which it is no longer good.
    expires: Duration,
    /// Made void before its time; stays void when the clock is put back.
    void: bool,
}

/// For how long tokens are good, and whether the reply says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenTerms {
    pub lifetime: Duration,
    pub tell_lifetime: bool,
}

/// What a token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    Good,
    Expired,
    Unknown,
}

impl TokenStore {
    /// A new random token; `None` when the system has no randomness.
    pub fn give(&self, now: Duration, lifetime: Duration) -> Option<String> {
        let mut bytes = [0_u8; 24];
        rand::fill(&mut bytes).ok()?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut tokens = self.lock();
        tokens.retain(|_, given| given.expires + REMEMBERED > now);
        tokens.insert(token.clone(), Given { expires: now + lifetime, void: false });
        Some(token)
    }

    /// Whether a token is good at a moment.
    pub fn state(&self, token: &str, now: Duration) -> TokenState {
        match self.lock().get(token) {
            None => TokenState::Unknown,
            Some(given) if now < given.expires && !given.void => TokenState::Good,
            Some(_) => TokenState::Expired,
        }
    }

    /// Makes a token expire at once.
    pub fn expire(&self, token: &str) {
        if let Some(given) = self.lock().get_mut(token) {
            given.void = true;
        }
    }

    /// Makes all tokens that were given so far expire at once.
    pub fn expire_all(&self) {
        self.lock().values_mut().for_each(|given| given.void = true);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Given>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_another_one_and_can_be_expired_early() {
        let (tokens, now, hour) = (TokenStore::default(), Duration::from_secs(1_000_000), Duration::from_secs(3600));
        let (one, two) = (tokens.give(now, hour).expect("random"), tokens.give(now, hour).expect("random"));
        assert_ne!(one, two);
        tokens.expire(&one);
        assert_eq!(tokens.state(&one, now), TokenState::Expired);
        assert_eq!(tokens.state(&two, now), TokenState::Good);
        assert_eq!(tokens.state("invented", now), TokenState::Unknown);
    }

    #[test]
    fn a_void_token_stays_void_when_the_clock_goes_back() {
        let (tokens, now) = (TokenStore::default(), Duration::from_secs(1_000_000));
        let token = tokens.give(now, Duration::from_secs(60)).expect("random");
        tokens.expire_all();
        assert_eq!(tokens.state(&token, now - Duration::from_secs(600)), TokenState::Expired);
    }
}
