//! The whole way of a look-up through this room, in its one order: scope, officer and agency, service, second person,
//! quota. What is refused early costs nothing later: nobody is counted for a request that may not be made.

use super::identity::Identity;
use super::licence::ServiceFacts;
use super::moment::Moment;
use super::office::Office;
use super::quota::{Admission, Ask, AskedCitizen, Operation, SharedAdmission};
use super::refusal::{AccessRefusal, Face, QuotaRefusal};
use super::release::Concern;
use crate::config::Scope;

/// A person to be looked up, and where the request names them.
pub struct Sought<'a> {
    pub citizen: AskedCitizen<'a>,
    /// JSON pointer, for example `/persons/cha`.
    pub pointer: String,
}

/// A request for people.
pub struct LookUpRequest<'a> {
    pub operation: Operation,
    pub service: ServiceFacts<'a>,
    /// As in the body; a token's claims decide.
    pub officer: Option<&'a str>,
    pub agency: Option<&'a str>,
    pub dossier: Option<&'a str>,
    pub persons_of_form: usize,
    pub people: &'a [Sought<'a>],
}

/// Leave to look up.
pub struct Permit {
    /// Kept until every look-up has ended.
    pub admission: Admission,
    /// For each person, whether he or she is on the watch list (and released): the journal's flag.
    pub watched: Vec<bool>,
    /// Counted for all replicas too.
    pub shared: Option<SharedAdmission>,
}

/// No leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    Access(AccessRefusal),
    Quota(QuotaRefusal),
}

impl Denied {
    /// Status, code and sentences.
    pub fn face(&self) -> Face {
        match self {
            Self::Access(refusal) => refusal.face(),
            Self::Quota(refusal) => refusal.face(),
        }
    }
}

impl From<AccessRefusal> for Denied {
    fn from(refusal: AccessRefusal) -> Self {
        Self::Access(refusal)
    }
}

impl From<QuotaRefusal> for Denied {
    fn from(refusal: QuotaRefusal) -> Self {
        Self::Quota(refusal)
    }
}

impl Office {
    /// Leave for all people of a request, or for none; counts them.
    ///
    /// # Errors
    /// Nothing may be fetched; the refusal belongs into the journal.
    pub fn permit(&self, identity: &Identity, request: &LookUpRequest<'_>, now: Moment) -> Result<Permit, Denied> {
        let scope = match request.operation {
            Operation::Autofill => Scope::Autofill,
            Operation::Verify => Scope::Verify,
        };
        identity.may(scope)?;
        let who = identity.bind(request.officer, request.agency)?;
        identity.caller.licence.may_service(request.service)?;
        let (caller, officer) = (identity.caller.name.as_str(), who.officer.unwrap_or_default());
        let mut watched = Vec::with_capacity(request.people.len());
        for sought in request.people {
            let dossier = request.dossier.unwrap_or_default();
            let concern = Concern { caller, dossier, officer, number: sought.citizen.number };
            watched.push(match &self.watch_list {
                Some(list) => self.releases.check(list, concern, &sought.pointer, now)?,
                None => false,
            });
        }
        let citizens = request.citizens();
        let admission = self.quotas.admit(&request.ask(identity, officer, &citizens), now)?;
        Ok(Permit { admission, watched, shared: None })
    }

    /// Leave by the counters of all replicas together, after [`Office::permit`]; `None`: there are none, or they cannot
    /// be asked, and this replica's own have decided.
    ///
    /// # Errors
    /// All replicas together have used something up.
    pub async fn permit_in_all_replicas(
        &self,
        identity: &Identity,
        request: &LookUpRequest<'_>,
    ) -> Result<Option<SharedAdmission>, Denied> {
        let Some(shared) = &self.shared_quotas else { return Ok(None) };
        let who = identity.bind(request.officer, request.agency)?;
        let citizens = request.citizens();
        let ask = request.ask(identity, who.officer.unwrap_or_default(), &citizens);
        Ok(Box::pin(shared.admit(&ask, &self.alarms)).await?)
    }

    /// What came of a look-up, for the counters of all replicas together.
    pub async fn told_in_all_replicas(&self, admission: &SharedAdmission, index: usize, found: bool) {
        if let Some(shared) = &self.shared_quotas {
            Box::pin(shared.told(admission, index, found, &self.alarms)).await;
        }
    }
}

impl<'a> LookUpRequest<'a> {
    fn citizens(&self) -> Vec<AskedCitizen<'a>> {
        self.people.iter().map(|sought| sought.citizen).collect()
    }

    fn ask(&self, identity: &'a Identity, officer: &'a str, citizens: &'a [AskedCitizen<'a>]) -> Ask<'a> {
        Ask {
            caller: &identity.caller.name,
            quota: identity.caller.quota,
            officer,
            dossier: self.dossier,
            operation: self.operation,
            persons_of_form: self.persons_of_form,
            citizens,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::access::alarm::Alarm;
    use crate::access::identity::Claims;
    use crate::access::{HashKey, watch_list};
    use crate::citizen::Number;
    use crate::config::{AccessSettings, SecretFile, read_callers};

    /// An office with one caller and one watched person.
    fn office(folder: &Path) -> Office {
        let file = folder.join("callers.toml");
        let text = "[[caller]]\nname = \"a\"\nclient_certificates = [\"CN=a\"]\nscopes = [\"autofill\"]\n\
                    agencies = [\"H01.*\"]\nservices = [\"1.1\"]\nquota = { citizens_per_dossier = 2 }\n";
        std::fs::write(&file, text).expect("write");
        let secret = || SecretFile::fixed("0123456789abcdef0123456789abcdef");
        let list = folder.join("list");
        let key = HashKey::of_file(&secret()).expect("a key");
        watch_list::add(&list, &key, &number("999085000009")).expect("added");
        let settings =
            AccessSettings { watch_list: Some(list), watch_list_key: Some(secret()), ..AccessSettings::default() };
        Office::open(&settings, &read_callers(&file).expect("callers"), None).expect("open")
    }

    fn number(text: &str) -> Number {
        Number::parse(text).expect("a number")
    }

    struct Case {
        operation: Operation,
        officer: &'static str,
        agency: &'static str,
        service: &'static str,
        people: &'static [&'static str],
    }

    const GOOD: Case = Case {
        operation: Operation::Autofill,
        officer: "cb-1",
        agency: "H01.1",
        service: "1.1",
        people: &["999085000001"],
    };

    fn ask(office: &Office, case: &Case) -> Result<Vec<bool>, &'static str> {
        let numbers: Vec<Number> = case.people.iter().map(|text| number(text)).collect();
        let people: Vec<Sought<'_>> = numbers
            .iter()
            .map(|number| Sought { citizen: AskedCitizen { number, year_only: false }, pointer: "/citizen".to_owned() })
            .collect();
        let claims =
            Claims { officer: Some("cb-1".to_owned()), agency: Some(case.agency.to_owned()), ..Claims::default() };
        let caller = Arc::clone(&office.callers.current().list[0]);
        let identity = Identity { caller, claims: Some(claims) };
        let request = LookUpRequest {
            operation: case.operation,
            service: ServiceFacts { code: case.service, field: "Hộ tịch", level: "commune" },
            officer: Some(case.officer),
            agency: None,
            dossier: Some("d"),
            persons_of_form: 5,
            people: &people,
        };
        let permit = office.permit(&identity, &request, Moment::of_seconds(1_800_000_000));
        permit.map(|permit| permit.watched).map_err(|denied| denied.face().code)
    }

    #[test]
    fn each_step_refuses_with_its_own_code_and_counts_nobody() {
        let folder = tempfile::tempdir().expect("folder");
        let office = office(folder.path());
        let cases = [
            (Case { operation: Operation::Verify, ..GOOD }, "scope_missing"),
            (Case { officer: "cb-2", ..GOOD }, "claim_mismatch"),
            (Case { agency: "H02.1", ..GOOD }, "agency_not_licensed"),
            (Case { service: "1.2", ..GOOD }, "service_not_licensed"),
            (Case { people: &["999085000001", "999085000009"], ..GOOD }, "second_person_needed"),
            (Case { people: &["999085000001", "999085000101", "999085000201"], ..GOOD }, "dossier_quota"),
        ];
        for (case, code) in &cases {
            assert_eq!(ask(&office, case), Err(*code));
        }
        // Had anybody been counted, two new people would not fit into the dossier any more.
        assert_eq!(ask(&office, &Case { people: &["999085000301", "999085000401"], ..GOOD }), Ok(vec![false, false]));
        assert_eq!(ask(&office, &GOOD), Err("dossier_quota"));
        assert_eq!(office.alarms.count(Alarm::WatchListHit), 1);
    }
}
