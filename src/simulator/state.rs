//! What all addresses of the simulator share, and what the control interface changes while it runs.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::behaviours::{Behaviour, Fault};
use super::call;
use super::clock::SimulatorClock;
use super::control::{FaultRules, Received, StyleRules};
use super::counters::Counters;
use super::faults::FaultTable;
use super::forms::{DateForms, NameForms, Rules};
use super::matching::Register;
use super::person_styles::PersonStyles;
use super::reply_style::Style;
use super::settings::{Accounts, SimulatorSettings, Strictness};
use super::tokens::{TokenStore, TokenTerms};

/// Everything that the addresses share.
pub struct Simulator {
    pub clock: SimulatorClock,
    pub tokens: TokenStore,
    pub register: Register,
    pub faults: FaultTable,
    pub fault_rules: FaultRules,
    pub style_rules: StyleRules,
    pub counters: Counters,
    pub received: Received,
    styles: PersonStyles,
    name_forms: NameForms,
    date_forms: DateForms,
    accounts: ArcSwap<Accounts>,
    terms: Mutex<TokenTerms>,
    strictness: Mutex<Strictness>,
    turned_away: Mutex<HashSet<String>>,
    at_start: AtStart,
}

/// What a reset goes back to.
struct AtStart {
    accounts: Arc<Accounts>,
    terms: TokenTerms,
    strictness: Strictness,
}

impl Simulator {
    pub fn new(settings: SimulatorSettings) -> io::Result<Self> {
        let accounts = Arc::new(settings.accounts);
        let terms = TokenTerms { lifetime: accounts.lgsp.token_lifetime, tell_lifetime: true };
        Ok(Self {
            clock: SimulatorClock::default(),
            tokens: TokenStore::default(),
            register: Register::new(settings.people),
            faults: FaultTable::embedded().map_err(io::Error::other)?,
            fault_rules: FaultRules::default(),
            style_rules: StyleRules::default(),
            counters: Counters::default(),
            received: Received::default(),
            styles: PersonStyles::embedded().map_err(io::Error::other)?,
            name_forms: settings.name_forms,
            date_forms: settings.date_forms,
            accounts: ArcSwap::new(Arc::clone(&accounts)),
            terms: Mutex::new(terms),
            strictness: Mutex::new(settings.strictness),
            turned_away: Mutex::default(),
            at_start: AtStart { accounts, terms, strictness: settings.strictness },
        })
    }

    /// How many people can be found.
    pub fn people(&self) -> usize {
        self.register.len()
    }

    /// The credentials that are accepted now.
    pub fn accounts(&self) -> Arc<Accounts> {
        self.accounts.load_full()
    }

    /// Accepts other credentials from now on. When those of a gateway change, the tokens that were given for the old
    /// ones are void.
    pub fn accept(&self, accounts: Accounts) {
        let old = self.accounts.swap(Arc::new(accounts));
        let new = self.accounts();
        if old.lgsp != new.lgsp || old.camel != new.camel {
            self.tokens.expire_all();
        }
    }

    /// Accepts the credentials of the start again.
    pub fn accept_training(&self) {
        self.accept((*self.at_start.accounts).clone());
    }

    /// Gives a token as the terms say; the lifetime is there when the reply is to tell it. `None` when the system has
    /// no randomness.
    pub fn give_token(&self) -> Option<(String, Option<Duration>)> {
        let terms = self.terms();
        let token = self.tokens.give(self.clock.now(), terms.lifetime)?;
        Some((token, terms.tell_lifetime.then_some(terms.lifetime)))
    }

    pub fn terms(&self) -> TokenTerms {
        *lock(&self.terms)
    }

    pub fn set_terms(&self, terms: TokenTerms) {
        *lock(&self.terms) = terms;
    }

    pub fn strictness(&self) -> Strictness {
        *lock(&self.strictness)
    }

    pub fn set_strictness(&self, strictness: Strictness) {
        *lock(&self.strictness) = strictness;
    }

    /// Whether the order of elements and unknown elements matter (PROTOCOL §11 "strict mode").
    pub fn strict(&self) -> bool {
        self.strictness().strict
    }

    /// The rules for the next request.
    pub fn rules(&self) -> Rules {
        Rules { strict: self.strict(), name: self.name_forms, date: self.date_forms }
    }

    /// What happens to this look-up in place of a good answer, and counts it: a repeated `MaYeuCau` where that is
    /// refused, the rules of the control interface in their order, the table of fixed numbers.
    pub fn misbehaviour(&self, number: &str) -> Option<Fault> {
        let call = call::current();
        let path = call.as_ref().map(|call| call.path.as_str());
        let reused = call.as_ref().is_some_and(|call| call.reused_request_id());
        let refusal = reused && self.strictness().refuse_reused_request_ids;
        let fault = refusal
            .then_some(Fault { behaviour: Behaviour::ReusedRequestId, parameter: 0 })
            .or_else(|| self.fault_rules.at_look_up(number, path))
            .or_else(|| self.faults.get(number))?;
        self.count_fault(fault);
        Some(fault)
    }

    /// What happens to this token request, and counts it.
    pub fn token_misbehaviour(&self, path: &str) -> Option<Fault> {
        let fault = self.fault_rules.at_token_request(path)?;
        self.count_fault(fault);
        Some(fault)
    }

    /// The style of the answer about a person: that of a rule of the control interface, or the person's own.
    pub fn style(&self, number: &str) -> Style {
        self.style_rules.take(number).unwrap_or_else(|| self.own_style(number))
    }

    /// The person's own style, whatever rules there are.
    pub fn own_style(&self, number: &str) -> Style {
        self.styles.of(number)
    }

    /// `true` at every other call for a number, beginning with the first.
    pub fn turn_away(&self, number: &str) -> bool {
        let mut turned_away = lock(&self.turned_away);
        if turned_away.remove(number) {
            return false;
        }
        turned_away.insert(number.to_owned())
    }

    /// Everything as at the start, but for the people, the connections that are open and the calls that are answered.
    pub fn reset(&self) {
        self.fault_rules.clear();
        self.style_rules.clear();
        self.clock.set_ahead(0);
        self.accept_training();
        self.tokens.expire_all();
        self.set_terms(self.at_start.terms);
        self.set_strictness(self.at_start.strictness);
        self.counters.reset();
        self.received.clear();
        lock(&self.turned_away).clear();
    }

    fn count_fault(&self, fault: Fault) {
        self.counters.count_outcome("fault");
        self.counters.count_fault(fault.behaviour.name());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
