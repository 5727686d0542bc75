//! What the cache holds after a look-up, for every form of the catalogue (RISKS R2, R3; DESIGN §5).

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::cache::{CacheSettings, Looked};
use crate::catalog::{Catalog, load};
use crate::citizen::person_file::{self, Person};
use crate::citizen::{Attribute, Record};
use crate::population::SandboxSource;

const NUMBER: &str = "999071000077";

/// A person of whom the register gives every attribute. Its parts of a name are apart, for the attributes that ask one.
fn complete_person() -> Person {
    let address = json!({ "tinh": "38", "huyen": "380", "xa": "14767", "chi_tiet": "SỐ 7 NGÕ MẪU", "quoc_gia": "VN" });
    let relative = json!({ "ho_va_ten": "MẪU THÂN NHÂN", "quoc_tich": "VN", "so_dinh_danh": "999048000078", "so_cmnd": "999000078" });
    let head =
        json!({ "ho_va_ten": "MẪU CHỦ HỘ", "so_dinh_danh": "999048000079", "so_cmnd": "999000079", "quan_he": "CH01" });
    let record = json!({
        "so_dinh_danh": NUMBER, "so_cmnd": "999000077", "ho_va_ten": { "ho": "CANARI", "chu_dem": "MẪU", "ten": "ĐỦ" },
        "gioi_tinh": "1", "dan_toc": "37", "ton_giao": "05", "tinh_trang_hon_nhan": "2", "nhom_mau": "04",
        "ngay_sinh": "1971-04-17", "quoc_tich": "VN", "noi_dang_ky_khai_sinh": address, "que_quan": address,
        "thuong_tru": address, "noi_o_hien_tai": address, "cha": relative, "me": relative, "vo_chong": relative,
        "nguoi_dai_dien": relative, "chu_ho": head, "so_so_ho_khau": "MẪU 77",
    });
    let file = json!({ "number": NUMBER, "note": "Mẫu.", "record": record });
    person_file::read(&file.to_string()).expect("a person file")
}

/// The attributes that a form's mapping file names, with what must be kept together to read them: the parts of a name,
/// the two readings of a birth date, the unit codes and the country of one address.
fn taken(form: &str) -> BTreeSet<&'static str> {
    let text = std::fs::read_to_string(format!("service-catalog/mappings/{form}.json")).expect("a mapping");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let mut texts = Vec::new();
    sources(&file["fields"], &mut texts);
    let roles: Vec<&String> = file["persons"].as_object().expect("persons").keys().collect();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for (role, path) in texts.iter().filter_map(|text| text.split_once('.')) {
        if roles.iter().any(|known| *known == role) {
            named.extend(Attribute::from_path(path).map(Attribute::path));
        }
    }
    if file["applicant"]["by_gender"].is_object() {
        named.insert("gioi_tinh");
    }
    let groups = ["noi_dang_ky_khai_sinh", "que_quan", "thuong_tru", "noi_o_hien_tai"];
    let together = |path: &&'static str| {
        let (group, leaf) = path.split_once('.').unwrap_or((path, ""));
        if ["ho_va_ten", "ngay_sinh"].contains(&group) {
            return named.iter().any(|named| named.split('.').next() == Some(group));
        }
        let units = |named: &&&str| named.split_once('.').is_some_and(|(of, leaf)| of == group && leaf != "quoc_gia");
        let kept_with_units = groups.contains(&group) && leaf != "chi_tiet" && named.iter().any(|named| units(&named));
        named.contains(path)
            || kept_with_units
            || (groups.contains(&group) && named.contains(group))
            || (leaf.is_empty()
                && named.iter().any(|named| named.split('.').next() == Some(group) && groups.contains(&group)))
    };
    Attribute::ALL.iter().map(|attribute| attribute.path()).filter(together).collect()
}

fn sources(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| sources(item, found)),
        Value::Object(members) => {
            for (key, member) in members.iter().filter(|(key, _)| *key != "note") {
                found.push(key.clone());
                sources(member, found);
            }
        }
        Value::String(text) => found.push(text.clone()),
        _ => {}
    }
}

fn held(record: &Record) -> BTreeSet<&'static str> {
    Attribute::ALL
        .iter()
        .filter(|attribute| record.given(**attribute).is_some())
        .map(|attribute| attribute.path())
        .collect()
}

/// The record of a look-up, and whether it was there before.
async fn entry(register: &Register, plan: &FormPlan, keep: AttributeSet) -> (Box<Record>, bool) {
    let asked = json!({ "service": "1.000656", "citizen": { "id": NUMBER }, "agency": "H01.12" });
    let request = AutofillRequest::read(&asked.to_string(), date(2026, 11, 20)).expect("a request");
    let source = register.source(&request).ok().expect("the sandbox");
    let query =
        Query { number: crate::citizen::Number::parse(NUMBER).expect("a number"), name: None, birth_date: None };
    match register.look_up(source, &request, plan, keep, &query, false).await.looked {
        Looked::Found { record, cached, .. } => (record, cached),
        Looked::Failed(outcome) => panic!("{}", outcome.label()),
    }
}

#[tokio::test]
async fn an_entry_of_the_cache_holds_nothing_but_what_the_form_takes_and_the_caller_may_have() {
    let catalog: Catalog = load(Path::new("service-catalog"), Path::new("schemas")).expect("the catalogue");
    let register = Register {
        connections: Connections::only(Arc::new(SandboxSource::new(vec![complete_person()]))),
        cache: Arc::new(
            RecordCache::new(CacheSettings { ttl: Duration::from_secs(600), max_bytes: 64 << 20 }).expect("a cache"),
        ),
        numbers: Numbers::InventedOnly,
        metrics: Arc::new(Metrics::new().expect("metrics")),
        runtime: Handle::current(),
    };
    let is_sensitive =
        |attribute: &Attribute| catalog.dictionary.register_entry(*attribute).expect("of the dictionary").sensitive;
    let ordinary: AttributeSet = Attribute::ALL.iter().copied().filter(|attribute| !is_sensitive(attribute)).collect();
    let mut forms = 0;
    for plan in catalog.forms() {
        forms += 1;
        let taken = taken(&plan.id);
        let (whole, _) = entry(&register, plan, plan.wanted).await;
        assert_eq!(held(&whole), taken, "{}", plan.id);
        let (reduced, cached) = entry(&register, plan, plan.wanted.and(ordinary)).await;
        assert_eq!(cached, plan.wanted == plan.wanted.and(ordinary), "{}: shared by unequal licences", plan.id);
        let may = taken.into_iter().filter(|path| Attribute::from_path(path).is_some_and(|path| !is_sensitive(&path)));
        assert_eq!(held(&reduced), may.collect(), "{}", plan.id);
        // What was looked at is what the cache holds.
        let (again, cached) = entry(&register, plan, plan.wanted).await;
        assert!(cached && again == whole, "{}", plan.id);
    }
    assert_eq!(forms, 212);
}
