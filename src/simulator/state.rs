//! What all addresses of the simulator share.

use std::collections::HashSet;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::counters::Counters;
use super::faults::FaultTable;
use super::forms::{DateForms, NameForms, Rules};
use super::matching::Register;
use super::person_styles::PersonStyles;
use super::reply_style::Style;
use super::settings::{Accounts, SimulatorSettings};
use super::tokens::TokenStore;

/// Everything that the addresses share.
pub struct Simulator {
    pub tokens: TokenStore,
    pub accounts: Accounts,
    pub max_clock_age: Duration,
    pub register: Register,
    pub faults: FaultTable,
    pub counters: Counters,
    styles: PersonStyles,
    strict: bool,
    name_forms: NameForms,
    date_forms: DateForms,
    turned_away: Mutex<HashSet<String>>,
}

impl Simulator {
    pub fn new(settings: SimulatorSettings) -> io::Result<Self> {
        Ok(Self {
            tokens: TokenStore::default(),
            accounts: settings.accounts,
            max_clock_age: settings.max_clock_age,
            register: Register::new(settings.people),
            faults: FaultTable::embedded().map_err(io::Error::other)?,
            counters: Counters::default(),
            styles: PersonStyles::embedded().map_err(io::Error::other)?,
            strict: settings.strict,
            name_forms: settings.name_forms,
            date_forms: settings.date_forms,
            turned_away: Mutex::default(),
        })
    }

    /// How many people can be found.
    pub fn people(&self) -> usize {
        self.register.len()
    }

    /// Whether requests are read strictly.
    pub fn strict(&self) -> bool {
        self.strict
    }

    /// The rules for the next request.
    pub fn rules(&self) -> Rules {
        Rules { strict: self.strict(), name: self.name_forms, date: self.date_forms }
    }

    /// The reply style of a number.
    pub fn style(&self, number: &str) -> Style {
        self.styles.of(number)
    }

    /// `true` at every other call for a number, beginning with the first.
    pub fn turn_away(&self, number: &str) -> bool {
        let mut turned_away = self.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
        if turned_away.remove(number) {
            return false;
        }
        turned_away.insert(number.to_owned())
    }
}
