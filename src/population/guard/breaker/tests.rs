//! The breaker by hand-made cases, and by random sequences of events beside a model.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

use super::*;

const FAULTS: u32 = 3;
const WITHIN: u64 = 1000;
const PROBE_AFTER: u64 = 500;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn breaker() -> Breaker {
    Breaker::new(BreakerSettings { faults: FAULTS, within: ms(WITHIN), probe_after: ms(PROBE_AFTER) })
}

/// One call that comes to its end at once; whether it was let through.
fn call(breaker: &mut Breaker, health: CallHealth, now: Instant) -> bool {
    match breaker.ask(now) {
        Ok(pass) => {
            breaker.report(pass, health, now);
            true
        }
        Err(_) => false,
    }
}

/// A breaker that opened at this moment.
fn opened(now: Instant) -> Breaker {
    let mut breaker = breaker();
    for _ in 0..FAULTS {
        assert!(call(&mut breaker, CallHealth::Bad, now));
    }
    assert_eq!(breaker.state(), BreakerState::Open);
    breaker
}

#[test]
fn faults_open_it_only_when_the_window_holds_enough_of_them() {
    let begin = Instant::now();
    let cases: [(&[u64], BreakerState); 5] = [
        (&[0, 0], BreakerState::Closed),
        (&[0, 0, 0], BreakerState::Open),
        (&[0, 500, 999], BreakerState::Open),
        (&[0, 500, 1000], BreakerState::Closed), // the first is as old as the window is long
        (&[0, 900, 1000, 1100, 1899], BreakerState::Open),
    ];
    for (moments, expected) in cases {
        let mut breaker = breaker();
        for moment in moments {
            call(&mut breaker, CallHealth::Bad, begin + ms(*moment));
        }
        assert_eq!(breaker.state(), expected, "{moments:?}");
    }
}

#[test]
fn good_answers_between_do_not_take_faults_back() {
    let (mut breaker, now) = (breaker(), Instant::now());
    for _ in 0..FAULTS {
        assert!(call(&mut breaker, CallHealth::Good, now) && call(&mut breaker, CallHealth::Bad, now));
    }
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[test]
fn while_open_everybody_is_told_the_time_until_the_probe() {
    let begin = Instant::now();
    let mut breaker = opened(begin);
    for (moment, left) in [(0, 500), (100, 400), (499, 1)] {
        assert_eq!(breaker.ask(begin + ms(moment)).err(), Some(ms(left)));
    }
    assert!(breaker.ask(begin + ms(500)).is_ok());
}

#[test]
fn one_probe_passes_and_its_answer_decides() {
    let begin = Instant::now();
    let due = begin + ms(PROBE_AFTER);
    let mut breaker = opened(begin);
    let probe = breaker.ask(due).unwrap_or_else(|_| panic!("a probe"));
    assert_eq!((breaker.state(), breaker.ask(due).err()), (BreakerState::HalfOpen, Some(ms(PROBE_AFTER))));
    breaker.report(probe, CallHealth::Bad, due + ms(100));
    assert_eq!(breaker.ask(due + ms(100)).err(), Some(ms(PROBE_AFTER)));
    assert!(call(&mut breaker, CallHealth::Good, due + ms(100 + PROBE_AFTER)));
    assert_eq!(breaker.state(), BreakerState::Closed);
    // The faults of before are forgotten.
    assert!(call(&mut breaker, CallHealth::Bad, due + ms(100 + PROBE_AFTER)));
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn a_probe_that_is_dropped_is_given_to_the_next_at_once() {
    let begin = Instant::now();
    let due = begin + ms(PROBE_AFTER);
    let mut breaker = opened(begin);
    for _ in 0..10 {
        let probe = breaker.ask(due).unwrap_or_else(|_| panic!("a probe"));
        breaker.abandon(probe);
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
    }
    assert!(call(&mut breaker, CallHealth::Good, due));
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn late_reports_of_calls_from_before_it_opened_change_nothing() {
    let begin = Instant::now();
    let due = begin + ms(PROBE_AFTER);
    let mut breaker = breaker();
    let mut early: Vec<Pass> = (0..6).filter_map(|_| breaker.ask(begin).ok()).collect();
    for _ in 0..FAULTS {
        call(&mut breaker, CallHealth::Bad, begin);
    }
    let mut late = |breaker: &mut Breaker, health, now| {
        let pass = early.pop().unwrap_or_else(|| panic!("an early call"));
        breaker.report(pass, health, now);
    };
    late(&mut breaker, CallHealth::Good, begin + ms(10));
    late(&mut breaker, CallHealth::Bad, begin + ms(499));
    assert_eq!((breaker.state(), breaker.refusal(begin + ms(499))), (BreakerState::Open, Some(ms(1))));
    let probe = breaker.ask(due).unwrap_or_else(|_| panic!("a probe"));
    late(&mut breaker, CallHealth::Good, due);
    late(&mut breaker, CallHealth::Bad, due);
    assert_eq!(breaker.state(), BreakerState::HalfOpen);
    breaker.report(probe, CallHealth::Good, due);
    call(&mut breaker, CallHealth::Bad, due);
    call(&mut breaker, CallHealth::Bad, due);
    late(&mut breaker, CallHealth::Bad, due);
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn no_setting_makes_it_open_without_a_fault() {
    let mut breaker = Breaker::new(BreakerSettings { faults: 0, within: ms(WITHIN), probe_after: ms(PROBE_AFTER) });
    let now = Instant::now();
    assert!(call(&mut breaker, CallHealth::Good, now) && call(&mut breaker, CallHealth::Bad, now));
    assert_eq!(breaker.state(), BreakerState::Open);
}

/// What can happen to a breaker. `which` chooses among the calls under way.
#[derive(Clone, Debug)]
enum Event {
    Ask,
    Report { which: usize, good: bool },
    Abandon { which: usize },
    Pass { milliseconds: u64 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => Just(Event::Ask),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(which, good)| Event::Report { which, good }),
        1 => any::<usize>().prop_map(|which| Event::Abandon { which }),
        2 => prop_oneof![1..50_u64, 400..600_u64, 900..1100_u64].prop_map(|milliseconds| Event::Pass { milliseconds }),
    ];
    vec(event, 1..200)
}

/// What the breaker should be, told from everything that happened since it closed last.
#[derive(Default)]
struct Model {
    now: u64,
    /// Every fault of calls that began since it closed last.
    faults: Vec<u64>,
    open_since: Option<u64>,
    /// The number of the call that is the probe.
    probe: Option<usize>,
    /// A probe was given back: the next may go at once.
    probe_due: bool,
    /// Calls with a smaller number began before the breaker opened or closed last.
    first_that_counts: usize,
}

impl Model {
    fn lets_through(&self) -> bool {
        match self.open_since {
            None => true,
            Some(since) => self.probe.is_none() && (self.probe_due || self.now >= since + PROBE_AFTER),
        }
    }

    fn state(&self) -> BreakerState {
        match (self.open_since, self.probe.is_some() || self.probe_due) {
            (None, _) => BreakerState::Closed,
            (Some(_), true) => BreakerState::HalfOpen,
            (Some(_), false) => BreakerState::Open,
        }
    }

    fn report(&mut self, call: usize, good: bool, next_call: usize) {
        if self.probe == Some(call) {
            (self.probe, self.probe_due, self.first_that_counts) = (None, false, next_call);
            self.open_since = (!good).then_some(self.now);
            self.faults.clear();
        } else if self.open_since.is_none() && call >= self.first_that_counts && !good {
            self.faults.push(self.now);
            let young = self.faults.iter().filter(|fault| self.now - **fault < WITHIN).count();
            if young >= FAULTS as usize {
                (self.open_since, self.probe_due, self.first_that_counts) = (Some(self.now), false, next_call);
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_it_does_what_the_model_does(events in events()) {
        let (begin, mut breaker, mut model) = (Instant::now(), breaker(), Model::default());
        let mut under_way: Vec<(usize, Pass)> = Vec::new();
        let mut calls = 0;
        for event in events {
            let now = begin + ms(model.now);
            match event {
                Event::Pass { milliseconds } => model.now += milliseconds,
                Event::Ask => {
                    let (expected, told) = (model.lets_through(), breaker.refusal(now));
                    let asked = breaker.ask(now);
                    assert_eq!(asked.as_ref().err().copied(), told, "a refusal tells what asking does");
                    assert_eq!(asked.is_ok(), expected);
                    if let Ok(pass) = asked {
                        if model.open_since.is_some() {
                            assert_eq!(model.probe, None, "a second probe");
                            (model.probe, model.probe_due) = (Some(calls), false);
                        }
                        under_way.push((calls, pass));
                        calls += 1;
                    } else {
                        assert!(told.is_some_and(|wait| !wait.is_zero() && wait <= ms(PROBE_AFTER)));
                    }
                }
                Event::Report { which, good } if !under_way.is_empty() => {
                    let (call, pass) = under_way.swap_remove(which % under_way.len());
                    breaker.report(pass, if good { CallHealth::Good } else { CallHealth::Bad }, now);
                    model.report(call, good, calls);
                }
                Event::Abandon { which } if !under_way.is_empty() => {
                    let (call, pass) = under_way.swap_remove(which % under_way.len());
                    breaker.abandon(pass);
                    if model.probe == Some(call) {
                        (model.probe, model.probe_due) = (None, true);
                    }
                }
                Event::Report { .. } | Event::Abandon { .. } => {}
            }
            assert_eq!(breaker.state(), model.state());
        }
        // However it ended: once nothing is under way and time has passed, one good answer closes it.
        while let Some((_, pass)) = under_way.pop() {
            breaker.abandon(pass);
        }
        let later = begin + ms(model.now + PROBE_AFTER);
        assert!(call(&mut breaker, CallHealth::Good, later));
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
