//! Keys that say how replies are read (PROTOCOL §5, §6).

use super::super::section::Section;
use super::{FaultOutcome, FaultRule, NotFoundForms, ReplyFlavour, ReplySettings};

const OUTCOMES: [(&str, FaultOutcome); 7] = [
    ("rejected", FaultOutcome::Rejected),
    ("not_permitted_procedure", FaultOutcome::NotPermittedProcedure),
    ("not_permitted_officer", FaultOutcome::NotPermittedOfficer),
    ("auth_failed", FaultOutcome::AuthFailed),
    ("throttled", FaultOutcome::Throttled),
    ("upstream_fault", FaultOutcome::UpstreamFault),
    ("maintenance", FaultOutcome::Maintenance),
];

const FLAVOURS: [(&str, Option<ReplyFlavour>); 6] = [
    ("auto", None),
    ("soap", Some(ReplyFlavour::Soap)),
    ("envelope", Some(ReplyFlavour::Envelope)),
    ("bare", Some(ReplyFlavour::Bare)),
    ("wrapped", Some(ReplyFlavour::Wrapped)),
    ("qcvn109", Some(ReplyFlavour::Qcvn109)),
];

#[derive(Clone, Copy, PartialEq)]
enum Form {
    EmptyCollection,
    NoCollection,
    EmptyPerson,
}

/// The table `reply`.
pub fn read(section: &mut Section<'_, '_>) -> ReplySettings {
    let mut settings = ReplySettings::default();
    let Some(mut table) = section.section("reply") else { return settings };
    if let Some(namespace) = table.text("namespace") {
        namespace.clone_into(&mut settings.namespace);
    }
    settings.flavour = table.word("flavour", &FLAVOURS).unwrap_or(settings.flavour);
    if let Some(codes) = table.texts("success_codes") {
        settings.success_codes = codes.into_iter().map(|(code, _)| code.to_owned()).collect();
    }
    let forms = [
        ("empty-collection", Form::EmptyCollection),
        ("no-collection", Form::NoCollection),
        ("empty-person", Form::EmptyPerson),
    ];
    if let Some(forms) = table.words("not_found", &forms) {
        settings.not_found = NotFoundForms {
            empty_collection: forms.contains(&Form::EmptyCollection),
            no_collection: forms.contains(&Form::NoCollection),
            empty_person: forms.contains(&Form::EmptyPerson),
        };
        if forms.is_empty() {
            table.missing("not_found", "must name at least one form: without any nobody could ever be \"not found\"");
        }
    }
    let (least, most) = (64 * 1024, 16 * 1024 * 1024);
    if let Some((bytes, span)) = table.spanned_bytes("max_bytes") {
        match usize::try_from(bytes) {
            Ok(bytes) if (least..=most).contains(&bytes) => settings.max_bytes = bytes,
            _ => table.report(&span, "max_bytes", "must be from \"64KiB\" to \"16MiB\""),
        }
    }
    settings.faults = read_faults(&mut table);
    table.finish();
    settings
}

/// Rows of the fault classification table. A row must say what it is about, and can never mean "nobody".
fn read_faults(table: &mut Section<'_, '_>) -> Vec<FaultRule> {
    let mut rules = Vec::new();
    for (index, (row, span)) in table.tables("faults").into_iter().enumerate() {
        let mut row = table.item("faults", index, row, span);
        let status = row.number("status", 100..=599).and_then(|status| u16::try_from(status).ok());
        let code = row.text("code").map(str::to_owned);
        if status.is_none() && code.is_none() {
            row.missing("status", "or `code` is needed: what the row is about");
        }
        if !row.has("outcome") {
            row.required_text("outcome", "(what the fault means)");
        }
        let outcome = row.word("outcome", &OUTCOMES);
        row.finish();
        rules.extend(outcome.map(|outcome| FaultRule { status, code, outcome }));
    }
    rules
}
