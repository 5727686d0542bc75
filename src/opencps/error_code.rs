//! The codes that the front end reads beside the members of a problem.

/// The front end's own codes (PROTOCOL §6.2: 001 no procedure, 002 no agency, 003 no officer, 004 procedure not licensed,
/// 005 officer may not); for everything else ours, which it shows as a fault of the look-up. Never "no such citizen".
pub fn error_code<'c>(code: &'c str, pointer: Option<&str>) -> &'c str {
    match (code, pointer) {
        ("missing_member" | "text_form", Some("/MaDVC")) => "001",
        ("dossier_incomplete" | "text_form", Some("/GovAgencyCode")) => "002",
        ("dossier_incomplete" | "text_form", Some("/StaffEmail")) => "003",
        ("service_unknown" | "service_not_licensed" | "not_permitted_procedure", _) => "004",
        (
            "not_permitted_officer"
            | "officer_locked"
            | "strength_too_low"
            | "agency_not_licensed"
            | "claim_mismatch"
            | "scope_missing",
            _,
        ) => "005",
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_never_has_a_code_that_says_something_of_the_citizen_or_the_officer() {
        for code in
            ["timeout", "throttled", "auth_failed", "upstream_unreachable", "reply_malformed", "journal_unavailable"]
        {
            assert_eq!(error_code(code, None), code);
        }
        assert_eq!(error_code("dossier_incomplete", Some("/StaffEmail")), "003");
        assert_eq!(error_code("dossier_incomplete", Some("/dossier")), "dossier_incomplete");
    }
}
