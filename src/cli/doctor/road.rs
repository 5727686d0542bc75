//! The road to a connection: name, TCP, TLS — facts of the probe as sentences.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::check::{Check, State, words};
use super::handshakes::refused;
use crate::config::ConnectionSettings;
use crate::population::gateway::probe::{self, CertificateFacts, Endpoint, TlsFacts, Unreached};

/// Certificates that end earlier are a warning.
pub const SOON: i64 = 30;

/// Walks the road as far as it leads; whether it leads all the way.
pub async fn walk(settings: &ConnectionSettings, checks: &mut Vec<Check>) -> bool {
    let Some(endpoint) = Endpoint::of(settings) else {
        let said = words("`base` không phải là một địa chỉ dùng được", "`base` is not an address that can be used");
        checks.push(Check::new("addresses", State::Failed, said));
        return false;
    };
    let limit = settings.guard.connect_timeout;
    let begin = Instant::now();
    let found = endpoint.addresses(limit).await;
    checks.push(addresses(&endpoint, found.as_deref()).took(begin.elapsed()));
    let Ok(found) = found else {
        checks.extend(skipped(&["connect", "tls"]));
        return false;
    };
    let begin = Instant::now();
    let connected = probe::connect(&found, limit).await;
    let reached = connected.as_ref().map(|(_, address)| *address).map_err(|failure| *failure);
    checks.push(connect(&endpoint, reached, limit).took(begin.elapsed()));
    match connected {
        Err(_) => {
            checks.extend(skipped(&["tls"]));
            false
        }
        Ok(_) if !endpoint.https => {
            let said = words(
                "không mã hóa: chỉ được phép trên chính máy này (127.0.0.1)",
                "not encrypted: permitted on this very machine only (127.0.0.1)",
            );
            checks.push(Check::new("tls", State::Skipped, said));
            true
        }
        Ok((stream, _)) => {
            let begin = Instant::now();
            let facts = probe::handshake(stream, &endpoint, &settings.tls, limit).await;
            checks.push(tls(&endpoint, &facts).took(begin.elapsed()));
            facts.failure.is_none()
        }
    }
}

fn skipped(ids: &[&'static str]) -> Vec<Check> {
    let said = words("chưa thử được vì bước trước không qua", "not tried, because the step before did not succeed");
    ids.iter().map(|id| Check::new(id, State::Skipped, said.clone())).collect()
}

fn addresses(endpoint: &Endpoint, found: Result<&[std::net::SocketAddr], &Unreached>) -> Check {
    let host = &endpoint.host;
    match found {
        Ok(found) => {
            let listed: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
            let all = listed.join(", ");
            let said = words(format!("{host} có địa chỉ {all}"), format!("{host} has the address {all}"));
            Check::new("addresses", State::Ok, said).fact("host", host.clone()).fact("addresses", listed)
        }
        Err(failure) => {
            let said = match failure {
                Unreached::TimedOut => words(
                    format!("máy chủ tên miền (DNS) không trả lời kịp về {host}"),
                    format!("the name server (DNS) did not answer in time about {host}"),
                ),
                _ => words(format!("không tìm thấy tên máy {host}"), format!("the name {host} is not known")),
            };
            let mend = words(
                "xem lại `base`; hỏi quản trị mạng: máy này phải phân giải được tên trong mạng chuyên dùng",
                "look at `base`; ask the network's administrator: this machine must resolve names of the closed network",
            );
            Check::new("addresses", State::Failed, said).mend(mend).fact("host", host.clone())
        }
    }
}

fn connect(endpoint: &Endpoint, reached: Result<IpAddr, Unreached>, limit: Duration) -> Check {
    let port = endpoint.port;
    let failed = |said| Check::new("connect", State::Failed, said).fact("port", port);
    let firewall = words(
        "hỏi quản trị mạng và đơn vị vận hành: tường lửa có mở cho địa chỉ của máy này không",
        "ask the network's administrator and the gateway's operator whether the firewall lets this machine's address through",
    );
    match reached {
        Ok(address) => {
            let said = words(format!("{address}, cổng {port} trả lời"), format!("{address}, port {port} answers"));
            Check::new("connect", State::Ok, said).fact("port", port).fact("address", address.to_string())
        }
        Err(Unreached::Refused) => failed(words(
            format!("cổng {port} từ chối: không có dịch vụ nào đang nghe ở đó"),
            format!("port {port} refuses: nothing listens there"),
        ))
        .mend(words(
            "xem lại địa chỉ và cổng trong `base`; nếu diễn tập, khởi động diensan simulate trước",
            "look at address and port in `base`; for a rehearsal start diensan simulate first",
        ))
        .fact("reason", "refused"),
        Err(Unreached::TimedOut) => failed(words(
            format!("cổng {port} không trả lời trong {} ms", limit.as_millis()),
            format!("port {port} did not answer within {} ms", limit.as_millis()),
        ))
        .mend(firewall)
        .fact("reason", "timed_out"),
        Err(Unreached::NoRoute | Unreached::NoAddress) => {
            failed(words("từ máy này không có đường mạng tới đó", "no network route leads there from this machine"))
                .mend(firewall)
                .fact("reason", "no_route")
        }
        Err(Unreached::Other) => {
            failed(words("không kết nối được", "no connection could be made")).mend(firewall).fact("reason", "other")
        }
    }
}

fn tls(endpoint: &Endpoint, facts: &TlsFacts) -> Check {
    let now = Timestamp::now().as_second();
    let soon = facts.chain.iter().map(|certificate| certificate.days_left(now)).min().filter(|days| *days < SOON);
    let check = match (facts.failure, soon) {
        (Some(failure), _) => {
            let (reason, said, mend) = refused(failure, &endpoint.host);
            Check::new("tls", State::Failed, said).mend(mend).fact("reason", reason)
        }
        (None, Some(days)) => {
            let said = words(
                format!("được tin cậy, nhưng một chứng thư của cổng hết hạn sau {days} ngày"),
                format!("trusted, but a certificate of the gateway ends in {days} days"),
            );
            Check::new("tls", State::Warning, said)
                .mend(words("báo cho đơn vị vận hành cổng biết", "tell the gateway's operator"))
        }
        (None, None) => {
            let version = facts.version.unwrap_or_default();
            let said = words(format!("{version}, chứng thư được tin cậy"), format!("{version}, certificate trusted"));
            Check::new("tls", State::Ok, said)
        }
    };
    check
        .fact("version", facts.version)
        .fact("client_certificate_asked", facts.certificate_asked)
        .fact("chain", certificates(&facts.chain, now))
}

/// What is told of each certificate of a chain.
pub fn certificates(chain: &[CertificateFacts], now: i64) -> Vec<Value> {
    let shown = chain.iter().map(|certificate| {
        json!({
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "days_left": certificate.days_left(now),
            "valid_from": day(certificate.not_before),
            "valid_to": day(certificate.not_after),
        })
    });
    shown.collect()
}

fn day(second: i64) -> Option<String> {
    Timestamp::from_second(second).ok().map(|moment| moment.to_string())
}
