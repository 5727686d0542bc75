//! The scripts of the matrix: what a row lets upstream do.
//!
//! Steps parted by `; `, tried in order by upstream:
//!
//! | step | meaning |
//! | --- | --- |
//! | `good` | before the row begins, one look-up goes well (the connection then has a token) |
//! | `data: <behaviour>(<parameter>) x<calls>` | the simulator does so with data calls; parameter and calls may be absent |
//! | `token: …` | the same with token requests |
//! | `style: <words>` | the simulator words its answers so |
//! | `raw data: <manner>`, `raw token: <manner>` | in place of the simulator a peer that speaks bytes, see `raw_peer.rs` |

use serde_json::{Value, json};

use super::try_control;
use crate::harness::Process;
use crate::raw_peer::{Manner, RawPeer};

const HTML: &str = "Content-Type: text/html\r\nContent-Length: 33\r\n\r\n<html><body>MO PHONG</body></html>";

/// What a row switches on.
pub struct Script {
    pub begins_well: bool,
    /// Bodies for `POST /control/faults`.
    faults: Vec<Value>,
    style: Option<String>,
    raw: Option<(bool, Manner)>,
}

/// A raw peer of a row.
pub struct Peer(RawPeer);

impl Script {
    /// Reads the column `script`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut script = Self { begins_well: false, faults: Vec::new(), style: None, raw: None };
        for step in text.split("; ").filter(|step| !step.is_empty()) {
            match step.split_once(": ") {
                None if step == "good" => script.begins_well = true,
                Some((place @ ("data" | "token"), fault)) => script.faults.push(rule(place, fault)?),
                Some(("style", words)) => script.style = Some(words.to_owned()),
                Some(("raw data", manner)) => script.raw = Some((false, manner_of(manner)?)),
                Some(("raw token", manner)) => script.raw = Some((true, manner_of(manner)?)),
                _ => return Err(format!("{step} is no step")),
            }
        }
        Ok(script)
    }

    /// The raw peer, when the script wants one.
    pub fn peer(&self) -> Option<Peer> {
        match self.raw? {
            (true, manner) => Some(Peer(RawPeer::at_token(manner))),
            (false, manner) => Some(Peer(RawPeer::at_data(manner))),
        }
    }

    /// Tells the simulator, or the raw peer, what to do.
    ///
    /// # Errors
    /// What the simulator does not know.
    pub async fn switch_on(&self, simulator: &Process, peer: Option<&Peer>) -> Result<(), String> {
        if let Some(Peer(peer)) = peer {
            peer.wake().await;
        }
        try_control(simulator, "DELETE", "/control/faults", Value::Null).await?;
        for fault in &self.faults {
            try_control(simulator, "POST", "/control/faults", fault.clone()).await?;
        }
        if let Some(style) = &self.style {
            try_control(simulator, "POST", "/control/styles", json!({ "style": style })).await?;
        }
        Ok(())
    }
}

impl Peer {
    pub fn base(&self) -> &str {
        &self.0.base
    }

    pub fn calls(&self) -> (usize, usize) {
        self.0.calls()
    }

    pub fn questions(&self) -> Vec<String> {
        self.0.questions()
    }
}

/// `behaviour(parameter) xcalls` as the control interface wants it.
fn rule(place: &str, text: &str) -> Result<Value, String> {
    let (text, calls) = match text.rsplit_once(" x") {
        Some((text, calls)) => (text, Some(calls.parse::<u64>().map_err(|error| format!("{text}: {error}"))?)),
        None => (text, None),
    };
    let (fault, parameter) = match text.split_once('(') {
        Some((fault, rest)) => {
            let digits = rest.trim_end_matches(')');
            (fault, Some(digits.parse::<u64>().map_err(|error| format!("{text}: {error}"))?))
        }
        None => (text, None),
    };
    let mut rule = json!({ "fault": fault, "where": place });
    if let Some(parameter) = parameter {
        rule["parameter"] = json!(parameter);
    }
    if let Some(calls) = calls {
        rule["calls"] = json!(calls);
    }
    Ok(rule)
}

fn manner_of(name: &str) -> Result<Manner, String> {
    Ok(match name {
        "refuse" => Manner::Refuse,
        "never-accept" => Manner::NeverAccept,
        "close-at-once" => Manner::CloseAtOnce,
        "mute" => Manner::Mute,
        "half-close" => Manner::HalfClose,
        "reset-in-head" => Manner::ResetInHead,
        "slow-head" => Manner::SlowHead,
        "endless-body" => Manner::EndlessBody,
        "huge-body" => Manner::HugeBody,
        "close-in-body" => Manner::CloseInBody,
        "damaged-gzip" => Manner::DamagedGzip,
        "not-http" => Manner::NotHttp,
        "gone-after-token" => Manner::GoneAfterToken,
        "says-403-html" => says("403 Forbidden", HTML),
        "says-404-html" => says("404 Not Found", HTML),
        "says-500-html" => says("500 Internal Server Error", HTML),
        "says-403-bare" => says("403 Forbidden", "Content-Length: 0\r\n\r\n"),
        "says-429-negative" => says("429 Too Many Requests", "Retry-After: -1\r\nContent-Length: 0\r\n\r\n"),
        "says-200-text" => says("200 OK", "Content-Type: text/plain\r\nContent-Length: 8\r\n\r\nMO PHONG"),
        "says-200-blank" => says("200 OK", "Content-Type: text/xml\r\nContent-Length: 4\r\n\r\n \r\n "),
        "says-foreign-person" => {
            let body = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header>\
                        <CongdanCollection xmlns=\"http://la.example\"><CongDan><SoDinhDanh>999099009001</SoDinhDanh>\
                        </CongDan></CongdanCollection></s:Header></s:Envelope>";
            says("200 OK", &format!("Content-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
        }
        other => return Err(format!("{other} is no manner")),
    })
}

/// A manner outlives its row; the few texts of a run are never freed.
fn says(status: &str, rest: &str) -> Manner {
    Manner::Says(Box::leak(format!("HTTP/1.1 {status}\r\n{rest}").into_boxed_str()))
}
