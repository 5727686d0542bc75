//! Legal bases: missing, repealed with their successor, and wanted by sensitive data.

use jiff::civil::{Date, date};

use super::super::dictionary::quoted_list;
use super::super::finding::FileFinding;
use super::super::load::Parts;
use crate::strict_json::{Finding, Kind};

/// A text that is often cited and no longer in force (RISKS §1).
struct Repealed {
    /// Number and year, and what follows them in the full number.
    number: &'static str,
    kind: &'static str,
    ended: Date,
    successor: &'static str,
}

const fn repealed(number: &'static str, kind: &'static str, ended: Date, successor: &'static str) -> Repealed {
    Repealed { number, kind, ended, successor }
}

const REPEALED: &[Repealed] = &[
    repealed("13/2023", "NĐ-CP", date(2026, 1, 1), "91/2025/QH15, 356/2025/NĐ-CP"),
    repealed("86/2015", "QH13", date(2026, 7, 1), "116/2025/QH15"),
    repealed("24/2018", "QH14", date(2026, 7, 1), "116/2025/QH15"),
    repealed("85/2016", "NĐ-CP", date(2026, 8, 19), "331/2026/NĐ-CP"),
    repealed("12/2022", "TT-BTTTT", date(2026, 8, 19), "331/2026/NĐ-CP"),
    // The day is the last of the year in which the Decree that ended it was issued.
    repealed("47/2020", "NĐ-CP", date(2025, 12, 31), "278/2025/NĐ-CP"),
    repealed("42/2022", "NĐ-CP", date(2026, 7, 1), "224/2026/NĐ-CP"),
    repealed("61/2018", "NĐ-CP", date(2025, 7, 1), "118/2025/NĐ-CP"),
    repealed("107/2021", "NĐ-CP", date(2025, 7, 1), "118/2025/NĐ-CP"),
    repealed("137/2015", "NĐ-CP", date(2024, 7, 1), "70/2024/NĐ-CP"),
    repealed("37/2021", "NĐ-CP", date(2024, 7, 1), "70/2024/NĐ-CP"),
    repealed("59/2022", "NĐ-CP", date(2024, 7, 1), "69/2024/NĐ-CP"),
];

/// Checks the legal bases of all services, and the forms that take sensitive data for them.
pub fn check(parts: &Parts<'_>, today: Date) -> Vec<FileFinding> {
    let mut findings = Vec::new();
    for service in &parts.services {
        let Some(basis) = service.root.as_ref().and_then(|root| root.member("legal_basis")) else { continue };
        let Kind::List(items) = &basis.value.kind else { continue };
        if items.is_empty() {
            let (vi, en) = ("Dịch vụ chưa có căn cứ pháp lý.", "The service has no legal basis.");
            let finding = Finding::new("no_legal_basis", "/legal_basis", basis.value.span.clone(), vi, en);
            findings.push(FileFinding::new(service.file, finding));
        }
        for (index, item) in items.iter().enumerate() {
            if let Some(successor) = item.as_text().and_then(|text| successor_of(text, today)) {
                let finding = Finding::new(
                    "repealed_basis",
                    format!("/legal_basis/{index}"),
                    item.span.clone(),
                    format!("Văn bản này đã hết hiệu lực; nay là {successor}."),
                    format!("This text is no longer in force; it is {successor} now."),
                );
                findings.push(FileFinding::new(service.file, finding));
            }
        }
    }
    findings.extend(sensitive(parts));
    findings
}

/// What replaced a cited text that had ended by a day, also when the citation says so itself.
pub fn successor_of(cited: &str, today: Date) -> Option<String> {
    if let Some((_, after)) = cited.split_once("thay bởi ") {
        return Some(after.trim_end_matches(')').to_owned());
    }
    let table = REPEALED.iter().filter(|text| text.ended <= today);
    let mut hit = table.filter(|text| {
        let start = cited.find(text.number).filter(|at| !cited[..*at].ends_with(|c: char| c.is_ascii_digit()));
        start.is_some_and(|at| {
            // Without its kind a number may be of any text; `NĐ 13/2023` says it in front.
            match cited[at + text.number.len()..].strip_prefix('/') {
                Some(kind) => kind.starts_with(text.kind),
                None => text.kind == "NĐ-CP" && cited[..at].contains("NĐ"),
            }
        })
    });
    hit.next().map(|text| text.successor.to_owned())
}

/// Forms that take sensitive attributes and are used by services without legal basis.
fn sensitive(parts: &Parts<'_>) -> Vec<FileFinding> {
    let mut findings = Vec::new();
    for form in &parts.forms {
        let Some((place, path)) = &form.sensitive else { continue };
        let uses = |service: &super::super::service_file::ServiceFile| {
            service.legal_basis.is_empty() && service.forms.iter().any(|period| period.form.0 == *form.mapping.stem)
        };
        let services = parts.services.iter().filter_map(|service| service.service.as_ref());
        let codes: Vec<&str> =
            services.filter(|service| uses(service)).map(|service| service.code.0.as_str()).collect();
        if !codes.is_empty() {
            let codes = quoted_list(&codes);
            let finding = Finding::new(
                "sensitive_without_basis",
                "",
                place.clone(),
                format!("`{path}` là dữ liệu nhạy cảm, mà dịch vụ dùng tờ khai chưa có căn cứ pháp lý: {codes}."),
                format!("`{path}` is sensitive, and services that use the form have no legal basis: {codes}."),
            );
            findings.push(FileFinding::new(form.mapping, finding));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repealed_texts_name_their_successor_from_their_day_on() {
        let today = date(2026, 11, 25);
        for (cited, successor) in [
            ("47/2020/NĐ-CP", Some("278/2025/NĐ-CP")),
            ("NĐ 42/2022/NĐ-CP, Điều 3", Some("224/2026/NĐ-CP")),
            ("NĐ 13/2023", Some("91/2025/QH15, 356/2025/NĐ-CP")),
            ("NĐ 15/2021/NĐ-CP (thay bởi NĐ 175/2024/NĐ-CP)", Some("NĐ 175/2024/NĐ-CP")),
            ("147/2020/NĐ-CP", None),
            ("13/2023/TT-BTC", None),
            ("123/2015/NĐ-CP", None),
        ] {
            assert_eq!(successor_of(cited, today).as_deref(), successor, "{cited}");
        }
        assert_eq!(successor_of("85/2016/NĐ-CP", date(2026, 8, 18)), None);
        assert!(successor_of("85/2016/NĐ-CP", date(2026, 8, 19)).is_some());
    }
}
