//! (signatures; bodies to be written)
use super::{PartialDate, PersonalText};
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Number { /// 12 digits
 Personal(PersonalText), /// 9 digits
 OldCard(PersonalText) }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberRefusal { Empty, Charset, Length, LeadingZero, Pattern }
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NumberHint { BirthYear, Gender, Century, Prefix, YearRange }
impl Number {
    pub fn parse(_text: &str) -> Result<Self, NumberRefusal> { unimplemented!() }
    pub fn digits(&self) -> &str { match self { Self::Personal(t) | Self::OldCard(t) => t.reveal() } }
    pub fn is_invented(&self) -> bool { self.digits().starts_with("999") }
    /// Structure hints of a 12-digit number against a stated birth date and gender code; never blocks anything.
    pub fn hints(&self, _birth_date: Option<PartialDate>, _gender_code: Option<&str>, _today: jiff::civil::Date) -> Vec<NumberHint> { unimplemented!() }
}
