//! A service (thủ tục hành chính) as written (`service-catalog/<level>/<code>.json`).

use jiff::civil::Date;

use super::dictionary::read_label;
use super::mapping_file::Spanned;
use super::provenance::{Confidence, Origin, read_provenance};
use crate::strict_json::{Finding, Node, ObjectReader};

/// The level of government that handled the service in 2021.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Province,
    District,
    Commune,
}

impl Level {
    /// All levels; the words are also the folder names.
    pub const ALL: [Self; 3] = [Self::Province, Self::District, Self::Commune];

    /// The word in files, folders and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::District => "district",
            Self::Commune => "commune",
        }
    }
}

/// A service file.
#[derive(Clone)]
pub struct ServiceFile {
    pub code: Spanned,
    pub name_vi: Box<str>,
    pub name_en: Box<str>,
    pub level: Level,
    pub field: Box<str>,
    pub ministry: Box<str>,
    pub agency: Box<str>,
    pub subject: Box<str>,
    pub legal_basis: Vec<Box<str>>,
    pub forms: Vec<FormPeriod>,
    /// A code, or `commune`: the same code, now handled at commune level.
    pub successor: Option<Box<str>>,
    /// What one should know of the service, in Vietnamese.
    pub note: Option<Box<str>>,
    pub confidence: Confidence,
    pub origin: Origin,
}

/// A form and the days on which dossiers are opened with it (both inclusive; open when absent).
#[derive(Clone)]
pub struct FormPeriod {
    pub form: Spanned,
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl ServiceFile {
    /// Reads a service file that stands in the folder of `level`.
    pub fn read(root: &Node, level: Level, findings: &mut Vec<Finding>) -> Option<Self> {
        let mut file = ObjectReader::new(root, "", findings)?;
        file.required_text("$schema");
        let code = file.required_spanned("code");
        let name = file.required_node("name");
        let level_word = file.required_spanned("level");
        let field = file.required_text("field");
        let ministry = file.required_text("ministry");
        let agency = file.required_text("agency");
        let subject = file.required_spanned("subject");
        let legal_basis = file.required_texts("legal_basis").into_iter().map(|(text, _)| Box::from(text)).collect();
        let forms = file.required_node("forms");
        let successor = file.text("successor").map(Box::from);
        let note = file.text("note").map(Box::from);
        let provenance = file.required_node("provenance");
        file.finish();
        let name = name.and_then(|name| read_label(name, "/name", findings));
        if let Some((_, span)) = level_word.filter(|(word, _)| word != level.word()) {
            findings.push(Finding::new(
                "level_folder",
                "/level",
                span,
                format!("Tệp nằm trong thư mục `{0}` nên `level` phải là `{0}`.", level.word()),
                format!("The file is in folder `{0}`, so `level` must be `{0}`.", level.word()),
            ));
        }
        if let Some((word, span)) = subject.as_ref().filter(|(word, _)| !SUBJECTS.contains(&word.as_str())) {
            let (vi, en) = (
                "`subject` là citizen, household hoặc representative.",
                "`subject` is citizen, household or representative.",
            );
            let finding = Finding::new("service_subject", "/subject", span.clone(), vi, en);
            findings.push(finding.suggesting(word, SUBJECTS));
        }
        let forms = forms.and_then(|forms| read_forms(forms, findings));
        let provenance = provenance.and_then(|provenance| read_provenance(provenance, findings));
        let (name_vi, name_en) = name?;
        let provenance = provenance?;
        Some(Self {
            code: code?,
            name_vi,
            name_en,
            level,
            field: field?.into(),
            ministry: ministry?.into(),
            agency: agency?.into(),
            subject: subject?.0.into(),
            legal_basis,
            forms: forms?,
            successor,
            note,
            confidence: provenance.confidence,
            origin: provenance.origin,
        })
    }
}

/// Who hands a dossier in.
const SUBJECTS: [&str; 3] = ["citizen", "household", "representative"];

/// The periods of `forms`; those that cannot be read are reported and left out.
fn read_forms(node: &Node, findings: &mut Vec<Finding>) -> Option<Vec<FormPeriod>> {
    let items = node.as_list().unwrap_or_default();
    if items.is_empty() {
        let (vi, en) = ("Dịch vụ cần ít nhất một tờ khai.", "A service needs at least one form.");
        findings.push(Finding::new("no_form", "/forms", node.span.clone(), vi, en));
        return None;
    }
    let before = findings.len();
    let mut periods = Vec::new();
    for (index, item) in items.iter().enumerate() {
        periods.extend(read_period(item, &format!("/forms/{index}"), findings));
    }
    // A period that was left out would look like a gap.
    if findings.len() == before {
        check_periods(&periods, node, findings);
    }
    Some(periods)
}

fn read_period(item: &Node, pointer: &str, findings: &mut Vec<Finding>) -> Option<FormPeriod> {
    let mut period = ObjectReader::new(item, pointer, findings)?;
    let form = period.required_spanned("form");
    let from = period.node("from");
    let to = period.node("to");
    period.text("note");
    period.finish();
    let (from, to) = (read_day(from, pointer, findings), read_day(to, pointer, findings));
    let (from, to) = (from?, to?);
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        let (vi, en) = ("`to` ở trước `from`.", "`to` is before `from`.");
        findings.push(Finding::new("period_order", pointer, item.span.clone(), vi, en));
    }
    Some(FormPeriod { form: form?, from, to })
}

/// Every date has a form, and one form does not stand twice for the same date.
fn check_periods(periods: &[FormPeriod], node: &Node, findings: &mut Vec<Finding>) {
    for (index, period) in periods.iter().enumerate() {
        let twice = periods[..index].iter().any(|other| {
            other.form.0 == period.form.0
                && in_force(other, period.from.unwrap_or(Date::MIN)) | in_force(period, other.from.unwrap_or(Date::MIN))
        });
        if twice {
            findings.push(Finding::new(
                "period_overlap",
                format!("/forms/{index}"),
                period.form.1.clone(),
                "Tờ khai này đã có hiệu lực trong cùng thời gian.",
                "This form is already in force in the same period.",
            ));
        }
    }
    // Days on which something begins or has just ended: if each of them has a form, every day has one.
    let mut corners = vec![Date::MIN];
    corners.extend(periods.iter().filter_map(|period| period.to.and_then(|to| to.tomorrow().ok())));
    for day in corners {
        if !periods.iter().any(|period| in_force(period, day)) {
            let when = if day == Date::MIN { "đầu".to_owned() } else { day.to_string() };
            findings.push(Finding::new(
                "period_gap",
                "/forms",
                node.span.start..node.span.start + 1,
                format!("Không tờ khai nào có hiệu lực từ {when}."),
                if day == Date::MIN {
                    "No form is in force in the beginning (leave out `from` of the oldest).".to_owned()
                } else {
                    format!("No form is in force from {day} on.")
                },
            ));
        }
    }
}

/// Whether a period holds a day.
pub fn in_force(period: &FormPeriod, day: Date) -> bool {
    period.from.is_none_or(|from| from <= day) && period.to.is_none_or(|to| day <= to)
}

fn read_day(node: Option<&Node>, pointer: &str, findings: &mut Vec<Finding>) -> Option<Option<Date>> {
    let Some(node) = node else { return Some(None) };
    match node.as_text().filter(|text| text.len() == 10).and_then(|text| text.parse().ok()) {
        Some(day) => Some(Some(day)),
        None => {
            let (vi, en) = ("Ngày phải có dạng yyyy-mm-dd và có thật.", "A day is written yyyy-mm-dd and must exist.");
            findings.push(Finding::new("period_date", pointer, node.span.clone(), vi, en));
            None
        }
    }
}
