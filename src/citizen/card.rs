//! (signatures; bodies to be written)
use super::{Name, Number, PartialDate};
pub struct Card { pub number: Number, pub old_number: Option<Number>, pub name: Name, pub birth_date: PartialDate, pub issue_date: Option<PartialDate> }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardRefusal { Form, Number(super::number::NumberRefusal), Name(super::name::NameRefusal), BirthDate }
impl Card { pub fn parse(_text: &str) -> Result<Self, CardRefusal> { unimplemented!() } }
