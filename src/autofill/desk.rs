//! One request from start to end; the only place that knows the order of the steps.
//!
//! Service and form → roles → leave → for each person: cache → population → record → fill or verify → journal → answer.

mod counted;
mod forget;
mod met;
mod reveal;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use met::{Leave, Met, SoughtPeople};

use super::answer::Answer;
use super::asking::Asking;
use super::chosen::{Chosen, check_typed, check_typed_paths, check_typed_rows, choose, form_warnings};
use super::fill::{FieldAnswer, FillContext, fill};
use super::looked_up::{Person, refuse_if_all_failed};
use super::on_record::{Account, told_by_role, told_by_verdicts};
use super::people::{other_gender, people_of, roles_of_people};
use super::proof;
use super::refusal::Refusal;
use super::register::{Existence, Register};
use super::request::{AutofillRequest, DeliveredRequest, PersonInput};
use super::roles::Roles;
use super::statement::{self, About, Expected, HandedBack};
use super::verification::{Existing, Verification, render_delivered};
use super::verify::{Verdict, verify};
use super::warning::Warning;
use crate::access::{Face, Operation};
use crate::audit::{Event, Journal, Kind};
use crate::catalog::{Catalog, CatalogHandle, FormPlan, TransformContext};
use crate::citizen::{AttributeSet, Query, Record};
use crate::clock;
use crate::population::Outcome;
use crate::signing::SigningKeys;
use crate::strict_json::{escape, printable};
use crate::telemetry::Phase;
use crate::telemetry::traces::{self, Step};

/// The job's dependencies.
pub struct Desk {
    pub catalog: Arc<CatalogHandle>,
    pub register: Register,
    /// Where every disclosure is put on record before it leaves; `None`: the sandbox without one.
    pub journal: Option<Arc<Journal>>,
    /// Signs answers on request; `None`: no key is configured.
    pub signing: Option<Arc<SigningKeys>>,
}

/// Writes what may be given of a record: the record, and the attributes that may be.
pub type Rendering = fn(&Record, AttributeSet) -> String;

/// What a request is answered with.
#[derive(Clone, Copy)]
enum Answering {
    Fill,
    Compare,
    /// What the form may have of the record, in another system's shape.
    Reveal(Rendering),
}

impl Answering {
    /// What a caller must be licensed for.
    fn operation(self) -> Operation {
        match self {
            Self::Fill | Self::Reveal(_) => Operation::Autofill,
            Self::Compare => Operation::Verify,
        }
    }
}

/// One request on its way.
#[derive(Clone, Copy)]
struct Task<'t> {
    answering: Answering,
    request: &'t AutofillRequest,
    request_id: &'t str,
    today: Date,
    asking: Option<&'t Asking<'t>>,
    now: Timestamp,
}

impl Desk {
    /// Answers a request with the filled form, as rendered JSON, when the answer is on record.
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
        self.serve(Task { answering: Answering::Fill, request, request_id, today, asking, now: clock::now() }).await
    }

    /// Compares what was typed with the register, or without typed values asks whether these people exist (operation
    /// 033 of the wire protocol); rendered JSON, when it is on record.
    ///
    /// # Errors
    /// Why nothing was compared.
    pub async fn verify(
        &self,
        request: &AutofillRequest,
        request_id: &str,
        today: Date,
        asking: Option<&Asking<'_>>,
    ) -> Result<String, Refusal> {
        self.serve(Task { answering: Answering::Compare, request, request_id, today, asking, now: clock::now() }).await
    }

    /// The answer, or why there is none, when it is on record.
    async fn on_record(&self, task: Task<'_>) -> Result<String, Refusal> {
        let bound = task.asking.map_or(Ok(None), |asking| bound(task.request, asking));
        let (request, refused) = match &bound {
            Ok(bound) => (bound.as_ref().unwrap_or(task.request), None),
            Err(refusal) => (task.request, Some(refusal)),
        };
        let task = Task { request, ..task };
        let caller = task.asking.map(|asking| asking.identity.caller.name.as_str());
        let metrics = &self.register.metrics;
        let mut account = Account::open(self.journal.as_deref(), request, task.request_id, caller, metrics);
        if let Some(face) = refused {
            let refusal = Refusal::Denied(face.clone());
            account.refused(&refusal).await?;
            return Err(refusal);
        }
        if let (None, true) = (&self.signing, request.sign || request.signed.is_some()) {
            account.refused(&Refusal::SigningOff).await?;
            return Err(Refusal::SigningOff);
        }
        let (answer, kind) = match task.answering {
            Answering::Fill => (self.fill_form(task, &mut account).await, Kind::Disclosure),
            Answering::Compare => (self.compare(task, &mut account).await, Kind::Verify),
            Answering::Reveal(render) => (self.reveal(task, render, &mut account).await, Kind::Disclosure),
        };
        match answer {
            Ok(json) => {
                Step::begin("audit").around(account.disclosed(kind)).await?;
                task.asking.iter().for_each(|asking| asking.sample(request, task.request_id));
                Ok(json)
            }
            Err(refusal) => {
                Step::begin("audit").around(account.refused(&refusal)).await?;
                Err(self.with_proof(task, refusal))
            }
        }
    }

    /// The refusal of a look-up with the note for the dossier, when one was asked for.
    fn with_proof(&self, task: Task<'_>, refusal: Refusal) -> Refusal {
        let (Some(keys), true) = (&self.signing, task.request.sign) else { return refusal };
        match refusal {
            Refusal::Lookup { outcome, cause, retry_after, lookups, .. } => {
                let proof = proof::of(keys, task.request, task.request_id, (outcome, cause), task.now);
                Refusal::Lookup { outcome, cause, retry_after, lookups, proof: proof.map(Box::new) }
            }
            other => other,
        }
    }

    /// What became of the boxes that an earlier answer delivered; nobody is looked up.
    ///
    /// # Errors
    /// No key is configured.
    pub fn delivered(&self, request: &DeliveredRequest, request_id: &str) -> Result<String, Refusal> {
        let keys = self.signing.as_ref().ok_or(Refusal::SigningOff)?;
        let expected = Expected {
            service: request.service.as_deref(),
            form: request.form.as_deref(),
            dossier: request.dossier.as_deref(),
        };
        let handed = statement::read(keys, &request.signed, expected, clock::now());
        Ok(render_delivered(request_id, &handed, &request.typed))
    }

    /// The statement that the request goes on from.
    fn handed_back(&self, task: Task<'_>, chosen: &Chosen<'_>) -> Option<HandedBack> {
        let (keys, signed) = self.signing.as_ref().zip(task.request.signed.as_ref())?;
        let expected = Expected {
            service: Some(&task.request.service),
            form: Some(&chosen.form.plan.id),
            dossier: task.request.dossier.as_deref(),
        };
        Some(statement::read(keys, signed, expected, task.now))
    }

    /// A body that could not be read is on record too.
    pub async fn unread(&self, request_id: &str, code: &str) {
        if let Some(journal) = &self.journal {
            let event = Event { request_id: Some(request_id), refusal: Some(code), ..Event::new(Kind::Refusal) };
            // Nothing was disclosed and nobody was asked for: the refusal stands whatever becomes of the line.
            let _ = journal.record(&event).await;
        }
    }

    async fn fill_form(&self, task: Task<'_>, account: &mut Account<'_>) -> Result<String, Refusal> {
        // One catalogue from start to end, also when a new one comes into use meanwhile.
        let catalog = self.catalog.current();
        let mut chosen = choose(&catalog, task.request, task.today)?;
        let plan = &*chosen.form.plan;
        account.about(&plan.id, &catalog.version);
        traces::note("diensan.form", &plan.id);
        check_typed(plan, &task.request.typed)?;
        let roles = Roles::read(plan, task.request)?;
        check_typed_rows(plan, task.request)?;
        let earlier = self.handed_back(task, &chosen);
        let refresh = task.request.refresh || earlier.as_ref().is_some_and(|earlier| earlier.is_old(task.now));
        let met = self.meet(task, &mut chosen, &roles, refresh, account).await?;
        self.answer(task, &chosen, &met, earlier.as_ref(), account)
    }

    async fn compare(&self, task: Task<'_>, account: &mut Account<'_>) -> Result<String, Refusal> {
        let catalog = self.catalog.current();
        let mut chosen = choose(&catalog, task.request, task.today)?;
        let plan = &*chosen.form.plan;
        account.about(&plan.id, &catalog.version);
        traces::note("diensan.form", &plan.id);
        check_typed_paths(plan, &task.request.typed)?;
        let roles = Roles::read(plan, task.request)?;
        if task.request.typed.is_empty() && task.request.signed.is_none() {
            return self.confirm(task, &mut chosen, &roles, account).await;
        }
        let handed = self.handed_back(task, &chosen);
        let met = self.meet(task, &mut chosen, &roles, task.request.refresh, account).await?;
        self.verdicts(task, &chosen, &met, handed.as_ref(), account)
    }

    /// The people of a request whom somebody may be asked for, and whom; nobody has been asked yet.
    fn sought<'l>(
        &'l self,
        request: &'l AutofillRequest,
        plan: &FormPlan,
        roles: &Roles<'l>,
    ) -> Result<SoughtPeople<'l>, Refusal> {
        let register = &self.register;
        let source = register.source(request)?;
        let PersonInput::Query(asked_citizen) = &request.citizen else {
            return Err(Refusal::SameAsBroken { pointer: "/citizen".to_owned() });
        };
        register.check_query(source, &asked_citizen.query, "/citizen")?;
        for (role, person) in &roles.further {
            let pointer = printable(&format!("/persons/{}", escape(&plan.roles[*role].slug)));
            register.check_query(source, &person.query, &pointer)?;
        }
        let mut queries: Vec<&Query> = roles.further.iter().map(|(_, person)| &person.query).collect();
        if roles.needs_citizen() {
            queries.push(&asked_citizen.query);
        }
        Ok(SoughtPeople { source, queries, asked_citizen })
    }

    /// Leave to ask for the people of a request; nobody has been asked yet.
    async fn leave<'l>(
        &'l self,
        task: Task<'l>,
        chosen: &mut Chosen<'_>,
        roles: &'l Roles<'l>,
        account: &mut Account<'_>,
    ) -> Result<Leave<'l>, Refusal> {
        let _timed = self.register.metrics.phase(Phase::Access);
        let request = task.request;
        let plan = &*chosen.form.plan;
        let SoughtPeople { source, queries, asked_citizen } = self.sought(request, plan, roles)?;
        let permit = match task.asking {
            Some(asking) => {
                chosen.licensed = asking.licensed(chosen.catalog, chosen.service);
                let places = roles.further.iter().map(|(role, _)| format!("/persons/{}", plan.roles[*role].slug));
                let places = places.chain(std::iter::once("/citizen".to_owned()));
                let sought: Vec<(&Query, String)> = queries.iter().copied().zip(places).collect();
                let _step = Step::begin("permit");
                Some(asking.permit(task.answering.operation(), chosen.service, plan, request, &sought).await?)
            }
            None => None,
        };
        permit.iter().for_each(|permit| account.watches(&permit.watched));
        Ok(Leave { source, queries, permit, asked_citizen })
    }

    /// Looks up the people of a request, and puts on record who was asked for.
    async fn meet<'l>(
        &'l self,
        task: Task<'l>,
        chosen: &mut Chosen<'_>,
        roles: &'l Roles<'l>,
        refresh: bool,
        account: &mut Account<'_>,
    ) -> Result<Met<'l>, Refusal> {
        let leave = self.leave(task, chosen, roles, account).await?;
        let plan = &*chosen.form.plan;
        let keep = plan.wanted.and(chosen.licensed);
        let look_up = |query: &&'l Query| self.register.look_up(leave.source, task.request, plan, keep, query, refresh);
        let mut people = futures_util::future::join_all(leave.queries.iter().map(look_up)).await;
        leave.told(task, people.iter().map(Person::failure)).await;
        let citizen = if roles.needs_citizen() { people.pop() } else { None };
        for (person, (role, asked)) in people.iter().zip(&roles.further) {
            account.consulted(&plan.roles[*role].slug, &asked.query, &person.told());
        }
        if let Some(person) = &citizen {
            let role = roles.fixed().map_or("citizen", |role| &*plan.roles[role].slug);
            account.consulted(role, &leave.asked_citizen.query, &person.told());
        }
        let citizen = citizen.map(|person| (person, leave.asked_citizen));
        Ok(Met { roles, citizen, further: people })
    }

    /// Whether the people of a request exist.
    async fn confirm(
        &self,
        task: Task<'_>,
        chosen: &mut Chosen<'_>,
        roles: &Roles<'_>,
        account: &mut Account<'_>,
    ) -> Result<String, Refusal> {
        let leave = self.leave(task, chosen, roles, account).await?;
        let plan = &*chosen.form.plan;
        let asked = leave.queries.iter().map(|query| self.register.exists(leave.source, task.request, query));
        let people = futures_util::future::join_all(asked).await;
        leave.told(task, people.iter().map(|one| one.result.as_ref().map_or_else(Some, no_record))).await;
        let of_further = roles.further.iter().map(|(role, _)| &*plan.roles[*role].slug);
        let of_citizen = roles.fixed().map_or("citizen", |role| &*plan.roles[role].slug);
        let named: Vec<&str> = of_further.chain(std::iter::once(of_citizen)).collect();
        for ((existence, query), role) in people.iter().zip(&leave.queries).zip(&named) {
            account.consulted(role, query, &existence.told());
        }
        refuse_if_all_failed(named.iter().copied().zip(&people).map(|(role, one)| (role, one.failure())))?;
        let people: Vec<(&str, &Existence)> = named.iter().copied().zip(&people).collect();
        Ok(Existing { service: chosen.service, form: chosen.form, people }.render(task.request_id))
    }

    fn answer(
        &self,
        task: Task<'_>,
        chosen: &Chosen<'_>,
        met: &Met<'_>,
        earlier: Option<&HandedBack>,
        account: &mut Account<'_>,
    ) -> Result<String, Refusal> {
        let _timed = self.register.metrics.phase(Phase::Fill);
        let plan = &*chosen.form.plan;
        let held = met.held(chosen)?;
        let people = people_of(plan, met.roles, held, met.citizen(), &met.further)?;
        let step = Step::begin("fill");
        let fields = fill(plan, &people, &task.request.typed, &context(task, chosen));
        drop(step);
        let of_people = roles_of_people(met.roles, plan, held, met.further.len())?;
        account.tells(&told_by_role(plan, &fields), &of_people);
        let results = fields.iter().map(FieldAnswer::metric_label);
        self.register.metrics.fields(&chosen.service.file.code.0, results);
        let mut warnings = form_warnings(chosen);
        let lookups = met.notes(chosen, held, &mut warnings);
        warnings.extend(other_gender(plan, &people));
        for field in &fields {
            if let Some(code) = field.remark()
                && !warnings.iter().any(|warning| warning.code == code)
            {
                warnings.push(Warning { code, person: None });
            }
        }
        if fields.iter().any(FieldAnswer::contradicts) {
            warnings.push(Warning { code: "register_correction", person: None });
        }
        let about = About {
            request: task.request,
            request_id: task.request_id,
            form: &plan.id,
            catalog: &chosen.catalog.version,
            now: task.now,
        };
        let keys = self.signing.as_ref().filter(|_| task.request.sign);
        let signed = keys.and_then(|keys| statement::sign(keys, &about, &fields));
        let answer = Answer { service: chosen.service, form: chosen.form, fields, lookups, warnings, signed, earlier };
        Ok(answer.render(task.request_id))
    }

    fn verdicts(
        &self,
        task: Task<'_>,
        chosen: &Chosen<'_>,
        met: &Met<'_>,
        handed: Option<&HandedBack>,
        account: &mut Account<'_>,
    ) -> Result<String, Refusal> {
        let _timed = self.register.metrics.phase(Phase::Fill);
        let plan = &*chosen.form.plan;
        let held = met.held(chosen)?;
        let people = people_of(plan, met.roles, held, met.citizen(), &met.further)?;
        let step = Step::begin("compare");
        let fields = verify(plan, &people, &task.request.typed, &context(task, chosen));
        drop(step);
        let of_people = roles_of_people(met.roles, plan, held, met.further.len())?;
        account.tells(&told_by_verdicts(plan, &fields), &of_people);
        for field in &fields {
            self.register.metrics.verdict(&chosen.service.file.code.0, field.compared.verdict.word());
        }
        let mut warnings = form_warnings(chosen);
        let lookups = met.notes(chosen, held, &mut warnings);
        warnings.extend(other_gender(plan, &people));
        if fields.iter().any(|field| field.compared.verdict == Verdict::Different) {
            warnings.push(Warning { code: "register_correction", person: None });
        }
        let with_values = task.asking.is_none_or(Asking::may_see_values);
        let delivered = handed.map(|handed| (handed, task.request.typed.as_slice()));
        let (service, form) = (chosen.service, chosen.form);
        let verification = Verification { service, form, fields, with_values, lookups, warnings, delivered };
        Ok(verification.render(task.request_id))
    }
}

/// What filling and verifying need besides the records.
fn context<'c>(task: Task<'c>, chosen: &Chosen<'c>) -> FillContext<'c> {
    let catalog: &Catalog = chosen.catalog;
    FillContext {
        transform: TransformContext { units: &catalog.units, countries: &catalog.countries, form_day: chosen.form_day },
        officer: task.request.officer.as_deref(),
        agency: task.request.agency.as_deref(),
        today: chosen.today,
        licensed: chosen.licensed,
    }
}

/// "No such citizen" counts as a miss, as for a record.
fn no_record<'o>(exists: &bool) -> Option<&'o Outcome> {
    (!exists).then_some(&Outcome::NotFound)
}

/// The request with officer and agency as the caller's credential proves them; the body may only repeat them. `None`: it
/// says so already.
fn bound(request: &AutofillRequest, asking: &Asking<'_>) -> Result<Option<AutofillRequest>, Face> {
    let who = asking.identity.bind(request.officer.as_deref(), request.agency.as_deref());
    let who = who.map_err(|refusal| refusal.face())?;
    let said = who.officer == request.officer.as_deref() && who.agency == request.agency.as_deref();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(if said { None } else { Some(request.asked_by(owned(who.officer), owned(who.agency))) })
}
