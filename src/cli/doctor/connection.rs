//! The road of one connection, step by step: what one step needs of the one before is tried only when that went well.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::check::{Check, State, say};
use super::question::Question;
use super::words;
use crate::citizen::{Attribute, Record};
use crate::clock;
use crate::config::{ConnectionSettings, GuardSettings, ProfileSettings, TlsSettings};
use crate::population::gateway::probe::{self, Answered, CertificateFacts, Endpoint, OwnCertificates};
use crate::population::request::Operation;
use crate::population::{GatewaySource, Outcome, Source as _};
use crate::telemetry::Metrics;

/// Days before the end of a certificate from which on somebody should see to it.
const SOON: i64 = 30;
/// Seconds of clock skew that somebody should look at, and that break signatures (PROTOCOL §3.1, ASM).
const SKEW_NOTICE: u64 = 30;
const SKEW_LIMIT: u64 = 300;

/// What is asked over a connection: a question, or why none is.
pub enum Ask {
    Question(Box<Question>, Operation),
    No(Check),
}

/// Examines one connection. What a failed step makes impossible is told as skipped, and in a maintenance window the
/// gateway is not called, as the service would not call it.
pub async fn examine(settings: ConnectionSettings, ask: Ask, metrics: &Metrics) -> Vec<Check> {
    let window = maintenance(&settings.guard);
    let closed = window.state != State::Ok;
    let mut checks = vec![window, limits(&settings.guard)];
    checks.extend(own_certificates(&settings.tls));
    let has_token = !matches!(settings.profile, ProfileSettings::Direct { .. });
    let https = settings.base.starts_with("https:");
    let leads_there = walk(&settings, &mut checks).await;
    let why = match (leads_there, closed) {
        (true, false) => {
            checks.extend(ask_upstream(settings, ask, metrics).await);
            return checks;
        }
        (true, true) => {
            say("Chưa thử: đang trong giờ bảo trì đã khai.", "Not tried in a configured maintenance window.")
        }
        (false, _) => say("Chưa thử: bước trước không qua.", "Not tried: the step before failed."),
    };
    for (id, applies) in [("tcp", true), ("tls", https), ("token", has_token), ("look_up", true), ("clock", true)] {
        if applies && checks.iter().all(|check| check.id != id) {
            checks.push(Check::new(id, State::Skipped, why.clone()));
        }
    }
    checks
}

/// Name, TCP and TLS; whether the road leads all the way.
async fn walk(settings: &ConnectionSettings, checks: &mut Vec<Check>) -> bool {
    let limit = settings.guard.connect_timeout;
    let Some(endpoint) = Endpoint::of(settings) else {
        checks.push(Check::new(
            "address",
            State::Failed,
            say("`base` không phải địa chỉ dùng được.", "`base` is no usable address."),
        ));
        return false;
    };
    let begun = Instant::now();
    let addresses = match endpoint.addresses(limit).await {
        Ok(addresses) => addresses,
        Err(why) => {
            let (sentence, mend) = words::unreached(why);
            checks.push(Check::new("address", State::Failed, sentence).mend(mend).took(begun.elapsed()));
            return false;
        }
    };
    let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    let list = shown.join(", ");
    let found = say(format!("Tên máy dẫn tới {list}."), format!("The name leads to {list}."));
    checks.push(Check::new("address", State::Ok, found).took(begun.elapsed()).fact("addresses", shown));
    let begun = Instant::now();
    let stream = match probe::connect(&addresses, limit).await {
        Ok((stream, _)) => stream,
        Err(why) => {
            let (sentence, mend) = words::unreached(why);
            checks.push(Check::new("tcp", State::Failed, sentence).mend(mend).took(begun.elapsed()));
            return false;
        }
    };
    let stands = say("Mở được kết nối.", "A connection stands.");
    checks.push(Check::new("tcp", State::Ok, stands).took(begun.elapsed()));
    if !endpoint.https {
        return true;
    }
    let begun = Instant::now();
    let facts = probe::handshake(stream, &endpoint, &settings.tls, limit).await;
    let check = handshake(&facts.chain, facts.version, facts.failure).took(begun.elapsed());
    checks.push(check.fact("certificate_asked", facts.certificate_asked));
    facts.failure.is_none()
}

/// Token, look-up and clock, over the service's own client.
async fn ask_upstream(settings: ConnectionSettings, ask: Ask, metrics: &Metrics) -> Vec<Check> {
    let mut checks = Vec::new();
    let metrics = metrics.upstream(&settings.name);
    let source = match GatewaySource::new(settings, metrics) {
        Ok(source) => source,
        Err(error) => {
            let sentence =
                say(format!("Không dựng được kết nối: {error}."), format!("The connection cannot be built: {error}."));
            checks.push(Check::new("client", State::Failed, sentence));
            return checks;
        }
    };
    let begun = Instant::now();
    let mut good = true;
    match source.probe_token().await {
        None => {}
        Some(Ok(left)) if left.is_zero() => {
            // The look-up would ask for another token at once.
            good = false;
            let ended = say("Mã truy cập nhận được đã hết hạn ngay.", "The token that was given had ended already.");
            let mend = say(
                "Hỏi đơn vị vận hành nền tảng: thời hạn mã truy cập và đồng hồ của họ.",
                "Ask the gateway's operator about the life of tokens and about their clock.",
            );
            checks.push(Check::new("token", State::Failed, ended).mend(mend).took(begun.elapsed()));
        }
        Some(Ok(left)) => {
            let seconds = left.as_secs();
            let had = say(
                format!("Có mã truy cập, dùng được {seconds} giây."),
                format!("A token is had, good for {seconds} seconds."),
            );
            checks.push(Check::new("token", State::Ok, had).took(begun.elapsed()).fact("seconds_left", seconds));
        }
        Some(Err(outcome)) => {
            good = false;
            checks.push(failed("token", "Không lấy được mã truy cập", "No token", &outcome).took(begun.elapsed()));
        }
    }
    match ask {
        Ask::No(check) => checks.push(check),
        Ask::Question(..) if !good => {
            let sentence = say("Chưa tra cứu vì chưa có mã truy cập.", "Nothing was looked up: there is no token.");
            checks.push(Check::new("look_up", State::Skipped, sentence));
        }
        Ask::Question(question, operation) => {
            let begun = Instant::now();
            let answered = source.probe_question(operation, &question.look_up()).await;
            checks.push(look_up(answered).took(begun.elapsed()));
        }
    }
    checks.push(clock_skew(source.clock_skew_seconds()));
    checks
}

fn look_up(answered: Result<Answered, Outcome>) -> Check {
    match answered {
        Ok(Answered::Record(Outcome::Found(record))) => {
            let given = given(&record);
            let list = given.join(", ");
            let found = say(
                format!("Tra cứu được một người; có các nhóm thuộc tính: {list}."),
                format!("A person was found; groups of attributes that are given: {list}."),
            );
            Check::new("look_up", State::Ok, found).fact("outcome", "found").fact("given", given)
        }
        Ok(Answered::Exists(exists)) => {
            let (vi, en) = if exists { ("có", "exists") } else { ("không có", "does not exist") };
            let told =
                say(format!("Nền tảng trả lời: {vi} người này."), format!("Upstream says that this person {en}."));
            Check::new("look_up", State::Ok, told).fact("exists", exists)
        }
        Ok(Answered::Record(outcome @ Outcome::NotFound)) => {
            let nobody = say(
                "Nền tảng trả lời đúng dạng: không có người khớp.",
                "Upstream answers in good form: nobody matches.",
            );
            Check::new("look_up", State::Warning, nobody).mend(words::mend(&outcome)).fact("outcome", "not_found")
        }
        Ok(Answered::Record(outcome)) | Err(outcome) => {
            failed("look_up", "Tra cứu không được", "The look-up failed", &outcome)
        }
    }
}

/// Names of the groups that have a value; never a value.
fn given(record: &Record) -> Vec<&'static str> {
    let mut groups: Vec<&'static str> = Vec::new();
    for attribute in Attribute::ALL.iter().filter(|attribute| record.given(**attribute).is_some()) {
        let group = attribute.path().split('.').next().unwrap_or_default();
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn failed(id: &'static str, vi: &str, en: &str, outcome: &Outcome) -> Check {
    let word = match outcome.cause() {
        Some(cause) => format!("{} ({cause})", outcome.label()),
        None => outcome.label().to_owned(),
    };
    let check = Check::new(id, State::Failed, say(format!("{vi}: {word}."), format!("{en}: {word}.")));
    check.mend(words::mend(outcome)).fact("outcome", outcome.label()).fact("cause", outcome.cause())
}

fn clock_skew(skew: Option<i64>) -> Check {
    let Some(seconds) = skew else {
        let unknown =
            say("Chưa biết độ lệch đồng hồ: nền tảng không cho giờ.", "Clock skew unknown: upstream tells no time.");
        return Check::new("clock", State::Skipped, unknown);
    };
    let (apart, vi, en) = match seconds {
        0.. => (seconds.unsigned_abs(), "nhanh", "ahead of"),
        _ => (seconds.unsigned_abs(), "chậm", "behind"),
    };
    let told = say(
        format!("Đồng hồ của nền tảng {vi} hơn máy này {apart} giây."),
        format!("Upstream's clock is {apart} seconds {en} this machine's."),
    );
    let state = match seconds.unsigned_abs() {
        off if off > SKEW_LIMIT => State::Failed,
        off if off > SKEW_NOTICE => State::Warning,
        _ => State::Ok,
    };
    let check = Check::new("clock", state, told).fact("skew_seconds", seconds);
    if state == State::Ok {
        return check;
    }
    check.mend(say(
        "Bật đồng bộ giờ (NTP) trên máy này; nếu máy này đúng, báo đơn vị vận hành nền tảng. Chữ ký quá cũ bị từ chối.",
        "Switch time synchronisation (NTP) on here; when this machine is right, tell the operator. Old signatures are refused.",
    ))
}

fn maintenance(guard: &GuardSettings) -> Check {
    let now = clock::now();
    match guard.maintenance.iter().filter_map(|window| window.is_in(now)).max() {
        None => Check::new(
            "maintenance",
            State::Ok,
            say("Không trong giờ bảo trì đã khai.", "No configured maintenance window now."),
        ),
        Some(end) => {
            let sentence = say(
                format!("Đang trong giờ bảo trì đã khai, đến {end}."),
                format!("A configured maintenance window holds until {end}."),
            );
            let mend = say("Dịch vụ không hỏi nền tảng trong lúc này.", "The service asks nothing meanwhile.");
            Check::new("maintenance", State::Warning, sentence).mend(mend)
        }
    }
}

fn limits(guard: &GuardSettings) -> Check {
    let budget = guard.budget.as_millis();
    if guard.budget <= guard.connect_timeout {
        let sentence =
            say("`budget` không dài hơn `connect_timeout`.", "`budget` is not longer than `connect_timeout`.");
        let mend = say(
            "Tăng `budget`: trong đó phải đủ chỗ cho kết nối, mã truy cập và trả lời.",
            "Raise `budget`: connecting, token and answer must fit in it.",
        );
        return Check::new("limits", State::Warning, sentence).mend(mend);
    }
    let sentence = say(format!("Mỗi lần tra cứu có {budget} ms."), format!("A look-up has {budget} ms."));
    Check::new("limits", State::Ok, sentence)
}

/// Days left of what is configured.
fn own_certificates(tls: &TlsSettings) -> Vec<Check> {
    let own = OwnCertificates::read(tls);
    let named = [("client_certificate", own.client), ("trust", own.roots)];
    let configured = named.into_iter().filter_map(|(key, certificates)| Some((key, certificates?)));
    configured
        .map(|(key, certificates)| {
            let first_end = certificates.iter().min_by_key(|certificate| certificate.not_after);
            match first_end {
                None => {
                    let sentence =
                        say(format!("`{key}` không có chứng thư."), format!("`{key}` holds no certificate."));
                    Check::new("certificate", State::Failed, sentence)
                        .mend(say("Cần tệp dạng PEM.", "A file in PEM form is needed."))
                }
                Some(certificate) => ends("certificate", key, certificate),
            }
            .fact("key", key)
        })
        .collect()
}

fn handshake(chain: &[CertificateFacts], version: Option<&'static str>, failure: Option<probe::TlsFailure>) -> Check {
    let now = clock::now().as_second();
    let shown: Vec<Value> = chain
        .iter()
        .map(|one| json!({ "subject": one.subject, "issuer": one.issuer, "days_left": one.days_left(now) }))
        .collect();
    let check = match (failure, chain.first()) {
        (Some(why), _) => {
            let (sentence, mend) = words::tls(why);
            Check::new("tls", State::Failed, sentence).mend(mend)
        }
        (None, Some(leaf)) => ends("tls", "TLS", leaf),
        (None, None) => Check::new("tls", State::Ok, say("TLS dùng được.", "TLS works.")),
    };
    check.fact("chain", shown).fact("version", version)
}

fn ends(id: &'static str, what: &str, certificate: &CertificateFacts) -> Check {
    let days = certificate.days_left(clock::now().as_second());
    let name = &certificate.subject;
    let sentence = say(
        format!("{what}: chứng thư `{name}` còn {days} ngày."),
        format!("{what}: the certificate `{name}` has {days} days left."),
    );
    let state = match days {
        left if left < 0 => State::Failed,
        left if left < SOON => State::Warning,
        _ => State::Ok,
    };
    let check = Check::new(id, state, sentence).fact("days_left", days);
    if state == State::Ok {
        check
    } else {
        check.mend(say("Thay chứng thư trước khi hết hạn.", "Replace it before it ends."))
    }
}

/// A check that took no time.
pub fn skipped(vi: &str, en: &str) -> Check {
    Check::new("look_up", State::Skipped, say(vi, en)).took(Duration::ZERO)
}
