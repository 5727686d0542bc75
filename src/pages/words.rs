//! Words of the catalogue as people read them.

use jiff::civil::Date;

use super::visit::Visit;
use crate::catalog::{Applicant, Confidence, FormPlan, Language, Level, Property, ServiceFile};
use crate::citizen::name::search_key;

/// A short word in a frame; the class says how it looks, never what it means.
pub struct Badge {
    pub class: &'static str,
    pub text: String,
}

impl Badge {
    /// A badge with one of the classes `good`, `info`, `warn`, `bad` or none.
    pub fn new(class: &'static str, text: impl Into<String>) -> Self {
        Self { class, text: text.into() }
    }
}

/// A link.
pub struct Link {
    pub href: String,
    pub label: String,
}

/// What Vietnamese names are sorted by: the letters without tones, Đ after D.
pub fn alphabetical(name: &str) -> String {
    search_key(&name.to_lowercase().replace('đ', "dz"))
}

/// The level that handled a service in 2021.
pub fn level_word(level: Level, lang: Language) -> &'static str {
    match level {
        Level::Province => lang.pick("Cấp tỉnh", "Province"),
        Level::District => lang.pick("Cấp huyện", "District"),
        Level::Commune => lang.pick("Cấp xã", "Commune"),
    }
}

/// The name of a service in the page's language.
pub fn service_name(file: &ServiceFile, lang: Language) -> &str {
    lang.pick(&file.name_vi, &file.name_en)
}

/// How sure the catalogue is of a service or form.
pub fn confidence_badge(confidence: Confidence, lang: Language) -> Badge {
    match confidence {
        Confidence::High => Badge::new("good", lang.pick("Cao: đã thấy văn bản", "High: the text was seen")),
        Confidence::Medium => Badge::new("info", lang.pick("Vừa: thấy một phần", "Medium: seen in part")),
        Confidence::Low => {
            let (vi, en) = ("Thấp: chưa thấy, không khóa ô nào", "Low: not sighted, no box is locked");
            Badge::new("warn", lang.pick(vi, en))
        }
    }
}

/// Who hands a dossier in; the words of the service files.
pub fn subject_word(subject: &str, lang: Language) -> &str {
    match subject {
        "citizen" => lang.pick("Công dân", "Citizen"),
        "household" => lang.pick("Hộ gia đình", "Household"),
        "representative" => lang.pick("Người đại diện", "Representative"),
        other => other,
    }
}

/// The kind of box; the words of the form schemas and of the dictionary.
pub fn kind_word(word: &'static str, lang: Language) -> &'static str {
    let vi = match word {
        "text" => "chữ",
        "name" => "họ tên",
        "number_text" => "dãy số",
        "code" => "mã trong danh mục",
        "date" => "ngày",
        "partial date" | "partial_date" => "ngày, tháng hoặc năm",
        "year" => "năm",
        "address" => "địa chỉ",
        "integer" => "số nguyên",
        "number" => "số",
        "boolean" => "có/không",
        "list" => "danh sách",
        other => other,
    };
    let en = match word {
        "number_text" => "digits",
        "partial_date" => "partial date",
        other => other,
    };
    lang.pick(vi, en)
}

/// A day as people here write it.
pub fn day(date: Date, lang: Language) -> String {
    let (day, month, year) = (date.day(), date.month(), date.year());
    lang.pick(format!("{day:02}/{month:02}/{year}"), date.to_string())
}

/// The days on which a form is in force, both inclusive.
pub fn days(from: Option<Date>, to: Option<Date>, lang: Language) -> String {
    let shown = |date| day(date, lang);
    match (from.map(shown), to.map(shown)) {
        (None, None) => lang.pick("mọi ngày", "every day").to_owned(),
        (Some(from), None) => lang.pick(format!("từ {from}"), format!("from {from}")),
        (None, Some(to)) => lang.pick(format!("đến {to}"), format!("until {to}")),
        (Some(from), Some(to)) => lang.pick(format!("từ {from} đến {to}"), format!("from {from} to {to}")),
    }
}

/// Which role the person at the counter holds.
pub fn applicant_words(form: &FormPlan, lang: Language) -> String {
    let label = |role: &Option<usize>| match role.and_then(|role| form.roles.get(role)) {
        Some(role) => format!("{} ({})", role.label, role.slug),
        None => lang.pick("người nộp thay, không có trên tờ khai", "files for another, not on the form").to_owned(),
    };
    match &form.applicant {
        Applicant::Role(role) => label(role),
        Applicant::ByGender(table) => {
            let roles: Vec<String> = table
                .iter()
                .map(|(code, role)| {
                    let (vi, en) = (format!("giới tính mã {code}: "), format!("gender code {code}: "));
                    lang.pick(vi, en) + &label(&Some(*role))
                })
                .collect();
            roles.join("; ")
        }
        Applicant::Ask(choices) => {
            let choices: Vec<String> = choices.iter().map(label).collect();
            let choices = choices.join(lang.pick("; hoặc ", "; or "));
            lang.pick(format!("cán bộ chọn: {choices}"), format!("the officer chooses: {choices}"))
        }
    }
}

/// The heading under which a box is printed; empty when it stands under none.
pub fn printed_section(form: &FormPlan, property: &Property) -> String {
    let published = &form.schema.published["properties"][&*property.key];
    published["x-print"]["section"].as_str().unwrap_or_default().to_owned()
}

/// A link to a service.
pub fn service_link(file: &ServiceFile, visit: &Visit) -> Link {
    Link {
        href: visit.href(&format!("/catalog/services/{}", file.code.0)),
        label: service_name(file, visit.lang).to_owned(),
    }
}

/// A link to a form by its title.
pub fn form_link(form: &FormPlan, visit: &Visit) -> Link {
    Link { href: visit.href(&format!("/catalog/forms/{}", form.id)), label: form.schema.title.to_string() }
}
