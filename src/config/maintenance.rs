//! Maintenance windows of a connection: when upstream is known to be away.

use jiff::civil::{DateTime, Time, Weekday};

/// A window in Viet Nam's time. Its end is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaintenanceWindow {
    /// From one moment to another.
    Once { from: DateTime, to: DateTime },
    /// On these weekdays (of its beginning; empty: every day). When `to` is not later than `from` it ends the next day.
    Weekly { days: Vec<Weekday>, from: Time, to: Time },
}
