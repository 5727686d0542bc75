//! Keys of time, repetition and load (PROTOCOL §7).

use std::time::Duration;

use jiff::civil::{DateTime, Time, Weekday};

use super::super::maintenance::MaintenanceWindow;
use super::super::section::Section;
use super::GuardSettings;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

const MOMENT: &str = "must be a time such as \"01:00\", or a moment such as \"2026-12-01T22:00\" (Viet Nam time)";

/// `budget`, `connect_timeout`, `permits` and the table `guard`.
pub fn read(section: &mut Section<'_, '_>) -> GuardSettings {
    let mut settings = GuardSettings::default();
    let milliseconds = Duration::from_millis;
    let minute = Duration::from_secs(60);
    let or = |found: Option<Duration>, value: &mut Duration| *value = found.unwrap_or(*value);
    or(section.duration("budget", milliseconds(100)..=minute), &mut settings.budget);
    or(section.duration("connect_timeout", milliseconds(10)..=minute / 2), &mut settings.connect_timeout);
    settings.permits = section.number("permits", 1..=10_000).unwrap_or(settings.permits);
    let Some(mut table) = section.section("guard") else { return settings };
    or(table.duration("first_byte_timeout", milliseconds(10)..=minute), &mut settings.first_byte_timeout);
    or(table.duration("body_timeout", milliseconds(10)..=minute), &mut settings.body_timeout);
    if let Some(calls) = table.number("calls_per_second", 0..=100_000) {
        settings.calls_per_second = u32::try_from(calls).ok().filter(|calls| *calls > 0);
    }
    if let Some(at_once) = table.number("officer_at_once", 0..=1_000) {
        settings.officer_at_once = Some(at_once).filter(|at_once| *at_once > 0);
    }
    settings.repeat = table.bool("repeat").unwrap_or(settings.repeat);
    or(table.duration("repeat_pause", Duration::ZERO..=minute), &mut settings.repeat_pause);
    if let Some(mut breaker) = table.section("breaker") {
        if let Some(faults) = breaker.number("faults", 1..=100_000) {
            settings.breaker.faults = u32::try_from(faults).unwrap_or(settings.breaker.faults);
        }
        or(breaker.duration("within", milliseconds(100)..=minute * 60), &mut settings.breaker.within);
        or(breaker.duration("probe_after", milliseconds(10)..=minute * 60), &mut settings.breaker.probe_after);
        breaker.finish();
    }
    settings.maintenance = read_maintenance(&mut table);
    table.finish();
    settings
}

fn read_maintenance(table: &mut Section<'_, '_>) -> Vec<MaintenanceWindow> {
    let mut windows = Vec::new();
    for (index, (window, span)) in table.tables("maintenance").into_iter().enumerate() {
        let mut window = table.item("maintenance", index, window, span);
        let days = if window.has("days") { window.words("days", &DAYS) } else { Some(Vec::new()) };
        let from = read_moment(&mut window, "from");
        let to = read_moment(&mut window, "to");
        match (from, to) {
            (Some(Moment::Once(from)), Some(Moment::Once(to))) if days.as_deref() == Some(&[]) => {
                if from < to {
                    windows.push(MaintenanceWindow::Once { from, to });
                } else {
                    window.missing("to", "must be later than `from`");
                }
            }
            (Some(Moment::Daily(from)), Some(Moment::Daily(to))) => {
                windows.extend(days.map(|days| MaintenanceWindow::Weekly { days, from, to }));
            }
            (Some(_), Some(_)) => {
                window.missing("from", "and `to` must both be times, or both moments without `days`");
            }
            _ => {}
        }
        window.finish();
    }
    windows
}

enum Moment {
    Daily(Time),
    Once(DateTime),
}

fn read_moment(window: &mut Section<'_, '_>, key: &'static str) -> Option<Moment> {
    let Some((text, span)) = window.spanned_text(key) else {
        if !window.has(key) {
            window.missing(key, format!("is needed and {MOMENT}"));
        }
        return None;
    };
    let moment = match text.len() {
        5 => Time::strptime("%H:%M", text).ok().map(Moment::Daily),
        16 => DateTime::strptime("%Y-%m-%dT%H:%M", text).ok().map(Moment::Once),
        19 => DateTime::strptime("%Y-%m-%dT%H:%M:%S", text).ok().map(Moment::Once),
        _ => None,
    };
    if moment.is_none() {
        window.report(&span, key, MOMENT);
    }
    moment
}
