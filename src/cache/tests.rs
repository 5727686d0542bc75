use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::citizen::{Attribute, AttributeSet, Name, Number, PartialDate, PersonalText, Query};
use crate::population::outcome::TimeoutCause;

fn cache(ttl: Duration) -> RecordCache {
    RecordCache::new(CacheSettings { ttl, max_bytes: 1 << 20 }).expect("a cache")
}

fn query(serial: u32, name: &str, year: u16) -> Query {
    Query {
        number: Number::parse(&format!("999185{serial:06}")).expect("a number"),
        name: Some(Name::parse(name).expect("a name")),
        birth_date: Some(PartialDate::new(year, None, None).expect("a date")),
    }
}

/// One purpose as plain parts, so that two can be compared.
#[derive(Clone, Debug, PartialEq)]
struct Parts {
    connection: String,
    agency: String,
    service: String,
    form: String,
    serial: u32,
    name: &'static str,
    year: u16,
    attributes: AttributeSet,
}

impl Parts {
    fn key(&self, keys: &RecordCache) -> CacheKey {
        let query = query(self.serial, self.name, self.year);
        keys.key(&Purpose {
            connection: &self.connection,
            agency: &self.agency,
            service: &self.service,
            form: &self.form,
            query: &query,
            attributes: self.attributes,
        })
    }
}

fn parts() -> impl Strategy<Value = Parts> {
    let word = "[a-b]{0,2}";
    let names = prop_oneof![Just("MẪU AN"), Just("MẬU AN"), Just("MẪU BÌNH"), Just("MẪU")];
    let attributes = prop_oneof![
        Just(AttributeSet::EMPTY),
        Just(AttributeSet::EMPTY.with(Attribute::HoVaTen)),
        Just(AttributeSet::EMPTY.with(Attribute::HoVaTen).with(Attribute::NgaySinh)),
    ];
    (word, word, word, word, 1_u32..4, names, 1980_u16..1982, attributes).prop_map(
        |(connection, agency, service, form, serial, name, year, attributes)| Parts {
            connection,
            agency,
            service,
            form,
            serial,
            name,
            year,
            attributes,
        },
    )
}

proptest! {
    /// Equal keys mean: same connection, agency, service, form, number, compact name, birth date and attributes. `MẪU` and `MẬU`
    /// are one compact name, as they are upstream.
    #[test]
    fn two_purposes_share_a_key_only_when_every_part_is_the_same(a in parts(), b in parts()) {
        let cache = cache(Duration::from_secs(60));
        let mut same = b.clone();
        if crate::citizen::name::compact(a.name) == crate::citizen::name::compact(b.name) {
            same.name = a.name;
        }
        prop_assert_eq!(a.key(&cache) == b.key(&cache), a == same);
    }
}

#[test]
fn keys_of_two_processes_have_nothing_in_common() {
    let purpose = Parts {
        connection: "a".into(),
        agency: "b".into(),
        service: "c".into(),
        form: "d".into(),
        serial: 1,
        name: "MẪU",
        year: 1980,
        attributes: AttributeSet::EMPTY,
    };
    assert!(purpose.key(&cache(Duration::ZERO)) != purpose.key(&cache(Duration::ZERO)));
}

fn record(number: &str) -> Outcome {
    let mut record = Record::default();
    record.so_dinh_danh = PersonalText::given(number);
    Outcome::Found(Box::new(record))
}

fn number_of(looked: &Looked) -> Option<String> {
    match looked {
        Looked::Found { record, .. } => record.so_dinh_danh.as_ref().map(|number| number.reveal().to_owned()),
        Looked::Failed(_) => None,
    }
}

fn any_key(cache: &RecordCache, serial: u32) -> CacheKey {
    let query = query(serial, "MẪU", 1980);
    cache.key(&Purpose {
        connection: "c",
        agency: "a",
        service: "s",
        form: "f",
        query: &query,
        attributes: AttributeSet::EMPTY,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_in_flight_share_one_look_up() {
    let cache = Arc::new(cache(Duration::from_secs(60)));
    let calls = Arc::new(AtomicUsize::new(0));
    let key = any_key(&cache, 1);
    let mut tasks = Vec::new();
    for _ in 0..50 {
        let (cache, calls, key) = (Arc::clone(&cache), Arc::clone(&calls), key.clone());
        tasks.push(tokio::spawn(async move {
            let ask = async {
                calls.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(30)).await;
                record("999185000001")
            };
            cache.look_up(key, "c", false, ask).await.0
        }));
    }
    for task in tasks {
        assert_eq!(number_of(&task.await.expect("no panic")).as_deref(), Some("999185000001"));
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_caller_takes_over_when_the_first_hangs_up() {
    let cache = Arc::new(cache(Duration::from_secs(60)));
    let key = any_key(&cache, 1);
    let first = tokio::spawn({
        let (cache, key) = (Arc::clone(&cache), key.clone());
        async move { cache.look_up(key, "c", false, std::future::pending()).await.0 }
    });
    tokio::task::yield_now().await;
    let second = tokio::spawn({
        let (cache, key) = (Arc::clone(&cache), key.clone());
        async move { cache.look_up(key, "c", false, async { record("999185000001") }).await.0 }
    });
    tokio::task::yield_now().await;
    first.abort();
    assert!(number_of(&second.await.expect("no panic")).is_some());
}

#[tokio::test]
async fn failures_are_not_kept_and_not_turned_into_each_other() {
    let cache = cache(Duration::from_secs(60));
    let key = any_key(&cache, 1);
    for outcome in [Outcome::NotFound, Outcome::Timeout(TimeoutCause::Budget), Outcome::AuthFailed] {
        let label = outcome.label();
        let (looked, result) = cache.look_up(key.clone(), "c", false, async { outcome }).await;
        let Looked::Failed(failed) = looked else { panic!("failed") };
        assert_eq!((failed.label(), result), (label, CacheResult::Miss));
    }
    cache.sweep().await;
    assert_eq!(cache.bytes(), 0);
}

#[tokio::test]
async fn an_entry_ends_with_its_life_time_and_its_bytes_are_given_back() {
    let cache = cache(Duration::from_millis(80));
    let key = any_key(&cache, 1);
    let (_, first) = cache.look_up(key.clone(), "c", false, async { record("999185000001") }).await;
    let (_, second) = cache.look_up(key.clone(), "c", false, async { record("999185000001") }).await;
    assert_eq!((first, second), (CacheResult::Miss, CacheResult::Hit));
    tokio::time::sleep(Duration::from_millis(120)).await;
    cache.sweep().await;
    assert_eq!(cache.bytes(), 0);
    let (_, third) = cache.look_up(key, "c", false, async { record("999185000001") }).await;
    assert_eq!(third, CacheResult::Miss);
}

#[tokio::test]
async fn off_keeps_nothing_and_says_so() {
    let cache = cache(Duration::ZERO);
    let key = any_key(&cache, 1);
    for _ in 0..2 {
        let (looked, result) = cache.look_up(key.clone(), "c", false, async { record("999185000001") }).await;
        assert!(matches!(looked, Looked::Found { cached: false, .. }));
        assert_eq!(result, CacheResult::Off);
    }
    cache.sweep().await;
    assert_eq!(cache.bytes(), 0);
}
