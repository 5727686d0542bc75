//! One request from start to end; the only place that knows the order of the steps.
//!
//! Service and form → roles → for each person: cache → population → record → fill → answer.

use std::sync::Arc;

use jiff::civil::Date;
use tokio::runtime::Handle;

use super::answer::Answer;
use super::asking::Asking;
use super::chosen::{Chosen, check_typed, check_typed_rows, choose_form, form_warnings, service};
use super::fill::{FillContext, People, PersonState, fill, role_by_gender};
use super::looked_up::{Person, refuse_if_all_failed};
use super::on_record::{Account, told_by_role};
use super::refusal::Refusal;
use super::request::{AskedPerson, AutofillRequest, PersonInput};
use super::roles::{Holder, Roles, gender_choices};
use super::warning::Warning;
use crate::access::Face;
use crate::audit::{Event, Journal, Kind};
use crate::cache::{Looked, Purpose, RecordCache};
use crate::catalog::{Applicant, CatalogHandle, FormPlan, TransformContext};
use crate::citizen::{AttributeSet, Query};
use crate::population::{CallTrail, Connections, FaultCause, LookUp, Outcome, Source};
use crate::strict_json::{escape, printable};
use crate::telemetry::Metrics;

/// Which personal numbers may be asked for (DESIGN §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Sandbox and rehearsal: only `999…`.
    InventedOnly,
    /// A real connection: never `999…`.
    RealOnly,
}

/// The job's dependencies.
pub struct Desk {
    pub catalog: Arc<CatalogHandle>,
    pub connections: Connections,
    pub cache: Arc<RecordCache>,
    pub numbers: Numbers,
    pub metrics: Arc<Metrics>,
    /// Where every disclosure is put on record before it leaves; `None`: the sandbox without one.
    pub journal: Option<Arc<Journal>>,
    /// Where look-ups run: they outlive a caller who hangs up, so that no reply is left half read on a connection.
    pub runtime: Handle,
}

impl Desk {
    /// Answers a request, as rendered JSON, when the answer is on record.
    ///
    /// # Errors
    /// Why there is no form.
    pub async fn autofill(
        &self,
        request: &AutofillRequest,
        request_id: &str,
        today: Date,
        asking: Option<&Asking<'_>>,
    ) -> Result<String, Refusal> {
        let bound = asking.map(|asking| bound(request, asking)).transpose();
        let (request, refused) = match &bound {
            Ok(Some(bound)) => (bound, None),
            Ok(None) => (request, None),
            Err(refusal) => (request, Some(refusal)),
        };
        let caller = asking.map(|asking| asking.identity.caller.name.as_str());
        let mut account = Account::open(self.journal.as_deref(), request, request_id, caller);
        if let Some(face) = refused {
            let refusal = Refusal::Denied(face.clone());
            account.refused(&refusal).await?;
            return Err(refusal);
        }
        match self.fill_form(request, request_id, today, asking, &mut account).await {
            Ok(json) => account.disclosed().await.map(|()| json),
            Err(refusal) => {
                account.refused(&refusal).await?;
                Err(refusal)
            }
        }
    }

    /// A body that could not be read is on record too.
    pub async fn unread(&self, request_id: &str, code: &str) {
        if let Some(journal) = &self.journal {
            let event = Event { request_id: Some(request_id), refusal: Some(code), ..Event::new(Kind::Refusal) };
            // Nothing was disclosed and nobody was asked for: the refusal stands whatever becomes of the line.
            let _ = journal.record(&event).await;
        }
    }

    async fn fill_form(
        &self,
        request: &AutofillRequest,
        request_id: &str,
        today: Date,
        asking: Option<&Asking<'_>>,
        account: &mut Account<'_>,
    ) -> Result<String, Refusal> {
        // One catalogue from start to end, also when a new one comes into use meanwhile.
        let catalog = self.catalog.current();
        let service = service(&catalog, &request.service)?;
        let form_day = request.dossier_date.unwrap_or(today);
        let form = choose_form(service, request.form.as_deref(), form_day)?;
        let plan = &*form.plan;
        account.about(&plan.id, &catalog.version);
        check_typed(plan, &request.typed)?;
        let roles = Roles::read(plan, request)?;
        check_typed_rows(plan, request)?;
        let source = self.source(request)?;
        let PersonInput::Query(asked_citizen) = &request.citizen else {
            return Err(Refusal::SameAsBroken { pointer: "/citizen".to_owned() });
        };
        self.check_query(source, &asked_citizen.query, "/citizen")?;
        for (role, person) in &roles.further {
            self.check_query(
                source,
                &person.query,
                &printable(&format!("/persons/{}", escape(&plan.roles[*role].slug))),
            )?;
        }
        let mut queries: Vec<&Query> = roles.further.iter().map(|(_, person)| &person.query).collect();
        if roles.needs_citizen() {
            queries.push(&asked_citizen.query);
        }
        let licensed = asking.map_or_else(AttributeSet::all, |asking| asking.licensed(&catalog, service));
        let permit = match asking {
            Some(asking) => {
                let places = roles.further.iter().map(|(role, _)| format!("/persons/{}", plan.roles[*role].slug));
                let places = places.chain(std::iter::once("/citizen".to_owned()));
                let sought: Vec<(&Query, String)> = queries.iter().copied().zip(places).collect();
                Some(asking.permit(service, plan, request, &sought)?)
            }
            None => None,
        };
        let keep = plan.wanted.and(licensed);
        let looks = queries.iter().map(|query| self.look_up(source, request, plan, keep, query));
        let mut people = futures_util::future::join_all(looks).await;
        if let (Some(asking), Some(permit)) = (asking, &permit) {
            asking.told(permit, people.iter().map(Person::failure));
        }
        let citizen = if roles.needs_citizen() { people.pop() } else { None };
        for (person, (role, asked)) in people.iter().zip(&roles.further) {
            account.consulted(&plan.roles[*role].slug, &asked.query, person);
        }
        if let Some(person) = &citizen {
            let role = roles.fixed().map_or("citizen", |role| &*plan.roles[role].slug);
            account.consulted(role, &asked_citizen.query, person);
        }
        let chosen = Chosen { catalog: &catalog, service, form, form_day, today, licensed };
        let asked = Asked {
            roles: &roles,
            citizen: citizen.as_ref().map(|person| (person, &**asked_citizen)),
            further: &people,
        };
        self.answer(request, request_id, &chosen, &asked, account)
    }

    /// The connection for this service and agency. Officer, agency and dossier go upstream with every look-up of a
    /// connection (RISKS R1).
    fn source(&self, request: &AutofillRequest) -> Result<&Arc<dyn Source>, Refusal> {
        let needed = [("officer", &request.officer), ("agency", &request.agency), ("dossier", &request.dossier)];
        match needed.into_iter().find(|(_, value)| value.is_none()) {
            Some((missing, _)) if self.connections.need_complete_queries() => {
                Err(Refusal::DossierIncomplete { missing })
            }
            _ => self
                .connections
                .for_purpose(&request.service, request.agency.as_deref().unwrap_or_default())
                .ok_or(Refusal::NoConnection),
        }
    }

    fn check_query(&self, source: &Arc<dyn Source>, query: &Query, pointer: &str) -> Result<(), Refusal> {
        let invented_only = self.numbers == Numbers::InventedOnly;
        if query.number.is_invented() != invented_only {
            return Err(Refusal::NumberNotAllowed { pointer: pointer.to_owned(), invented_only });
        }
        if source.needs_complete_query() && !query.is_complete() {
            return Err(Refusal::QueryIncomplete { pointer: pointer.to_owned() });
        }
        Ok(())
    }

    async fn look_up(
        &self,
        source: &Arc<dyn Source>,
        request: &AutofillRequest,
        plan: &FormPlan,
        keep: AttributeSet,
        query: &Query,
    ) -> Person {
        let agency = request.agency.as_deref().unwrap_or_default();
        let purpose = Purpose {
            connection: source.name(),
            agency,
            service: &request.service,
            form: &plan.id,
            query,
            attributes: keep,
        };
        let key = self.cache.key(&purpose);
        let trail = CallTrail::default();
        let asking = self.ask(source, request, keep, query, trail.clone());
        let (looked, result) = self.cache.look_up(key, request.refresh, asking).await;
        self.metrics.cache_request(result.label());
        Person { looked, connection: source.name().to_owned(), calls: trail }
    }

    /// Asks the register on its own task.
    async fn ask(
        &self,
        source: &Arc<dyn Source>,
        request: &AutofillRequest,
        keep: AttributeSet,
        query: &Query,
        trail: CallTrail,
    ) -> Outcome {
        let look_up = LookUp {
            query: query.clone(),
            keep,
            service: request.service.clone(),
            officer: request.officer.clone().unwrap_or_default(),
            agency: request.agency.clone().unwrap_or_default(),
            dossier: request.dossier.clone().unwrap_or_default(),
            trail,
        };
        let asked = Arc::clone(source);
        let started = std::time::Instant::now();
        let asked = self.runtime.spawn(async move { asked.look_up(&look_up).await }).await;
        let outcome = asked.unwrap_or(Outcome::UpstreamFault(FaultCause::Internal));
        self.metrics.look_up(source.name(), outcome.label(), outcome.cause(), started.elapsed());
        outcome
    }

    fn answer(
        &self,
        request: &AutofillRequest,
        request_id: &str,
        chosen: &Chosen<'_>,
        asked: &Asked<'_>,
        account: &mut Account<'_>,
    ) -> Result<String, Refusal> {
        let Asked { roles, citizen, further } = *asked;
        let plan = &*chosen.form.plan;
        let asked_as = roles.fixed().map_or("citizen", |role| &*plan.roles[role].slug);
        let others = roles.further.iter().map(|(role, _)| &*plan.roles[*role].slug).zip(further);
        refuse_if_all_failed(citizen.map(|(person, _)| (asked_as, person)).into_iter().chain(others))?;
        let held = citizen_role(plan, roles, citizen.map(|(person, _)| person))?;
        let people = people_of(plan, roles, held, citizen, further)?;
        let context = FillContext {
            transform: TransformContext {
                units: &chosen.catalog.units,
                countries: &chosen.catalog.countries,
                form_day: chosen.form_day,
            },
            officer: request.officer.as_deref(),
            agency: request.agency.as_deref(),
            today: chosen.today,
            licensed: chosen.licensed,
        };
        let fields = fill(plan, &people, &request.typed, &context);
        account.tells(&told_by_role(plan, &fields), &roles_of_people(roles, plan, held, further.len())?);
        let other_gender = other_gender(plan, &people);
        for field in &fields {
            self.metrics.field(&request.service, &field.metric_label());
        }
        let mut warnings = form_warnings(chosen);
        let mut lookups = Vec::new();
        let citizen_slug = held.map_or("citizen", |role| &plan.roles[role].slug);
        if let Some((person, asked)) = citizen {
            lookups.push(person.note(citizen_slug));
            person.warn(citizen_slug, asked, chosen.today, &mut warnings);
        }
        for (person, (role, asked)) in further.iter().zip(&roles.further) {
            let slug = &plan.roles[*role].slug;
            lookups.push(person.note(slug));
            person.warn(slug, asked, chosen.today, &mut warnings);
        }
        let looked_up = citizen.map(|(_, asked)| (citizen_slug, asked)).into_iter();
        let others =
            roles.further.iter().map(|(role, asked): &(usize, &AskedPerson)| (&*plan.roles[*role].slug, *asked));
        warnings.extend(twice(looked_up.chain(others)));
        warnings.extend(other_gender);
        for field in &fields {
            if let Some(code) = field.remark()
                && !warnings.iter().any(|warning| warning.code == code)
            {
                warnings.push(Warning { code, person: None });
            }
        }
        let answer = Answer { service: chosen.service, form: chosen.form, fields, lookups, warnings };
        Ok(answer.render(request_id))
    }
}

/// The request with officer and agency as the caller's credential proves them; the body may only repeat them.
fn bound(request: &AutofillRequest, asking: &Asking<'_>) -> Result<AutofillRequest, Face> {
    let who = asking.identity.bind(request.officer.as_deref(), request.agency.as_deref());
    let who = who.map_err(|refusal| refusal.face())?;
    Ok(request.asked_by(who.officer, who.agency))
}

/// Who was asked for, and what came of it.
struct Asked<'a> {
    roles: &'a Roles<'a>,
    citizen: Option<(&'a Person, &'a AskedPerson)>,
    further: &'a [Person],
}

/// The roles that each looked-up person holds, in the order of the account: the further people, then the citizen. All
/// people of a list hold its role.
fn roles_of_people(
    roles: &Roles<'_>,
    plan: &FormPlan,
    held: Option<usize>,
    further: usize,
) -> Result<Vec<Vec<usize>>, Refusal> {
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); further + 1];
    for (role, holder) in roles.holders(plan, held)?.into_iter().enumerate() {
        match holder {
            Some(Holder::Citizen) => of[further].push(role),
            Some(Holder::Further(index)) => of[index].push(role),
            None => {}
        }
    }
    for (index, (role, _)) in roles.further.iter().enumerate() {
        if !of[index].contains(role) {
            of[index].push(*role);
        }
    }
    Ok(of)
}

/// The state of every role, and of every row of a list.
fn people_of<'r>(
    plan: &FormPlan,
    roles: &'r Roles<'_>,
    held: Option<usize>,
    citizen: Option<(&'r Person, &'r AskedPerson)>,
    further: &'r [Person],
) -> Result<People<'r>, Refusal> {
    let state_of = |index: usize| further[index].state(roles.further[index].1.card.as_ref());
    let mut people = People { states: Vec::with_capacity(plan.roles.len()), rows: Vec::new() };
    for holder in roles.holders(plan, held)? {
        people.states.push(match holder {
            // The citizen was asked but not found, so nobody knows which of the two columns is his or hers.
            None if roles.by_gender() && held.is_none() => {
                citizen.map_or(PersonState::NotAsked, |(person, asked)| person.state(asked.card.as_ref()))
            }
            None => PersonState::NotAsked,
            Some(Holder::Citizen) => {
                citizen.map_or(PersonState::NotAsked, |(person, asked)| person.state(asked.card.as_ref()))
            }
            Some(Holder::Further(index)) => state_of(index),
        });
    }
    for role in (0..plan.roles.len()).filter(|role| plan.roles[*role].rows) {
        let of_role = (0..further.len()).filter(|index| roles.further[*index].0 == role);
        people.rows.push((role, of_role.map(state_of).collect()));
    }
    Ok(people)
}

/// The citizen's role: stated, of the form, or chosen by the record's gender. A record without a usable gender
/// leaves the question to the officer: a default gender does not exist.
fn citizen_role(plan: &FormPlan, roles: &Roles<'_>, citizen: Option<&Person>) -> Result<Option<usize>, Refusal> {
    if !roles.by_gender() {
        return Ok(roles.fixed());
    }
    let Applicant::ByGender(table) = &plan.applicant else { return Ok(None) };
    match citizen.map(|person| &person.looked) {
        Some(Looked::Found { entry, .. }) => match role_by_gender(table, &entry.record) {
            Some(role) => Ok(Some(role)),
            None => Err(Refusal::ApplicantNeeded { choices: gender_choices(plan) }),
        },
        _ => Ok(None),
    }
}

/// People in a column that the form keeps for the other gender, as far as the record tells one.
fn other_gender<'p>(plan: &'p FormPlan, people: &People<'_>) -> Vec<Warning<'p>> {
    let Applicant::ByGender(table) = &plan.applicant else { return Vec::new() };
    let odd = table.iter().filter(|(_, role)| match people.states.get(*role) {
        Some(PersonState::Found(record, _)) => {
            role_by_gender(table, record).is_some_and(|of_record| of_record != *role)
        }
        _ => false,
    });
    odd.map(|(_, role)| Warning { code: "gender_column", person: Some(&plan.roles[*role].slug) }).collect()
}

/// One number in two roles: mostly a slip (the wife's card scanned for both columns); where it is meant, `same_as` says
/// so.
fn twice<'p>(people: impl Iterator<Item = (&'p str, &'p AskedPerson)>) -> Vec<Warning<'p>> {
    let mut seen: Vec<&AskedPerson> = Vec::new();
    let mut warnings = Vec::new();
    for (role, asked) in people {
        if seen.iter().any(|other| other.query.number == asked.query.number) {
            warnings.push(Warning { code: "same_person_twice", person: Some(role) });
        }
        seen.push(asked);
    }
    warnings
}
