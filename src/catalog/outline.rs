//! A service or a form in words, and what differs between two states of it apart from the values in boxes.

use super::plan::{Applicant, FormPlan};
use super::{Service, ServiceForm};

/// One thing that is said otherwise; `None`: it is not said at all.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// The member of the file, with the role or property after a dot.
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The days of a form as `2021-07-01 … 2025-06-30`; open ends are left out.
pub fn periods(form: &ServiceForm) -> String {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    match (form.from, form.to) {
        (None, None) => String::new(),
        (from, to) => format!("{} … {}", day(from), day(to)).trim().to_owned(),
    }
}

/// Which role the person at the counter holds, as in the mapping.
pub fn applicant_words(form: &FormPlan) -> String {
    let slug = |role: &Option<usize>| role.map_or("none", |role| &*form.roles[role].slug).to_owned();
    match &form.applicant {
        Applicant::Role(role) => slug(role),
        Applicant::ByGender(table) => {
            let roles: Vec<String> =
                table.iter().map(|(code, role)| format!("{code} → {}", slug(&Some(*role)))).collect();
            format!("by_gender: {}", roles.join(", "))
        }
        Applicant::Ask(choices) => {
            format!("ask: {}", choices.iter().map(slug).collect::<Vec<_>>().join(", "))
        }
    }
}

/// What differs between two states of a service.
pub fn service_lines(before: Option<&Service>, after: Option<&Service>) -> Vec<Line> {
    differing(before.map(service_outline), after.map(service_outline))
}

/// What differs between two states of a form, apart from what is filled.
pub fn form_lines(before: Option<&FormPlan>, after: Option<&FormPlan>) -> Vec<Line> {
    differing(before.map(form_outline), after.map(form_outline))
}

type Outline = Vec<(String, String)>;

fn service_outline(service: &Service) -> Outline {
    let file = &service.file;
    let mut outline: Outline = [
        ("name.vi", &*file.name_vi),
        ("name.en", &*file.name_en),
        ("level", file.level.word()),
        ("field", &*file.field),
        ("ministry", &*file.ministry),
        ("agency", &*file.agency),
        ("subject", &*file.subject),
        ("successor", file.successor.as_deref().unwrap_or_default()),
        ("confidence", file.confidence.word()),
    ]
    .into_iter()
    .map(|(what, said)| (what.to_owned(), said.to_owned()))
    .collect();
    outline.push(("legal_basis".to_owned(), file.legal_basis.join("; ")));
    let forms = service.forms.iter().map(|form| format!("{} {}", form.plan.id, periods(form)).trim().to_owned());
    outline.push(("forms".to_owned(), forms.collect::<Vec<_>>().join("; ")));
    outline
}

fn form_outline(form: &FormPlan) -> Outline {
    let mut outline = vec![
        ("title".to_owned(), form.schema.title.to_string()),
        ("confidence".to_owned(), form.confidence.word().to_owned()),
        ("applicant".to_owned(), applicant_words(form)),
    ];
    for role in &form.roles {
        let flags = [(role.lookup, "lookup"), (role.filer, "filer"), (role.rows, "rows")];
        let flags = flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| format!(", {word}"));
        outline.push((format!("persons.{}", role.slug), format!("{}{}", role.label, flags.collect::<String>())));
    }
    for property in &form.schema.properties {
        let required = if property.required { ", required" } else { "" };
        let kind = property.kind.word();
        outline.push((format!("properties.{}", property.key), format!("{} ({kind}{required})", property.title)));
    }
    outline
}

fn differing(before: Option<Outline>, after: Option<Outline>) -> Vec<Line> {
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let said = |outline: &Outline, what: &str| {
        let found = outline.iter().find(|(known, _)| known == what);
        found.map(|(_, said)| said.clone()).filter(|said| !said.is_empty())
    };
    let gone = before.iter().filter(|(what, _)| !after.iter().any(|(known, _)| known == what));
    let lines = after.iter().chain(gone).map(|(what, _)| Line {
        what: what.clone(),
        before: said(&before, what),
        after: said(&after, what),
    });
    lines.filter(|line| line.before != line.after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_otherwise_is_a_line_and_what_is_gone_comes_last() {
        let outline = |lines: &[(&str, &str)]| {
            Some(lines.iter().map(|(what, said)| ((*what).to_owned(), (*said).to_owned())).collect())
        };
        let before = outline(&[("title", "Mẫu"), ("persons.cha", "Cha"), ("successor", "")]);
        let after = outline(&[("title", "Mẫu hai"), ("persons.me", "Mẹ"), ("successor", "")]);
        let lines: Vec<_> =
            differing(before, after).into_iter().map(|line| (line.what, line.before, line.after)).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            lines,
            [
                ("title".to_owned(), text("Mẫu"), text("Mẫu hai")),
                ("persons.me".to_owned(), None, text("Mẹ")),
                ("persons.cha".to_owned(), text("Cha"), None),
            ]
        );
    }
}
