//! A form before and after filling, for `catalog preview`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::words::{printed, state_of};
use crate::autofill::{FieldView, field_views};
use crate::catalog::{FormPlan, Property};
use crate::cli::screen::{FAINT, GOOD, HEADING, Lang, NOTICE, paint};

/// What an empty box looks like on paper.
const BLANK: &str = "…………";
/// Longest label that is padded; longer ones have a line of their own.
const LABEL_WIDTH: usize = 36;

/// One box: where it stands on paper and what happened to it.
struct PageBox {
    section: Option<String>,
    label: String,
    required: bool,
    view: FieldView,
}

/// An answered form.
pub struct Page<'a> {
    form: &'a FormPlan,
    request: &'a Value,
    answer: &'a Value,
    boxes: Vec<PageBox>,
}

impl<'a> Page<'a> {
    /// The boxes of an answer for this form.
    pub fn new(form: &'a FormPlan, request: &'a Value, answer: &'a Value) -> Self {
        let boxes = field_views(answer).into_iter().map(|view| page_box(form, view)).collect();
        Self { form, request, answer, boxes }
    }

    fn count(&self, state: &str) -> usize {
        self.boxes.iter().filter(|page_box| page_box.view.state == state).count()
    }

    /// Required boxes in which nothing stands.
    fn open(&self) -> usize {
        let in_data = |view: &FieldView| matches!(view.state.as_str(), "filled" | "kept");
        self.boxes.iter().filter(|page_box| page_box.required && !in_data(&page_box.view)).count()
    }

    fn warnings(&self) -> &[Value] {
        self.answer["warnings"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// Finds the property of `/key` or `/list/0/column` and where it is printed.
fn page_box(form: &FormPlan, view: FieldView) -> PageBox {
    let mut tokens = view.path.split('/').skip(1);
    let named = |properties: &'_ [Property], key: Option<&str>| {
        properties.iter().position(|property| key == Some(&*crate::strict_json::escape(&property.key)))
    };
    let Some(index) = named(&form.schema.properties, tokens.next()) else {
        return PageBox { section: None, label: view.path.clone(), required: false, view };
    };
    let property = &form.schema.properties[index];
    let print = &form.schema.published["properties"][&*property.key]["x-print"];
    let section = print["section"].as_str().map(str::to_owned);
    let row = tokens.next().and_then(|row| row.parse::<usize>().ok());
    match (row, named(&property.columns, tokens.next())) {
        (Some(row), Some(column)) => {
            let column = &property.columns[column];
            let label = format!("{} {} · {}", property.title, row + 1, column.title);
            PageBox { section, label, required: column.required, view }
        }
        _ => PageBox { section, label: property.title.to_string(), required: property.required, view },
    }
}

/// For a terminal.
pub fn human(page: &Page<'_>, lang: Lang) -> String {
    let mut out = String::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let _ = writeln!(out, "{}", paint(HEADING, &page.form.schema.title));
    let day = lang.say("ngày hồ sơ", "dossier of");
    let (service, request) = (&page.answer["service"], page.request);
    let code = text(&service["code"]);
    let _ = writeln!(out, "{} · {code} {}", page.form.id, text(&service["name"]));
    let _ = writeln!(out, "{} · {day} {}", text(&request["citizen"]["id"]), text(&request["dossier_date"]));
    out.push_str(&totals(page, lang));
    for warning in page.warnings() {
        let said = text(&warning[lang.say("detail", "title")]);
        let of = warning["person"].as_str().map(|person| format!(" ({person})")).unwrap_or_default();
        let _ = writeln!(out, "{}", paint(NOTICE, &format!("! {said}{of}")));
    }
    let widest = page.boxes.iter().map(|page_box| label_of(page_box).chars().count()).max().unwrap_or(0);
    let width = widest.min(LABEL_WIDTH);
    let mut section: Option<&Option<String>> = None;
    for page_box in &page.boxes {
        if section != Some(&page_box.section) {
            section = Some(&page_box.section);
            let title = page_box.section.as_deref().unwrap_or("·");
            let _ = writeln!(out, "\n{}", paint(HEADING, title));
        }
        out.push_str(&box_line(page_box, width, lang));
    }
    let _ = writeln!(out, "\n{}", paint(FAINT, lang.say("* bắt buộc   🔒 khóa", "* required   🔒 locked")));
    out
}

/// Before: nothing but the paper. After: what is done and what is left.
fn totals(page: &Page<'_>, lang: Lang) -> String {
    let boxes = page.boxes.len();
    let required = page.boxes.iter().filter(|page_box| page_box.required).count();
    let (filled, suggested, open) = (page.count("filled") + page.count("kept"), page.count("suggested"), page.open());
    let empty = boxes - filled - suggested;
    match lang {
        Lang::Vi => format!(
            "Trước: {boxes} ô trống, {required} ô bắt buộc.\nSau: {filled} đã điền, {suggested} gợi ý, {empty} còn \
             trống; còn {open} ô bắt buộc phải điền.\n"
        ),
        Lang::En => format!(
            "Before: {boxes} empty boxes, {required} required.\nAfter: {filled} filled, {suggested} suggested, {empty} \
             empty; {open} required boxes are left.\n"
        ),
    }
}

fn label_of(page_box: &PageBox) -> String {
    format!("{}{}", page_box.label, if page_box.required { " *" } else { "" })
}

fn box_line(page_box: &PageBox, width: usize, lang: Lang) -> String {
    let view = &page_box.view;
    let (label, value) = (label_of(page_box), printed(view));
    let style = match view.state.as_str() {
        "filled" | "kept" => GOOD,
        "suggested" => NOTICE,
        _ => FAINT,
    };
    let length = label.chars().count();
    let gap = if length > width { format!("\n  {}", " ".repeat(width)) } else { " ".repeat(width - length) };
    let lock = if view.locked { "🔒 " } else { "" };
    let after = value.map_or_else(|| paint(FAINT, BLANK), |value| paint(style, &value));
    let sources = match view.sources.as_slice() {
        [] => String::new(),
        sources => format!(" ← {}", sources.join(", ")),
    };
    let beside = match (&view.text, &view.value) {
        (Some(text), None) => format!(" [{text}]"),
        _ => String::new(),
    };
    let state = state_of(view, lang);
    let mut line =
        format!("  {label}{gap}  {BLANK} → {after}  {lock}{}\n", paint(FAINT, &format!("{state}{beside}{sources}")));
    for (code, name) in &view.choices {
        let _ = writeln!(line, "  {}  ○ {name} ({code})", " ".repeat(width));
    }
    if let Some(units) = &view.new_units {
        let xa = units["xa"].as_array().map_or(&[][..], Vec::as_slice);
        let names: Vec<&str> = xa.iter().chain([&units["tinh"]]).filter_map(|unit| unit["label"].as_str()).collect();
        let _ =
            writeln!(line, "  {}  ○ {}: {}", " ".repeat(width), lang.say("đơn vị mới", "new units"), names.join(", "));
    }
    line
}

/// For programs.
pub fn json(page: &Page<'_>) -> Value {
    let fields: Vec<Value> = page.boxes.iter().map(box_json).collect();
    json!({
        "request": page.request,
        "service": page.answer["service"],
        "form": { "id": &*page.form.id, "title": &*page.form.schema.title, "confidence": page.form.confidence.word() },
        "status": page.answer["status"],
        "counts": {
            "boxes": page.boxes.len(),
            "filled": page.count("filled"),
            "suggested": page.count("suggested"),
            "empty": page.count("empty"),
            "required_open": page.open(),
        },
        "fields": fields,
        "data": page.answer["data"],
        "lookups": page.answer["lookups"],
        "warnings": page.answer["warnings"],
    })
}

fn box_json(page_box: &PageBox) -> Value {
    let view = &page_box.view;
    let choices: Vec<Value> =
        view.choices.iter().map(|(value, label)| json!({ "value": value, "label": label })).collect();
    json!({
        "path": view.path,
        "section": page_box.section,
        "label": page_box.label,
        "required": page_box.required,
        "before": null,
        "after": view.value,
        "text": view.text,
        "state": view.state,
        "reason": view.reason,
        "sources": view.sources,
        "locked": view.locked,
        "choices": choices,
        "new_units": view.new_units,
    })
}
