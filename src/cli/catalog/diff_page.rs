//! The Markdown of `catalog diff`: what a reviewer pastes under a change request.

use std::fmt::Write as _;

use super::words::{printed, state_of};
use crate::autofill::catalog_diff::{CatalogDiff, Fate, FieldDiff, FormDiff, ServiceDiff};
use crate::autofill::{ChangeKind, FieldView};
use crate::catalog::Line;
use crate::cli::screen::Lang;

/// The whole page.
pub fn markdown(diff: &CatalogDiff, old: &str, new: &str, lang: Lang) -> String {
    let mut out =
        format!("## {}: `{}` → `{}`\n\n", lang.say("Thay đổi của danh mục", "Changes of the catalogue"), old, new);
    if diff.is_empty() {
        out.push_str(lang.say("Không có gì đổi với người mẫu nào.\n", "Nothing changes for any invented person.\n"));
        return out;
    }
    out.push_str(&summary(diff, lang));
    for (numbers, vi, en) in [
        (&diff.people_added, "Người mẫu mới", "New invented people"),
        (&diff.people_removed, "Người mẫu không còn", "Invented people that are gone"),
    ] {
        if !numbers.is_empty() {
            let _ = writeln!(out, "\n{}: {}", lang.say(vi, en), numbers.join(", "));
        }
    }
    for service in &diff.services {
        out.push_str(&service_part(service, lang));
    }
    for form in &diff.forms {
        out.push_str(&form_part(form, lang));
    }
    out
}

fn summary(diff: &CatalogDiff, lang: Lang) -> String {
    let (services, forms, people) = (diff.services.len(), diff.forms.len(), diff.people().len());
    let boxes: usize = diff.forms.iter().map(distinct_boxes).sum();
    match lang {
        Lang::Vi => format!("{services} dịch vụ, {forms} tờ khai, {boxes} ô đổi; {people} người mẫu bị ảnh hưởng.\n"),
        Lang::En => {
            format!("{services} services, {forms} forms, {boxes} boxes change; {people} invented people see it.\n")
        }
    }
}

fn distinct_boxes(form: &FormDiff) -> usize {
    let mut paths: Vec<&str> = form.fields.iter().map(|field| field.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    paths.len()
}

fn fate(fate: Fate, lang: Lang) -> &'static str {
    match fate {
        Fate::Added => lang.say(" — mới", " — new"),
        Fate::Removed => lang.say(" — bỏ", " — removed"),
        Fate::Changed => "",
    }
}

fn service_part(service: &ServiceDiff, lang: Lang) -> String {
    let what = lang.say("Dịch vụ", "Service");
    let mut out =
        format!("\n### {what} `{}`{} — {}\n\n", service.service, fate(service.fate, lang), plain(&service.name));
    out.push_str(&lines(&service.lines));
    out
}

fn form_part(form: &FormDiff, lang: Lang) -> String {
    let what = lang.say("Tờ khai", "Form");
    let mut out = format!("\n### {what} `{}`{} — {}\n\n", form.form, fate(form.fate, lang), plain(&form.title));
    let users = match form.services.as_slice() {
        [] => lang.say("chưa dịch vụ nào dùng", "no service uses it").to_owned(),
        services => services.join(", "),
    };
    let _ = writeln!(out, "{}: {users}\n", lang.say("Dịch vụ", "Services"));
    out.push_str(&lines(&form.lines));
    if form.fields.is_empty() {
        return out;
    }
    if !form.lines.is_empty() {
        out.push('\n');
    }
    out.push_str(lang.say(
        "| Ô | Thay đổi | Trước | Sau | Người mẫu |\n| --- | --- | --- | --- | --- |\n",
        "| Box | Change | Before | After | People |\n| --- | --- | --- | --- | --- |\n",
    ));
    let mut table: Vec<TableLine> = Vec::new();
    for field in &form.fields {
        let line = TableLine::of(field, lang);
        match table.iter_mut().find(|known| known.cells == line.cells) {
            Some(known) => known.people.extend(line.people),
            None => table.push(line),
        }
    }
    for line in table {
        let _ = writeln!(out, "{} {} |", line.cells, line.people.join(", "));
    }
    out
}

/// One line of the table: people for whom it reads the same stand together.
struct TableLine {
    cells: String,
    people: Vec<String>,
}

fn lines(lines: &[Line]) -> String {
    let side = |said: &Option<String>| said.as_deref().map_or("∅".to_owned(), plain);
    lines.iter().map(|line| format!("- `{}`: {} → {}\n", line.what, side(&line.before), side(&line.after))).collect()
}

impl TableLine {
    fn of(field: &FieldDiff, lang: Lang) -> Self {
        let kinds: Vec<&str> = field.kinds.iter().map(|kind| kind_word(*kind, lang)).collect();
        let named = match field.path.as_str() {
            "" => lang.say("(cả tờ khai)", "(the whole form)").to_owned(),
            path => format!("`{path}` {}", plain(&field.label)),
        };
        let asked = match field.asked.as_str() {
            "every_role" => String::new(),
            "counter" => lang.say("; chưa nêu vai", "; no role said").to_owned(),
            role => format!("; {} `{}`", lang.say("chỉ vai", "only role"), role.trim_start_matches("role:")),
        };
        // Where the value is not what changed, it would only keep people apart.
        let values = field.kinds.contains(&ChangeKind::Changed);
        let side = |view: &Option<FieldView>| view.as_ref().map_or("∅".to_owned(), |view| shown(view, values, lang));
        let (before, after) = (side(&field.before), side(&field.after));
        let cells = format!("| {named} | {}{asked} | {before} | {after} |", kinds.join(", "));
        Self { cells, people: field.people.clone() }
    }
}

fn kind_word(kind: ChangeKind, lang: Lang) -> &'static str {
    match kind {
        ChangeKind::Added => lang.say("thêm ô", "added"),
        ChangeKind::Removed => lang.say("bỏ ô", "removed"),
        ChangeKind::State => lang.say("trạng thái", "state"),
        ChangeKind::Changed => lang.say("giá trị", "changed"),
        ChangeKind::Source => lang.say("nguồn", "source"),
        ChangeKind::Lock => lang.say("khóa", "lock"),
    }
}

/// State, source and lock of one side, with the value in front where it matters.
fn shown(view: &FieldView, values: bool, lang: Lang) -> String {
    match view.state.as_str() {
        "answered" => return lang.say("trả lời", "answered").to_owned(),
        "refused" => {
            return format!("{} `{}`", lang.say("từ chối", "refused"), view.reason.as_deref().unwrap_or_default());
        }
        _ => {}
    }
    let state = state_of(view, lang);
    let value = printed(view).filter(|_| values).map(|value| format!("{}, ", plain(&value))).unwrap_or_default();
    let lock = if view.locked { " 🔒" } else { "" };
    let sources = if view.sources.is_empty() { String::new() } else { format!(" ← `{}`", view.sources.join(", ")) };
    format!("{value}{state}{sources}{lock}")
}

/// Text that Markdown takes as it is.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '|' | '*' | '_' | '`' | '\\' | '[' | ']' | '<' | '>' | '~' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '\n' | '\r' => escaped.push(' '),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_of_a_table() {
        assert_eq!(plain("a|b\n*c*"), "a\\|b \\*c\\*");
    }
}
