//! The numbers that misbehave (PROTOCOL §11: fixed numbers in a table).
//!
//! The number alone triggers, whatever name and birth date come with it. Adding a row with a known behaviour needs
//! no code.

use std::collections::HashMap;

use serde::Deserialize;

const TABLE: &str = include_str!("fault-numbers.csv");

macro_rules! behaviours {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What the simulator does in place of a good answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Behaviour {
            $($(#[$doc])* $variant,)*
        }

        impl Behaviour {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in the table and in the counters.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

behaviours! {
    NotFound = "not-found",
    TwoPersons = "two-persons",
    Unauthorised = "unauthorised",
    TokenExpiredOnce = "token-expired-once",
    Forbidden = "forbidden",
    /// Parameter: seconds of `Retry-After`.
    Throttled = "throttled",
    SoapFault = "soap-fault",
    BadGateway = "bad-gateway",
    Unavailable = "unavailable",
    GatewayTimeout = "gateway-timeout",
    SoapFault200 = "soap-fault-200",
    ZeroBytes = "zero-bytes",
    LogInPage = "log-in-page",
    Truncated = "truncated",
    WrongPerson = "wrong-person",
    Doctype = "doctype",
    /// Parameter: bytes.
    Oversized = "oversized",
    UnexpectedElement = "unexpected-element",
    UnknownNamespace = "unknown-namespace",
    /// Parameter: milliseconds before the answer.
    Delay = "delay",
    /// Parameter: milliseconds before giving up.
    Hang = "hang",
    /// Parameter: milliseconds a byte.
    Drip = "drip",
    Reset = "reset",
}

impl Behaviour {
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|behaviour| behaviour.name() == name)
    }

    fn needs_parameter(self) -> bool {
        matches!(self, Self::Throttled | Self::Oversized | Self::Delay | Self::Hang | Self::Drip)
    }
}

/// A behaviour with its parameter (0 where it has none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub behaviour: Behaviour,
    pub parameter: u32,
}

/// The table by number.
pub struct FaultTable(HashMap<String, Fault>);

/// Why the table cannot be used; only its maintainer sees this.
#[derive(Debug, thiserror::Error)]
pub enum FaultTableError {
    #[error("fault-numbers.csv: {0}")]
    Csv(#[from] csv::Error),
    #[error("fault-numbers.csv: `{0}` is not a 12-digit number that starts with 999, or stands twice")]
    Number(String),
    #[error("fault-numbers.csv: behaviour `{0}` is unknown, or its parameter is missing or not wanted")]
    Behaviour(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    number: String,
    behaviour: String,
    parameter: Option<u32>,
    #[serde(rename = "note")]
    _note: String,
}

impl FaultTable {
    /// The table that is part of the program.
    pub fn embedded() -> Result<Self, FaultTableError> {
        Self::parse(TABLE)
    }

    /// What happens to a look-up of this number; `None` for all ordinary numbers.
    pub fn get(&self, number: &str) -> Option<Fault> {
        self.0.get(number).copied()
    }

    fn parse(text: &str) -> Result<Self, FaultTableError> {
        let mut table = HashMap::new();
        for row in csv::Reader::from_reader(text.as_bytes()).into_deserialize::<Row>() {
            let row = row?;
            let known = Behaviour::from_name(&row.behaviour);
            let Some(behaviour) = known.filter(|behaviour| behaviour.needs_parameter() == row.parameter.is_some())
            else {
                return Err(FaultTableError::Behaviour(row.behaviour));
            };
            let invented = row.number.len() == 12 && row.number.starts_with("999");
            let fault = Fault { behaviour, parameter: row.parameter.unwrap_or(0) };
            if !invented || table.insert(row.number.clone(), fault).is_some() {
                return Err(FaultTableError::Number(row.number));
            }
        }
        Ok(Self(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behaviour_has_a_number() {
        let table = FaultTable::embedded().expect("the table is good");
        for behaviour in Behaviour::ALL {
            assert!(table.0.values().any(|fault| fault.behaviour == *behaviour), "{}", behaviour.name());
        }
        assert_eq!(table.get("999099000429"), Some(Fault { behaviour: Behaviour::Throttled, parameter: 7 }));
        assert_eq!(table.get("999085000001"), None);
    }

    #[test]
    fn a_table_with_a_mistake_is_refused() {
        for row in [
            concat!("001", "099000404,not-found,,not invented"),
            "99909900404,not-found,,too short",
            "999099000404,nothing,,unknown",
            "999099000404,delay,,parameter missing",
            "999099000404,not-found,7,parameter not wanted",
            "999099000404,not-found,,one\n999099000404,not-found,,two",
        ] {
            assert!(FaultTable::parse(&format!("number,behaviour,parameter,note\n{row}\n")).is_err(), "{row}");
        }
    }
}
