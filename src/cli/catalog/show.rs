//! `diensan catalog show`.

use std::fmt::Write as _;
use std::process::ExitCode;

use super::folders::{Folders, unknown};
use crate::catalog::{
    Catalog, Confidence, Filling, FormPlan, Mapped, Service, SourceAttribute, Target, applicant_words, boxes_from,
    periods,
};
use crate::cli::screen::{FAINT, GOOD, HEADING, Lang, NOTICE, paint, print, table};

/// Options of `catalog show`.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    folders: Folders,
    /// The code of a service, the id of a form, or the path of an attribute.
    #[arg(value_name = "CODE|FORM|ATTRIBUTE")]
    what: String,
}

/// Shows what is named.
///
/// # Errors
/// The catalogue has findings, or nothing has that name.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let (lang, what) = (options.folders.lang, options.what.as_str());
    let catalog = options.folders.load()?;
    let attribute = SourceAttribute::from_path(what);
    let text = match (catalog.service(what), catalog.form(what), attribute) {
        (Some(found), ..) => service(found, lang),
        (None, Some(found), _) => form(&catalog, found, lang),
        (None, None, Some(found)) => attribute_page(&catalog, found, lang),
        (None, None, None) => {
            let services = catalog.services();
            let mut known: Vec<&str> = SourceAttribute::all().map(SourceAttribute::path).collect();
            known.extend(services.iter().map(|service| service.file.code.0.as_str()));
            known.extend(catalog.forms().into_iter().map(|form| &*form.id));
            let (vi, en) =
                ("không có dịch vụ, tờ khai hay thuộc tính này", "there is no such service, form or attribute");
            return Err(unknown(lang, vi, en, what, known));
        }
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn confidence(confidence: Confidence, lang: Lang) -> String {
    let words = match confidence {
        Confidence::High => ("cao: đã thấy văn bản", "high: the text was seen"),
        Confidence::Medium => ("vừa: thấy một phần", "medium: seen in part"),
        Confidence::Low => ("thấp: chưa thấy, không khóa ô nào", "low: not sighted, no box is locked"),
    };
    let style = if confidence == Confidence::High { GOOD } else { NOTICE };
    paint(style, lang.say(words.0, words.1))
}

fn line(out: &mut String, name: &str, said: &str) {
    if !said.is_empty() {
        let _ = writeln!(out, "  {}: {said}", paint(FAINT, name));
    }
}

fn service(service: &Service, lang: Lang) -> String {
    let file = &service.file;
    let mut out = format!("{} {}\n", paint(HEADING, &file.code.0), file.name_vi);
    let _ = writeln!(out, "{}", file.name_en);
    line(&mut out, lang.say("cấp", "level"), file.level.word());
    line(&mut out, lang.say("lĩnh vực", "field"), &file.field);
    line(&mut out, lang.say("bộ", "ministry"), &file.ministry);
    line(&mut out, lang.say("cơ quan", "agency"), &file.agency);
    line(&mut out, lang.say("đối tượng", "subject"), &file.subject);
    line(&mut out, lang.say("thay thế bởi", "successor"), file.successor.as_deref().unwrap_or_default());
    let none = lang.say("(chưa có)", "(none yet)");
    let basis = if file.legal_basis.is_empty() { none.to_owned() } else { file.legal_basis.join(", ") };
    line(&mut out, lang.say("căn cứ pháp lý", "legal basis"), &basis);
    line(&mut out, lang.say("độ tin cậy", "confidence"), &confidence(file.confidence, lang));
    let _ = writeln!(out, "{}", paint(HEADING, lang.say("Tờ khai", "Forms")));
    let always = lang.say("mọi ngày", "every day");
    let lines = service.forms.iter().map(|form| {
        let days = Some(periods(form)).filter(|days| !days.is_empty()).unwrap_or(always.to_owned());
        let plan = &form.plan;
        vec![plan.id.to_string(), days, plan.confidence.word().to_owned(), plan.schema.title.to_string()]
    });
    let header = match lang {
        Lang::Vi => ["tờ khai", "hiệu lực", "độ tin cậy", "tên"],
        Lang::En => ["form", "in force", "confidence", "title"],
    };
    out.push_str(&table(&header, header.len(), lines));
    out
}

fn form(catalog: &Catalog, form: &FormPlan, lang: Lang) -> String {
    let mut out = format!("{} {}\n", paint(HEADING, &form.id), form.schema.title);
    line(&mut out, lang.say("độ tin cậy", "confidence"), &confidence(form.confidence, lang));
    line(&mut out, lang.say("người tại quầy", "applicant"), &applicant_words(form));
    for role in &form.roles {
        let flags = [
            (role.lookup, lang.say("được tra cứu", "may be looked up")),
            (role.filer, lang.say("nộp thay", "files for another")),
            (role.rows, lang.say("nhiều người, mỗi người một dòng", "a list, one row a person")),
        ];
        let flags: Vec<&str> = flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).collect();
        let flags = if flags.is_empty() { String::new() } else { format!(" ({})", flags.join(", ")) };
        line(&mut out, lang.say("vai", "role"), &format!("{}: {}{flags}", role.slug, role.label));
    }
    let users = catalog.users(&form.id);
    let _ = writeln!(out, "{}", paint(HEADING, lang.say("Dịch vụ dùng tờ khai", "Services that use it")));
    if users.is_empty() {
        let _ = writeln!(out, "  {}", lang.say("chưa có", "none yet"));
    }
    for (service, used) in users {
        let _ = writeln!(out, "  {} {} {}", service.file.code.0, service.file.name_vi, periods(used));
    }
    let _ = writeln!(out, "{}", paint(HEADING, lang.say("Ô", "Boxes")));
    let mut lines = Vec::new();
    for (target, property) in form.targets.iter().zip(&form.schema.properties) {
        lines.push(box_line(form, target, "", property.required, lang));
        if let Filling::Rows { columns, .. } = &target.filling {
            lines.extend(columns.iter().map(|column| box_line(form, column, "  · ", false, lang)));
        }
    }
    let header = match lang {
        Lang::Vi => ["ô", "nhãn", "lấy từ"],
        Lang::En => ["box", "label", "from"],
    };
    out.push_str(&table(&header, header.len(), lines));
    out.push_str(&paint(FAINT, lang.say("* bắt buộc   🔒 khóa   ? gợi ý\n", "* required   🔒 locked   ? suggested\n")));
    out
}

fn box_line(form: &FormPlan, target: &Target, indent: &str, required: bool, lang: Lang) -> Vec<String> {
    let from = match &target.filling {
        Filling::Manual => lang.say("nhập tay", "by hand").to_owned(),
        Filling::Rows { role, .. } => {
            format!("{} {}", lang.say("mỗi dòng một", "a row for each"), form.roles[*role].slug)
        }
        Filling::Mapped(mapped) => sources(form, mapped, lang),
    };
    let required = if required { " *" } else { "" };
    vec![format!("{indent}{}", target.key), format!("{}{required}", target.title), from]
}

/// The sources of a box, its transform, conditions and lock.
fn sources(form: &FormPlan, mapped: &Mapped, lang: Lang) -> String {
    let suggested = |suggest: bool| if suggest { "?" } else { "" };
    let paths: Vec<String> = mapped
        .sources
        .iter()
        .map(|source| format!("{}{}", source.slot.path, suggested(mapped.suggest || source.slot.suggest)))
        .collect();
    let mut said = match &mapped.separator {
        Some(_) => paths.join(" + "),
        None => paths.join(lang.say(" / hoặc ", " / or ")),
    };
    if let Some(format) = mapped.format {
        let _ = write!(said, " → {format}");
    }
    for condition in &mapped.conditions {
        let (role, attribute) = (&form.roles[condition.role].slug, condition.attribute.path());
        let codes = condition.codes.join(", ");
        let _ = write!(said, " ; {} {role}.{attribute} = {codes}", lang.say("khi", "when"));
    }
    if mapped.lock && !mapped.suggest {
        said.push_str(" 🔒");
    }
    said
}

fn attribute_page(catalog: &Catalog, attribute: SourceAttribute, lang: Lang) -> String {
    let mut out = paint(HEADING, attribute.path());
    if let Some(entry) = catalog.dictionary.entry(attribute) {
        let _ = writeln!(out, " {} / {}", entry.label_vi, entry.label_en);
        line(&mut out, lang.say("loại", "type"), entry.kind.word());
        let (yes, no) = (lang.say("có", "yes"), lang.say("không", "no"));
        line(&mut out, lang.say("nhạy cảm", "sensitive"), if entry.sensitive { yes } else { no });
        line(&mut out, lang.say("khóa mặc định", "locked by default"), if entry.lock { yes } else { no });
        let example = entry.example.as_ref().map(|example| match example.as_str() {
            Some(text) => text.to_owned(),
            None => example.to_string(),
        });
        line(&mut out, lang.say("ví dụ", "example"), &example.unwrap_or_default());
        line(&mut out, lang.say("lưu ý", "remarks"), &entry.remarks);
    }
    let forms = catalog.forms();
    let takers = forms.iter().filter_map(|form| {
        let boxes = boxes_from(&form.targets, attribute);
        (!boxes.is_empty()).then(|| vec![form.id.to_string(), boxes.join(", ")])
    });
    let takers: Vec<Vec<String>> = takers.collect();
    let count = takers.len();
    let title = match lang {
        Lang::Vi => format!("{count} tờ khai lấy thuộc tính này"),
        Lang::En => format!("{count} forms take it"),
    };
    let _ = writeln!(out, "{}", paint(HEADING, &title));
    if count > 0 {
        let header = [lang.say("tờ khai", "form"), lang.say("ô", "boxes")];
        out.push_str(&table(&header, header.len(), takers));
    }
    out
}
