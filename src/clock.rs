//! The clock: the only place that asks what time it is, and what day.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};

/// Now.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Today in Viet Nam (UTC+7, no daylight saving): birth dates, ages and dossiers are read in that zone, never in UTC
/// (IDENTITY §6 rule 6).
pub fn today_in_viet_nam() -> Date {
    TimeZone::fixed(offset(7)).to_datetime(now()).date()
}
