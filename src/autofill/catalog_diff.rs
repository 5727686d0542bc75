//! What two states of the catalogue answer differently, for every invented person.
//!
//! Each touched form is asked for each person who is known to both states: in every role at once, as somebody of whom
//! nothing is said at the counter, and in each role alone. A box is told for a person once, where it changed first.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::Value;

use super::compare::{Change, ChangeKind, compare};
use super::offline::{Offline, Unanswered, in_every_role, in_one_role};
use super::view::{FieldView, field_views};
use crate::catalog::{FormPlan, Line, form_lines, service_lines};

/// Which services and forms may have changed; the others are not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub services: BTreeSet<String>,
    pub forms: BTreeSet<String>,
}

/// Everything that differs.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct CatalogDiff {
    pub people_added: Vec<String>,
    pub people_removed: Vec<String>,
    pub services: Vec<ServiceDiff>,
    pub forms: Vec<FormDiff>,
}

/// Whether something is new, gone or different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Added,
    Removed,
    Changed,
}

#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct ServiceDiff {
    pub service: String,
    pub name: String,
    pub fate: Fate,
    pub lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct FormDiff {
    pub form: String,
    pub title: String,
    pub fate: Fate,
    /// The services that use it, in either state.
    pub services: Vec<String>,
    pub lines: Vec<Line>,
    pub fields: Vec<FieldDiff>,
}

/// A box that changed in the same way for these people. An empty path is the form as a whole: refused, or no longer.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldDiff {
    pub path: String,
    pub label: String,
    pub kinds: Vec<ChangeKind>,
    /// `every_role`, `counter` or `role:<role>`: how the people came.
    pub asked: String,
    pub people: Vec<String>,
    pub before: Option<FieldView>,
    pub after: Option<FieldView>,
}

impl CatalogDiff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The people for whom some box differs.
    pub fn people(&self) -> BTreeSet<&str> {
        let fields = self.forms.iter().flat_map(|form| &form.fields);
        fields.flat_map(|field| &field.people).map(String::as_str).collect()
    }
}

/// Compares two states; `step` is told each form before it is asked.
///
/// # Errors
/// An answer is no JSON (a programming error).
pub fn diff(
    old: &Offline,
    new: &Offline,
    touched: &Touched,
    today: Date,
    step: &mut dyn FnMut(&str),
) -> serde_json::Result<CatalogDiff> {
    let numbers = |of: &Offline| of.people().iter().map(|person| person.number.clone()).collect::<BTreeSet<_>>();
    let (before, after) = (numbers(old), numbers(new));
    let people: Vec<&String> = before.intersection(&after).collect();
    let mut forms = Vec::new();
    for id in &touched.forms {
        step(id);
        forms.extend(form_diff(&Pair { old, new, today }, id, &people)?);
    }
    Ok(CatalogDiff {
        people_added: after.difference(&before).cloned().collect(),
        people_removed: before.difference(&after).cloned().collect(),
        services: touched.services.iter().filter_map(|code| service_diff(old, new, code)).collect(),
        forms,
    })
}

fn service_diff(old: &Offline, new: &Offline, code: &str) -> Option<ServiceDiff> {
    let (before, after) = (old.catalog().service(code), new.catalog().service(code));
    let lines = service_lines(before, after);
    let name = after.or(before)?.file.name_vi.to_string();
    let fate = fate(before.is_some(), after.is_some());
    (!lines.is_empty()).then(|| ServiceDiff { service: code.to_owned(), name, fate, lines })
}

fn fate(before: bool, after: bool) -> Fate {
    match (before, after) {
        (false, _) => Fate::Added,
        (true, false) => Fate::Removed,
        (true, true) => Fate::Changed,
    }
}

struct Pair<'a> {
    old: &'a Offline,
    new: &'a Offline,
    today: Date,
}

fn form_diff(pair: &Pair<'_>, id: &str, people: &[&String]) -> serde_json::Result<Option<FormDiff>> {
    let (before, after) = (pair.old.catalog().form(id), pair.new.catalog().form(id));
    let Some(shown) = after.or(before) else { return Ok(None) };
    let fields = match (before, after) {
        (Some(before), Some(after)) => field_diffs(pair, before, after, people)?,
        _ => Vec::new(),
    };
    let lines = form_lines(before.map(|form| &**form), after.map(|form| &**form));
    if lines.is_empty() && fields.is_empty() {
        return Ok(None);
    }
    let users = [pair.old, pair.new].into_iter().flat_map(|side| side.catalog().users(id));
    let services: BTreeSet<String> = users.map(|(service, _)| service.file.code.0.clone()).collect();
    Ok(Some(FormDiff {
        form: id.to_owned(),
        title: shown.schema.title.to_string(),
        fate: fate(before.is_some(), after.is_some()),
        services: services.into_iter().collect(),
        lines,
        fields,
    }))
}

fn field_diffs(
    pair: &Pair<'_>,
    before: &FormPlan,
    after: &FormPlan,
    people: &[&String],
) -> serde_json::Result<Vec<FieldDiff>> {
    let mut fields: Vec<FieldDiff> = Vec::new();
    for number in people {
        for (asked, change) in changes(pair, before, after, number)? {
            let same = fields.iter_mut().find(|known| known.is_same(&asked, &change));
            match same {
                Some(known) => known.people.push((*number).clone()),
                None => fields.push(FieldDiff {
                    label: label(after, &change.path).or(label(before, &change.path)).unwrap_or_default(),
                    path: change.path,
                    kinds: change.kinds,
                    asked,
                    people: vec![(*number).clone()],
                    before: change.before,
                    after: change.after,
                }),
            }
        }
    }
    // The order of the paper, whoever was asked first.
    let place = |field: &FieldDiff| {
        let first = field.path.split('/').nth(1).unwrap_or_default().to_owned();
        after.targets.iter().position(|target| *target.key == *first).unwrap_or(usize::MAX)
    };
    fields.sort_by_key(place);
    Ok(fields)
}

impl FieldDiff {
    fn is_same(&self, asked: &str, change: &Change) -> bool {
        self.path == change.path
            && self.asked == asked
            && self.kinds == change.kinds
            && self.before == change.before
            && self.after == change.after
    }
}

/// The label of a box, or of the list in which it is a column.
fn label(form: &FormPlan, path: &str) -> Option<String> {
    let key = path.split('/').nth(1)?;
    form.schema.properties.iter().find(|property| *property.key == *key).map(|property| property.title.to_string())
}

/// The boxes that changed for one person, each where it changed first.
fn changes(
    pair: &Pair<'_>,
    before: &FormPlan,
    after: &FormPlan,
    number: &str,
) -> serde_json::Result<Vec<(String, Change)>> {
    let mut requests = Vec::new();
    let both = || (pair.old.request_for(before, number, pair.today), pair.new.request_for(after, number, pair.today));
    let (mut old, mut new) = both();
    in_every_role(&mut old, before);
    in_every_role(&mut new, after);
    requests.push(("every_role".to_owned(), old, new));
    let (old, new) = both();
    requests.push(("counter".to_owned(), old, new));
    for (index, role) in after.roles.iter().enumerate() {
        let (mut old, mut new) = both();
        let known = before.role(&role.slug);
        if known.is_some_and(|known| in_one_role(&mut old, before, known)) && in_one_role(&mut new, after, index) {
            requests.push((format!("role:{}", role.slug), old, new));
        }
    }
    let mut found: Vec<(String, Change)> = Vec::new();
    for (asked, old, new) in requests {
        let answers = (answer(pair.old, &old, pair.today)?, answer(pair.new, &new, pair.today)?);
        for change in between(answers) {
            if !found.iter().any(|(_, known)| known.path == change.path) {
                found.push((asked.clone(), change));
            }
        }
    }
    Ok(found)
}

/// The boxes, or the word of the refusal.
type Answered = Result<Vec<FieldView>, &'static str>;

fn answer(offline: &Offline, request: &Value, today: Date) -> serde_json::Result<Answered> {
    match offline.answer(request, today) {
        Ok(answer) => Ok(Ok(field_views(&answer))),
        Err(Unanswered::Refused(refusal)) => Ok(Err(refusal.word())),
        Err(Unanswered::Request(_)) => Ok(Err("request")),
        Err(Unanswered::Answer(error)) => Err(error),
    }
}

fn between(answers: (Answered, Answered)) -> Vec<Change> {
    let whole = |answered: Answered| match answered {
        Ok(_) => FieldView { state: "answered".to_owned(), ..FieldView::default() },
        Err(word) => FieldView { state: "refused".to_owned(), reason: Some(word.to_owned()), ..FieldView::default() },
    };
    match answers {
        (Ok(before), Ok(after)) => compare(&before, &after),
        (Err(before), Err(after)) if before == after => Vec::new(),
        (before, after) => vec![Change {
            path: String::new(),
            kinds: vec![ChangeKind::State],
            before: Some(whole(before)),
            after: Some(whole(after)),
        }],
    }
}
