//! The counters against a count that nobody could get wrong.

use proptest::prelude::*;

use super::*;

/// The window as one would write it without a thought for speed: every request, looked through each time.
#[derive(Default)]
struct Naive(Vec<(u64, u64)>);

impl Naive {
    fn ask(&mut self, who: u64, now: u64, span: u64, limit: usize) -> bool {
        let within: HashSet<u64> = self.0.iter().filter(|(_, at)| at + span > now).map(|(other, _)| *other).collect();
        let admitted = within.contains(&who) || within.len() < limit;
        if admitted {
            self.0.push((who, now));
        }
        admitted
    }
}

proptest! {
    /// Whatever is asked, whenever, with restarts and tidying in between: the same people are admitted as by the naive
    /// count over all requests.
    #[test]
    fn the_counters_admit_exactly_whom_a_naive_count_admits(
        asked in prop::collection::vec((0_u64..12, 0_u64..900, 0_u8..12), 1..150),
        limit in 1_usize..6,
    ) {
        let folder = tempfile::tempdir().expect("folder");
        let open = || Quotas::new(key(), Arc::default(), StateLog::open(folder.path(), "quota", key()).ok());
        let mut quotas = Some(open());
        let mut naive = Naive::default();
        let quota = QuotaSettings { citizens_per_officer_hour: limit, ..one("o", person(0)).quota };
        let mut now = 0;
        for (who, step, what) in asked {
            now += step;
            match what {
                0 => quotas = None,
                1 => quotas.iter().for_each(|quotas| quotas.maintain(at(now))),
                _ => {}
            }
            let quotas = quotas.get_or_insert_with(open);
            let admitted = One { quota, ..one("o", person(who)) }.ask(quotas, at(now)).is_ok();
            prop_assert_eq!(admitted, naive.ask(who, now, 3600, limit));
        }
    }

    #[test]
    fn a_window_counts_like_a_naive_one(
        touches in prop::collection::vec((0_u64..10, 0_u64..50), 0..100),
        later in 0_u64..200,
    ) {
        let key = key();
        let mut window = window::Window::default();
        let mut all: Vec<(u64, u64)> = Vec::new();
        let mut now = 0;
        for (who, step) in touches {
            now += step;
            window.touch(key.hash("w", &[&who.to_be_bytes()]), at(now));
            all.push((who, now));
        }
        let (now, span) = (now + later, Duration::from_secs(100));
        let within = |now: u64| {
            all.iter().filter(|(_, at)| at + 100 > now).map(|(who, _)| *who).collect::<HashSet<u64>>()
        };
        prop_assert_eq!(window.count(span, at(now), usize::MAX), within(now).len());
        for who in 0..10 {
            let holds = window.holds(&key.hash("w", &[&u64::to_be_bytes(who)]), span, at(now));
            prop_assert_eq!(holds, within(now).contains(&who));
        }
        for limit in 1..5 {
            let wait = window.wait(span, at(now), limit).as_secs();
            prop_assert!(within(now + wait).len() < limit);
            prop_assert!(wait == 0 || within(now + wait - 1).len() >= limit);
        }
        window.forget(span, at(now));
        prop_assert_eq!(window.iter().count(), within(now).len());
    }
}
