//! Restarts, full disks and deleted folders.

use super::*;

/// Acceptance 4: the enumeration script, restarted over and over.
#[test]
fn ten_thousand_numbers_over_restarts_get_no_more_than_the_quota() {
    let folder = tempfile::tempdir().expect("folder");
    let open = || Quotas::new(key(), Arc::default(), StateLog::open(folder.path(), "quota", key()).ok());
    let mut quotas = Some(open());
    let (mut got, mut alarms) = (0, 0);
    for n in 0..10_000_u64 {
        if n % 1_000 == 0 {
            quotas = None;
        }
        let counters = quotas.get_or_insert_with(open);
        let dossier = format!("d{n}");
        let asked = One { dossier: &dossier, ..one("o", person(n)) }.ask(counters, at(n / 10));
        if let Ok(admission) = asked {
            counters.found(&admission, 0);
            got += 1;
        }
        alarms = alarms.max(counters.alarms.count(Alarm::OfficerExhausted));
    }
    assert_eq!(got, QuotaSettings::default().citizens_per_officer_hour);
    assert!(alarms > 0);
}

#[test]
fn everything_that_was_counted_outlives_a_restart_and_a_rewrite() {
    let folder = tempfile::tempdir().expect("folder");
    let open = || Quotas::new(key(), Arc::default(), StateLog::open(folder.path(), "quota", key()).ok());
    let quota = QuotaSettings { citizens_per_officer_hour: 2, ..one("o", person(0)).quota };
    for rewrite in [false, true] {
        let officer = format!("o{rewrite}");
        let quotas = open();
        for n in 0..2 {
            assert!(is_ok(One { quota, ..one(&officer, person(n)) }.ask(&quotas, at(n))));
        }
        let locked = format!("l{rewrite}");
        for n in 0..8 {
            // Told at once, so that no pause stands in the way.
            let admission = one(&locked, person(n)).ask(&quotas, at(1000 * n)).expect("admitted");
            quotas.missed(&admission, at(1000 * n));
        }
        if rewrite {
            let mut state = quotas.state.lock().expect("unbroken");
            state.log.iter_mut().for_each(StateLog::distrust);
            drop(state);
            quotas.maintain(at(2));
        }
        drop(quotas);
        let quotas = open();
        assert!(!is_ok(One { quota, ..one(&officer, person(3)) }.ask(&quotas, at(5))));
        assert!(is_ok(One { quota, ..one(&officer, person(1)) }.ask(&quotas, at(5))));
        assert!(matches!(one(&locked, person(9)).ask(&quotas, at(7001)), Err(QuotaRefusal::OfficerLocked { .. })));
        let text = std::fs::read_to_string(folder.path().join("quota.state")).expect("read");
        assert!(!text.contains("999085") && !text.contains(&officer) && !text.contains(&locked));
    }
}

#[test]
fn what_cannot_be_written_down_is_refused_and_heals_by_itself() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut log, held) = StateLog::open(folder.path(), "quota", key()).expect("open");
    log.break_for_test();
    let quotas = Quotas::new(key(), Arc::default(), Some((log, held)));
    assert_eq!(one("o", person(0)).ask(&quotas, at(0)).err(), Some(QuotaRefusal::StoreUnavailable));
    assert!(quotas.alarms.count(Alarm::StateUnavailable) > 0);
    quotas.maintain(at(1));
    assert!(is_ok(one("o", person(0)).ask(&quotas, at(1))));
    // The folder goes away while the service runs.
    std::fs::remove_dir_all(folder.path()).expect("removed");
    quotas.maintain(at(2));
    assert_eq!(one("o", person(1)).ask(&quotas, at(2)).err(), Some(QuotaRefusal::StoreUnavailable));
    std::fs::create_dir(folder.path()).expect("made");
    quotas.maintain(at(3));
    assert!(is_ok(one("o", person(1)).ask(&quotas, at(3))));
}

#[test]
fn many_at_once_get_no_more_than_one_after_the_other() {
    let folder = tempfile::tempdir().expect("folder");
    let quotas = Quotas::new(key(), Arc::default(), StateLog::open(folder.path(), "quota", key()).ok());
    let quota = QuotaSettings { citizens_per_officer_hour: 50, ..one("o", person(0)).quota };
    let got: usize = std::thread::scope(|scope| {
        let ask = |thread: u64| {
            let quotas = &quotas;
            move || {
                let asked = (0..100).map(|n| One { quota, ..one("o", person(thread * 100 + n)) }.ask(quotas, at(0)));
                asked.filter(Result::is_ok).count()
            }
        };
        let threads: Vec<_> = (0..8).map(|thread| scope.spawn(ask(thread))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(got, 50);
}
