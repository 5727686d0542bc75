//! The gateway against a tiny TCP server that plays a script: one answer a connection.

mod faults;
mod guard;
mod peer;
mod privacy;
mod sign_in;
mod stand_in;
mod tls;
mod unshowable;
mod upkeep;
mod wire;

use std::time::Duration;

use super::{GatewayBuildError, GatewaySource};
use crate::citizen::{AttributeSet, Name, Number, PartialDate, Query};
use crate::config::{
    ConnectionSettings, GuardSettings, HeaderSettings, PerOperation, ProfileSettings, ReplySettings, RequestSettings,
    SecretFile, Serves, TimestampUnit, TlsSettings, TokenRequest, TokenSettings,
};
use crate::population::{LookUp, Outcome, Source};
use crate::telemetry::Metrics;

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
        trail: crate::population::CallTrail::default(),
    }
}

pub fn direct() -> ProfileSettings {
    ProfileSettings::Direct {
        user: "user".into(),
        secret: SecretFile::fixed(SECRET),
        signing_url: PerOperation { record: "/signed".into(), existence: None },
        timestamp_unit: TimestampUnit::Milliseconds,
    }
}

pub fn lgsp() -> ProfileSettings {
    lgsp_with(CONNECTION)
}

fn lgsp_with(connection_string: &str) -> ProfileSettings {
    ProfileSettings::LgspSoap {
        token: TokenSettings {
            path: "/token".into(),
            request: TokenRequest::ClientCredentials,
            lifetime: Duration::from_secs(3600),
            margin: Duration::from_secs(300),
        },
        connection_string: Some(SecretFile::fixed(connection_string)),
        auth_hash: Some(SecretFile::fixed(AUTH_HASH)),
    }
}

pub fn settings(base: &str, profile: ProfileSettings) -> ConnectionSettings {
    let path = match profile {
        ProfileSettings::Direct { .. } => "/lookup",
        _ => "/TraCuuThongTinCongDan",
    };
    ConnectionSettings {
        name: "test".into(),
        profile,
        base: base.to_owned(),
        operation_path: PerOperation { record: path.into(), existence: None },
        serves: Serves::default(),
        rehearsal: false,
        headers: HeaderSettings::default(),
        request: RequestSettings::default(),
        reply: ReplySettings::default(),
        guard: GuardSettings {
            budget: Duration::from_secs(2),
            connect_timeout: Duration::from_millis(500),
            permits: 1,
            calls_per_second: None,
            officer_at_once: None,
            ..GuardSettings::default()
        },
        tls: TlsSettings::default(),
    }
}

pub fn built(settings: ConnectionSettings) -> Result<GatewaySource, GatewayBuildError> {
    GatewaySource::new(settings, Metrics::new().expect("metrics").upstream("test"))
}

pub fn gateway(base: &str, profile: ProfileSettings) -> GatewaySource {
    built(settings(base, profile)).expect("gateway")
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
    let refused = |base: &str, profile: ProfileSettings, change: &dyn Fn(&mut ConnectionSettings)| {
        let mut settings = settings(base, profile);
        change(&mut settings);
        built(settings).err()
    };
    let http = |base: &str| refused(base, direct(), &|_| {});
    assert_eq!(http("http://lgsp.tinh.example"), Some(GatewayBuildError::PlainHttp));
    assert_eq!(http("http://127.0.0.1.tinh.example"), Some(GatewayBuildError::PlainHttp));
    assert_eq!(http("http://localhost:1"), None);
    assert_eq!(http("http://[::1]:1/prefix"), None);
    assert_eq!(http("ftp://127.0.0.1"), Some(GatewayBuildError::BadBase));
    assert_eq!(http("https://user:pw@lgsp.tinh.example"), Some(GatewayBuildError::BadBase));
    assert_eq!(http("lgsp"), Some(GatewayBuildError::BadBase));
    let no_certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let trusting = refused("https://lgsp.tinh.example", direct(), &|settings| {
        settings.tls.trust = Some(no_certificate.into());
    });
    assert_eq!(trusting, Some(GatewayBuildError::BadTrust));
    let local = |change: &dyn Fn(&mut ConnectionSettings)| refused("http://127.0.0.1:1", direct(), change);
    assert_eq!(local(&|settings| settings.guard.permits = 0), Some(GatewayBuildError::NothingAllowed));
    assert_eq!(local(&|settings| settings.guard.budget = Duration::ZERO), Some(GatewayBuildError::NothingAllowed));
    for path in ["lookup", "@evil.example/"] {
        let refusal = local(&|settings| settings.operation_path.record = path.to_owned());
        assert_eq!(refusal, Some(GatewayBuildError::BadPath));
    }
    for name in ["a b", ""] {
        let refusal = local(&|settings| settings.headers.timestamp = name.to_owned());
        assert_eq!(refusal, Some(GatewayBuildError::BadHeader), "{name}");
    }
    let broken = refused("http://127.0.0.1:1", lgsp_with("a\r\nb"), &|_| {});
    assert_eq!(broken, Some(GatewayBuildError::BadHeader));
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
