//! Where an issuer's keys come from: a file, or a pinned https address with a memory (RISKS T9, T26).
//!
//! Keys from an address are good for ten minutes. When they cannot be fetched again, the old ones serve for at most an
//! hour, and then nobody is let in: an outage of the issuer is a refusal of its own, never an open door and never
//! "wrong signature".

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::{Certificate, Client, redirect};

use super::key_set::KeySet;
use super::moment::Moment;
use super::refusal::AuthRefusal;
use crate::config::{TokenAlgorithm, TokenKeys};

/// How long fetched keys are used without asking again.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// How long they serve when asking again fails.
const STALE: Duration = Duration::from_secs(60 * 60);
/// The pause after a fetch, failed or for an unknown key id: nobody makes us hammer the issuer with made-up ids.
const PAUSE: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(5);
/// A key document is a few kilobytes.
const MAX_BYTES: usize = 256 * 1024;

type Fetch = Box<dyn Fn() -> BoxFuture<'static, Result<Vec<u8>, String>> + Send + Sync>;

/// The keys of one issuer.
pub enum KeySource {
    Fixed(Arc<KeySet>),
    Remote(RemoteKeys),
}

impl KeySource {
    /// Reads the file, or prepares the address without asking it yet.
    ///
    /// # Errors
    /// A sentence with the mend.
    pub fn open(keys: &TokenKeys) -> Result<Self, String> {
        match keys {
            TokenKeys::File(file) => {
                let shown = file.display();
                let bytes = std::fs::read(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
                let keys = KeySet::read(&bytes).map_err(|error| format!("{shown} {error}"))?;
                Ok(Self::Fixed(Arc::new(keys)))
            }
            TokenKeys::Address { url, trust } => {
                Ok(Self::Remote(RemoteKeys::new(fetch_over_http(url, trust.as_deref())?)))
            }
        }
    }

    /// The keys to check a token with.
    ///
    /// # Errors
    /// The issuer could not be reached and nothing young enough is kept.
    pub async fn keys(
        &self,
        id: Option<&str>,
        algorithm: TokenAlgorithm,
        now: Moment,
    ) -> Result<Arc<KeySet>, AuthRefusal> {
        match self {
            Self::Fixed(keys) => Ok(Arc::clone(keys)),
            Self::Remote(remote) => remote.keys(id, algorithm, now).await,
        }
    }
}

/// Keys from an address.
pub struct RemoteKeys {
    fetch: Fetch,
    held: Mutex<Held>,
    /// One fetch at a time.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default, Clone)]
struct Held {
    keys: Option<(Arc<KeySet>, Moment)>,
    tried: Option<Moment>,
}

impl Held {
    fn younger_than(&self, age: Duration, now: Moment) -> Option<&Arc<KeySet>> {
        self.keys.as_ref().filter(|(_, fetched)| now.since(*fetched) < age).map(|(keys, _)| keys)
    }

    /// The keys when they are young and know the asked one, or when asking again would come too soon.
    fn good(
        &self,
        id: Option<&str>,
        algorithm: TokenAlgorithm,
        now: Moment,
    ) -> Option<Result<Arc<KeySet>, AuthRefusal>> {
        let paused = self.tried.is_some_and(|tried| now.since(tried) < PAUSE);
        let fresh = self.younger_than(FRESH, now);
        if let Some(keys) = fresh.filter(|keys| paused || !keys.candidates(id, algorithm).is_empty()) {
            return Some(Ok(Arc::clone(keys)));
        }
        paused.then(|| self.stale(now))
    }

    fn stale(&self, now: Moment) -> Result<Arc<KeySet>, AuthRefusal> {
        self.younger_than(STALE, now).cloned().ok_or(AuthRefusal::KeySourceUnavailable)
    }
}

impl RemoteKeys {
    fn new(fetch: Fetch) -> Self {
        Self { fetch, held: Mutex::default(), fetching: tokio::sync::Mutex::new(()) }
    }

    fn held(&self) -> Held {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn keys(&self, id: Option<&str>, algorithm: TokenAlgorithm, now: Moment) -> Result<Arc<KeySet>, AuthRefusal> {
        let held = self.held();
        if let Some(good) = held.good(id, algorithm, now) {
            return good;
        }
        let _turn = match (self.fetching.try_lock(), held.stale(now)) {
            (Ok(turn), _) => turn,
            // Somebody asks already; the old keys serve meanwhile.
            (Err(_), Ok(stale)) => return Ok(stale),
            (Err(_), Err(_)) => self.fetching.lock().await,
        };
        let held = self.held();
        if let Some(good) = held.good(id, algorithm, now) {
            return good;
        }
        let fetched = (self.fetch)().await.and_then(|bytes| KeySet::read(&bytes));
        let mut kept = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        kept.tried = Some(now);
        match fetched {
            Ok(keys) => {
                let keys = Arc::new(keys);
                kept.keys = Some((Arc::clone(&keys), now));
                Ok(keys)
            }
            Err(reason) => {
                tracing::warn!(reason, "the keys of a token issuer were not fetched");
                kept.stale(now)
            }
        }
    }
}

fn fetch_over_http(url: &str, trust: Option<&Path>) -> Result<Fetch, String> {
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .http1_only()
        .timeout(TIMEOUT)
        // Asked from several runtimes: a kept connection would belong to the first.
        .pool_max_idle_per_host(0)
        .user_agent(concat!("diensan/", env!("CARGO_PKG_VERSION")));
    if url.starts_with("http://") {
        builder = builder.tls_certs_only([]);
    } else if let Some(trust) = trust {
        let shown = trust.display();
        let pem = std::fs::read(trust).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        let roots = Certificate::from_pem_bundle(&pem).map_err(|_| format!("{shown} holds no certificates"))?;
        builder = builder.https_only(true).tls_certs_only(roots);
    } else {
        builder = builder.https_only(true);
    }
    let client = builder.build().map_err(|error| format!("no client for `keys_url`: {error}; give `keys_trust`"))?;
    let url = url.to_owned();
    Ok(Box::new(move || {
        let request = client.get(&url);
        Box::pin(async move {
            let told = |error: reqwest::Error| error.without_url().to_string();
            let mut response = request.send().await.map_err(told)?;
            if response.status() != reqwest::StatusCode::OK {
                return Err(format!("status {}", response.status().as_u16()));
            }
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(told)? {
                if body.len() + chunk.len() > MAX_BYTES {
                    return Err("too long".to_owned());
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body)
        })
    }))
}

#[cfg(test)]
mod tests;
