//! Every problem that an address can answer with, made by the code that makes them in earnest: readers are given bodies
//! that they refuse, refusals are turned into documents.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::http::StatusCode;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::body;
use super::super::observe::{Crashed, query_refused};
use super::super::outcome_problem::lookup_problem;
use super::super::problem::Problem;
use crate::access::every_face;
use crate::autofill::{Choice, Explanation, Refusal, ReleaseRequest, VerifyRequest, read_batch};
use crate::strict_json::Finding;

/// What an operation does, as far as it decides which problems there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Any address.
    Everywhere,
    /// Where a caller is asked for a credential.
    Caller,
    /// Where people are asked for.
    LookUp,
    /// What is kept is to be forgotten.
    Forget,
    /// Where one person answers for what another asks.
    Oversight,
    /// The body is a release.
    Release,
    /// The body is an officer's reason.
    Explanation,
    /// Where a body is read.
    Body,
    /// The body names people.
    People,
    /// The body names several people of one dossier.
    Batch,
    /// The body is a finished form.
    FinishedForm,
    /// The address names a service, or a form.
    NamedService,
    NamedForm,
}

/// The problem documents of a part, by status and code.
pub fn of(part: Part) -> BTreeMap<(u16, String), Value> {
    let problems = match part {
        Part::Everywhere => vec![query_refused(), Crashed::problem()],
        Part::Caller => faces(|status, code| status == 401 || CALLER.contains(&code)),
        Part::LookUp => {
            let mut all = faces(|status, code| status != 401 && !CALLER.contains(&code) && !of_oversight(code));
            all.extend(refusals().into_iter().map(Problem::from));
            all.extend(outcomes());
            all
        }
        Part::Oversight => {
            let mut all = faces(|_, code| of_oversight(code) || FACES_FOR_OVERSIGHT.contains(&code));
            all.extend(
                refusals().into_iter().filter(|refusal| FOR_OVERSIGHT.contains(&refusal.word())).map(Problem::from),
            );
            all
        }
        Part::Forget => vec![Problem::from(Refusal::NotForgotten)],
        Part::Release => read_all(RELEASES, |body, _| ReleaseRequest::read(body).map(drop)),
        Part::Explanation => read_all(EXPLANATIONS, |body, _| Explanation::read(body).map(drop)),
        Part::Body => body::refusals(),
        Part::People => read_all(PEOPLE, |body, day| VerifyRequest::read(body, day).map(drop)),
        Part::Batch => read_all(BATCH, |body, day| read_batch(body, day).map(drop)),
        Part::FinishedForm => {
            let mut all = read_all(FINISHED, |body, day| super::super::validate::read(body, day).map(drop));
            all.push(Problem::form_unknown());
            all
        }
        Part::NamedService => vec![Problem::service_unknown(Some("1.005099"))],
        Part::NamedForm => vec![Problem::form_unknown()],
    };
    let entry = |problem: Problem| {
        let document = problem.document("01a21212-46ed-7316-9477-b4ded9c611cb");
        let status = document["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(0);
        let code = document["code"].as_str().unwrap_or_default().to_owned();
        ((status, code), document)
    };
    problems.into_iter().map(entry).collect()
}

/// Refusals that a caller meets at any address, besides those of its credential.
const CALLER: &[&str] = &[
    "two_credentials",
    "token_store_full",
    "token_store_unavailable",
    "key_source_unavailable",
    "certificate_mismatch",
    "scope_missing",
    "too_many_requests",
    "quota_store_unavailable",
    "quota_store_full",
];

/// What only releases and reasons are refused with.
fn of_oversight(code: &str) -> bool {
    ["release_", "sample_", "reason_", "watch_list"].iter().any(|start| code.starts_with(start))
}

/// Of what the access room says, besides those, what a release or a reason can meet: the agency of the token counts too.
const FACES_FOR_OVERSIGHT: &[&str] = &["claim_missing", "claim_mismatch", "agency_not_licensed"];

/// Of the desk's refusals those that a release or a reason can meet.
const FOR_OVERSIGHT: &[&str] = &["dossier_incomplete", "number_not_allowed", "journal_unavailable"];

fn faces(wanted: impl Fn(u16, &str) -> bool) -> Vec<Problem> {
    every_face().into_iter().filter(|face| wanted(face.status, face.code)).map(Problem::from).collect()
}

/// Bodies of a request for people, each refused with another code.
const PEOPLE: &[&str] = &[
    "{",
    "[]",
    "{}",
    "{\"service\":\"1\",\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\"}}",
    "{\"service\":1,\"citizen\":{\"id\":\"999187000004\"}}",
    "{\"service\":\"\",\"citizen\":{\"id\":\"999187000004\"}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\"},\"servce\":1}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\"},\"refresh\":1}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\"},\"dossier_date\":\"1\"}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\"},\"persons\":{\"a\":[]}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\"},\"typed\":{\"a\":[1e999]}}",
    "{\"service\":\"1\",\"citizen\":{}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"\"}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"x\"}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"12\"}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"99918700000\"}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999999999999\"}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\",\"name\":\"\"}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\",\"name\":\"<1>\"}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\",\"name\":\"a a a a a a a a a a a a a a a a\"}}",
    "{\"service\":\"1\",\"citizen\":{\"id\":\"999187000004\",\"birth_date\":\"1700\"}}",
    "{\"service\":\"1\",\"citizen\":{\"qr\":\"x\"}}",
];

const BATCH: &[&str] = &["{\"service\":\"1\",\"items\":1}", "{\"service\":\"1\",\"items\":[]}"];

const RELEASES: &[&str] = &[
    "{",
    "[]",
    "{}",
    "{\"dossier\":\"d\",\"dossier\":\"d\",\"citizen\":{\"id\":\"999187000004\"}}",
    "{\"dossier\":1,\"citizen\":{\"id\":\"999187000004\"}}",
    "{\"dossier\":\"\",\"citizen\":{\"id\":\"999187000004\"}}",
    "{\"dossier\":\"d\",\"citizen\":{\"id\":\"999187000004\"},\"x\":1}",
    "{\"dossier\":\"d\",\"citizen\":{\"id\":\"\"}}",
    "{\"dossier\":\"d\",\"citizen\":{\"id\":\"x\"}}",
    "{\"dossier\":\"d\",\"citizen\":{\"id\":\"12\"}}",
    "{\"dossier\":\"d\",\"citizen\":{\"id\":\"99918700000\"}}",
    "{\"dossier\":\"d\",\"citizen\":{\"id\":\"999999999999\"}}",
];

const EXPLANATIONS: &[&str] = &[
    "{",
    "[]",
    "{}",
    "{\"reason\":\"r\",\"reason\":\"r\"}",
    "{\"reason\":1}",
    "{\"reason\":\"r\",\"officer\":\"\"}",
    "{\"reason\":\"r\",\"x\":1}",
];

const FINISHED: &[&str] = &[
    "{",
    "[]",
    "{}",
    "{\"data\":{},\"data\":{}}",
    "{\"data\":{},\"x\":1}",
    "{\"data\":{},\"dossier_date\":\"1\"}",
    "{\"data\":{},\"dossier_date\":1}",
];

fn read_all(bodies: &[&str], read: impl Fn(&str, Date) -> Result<(), Vec<Finding>>) -> Vec<Problem> {
    let day = jiff::civil::date(2026, 11, 20);
    bodies.iter().filter_map(|body| read(body, day).err()).map(Problem::from).collect()
}

/// Every refusal of the desk besides look-ups and what the access room says.
fn refusals() -> Vec<Refusal> {
    let pointer = || "/persons/me".to_owned();
    let choices = || vec![Choice { value: "me".to_owned(), label: "Mẹ".to_owned() }];
    vec![
        Refusal::ServiceUnknown { did_you_mean: Some("1.005099".to_owned()) },
        Refusal::FormUnknown { choices: choices() },
        Refusal::NoFormForDate { choices: choices() },
        Refusal::ApplicantNeeded { choices: choices() },
        Refusal::RoleUnknown { pointer: pointer(), choices: choices() },
        Refusal::RowsShape { pointer: pointer(), list: true },
        Refusal::RowsShape { pointer: pointer(), list: false },
        Refusal::RowsTyped { pointer: pointer() },
        Refusal::RoleTaken { pointer: pointer() },
        Refusal::LookupNotLicensed { pointer: pointer() },
        Refusal::SameAsBroken { pointer: pointer() },
        Refusal::QueryIncomplete { pointer: "/citizen".to_owned() },
        Refusal::DossierIncomplete { missing: "officer" },
        Refusal::NoConnection,
        Refusal::NumberNotAllowed { pointer: "/citizen/id".to_owned(), invented_only: true },
        Refusal::NumberNotAllowed { pointer: "/citizen/id".to_owned(), invented_only: false },
        Refusal::TypedPath { pointer: "/typed/ho_tem".to_owned(), did_you_mean: Some("ho_ten".to_owned()) },
        Refusal::TypedValue { pointer: "/typed/ho_ten".to_owned() },
        Refusal::SigningOff,
        Refusal::JournalUnavailable,
    ]
}

/// Every outcome of a look-up that gave no record, with the causes that change its code.
fn outcomes() -> Vec<Problem> {
    let wait = Some(Duration::from_secs(30));
    let told = |(outcome, cause): (&'static str, Option<&'static str>)| {
        let one = json!([{ "person": "citizen", "outcome": outcome, "cause": cause }]);
        lookup_problem(outcome, cause, wait).with("lookups", one)
    };
    [
        ("not_found", None),
        ("multiple", None),
        ("rejected", None),
        ("rejected", Some("no_operation")),
        ("not_permitted_procedure", None),
        ("not_permitted_officer", None),
        ("auth_failed", None),
        ("throttled", Some("upstream")),
        ("maintenance", None),
        ("upstream_fault", Some("breaker_open")),
        ("upstream_fault", Some("html_page")),
        ("upstream_fault", Some("connection_failed")),
        ("upstream_fault", Some("internal")),
        ("timeout", Some("first_byte")),
        ("malformed", Some("empty_body")),
        ("malformed", Some("truncated")),
        ("malformed", Some("wrong_person")),
        ("malformed", Some("not_xml")),
    ]
    .map(told)
    .into()
}

/// What a status is called in the description.
pub fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Problem")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autofill::AutofillRequest;

    #[test]
    fn every_example_of_a_refused_body_is_refused_with_a_code_of_its_own() {
        let day = jiff::civil::date(2026, 11, 20);
        let mut codes = Vec::new();
        for body in PEOPLE {
            let findings = AutofillRequest::read(body, day).err();
            codes.push(findings.unwrap_or_else(|| panic!("{body} is read"))[0].rule);
        }
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all, "{codes:?}");
    }

    #[test]
    fn no_problem_is_lost_and_every_one_has_both_sentences() {
        let of_refusals = of(Part::LookUp);
        for code in ["not_found", "upstream_paused", "journal_unavailable", "signing_off", "officer_locked"] {
            assert!(of_refusals.keys().any(|(_, told)| told == code), "{code}");
        }
        for part in
            [Part::Everywhere, Part::Caller, Part::LookUp, Part::Body, Part::People, Part::Batch, Part::FinishedForm]
        {
            for ((status, code), document) in of(part) {
                assert!((400..600).contains(&status), "{code}");
                let sentence = |member: &str| {
                    document[member]
                        .as_str()
                        .is_some_and(|text| text.ends_with('.') || text.ends_with(").") || text.contains(' '))
                };
                assert!(sentence("title") && sentence("detail"), "{code}");
            }
        }
    }
}
