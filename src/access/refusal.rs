//! Why somebody may not. Closed: every reason has one status, one code and two sentences, without a default arm.
//!
//! Refusals tell a caller about its own credential and its own quota, never about a citizen or about what somebody
//! else looked up.

use std::time::Duration;

/// What the HTTP room needs to answer: it makes a problem document of it and adds nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    pub status: u16,
    pub code: &'static str,
    /// English.
    pub title: &'static str,
    /// Vietnamese.
    pub detail: &'static str,
    /// JSON pointer into the request.
    pub pointer: Option<String>,
    pub retry_after: Option<Duration>,
}

impl Face {
    fn new(status: u16, code: &'static str, title: &'static str, detail: &'static str) -> Self {
        Self { status, code, title, detail, pointer: None, retry_after: None }
    }

    fn at(self, pointer: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), ..self }
    }

    fn after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait.max(Duration::from_secs(1))), ..self }
    }
}

/// The credential was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthRefusal {
    Missing,
    /// Two headers, or the same one twice (RISKS A20): which would be meant?
    TwoCredentials,
    Malformed,
    Unknown,
    Expired,
    NotYetValid,
    /// `exp`, `iat` or `jti` is missing or unreadable.
    ClaimMissing,
    /// A token that lives longer could be replayed for as long.
    LifetimeTooLong,
    WrongIssuer,
    WrongAudience,
    /// Not one of the caller's, `none` and shared secrets included.
    Algorithm,
    /// The issuer has no key of this id.
    KeyUnknown,
    Signature,
    Replayed,
    /// Too many tokens live at once to remember them all.
    ReplayStoreFull,
    /// The used tokens cannot be written down.
    ReplayStoreUnavailable,
    /// The issuer's keys could not be had, and what is kept of them is too old.
    KeySourceUnavailable,
    CertificateMissing,
    /// The certificate belongs to another caller than the key or token.
    CertificateMismatch,
}

impl AuthRefusal {
    /// Status, code and sentences.
    pub fn face(self) -> Face {
        let face = |code, title, detail| Face::new(401, code, title, detail);
        match self {
            Self::Missing => face(
                "credentials_missing",
                "Who is asking? Send an API key, a token or a client certificate.",
                "Thiếu thông tin xác thực của hệ thống gọi.",
            ),
            Self::TwoCredentials => Face::new(
                400,
                "two_credentials",
                "Send exactly one credential in exactly one header.",
                "Chỉ gửi đúng một thông tin xác thực.",
            ),
            Self::Malformed => {
                face("credentials_malformed", "The credential cannot be read.", "Không đọc được thông tin xác thực.")
            }
            Self::Unknown => {
                face("credentials_unknown", "The credential is not known.", "Thông tin xác thực không đúng.")
            }
            Self::Expired => face("token_expired", "The token has expired.", "Mã truy cập đã hết hạn."),
            Self::NotYetValid => face(
                "token_not_yet_valid",
                "The token is not valid yet; compare the clocks.",
                "Mã truy cập chưa có hiệu lực; kiểm tra đồng hồ hai máy.",
            ),
            Self::ClaimMissing => face(
                "token_claim_missing",
                "The token needs `exp`, `iat` and `jti`.",
                "Mã truy cập thiếu `exp`, `iat` hoặc `jti`.",
            ),
            Self::LifetimeTooLong => face(
                "token_lifetime",
                "The token lives longer than one hour.",
                "Mã truy cập có thời hạn dài hơn một giờ.",
            ),
            Self::WrongIssuer => face(
                "token_issuer",
                "No caller has tokens of this issuer.",
                "Nơi cấp mã truy cập không được công nhận.",
            ),
            Self::WrongAudience => {
                face("token_audience", "The token is for somebody else.", "Mã truy cập không dành cho dịch vụ này.")
            }
            Self::Algorithm => face(
                "token_algorithm",
                "The token is not signed by an agreed method.",
                "Mã truy cập không ký bằng thuật toán đã thỏa thuận.",
            ),
            Self::KeyUnknown => face("token_key", "The issuer has no such key.", "Nơi cấp không có khóa ký này."),
            Self::Signature => {
                face("token_signature", "The token's signature is wrong.", "Chữ ký của mã truy cập không đúng.")
            }
            Self::Replayed => face(
                "token_replayed",
                "The token was used before; each is good for one request.",
                "Mã truy cập đã được dùng; mỗi mã chỉ dùng một lần.",
            ),
            Self::ReplayStoreFull => Face::new(
                503,
                "token_store_full",
                "Too many tokens are alive; make them live shorter.",
                "Quá nhiều mã truy cập còn hạn; hãy giảm thời hạn của mã.",
            )
            .after(Duration::from_secs(60)),
            Self::ReplayStoreUnavailable => Face::new(
                503,
                "token_store_unavailable",
                "Used tokens cannot be written down, so none is accepted; call the operator.",
                "Không ghi được mã đã dùng nên tạm không nhận; báo người vận hành.",
            )
            .after(Duration::from_secs(10)),
            Self::KeySourceUnavailable => Face::new(
                503,
                "key_source_unavailable",
                "The issuer's keys cannot be had; the token was not judged.",
                "Không lấy được khóa của nơi cấp nên chưa xét được mã truy cập.",
            )
            .after(Duration::from_secs(10)),
            Self::CertificateMissing => face(
                "certificate_missing",
                "This caller must also show its client certificate.",
                "Hệ thống này phải dùng chứng thư máy khách.",
            ),
            Self::CertificateMismatch => Face::new(
                403,
                "certificate_mismatch",
                "The client certificate belongs to another caller.",
                "Chứng thư máy khách thuộc hệ thống khác.",
            ),
        }
    }
}

/// The caller is known and may not do this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessRefusal {
    ScopeMissing,
    /// The officer's log-in is weaker than the caller's licence asks for: the catalogue stays readable (RISKS R21).
    StrengthTooLow,
    /// The token names no `officer` or no `agency`.
    ClaimMissing {
        claim: &'static str,
    },
    /// The body names somebody else than the token (RISKS T11).
    ClaimMismatch {
        pointer: &'static str,
    },
    AgencyNotLicensed,
    ServiceNotLicensed,
    AttributeNotLicensed {
        pointer: String,
    },
    /// The person is on the watch list and nobody has released the look-up.
    SecondPersonNeeded {
        pointer: String,
    },
    /// A release is given by an officer whom a token names: a key could name anybody.
    ReleaseNeedsToken,
    /// The list of releases is full or cannot be written.
    ReleaseUnavailable,
}

impl AccessRefusal {
    /// Status, code and sentences.
    pub fn face(&self) -> Face {
        let face = |code, title, detail| Face::new(403, code, title, detail);
        match self {
            Self::ScopeMissing => face(
                "scope_missing",
                "This caller may not do this at all.",
                "Hệ thống gọi không có quyền dùng chức năng này.",
            ),
            Self::StrengthTooLow => face(
                "strength_too_low",
                "The officer's log-in is too weak for look-ups.",
                "Mức đăng nhập của cán bộ chưa đủ để tra cứu.",
            ),
            Self::ClaimMissing { claim } => face(
                "claim_missing",
                "The token must name officer and agency.",
                "Mã truy cập phải nêu cán bộ và cơ quan.",
            )
            .at(format!("/{claim}")),
            Self::ClaimMismatch { pointer } => face(
                "claim_mismatch",
                "The body names somebody else than the token.",
                "Nội dung yêu cầu nêu cán bộ hoặc cơ quan khác với mã truy cập.",
            )
            .at(*pointer),
            Self::AgencyNotLicensed => face(
                "agency_not_licensed",
                "This caller may not ask for this agency.",
                "Hệ thống gọi không được tra cứu cho cơ quan này.",
            )
            .at("/agency"),
            Self::ServiceNotLicensed => face(
                "service_not_licensed",
                "This caller may not use this service.",
                "Hệ thống gọi không được dùng thủ tục này.",
            )
            .at("/service"),
            Self::AttributeNotLicensed { pointer } => face(
                "attribute_not_licensed",
                "This caller may not receive this attribute.",
                "Hệ thống gọi không được nhận thông tin này.",
            )
            .at(pointer.clone()),
            Self::SecondPersonNeeded { pointer } => face(
                "second_person_needed",
                "A second officer must release this look-up.",
                "Cần một cán bộ thứ hai cho phép tra cứu này.",
            )
            .at(pointer.clone()),
            Self::ReleaseNeedsToken => face(
                "release_needs_token",
                "A release is given with a token that names the second officer.",
                "Việc cho phép phải dùng mã truy cập nêu rõ cán bộ thứ hai.",
            ),
            Self::ReleaseUnavailable => Face::new(
                503,
                "release_unavailable",
                "Releases cannot be taken now; call the operator.",
                "Tạm thời không ghi được việc cho phép; báo người vận hành.",
            )
            .after(Duration::from_secs(10)),
        }
    }
}

/// Too much was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaRefusal {
    Requests {
        wait: Duration,
    },
    Dossier {
        wait: Duration,
    },
    OfficerHour {
        wait: Duration,
    },
    OfficerDay {
        wait: Duration,
    },
    CallerDay {
        wait: Duration,
    },
    YearOnly {
        wait: Duration,
    },
    /// A run of not-found or of neighbouring numbers.
    SlowDown {
        wait: Duration,
    },
    OfficerLocked {
        wait: Duration,
    },
    VerifyTries,
    /// More officers or dossiers at once than one caller can have.
    StoreFull,
    /// Counts cannot be written down, so nothing is counted and nothing disclosed (RISKS T26).
    StoreUnavailable,
}

impl QuotaRefusal {
    /// Status, code and sentences.
    pub fn face(self) -> Face {
        let face = |code, title, detail| Face::new(429, code, title, detail);
        match self {
            Self::Requests { wait } => {
                face("too_many_requests", "Too many requests a second.", "Gửi yêu cầu quá nhanh.").after(wait)
            }
            Self::Dossier { wait } => face(
                "dossier_quota",
                "More people were asked for than this dossier can have.",
                "Số người đã tra cứu vượt mức của một hồ sơ.",
            )
            .at("/dossier")
            .after(wait),
            Self::OfficerHour { wait } => face(
                "officer_hour_quota",
                "This officer has asked for too many people within an hour.",
                "Cán bộ đã tra cứu quá nhiều người trong một giờ.",
            )
            .after(wait),
            Self::OfficerDay { wait } => face(
                "officer_day_quota",
                "This officer has asked for too many people within a day.",
                "Cán bộ đã tra cứu quá nhiều người trong một ngày.",
            )
            .after(wait),
            Self::CallerDay { wait } => face(
                "caller_day_quota",
                "This caller has asked for too many people within a day.",
                "Hệ thống gọi đã tra cứu quá nhiều người trong một ngày.",
            )
            .after(wait),
            Self::YearOnly { wait } => face(
                "year_only_quota",
                "Too many people were asked for by year of birth only; give the whole date.",
                "Tra cứu chỉ với năm sinh quá nhiều; hãy nhập đủ ngày sinh.",
            )
            .after(wait),
            Self::SlowDown { wait } => face(
                "slow_down",
                "Several look-ups in a row looked like a search; wait, then check number, name and date.",
                "Nhiều lần tra cứu liên tiếp bất thường; hãy đợi rồi kiểm tra lại số, họ tên, ngày sinh.",
            )
            .after(wait),
            Self::OfficerLocked { wait } => face(
                "officer_locked",
                "Look-ups of this officer are locked for a time; the operator was told.",
                "Việc tra cứu của cán bộ tạm bị khóa; người vận hành đã được báo.",
            )
            .after(wait),
            Self::VerifyTries => face(
                "verify_quota",
                "This person was verified three times for this dossier.",
                "Đã xác minh người này đủ ba lần trong hồ sơ.",
            ),
            Self::StoreFull => face(
                "quota_store_full",
                "This caller has too many officers or dossiers at once.",
                "Hệ thống gọi có quá nhiều cán bộ hoặc hồ sơ cùng lúc.",
            )
            .after(Duration::from_secs(60)),
            Self::StoreUnavailable => Face::new(
                503,
                "quota_store_unavailable",
                "Look-ups cannot be counted, so none is made; call the operator.",
                "Không ghi được số lần tra cứu nên tạm ngừng tra cứu; báo người vận hành.",
            )
            .after(Duration::from_secs(10)),
        }
    }
}

/// Every refusal as it is told, for the description of the API; waits and pointers are examples.
pub fn every_face() -> Vec<Face> {
    use {AccessRefusal as C, AuthRefusal as A, QuotaRefusal as Q};
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
        C::AttributeNotLicensed { pointer: pointer() },
        C::SecondPersonNeeded { pointer: pointer() },
        C::ReleaseNeedsToken,
        C::ReleaseUnavailable,
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
    let auth = auth.iter().map(|refusal| refusal.face());
    auth.chain(access.iter().map(AccessRefusal::face)).chain(quota.iter().map(|refusal| refusal.face())).collect()
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
