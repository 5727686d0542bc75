//! The addresses of a connection: `https`, or plain HTTP on loopback; paths stay below the base.

use std::net::IpAddr;

use reqwest::Url;

use super::error::GatewayBuildError;
use crate::config::PerOperation;

/// The base of a connection: no credentials, query or fragment; plain HTTP for loopback only.
pub fn base_url(text: &str) -> Result<Url, GatewayBuildError> {
    let url = Url::parse(text).map_err(|_| GatewayBuildError::BadBase)?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        "https" if plain => Ok(url),
        "http" if plain && is_loopback(&url) => Ok(url),
        "http" if plain => Err(GatewayBuildError::PlainHttp),
        _ => Err(GatewayBuildError::BadBase),
    }
}

/// `base` + path, as text: `base` may have a prefix of its own.
pub fn below(base: &Url, path: &str) -> Result<Url, GatewayBuildError> {
    if !path.is_empty() && !path.starts_with('/') {
        return Err(GatewayBuildError::BadPath);
    }
    let url = Url::parse(&format!("{}{path}", base.as_str().trim_end_matches('/')))
        .map_err(|_| GatewayBuildError::BadPath)?;
    if url.origin() == base.origin() { Ok(url) } else { Err(GatewayBuildError::BadPath) }
}

/// The addresses of both operations.
pub fn operations(base: &Url, paths: &PerOperation<String>) -> Result<PerOperation<Url>, GatewayBuildError> {
    Ok(PerOperation {
        record: below(base, &paths.record)?,
        existence: paths.existence.as_deref().map(|path| below(base, path)).transpose()?,
    })
}

/// Whether the address stays on this machine.
fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}
