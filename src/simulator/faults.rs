//! The numbers that misbehave (PROTOCOL §11: fixed numbers in a table).
//!
//! The number alone triggers, whatever name and birth date come with it. Adding a row with a known behaviour needs
//! no code.

use std::collections::HashMap;

use serde::Deserialize;

use super::behaviours::{Behaviour, Fault, Places};

const TABLE: &str = include_str!("fault-numbers.csv");

/// The table by number.
pub struct FaultTable {
    by_number: HashMap<String, Fault>,
    rows: Vec<Row>,
}

/// Why the table cannot be used; only its maintainer sees this.
#[derive(Debug, thiserror::Error)]
pub enum FaultTableError {
    #[error("fault-numbers.csv: {0}")]
    Csv(#[from] csv::Error),
    #[error("fault-numbers.csv: `{0}` is not a 12-digit number that starts with 999, or stands twice")]
    Number(String),
    #[error("fault-numbers.csv: behaviour `{0}` is unknown or not for look-ups, or its parameter is missing or wrong")]
    Behaviour(String),
}

/// One line of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub number: String,
    pub behaviour: String,
    pub parameter: Option<u32>,
    /// What happens, in English for who reads the file.
    #[serde(rename = "note")]
    _note: String,
    /// What happens, in Vietnamese for the page of the training room.
    pub ghi_chu: String,
}

impl FaultTable {
    /// The table that is part of the program.
    pub fn embedded() -> Result<Self, FaultTableError> {
        Self::parse(TABLE)
    }

    /// What happens to a look-up of this number; `None` for all ordinary numbers.
    pub fn get(&self, number: &str) -> Option<Fault> {
        self.by_number.get(number).copied()
    }

    /// The lines in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    fn parse(text: &str) -> Result<Self, FaultTableError> {
        let mut table = Self { by_number: HashMap::new(), rows: Vec::new() };
        for row in csv::Reader::from_reader(text.as_bytes()).into_deserialize::<Row>() {
            let row = row?;
            let Some(fault) = fault(&row) else { return Err(FaultTableError::Behaviour(row.behaviour)) };
            let invented = row.number.len() == 12 && row.number.starts_with("999");
            if !invented || table.by_number.insert(row.number.clone(), fault).is_some() {
                return Err(FaultTableError::Number(row.number));
            }
            table.rows.push(row);
        }
        Ok(table)
    }
}

/// In the table a parameter must be written out, so that the file says all that happens.
fn fault(row: &Row) -> Option<Fault> {
    let behaviour = Behaviour::from_name(&row.behaviour)?;
    let complete = behaviour.parameter().is_some() == row.parameter.is_some();
    if behaviour.places() == Places::Token || !complete { None } else { behaviour.with(row.parameter).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behaviour_that_a_number_can_trigger_has_a_number() {
        let table = FaultTable::embedded().expect("the table is good");
        for behaviour in Behaviour::ALL {
            let has_number = table.by_number.values().any(|fault| fault.behaviour == *behaviour);
            assert_eq!(has_number, behaviour.places() != Places::Token, "{}", behaviour.name());
        }
        assert_eq!(table.get("999099000429"), Some(Fault { behaviour: Behaviour::Throttled, parameter: 7 }));
        assert_eq!(table.get("999085000001"), None);
        assert!(table.rows().iter().all(|row| !row.ghi_chu.trim().is_empty()), "the page explains every number");
    }

    #[test]
    fn a_table_with_a_mistake_is_refused() {
        for row in [
            concat!("001", "0990", "00404,not-found,,not invented,x"),
            "99909900404,not-found,,too short,x",
            "999099000404,nothing,,unknown,x",
            "999099000404,delay,,parameter missing,x",
            "999099000404,delay,600001,parameter too large,x",
            "999099000404,not-found,7,parameter not wanted,x",
            "999099000404,token-without-token,,no number can trigger it,x",
            "999099000404,not-found,,one,x\n999099000404,not-found,,two,x",
        ] {
            let table = FaultTable::parse(&format!("number,behaviour,parameter,note,ghi_chu\n{row}\n"));
            assert!(table.is_err(), "{row}");
        }
    }
}
