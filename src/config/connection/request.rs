//! Keys that say what is written into a request (PROTOCOL §2, §4).

use super::super::section::Section;
use super::{BirthDateForm, Code, NameForm, PerOperation, RequestField, RequestSettings};

const FIELDS: [(&str, RequestField); 11] = [
    ("MaYeuCau", RequestField::MaYeuCau),
    ("MaDVC", RequestField::MaDvc),
    ("MaDichVu", RequestField::MaDichVu),
    ("MaTichHop", RequestField::MaTichHop),
    ("MaCanBo", RequestField::MaCanBo),
    ("MaDonVi", RequestField::MaDonVi),
    ("TaiKhoan", RequestField::TaiKhoan),
    ("SoDienThoai", RequestField::SoDienThoai),
    ("number", RequestField::Number),
    ("HoVaTen", RequestField::HoVaTen),
    ("NgayThangNamSinh", RequestField::NgayThangNamSinh),
];

/// `procedure_code`, `officer_code` and the table `request`.
pub fn read(section: &mut Section<'_, '_>) -> Option<RequestSettings> {
    let procedure =
        read_code(section, "procedure_code", "service", "(\"service\", the one code that upstream knows, or a table)");
    let officer =
        read_code(section, "officer_code", "request", "(\"request\", the one account that upstream knows, or a table)");
    let mut settings = RequestSettings::default();
    if let Some(mut table) = section.section("request") {
        read_table(&mut table, &mut settings);
        table.finish();
    }
    settings.procedure = procedure?;
    settings.officer = officer?;
    Some(settings)
}

/// `asked` stands for what the request names, any other text is fixed, a table lists what is permitted.
fn read_code(section: &mut Section<'_, '_>, key: &'static str, asked: &str, needed: &str) -> Option<Code> {
    if section.is_table(key) {
        return section.text_table(key).map(Code::Table);
    }
    match section.required_text(key, needed)? {
        text if text == asked => Some(Code::Asked),
        text => Some(Code::Fixed(text.to_owned())),
    }
}

fn read_table(table: &mut Section<'_, '_>, settings: &mut RequestSettings) {
    let text = |found: Option<&str>, value: &mut String| {
        if let Some(found) = found {
            found.clone_into(value);
        }
    };
    text(table.text("namespace"), &mut settings.namespace);
    if let Some((prefix, span)) = table.spanned_text("prefix") {
        if prefix.is_empty() || is_xml_name(prefix) && prefix != "soapenv" {
            prefix.clone_into(&mut settings.prefix);
        } else {
            table.report(&span, "prefix", "must be an XML name without colon, other than soapenv, or empty");
        }
    }
    read_pair(table, "operation_name", &mut settings.operation_name, is_xml_name, "must be an XML name without colon");
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    read_pair(table, "service_number", &mut settings.service_number, digits, "must be digits in quotes");
    read_fields(table, &mut settings.fields);
    settings.unit = fixed_or(table, "unit", "agency");
    settings.account = fixed_or(table, "account", "officer");
    text(table.text("phone"), &mut settings.phone);
    settings.user_name_service = fixed_or(table, "user_name_service", "officer");
    let forms = [("compact-ascii", NameForm::CompactAscii), ("upper", NameForm::Upper)];
    settings.name_form = table.word("name_form", &forms).unwrap_or(settings.name_form);
    let forms = [("yyyymmdd", BirthDateForm::Compact), ("iso", BirthDateForm::Iso)];
    settings.birth_date_form = table.word("birth_date_form", &forms).unwrap_or(settings.birth_date_form);
    let members = [("empty", true), ("absent", false)];
    settings.empty_members = table.word("unused_members", &members).unwrap_or(settings.empty_members);
}

/// A fixed text; `None` for the word that stands for what the request names.
fn fixed_or(table: &mut Section<'_, '_>, key: &'static str, asked: &str) -> Option<String> {
    table.text(key).filter(|text| *text != asked).map(str::to_owned)
}

/// `{ "037" = "…", "033" = "…" }` over the defaults.
fn read_pair(
    table: &mut Section<'_, '_>,
    key: &'static str,
    pair: &mut PerOperation<String>,
    fits: impl Fn(&str) -> bool,
    problem: &str,
) {
    let Some(mut both) = table.section(key) else { return };
    for (operation, value) in [("037", &mut pair.record), ("033", pair.existence.get_or_insert_default())] {
        match both.spanned_text(operation) {
            Some((text, _)) if fits(text) => text.clone_into(value),
            Some((_, span)) => both.report(&span, operation, problem),
            None => {}
        }
    }
    both.finish();
}

/// `{ "037" = ["MaYeuCau", …] }`: the fields in their order. The search keys must be among them.
fn read_fields(table: &mut Section<'_, '_>, fields: &mut PerOperation<Vec<RequestField>>) {
    let Some(mut both) = table.section("fields") else { return };
    for (operation, list) in [("037", &mut fields.record), ("033", fields.existence.get_or_insert_default())] {
        let Some(found) = both.words(operation, &FIELDS) else { continue };
        let needed: &[RequestField] = match operation {
            "037" => {
                &[RequestField::MaYeuCau, RequestField::Number, RequestField::HoVaTen, RequestField::NgayThangNamSinh]
            }
            _ => &[RequestField::MaYeuCau, RequestField::Number, RequestField::HoVaTen],
        };
        if needed.iter().all(|field| found.contains(field)) {
            *list = found;
        } else {
            both.missing(
                operation,
                "must hold the search keys: MaYeuCau, number, HoVaTen, and for 037 NgayThangNamSinh",
            );
        }
    }
    both.finish();
}

fn is_xml_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}
