//! From headers and certificate to a caller. What is unclear is refused: two credentials, an unknown one, one that does
//! not fit the certificate.

use std::sync::Arc;

use super::api_key::{self, PREFIX};
use super::callers::{Caller, Callers, CallersHandle};
use super::certificate::PeerCertificate;
use super::identity::Identity;
use super::moment::Moment;
use super::refusal::AuthRefusal;
use super::replay::ReplayStore;
use super::token;

/// What a request shows of its caller: every value of the two headers, and the verified client certificate.
#[derive(Clone, Debug, Default)]
pub struct Presented<'a> {
    /// Values of `Authorization`.
    pub authorization: Vec<&'a [u8]>,
    /// Values of `X-Api-Key`.
    pub api_key: Vec<&'a [u8]>,
    pub certificate: Option<&'a PeerCertificate>,
}

/// Proves who asks.
pub struct Authenticator {
    callers: Arc<CallersHandle>,
    used: Arc<ReplayStore>,
}

impl Authenticator {
    /// An authenticator for the callers in use.
    pub fn new(callers: Arc<CallersHandle>, used: Arc<ReplayStore>) -> Self {
        Self { callers, used }
    }

    /// The caller of a request.
    ///
    /// # Errors
    /// Why nobody is known to ask.
    pub async fn authenticate(&self, shown: &Presented<'_>, now: Moment) -> Result<Identity, AuthRefusal> {
        let callers = self.callers.current();
        let holder = shown.certificate.and_then(|certificate| holder(&callers, certificate));
        let (caller, claims) = match credential(shown)? {
            None => {
                let known = holder.clone().filter(|caller| caller.by_certificate_alone());
                let caller = known.ok_or(match shown.certificate {
                    Some(_) if holder.is_none() => AuthRefusal::Unknown,
                    _ => AuthRefusal::Missing,
                })?;
                (caller, None)
            }
            Some(key) if key.starts_with(PREFIX) => {
                let caller = api_key::find(&callers.keys, key).ok_or(AuthRefusal::Unknown)?;
                check_certificate(&caller, holder.as_ref())?;
                (caller, None)
            }
            Some(text) if text.contains('.') => {
                let (caller, verified) = Box::pin(by_token(&callers, text, now)).await?;
                check_certificate(&caller, holder.as_ref())?;
                // Last of all, so that a token is not used up by a request that fails for another reason.
                self.used.use_once(&caller.name, &verified.id, verified.remember_until, now)?;
                (caller, Some(verified.claims))
            }
            Some(_) => return Err(AuthRefusal::Unknown),
        };
        Ok(Identity { caller, claims })
    }
}

/// The one credential of the headers.
fn credential<'a>(shown: &Presented<'a>) -> Result<Option<&'a str>, AuthRefusal> {
    let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).map_err(|_| AuthRefusal::Malformed);
    let credential = match (shown.authorization.as_slice(), shown.api_key.as_slice()) {
        ([], []) => return Ok(None),
        ([], [key]) => text(key)?.trim(),
        ([value], []) => {
            let (scheme, rest) = text(value)?.trim().split_once(' ').ok_or(AuthRefusal::Malformed)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(AuthRefusal::Malformed);
            }
            rest.trim()
        }
        _ => return Err(AuthRefusal::TwoCredentials),
    };
    if credential.is_empty() || !credential.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(AuthRefusal::Malformed);
    }
    // A list in one header is two credentials as well.
    if credential.contains(',') {
        return Err(AuthRefusal::TwoCredentials);
    }
    Ok(Some(credential))
}

/// Whose certificate it is; the configuration holds each name once.
fn holder(callers: &Callers, certificate: &PeerCertificate) -> Option<Arc<Caller>> {
    let named = |caller: &&Arc<Caller>| caller.certificates.iter().any(|name| certificate.is(name));
    callers.list.iter().find(named).cloned()
}

/// A caller with certificates needs one of them beside its key or token; nobody comes with another caller's.
fn check_certificate(caller: &Arc<Caller>, holder: Option<&Arc<Caller>>) -> Result<(), AuthRefusal> {
    match holder {
        Some(holder) if Arc::ptr_eq(holder, caller) => Ok(()),
        Some(_) => Err(AuthRefusal::CertificateMismatch),
        None if caller.certificates.is_empty() => Ok(()),
        None => Err(AuthRefusal::CertificateMissing),
    }
}

async fn by_token(callers: &Callers, text: &str, now: Moment) -> Result<(Arc<Caller>, token::Verified), AuthRefusal> {
    let read = token::read(text)?;
    let issued = callers.list.iter().filter_map(|caller| Some((caller, caller.issuer.as_ref()?)));
    let mut of_issuer = issued.filter(|(_, issuer)| issuer.settings.issuer == read.issuer).peekable();
    if of_issuer.peek().is_none() {
        return Err(AuthRefusal::WrongIssuer);
    }
    let mut fitting = of_issuer.filter(|(_, issuer)| read.audiences.contains(&issuer.settings.audience));
    let (caller, issuer) = fitting.next().ok_or(AuthRefusal::WrongAudience)?;
    // A token for two of our callers at once would leave it to us whose licence it gets.
    if fitting.next().is_some() {
        return Err(AuthRefusal::WrongAudience);
    }
    if !issuer.settings.algorithms.contains(&read.algorithm) {
        return Err(AuthRefusal::Algorithm);
    }
    let keys = issuer.keys.keys(read.key_id.as_deref(), read.algorithm, now).await?;
    let verified = token::verify(text, &read, &issuer.settings, &keys, now)?;
    Ok((Arc::clone(caller), verified))
}

#[cfg(test)]
mod tests;
