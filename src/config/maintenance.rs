//! Maintenance windows of a connection: when upstream is known to be away.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, offset};

/// Viet Nam's time: UTC+7, no daylight saving.
const VIET_NAM: Offset = offset(7);

/// A window in Viet Nam's time. Its end is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaintenanceWindow {
    /// From one moment to another.
    Once { from: DateTime, to: DateTime },
    /// On these weekdays (of its beginning; empty: every day). When `to` is not later than `from` it ends the next day.
    Weekly { days: Vec<Weekday>, from: Time, to: Time },
}

impl MaintenanceWindow {
    /// When the window that holds this moment ends; `None`: no window does.
    pub fn is_in(&self, moment: Timestamp) -> Option<Timestamp> {
        let here = VIET_NAM.to_datetime(moment);
        let end = match self {
            Self::Once { from, to } => (*from <= here && here < *to).then_some(*to),
            Self::Weekly { days, from, to } => {
                // Of yesterday's window only the part after midnight can be left. A window is at most a day long.
                let begins = [Some(here.date()), here.date().yesterday().ok()];
                begins
                    .into_iter()
                    .flatten()
                    .filter(|day| days.is_empty() || days.contains(&day.weekday()))
                    .filter_map(|day| weekly_end(day, *from, *to, here))
                    .max()
            }
        }?;
        VIET_NAM.to_timestamp(end).ok()
    }
}

/// The end of the window that begins on this day, when the moment is in it.
fn weekly_end(day: Date, from: Time, to: Time, here: DateTime) -> Option<DateTime> {
    let last = if to > from { day } else { day.tomorrow().ok()? };
    let end = last.to_datetime(to);
    (day.to_datetime(from) <= here && here < end).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment in Viet Nam's time, as a timestamp.
    fn at(text: &str) -> Timestamp {
        format!("{text}+07:00").parse().expect("moment")
    }

    fn time(text: &str) -> Time {
        text.parse().expect("time")
    }

    fn ends(window: &MaintenanceWindow, moment: &str) -> Option<Timestamp> {
        window.is_in(at(moment))
    }

    #[test]
    fn a_single_window_holds_its_beginning_but_not_its_end() {
        let window = MaintenanceWindow::Once {
            from: "2026-12-05T22:00:00".parse().expect("from"),
            to: "2026-12-06T02:30:00".parse().expect("to"),
        };
        let end = Some(at("2026-12-06T02:30:00"));
        let cases = [
            ("2026-12-05T21:59:59.999", None),
            ("2026-12-05T22:00:00", end),
            ("2026-12-06T00:00:00", end),
            ("2026-12-06T02:29:59.999", end),
            ("2026-12-06T02:30:00", None),
            ("2027-12-06T00:00:00", None),
        ];
        for (moment, expected) in cases {
            assert_eq!(ends(&window, moment), expected, "{moment}");
        }
    }

    #[test]
    fn a_window_is_read_in_viet_nams_time_not_in_utc() {
        let window = MaintenanceWindow::Weekly { days: Vec::new(), from: time("00:30"), to: time("01:30") };
        let utc = |text: &str| text.parse::<Timestamp>().expect("moment");
        assert_eq!(window.is_in(utc("2026-11-25T18:00:00Z")), Some(utc("2026-11-25T18:30:00Z")));
        assert_eq!(window.is_in(utc("2026-11-25T01:00:00Z")), None);
    }

    /// 2026-11-22 is a Sunday.
    #[test]
    fn a_window_over_midnight_belongs_to_the_day_on_which_it_begins() {
        let window = MaintenanceWindow::Weekly { days: vec![Weekday::Sunday], from: time("23:00"), to: time("01:00") };
        let end = Some(at("2026-11-23T01:00:00"));
        let cases = [
            ("2026-11-22T00:30:00", None), // the end of a Saturday's window, which is not configured
            ("2026-11-22T22:59:59", None),
            ("2026-11-22T23:00:00", end),
            ("2026-11-23T00:59:59", end),
            ("2026-11-23T01:00:00", None),
            ("2026-11-23T23:30:00", None),
            ("2026-11-29T23:30:00", Some(at("2026-11-30T01:00:00"))),
        ];
        for (moment, expected) in cases {
            assert_eq!(ends(&window, moment), expected, "{moment}");
        }
    }

    #[test]
    fn weekdays_are_those_of_viet_nam() {
        // At 23:00 UTC on Saturday it is Sunday morning in Viet Nam.
        let window = MaintenanceWindow::Weekly { days: vec![Weekday::Sunday], from: time("05:00"), to: time("07:00") };
        assert!(window.is_in("2026-11-21T23:00:00Z".parse().expect("moment")).is_some());
        assert!(window.is_in("2026-11-22T23:00:00Z".parse().expect("moment")).is_none());
    }

    #[test]
    fn no_days_means_every_day_and_equal_times_a_whole_day() {
        let nightly = MaintenanceWindow::Weekly { days: Vec::new(), from: time("22:00"), to: time("06:00") };
        for day in 22..=28 {
            assert_eq!(
                ends(&nightly, &format!("2026-11-{day}T05:59:59")),
                Some(at(&format!("2026-11-{day}T06:00:00")))
            );
            assert_eq!(ends(&nightly, &format!("2026-11-{day}T12:00:00")), None);
        }
        let sunday = MaintenanceWindow::Weekly { days: vec![Weekday::Sunday], from: time("00:00"), to: time("00:00") };
        assert_eq!(ends(&sunday, "2026-11-22T23:59:59"), Some(at("2026-11-23T00:00:00")));
        assert_eq!(ends(&sunday, "2026-11-23T00:00:00"), None);
        assert_eq!(ends(&sunday, "2026-11-21T23:59:59"), None);
    }

    #[test]
    fn the_ends_of_time_are_no_reason_to_fail() {
        let window = MaintenanceWindow::Weekly { days: Vec::new(), from: time("22:00"), to: time("06:00") };
        for moment in [Timestamp::MIN, Timestamp::MAX] {
            window.is_in(moment);
        }
    }
}
