//! Why a connection cannot be set up.

use thiserror::Error;

/// Why a connection cannot be set up. Holds no value: addresses and secrets stay in the configuration.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum GatewayBuildError {
    #[error("`base` is not an http(s) address without credentials, query and fragment")]
    BadBase,
    #[error("plain http is accepted for loopback only")]
    PlainHttp,
    #[error("a path must begin with `/` and be part of an address")]
    BadPath,
    #[error("`trust` holds no certificate in PEM form")]
    BadTrust,
    #[error("`client_certificate` and `client_key` hold no certificate and key in PEM form that belong together")]
    BadClientCertificate,
    #[error("`client_key` can be read by others than its owner; run chmod 600 on it")]
    OpenKey,
    #[error("a secret, user name or header holds characters that cannot travel in a header")]
    BadHeader,
    #[error("`permits` and `budget` must be more than zero")]
    NothingAllowed,
    #[error("the HTTP client could not be built; is there a certificate store on this machine?")]
    Client,
}
