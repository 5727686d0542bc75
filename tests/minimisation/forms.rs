//! What each form takes, read from the mapping files themselves and not from the program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::Value;

use crate::harness::{json_files, root};

/// One form.
pub struct Form {
    pub id: String,
    /// The attributes that the mapping names, by role.
    pub taken: BTreeMap<String, BTreeSet<String>>,
    /// The ways in which somebody can come to the counter; `None`: nothing needs to be said.
    pub ways: Vec<Way>,
    persons: Value,
    lists: BTreeSet<String>,
}

/// One way of coming to the counter.
#[derive(Clone)]
pub struct Way {
    /// `citizen_role` of the request.
    pub said: Option<String>,
    /// The role that the citizen then holds.
    pub held: Option<String>,
}

/// The register's attributes by path, and whether they are sensitive.
pub fn attributes() -> &'static BTreeMap<String, bool> {
    static ATTRIBUTES: OnceLock<BTreeMap<String, bool>> = OnceLock::new();
    ATTRIBUTES.get_or_init(|| {
        let text = std::fs::read_to_string(root().join("service-catalog/attributes.json")).expect("the dictionary");
        let file: Value = serde_json::from_str(&text).expect("JSON");
        let of_register =
            file["attributes"].as_array().expect("a list").iter().filter(|one| one["source"] == "register");
        of_register
            .map(|one| (one["path"].as_str().expect("a path").to_owned(), one["sensitivity"] == "sensitive"))
            .collect()
    })
}

/// Every form of the catalogue. `gender` is that of the citizen, which decides the role on some forms.
pub fn all(gender: &str) -> Vec<Form> {
    json_files(&root().join("service-catalog/mappings"))
        .into_iter()
        .map(|(_, file)| Form::read(&file, gender, attributes()))
        .collect()
}

/// Every text of a mapping's fields: sources, and the attributes that conditions ask.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => {
            for (key, member) in members {
                found.push(key);
                if !matches!(key.as_str(), "note" | "label" | "separator" | "format") {
                    texts(member, found);
                }
            }
        }
        Value::String(text) => found.push(text),
        _ => {}
    }
}

impl Form {
    fn read(file: &Value, gender: &str, known: &BTreeMap<String, bool>) -> Self {
        let mut found = Vec::new();
        texts(&file["fields"], &mut found);
        let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for role in file["persons"].as_object().expect("persons").keys() {
            let of_role = found.iter().filter_map(|text| text.strip_prefix(role.as_str())?.strip_prefix('.'));
            let paths = of_role.map(|path| if path == "tuoi" { "ngay_sinh" } else { path });
            taken.insert(role.clone(), paths.filter(|path| known.contains_key(*path)).map(str::to_owned).collect());
        }
        let filer = file["persons"].as_object().expect("persons").iter().find(|(_, person)| person["filer"] == true);
        let filer = filer.map(|(role, _)| role.clone());
        let way = |said: &str| Way {
            said: Some(said.to_owned()),
            held: if said == "none" { filer.clone() } else { Some(said.to_owned()) },
        };
        let applicant = &file["applicant"];
        let ways = match (applicant.as_str(), applicant["ask"].as_array(), &applicant["by_gender"][gender]) {
            (Some("none"), ..) => vec![Way { said: None, held: None }],
            (Some(role), ..) => vec![Way { said: None, held: Some(role.to_owned()) }],
            (None, Some(choices), _) => choices.iter().filter_map(Value::as_str).map(way).collect(),
            (None, None, Value::String(role)) => {
                for attributes in taken.values_mut() {
                    attributes.insert("gioi_tinh".to_owned());
                }
                vec![Way { said: None, held: Some(role.clone()) }]
            }
            _ => panic!("an applicant of {}", file["form"]),
        };
        let id = file["form"].as_str().expect("an id").to_owned();
        let fields = file["fields"].as_object().expect("fields").values();
        let lists = fields.filter_map(|field| field["rows"].as_str()).map(str::to_owned).collect();
        Self { id, taken, ways, persons: file["persons"].clone(), lists }
    }

    /// What the form takes of whoever holds this role.
    pub fn of(&self, role: Option<&str>) -> BTreeSet<String> {
        role.and_then(|role| self.taken.get(role)).cloned().unwrap_or_default()
    }

    /// What the form takes of the people of these roles.
    pub fn of_all(&self, roles: &[(String, bool)]) -> BTreeSet<String> {
        roles.iter().flat_map(|(role, _)| self.of(Some(role))).collect()
    }

    /// Whether anything sensitive is taken of anybody.
    pub fn is_sensitive(&self) -> bool {
        self.everything().iter().any(|path| attributes()[path])
    }

    /// What the form takes of anybody.
    pub fn everything(&self) -> BTreeSet<String> {
        self.taken.values().flatten().cloned().collect()
    }

    /// The roles that somebody else may be looked up for when the citizen comes this way; those of a list are marked.
    pub fn further(&self, way: &Way) -> Vec<(String, bool)> {
        let persons = self.persons.as_object().expect("persons").iter();
        let others = persons.filter(|(role, person)| person["lookup"] == true && way.held.as_ref() != Some(role));
        others.map(|(role, _)| (role.clone(), self.lists.contains(role))).collect()
    }
}
