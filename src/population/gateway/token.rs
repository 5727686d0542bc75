//! One token per connection (PROTOCOL §3.4): renewed before it expires, by one renewal at a time, dropped on 401.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use crate::population::reply::TokenReply;

/// No token is believed to live longer.
const LONGEST_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// The token of one connection.
pub struct TokenKeeper {
    held: Mutex<Held>,
    renewal: tokio::sync::Mutex<()>,
    /// The life of a token that does not say.
    lifetime: Duration,
    /// How long before its end a token is renewed.
    margin: Duration,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    /// Counts the tokens ever held.
    generation: u64,
}

/// A token in use. The generation says which one, so that a late 401 does not drop its successor.
#[derive(Clone)]
pub struct Token {
    pub text: Arc<SecretString>,
    pub generation: u64,
    renew_at: Instant,
    expires_at: Instant,
}

impl Token {
    /// How long it is still good.
    pub fn time_left(&self) -> Duration {
        self.expires_at.saturating_duration_since(Instant::now())
    }
}

impl TokenKeeper {
    /// No token yet.
    pub fn new(lifetime: Duration, margin: Duration) -> Self {
        Self { held: Mutex::default(), renewal: tokio::sync::Mutex::default(), lifetime, margin }
    }

    /// Forgets whatever token is held: it was had with other credentials.
    pub fn forget(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).token = None;
    }

    /// A token that is good now; asks for a new one when needed. While somebody renews a token that is still valid, or
    /// when renewing it early fails, the old one goes on serving.
    pub async fn token<E, F>(&self, renew: impl FnOnce() -> F) -> Result<Token, E>
    where
        F: Future<Output = Result<TokenReply, E>>,
    {
        let early = match self.current(Instant::now()) {
            Some(token) if Instant::now() < token.renew_at => return Ok(token),
            early => early,
        };
        let _renewing = match (&early, self.renewal.try_lock()) {
            (_, Ok(guard)) => guard,
            (Some(token), Err(_)) => return Ok(token.clone()),
            (None, Err(_)) => self.renewal.lock().await,
        };
        // Somebody else may have renewed it while this task waited.
        if let Some(token) = self.current(Instant::now()).filter(|token| Instant::now() < token.renew_at) {
            return Ok(token);
        }
        let asked_at = Instant::now();
        match (renew().await, early) {
            (Ok(reply), _) => Ok(self.keep(reply, asked_at)),
            (Err(_), Some(token)) if Instant::now() < token.expires_at => Ok(token),
            (Err(failure), _) => Err(failure),
        }
    }

    /// Forgets the token that upstream refused, unless another one took its place already.
    pub fn drop_generation(&self, generation: u64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.token.as_ref().is_some_and(|token| token.generation == generation) {
            held.token = None;
        }
    }

    fn current(&self, now: Instant) -> Option<Token> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.token.clone().filter(|token| now < token.expires_at)
    }

    fn keep(&self, reply: TokenReply, asked_at: Instant) -> Token {
        let lifetime = reply.lifetime.unwrap_or(self.lifetime).min(LONGEST_LIFETIME);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.generation += 1;
        let token = Token {
            text: Arc::new(reply.token),
            generation: held.generation,
            renew_at: asked_at + usable(lifetime, self.margin),
            expires_at: asked_at + lifetime,
        };
        held.token = Some(token.clone());
        token
    }
}

/// How long a token is used before it is renewed: the margin before its end, but at least half of a short life.
fn usable(lifetime: Duration, margin: Duration) -> Duration {
    if lifetime < margin * 2 { lifetime / 2 } else { lifetime.saturating_sub(margin) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use secrecy::ExposeSecret;

    use super::*;
    use crate::population::outcome::{FaultCause, Outcome};

    fn keeper() -> TokenKeeper {
        TokenKeeper::new(Duration::from_secs(3600), Duration::from_secs(300))
    }

    fn reply(text: &str, seconds: u64) -> Result<TokenReply, Outcome> {
        Ok(TokenReply { token: text.into(), lifetime: Some(Duration::from_secs(seconds)) })
    }

    fn text(result: Result<Token, Outcome>) -> String {
        result.map_or_else(|outcome| outcome.label().to_owned(), |token| token.text.expose_secret().to_owned())
    }

    #[test]
    fn the_margin_is_five_minutes_or_half_of_a_short_life() {
        for (lifetime, expected) in [(3600, 3300), (600, 300), (599, 299), (60, 30), (0, 0)] {
            assert_eq!(usable(Duration::from_secs(lifetime), Duration::from_secs(300)).as_secs(), expected);
        }
    }

    #[tokio::test]
    async fn many_look_ups_at_once_ask_for_one_token() {
        let (keeper, asked) = (keeper(), AtomicU32::new(0));
        let ask = || async {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
            reply("a", 3600)
        };
        let results = tokio::join!(keeper.token(ask), keeper.token(ask), keeper.token(ask));
        assert_eq!([text(results.0), text(results.1), text(results.2)], ["a", "a", "a"]);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_late_refusal_of_an_old_token_does_not_drop_the_new_one() {
        let keeper = keeper();
        let first = keeper.token(|| async { reply("a", 3600) }).await.map_err(|_| ()).map(|token| token.generation);
        keeper.drop_generation(first.expect("token"));
        assert_eq!(text(keeper.token(|| async { reply("b", 3600) }).await), "b");
        keeper.drop_generation(first.expect("token"));
        assert_eq!(text(keeper.token(|| async { reply("c", 3600) }).await), "b");
    }

    #[tokio::test]
    async fn a_refused_token_request_is_not_kept_and_a_token_without_life_serves_once() {
        let keeper = keeper();
        assert_eq!(text(keeper.token(|| async { Err(Outcome::AuthFailed) }).await), "auth_failed");
        assert_eq!(text(keeper.token(|| async { reply("a", 0) }).await), "a");
        let fault = || async { Err(Outcome::UpstreamFault(FaultCause::ServerError)) };
        assert_eq!(text(keeper.token(fault).await), "upstream_fault");
    }

    #[tokio::test]
    async fn a_token_that_is_still_valid_serves_when_its_early_renewal_fails() {
        let keeper = keeper();
        assert_eq!(text(keeper.token(|| async { reply("a", 1) }).await), "a");
        tokio::time::sleep(Duration::from_millis(520)).await;
        let fault = || async { Err(Outcome::UpstreamFault(FaultCause::ServerError)) };
        assert_eq!(text(keeper.token(fault).await), "a");
    }
}
