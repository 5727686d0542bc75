//! What is configured for one connection (PROTOCOL §13): plain data with the protocol's defaults.
//!
//! No `Debug`: secrets are in it. It must not know what its values are used for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::super::maintenance::MaintenanceWindow;
use super::super::secret_file::SecretFile;

/// One connection to the population register.
pub struct ConnectionSettings {
    /// For logs, metrics and the journal.
    pub name: String,
    pub profile: ProfileSettings,
    /// Scheme, host and port, perhaps a path prefix; no slash at the end.
    pub base: String,
    pub operation_path: PerOperation<String>,
    /// Which services and agencies use it.
    pub serves: Serves,
    /// Upstream is a stand-in on loopback: only `999…` numbers, callers and cache decision optional.
    pub rehearsal: bool,
    pub headers: HeaderSettings,
    pub request: RequestSettings,
    pub reply: ReplySettings,
    pub guard: GuardSettings,
    pub tls: TlsSettings,
}

/// A value for each of the two operations (PROTOCOL §2); 033 may be missing.
#[derive(Clone)]
pub struct PerOperation<T> {
    /// 037, the record of one citizen.
    pub record: T,
    /// 033, whether such a citizen exists.
    pub existence: Option<T>,
}

/// Which look-ups a connection is for. The first connection of the file whose rule fits is used.
#[derive(Clone, Default)]
pub struct Serves {
    /// Service codes; empty: every service.
    pub services: Vec<String>,
    /// Agency codes, `*` at the end stands for any rest (`H01.*`); empty: every agency.
    pub agencies: Vec<String>,
}

impl Serves {
    /// Whether a look-up for this service by this agency is meant.
    pub fn fits(&self, service: &str, agency: &str) -> bool {
        let agency_fits = |rule: &String| match rule.strip_suffix('*') {
            Some(beginning) => agency.starts_with(beginning),
            None => rule == agency,
        };
        (self.services.is_empty() || self.services.iter().any(|code| code == service))
            && (self.agencies.is_empty() || self.agencies.iter().any(agency_fits))
    }

    /// Whether there is nothing that it leaves to others.
    pub fn is_everything(&self) -> bool {
        self.services.is_empty() && self.agencies.is_empty()
    }
}

/// How calls are authenticated (PROTOCOL §3).
pub enum ProfileSettings {
    /// Signed header (§3.1).
    Direct {
        user: String,
        secret: SecretFile,
        /// What is signed in place of the address called; gateways rewrite addresses.
        signing_url: PerOperation<String>,
        timestamp_unit: TimestampUnit,
    },
    /// Provincial gateway with token, SOAP passes through (§3.2).
    LgspSoap { token: TokenSettings, connection_string: Option<SecretFile>, auth_hash: Option<SecretFile> },
    /// Gateway with token that converts JSON (§3.3).
    LgspJson {
        body: JsonBody,
        token: TokenSettings,
        connection_string: Option<SecretFile>,
        auth_hash: Option<SecretFile>,
    },
}

/// Unit of the `Timestamp` header (§3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampUnit {
    Milliseconds,
    Seconds,
}

/// Members of a JSON request (§3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonBody {
    Pascal,
    Camel,
}

/// How a token is had and how long it is believed (§3.2, §3.4).
pub struct TokenSettings {
    pub path: String,
    pub request: TokenRequest,
    /// The life of a token that does not say.
    pub lifetime: Duration,
    /// How long before its end it is renewed.
    pub margin: Duration,
}

/// What is sent to the token address.
pub enum TokenRequest {
    /// `grant_type=client_credentials` with the connection string in its header (§3.2).
    ClientCredentials,
    /// An empty body and a fixed text in the `Auth` header (§3.3).
    AuthHeader(SecretFile),
}

/// Names and fixed values of headers (§3, all configurable by §13).
pub struct HeaderSettings {
    pub timestamp: String,
    pub connection_string: String,
    pub auth_hash: String,
    /// The header of [`TokenRequest::AuthHeader`].
    pub token_auth: String,
    /// `None`: the profile's own.
    pub content_type: Option<String>,
    /// `None`: the profile's own; an empty text: the header is left out.
    pub soap_action: Option<String>,
    /// `None`: the profile's own.
    pub accept: Option<String>,
    /// Further headers with fixed values, for example `X-Road-Client`.
    pub fixed: BTreeMap<String, String>,
    /// Further headers whose values are secret, for example `ApiKey`.
    pub secret: BTreeMap<String, SecretFile>,
}

impl Default for HeaderSettings {
    fn default() -> Self {
        Self {
            timestamp: "Timestamp".to_owned(),
            connection_string: "lgspaccesstoken".to_owned(),
            auth_hash: "AuthHash".to_owned(),
            token_auth: "Auth".to_owned(),
            content_type: None,
            soap_action: None,
            accept: None,
            fixed: BTreeMap::new(),
            secret: BTreeMap::new(),
        }
    }
}

/// What is written into a request (§2, §4).
#[derive(Clone)]
pub struct RequestSettings {
    /// Namespace of the operation.
    pub namespace: String,
    /// Prefix of the operation's elements.
    pub prefix: String,
    pub operation_name: PerOperation<String>,
    /// `MaTichHop`.
    pub service_number: PerOperation<String>,
    /// The fields and their order.
    pub fields: PerOperation<Vec<RequestField>>,
    /// `MaDVC`.
    pub procedure: Code,
    /// `MaCanBo`.
    pub officer: Code,
    /// `MaDonVi`, sent when the fields name it: the agency or a fixed text.
    pub unit: Option<String>,
    /// `TaiKhoan`, sent when the fields name it: the officer or a fixed text.
    pub account: Option<String>,
    /// `SoDienThoai`, sent when the fields name it; the known client sends `0`.
    pub phone: String,
    /// `userNameService` of `json-camel`: the officer or a fixed text.
    pub user_name_service: Option<String>,
    pub name_form: NameForm,
    pub birth_date_form: BirthDateForm,
    /// Whether unused JSON members are `""` (else they are left out).
    pub empty_members: bool,
}

/// A field of a request (§4); the order in the settings is the order on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestField {
    MaYeuCau,
    MaDvc,
    /// The same code under the name of the later 033 (§4, last paragraph).
    MaDichVu,
    MaTichHop,
    MaCanBo,
    MaDonVi,
    TaiKhoan,
    SoDienThoai,
    /// `SoDinhDanh` or `SoCMND`, whichever the query has.
    Number,
    HoVaTen,
    NgayThangNamSinh,
}

/// Where a code of the request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// The service's code, the request's officer.
    Asked,
    /// One fixed code or account.
    Fixed(String),
    /// By service or officer; one that is not listed is not permitted.
    Table(BTreeMap<String, String>),
}

/// Form of the name (§4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameForm {
    CompactAscii,
    Upper,
}

/// Form of a full birth date (§4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BirthDateForm {
    Compact,
    Iso,
}

impl Default for RequestSettings {
    fn default() -> Self {
        use RequestField as F;
        let fields = vec![F::MaYeuCau, F::MaDvc, F::MaTichHop, F::MaCanBo, F::Number, F::HoVaTen, F::NgayThangNamSinh];
        let texts = |record: &str, existence: &str| PerOperation {
            record: record.to_owned(),
            existence: Some(existence.to_owned()),
        };
        Self {
            namespace: "http://dancuquocgia.bca".to_owned(),
            prefix: "dan".to_owned(),
            operation_name: texts("TraCuuThongTinCongDan", "XacThucThongTinCongDan"),
            service_number: texts("037", "033"),
            fields: PerOperation { existence: Some(fields.clone()), record: fields },
            procedure: Code::Asked,
            officer: Code::Asked,
            unit: None,
            account: None,
            phone: "0".to_owned(),
            user_name_service: None,
            name_form: NameForm::CompactAscii,
            birth_date_form: BirthDateForm::Compact,
            empty_members: true,
        }
    }
}

/// How replies are read (§5, §6).
#[derive(Clone)]
pub struct ReplySettings {
    /// Namespace of the record (QCVN 109:2017/BTTTT by default).
    pub namespace: String,
    /// `None`: told from the content (§6.4).
    pub flavour: Option<ReplyFlavour>,
    /// Values of `error_code` that mean success; the empty text stands for a blank one (§6.2, ASM).
    pub success_codes: Vec<String>,
    pub not_found: NotFoundForms,
    /// Tried in order before the built-in classification (§6.2); the first that fits decides.
    pub faults: Vec<FaultRule>,
    /// Largest body after decompression (§5.2 rule 7).
    pub max_bytes: usize,
}

/// The one flavour that is accepted (§5, §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyFlavour {
    Soap,
    Envelope,
    Bare,
    Wrapped,
    Qcvn109,
}

/// Which shapes of reply mean "nobody" (§6.1, §11); a shape that is off is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFoundForms {
    pub empty_collection: bool,
    pub no_collection: bool,
    pub empty_person: bool,
}

/// One row of the fault classification table: what is given must all fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// HTTP status.
    pub status: Option<u16>,
    /// The code of a gateway fault, or `error_code`, as text.
    pub code: Option<String>,
    pub outcome: FaultOutcome,
}

/// What a fault may be told as. Never "found" and never "not found".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultOutcome {
    Rejected,
    NotPermittedProcedure,
    NotPermittedOfficer,
    AuthFailed,
    Throttled,
    UpstreamFault,
    Maintenance,
}

impl Default for ReplySettings {
    fn default() -> Self {
        Self {
            namespace: "http://www.mic.gov.vn/dancu/1.0".to_owned(),
            flavour: None,
            success_codes: ["", "0", "00", "200", "SUCCESSFUL"].map(str::to_owned).to_vec(),
            not_found: NotFoundForms { empty_collection: true, no_collection: true, empty_person: true },
            faults: Vec::new(),
            max_bytes: 1024 * 1024,
        }
    }
}

/// Time, repetition and load (§7, DESIGN §6).
#[derive(Clone)]
pub struct GuardSettings {
    /// Wall-clock time for one look-up, everything included.
    pub budget: Duration,
    pub connect_timeout: Duration,
    /// From the sent question to the head of the answer.
    pub first_byte_timeout: Duration,
    /// From the head of the answer to its end.
    pub body_timeout: Duration,
    /// Most look-ups at once; one more is throttled at once.
    pub permits: usize,
    /// Data calls of this connection; `None`: unlimited.
    pub calls_per_second: Option<u32>,
    /// Look-ups of one officer at once; `None`: unlimited. Further ones wait within the budget.
    pub officer_at_once: Option<usize>,
    pub breaker: BreakerSettings,
    /// A connection that stood unused this long is closed by us: its buffers hold the last reply.
    pub idle: Duration,
    /// Whether the permitted repeat (§6.1) is made.
    pub repeat: bool,
    /// Half of it up or down by chance.
    pub repeat_pause: Duration,
    pub maintenance: Vec<MaintenanceWindow>,
}

/// When an address is left alone (§7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// This many faults or time-outs …
    pub faults: u32,
    /// … within this time open the breaker …
    pub within: Duration,
    /// … and after this one probe is let through.
    pub probe_after: Duration,
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            budget: Duration::from_secs(12),
            connect_timeout: Duration::from_secs(3),
            first_byte_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            permits: 32,
            calls_per_second: Some(5),
            officer_at_once: Some(1),
            breaker: BreakerSettings {
                faults: 5,
                within: Duration::from_secs(30),
                probe_after: Duration::from_secs(15),
            },
            idle: Duration::from_secs(90),
            repeat: true,
            repeat_pause: Duration::from_millis(500),
            maintenance: Vec::new(),
        }
    }
}

/// Whom to trust and who we are (§3.4). Files, because they are read again when they change. There is no switch that
/// turns certificate checks off.
#[derive(Clone, Default)]
pub struct TlsSettings {
    /// PEM of the only roots to trust; without it those of the system.
    pub trust: Option<PathBuf>,
    /// PEM of our certificate chain and its key.
    pub client: Option<ClientCertificate>,
    /// Connections that are opened before the service is ready and kept open; 0: none.
    pub warm_connections: usize,
}

/// Our own certificate.
#[derive(Clone)]
pub struct ClientCertificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}
