//! The figures of `catalog coverage` for people.

use super::coverage_report::Report;
use crate::catalog::FieldCounts;
use crate::cli::screen::{BAD, GOOD, HEADING, Lang, paint, shortened, table};

/// All tables, with headings in this language.
pub fn render(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    let heading = |vi: &str, en: &str| format!("{}\n", paint(HEADING, lang.say(vi, en)));
    out.push_str(&heading("Dịch vụ", "Services"));
    out.push_str(&services(report, lang));
    out.push_str(&heading("\nTờ khai và ô", "\nForms and boxes"));
    out.push_str(&forms(report, lang));
    out.push_str(&heading("\nTheo lĩnh vực", "\nBy field"));
    out.push_str(&domains(report, lang));
    out.push_str(&heading(
        "\nTheo người mẫu: tỷ lệ ô được điền, khi người đó giữ mọi vai",
        "\nBy invented person: share of boxes filled, the person holding every role",
    ));
    out.push_str(&people(report, lang));
    out.push_str(&heading("\nTheo tờ khai", "\nBy form"));
    out.push_str(&by_form(report, lang));
    out.push('\n');
    out.push_str(&dates(report, lang));
    out
}

fn counted(counts: &FieldCounts) -> [String; 5] {
    [counts.total, counts.mapped, counts.suggested, counts.manual, counts.rows].map(|count| count.to_string())
}

/// A share as per cent.
fn percent(ratio: Option<f64>) -> String {
    ratio.map_or("–".to_owned(), |ratio| format!("{:.1} %", ratio * 100.0))
}

fn services(report: &Report, lang: Lang) -> String {
    let level = |word: &str| match word {
        "province" => lang.say("cấp tỉnh", "province"),
        "district" => lang.say("cấp huyện", "district"),
        _ => lang.say("cấp xã", "commune"),
    };
    let by_level = ["province", "district", "commune"].into_iter().map(|word| {
        let count = report.services.by_level.get(word).copied().unwrap_or(0);
        vec![level(word).to_owned(), count.to_string()]
    });
    let total = vec![lang.say("tổng", "total").to_owned(), report.services.total.to_string()];
    table(&[lang.say("cấp", "level"), lang.say("số dịch vụ", "services")], 1, by_level.chain([total]))
}

fn forms(report: &Report, lang: Lang) -> String {
    let word = |word: &str| match word {
        "high" => lang.say("cao", "high").to_owned(),
        "medium" => lang.say("vừa", "medium").to_owned(),
        _ => lang.say("thấp", "low").to_owned(),
    };
    let line = |first: String, forms: usize, fields: &FieldCounts| {
        [first, forms.to_string()].into_iter().chain(counted(fields)).collect::<Vec<_>>()
    };
    let groups = ["high", "medium", "low"].into_iter().filter_map(|confidence| {
        let group = report.by_confidence.get(confidence)?;
        Some(line(word(confidence), group.forms, &group.fields))
    });
    let total = line(lang.say("tổng", "total").to_owned(), report.forms.total, &report.fields);
    let columns = [lang.say("cột của danh sách", "columns of lists").to_owned(), String::new()].into_iter();
    let columns = columns.chain(counted(&report.row_columns)).collect();
    let header = [lang.say("độ tin cậy", "confidence"), lang.say("tờ khai", "forms")];
    table(&with_counts(&header, lang), 1, groups.chain([total, columns]))
}

fn with_counts<'a>(header: &[&'a str], lang: Lang) -> Vec<&'a str> {
    let counts = match lang {
        Lang::Vi => ["ô", "điền", "gợi ý", "nhập tay", "theo dòng"],
        Lang::En => ["boxes", "mapped", "suggested", "manual", "rows"],
    };
    header.iter().copied().chain(counts).collect()
}

fn domains(report: &Report, lang: Lang) -> String {
    let lines = report.by_field.iter().map(|domain| {
        let first = [domain.field.clone(), domain.services.to_string(), domain.forms.to_string()];
        first.into_iter().chain(counted(&domain.fields)).collect()
    });
    let header = [lang.say("lĩnh vực", "field"), lang.say("dịch vụ", "services"), lang.say("tờ khai", "forms")];
    table(&with_counts(&header, lang), 1, lines)
}

fn people(report: &Report, lang: Lang) -> String {
    let lines = report.people.iter().map(|person| {
        let numbers = [person.forms, person.mapped, person.filled, person.offered].map(|count| count.to_string());
        let first = [person.person.clone(), shortened(&person.note, 48)];
        first.into_iter().chain(numbers).chain([percent(person.ratio)]).collect()
    });
    let header = match lang {
        Lang::Vi => ["người mẫu", "dùng để thử", "tờ khai", "ô", "đã điền", "gợi ý", "tỷ lệ"],
        Lang::En => ["person", "made for", "forms", "boxes", "filled", "offered", "ratio"],
    };
    table(&header, 2, lines)
}

fn by_form(report: &Report, lang: Lang) -> String {
    let lines = report.by_form.iter().map(|form| {
        let first = [form.form.clone(), shortened(&form.title, 48), form.services.to_string()];
        first.into_iter().chain(counted(&form.fields)).chain([percent(form.ratio)]).collect()
    });
    let header = [lang.say("tờ khai", "form"), lang.say("tên", "title"), lang.say("dịch vụ", "services")];
    let mut header = with_counts(&header, lang);
    header.push(lang.say("tỷ lệ", "ratio"));
    table(&header, 2, lines)
}

fn dates(report: &Report, lang: Lang) -> String {
    let (from, to) = (&report.dates.from, &report.dates.to);
    if report.dates.complete {
        let sentence = match lang {
            Lang::Vi => format!("Từ {from} đến {to}, ngày nào mỗi dịch vụ cũng có tờ khai mặc định."),
            Lang::En => format!("From {from} to {to} every service has a default form on every day."),
        };
        return paint(GOOD, &sentence) + "\n";
    }
    let lines = report.dates.gaps.iter().map(|gap| {
        let sentence = match lang {
            Lang::Vi => format!("{}: không có tờ khai từ {} đến {}.", gap.service, gap.from, gap.to),
            Lang::En => format!("{}: no form from {} to {}.", gap.service, gap.from, gap.to),
        };
        paint(BAD, &sentence) + "\n"
    });
    lines.collect()
}
