//! What is different between two answers for the same person and form.

use super::view::FieldView;

/// In which way a box changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The box is new on the form.
    Added,
    /// The form has the box no more.
    Removed,
    /// Filled, suggested, empty, or empty for another reason.
    State,
    /// Another value, printed text or choice.
    Changed,
    /// The same value from another attribute.
    Source,
    /// Locked, or locked no more.
    Lock,
}

/// One box that changed; a box that was added or removed has only one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: String,
    pub kinds: Vec<ChangeKind>,
    pub before: Option<FieldView>,
    pub after: Option<FieldView>,
}

/// The boxes that differ, in the order of the new form; those that are gone come last.
pub fn compare(before: &[FieldView], after: &[FieldView]) -> Vec<Change> {
    let mut changes = Vec::new();
    for new in after {
        let old = before.iter().find(|old| old.path == new.path);
        let kinds = old.map_or(vec![ChangeKind::Added], |old| kinds(old, new));
        if !kinds.is_empty() {
            changes.push(Change { path: new.path.clone(), kinds, before: old.cloned(), after: Some(new.clone()) });
        }
    }
    for old in before.iter().filter(|old| !after.iter().any(|new| new.path == old.path)) {
        let (path, kinds) = (old.path.clone(), vec![ChangeKind::Removed]);
        changes.push(Change { path, kinds, before: Some(old.clone()), after: None });
    }
    changes
}

fn kinds(old: &FieldView, new: &FieldView) -> Vec<ChangeKind> {
    let mut kinds = Vec::new();
    let same_state = old.state == new.state && old.reason == new.reason;
    let offered = |view: &FieldView| (view.text.clone(), view.choices.clone(), view.new_units.clone());
    let same_value = old.value == new.value && offered(old) == offered(new);
    if !same_state {
        kinds.push(ChangeKind::State);
    }
    // A box that lost or won its value says so by its state.
    if !same_value && old.value.is_some() == new.value.is_some() {
        kinds.push(ChangeKind::Changed);
    }
    if same_state && same_value && old.sources != new.sources {
        kinds.push(ChangeKind::Source);
    }
    if old.locked != new.locked {
        kinds.push(ChangeKind::Lock);
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(value: &str, source: &str, locked: bool) -> FieldView {
        FieldView {
            path: "/ten".to_owned(),
            state: "filled".to_owned(),
            value: Some(value.into()),
            sources: vec![source.to_owned()],
            locked,
            ..FieldView::default()
        }
    }

    fn empty(reason: &str) -> FieldView {
        let (path, state) = ("/ten".to_owned(), "empty".to_owned());
        FieldView { path, state, reason: Some(reason.to_owned()), ..FieldView::default() }
    }

    fn kinds_of(before: &[FieldView], after: &[FieldView]) -> Vec<ChangeKind> {
        compare(before, after).into_iter().flat_map(|change| change.kinds).collect()
    }

    #[test]
    fn every_way_of_changing_has_its_name() {
        use ChangeKind::{Added, Changed, Lock, Removed, Source, State};
        let locked = || [filled("MẪU", "me.ho_va_ten", true)];
        assert_eq!(kinds_of(&locked(), &locked()), []);
        assert_eq!(kinds_of(&[], &locked()), [Added]);
        assert_eq!(kinds_of(&locked(), &[]), [Removed]);
        assert_eq!(kinds_of(&locked(), &[filled("MẪU", "me.ho_va_ten", false)]), [Lock]);
        assert_eq!(kinds_of(&locked(), &[filled("MẪU HAI", "cha.ho_va_ten", true)]), [Changed]);
        assert_eq!(kinds_of(&locked(), &[filled("MẪU", "cha.ho_va_ten", true)]), [Source]);
        assert_eq!(kinds_of(&locked(), &[empty("manual")]), [State, Lock]);
        assert_eq!(kinds_of(&[empty("not_given")], &[empty("manual")]), [State]);
    }
}
