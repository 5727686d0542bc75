//! Every way in which this room refuses, as it is told: for the description of the API.

use std::time::Duration;

use super::refusal::{AccessRefusal, AuthRefusal, Face, QuotaRefusal};
use super::sampling::AnswerRefusal;

/// Every refusal as it is told, for the description of the API; waits and pointers are examples.
pub fn every_face() -> Vec<Face> {
    use {AccessRefusal as C, AnswerRefusal as S, AuthRefusal as A, QuotaRefusal as Q};
    let auth = [
        A::Missing,
        A::TwoCredentials,
        A::Malformed,
        A::Unknown,
        A::Expired,
        A::NotYetValid,
        A::ClaimMissing,
        A::LifetimeTooLong,
        A::WrongIssuer,
        A::WrongAudience,
        A::Algorithm,
        A::KeyUnknown,
        A::Signature,
        A::Replayed,
        A::ReplayStoreFull,
        A::ReplayStoreUnavailable,
        A::KeySourceUnavailable,
        A::CertificateMissing,
        A::CertificateMismatch,
    ];
    let pointer = || "/citizen".to_owned();
    let access = [
        C::ScopeMissing,
        C::StrengthTooLow,
        C::ClaimMissing { claim: "officer" },
        C::ClaimMismatch { pointer: "/officer" },
        C::AgencyNotLicensed,
        C::ServiceNotLicensed,
        C::SecondPersonNeeded { pointer: pointer() },
        C::ReleaseNeedsToken,
        C::ReleaseUnavailable,
        C::WatchListOff,
    ];
    let wait = Duration::from_secs(3);
    let quota = [
        Q::Requests { wait },
        Q::Dossier { wait },
        Q::OfficerHour { wait },
        Q::OfficerDay { wait },
        Q::CallerDay { wait },
        Q::YearOnly { wait },
        Q::SlowDown { wait },
        Q::OfficerLocked { wait },
        Q::VerifyTries,
        Q::StoreFull,
        Q::StoreUnavailable,
    ];
    let answers = [S::Unknown, S::OtherOfficer, S::ReasonForm, S::ReasonNumber, S::Unavailable];
    let auth = auth.iter().map(|refusal| refusal.face());
    let answers = answers.iter().map(|refusal| refusal.face());
    let access = access.iter().map(AccessRefusal::face);
    auth.chain(access).chain(quota.iter().map(|refusal| refusal.face())).chain(answers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_code_of_its_own() {
        let faces = every_face();
        let mut codes: Vec<&str> = faces.iter().map(|face| face.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), faces.len());
        assert!(faces.iter().all(|face| (400..504).contains(&face.status) && !face.detail.is_empty()));
    }
}
