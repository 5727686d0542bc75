//! What the simulator serves and whom it lets in.

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::time::Duration;

use super::forms::{DateForms, NameForms};
use crate::citizen::person_file::Person;

/// User of the profile `direct` (training account; not a secret).
pub const DIRECT_USER: &str = "mo-phong";
/// Signing secret of the profile `direct` (training account; not a secret).
pub const DIRECT_SECRET: &str = "khong-phai-bi-mat";
/// The text that is signed in place of an address (PROTOCOL §3.1: a setting of its own).
pub const SIGNING_URL: &str = "/direct/037";
/// Connection string of the gateway profiles: base64 of a JSON object with `AccessKey`, `SecretKey`, `AppName`,
/// `PartnerCode`, `PartnerCodeCus` in this order (PROTOCOL §3.2), all invented.
pub const LGSP_CONNECTION_STRING: &str = "eyJBY2Nlc3NLZXkiOiJtby1waG9uZyIsIlNlY3JldEtleSI6Imtob25nLXBoYWktYmktbWF0Iiwi\
    QXBwTmFtZSI6ImRpZW5zYW4tbW8tcGhvbmciLCJQYXJ0bmVyQ29kZSI6Ijk5OSIsIlBhcnRuZXJDb2RlQ3VzIjoiOTk5In0=";
/// `AuthHash` of the gateway profiles: base64 of account name, colon, password (PROTOCOL §3.2), invented.
pub const LGSP_AUTH_HASH: &str = "bW8tcGhvbmc6a2hvbmctcGhhaS1iaS1tYXQ=";
/// The fixed text of the `Auth` header in token requests of `json-camel` (PROTOCOL §3.3; training text, not a secret).
pub const CAMEL_AUTH: &str = "mo-phong-khong-phai-bi-mat";

/// The default unit of `Timestamp` (PROTOCOL §3.1).
const MILLISECONDS: NonZeroU64 = match NonZeroU64::new(1000) {
    Some(ticks) => ticks,
    None => NonZeroU64::MIN,
};

/// Everything the simulator needs to start.
pub struct SimulatorSettings {
    /// Address to listen on; loopback only, port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The invented people of the register.
    pub people: Vec<Person>,
    /// The credentials that are accepted.
    pub accounts: Accounts,
    pub strictness: Strictness,
    /// The name forms that are accepted (PROTOCOL §4.1).
    pub name_forms: NameForms,
    /// The date forms that are accepted (PROTOCOL §4.2).
    pub date_forms: DateForms,
    /// Certificate, key and whom to trust; `None`: plain HTTP.
    pub tls: Option<rustls::ServerConfig>,
}

/// What is enforced; can be changed while the simulator runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strictness {
    /// Order of elements matters and unknown ones are refused (PROTOCOL §11).
    pub strict: bool,
    /// A `MaYeuCau` that was used before is refused (PROTOCOL §11, assumed there, off by default).
    pub refuse_reused_request_ids: bool,
    /// How far a `Timestamp` header may be from the simulator's clock, either way (PROTOCOL §3.1: 300 s assumed).
    pub timestamp_tolerance: Duration,
}

impl Default for Strictness {
    fn default() -> Self {
        Self { strict: true, refuse_reused_request_ids: false, timestamp_tolerance: Duration::from_secs(300) }
    }
}

/// Accepted credentials, one account a profile.
#[derive(Clone)]
pub struct Accounts {
    pub direct: DirectAccount,
    pub lgsp: LgspAccount,
    pub camel: CamelAccount,
}

/// Credentials of the profile `direct` (PROTOCOL §3.1).
#[derive(Clone)]
pub struct DirectAccount {
    pub user: String,
    pub secret: String,
    pub signing_url: String,
    /// Unit of the `Timestamp` header: 1000 for milliseconds, 1 for seconds.
    pub timestamp_ticks_per_second: NonZeroU64,
}

/// Credentials of the gateway profiles (PROTOCOL §3.2).
#[derive(Clone, PartialEq, Eq)]
pub struct LgspAccount {
    pub connection_string: String,
    pub auth_hash: String,
    /// How long a token that was given is good.
    pub token_lifetime: Duration,
}

/// Credentials of the flavour `json-camel` (PROTOCOL §3.3).
#[derive(Clone, PartialEq, Eq)]
pub struct CamelAccount {
    /// The text of the `Auth` header.
    pub auth: String,
    /// How long a token that was given is good.
    pub token_lifetime: Duration,
}

impl SimulatorSettings {
    /// The fixed training accounts, one-hour tokens, five minutes of clock tolerance.
    pub fn training(listen: SocketAddr, people: Vec<Person>) -> Self {
        Self {
            listen,
            people,
            accounts: Accounts::training(),
            strictness: Strictness::default(),
            name_forms: NameForms::default(),
            date_forms: DateForms::default(),
            tls: None,
        }
    }
}

impl Accounts {
    /// The fixed training accounts; their values are public constants and no secrets.
    pub fn training() -> Self {
        Self {
            direct: DirectAccount {
                user: DIRECT_USER.to_owned(),
                secret: DIRECT_SECRET.to_owned(),
                signing_url: SIGNING_URL.to_owned(),
                timestamp_ticks_per_second: MILLISECONDS,
            },
            lgsp: LgspAccount {
                connection_string: LGSP_CONNECTION_STRING.to_owned(),
                auth_hash: LGSP_AUTH_HASH.to_owned(),
                token_lifetime: Duration::from_secs(3600),
            },
            camel: CamelAccount { auth: CAMEL_AUTH.to_owned(), token_lifetime: Duration::from_secs(3600) },
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn the_connection_string_is_the_json_of_the_protocol() {
        let json = STANDARD.decode(LGSP_CONNECTION_STRING).expect("base64");
        let members: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&json).expect("a JSON object");
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        assert_eq!(names, ["AccessKey", "SecretKey", "AppName", "PartnerCode", "PartnerCodeCus"]);
        assert!(!json.contains(&b' '));
    }

    #[test]
    fn the_auth_hash_is_account_and_password() {
        assert_eq!(STANDARD.decode(LGSP_AUTH_HASH).expect("base64"), b"mo-phong:khong-phai-bi-mat");
    }
}
