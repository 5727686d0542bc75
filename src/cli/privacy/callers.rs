//! The callers on the sheet: each with what it may ask for and for which purposes (scopes, procedures, agencies), how it
//! proves who it is, and how much it may ask. Hashes of keys and addresses of key files are nobody's concern here.

use std::fmt::Write as _;

use super::{cell, heading, line};
use crate::catalog::Catalog;
use crate::citizen::Attribute;
use crate::cli::screen::Lang;
use crate::config::{AttributePattern, CallerSettings, Pattern, Scope, ServicePattern};

/// Writes the section.
pub fn write(text: &mut String, callers: &[CallerSettings], catalog: &Catalog, lang: Lang) {
    heading(text, 2, lang.say("5. Hệ thống được phép hỏi", "5. Who may ask"));
    if callers.is_empty() {
        line(
            text,
            lang,
            "Không có: chỉ phục vụ trong cùng máy, không xác thực (hộp cát hoặc diễn tập).",
            "Nobody is configured: this machine only is served, without authentication (sandbox or rehearsal).",
        );
        return;
    }
    for caller in callers {
        heading(text, 3, &format!("`{}`", cell(&caller.name)));
        let _ = writeln!(text, "- {}: {}", lang.say("việc được làm", "may"), words(scopes(caller)));
        let _ = writeln!(
            text,
            "- {}: {} ({} {})",
            lang.say("mục đích (thủ tục)", "purposes (procedures)"),
            words(caller.services.iter().map(service)),
            services_of(caller, catalog),
            lang.say("thủ tục trong danh mục", "procedures of the catalogue"),
        );
        let _ = writeln!(text, "- {}: {}", lang.say("cơ quan", "agencies"), words(caller.agencies.iter().map(pattern)));
        let _ = writeln!(
            text,
            "- {}: {}",
            lang.say("thuộc tính được nhận", "attributes that it may receive"),
            words(caller.attributes.iter().map(attribute)),
        );
        let sensitive = sensitive_of(caller, catalog);
        let _ = writeln!(
            text,
            "- {}: {}",
            lang.say("trong đó nhạy cảm", "sensitive ones among them"),
            match sensitive.is_empty() {
                true => lang.say("không", "none").to_owned(),
                false => words(sensitive.iter().map(|attribute| attribute.path().to_owned())),
            },
        );
        let _ = writeln!(text, "- {}: {}", lang.say("chứng minh bằng", "proves itself by"), proofs(caller, lang));
        quota(text, caller, lang);
    }
}

fn quota(text: &mut String, caller: &CallerSettings, lang: Lang) {
    let quota = &caller.quota;
    let _ = writeln!(
        text,
        "- {}: {} {}, {} {}, {} {}, {} {}, {} {}\n",
        lang.say("hạn mức (số công dân khác nhau)", "limits (distinct citizens)"),
        quota.citizens_per_dossier,
        lang.say("mỗi hồ sơ", "a dossier"),
        quota.citizens_per_officer_hour,
        lang.say("mỗi cán bộ mỗi giờ", "an officer and hour"),
        quota.citizens_per_officer_day,
        lang.say("mỗi cán bộ mỗi ngày", "an officer and day"),
        quota.citizens_per_day,
        lang.say("mỗi ngày cả hệ thống", "a day in all"),
        quota.year_only_per_day,
        lang.say("mỗi cán bộ mỗi ngày chỉ bằng năm sinh", "an officer and day by year of birth alone"),
    );
}

fn proofs(caller: &CallerSettings, lang: Lang) -> String {
    let mut proofs = Vec::new();
    if !caller.keys.is_empty() {
        proofs.push(lang.say("khóa (cán bộ do hệ thống khai)", "key (the caller names the officer)").to_owned());
    }
    if let Some(tokens) = &caller.jwt {
        let strength = caller.strength.map_or_else(String::new, |least| {
            format!(", {} {least}", lang.say("mức đăng nhập từ", "log-in strength from"))
        });
        let said = lang.say("mã thông báo của (cán bộ do mã chứng minh)", "token (which proves the officer) of");
        proofs.push(format!("{said} {}{strength}", cell(&tokens.issuer)));
    }
    if !caller.certificates.is_empty() {
        proofs.push(lang.say("chứng thư máy khách", "client certificate").to_owned());
    }
    match proofs.is_empty() {
        true => lang.say("[chưa có]", "[nothing yet]").to_owned(),
        false => proofs.join("; "),
    }
}

/// Texts in code marks; a list of nothing allows nothing.
fn words(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.map(|text| format!("`{}`", cell(&text))).collect();
    if texts.is_empty() { "–".to_owned() } else { texts.join(", ") }
}

fn scopes(caller: &CallerSettings) -> impl Iterator<Item = String> {
    Scope::WORDS.iter().filter(|(_, scope)| caller.scopes.contains(scope)).map(|(word, _)| (*word).to_owned())
}

fn pattern(pattern: &Pattern) -> String {
    match pattern {
        Pattern::All => "*".to_owned(),
        Pattern::Prefix(prefix) => format!("{prefix}*"),
        Pattern::Exactly(text) => text.clone(),
    }
}

fn attribute(entry: &AttributePattern) -> String {
    format!("{}{}", if entry.sensitive { "sensitive:" } else { "" }, pattern(&entry.pattern))
}

fn service(entry: &ServicePattern) -> String {
    match entry {
        ServicePattern::All => "*".to_owned(),
        ServicePattern::Code(code) => code.clone(),
        ServicePattern::Field(field) => format!("field:{field}"),
        ServicePattern::Level(level) => format!("level:{level}"),
    }
}

fn services_of(caller: &CallerSettings, catalog: &Catalog) -> usize {
    let licensed = catalog.services().into_iter().filter(|service| {
        caller.services.iter().any(|entry| match entry {
            ServicePattern::All => true,
            ServicePattern::Code(code) => **code == *service.file.code.0,
            ServicePattern::Field(field) => **field == *service.file.field,
            ServicePattern::Level(level) => *level == service.file.level.word(),
        })
    });
    licensed.count()
}

fn sensitive_of(caller: &CallerSettings, catalog: &Catalog) -> Vec<Attribute> {
    let is_sensitive = |attribute: &Attribute| {
        catalog.dictionary.register_entry(*attribute).is_none_or(|entry| entry.sensitive)
            && caller.attributes.iter().any(|entry| entry.matches(attribute.path(), true))
    };
    Attribute::ALL.iter().copied().filter(is_sensitive).collect()
}
