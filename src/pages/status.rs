//! `/status`: how the service is, for its operator, in words and small charts.
//!
//! Everything is taken from what `/readyz` and `/metrics` tell; nothing is counted here and nobody's data is shown.

mod connection;

use std::collections::BTreeMap;

use askama::Template;
use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp};

use super::picture::{Bar, parts};
use super::shell::{Page, Section, Shell};
use super::visit::Visit;
use super::words::Badge;
use crate::autofill::{Desk, Numbers};
use crate::catalog::{CatalogState, Language, ReloadResult};
use crate::telemetry::Readings;
use connection::{ConnectionState, connections};

#[derive(Template)]
#[template(path = "status.html")]
struct Status {
    shell: Shell,
    now: String,
    ready: Badge,
    /// What kind of numbers is asked for.
    mode: &'static str,
    connections: Vec<ConnectionState>,
    cache: CacheState,
    /// `None`: no journal is configured.
    journal: Option<JournalWords>,
    catalog: CatalogWords,
    requests: Vec<Count>,
    requests_bars: Vec<Bar>,
}

struct CacheState {
    is_off: bool,
    ttl: String,
    bytes: String,
    limit: String,
    /// How full it is, a bar of 300 px.
    fill: Vec<super::picture::BarPart>,
    results: Vec<Count>,
}

/// A word and how often.
pub struct Count {
    pub word: String,
    pub count: u64,
}

struct JournalWords {
    state: Badge,
    /// Since when it cannot be written, and why.
    failing: Option<String>,
    lines: u64,
    written: String,
    waiting: usize,
    last_sync: String,
    failed_groups: u64,
    failed_anchors: u64,
}

struct CatalogWords {
    services: usize,
    forms: usize,
    version: String,
    loaded: String,
    reload: Option<(Badge, String)>,
}

/// The page.
pub fn status(desk: &Desk, now: Timestamp, visit: &Visit) -> Page {
    let lang = visit.lang;
    let readings = desk.readings();
    let journal = desk.journal.as_ref().map(|journal| journal_words(&journal.health(), lang));
    let ready = match &journal {
        Some(journal) if journal.failing.is_some() => Badge::new(
            "bad",
            lang.pick("Chưa sẵn sàng: không ghi được nhật ký", "Not ready: the journal cannot be written"),
        ),
        _ => Badge::new("good", lang.pick("Sẵn sàng", "Ready")),
    };
    let requests = counts(&readings, "diensan_http_requests_total", "status", |status| status.to_owned());
    let page = Status {
        shell: Shell::new(visit, Section::Status, lang.pick("Tình trạng dịch vụ", "State of the service")),
        now: moment(now),
        ready,
        mode: match desk.register.numbers {
            Numbers::InventedOnly => lang.pick(
                "Thử nghiệm: chỉ nhận người không có thật (số bắt đầu bằng 999).",
                "Trial: only invented people are asked for (numbers that begin with 999).",
            ),
            Numbers::RealOnly => lang.pick("Kết nối thật.", "A real connection."),
        },
        connections: connections(&desk.register.connections.names(), &readings, now, lang),
        cache: cache_state(desk, &readings, lang),
        journal,
        catalog: catalog_words(&desk.catalog.state(), lang),
        requests_bars: bars(&requests),
        requests,
    };
    Page::of(200, &page)
}

fn cache_state(desk: &Desk, readings: &Readings, lang: Language) -> CacheState {
    let (bytes, limit) = (desk.register.cache.bytes(), desk.register.cache.limit().unwrap_or(0));
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX / 1000);
    let word = |result: &str| match result {
        "hit" => lang.pick("dùng bản đang giữ", "held record used").to_owned(),
        "shared_hit" => lang.pick("dùng bản chung của các máy", "record of the shared tier used").to_owned(),
        "miss" => lang.pick("chưa giữ, đã hỏi", "not held, asked").to_owned(),
        "refresh" => lang.pick("hỏi lại theo yêu cầu", "asked again on demand").to_owned(),
        "off" => lang.pick("không giữ", "off").to_owned(),
        other => other.to_owned(),
    };
    CacheState {
        is_off: desk.register.cache.ttl().is_zero(),
        ttl: duration(desk.register.cache.ttl().as_secs(), lang),
        bytes: kilobytes(bytes),
        limit: kilobytes(limit),
        fill: parts(0, 300, size(limit), &[("k4", size(bytes.min(limit)))]),
        results: counts(readings, "diensan_cache_requests_total", "result", word),
    }
}

fn journal_words(health: &crate::audit::Health, lang: Language) -> JournalWords {
    let failing = health.failing.as_ref().map(|failing| {
        let since = moment(failing.since);
        lang.pick(format!("Từ {since}: {}", failing.reason), format!("Since {since}: {}", failing.reason))
    });
    JournalWords {
        state: match failing {
            None => Badge::new("good", lang.pick("Ghi được", "Written")),
            Some(_) => Badge::new("bad", lang.pick("Không ghi được: không trả dữ liệu", "Not written: no data leaves")),
        },
        failing,
        lines: health.lines,
        written: kilobytes(health.bytes),
        waiting: health.waiting,
        last_sync: format!("{:.1} ms", health.last_sync.as_secs_f64() * 1000.0),
        failed_groups: health.failed_groups,
        failed_anchors: health.failed_anchors,
    }
}

fn catalog_words(state: &CatalogState, lang: Language) -> CatalogWords {
    let catalog = &state.catalog;
    let reload = state.last_reload.map(|(result, at)| {
        let badge = match result {
            ReloadResult::Ok => Badge::new("good", lang.pick("đã dùng danh mục mới", "the new one is in use")),
            ReloadResult::Failed { findings } => Badge::new(
                "bad",
                lang.pick(
                    format!("bị từ chối vì {findings} lỗi, danh mục cũ vẫn dùng"),
                    format!("refused for {findings} finding(s), the old one stays"),
                ),
            ),
        };
        (badge, moment(at))
    });
    CatalogWords {
        services: catalog.services().len(),
        forms: catalog.form_count(),
        version: catalog.version.to_string(),
        loaded: moment(catalog.loaded_at),
        reload,
    }
}

/// The counts of a metric by one label.
fn counts(readings: &Readings, name: &str, label: &str, word: impl Fn(&str) -> String) -> Vec<Count> {
    counts_of(readings.by(name, label, &[]), word)
}

/// What was counted by one label in words, without what never happened.
fn counts_of(by: BTreeMap<String, f64>, word: impl Fn(&str) -> String) -> Vec<Count> {
    let happened = by.into_iter().filter(|(_, count)| *count > 0.0);
    happened.map(|(value, count)| Count { word: word(&value), count: whole(count) }).collect()
}

/// A bar for each count, the longest 200 px.
fn bars(counts: &[Count]) -> Vec<Bar> {
    let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX / 1000);
    let most = counts.iter().map(|count| size(count.count)).max().unwrap_or(0);
    let bar = |(index, count): (usize, &Count)| Bar {
        y: index * 20,
        name: count.word.clone(),
        parts: parts(48, 200, most, &[("k4", size(count.count))]),
        number: count.count.to_string(),
    };
    counts.iter().enumerate().map(bar).collect()
}

/// A counter's value as a whole number.
fn whole(value: f64) -> u64 {
    format!("{value:.0}").parse().unwrap_or(0)
}

fn kilobytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

/// A moment as people in Viet Nam read it.
fn moment(at: Timestamp) -> String {
    TimeZone::fixed(offset(7)).to_datetime(at).strftime("%d/%m/%Y %H:%M:%S").to_string()
}

fn duration(seconds: u64, lang: Language) -> String {
    match seconds {
        0..120 => lang.pick(format!("{seconds} giây"), format!("{seconds} s")),
        120..7200 => lang.pick(format!("{} phút", seconds / 60), format!("{} min", seconds / 60)),
        _ => lang.pick(format!("{} giờ", seconds / 3600), format!("{} h", seconds / 3600)),
    }
}

/// Whole days from now to a second since 1970; negative: it is past.
fn days_until(second: f64, now: Timestamp) -> i64 {
    let end = Timestamp::from_second(format!("{second:.0}").parse().unwrap_or(0)).unwrap_or(now);
    let left: SignedDuration = end.duration_since(now);
    left.as_hours().div_euclid(24)
}
