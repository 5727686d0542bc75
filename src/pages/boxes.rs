//! The boxes of a form: what stands on paper beside what fills it.

use super::visit::Visit;
use super::words::{Badge, Link, kind_word, printed_section};
use crate::catalog::{Catalog, FieldUse, Filling, FormPlan, Language, Mapped, Property, Target, attribute_of};

/// The boxes under one printed heading.
pub struct BoxGroup {
    pub heading: String,
    pub boxes: Vec<BoxRow>,
}

/// One box, or a column of a list.
pub struct BoxRow {
    pub key: String,
    pub title: String,
    pub kind: &'static str,
    pub required: bool,
    /// A column of the list above it.
    pub is_column: bool,
    pub state: Badge,
    /// The attributes that fill it, and the word between them.
    pub sources: Vec<SourceWord>,
    pub between: &'static str,
    /// What else is to be said: the transform, conditions, the role of a list's rows.
    pub remarks: Vec<String>,
}

/// An attribute that fills a box.
pub struct SourceWord {
    /// The role whose record it is of; empty for what the request itself says.
    pub role: String,
    pub attribute: Link,
    pub path: String,
    pub suggested: bool,
}

/// All boxes in the order of the paper, grouped by heading.
pub fn boxes(catalog: &Catalog, form: &FormPlan, visit: &Visit) -> Vec<BoxGroup> {
    let mut groups: Vec<BoxGroup> = Vec::new();
    for (target, property) in form.targets.iter().zip(&form.schema.properties) {
        let heading = printed_section(form, property);
        let mut rows = vec![row(catalog, form, target, property, false, visit)];
        if let Filling::Rows { columns, .. } = &target.filling {
            let columns = columns.iter().zip(&property.columns);
            rows.extend(columns.map(|(column, property)| row(catalog, form, column, property, true, visit)));
        }
        match groups.last_mut() {
            Some(group) if group.heading == heading => group.boxes.append(&mut rows),
            _ => groups.push(BoxGroup { heading, boxes: rows }),
        }
    }
    groups
}

/// How a box is filled, in a word.
pub fn state_badge(target: &Target, lang: Language) -> Badge {
    match FieldUse::of(target) {
        FieldUse::Manual => Badge::new("", lang.pick("nhập tay", "by hand")),
        FieldUse::Rows => Badge::new("info", lang.pick("mỗi người một dòng", "one row a person")),
        FieldUse::Suggested => Badge::new("warn", lang.pick("gợi ý", "suggested")),
        FieldUse::Mapped if target.mapped().is_some_and(|mapped| mapped.lock) => {
            Badge::new("good", lang.pick("điền và khóa", "filled, locked"))
        }
        FieldUse::Mapped => Badge::new("good", lang.pick("điền", "filled")),
    }
}

fn row(
    catalog: &Catalog,
    form: &FormPlan,
    target: &Target,
    property: &Property,
    is_column: bool,
    visit: &Visit,
) -> BoxRow {
    let lang = visit.lang;
    let (mut sources, mut between, mut remarks) = (Vec::new(), "", Vec::new());
    match &target.filling {
        Filling::Manual => {}
        Filling::Rows { role, .. } => {
            let label = form.roles.get(*role).map(|role| &*role.label).unwrap_or_default();
            remarks.push(lang.pick(format!("mỗi “{label}” một dòng"), format!("one row for each “{label}”")));
        }
        Filling::Mapped(mapped) => {
            sources = source_words(catalog, form, mapped, visit);
            between = match mapped.separator {
                Some(_) => lang.pick("ghép với", "joined with"),
                None => lang.pick("nếu trống thì", "or, when blank,"),
            };
            remarks = self::remarks(form, mapped, lang);
        }
    }
    BoxRow {
        key: target.key.to_string(),
        title: target.title.to_string(),
        kind: kind_word(property.kind.word(), lang),
        required: property.required,
        is_column,
        state: state_badge(target, lang),
        sources,
        between,
        remarks,
    }
}

fn source_words(catalog: &Catalog, form: &FormPlan, mapped: &Mapped, visit: &Visit) -> Vec<SourceWord> {
    let word = |source: &crate::catalog::Source| {
        let path = source.slot.path.to_string();
        let attribute = attribute_of(source);
        let entry = attribute.and_then(|attribute| catalog.dictionary.entry(attribute));
        let label = entry.map_or(path.as_str(), |entry| visit.lang.pick(&entry.label_vi, &entry.label_en));
        let known = attribute.map_or(path.as_str(), |attribute| attribute.path());
        let role = source.slot.role.and_then(|role| form.roles.get(role));
        SourceWord {
            role: role.map(|role| role.label.to_string()).unwrap_or_default(),
            attribute: Link { href: visit.href(&format!("/catalog/attributes/{known}")), label: label.to_owned() },
            suggested: source.slot.suggest && !mapped.suggest,
            path,
        }
    };
    mapped.sources.iter().map(word).collect()
}

fn remarks(form: &FormPlan, mapped: &Mapped, lang: Language) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(format) = mapped.format {
        let doc = crate::catalog::FORMAT_DOCS.iter().find(|doc| doc.name == format);
        remarks.push(doc.map_or(format, |doc| lang.pick(doc.vi, doc.en)).to_owned());
    }
    for condition in &mapped.conditions {
        let role = form.roles.get(condition.role).map(|role| &*role.label).unwrap_or_default();
        let codes: Vec<String> = condition
            .codes
            .iter()
            .map(|code| {
                let label = condition.list.as_ref().and_then(|list| list.find(code));
                label.map_or(code.to_string(), |entry| format!("{code} ({})", entry.name_vi))
            })
            .collect();
        let (path, codes) = (condition.attribute.path(), codes.join(", "));
        remarks.push(lang.pick(
            format!("chỉ khi {path} của “{role}” là {codes}"),
            format!("only when {path} of “{role}” is {codes}"),
        ));
    }
    remarks
}
