//! The gateway against a tiny TCP server that plays a script: one answer a connection.

mod faults;
mod privacy;
mod sign_in;
mod stand_in;

use std::time::Duration;

use super::{GatewayBuildError, GatewaySettings, GatewaySource, OfficerCode, ProcedureCode, Profile, TimestampUnit};
use crate::citizen::{AttributeSet, Name, Number, PartialDate, Query};
use crate::population::{LookUp, Outcome, Source};

pub const SECRET: &str = "CANARY-SECRET-1";
pub const CONNECTION: &str = "CANARY-CONNECTION-2";
pub const AUTH_HASH: &str = "CANARY-HASH-3";

pub fn look_up() -> LookUp {
    LookUp {
        query: Query {
            number: Number::parse("999085000001").expect("number"),
            name: Some(Name::parse("Nguyễn Văn Mẫu Một").expect("name")),
            birth_date: Some(PartialDate::from_iso("1985-03-12").expect("date")),
        },
        keep: AttributeSet::all(),
        service: "9.999999".into(),
        officer: "999080000099".into(),
        agency: "H99.99".into(),
        dossier: "H99.99-1".into(),
    }
}

pub fn direct() -> Profile {
    Profile::Direct {
        path: "/lookup".into(),
        user: "user".into(),
        secret: SECRET.into(),
        signing_url: "/signed".into(),
        timestamp_unit: TimestampUnit::Milliseconds,
    }
}

pub fn lgsp() -> Profile {
    Profile::LgspSoap {
        token_path: "/token".into(),
        operation_path: "/TraCuuThongTinCongDan".into(),
        connection_string: CONNECTION.into(),
        auth_hash: AUTH_HASH.into(),
    }
}

pub fn settings(base: &str, profile: Profile) -> GatewaySettings {
    GatewaySettings {
        name: "test".into(),
        profile,
        base: base.to_owned(),
        budget: Duration::from_secs(2),
        connect_timeout: Duration::from_millis(500),
        permits: 1,
        trust: None,
        procedure_code: ProcedureCode::Service,
        officer_code: OfficerCode::Request,
    }
}

pub fn gateway(base: &str, profile: Profile) -> GatewaySource {
    GatewaySource::new(settings(base, profile)).expect("gateway")
}

pub fn name_of(outcome: &Outcome) -> String {
    match outcome.cause() {
        Some(cause) => format!("{}/{cause}", outcome.label()),
        None => outcome.label().to_owned(),
    }
}

pub async fn ask(gateway: &GatewaySource) -> String {
    name_of(&gateway.look_up(&look_up()).await)
}

pub fn adult() -> String {
    let path = format!("{}/tests/upstream-samples/response-037-adult-full.xml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("sample")
}

#[test]
fn settings_that_cannot_be_right_are_refused_at_start() {
    let refused = |change: &dyn Fn(&mut GatewaySettings)| {
        let mut settings = settings("https://lgsp.tinh.example", direct());
        settings.trust = Some(b"-----BEGIN CERTIFICATE-----".to_vec());
        change(&mut settings);
        GatewaySource::new(settings).err()
    };
    let http = |base: &str| {
        let base = base.to_owned();
        refused(&move |settings| settings.base.clone_from(&base))
    };
    assert_eq!(http("http://lgsp.tinh.example"), Some(GatewayBuildError::PlainHttp));
    assert_eq!(http("http://127.0.0.1.tinh.example"), Some(GatewayBuildError::PlainHttp));
    assert_eq!(http("http://localhost:1"), None);
    assert_eq!(http("http://[::1]:1/prefix"), None);
    assert_eq!(http("ftp://127.0.0.1"), Some(GatewayBuildError::BadBase));
    assert_eq!(http("https://user:pw@lgsp.tinh.example"), Some(GatewayBuildError::BadBase));
    assert_eq!(http("lgsp"), Some(GatewayBuildError::BadBase));
    assert_eq!(refused(&|_| {}), Some(GatewayBuildError::BadTrust));
    let local = |change: &dyn Fn(&mut GatewaySettings)| {
        refused(&|settings| {
            settings.base = "http://127.0.0.1:1".into();
            change(settings);
        })
    };
    assert_eq!(local(&|settings| settings.permits = 0), Some(GatewayBuildError::NothingAllowed));
    assert_eq!(local(&|settings| settings.budget = Duration::ZERO), Some(GatewayBuildError::NothingAllowed));
    let path = |path: &'static str| {
        local(&move |settings| {
            if let Profile::Direct { path: configured, .. } = &mut settings.profile {
                *configured = path.into();
            }
        })
    };
    assert_eq!(path("lookup"), Some(GatewayBuildError::BadPath));
    assert_eq!(path("@evil.example/"), Some(GatewayBuildError::BadPath));
    let broken = || Profile::LgspSoap {
        token_path: "/token".into(),
        operation_path: "/x".into(),
        connection_string: "a\r\nb".into(),
        auth_hash: AUTH_HASH.into(),
    };
    assert_eq!(local(&|settings| settings.profile = broken()), Some(GatewayBuildError::BadSecret));
}

#[tokio::test]
async fn a_question_without_officer_agency_procedure_or_dossier_is_never_sent() {
    let gateway = gateway("http://127.0.0.1:9", direct());
    type Change = fn(&mut LookUp);
    let cases: [(Change, &str); 6] = [
        (|asked| asked.officer.clear(), "rejected/missing_officer"),
        (|asked| asked.agency.clear(), "rejected/missing_agency"),
        (|asked| asked.service = " ".into(), "rejected/missing_procedure"),
        (|asked| asked.dossier.clear(), "rejected/missing_dossier"),
        (|asked| asked.query.name = None, "rejected/missing_name"),
        (|asked| asked.query.birth_date = None, "rejected/missing_birth_date"),
    ];
    for (change, expected) in cases {
        let mut asked = look_up();
        change(&mut asked);
        assert_eq!(name_of(&gateway.look_up(&asked).await), expected);
    }
}
