//! The boxes of the form on the counter's page: what stands in each, why, and what is offered.

use serde_json::{Map, Value};

use super::entry::{Entry, MOST_ROWS};
use super::reading::{text_of, value_of};
use super::words::reason_words;
use crate::autofill::{FieldView, field_views};
use crate::catalog::{Catalog, Filling, FormPlan, Language, Property, PropertyKind, Source, Target, attribute_of};
use crate::pages::words::{Badge, printed_section};

/// How a box is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    Line,
    /// Several lines.
    Area,
    /// Yes or no.
    Tick,
    /// One of [`BoxView::choices`].
    Choice,
}

/// One box.
pub struct BoxView {
    /// `key`, or `list.0.column`; inputs are named after it.
    pub name: String,
    pub label: String,
    pub control: Control,
    pub required: bool,
    pub badge: Option<Badge>,
    /// Why it is as it is, in a sentence.
    pub why: String,
    /// What stands in it.
    pub text: String,
    /// What stood in it when the page was made from the register, so that what is typed later can be told from it.
    pub was: String,
    pub locked: bool,
    /// What can be accepted with one key.
    pub offer: String,
    /// The same, also when it was accepted.
    pub offered: String,
    pub choices: Vec<String>,
    /// The codes of the choices by label, as JSON.
    pub codes: String,
    /// The id of a list of suggestions for typing.
    pub list: String,
    pub hint: &'static str,
    pub is_number: bool,
    /// Takes a whole line of the page.
    pub is_wide: bool,
    pub is_wrong: bool,
}

/// A box alone, or a list with its rows.
pub enum Item {
    Box(Box<BoxView>),
    Rows { label: String, rows: Vec<Vec<BoxView>> },
}

/// The boxes under one printed heading.
pub struct Group {
    pub heading: String,
    pub items: Vec<Item>,
}

/// What the boxes are made from.
pub struct Boxes<'a> {
    pub catalog: &'a Catalog,
    pub form: &'a FormPlan,
    pub entry: &'a Entry,
    pub lang: Language,
    views: Vec<FieldView>,
    /// The fields of the answer as they came, for what is offered beside a typed value.
    fields: &'a Value,
}

impl<'a> Boxes<'a> {
    /// The boxes of a form with an answer, or `Null` before there is one.
    pub fn new(catalog: &'a Catalog, form: &'a FormPlan, entry: &'a Entry, answer: &'a Value, lang: Language) -> Self {
        Self { catalog, form, entry, lang, views: field_views(answer), fields: &answer["fields"] }
    }

    /// All boxes in the order of the paper.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for property in &self.form.schema.properties {
            let heading = printed_section(self.form, property);
            let item = self.item(property);
            match groups.last_mut() {
                Some(group) if group.heading == heading => group.items.push(item),
                _ => groups.push(Group { heading, items: vec![item] }),
            }
        }
        groups
    }

    fn item(&self, property: &Property) -> Item {
        if property.columns.is_empty() {
            return Item::Box(Box::new(self.view(property, &property.key, &format!("/{}", property.key))));
        }
        let answered = |view: &FieldView| {
            let rest = view.path.strip_prefix('/')?.strip_prefix(&*property.key)?.strip_prefix('/')?;
            rest.split('/').next()?.parse::<usize>().ok().map(|row| row + 1)
        };
        let answered = self.views.iter().filter_map(answered).max().unwrap_or(0);
        let count = answered.max(self.entry.rows(&format!("f.{}", property.key)) + 1).min(MOST_ROWS);
        let row = |row: usize| {
            let column = |column: &Property| {
                let (name, path) = (
                    format!("{}.{row}.{}", property.key, column.key),
                    format!("/{}/{row}/{}", property.key, column.key),
                );
                self.view(column, &name, &path)
            };
            property.columns.iter().map(column).collect()
        };
        Item::Rows { label: property.title.to_string(), rows: (0..count).map(row).collect() }
    }

    fn view(&self, property: &Property, name: &str, path: &str) -> BoxView {
        let typed = if self.entry.get("accept") == name { "" } else { self.own(name) };
        let mut view = BoxView {
            name: name.to_owned(),
            label: property.title.to_string(),
            control: control(&property.kind),
            required: property.required,
            badge: None,
            why: String::new(),
            text: typed.to_owned(),
            was: String::new(),
            locked: false,
            offer: String::new(),
            offered: String::new(),
            choices: Vec::new(),
            codes: String::new(),
            list: list_of(&property.kind),
            hint: hint(&property.kind, self.lang),
            is_number: matches!(
                property.kind,
                PropertyKind::Integer | PropertyKind::Number | PropertyKind::UnitCode(_)
            ),
            is_wide: matches!(property.kind, PropertyKind::Address | PropertyKind::List),
            is_wrong: false,
        };
        if let Some(answered) = self.views.iter().find(|answered| answered.path == path) {
            self.answered(&mut view, property, answered);
        } else if property.kind == PropertyKind::List && !self.views.is_empty() {
            view.badge = Some(Badge::new("", self.lang.pick("nhập tay", "by hand")));
        }
        // What does not fit was not sent, and stands in its box as it was typed.
        let wrong = !typed.is_empty() && typed == view.text && !view.locked && !self.fits(property, name, typed);
        if wrong {
            view.is_wrong = true;
            view.badge = Some(Badge::new("bad", self.lang.pick("xem lại", "look again")));
            view.why =
                self.lang.pick("Viết chưa đúng dạng của ô này.", "Not in the form that this box takes.").to_owned();
        }
        view
    }

    fn answered(&self, view: &mut BoxView, property: &Property, answered: &FieldView) {
        let lang = self.lang;
        let shown = |value: &Value| text_of(property, value, answered.text.as_deref(), self.catalog);
        let value = answered.value.as_ref();
        match answered.state.as_str() {
            "filled" => {
                view.was = value.map(shown).unwrap_or_default();
                // Rows of people who are looked up are not sent as typed: what the officer changed in them stays.
                if view.text.is_empty() || answered.locked {
                    view.text.clone_from(&view.was);
                }
                view.locked = answered.locked;
                view.badge = Some(if answered.locked {
                    Badge::new("good", lang.pick("từ CSDL · khóa", "register · locked"))
                } else {
                    Badge::new("good", lang.pick("từ CSDL", "register"))
                });
                view.why = self.sources(answered);
            }
            "suggested" => {
                view.offered = value.map(shown).unwrap_or_default();
                view.why = self.sources(answered);
                if self.accepts(&view.name, &view.offered) {
                    view.text.clone_from(&view.offered);
                    view.badge = Some(Badge::new("info", lang.pick("đã nhận", "accepted")));
                } else {
                    view.offer.clone_from(&view.offered);
                    view.badge = Some(Badge::new("warn", lang.pick("gợi ý", "suggested")));
                }
            }
            "kept" => self.kept(view, property, answered),
            _ => {
                let reason = answered.reason.as_deref().unwrap_or_default();
                let class = if reason.starts_with("lookup_") { "bad" } else { "" };
                let word = match reason {
                    "manual" => lang.pick("nhập tay", "by hand"),
                    _ => lang.pick("trống", "empty"),
                };
                view.badge = Some(Badge::new(class, word));
                if reason != "manual" {
                    reason_words(reason, lang).clone_into(&mut view.why);
                }
                if let Some(told) = &answered.text {
                    view.why.push_str(&format!(" {} {told}", lang.pick("Dữ liệu ghi:", "The register says:")));
                }
                self.choices(view, answered);
            }
        }
        if let Some(units) = &answered.new_units {
            let label = |unit: &Value| unit["label"].as_str().unwrap_or_default().to_owned();
            let communes: Vec<String> = units["xa"].as_array().into_iter().flatten().map(label).collect();
            let (vi, en) = ("Đơn vị mới:", "New unit:");
            view.why.push_str(&format!(" · {} {}, {}", lang.pick(vi, en), communes.join(" / "), label(&units["tinh"])));
        }
    }

    /// What an officer typed into a box. What the register gave, and what was accepted of it, belongs to the people of
    /// that look-up: it is told by what the page kept beside the box, and never stays for the next ones.
    fn own(&self, name: &str) -> &str {
        let text = self.entry.get(&format!("f.{name}"));
        let is_register = text == self.entry.get(&format!("r.{name}")) || text == self.entry.get(&format!("o.{name}"));
        if is_register { "" } else { text }
    }

    /// Whether what is offered for a box was accepted, now or before.
    fn accepts(&self, name: &str, offer: &str) -> bool {
        let (text, accept) = (self.entry.get(&format!("f.{name}")), self.entry.get("accept"));
        text == offer && !offer.is_empty() || accept == name || (accept == "*" && self.own(name).is_empty())
    }

    /// The officer's own value, with the register's beside it where that is another.
    fn kept(&self, view: &mut BoxView, property: &Property, answered: &FieldView) {
        let lang = self.lang;
        if let Some(value) = &answered.value {
            let typed = text_of(property, value, None, self.catalog);
            if !typed.is_empty() {
                view.text = typed;
            }
        }
        let raw = self.fields.as_array().into_iter().flatten().find(|field| field["path"] == answered.path.as_str());
        match raw.map(|field| &field["value"]).filter(|value| !value.is_null()) {
            Some(value) => {
                view.offer = text_of(property, value, answered.text.as_deref(), self.catalog);
                view.offered.clone_from(&view.offer);
                view.badge = Some(Badge::new("warn", lang.pick("giữ ô đã gõ, CSDL khác", "kept, register differs")));
                view.why = self.sources(answered);
            }
            None => view.badge = Some(Badge::new("info", lang.pick("giữ ô đã gõ", "kept as typed"))),
        }
    }

    fn choices(&self, view: &mut BoxView, answered: &FieldView) {
        if answered.choices.is_empty() {
            return;
        }
        view.control = Control::Choice;
        view.choices = answered.choices.iter().map(|(_, label)| label.clone()).collect();
        let codes: Map<String, Value> =
            answered.choices.iter().map(|(code, label)| (label.clone(), Value::from(code.as_str()))).collect();
        view.codes = Value::Object(codes).to_string();
    }

    /// Where a value comes from, in the words of the dictionary.
    fn sources(&self, answered: &FieldView) -> String {
        let known: Vec<&Source> = self.form.targets.iter().flat_map(sources_of).collect();
        let word = |path: &String| {
            let source = known.iter().find(|source| *source.slot.path == **path)?;
            let entry = attribute_of(source).and_then(|attribute| self.catalog.dictionary.entry(attribute));
            let label = entry.map_or(path.as_str(), |entry| self.lang.pick(&entry.label_vi, &entry.label_en));
            let role = source.slot.role.and_then(|role| self.form.roles.get(role));
            Some(role.map_or_else(|| label.to_owned(), |role| format!("{label} ({})", role.label)))
        };
        answered.sources.iter().filter_map(word).collect::<Vec<_>>().join(", ")
    }

    fn fits(&self, property: &Property, name: &str, typed: &str) -> bool {
        // Columns and free lists are read when the form is handed in.
        let is_top = *name == *property.key;
        !is_top || property.kind == PropertyKind::List || self.typed_value(property, name, typed).is_some()
    }

    /// The value of what stands in a box; `None`: it does not fit.
    fn typed_value(&self, property: &Property, name: &str, typed: &str) -> Option<Value> {
        let code = self.entry.kept(&format!("c.{name}")).get(typed).cloned();
        let value = code.or_else(|| value_of(property, typed, self.catalog))?;
        let schema = &self.form.schema;
        let fits = *name != *property.key
            || (schema.accepts(&property.key, &value) && schema.is_real_date(&property.key, &value));
        fits.then_some(value)
    }

    /// What the officer typed, as the request's `typed`; what was accepted is the register's, and is filled anew. A list
    /// whose people are looked up is filled, not typed.
    pub fn typed(&self, filled_lists: &[&str]) -> Map<String, Value> {
        let mut typed = Map::new();
        for property in &self.form.schema.properties {
            if property.columns.is_empty() {
                if let Some(value) = self.typed_box(property, &property.key) {
                    typed.insert(property.key.to_string(), value);
                }
            } else if !filled_lists.contains(&&*property.key) {
                let rows = self.typed_rows(property);
                if !rows.is_empty() && self.form.schema.accepts(&property.key, &Value::from(rows.clone())) {
                    typed.insert(property.key.to_string(), Value::from(rows));
                }
            }
        }
        typed
    }

    fn typed_rows(&self, property: &Property) -> Vec<Value> {
        let row = |row: usize| {
            let members = property.columns.iter().filter_map(|column| {
                let name = format!("{}.{row}.{}", property.key, column.key);
                Some((column.key.to_string(), self.typed_box(column, &name)?))
            });
            Some(Value::Object(members.collect())).filter(|row| row.as_object().is_some_and(|row| !row.is_empty()))
        };
        (0..self.entry.rows(&format!("f.{}", property.key))).filter_map(row).collect()
    }

    fn typed_box(&self, property: &Property, name: &str) -> Option<Value> {
        let text = self.own(name);
        if text.is_empty() || self.entry.get("accept") == name {
            return None;
        }
        self.typed_value(property, name, text)
    }
}

fn sources_of(target: &Target) -> Vec<&Source> {
    match &target.filling {
        Filling::Manual => Vec::new(),
        Filling::Mapped(mapped) => mapped.sources.iter().collect(),
        Filling::Rows { columns, .. } => columns.iter().flat_map(sources_of).collect(),
    }
}

fn control(kind: &PropertyKind) -> Control {
    match kind {
        PropertyKind::Boolean => Control::Tick,
        PropertyKind::List => Control::Area,
        _ => Control::Line,
    }
}

fn list_of(kind: &PropertyKind) -> String {
    match kind {
        PropertyKind::Code(list) => format!("list-{list}"),
        _ => String::new(),
    }
}

fn hint(kind: &PropertyKind, lang: Language) -> &'static str {
    match kind {
        PropertyKind::Date => lang.pick("ngày/tháng/năm", "day/month/year"),
        PropertyKind::PartialDate => lang.pick("ngày/tháng/năm, hoặc chỉ năm", "day/month/year, or year"),
        _ => "",
    }
}
