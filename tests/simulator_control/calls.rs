//! A client of the simulator written by hand: signed calls, tokens, and calls of the control interface.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::Value;

use crate::harness::{Process, client};

pub const DIRECT: &str = "/direct/037";
pub const LGSP: &str = "/lgsp/TraCuuThongTinCongDan";
pub const TOKEN: &str = "/token";
/// Somebody whom the register knows.
pub const PERSON: &str = "999085000001";
/// The training credentials.
pub const SECRET: &str = "khong-phai-bi-mat";
pub const AUTH_HASH: &str = "bW8tcGhvbmc6a2hvbmctcGhhaS1iaS1tYXQ=";
pub const CONNECTION_STRING: &str = "eyJBY2Nlc3NLZXkiOiJtby1waG9uZyIsIlNlY3JldEtleSI6Imtob25nLXBoYWktYmktbWF0IiwiQXBwTmFtZSI6ImRpZW5zYW4tbW8tcGhvbmciLCJQYXJ0bmVyQ29kZSI6Ijk5OSIsIlBhcnRuZXJDb2RlQ3VzIjoiOTk5In0=";

/// An answer.
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Got {
    pub async fn of(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, bytes: response.bytes().await?.to_vec() })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }
}

/// A running simulator and the credentials that its callers use.
pub struct Caller {
    pub process: Process,
    pub client: reqwest::Client,
    pub secret: &'static str,
    pub auth_hash: &'static str,
    pub connection_string: &'static str,
    /// Seconds that the caller's clock is ahead.
    pub ahead_s: i64,
}

impl Caller {
    pub fn start() -> Self {
        Self::of(Process::simulate())
    }

    /// With more arguments of `diensan simulate`.
    pub fn with(arguments: &[&str]) -> Self {
        let mut all = vec!["simulate", "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        Self::of(Process::start(&all, "debug"))
    }

    fn of(process: Process) -> Self {
        let builder = reqwest::Client::builder().no_proxy().no_gzip().tls_certs_only([]);
        let client = builder.redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { process, client, secret: SECRET, auth_hash: AUTH_HASH, connection_string: CONNECTION_STRING, ahead_s: 0 }
    }

    /// A call of the control interface (or of any other address), with a body or without.
    pub async fn control(&self, method: &str, path: &str, body: &str) -> Got {
        let method: Method = method.parse().expect("a method");
        let request = client().request(method, format!("{}{path}", self.process.address));
        let request = if body.is_empty() { request } else { request.body(body.to_owned()) };
        Got::of(request.send().await.expect("an answer")).await.expect("a whole body")
    }

    /// The same, which must succeed with this status.
    pub async fn steer(&self, method: &str, path: &str, body: &str, status: u16) -> Got {
        let got = self.control(method, path, body).await;
        assert_eq!(got.status, status, "{method} {path} {body}: {}", got.text());
        got
    }

    /// A signed look-up that has not been sent.
    pub fn direct_request(&self, number: &str, request_id: &str) -> reqwest::RequestBuilder {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
        let now = i128::try_from(now).expect("a time") + i128::from(self.ahead_s) * 1000;
        let text = format!("{DIRECT}mo-phong{now}{}", self.secret);
        let hex: String = digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        self.client
            .post(format!("{}{DIRECT}", self.process.address))
            .header("Timestamp", now.to_string())
            .header("Authorization", format!("Basic {}", STANDARD.encode(format!("mo-phong:{hex}"))))
            .header("Content-Type", "application/xml; charset=utf-8")
            .body(envelope(number, request_id))
    }

    /// A look-up over the profile `direct`.
    pub async fn direct(&self, number: &str) -> Got {
        self.try_direct(number).await.expect("an answer")
    }

    /// A look-up that may fail below HTTP.
    pub async fn try_direct(&self, number: &str) -> Result<Got, reqwest::Error> {
        Got::of(self.direct_request(number, &fresh_id()).send().await?).await
    }

    /// A request for a token.
    pub async fn token_reply(&self) -> Result<Got, reqwest::Error> {
        let request = self
            .client
            .post(format!("{}{TOKEN}", self.process.address))
            .header("lgspaccesstoken", self.connection_string)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        Got::of(request.send().await?).await
    }

    /// A token.
    pub async fn token(&self) -> String {
        let got = self.token_reply().await.expect("an answer");
        assert_eq!(got.status, 200, "{}", got.text());
        got.json()["access_token"].as_str().expect("a token").to_owned()
    }

    /// A look-up over the profile `lgsp-soap`.
    pub async fn lgsp(&self, token: &str, number: &str) -> Got {
        let request = self
            .client
            .post(format!("{}{LGSP}", self.process.address))
            .header("Authorization", format!("Bearer {token}"))
            .header("lgspaccesstoken", self.connection_string)
            .header("AuthHash", self.auth_hash)
            .header("Content-Type", "application/xml")
            .body(envelope(number, &fresh_id()));
        Got::of(request.send().await.expect("an answer")).await.expect("a whole body")
    }

    pub async fn counters(&self) -> Value {
        self.control("GET", "/counters", "").await.json()
    }

    /// The last calls that the simulator received.
    pub async fn received(&self, last: usize) -> Vec<Value> {
        let got = self.steer("GET", &format!("/control/received?last={last}"), "", 200).await;
        got.json().as_array().expect("a list").clone()
    }
}

/// A `MaYeuCau` that nobody used.
pub fn fresh_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The request for a number; name and birth date are those of [`PERSON`].
pub fn envelope(number: &str, request_id: &str) -> String {
    format!(
        "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:dan=\"http://dancuquocgia.bca\"><soapenv:Header/><soapenv:Body><dan:TraCuuThongTinCongDan>\
         <dan:MaYeuCau>{request_id}</dan:MaYeuCau><dan:MaDVC>1.000656</dan:MaDVC><dan:MaTichHop>037</dan:MaTichHop>\
         <dan:MaCanBo>cb-mau</dan:MaCanBo><dan:SoDinhDanh>{number}</dan:SoDinhDanh>\
         <dan:HoVaTen>{}</dan:HoVaTen><dan:NgayThangNamSinh><dan:NgayThangNam>{}</dan:NgayThangNam>\
         </dan:NgayThangNamSinh></dan:TraCuuThongTinCongDan></soapenv:Body></soapenv:Envelope>",
        compact_name(),
        birth_date()
    )
}

fn compact_name() -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let query = crate::harness::query_of(person());
    let name = query["name"].as_str().expect("a name").replace('Đ', "D");
    name.nfd().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase()
}

fn birth_date() -> String {
    let query = crate::harness::query_of(person());
    query["birth_date"].as_str().expect("a date").replace('-', "")
}

fn person() -> &'static crate::harness::PersonFile {
    crate::harness::people().iter().find(|person| person.number == PERSON).expect("the person")
}
