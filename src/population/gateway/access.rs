//! How calls of a connection are authenticated and labelled: addresses, headers, tokens (PROTOCOL §3).

use std::time::SystemTime;

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::address::{below, operations};
use super::direct::Signer;
use super::error::GatewayBuildError;
use super::token::{Token, TokenKeeper};
use crate::config::{HeaderSettings, JsonBody, PerOperation, ProfileSettings, SecretFile, TokenRequest};
use crate::population::request::{Operation, Wording};

/// Everything that a call needs besides its body.
pub struct Access {
    urls: PerOperation<Url>,
    kind: Kind,
    names: Names,
    /// Headers with fixed values, also the profile's own.
    fixed: HeaderMap,
    secret: Vec<(HeaderName, SecretFile)>,
}

enum Kind {
    Signed(Signer),
    Token(Box<TokenAccess>),
}

/// A gateway with tokens.
pub struct TokenAccess {
    pub url: Url,
    pub keeper: TokenKeeper,
    request: TokenRequest,
    connection_string: Option<SecretFile>,
    auth_hash: Option<SecretFile>,
}

/// Configured names of headers.
struct Names {
    connection_string: HeaderName,
    auth_hash: HeaderName,
    token_auth: HeaderName,
}

/// A text that cannot travel in a header.
pub struct BadHeader;

impl Access {
    /// Checks addresses, names, values and secrets.
    pub fn new(
        base: &Url,
        paths: &PerOperation<String>,
        headers: HeaderSettings,
        profile: ProfileSettings,
    ) -> Result<Self, GatewayBuildError> {
        let urls = operations(base, paths)?;
        let names = Names {
            connection_string: header_name(&headers.connection_string)?,
            auth_hash: header_name(&headers.auth_hash)?,
            token_auth: header_name(&headers.token_auth)?,
        };
        let fixed = fixed_headers(&headers, &profile)?;
        let timestamp = header_name(&headers.timestamp)?;
        let secret = headers
            .secret
            .into_iter()
            .map(|(name, value)| Ok((header_name(&name)?, value)))
            .collect::<Result<Vec<_>, GatewayBuildError>>()?;
        let kind = match profile {
            ProfileSettings::Direct { user, secret, signing_url, timestamp_unit } => {
                Kind::Signed(Signer { user, secret, signing_url, unit: timestamp_unit, timestamp })
            }
            ProfileSettings::LgspSoap { token, connection_string, auth_hash }
            | ProfileSettings::LgspJson { token, connection_string, auth_hash, .. } => {
                Kind::Token(Box::new(TokenAccess {
                    url: below(base, &token.path)?,
                    keeper: TokenKeeper::new(token.lifetime, token.margin),
                    request: token.request,
                    connection_string,
                    auth_hash,
                }))
            }
        };
        let access = Self { urls, kind, names, fixed, secret };
        access.headers(Operation::Record, None).map_err(|BadHeader| GatewayBuildError::BadHeader)?;
        if let Some(token) = access.tokens() {
            access.token_request(token).map_err(|BadHeader| GatewayBuildError::BadHeader)?;
        }
        Ok(access)
    }

    /// The tokens of this connection, when it has any.
    pub fn tokens(&self) -> Option<&TokenAccess> {
        match &self.kind {
            Kind::Signed(_) => None,
            Kind::Token(token) => Some(token),
        }
    }

    /// The address of an operation; `None` when the connection has none for it.
    pub fn url(&self, operation: Operation) -> Option<&Url> {
        match operation {
            Operation::Record => Some(&self.urls.record),
            Operation::Existence => self.urls.existence.as_ref(),
        }
    }

    /// The headers of one call; fresh for every call, because a signature carries the time.
    pub fn headers(&self, operation: Operation, token: Option<&Token>) -> Result<HeaderMap, BadHeader> {
        let mut headers = self.fixed.clone();
        for (name, secret) in &self.secret {
            headers.insert(name, sensitive(secret.current().expose_secret())?);
        }
        match &self.kind {
            Kind::Signed(signer) => signer.sign(operation, SystemTime::now(), &mut headers)?,
            Kind::Token(access) => {
                let token = token.map_or("", |token| token.text.expose_secret());
                let bearer = Zeroizing::new(format!("Bearer {token}"));
                headers.insert(AUTHORIZATION, sensitive(&bearer)?);
                insert_secret(&mut headers, &self.names.connection_string, access.connection_string.as_ref())?;
                insert_secret(&mut headers, &self.names.auth_hash, access.auth_hash.as_ref())?;
            }
        }
        Ok(headers)
    }

    /// Headers and body of a token request (PROTOCOL §3.2, §3.3).
    pub fn token_request(&self, access: &TokenAccess) -> Result<(HeaderMap, Bytes), BadHeader> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let body = match &access.request {
            TokenRequest::ClientCredentials => {
                insert_secret(&mut headers, &self.names.connection_string, access.connection_string.as_ref())?;
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
                Bytes::from_static(b"grant_type=client_credentials")
            }
            TokenRequest::AuthHeader(text) => {
                insert_secret(&mut headers, &self.names.token_auth, Some(text))?;
                Bytes::new()
            }
        };
        Ok((headers, body))
    }

    /// Takes up secrets whose files changed and forgets the token that was had with the old ones. `Ok(true)`: something
    /// changed.
    ///
    /// # Errors
    /// What is wrong with a file, without its content; the old secrets stay.
    pub fn refresh_secrets(&self) -> Result<bool, String> {
        let (mut changed, mut refused) = (false, None);
        let own: Vec<&SecretFile> = match &self.kind {
            Kind::Signed(signer) => vec![&signer.secret],
            Kind::Token(access) => {
                let auth = match &access.request {
                    TokenRequest::ClientCredentials => None,
                    TokenRequest::AuthHeader(text) => Some(text),
                };
                [access.connection_string.as_ref(), access.auth_hash.as_ref(), auth].into_iter().flatten().collect()
            }
        };
        for secret in own.into_iter().chain(self.secret.iter().map(|(_, secret)| secret)) {
            match secret.refresh() {
                Ok(other) => changed |= other,
                // The others are looked at all the same: each may be good for itself.
                Err(message) => refused = Some(message),
            }
        }
        if let (true, Some(token)) = (changed, self.tokens()) {
            token.keeper.forget();
        }
        refused.map_or(Ok(changed), Err)
    }
}

fn insert_secret(headers: &mut HeaderMap, name: &HeaderName, secret: Option<&SecretFile>) -> Result<(), BadHeader> {
    if let Some(secret) = secret {
        headers.insert(name, sensitive(secret.current().expose_secret())?);
    }
    Ok(())
}

/// What a profile says about the body, unless the configuration says otherwise, and the configured fixed headers.
fn fixed_headers(settings: &HeaderSettings, profile: &ProfileSettings) -> Result<HeaderMap, GatewayBuildError> {
    let (content_type, soap_action, accept) = match profile {
        ProfileSettings::Direct { .. } => ("application/xml; charset=utf-8", "\"\"", ""),
        ProfileSettings::LgspSoap { .. } => ("application/xml", "", "*"),
        ProfileSettings::LgspJson { .. } => ("application/json", "", "application/json"),
    };
    let own = [
        (CONTENT_TYPE, settings.content_type.as_deref().unwrap_or(content_type)),
        (HeaderName::from_static("soapaction"), settings.soap_action.as_deref().unwrap_or(soap_action)),
        (ACCEPT, settings.accept.as_deref().unwrap_or(accept)),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in own.into_iter().filter(|(_, value)| !value.is_empty()) {
        headers.insert(name, HeaderValue::from_str(value).map_err(|_| GatewayBuildError::BadHeader)?);
    }
    for (name, value) in &settings.fixed {
        headers.insert(header_name(name)?, HeaderValue::from_str(value).map_err(|_| GatewayBuildError::BadHeader)?);
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<HeaderName, GatewayBuildError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| GatewayBuildError::BadHeader)
}

/// A header value that is never shown by the HTTP library.
pub fn sensitive(text: &str) -> Result<HeaderValue, BadHeader> {
    let mut value = HeaderValue::from_str(text).map_err(|_| BadHeader)?;
    value.set_sensitive(true);
    Ok(value)
}

/// How the requests of a profile are worded.
pub fn wording(profile: &ProfileSettings) -> Wording {
    match profile {
        ProfileSettings::Direct { .. } | ProfileSettings::LgspSoap { .. } => Wording::Soap,
        ProfileSettings::LgspJson { body: JsonBody::Pascal, .. } => Wording::JsonPascal,
        ProfileSettings::LgspJson { body: JsonBody::Camel, .. } => Wording::JsonCamel,
    }
}
