//! A date of which the day, or the month and day, may be unknown.
//!
//! Many elderly people have a year only (IDENTITY §6). A missing part is `None` and stays so: there is no default
//! (1 January, epoch) anywhere in this file, and no timestamp type, because a birth date has no time zone.

use jiff::civil::Date;

/// Earliest year that is taken for a birth date (IDENTITY §6 rule 6).
const EARLIEST_YEAR: u16 = 1880;

/// Latest year that [`PartialDate::read_register`], which knows no clock, takes for a date. Together with
/// [`EARLIEST_YEAR`] it keeps stand-ins (`0001-01-01`, `9999-12-31`) and other digit orders (`12031985`) out.
const LATEST_REGISTER_YEAR: u16 = 2199;

/// Year, year and month, or full date (IDENTITY §6 rule 1). A day is never known without its month.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, zeroize::Zeroize)]
pub struct PartialDate {
    year: u16,
    month: Option<u8>,
    day: Option<u8>,
}

/// Why a text is not taken as a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateRefusal {
    /// Not written in an accepted form.
    Form,
    /// Well written, but there is no such day (30 February, month 13, year 0).
    Impossible,
    /// Before 1880 or after today.
    Range,
}

impl DateRefusal {
    /// Stable code used in problem documents (RISKS A7); an unreadable and an impossible date share one.
    pub fn code(self) -> &'static str {
        match self {
            Self::Form | Self::Impossible => "date_form",
            Self::Range => "date_range",
        }
    }
}

/// How two dates compare at the precision that both have (IDENTITY §6 rule 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateEquality {
    /// Same precision, same date.
    Equal,
    /// The less precise one agrees with the other as far as it goes.
    Compatible,
    /// A part that both have differs.
    Different,
}

/// What a register date text means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RegisterDate {
    /// Blank, `null` or nothing but zeros.
    NotGiven,
    /// Something stands there that is no date; not given, with a hint for the officer (PROTOCOL §5.2 rule 5).
    Impossible,
    /// As precise as the register knows it.
    Date(PartialDate),
}

impl PartialDate {
    /// A date from its parts; refuses days that do not exist, and a day without a month.
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Result<Self, DateRefusal> {
        if !(1..=9999).contains(&year) {
            return Err(DateRefusal::Impossible);
        }
        match (month, day) {
            (None, Some(_)) => return Err(DateRefusal::Form),
            (Some(month), _) if !(1..=12).contains(&month) => return Err(DateRefusal::Impossible),
            (Some(month), Some(day)) if day == 0 || day > days_in_month(year, month) => {
                return Err(DateRefusal::Impossible);
            }
            _ => {}
        }
        Ok(Self { year, month, day })
    }

    /// The year, which is always known.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, when known.
    pub fn month(self) -> Option<u8> {
        self.month
    }

    /// The day, when known; then the month is known too.
    pub fn day(self) -> Option<u8> {
        self.day
    }

    /// Whether day, month and year are known.
    pub fn is_full(self) -> bool {
        self.day.is_some()
    }

    /// Input of the API: ISO only (`yyyy`, `yyyy-mm`, `yyyy-mm-dd`), within 1880 to today in Viet Nam (IDENTITY §6
    /// rules 4 to 6). Eight bare digits are ambiguous and refused.
    pub fn parse_iso(text: &str, today: Date) -> Result<Self, DateRefusal> {
        Self::from_iso(text)?.within(today)
    }

    /// ISO text without the range check, for people files and tests.
    pub fn from_iso(text: &str) -> Result<Self, DateRefusal> {
        let (year, month, day) = iso_parts(text).ok_or(DateRefusal::Form)?;
        Self::new(year, month, day)
    }

    /// Card scan: exactly eight digits `ddmmyyyy` (PROTOCOL §4.3). The range is checked apart, with [`Self::within`].
    pub fn parse_ddmmyyyy(text: &str) -> Result<Self, DateRefusal> {
        let part = |range, digits| text.get(range).and_then(|part| fixed(part, digits));
        let (Some(day), Some(month), Some(year), 8) = (part(0..2, 2), part(2..4, 2), part(4..8, 4), text.len()) else {
            return Err(DateRefusal::Form);
        };
        Self::new(year, Some(two_digits(month)), Some(two_digits(day)))
    }

    /// The same date if it lies within 1880 to `today`; a partial one counts as inside as long as it can be
    /// (IDENTITY §6 rule 6: today in Viet Nam time is the caller's to tell).
    pub fn within(self, today: Date) -> Result<Self, DateRefusal> {
        let this_year = u16::try_from(today.year()).unwrap_or(0);
        let (this_month, this_day) = (today.month().unsigned_abs(), today.day().unsigned_abs());
        let future = self.year > this_year
            || (self.year == this_year
                && self.month.is_some_and(|month| {
                    month > this_month || (month == this_month && self.day.is_some_and(|day| day > this_day))
                }));
        if future || self.year < EARLIEST_YEAR { Err(DateRefusal::Range) } else { Ok(self) }
    }

    /// A date text of the register (PROTOCOL §5.2 rule 5, IDENTITY §6): `yyyymmdd`, `yyyymm`, `yyyy`, `yyyy-mm-dd`
    /// (with or without a time behind it), `yyyy-mm`, `dd/mm/yyyy`, `mm/yyyy`. `00` for a day or month means unknown;
    /// a day whose month is unknown is dropped, because it says nothing alone. A time is cut off, never converted.
    pub fn read_register(text: &str) -> RegisterDate {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("null") {
            return RegisterDate::NotGiven;
        }
        let Some((year, month, day)) = register_parts(text) else { return RegisterDate::Impossible };
        if (year, month, day) == (0, 0, 0) {
            return RegisterDate::NotGiven;
        }
        if !(EARLIEST_YEAR..=LATEST_REGISTER_YEAR).contains(&year) || day > 31 {
            return RegisterDate::Impossible;
        }
        let month = (month != 0).then_some(month);
        let day = month.and((day != 0).then_some(day));
        Self::new(year, month, day).map_or(RegisterDate::Impossible, RegisterDate::Date)
    }

    /// ISO 8601: `yyyy-mm-dd`, `yyyy-mm` or `yyyy`.
    pub fn iso(self) -> String {
        match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{:04}-{month:02}-{day:02}", self.year),
            (Some(month), None) => format!("{:04}-{month:02}", self.year),
            (None, _) => format!("{:04}", self.year),
        }
    }

    /// As printed on a form: `dd/mm/yyyy`, `mm/yyyy` or `yyyy` (IDENTITY §6: unknown parts stay empty).
    pub fn printed(self) -> String {
        match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{day:02}/{month:02}/{:04}", self.year),
            (Some(month), None) => format!("{month:02}/{:04}", self.year),
            (None, _) => format!("{:04}", self.year),
        }
    }

    /// `yyyymmdd` of a full date, the query's default form (PROTOCOL §4.2); `None` when a part is unknown.
    pub fn compact(self) -> Option<String> {
        Some(format!("{:04}{:02}{:02}", self.year, self.month?, self.day?))
    }

    /// Compares at the smaller precision: a year against a full date is compatible, never equal (IDENTITY §6 rule 2).
    pub fn equality(self, other: Self) -> DateEquality {
        let differ = |a: Option<u8>, b: Option<u8>| matches!((a, b), (Some(a), Some(b)) if a != b);
        if self == other {
            DateEquality::Equal
        } else if self.year != other.year || differ(self.month, other.month) || differ(self.day, other.day) {
            DateEquality::Different
        } else {
            DateEquality::Compatible
        }
    }

    /// Full years of age on that day; only from a full date (DESIGN §2, `tuoi`), and `None` before the birth.
    /// Somebody born on 29 February grows a year older on 1 March of a common year.
    pub fn age_on(self, day: Date) -> Option<u16> {
        let birthday = (self.month?, self.day?);
        let today = (day.month().unsigned_abs(), day.day().unsigned_abs());
        let not_yet = i32::from(today < birthday);
        u16::try_from(i32::from(day.year()) - i32::from(self.year) - not_yet).ok()
    }
}

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// A number of exactly so many ASCII digits.
fn fixed(text: &str, digits: usize) -> Option<u16> {
    if text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A number below 100 that [`fixed`] read from two digits.
fn two_digits(number: u16) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn iso_parts(text: &str) -> Option<(u16, Option<u8>, Option<u8>)> {
    let mut parts = text.split('-');
    let year = fixed(parts.next()?, 4)?;
    let month = parts.next().map(|part| fixed(part, 2).map(two_digits));
    let day = parts.next().map(|part| fixed(part, 2).map(two_digits));
    // A part that is there must be readable; a fourth part is no date.
    match (month, day, parts.next()) {
        (None, None, None) => Some((year, None, None)),
        (Some(month), None, None) => Some((year, Some(month?), None)),
        (Some(month), Some(day), None) => Some((year, Some(month?), Some(day?))),
        _ => None,
    }
}

/// Year, month, day of a register text, 0 for what is unknown.
fn register_parts(text: &str) -> Option<(u16, u8, u8)> {
    let date = without_time(text)?;
    if date.contains('/') {
        let parts: Vec<&str> = date.split('/').collect();
        let short = |part: &str| fixed(part, 2).or_else(|| fixed(part, 1)).map(two_digits);
        return match parts.as_slice() {
            [day, month, year] => Some((fixed(year, 4)?, short(month)?, short(day)?)),
            [month, year] => Some((fixed(year, 4)?, short(month)?, 0)),
            _ => None,
        };
    }
    if date.contains('-') {
        return iso_parts(date).map(|(year, month, day)| (year, month.unwrap_or(0), day.unwrap_or(0)));
    }
    let part = |range, digits| date.get(range).and_then(|part| fixed(part, digits));
    let (year, month, day) = match date.len() {
        4 => (part(0..4, 4)?, 0, 0),
        6 => (part(0..4, 4)?, part(4..6, 2)?, 0),
        8 => (part(0..4, 4)?, part(4..6, 2)?, part(6..8, 2)?),
        _ => return None,
    };
    Some((year, two_digits(month), two_digits(day)))
}

/// The date in front of a time of day. The time is not used: moving it to another zone could move the day.
fn without_time(text: &str) -> Option<&str> {
    let Some((date, time)) = text.split_once(['T', ' ']) else { return Some(text) };
    let is_time = time.starts_with(|first: char| first.is_ascii_digit())
        && time.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Z".contains(&byte));
    (date.contains('-') && is_time).then_some(date)
}

#[cfg(test)]
mod tests;
