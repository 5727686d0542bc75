//! An ordinary day at a counter must not be stopped by what stops thieves.

use super::*;

/// A small source of chance that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// 120 dossiers in eight hours, families of up to six, the rush of the morning, one in twenty typed wrong once or twice,
/// one in ten old people with a year only, verified twice, and filled again after a while.
#[test]
fn a_normal_counter_day_never_trips() {
    for seed in 0..50 {
        let quotas = quotas();
        let mut dice = Dice(seed);
        let mut next = 1_000 * seed;
        let mut people = 0;
        for dossier in 0..120_u64 {
            // Half of all dossiers come in the first three hours.
            let minute = if dossier < 60 { dossier * 3 } else { 180 + (dossier - 60) * 5 };
            let mut now = at(minute * 60 + dice.roll(60));
            let id = format!("d{dossier}");
            let size = 1 + dice.roll(6);
            let mut family = Vec::new();
            for _ in 0..size {
                next += 1;
                // Numbers were given out in the order of registration: some of a commune lie near one another.
                let serial = if dice.roll(8) == 0 { next } else { dice.roll(1_000_000) };
                let prefix = ["999085", "999185", "999090", "999215"][usize::try_from(dice.roll(4)).expect("small")];
                family.push((Number::parse(&format!("{prefix}{serial:06}")).expect("a number"), dice.roll(10) == 0));
            }
            people += family.len();
            let ask = |operation, now: Moment| {
                let citizens: Vec<AskedCitizen<'_>> =
                    family.iter().map(|(number, year_only)| AskedCitizen { number, year_only: *year_only }).collect();
                let quota = QuotaSettings::default();
                let persons_of_form = usize::try_from(size).expect("small");
                let dossier = Some(id.as_str());
                let ask =
                    Ask { caller: "a", quota, officer: "o", dossier, operation, persons_of_form, citizens: &citizens };
                quotas.admit(&ask, now)
            };
            for wrong in (0..2).take_while(|_| dice.roll(20) == 0).collect::<Vec<_>>() {
                let admission = ask(Operation::Autofill, now).unwrap_or_else(|_| panic!("{seed} {dossier} {wrong}"));
                quotas.missed(&admission, now);
                now = now.after(Duration::from_secs(20));
            }
            for operation in [Operation::Autofill, Operation::Verify, Operation::Verify, Operation::Autofill] {
                let admission = ask(operation, now);
                let admission = admission.unwrap_or_else(|refusal| panic!("{seed} {dossier} {refusal:?}"));
                (0..family.len()).for_each(|index| quotas.found(&admission, index));
                now = now.after(Duration::from_secs(15));
            }
            quotas.maintain(now);
        }
        assert!(people > 300);
        let raised: Vec<_> = quotas.alarms.states().into_iter().filter(|state| state.count > 0).collect();
        assert_eq!(raised, [], "{seed}");
    }
}
