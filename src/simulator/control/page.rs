//! `GET /`: what goes on in the simulator, for a training room. Without scripts; every text is escaped.

use std::fmt::{Display, Write as _};

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::behaviours::{Behaviour, Places};
use super::super::gateway_fault::HTML_MEDIA_TYPE;
use super::super::state::Simulator;

const STYLE: &str = include_str!("page.css");
/// Words around the tables; `{name}` is replaced.
const FRAME: &str = include_str!("page.html");

/// Answers the page.
pub async fn page(simulator: Data<Simulator>, request: actix_web::HttpRequest) -> HttpResponse {
    let info = request.connection_info();
    let base = format!("{}://{}", info.scheme(), info.host());
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HTML_MEDIA_TYPE))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("Content-Security-Policy", policy))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .body(html(&simulator, &base))
}

fn html(simulator: &Simulator, base: &str) -> String {
    let counted = simulator.counters.snapshot();
    let (strictness, terms) = (simulator.strictness(), simulator.terms());
    let reused = counted.reused_request_ids.iter();
    let texts = [
        ("style", STYLE.to_owned()),
        ("open", counted.in_flight.to_string()),
        ("connections", counted.connections.open.to_string()),
        ("opened", counted.connections.opened.to_string()),
        ("tokens", counted.tokens.to_string()),
        ("people", simulator.people().to_string()),
        ("ahead", simulator.clock.ahead().to_string()),
        ("strict", yes_no(simulator.strict()).to_owned()),
        ("refuse_reused", yes_no(strictness.refuse_reused_request_ids).to_owned()),
        ("tolerance", strictness.timestamp_tolerance.as_secs().to_string()),
        ("lifetime", terms.lifetime.as_secs().to_string()),
        ("distinct", counted.distinct_request_ids.to_string()),
        ("repeated", counted.repeated_request_ids.to_string()),
        ("styles", simulator.style_rules.len().to_string()),
        ("routes", counts(counted.routes.iter())),
        ("outcomes", counts(counted.outcomes.iter().map(|(word, calls)| (outcome(word), calls)))),
        ("faults", counts(counted.faults.iter())),
        ("officers", counts(counted.officers.iter())),
        ("reused", counts(reused)),
        ("active", active(simulator)),
        ("numbers", numbers(simulator)),
        ("others", others()),
        ("base", escaped(base)),
    ];
    // In one pass: what is put in is not searched again.
    let mut page = String::with_capacity(32 << 10);
    let mut rest = FRAME;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        page.push_str(texts.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Rows of a table with a word and a number of calls.
fn counts<W: Display, N: Display>(counted: impl Iterator<Item = (W, N)>) -> String {
    let rows: Vec<String> = counted
        .map(|(word, calls)| format!("<tr><td>{}</td><td class=\"so\">{calls}</td></tr>\n", escaped(&word.to_string())))
        .collect();
    if rows.is_empty() { "<tr><td colspan=\"2\">chưa có</td></tr>\n".to_owned() } else { rows.concat() }
}

/// The faults that are switched on.
fn active(simulator: &Simulator) -> String {
    let mut rows = String::new();
    for rule in simulator.fault_rules.list() {
        let parameter = rule.parameter.map(|parameter| format!(" ({parameter})")).unwrap_or_default();
        let left =
            rule.calls.map_or("đến khi tắt".to_owned(), |calls| format!("{} lần", calls - rule.hits.min(calls)));
        let only: Vec<String> = [rule.number, rule.path].into_iter().flatten().map(|text| escaped(&text)).collect();
        let _ = writeln!(
            rows,
            "<tr><td class=\"so\">{}</td><td><code>{}{parameter}</code></td><td>{}</td><td>{}</td><td>{left}</td>\
             <td class=\"so\">{}</td></tr>",
            rule.id,
            rule.fault,
            place(rule.place),
            only.join(" "),
            rule.hits
        );
    }
    if rows.is_empty() {
        "<tr><td colspan=\"6\">không có lỗi nào đang bật</td></tr>\n".to_owned()
    } else {
        rows
    }
}

/// The fixed numbers and what each does.
fn numbers(simulator: &Simulator) -> String {
    let mut rows = String::new();
    for row in simulator.faults.rows() {
        let parameter = row.parameter.map(|parameter| format!(" ({parameter})")).unwrap_or_default();
        let _ = writeln!(
            rows,
            "<tr><td><code>{}</code></td><td><code>{}{parameter}</code></td><td>{}</td></tr>",
            escaped(&row.number),
            escaped(&row.behaviour),
            escaped(&row.ghi_chu)
        );
    }
    rows
}

/// The behaviours that no number triggers.
fn others() -> String {
    let mut words: Vec<String> = Vec::new();
    for behaviour in Behaviour::ALL.iter().filter(|behaviour| behaviour.places() == Places::Token) {
        words.push(format!("<code>{}</code>", behaviour.name()));
    }
    words.join(", ")
}

/// The outcomes of the counters in Vietnamese; one that is not known here keeps its word.
fn outcome(word: &str) -> String {
    let vi = match word {
        "found" => "tìm thấy",
        "not-found" => "không tìm thấy",
        "multiple" => "nhiều người",
        "rejected" => "yêu cầu sai quy cách",
        "unauthorised" => "sai thông tin xác thực",
        "unsupported-media-type" => "sai Content-Type",
        "token-given" => "đã cấp mã truy cập",
        "fault" => "lỗi mô phỏng",
        "unknown-path" => "địa chỉ lạ",
        _ => return word.to_owned(),
    };
    format!("{vi} ({word})")
}

fn place(word: &str) -> &str {
    match word {
        "data" => "tra cứu",
        "token" => "xin mã truy cập",
        _ => "mọi nơi",
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "có" } else { "không" }
}

/// A text as HTML shows it, in elements and in attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::super::super::settings::SimulatorSettings;
    use super::super::rules::{FaultRule, Narrowing, Where};
    use super::*;

    fn simulator() -> Simulator {
        let settings = SimulatorSettings::training(SocketAddr::from(([127, 0, 0, 1], 0)), Vec::new());
        Simulator::new(settings).expect("starts")
    }

    #[test]
    fn what_callers_send_is_escaped() {
        let simulator = simulator();
        simulator.counters.count_look_up("<script>alert(1)</script>{{base}}", "A");
        let page = html(&simulator, "http://\"<b>");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;{{base}}"));
        assert!(!page.contains("<script") && page.contains("http://&quot;&lt;b&gt;/control/faults"));
    }

    #[test]
    fn the_page_explains_every_number_and_every_fault_that_is_on() {
        let simulator = simulator();
        let fault = Behaviour::Delay.with(Some(20_000)).expect("allowed");
        let narrowing = Narrowing { calls: Some(3), path: Some("/direct/037".to_owned()), number: None };
        simulator.fault_rules.add(FaultRule { fault, place: Where::Data, narrowing });
        let page = html(&simulator, "http://127.0.0.1:8237");
        for row in simulator.faults.rows() {
            assert!(page.contains(&row.number) && page.contains(&escaped(&row.ghi_chu)), "{}", row.number);
        }
        assert!(page.contains("<code>delay (20000)</code>") && page.contains("<td>3 lần</td>"));
        assert!(!page.contains("}}") && page.contains("token-without-token"));
    }
}
