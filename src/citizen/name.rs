//! (signatures; bodies to be written)
use super::PersonalText;
/// A name given in a query: displayable form and compact key.
#[derive(Clone, PartialEq, Eq)]
pub struct Name { display: PersonalText, compact: PersonalText }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRefusal { Empty, Charset, Length }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameEquality { Identical, SameName, CompactEqual, Different }
impl Name {
    pub fn parse(_text: &str) -> Result<Self, NameRefusal> { unimplemented!() }
    pub fn display(&self) -> &str { self.display.reveal() }
    pub fn compact(&self) -> &str { self.compact.reveal() }
}
/// PROTOCOL 4.1.
pub fn compact(_text: &str) -> String { unimplemented!() }
pub fn equality(_a: &str, _b: &str) -> NameEquality { unimplemented!() }
pub fn has_lookalike_letter(_text: &str) -> bool { unimplemented!() }
/// NFC, zero-width removed, white space runs to one space, trimmed: the form kept and shown.
pub fn tidy(_text: &str) -> String { unimplemented!() }
/// letters and digits without diacritics, lower case, đ→d, everything else dropped: for comparing unit names, search.
pub fn search_key(_text: &str) -> String { unimplemented!() }
