//! Who asks, once it is proved, and how far the body may say so itself (RISKS R1, R14, R21, T11, T29).

use std::sync::Arc;

use super::callers::Caller;
use super::refusal::AccessRefusal;
use crate::config::Scope;

/// What a token says of the person behind the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    pub officer: Option<String>,
    pub agency: Option<String>,
    /// Log-in strength (`strength`, or `acr` when it is a number).
    pub strength: Option<u8>,
}

/// A caller and what its credential claims.
pub struct Identity {
    pub caller: Arc<Caller>,
    /// With tokens only.
    pub claims: Option<Claims>,
}

/// Officer and agency of a request, from the claim where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who<'w> {
    pub officer: Option<&'w str>,
    pub agency: Option<&'w str>,
}

impl Identity {
    /// Whether this may be done at all.
    ///
    /// # Errors
    /// The scope is missing, or the officer's log-in is too weak for more than reading the catalogue.
    pub fn may(&self, scope: Scope) -> Result<(), AccessRefusal> {
        if !self.caller.licence.may(scope) {
            return Err(AccessRefusal::ScopeMissing);
        }
        let personal = match scope {
            Scope::Autofill | Scope::Verify | Scope::CacheWrite | Scope::AuditRead => true,
            Scope::CatalogRead | Scope::Metrics => false,
        };
        let claimed = self.claims.as_ref().and_then(|claims| claims.strength);
        match self.caller.strength {
            Some(least) if personal && claimed.is_none_or(|claimed| claimed < least) => {
                Err(AccessRefusal::StrengthTooLow)
            }
            _ => Ok(()),
        }
    }

    /// Whether this may be done by a caller with any of these scopes.
    ///
    /// # Errors
    /// As [`Identity::may`]; that a log-in is too weak is told before that a scope is missing.
    pub fn may_any(&self, scopes: &[Scope]) -> Result<(), AccessRefusal> {
        let mut refused = AccessRefusal::ScopeMissing;
        for scope in scopes {
            match self.may(*scope) {
                Ok(()) => return Ok(()),
                Err(AccessRefusal::ScopeMissing) => {}
                Err(other) => refused = other,
            }
        }
        Err(refused)
    }

    /// The officer alone, for what concerns no agency: the claim, or what is said where nothing is claimed. `None`:
    /// nobody is named.
    ///
    /// # Errors
    /// Somebody else is said than the token names.
    pub fn officer<'a>(&'a self, said: Option<&'a str>) -> Result<Option<&'a str>, AccessRefusal> {
        let Some(claims) = &self.claims else { return Ok(said) };
        let by = claims.officer.as_deref().ok_or(AccessRefusal::ClaimMissing { claim: "officer" })?;
        match said {
            Some(said) if said != by => Err(AccessRefusal::ClaimMismatch { pointer: "/officer" }),
            _ => Ok(Some(by)),
        }
    }

    /// Officer and agency, and that the agency is one of the caller's. A token decides, the body may only repeat it. A
    /// key or a certificate claims nothing: such a caller is trusted to name the officer.
    ///
    /// # Errors
    /// The token names nobody, the body names somebody else, or the agency is not licensed.
    pub fn bind<'w>(&'w self, officer: Option<&'w str>, agency: Option<&'w str>) -> Result<Who<'w>, AccessRefusal> {
        let who = match &self.claims {
            None => Who { officer, agency },
            Some(claims) => {
                let missing = |claim| AccessRefusal::ClaimMissing { claim };
                let by = claims.officer.as_ref().ok_or_else(|| missing("officer"))?;
                let of = claims.agency.as_ref().ok_or_else(|| missing("agency"))?;
                if officer.is_some_and(|officer| officer != by) {
                    return Err(AccessRefusal::ClaimMismatch { pointer: "/officer" });
                }
                if agency.is_some_and(|agency| agency != of) {
                    return Err(AccessRefusal::ClaimMismatch { pointer: "/agency" });
                }
                Who { officer: Some(by), agency: Some(of) }
            }
        };
        self.caller.licence.may_agency(who.agency)?;
        Ok(who)
    }
}
