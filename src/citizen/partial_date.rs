//! A date of which the day, or month and day, may be unknown. (signatures; bodies to be written)

/// Year, year and month, or full date.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[derive(zeroize::Zeroize)]
pub struct PartialDate { year: u16, month: Option<u8>, day: Option<u8> }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateRefusal { Form, Impossible, Range }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateEquality { Equal, Compatible, Different }
/// What a register date text means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RegisterDate { NotGiven, Impossible, Date(PartialDate) }
impl PartialDate {
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Result<Self, DateRefusal> { let _ = (year, month, day); unimplemented!() }
    pub fn year(self) -> u16 { self.year }
    pub fn month(self) -> Option<u8> { self.month }
    pub fn day(self) -> Option<u8> { self.day }
    pub fn is_full(self) -> bool { self.day.is_some() }
    /// API input: ISO only, within 1880..=today.
    pub fn parse_iso(_text: &str, _today: jiff::civil::Date) -> Result<Self, DateRefusal> { unimplemented!() }
    /// ISO text without the range check (people files, tests).
    pub fn from_iso(_text: &str) -> Result<Self, DateRefusal> { unimplemented!() }
    /// Card scan: ddmmyyyy.
    pub fn parse_ddmmyyyy(_text: &str) -> Result<Self, DateRefusal> { unimplemented!() }
    /// Everything PROTOCOL 5.2 rule 5 accepts.
    pub fn read_register(_text: &str) -> RegisterDate { unimplemented!() }
    pub fn iso(self) -> String { unimplemented!() }
    /// dd/mm/yyyy, mm/yyyy or yyyy as printed.
    pub fn printed(self) -> String { unimplemented!() }
    /// yyyymmdd of a full date.
    pub fn compact(self) -> Option<String> { unimplemented!() }
    pub fn equality(self, _other: Self) -> DateEquality { unimplemented!() }
    /// Full years of age on that day; only from a full date.
    pub fn age_on(self, _day: jiff::civil::Date) -> Option<u16> { unimplemented!() }
}
