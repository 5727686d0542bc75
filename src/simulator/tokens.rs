//! The tokens that were given, and how long they are good (PROTOCOL §3.2).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::rand;

/// How long an expired token is remembered, so that "expired" and "never given" can be told apart.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// Tokens and the moment (since the Unix epoch) from which each is no longer good.
#[derive(Default)]
pub struct TokenStore(Mutex<HashMap<String, Duration>>);

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
        tokens.retain(|_, expires| *expires + REMEMBERED > now);
        tokens.insert(token.clone(), now + lifetime);
        Some(token)
    }

    /// Whether a token is good at a moment.
    pub fn state(&self, token: &str, now: Duration) -> TokenState {
        match self.lock().get(token) {
            None => TokenState::Unknown,
            Some(expires) if now < *expires => TokenState::Good,
            Some(_) => TokenState::Expired,
        }
    }

    /// Makes a token expire at once.
    pub fn expire(&self, token: &str, now: Duration) {
        if let Some(expires) = self.lock().get_mut(token) {
            *expires = now;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Duration>> {
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
        tokens.expire(&one, now);
        assert_eq!(tokens.state(&one, now), TokenState::Expired);
        assert_eq!(tokens.state(&two, now), TokenState::Good);
        assert_eq!(tokens.state("invented", now), TokenState::Unknown);
    }
}
