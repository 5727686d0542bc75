use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::date;
use serde_json::json;

use super::*;
use crate::catalog::{Catalog, load, load_people};

struct Counter {
    catalog: Catalog,
    people: Vec<crate::citizen::person_file::Person>,
}

impl Counter {
    /// Read once: in a debug build that takes seconds.
    fn open() -> &'static Self {
        static COUNTER: LazyLock<Counter> = LazyLock::new(Counter::read);
        &COUNTER
    }

    fn read() -> Self {
        let catalog = load(Path::new("service-catalog"), Path::new("schemas")).expect("the catalogue");
        let people = load_people(Path::new("service-catalog/people")).expect("people");
        Self { catalog, people }
    }

    fn record(&self, number: &str) -> &Record {
        &self.people.iter().find(|person| person.number == number).expect("a person").record
    }

    /// State or reason of one box, with what is shown or filled.
    fn fill(&self, form: &str, states: &[(&str, PersonState<'_>)], typed: serde_json::Value, key: &str) -> String {
        let plan = self.catalog.form(form).expect("a form");
        let mut persons = vec![PersonState::NotAsked; plan.roles.len()];
        for (role, state) in states {
            persons[plan.role(role).expect("a role")] = *state;
        }
        let day = date(2026, 11, 20);
        let context = FillContext {
            transform: TransformContext {
                units: &self.catalog.units,
                countries: &self.catalog.countries,
                form_day: day,
            },
            officer: None,
            agency: None,
            today: day,
            licensed: AttributeSet::all(),
        };
        let typed: Vec<(String, serde_json::Value)> = match typed {
            serde_json::Value::Object(members) => members.into_iter().collect(),
            _ => Vec::new(),
        };
        let people = People { states: persons, rows: Vec::new() };
        let answers = fill(plan, &people, &typed, &context);
        assert_eq!(answers.len(), plan.schema.properties.len(), "every property once");
        let answer = answers.into_iter().find(|answer| &*answer.target.key == key).expect("the field");
        match answer.state {
            FieldState::Filled { proposal, locked } => {
                format!("filled {} {locked} from {}", json(&proposal.fitted.value), proposal.sources.paths().join("+"))
            }
            FieldState::Suggested { proposal } => {
                format!("suggested {} from {}", json(&proposal.fitted.value), proposal.sources.paths().join("+"))
            }
            FieldState::Kept { typed, register: None } => format!("kept {typed}"),
            FieldState::Kept { typed, register: Some((proposal, difference)) } => {
                format!("kept {typed} {difference:?} {}", json(&proposal.fitted.value))
            }
            FieldState::Empty { reason, .. } => format!("empty {}", reason.word()),
            FieldState::Rows { rows } => format!("{} rows", rows.len()),
        }
    }
}

const MARRIAGE: &str = "to-khai-dang-ky-ket-hon";

#[test]
fn every_state_of_a_person_has_its_reason() {
    let counter = Counter::open();
    let found = PersonState::Found(counter.record("999198000022"), None);
    for (state, expected) in [
        (found, "filled \"TÔN NỮ MẪU BÌNH\" true from ben_nu.ho_va_ten"),
        (PersonState::NotAsked, "empty person_not_asked"),
        (PersonState::Blocked, "empty record_blocked"),
        (PersonState::Failed("timeout"), "empty lookup_timeout"),
        (PersonState::Failed("not_found"), "empty lookup_not_found"),
    ] {
        assert_eq!(counter.fill(MARRIAGE, &[("ben_nu", state)], json!({}), "ben_nu_ho_ten"), expected);
    }
    assert_eq!(counter.fill(MARRIAGE, &[("ben_nu", found)], json!({}), "kinh_gui"), "empty manual");
}

#[test]
fn a_typed_value_is_never_overwritten_and_differences_are_told() {
    let counter = Counter::open();
    let found = [("ben_nu", PersonState::Found(counter.record("999198000022"), None))];
    for (typed, expected) in [
        ("Tôn Nữ Mẫu Bình", "kept \"Tôn Nữ Mẫu Bình\""),
        ("TON NU MAU BINH", "kept \"TON NU MAU BINH\" Spelling \"TÔN NỮ MẪU BÌNH\""),
        ("TRẦN THỊ MẪU", "kept \"TRẦN THỊ MẪU\" Value \"TÔN NỮ MẪU BÌNH\""),
    ] {
        let typed = json!({ "ben_nu_ho_ten": typed });
        assert_eq!(counter.fill(MARRIAGE, &found, typed, "ben_nu_ho_ten"), expected);
    }
    // Not given says nothing against what was typed.
    let sparse = [("ben_nam", PersonState::Found(counter.record("999095000010"), None))];
    let typed = json!({ "ben_nam_dan_toc": "01" });
    assert_eq!(counter.fill(MARRIAGE, &sparse, typed, "ben_nam_dan_toc"), "kept \"01\"");
}

#[test]
fn a_blank_nationality_is_suggested_and_marked_as_such() {
    let counter = Counter::open();
    let sparse = [("ben_nam", PersonState::Found(counter.record("999095000010"), None))];
    let nationality = counter.fill(MARRIAGE, &sparse, json!({}), "ben_nam_quoc_tich");
    assert_eq!(nationality, "suggested \"VN\" from ben_nam.quoc_tich");
    let nobody = counter.fill(MARRIAGE, &[], json!({}), "ben_nam_quoc_tich");
    assert_eq!(nobody, "empty person_not_asked", "nothing is inferred about nobody");
}

#[test]
fn a_blank_present_residence_is_not_a_copy_of_the_permanent_one() {
    let counter = Counter::open();
    let person = [("dai_dien_ho", PersonState::Found(counter.record("999075000029"), None))];
    let form = "qd24-mau-01-ra-soat-ho-ngheo";
    assert_eq!(counter.fill(form, &person, json!({}), "dai_dien_ho_noi_o_hien_tai"), "empty not_given");
    assert!(counter.fill(form, &person, json!({}), "dai_dien_ho_thuong_tru").starts_with("filled"));
}

#[test]
fn an_unusable_first_source_is_not_replaced_by_the_next_best() {
    let counter = Counter::open();
    // The subject's own record is blocked: the parent's name is not taken from somewhere else.
    let states = [
        ("cha", PersonState::Blocked),
        ("nguoi_duoc_khai_sinh", PersonState::Found(counter.record("999085000001"), None)),
    ];
    let name = counter.fill("to-khai-dang-ky-lai-khai-sinh", &states, json!({}), "cha_ho_ten");
    assert_eq!(name, "empty record_blocked");
}

#[test]
fn the_reason_is_that_of_the_source_that_has_something() {
    let counter = Counter::open();
    let mut record = counter.record("999219000006").clone();
    record.nguoi_dai_dien.quoc_tich = crate::citizen::PersonalText::given("ZZ");
    let states = [("cong_dan", PersonState::Found(&record, None))];
    // Nobody was asked as the representative; what the child's record names is there, but means nothing.
    assert_eq!(counter.fill("dc01", &states, json!({}), "nguoi_dai_dien_quoc_tich"), "empty unknown_code");
}

#[test]
fn gender_chooses_a_role_only_by_a_code_that_the_form_names() {
    let counter = Counter::open();
    let table: Vec<(Box<str>, usize)> = vec![("1".into(), 1), ("2".into(), 0)];
    assert_eq!(role_by_gender(&table, counter.record("999096000021")), Some(1));
    assert_eq!(role_by_gender(&table, counter.record("999198000022")), Some(0));
    assert_eq!(role_by_gender(&table, counter.record("999093000032")), None, "code 3");
    assert_eq!(role_by_gender(&table, &Record::default()), None);
}
