//! What holds officers to account besides the journal itself: a second officer releases a look-up of somebody on the
//! watch list, and a share of look-ups is explained afterwards (DESIGN §8, RISKS T2).
//!
//! Both are on record before they have any effect.

use super::asking::Asking;
use super::desk::Desk;
use super::refusal::Refusal;
use super::request::{refused, required_word, word};
use crate::access::{AccessRefusal, AnswerRefusal, Face, Moment};
use crate::audit::{Event, Involved, Kind};
use crate::citizen::Number;
use crate::strict_json::{self, Finding, Node, ObjectReader};

/// What the journal says of the citizen of a release: nobody was asked for.
const RELEASED: &str = "released";

/// A release as the second officer asks for it. No `Debug`: the number is personal data.
pub struct ReleaseRequest {
    number: Number,
    dossier: String,
    officer: Option<String>,
    agency: Option<String>,
}

impl ReleaseRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// Every finding of the body.
    pub fn read(body: &str) -> Result<Self, Vec<Finding>> {
        strict_json::read(body, read_release)
    }
}

/// Why somebody was looked up.
pub struct Explanation {
    reason: String,
    officer: Option<String>,
}

impl Explanation {
    /// Reads a request body.
    ///
    /// # Errors
    /// Every finding of the body.
    pub fn read(body: &str) -> Result<Self, Vec<Finding>> {
        strict_json::read(body, |root, findings| {
            let mut body = ObjectReader::new(root, "", findings)?;
            let reason = body.required_text("reason");
            let officer = word(&mut body, "officer");
            body.finish();
            Some(Self { reason: reason?.trim().to_owned(), officer })
        })
    }
}

fn read_release(root: &Node, findings: &mut Vec<Finding>) -> Option<ReleaseRequest> {
    let mut body = ObjectReader::new(root, "", findings)?;
    let citizen = body.required_node("citizen");
    let dossier = required_word(&mut body, "dossier");
    let officer = word(&mut body, "officer");
    let agency = word(&mut body, "agency");
    body.finish();
    let mut person = ObjectReader::new(citizen?, "/citizen", findings)?;
    let id = person.required_text("id");
    person.finish();
    match Number::parse(id?) {
        Ok(number) => Some(ReleaseRequest { number, dossier: dossier?, officer, agency }),
        Err(refusal) => {
            findings.push(refused(refusal.code(), "/citizen/id"));
            None
        }
    }
}

fn denied(face: Face) -> Refusal {
    Refusal::Denied(face)
}

impl Desk {
    /// Lets a colleague look somebody up, in the name of the second officer, whom a token names; answers until when. It
    /// is not told whether the citizen is on the list at all.
    ///
    /// # Errors
    /// Why nothing is released; refusals are on record too.
    pub async fn release(
        &self,
        request: &ReleaseRequest,
        request_id: &str,
        asking: Option<&Asking<'_>>,
    ) -> Result<Moment, Refusal> {
        let mut event = Event {
            request_id: Some(request_id),
            caller: asking.map(|asking| asking.identity.caller.name.as_str()),
            officer: request.officer.as_deref(),
            agency: request.agency.as_deref(),
            dossier: Some(&request.dossier),
            ..Event::new(Kind::Release)
        };
        let released = match self.may_release(request, asking) {
            Ok((asking, officer, agency)) => {
                (event.officer, event.agency) = (Some(officer), Some(agency));
                if let Some(journal) = &self.journal {
                    event.people = vec![Involved::new("citizen", &request.number, &journal.citizens, "", RELEASED)];
                    self.put(&event).await?;
                    event.people.clear();
                }
                let given = asking.office.releases.give(asking.identity, &request.dossier, &request.number, asking.now);
                given.map_err(|refusal| denied(refusal.face()))
            }
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = &released {
            self.put_refusal(event, refusal).await;
        }
        released
    }

    /// Who releases: leave, officer and agency.
    fn may_release<'a>(
        &self,
        request: &ReleaseRequest,
        asking: Option<&'a Asking<'a>>,
    ) -> Result<(&'a Asking<'a>, &'a str, &'a str), Refusal> {
        let refuse = |refusal: AccessRefusal| denied(refusal.face());
        let asking = asking.filter(|asking| asking.office.watch_list.is_some());
        let asking = asking.ok_or_else(|| refuse(AccessRefusal::WatchListOff))?;
        let claims = asking.identity.claims.as_ref().ok_or_else(|| refuse(AccessRefusal::ReleaseNeedsToken))?;
        asking.identity.bind(request.officer.as_deref(), request.agency.as_deref()).map_err(refuse)?;
        self.register.check_number(&request.number, "/citizen/id")?;
        let claimed = claims.officer.as_deref().zip(claims.agency.as_deref());
        let (officer, agency) = claimed.ok_or_else(|| refuse(AccessRefusal::ReleaseNeedsToken))?;
        Ok((asking, officer, agency))
    }

    /// Takes an officer's reason for a look-up that was sampled.
    ///
    /// # Errors
    /// Why it is not taken; the question stays open.
    pub async fn explain(
        &self,
        sample: &str,
        explanation: &Explanation,
        request_id: &str,
        asking: Option<&Asking<'_>>,
    ) -> Result<(), Refusal> {
        let refuse = |refusal: AnswerRefusal| denied(refusal.face());
        let asking = asking.ok_or_else(|| refuse(AnswerRefusal::Unknown))?;
        let (identity, samples) = (asking.identity, &asking.office.samples);
        let caller = identity.caller.name.as_str();
        let checked = identity
            .officer(explanation.officer.as_deref())
            .map_err(|refusal| denied(refusal.face()))
            .and_then(|officer| {
                let officer = officer.ok_or(Refusal::DossierIncomplete { missing: "officer" })?;
                samples.check(caller, officer, sample, &explanation.reason).map_err(refuse)
            });
        let mut event = Event {
            request_id: Some(request_id),
            caller: Some(caller),
            officer: explanation.officer.as_deref(),
            ..Event::new(Kind::Explanation)
        };
        match &checked {
            Ok(found) => {
                event.officer = Some(&found.officer);
                event.agency = Some(&found.agency);
                event.dossier = Some(&found.dossier);
                event.service = Some(&found.service);
                event.about = Some(&found.request_id);
                event.reason = Some(&explanation.reason);
                self.put(&event).await?;
                samples.close(caller, sample).map_err(refuse)
            }
            Err(refusal) => {
                self.put_refusal(event, refusal).await;
                checked.map(drop)
            }
        }
    }

    async fn put(&self, event: &Event<'_>) -> Result<(), Refusal> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let recorded = journal.record(event);
        recorded.await.map(drop).map_err(|_| Refusal::JournalUnavailable)
    }

    /// Nothing was disclosed and nothing changed: the refusal stands whatever becomes of the line.
    async fn put_refusal(&self, mut event: Event<'_>, refusal: &Refusal) {
        (event.kind, event.refusal) = (Kind::Refusal, Some(refusal.word()));
        let _ = self.put(&event).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_cannot_be_a_release_is_told_with_its_place() {
        for (body, code, pointer) in [
            ("{}", "missing_member", ""),
            ("{\"dossier\":\"d\",\"citizen\":{\"id\":17}}", "expected_text", "/citizen/id"),
            ("{\"dossier\":\"d\",\"citizen\":{\"id\":\"99908500000\"}}", "number_leading_zero", "/citizen/id"),
            (
                "{\"dossier\":\"d\",\"citizen\":{\"id\":\"999085000001\",\"name\":\"x\"}}",
                "unknown_member",
                "/citizen/name",
            ),
            ("{\"dossier\":\"\\n\",\"citizen\":{\"id\":\"999085000001\"}}", "text_form", "/dossier"),
        ] {
            let findings = ReleaseRequest::read(body).err().expect("findings");
            assert_eq!((findings[0].rule, findings[0].pointer.as_str()), (code, pointer), "{body}");
        }
        assert!(ReleaseRequest::read("{\"dossier\":\"d\",\"citizen\":{\"id\":\"999085000001\"}}").is_ok());
    }

    #[test]
    fn an_explanation_needs_a_reason_and_nothing_else() {
        let code = |body| Explanation::read(body).err().map(|findings| findings[0].rule);
        assert_eq!(code("{}"), Some("missing_member"));
        assert_eq!(code("{\"reason\":1}"), Some("expected_text"));
        assert_eq!(code("{\"reason\":\"x\",\"citizen\":{}}"), Some("unknown_member"));
        assert_eq!(code("{\"reason\":\" x \",\"officer\":\"cb-1\"}"), None);
    }
}
