mod counter_day;
mod naive;
mod restart;

use super::*;

fn key() -> Arc<HashKey> {
    Arc::new(HashKey::new(&[2; 32]).expect("a key"))
}

fn quotas() -> Quotas {
    Quotas::new(key(), Arc::default(), None)
}

fn at(seconds: u64) -> Moment {
    Moment::of_seconds(1_800_000_000 + seconds)
}

/// The n-th of people who are nobody's neighbours.
fn person(n: u64) -> Number {
    Number::parse(&format!("999085{:06}", n * 7 % 1_000_000)).expect("a number")
}

/// The n-th of people whose numbers lie next to one another.
fn neighbour(n: u64) -> Number {
    Number::parse(&format!("999085{n:06}")).expect("a number")
}

/// One look-up of one citizen.
struct One<'a> {
    caller: &'a str,
    officer: &'a str,
    dossier: &'a str,
    number: Number,
    year_only: bool,
    operation: Operation,
    quota: QuotaSettings,
}

fn one(officer: &str, number: Number) -> One<'_> {
    let (caller, dossier) = ("a", "d");
    let quota = QuotaSettings { citizens_per_dossier: 1_000, ..QuotaSettings::default() };
    One { caller, officer, dossier, number, year_only: false, operation: Operation::Autofill, quota }
}

impl One<'_> {
    fn ask(&self, quotas: &Quotas, now: Moment) -> Result<Admission, QuotaRefusal> {
        let citizens = [AskedCitizen { number: &self.number, year_only: self.year_only }];
        let ask = Ask {
            caller: self.caller,
            quota: self.quota,
            officer: self.officer,
            dossier: Some(self.dossier),
            operation: self.operation,
            persons_of_form: 1_000,
            citizens: &citizens,
        };
        quotas.admit(&ask, now)
    }
}

fn is_ok(asked: Result<Admission, QuotaRefusal>) -> bool {
    asked.is_ok()
}

#[test]
fn a_dossier_has_as_many_people_as_its_form_and_two_and_never_more_than_configured() {
    let family: Vec<Number> = (0..10).map(person).collect();
    let admitted = |persons_of_form, limit| {
        let quotas = quotas();
        let quota = QuotaSettings { citizens_per_dossier: limit, ..QuotaSettings::default() };
        let ask = |number| {
            let citizens = [AskedCitizen { number, year_only: false }];
            let (officer, operation) = ("o", Operation::Autofill);
            let ask = Ask {
                caller: "a",
                quota,
                officer,
                dossier: Some("d"),
                operation,
                persons_of_form,
                citizens: &citizens,
            };
            quotas.admit(&ask, at(0)).is_ok()
        };
        let count = family.iter().filter(|number| ask(number)).count();
        // Those who were admitted stay welcome.
        assert!(family.iter().take(count).all(ask));
        assert!(quotas.alarms.count(Alarm::DossierExhausted) > 0);
        count
    };
    assert_eq!(admitted(2, 8), 4);
    assert_eq!(admitted(7, 8), 8);
    assert_eq!(admitted(1, 8), 3);
}

#[test]
fn a_family_is_admitted_whole_or_not_at_all() {
    let quotas = quotas();
    let family: Vec<Number> = (0..9).map(person).collect();
    let ask = |people: &[Number]| {
        let citizens: Vec<AskedCitizen<'_>> =
            people.iter().map(|number| AskedCitizen { number, year_only: false }).collect();
        let (quota, operation) = (QuotaSettings::default(), Operation::Autofill);
        let ask = Ask {
            caller: "a",
            quota,
            officer: "o",
            dossier: Some("d"),
            operation,
            persons_of_form: 9,
            citizens: &citizens,
        };
        quotas.admit(&ask, at(0)).is_ok()
    };
    assert!(!ask(&family));
    assert!(ask(&family[..8]), "nobody of the refused nine was counted");
    assert!(!ask(&family[8..]));
}

#[test]
fn the_hour_slides_and_the_wait_is_told_exactly() {
    let quotas = quotas();
    let quota = QuotaSettings { citizens_per_officer_hour: 3, ..one("o", person(0)).quota };
    let ask = |n, now| One { quota, ..one("o", person(n)) }.ask(&quotas, now).map(|_| ());
    for n in 0..3 {
        assert_eq!(ask(n, at(n * 600)), Ok(()));
    }
    assert_eq!(ask(3, at(1800)), Err(QuotaRefusal::OfficerHour { wait: Duration::from_secs(1800) }));
    assert_eq!(ask(0, at(3000)), Ok(()), "known people do not count again, and stay longer");
    assert_eq!(ask(3, at(3600)), Err(QuotaRefusal::OfficerHour { wait: Duration::from_secs(600) }));
    assert_eq!(ask(3, at(4200)), Ok(()));
    assert!(is_ok(One { quota, ..one("other officer", person(9)) }.ask(&quotas, at(4200))));
}

#[test]
fn day_caller_and_year_only_have_limits_of_their_own() {
    let base = one("o", person(0)).quota;
    let cases = [
        (QuotaSettings { citizens_per_officer_day: 3, ..base }, Alarm::OfficerExhausted, false),
        (QuotaSettings { citizens_per_day: 3, ..base }, Alarm::CallerExhausted, false),
        (QuotaSettings { year_only_per_day: 3, ..base }, Alarm::YearOnlyExhausted, true),
    ];
    for (quota, alarm, year_only) in cases {
        let quotas = quotas();
        let ask = |n: u64| One { quota, year_only, ..one("o", person(n)) }.ask(&quotas, at(n * 3601)).is_ok();
        assert_eq!((0..10).filter(|n| ask(*n)).count(), 3, "{alarm:?}");
        assert_eq!(quotas.alarms.count(alarm), 7);
        assert!(ask(24 + 1), "a day later");
    }
    let quotas = quotas();
    let quota = QuotaSettings { year_only_per_day: 1, ..base };
    assert!(is_ok(One { quota, year_only: true, ..one("o", person(0)) }.ask(&quotas, at(0))));
    assert!(is_ok(One { quota, ..one("o", person(1)) }.ask(&quotas, at(0))), "with a whole date");
}

/// At the caller's limit the answer must not tell an officer whom another agency of the caller has looked up.
#[test]
fn a_full_day_refuses_whoever_is_new_to_the_officer_whether_or_not_a_colleague_asked_for_them() {
    let quotas = quotas();
    let quota = QuotaSettings { citizens_per_day: 3, ..one("o", person(0)).quota };
    let ask = |officer, n| One { quota, ..one(officer, person(n)) }.ask(&quotas, at(n)).map(|_| ());
    assert_eq!((0..3).map(|n| ask("o", n)).collect::<Result<Vec<()>, _>>(), Ok(vec![(), (), ()]));
    let [known, unknown] =
        [2, 3].map(|n| ask("colleague", n).is_err_and(|told| matches!(told, QuotaRefusal::CallerDay { .. })));
    assert!(known && unknown);
    assert_eq!(ask("o", 2), Ok(()), "an officer's own people cost nothing");
}

#[test]
fn callers_never_count_for_one_another() {
    let quotas = quotas();
    let quota = QuotaSettings { citizens_per_day: 1, citizens_per_dossier: 1, ..QuotaSettings::default() };
    for caller in ["a", "b"] {
        let ask = |n| One { caller, quota, ..one("o", person(n)) }.ask(&quotas, at(0)).is_ok();
        assert!(ask(0) && !ask(1));
    }
}

#[test]
fn a_run_of_not_found_slows_down_and_then_locks_with_an_alarm() {
    let quotas = quotas();
    let mut now = at(0);
    let mut missed = 0;
    let mut waits = Vec::new();
    while missed < 8 {
        match one("o", person(missed)).ask(&quotas, now) {
            Ok(admission) => {
                quotas.missed(&admission, now);
                missed += 1;
            }
            Err(QuotaRefusal::SlowDown { wait }) => {
                waits.push(wait.as_secs());
                now = now.after(wait);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(waits, [30, 60, 120]);
    let told = one("o", person(8)).ask(&quotas, now).err();
    assert_eq!(told, Some(QuotaRefusal::OfficerLocked { wait: Duration::from_secs(1800) }));
    assert!(is_ok(one("other", person(8)).ask(&quotas, now)), "only that officer");
    assert_eq!((quotas.alarms.count(Alarm::OfficerLocked), quotas.alarms.count(Alarm::NotFoundRun)), (1, 4));
    assert!(is_ok(one("o", person(8)).ask(&quotas, now.after(LOCK))));
}

#[test]
fn a_known_citizen_between_guesses_hides_nothing() {
    let quotas = quotas();
    let known = one("o", person(0)).ask(&quotas, at(0)).expect("admitted");
    quotas.found(&known, 0);
    let mut slowed = false;
    for n in 1..6 {
        let Ok(guess) = one("o", person(n)).ask(&quotas, at(n)) else { break };
        quotas.missed(&guess, at(n));
        match one("o", person(0)).ask(&quotas, at(n)) {
            Ok(known) => quotas.found(&known, 0),
            Err(_) => slowed = true,
        }
    }
    assert!(slowed);
}

#[test]
fn somebody_new_who_is_found_ends_the_run_but_not_the_hours_misses() {
    let quotas = quotas();
    let mut misses = 0;
    for n in 0..100_u64 {
        let now = at(n * 10);
        match one("o", person(n)).ask(&quotas, now) {
            Ok(admission) if n % 4 == 3 => quotas.found(&admission, 0),
            Ok(admission) => {
                misses += 1;
                quotas.missed(&admission, now);
            }
            Err(QuotaRefusal::OfficerLocked { .. }) => break,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(misses, MISSES_LOCK);
}

#[test]
fn walking_through_numbers_is_stopped_whatever_the_order() {
    let orders: [&[u64]; 4] = [
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        &[30, 27, 24, 21, 18, 15, 12, 9, 6, 3],
        &[1, 500, 2, 600, 3, 700, 4, 800, 5, 900, 6, 7, 8, 9],
        &[1, 9, 5, 3, 7, 2, 8, 4, 6, 10],
    ];
    for order in orders {
        let quotas = quotas();
        let (mut now, mut got, mut slowed) = (at(0), 0, 0);
        let mut locked = false;
        for n in order {
            loop {
                match one("o", neighbour(*n)).ask(&quotas, now) {
                    Ok(admission) => {
                        got += 1;
                        quotas.found(&admission, 0);
                        break;
                    }
                    Err(QuotaRefusal::SlowDown { wait }) => {
                        slowed += 1;
                        now = now.after(wait);
                    }
                    Err(QuotaRefusal::OfficerLocked { .. }) => {
                        locked = true;
                        break;
                    }
                    Err(other) => panic!("{other:?}"),
                }
            }
            if locked {
                break;
            }
        }
        assert!(locked && slowed > 0, "{order:?}");
        assert!(got < order.len());
        assert!(quotas.alarms.count(Alarm::NeighbouringNumbers) > 0);
    }
}

#[test]
fn verify_has_three_tries_for_a_citizen_in_a_dossier() {
    let quotas = quotas();
    let verify = |dossier, n, now| {
        One { dossier, operation: Operation::Verify, ..one("o", person(n)) }.ask(&quotas, now).is_ok()
    };
    assert_eq!((0..56).filter(|n| verify("d", 0, at(*n))).count(), 3);
    assert!(quotas.alarms.count(Alarm::VerifyExhausted) > 0);
    quotas.maintain(at(100));
    assert!(!verify("d", 0, at(100)), "nor after tidying up");
    assert!(verify("d", 1, at(60)) && verify("d2", 0, at(60)));
    assert!(is_ok(one("o", person(0)).ask(&quotas, at(60))), "filling has a budget of its own");
}

#[test]
fn verify_without_a_dossier_is_counted_too() {
    let quotas = quotas();
    let number = person(0);
    let citizens = [AskedCitizen { number: &number, year_only: false }];
    let (quota, operation) = (QuotaSettings::default(), Operation::Verify);
    let ask =
        Ask { caller: "a", quota, officer: "o", dossier: None, operation, persons_of_form: 1, citizens: &citizens };
    let tried = (0..10).filter(|n| {
        quotas.maintain(at(100 * n));
        quotas.admit(&ask, at(100 * n)).is_ok()
    });
    assert_eq!(tried.count(), 3);
}

#[test]
fn each_event_is_read_back_as_it_was_written() {
    let key = key();
    let hash = |text: &'static str| key.hash(text, &[]);
    let (citizen, officer, dossier) = (hash("c"), hash("o"), hash("d"));
    let events = [
        Event::Asked { owner: Owner::Caller, citizen, at: at(1) },
        Event::Asked { owner: Owner::Officer(officer), citizen, at: at(2) },
        Event::Asked { owner: Owner::YearOnly(officer), citizen, at: at(3) },
        Event::Asked { owner: Owner::Dossier(dossier), citizen, at: at(4) },
        Event::Tries { dossier, citizen, tries: 3 },
        Event::Missed { officer, at: at(5) },
        Event::Standing { officer, run: 4, slow_until: at(6), locked_until: at(7) },
    ];
    for event in events {
        assert_eq!(Event::parse(&event.line("mot-cua")), Some(("mot-cua", event)));
    }
    for wrong in ["", "caller a - x 1", "officer a", "standing a b c d e", "caller a - "] {
        assert_eq!(Event::parse(wrong), None);
    }
}

#[test]
fn a_caller_cannot_fill_the_store_with_made_up_officers() {
    let mut book = Book::default();
    let key = key();
    let id = |n: u64| key.hash("x", &[&n.to_be_bytes()]);
    for n in 0..3 {
        book.apply(Event::Asked { owner: Owner::Officer(id(n)), citizen: id(0), at: at(0) });
    }
    assert!(book.has_room(id(2), id(9), 3));
    assert!(!book.has_room(id(3), id(9), 3));
    book.forget(at(24 * 3600));
    assert!(book.has_room(id(3), id(9), 3));
}

#[test]
fn guesses_made_all_at_once_are_held_back_until_some_have_ended() {
    let quotas = quotas();
    let mut admitted: Vec<Admission> = (0..50).filter_map(|n| one("o", person(n)).ask(&quotas, at(0)).ok()).collect();
    assert_eq!(admitted.len(), IN_FLIGHT);
    assert!(is_ok(one("o", person(0)).ask(&quotas, at(0))), "a double click is nobody new");
    assert!(is_ok(one("other", person(60)).ask(&quotas, at(0))));
    admitted.truncate(IN_FLIGHT - 1);
    assert!(is_ok(one("o", person(60)).ask(&quotas, at(0))));
    admitted.clear();
    let again = (100..200).filter_map(|n| one("o", person(n)).ask(&quotas, at(0)).ok()).collect::<Vec<_>>();
    assert_eq!(again.len(), IN_FLIGHT);
}

#[test]
fn requests_a_second_are_counted_for_each_caller() {
    let quotas = quotas();
    let quota = QuotaSettings { requests_per_second: 5, ..QuotaSettings::default() };
    let taken = |caller| (0..20).filter(|_| quotas.request(caller, &quota, at(0)).is_ok()).count();
    assert_eq!((taken("a"), taken("b")), (5, 5));
    let told = quotas.request("a", &quota, at(0));
    assert_eq!(told, Err(QuotaRefusal::Requests { wait: Duration::from_millis(200) }));
}
