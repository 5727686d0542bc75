//! Two hundred tasks, fifty people, hang-ups and delays: nobody gets a record of another look-up. The same check must
//! report mix-ups as soon as any part of the purpose is left out of the key (RISKS T3, T6).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::citizen::{Attribute, AttributeSet, Name, Number, PartialDate, PersonalText, Query};

const TASKS: usize = 200;
const PEOPLE: u32 = 50;
const ROUNDS: usize = 30;

/// What a task wants to know, part by part.
#[derive(Clone, PartialEq)]
struct Wanted {
    person: u32,
    name: bool,
    birth: bool,
    connection: usize,
    agency: usize,
    service: usize,
    form: usize,
    attributes: usize,
}

impl Wanted {
    /// Something without a pattern, from the random numbers of a task.
    fn by(chance: &mut impl FnMut(u64) -> u64) -> Self {
        let mut one_of = |count| usize::try_from(chance(count)).expect("small");
        Self {
            person: u32::try_from(one_of(u64::from(PEOPLE))).expect("small"),
            name: one_of(2) == 0,
            birth: one_of(2) == 0,
            connection: one_of(2),
            agency: one_of(2),
            service: one_of(2),
            form: one_of(2),
            attributes: one_of(2),
        }
    }

    /// The same with this part as in everybody else's: the key that a slip would make.
    fn without(&self, part: &str) -> Self {
        let mut wanted = self.clone();
        match part {
            "number" => wanted.person = 0,
            "name" => wanted.name = false,
            "birth date" => wanted.birth = false,
            "connection" => wanted.connection = 0,
            "agency" => wanted.agency = 0,
            "service" => wanted.service = 0,
            "form" => wanted.form = 0,
            "attributes" => wanted.attributes = 0,
            _ => {}
        }
        wanted
    }

    fn key(&self, cache: &RecordCache) -> CacheKey {
        let query = Query {
            number: Number::parse(&format!("999185{:06}", self.person)).expect("a number"),
            name: self.name.then(|| Name::parse("MẪU").expect("a name")),
            birth_date: self.birth.then(|| PartialDate::new(1985, None, None).expect("a date")),
        };
        let attributes = [AttributeSet::EMPTY.with(Attribute::HoVaTen), AttributeSet::EMPTY.with(Attribute::NgaySinh)];
        cache.key(&Purpose {
            connection: ["c0", "c1"][self.connection],
            agency: ["a0", "a1"][self.agency],
            service: ["s0", "s1"][self.service],
            form: ["f0", "f1"][self.form],
            query: &query,
            attributes: attributes[self.attributes],
        })
    }

    /// The label that upstream writes into this look-up's record.
    fn label(&self) -> String {
        format!(
            "{} {} {} {} {} {} {} {}",
            self.person, self.name, self.birth, self.connection, self.agency, self.service, self.form, self.attributes
        )
    }
}

/// Answers and mix-ups of all tasks with a key that lacks this part; the true key lacks nothing.
async fn chaos(lacking: &'static str) -> (usize, usize) {
    let settings = CacheSettings { ttl: Duration::from_millis(20), max_bytes: 1 << 20 };
    let cache = Arc::new(RecordCache::new(settings).expect("a cache"));
    let (answers, mixed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (cache, answers, mixed) = (Arc::clone(&cache), Arc::clone(&answers), Arc::clone(&mixed));
            let mut state = task as u64 + 1;
            tokio::spawn(async move {
                let mut chance = move |count: u64| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 33) % count
                };
                for _ in 0..ROUNDS {
                    let wanted = Wanted::by(&mut chance);
                    let (delay, patience) = (chance(4), chance(6));
                    let asking = async {
                        tokio::time::sleep(Duration::from_millis(delay)).await;
                        let mut record = Record::default();
                        record.so_dinh_danh = PersonalText::given(wanted.label());
                        Outcome::Found(Box::new(record))
                    };
                    let looked = cache.look_up(wanted.without(lacking).key(&cache), "c", chance(8) == 0, asking);
                    let Ok((looked, _)) = tokio::time::timeout(Duration::from_millis(patience), looked).await else {
                        continue;
                    };
                    let Looked::Found { record, .. } = looked else { continue };
                    let label = record.so_dinh_danh.as_ref().map(PersonalText::reveal);
                    answers.fetch_add(1, Ordering::SeqCst);
                    mixed.fetch_add(usize::from(label != Some(&wanted.label())), Ordering::SeqCst);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    (answers.load(Ordering::SeqCst), mixed.load(Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_tasks_never_get_the_record_of_another_look_up() {
    let (answers, mixed) = chaos("nothing").await;
    assert!(answers > TASKS, "{answers} answers are too few to show anything");
    assert_eq!(mixed, 0, "of {answers} answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_lacks_any_part_is_found_out() {
    for part in ["number", "name", "birth date", "connection", "agency", "service", "form", "attributes"] {
        let (answers, mixed) = chaos(part).await;
        assert!(mixed > 0, "a key without the {part} passes: {answers} answers");
    }
}
