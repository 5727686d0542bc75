//! One connection to the register in words.

use jiff::Timestamp;

use super::super::picture::BarPart;
use super::super::picture::parts;
use super::super::words::Badge;
use super::{Count, counts_of, days_until, whole};
use crate::catalog::Language;
use crate::telemetry::Readings;

/// What is known of a connection.
pub struct ConnectionState {
    pub name: String,
    /// The breakers of its addresses; none for the embedded sandbox.
    pub breakers: Vec<(&'static str, Badge)>,
    pub permits: Option<Permits>,
    pub outcomes: Vec<Count>,
    /// The outcomes as parts of a bar of 300 px: answered, not found, failed.
    pub outcome_bar: Vec<BarPart>,
    /// The mean time of a look-up.
    pub mean: Option<String>,
    pub remarks: Vec<Badge>,
}

/// Look-ups under way and the most that may be.
pub struct Permits {
    pub used: u64,
    pub all: u64,
    /// Of 300 px.
    pub bar: Vec<BarPart>,
}

/// All connections in the order in which their rules are tried.
pub fn connections(names: &[&str], readings: &Readings, now: Timestamp, lang: Language) -> Vec<ConnectionState> {
    names.iter().map(|name| connection(name, readings, now, lang)).collect()
}

fn connection(name: &str, readings: &Readings, now: Timestamp, lang: Language) -> ConnectionState {
    let labels = [("connection", name)];
    let by_outcome = readings.by("diensan_lookups_total", "outcome", &labels);
    let sum_of = |wanted: fn(&str) -> bool| {
        by_outcome.iter().filter(|(outcome, _)| wanted(outcome)).map(|(_, count)| size(*count)).sum::<usize>()
    };
    let found = sum_of(|outcome| outcome == "found");
    let without = sum_of(|outcome| matches!(outcome, "not_found" | "multiple"));
    let failed = sum_of(|outcome| !matches!(outcome, "found" | "not_found" | "multiple"));
    let shown = [("k4", found), ("k2", without), ("bad-bar", failed)];
    ConnectionState {
        name: name.to_owned(),
        breakers: breakers(name, readings, lang),
        permits: permits(readings, &labels),
        outcome_bar: parts(0, 300, found + without + failed, &shown),
        outcomes: counts_of(by_outcome, |outcome| outcome_word(outcome, lang)),
        mean: readings.mean("diensan_lookup_duration_seconds", &labels).map(|mean| format!("{:.0} ms", mean * 1000.0)),
        remarks: remarks(name, readings, now, lang),
    }
}

fn size(count: f64) -> usize {
    usize::try_from(whole(count)).unwrap_or(usize::MAX / 1000)
}

fn breakers(name: &str, readings: &Readings, lang: Language) -> Vec<(&'static str, Badge)> {
    let addresses = [
        ("data", lang.pick("Địa chỉ dữ liệu", "Data address")),
        ("token", lang.pick("Địa chỉ mã truy cập", "Token address")),
    ];
    let breaker = |(address, word): (&str, &'static str)| {
        let states =
            readings.by("diensan_upstream_breaker_state", "state", &[("connection", name), ("address", address)]);
        let state = states.into_iter().find(|(_, set)| *set > 0.0)?.0;
        Some((word, breaker_badge(&state, lang)))
    };
    addresses.into_iter().filter_map(breaker).collect()
}

fn breaker_badge(state: &str, lang: Language) -> Badge {
    match state {
        "closed" => Badge::new("good", lang.pick("thông", "open for calls")),
        "half_open" => Badge::new("warn", lang.pick("đang thử lại", "trying again")),
        "open" => Badge::new("bad", lang.pick("đang ngắt, không gọi", "cut off, no calls")),
        other => Badge::new("", other),
    }
}

fn permits(readings: &Readings, labels: &[(&str, &str)]) -> Option<Permits> {
    let all = readings.value("diensan_upstream_permits", labels)?;
    let used = readings.value("diensan_upstream_permits_in_use", labels).unwrap_or(0.0);
    Some(Permits { used: whole(used), all: whole(all), bar: parts(0, 300, size(all), &[("k4", size(used))]) })
}

/// What an operator must do something about: clocks that differ, certificates that end.
fn remarks(name: &str, readings: &Readings, now: Timestamp, lang: Language) -> Vec<Badge> {
    let mut remarks = Vec::new();
    let labels = [("connection", name)];
    if let Some(skew) = readings.value("diensan_upstream_clock_skew_seconds", &labels) {
        let class = if skew.abs() > 60.0 { "bad" } else { "info" };
        remarks.push(Badge::new(
            class,
            lang.pick(format!("đồng hồ bên kia lệch {skew:.0} giây"), format!("their clock differs by {skew:.0} s")),
        ));
    }
    let ends = readings.by("diensan_upstream_certificate_expires_timestamp_seconds", "certificate", &labels);
    for (certificate, second) in ends {
        let days = days_until(second, now);
        let class = match days {
            ..=0 => "bad",
            1..=30 => "warn",
            _ => "good",
        };
        let which = match certificate.as_str() {
            "client" => lang.pick("chứng thư của ta", "our certificate"),
            _ => lang.pick("chứng thư gốc", "root certificate"),
        };
        remarks.push(Badge::new(
            class,
            lang.pick(format!("{which} còn {days} ngày"), format!("{which}: {days} days left")),
        ));
    }
    remarks
}

/// The outcomes of a look-up; an outage is never "no such citizen".
fn outcome_word(outcome: &str, lang: Language) -> String {
    let word = match outcome {
        "found" => lang.pick("tìm thấy", "found"),
        "not_found" => lang.pick("không có công dân khớp", "no such citizen"),
        "multiple" => lang.pick("nhiều người khớp", "several citizens"),
        "rejected" => lang.pick("yêu cầu bị trả lại", "request rejected"),
        "not_permitted_procedure" => lang.pick("thủ tục chưa được phép", "procedure not permitted"),
        "not_permitted_officer" => lang.pick("cán bộ chưa được phép", "officer not permitted"),
        "auth_failed" => lang.pick("kết nối không được chấp nhận", "connection not authorised"),
        "throttled" => lang.pick("quá nhiều lượt hỏi", "throttled"),
        "upstream_fault" => lang.pick("bên kia lỗi", "upstream fault"),
        "timeout" => lang.pick("quá thời gian chờ", "time-out"),
        "maintenance" => lang.pick("đang bảo trì", "maintenance"),
        "malformed" => lang.pick("trả lời không đọc được", "unreadable reply"),
        other => other,
    };
    word.to_owned()
}
