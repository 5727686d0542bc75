//! Callers who ask without end, one question after the other, with a pause between them: correctness is looked at here,
//! not speed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::judge::{Asked, Judge};
use super::{Dice, Heard, Stage};
use crate::fleet::balancer::MARK;
use crate::fleet::cast::{BRIDE, HOUSEHOLDS, PATTERNS};
use crate::harness::client;

/// Of the last households upstream sometimes says that there is nobody.
pub const SETTLED: usize = 17;
/// The longest that a caller waits. A look-up has six seconds.
const LONGEST: Duration = Duration::from_secs(30);

/// A request that got no answer of the service.
pub struct Lost {
    /// By which the balancer's log names it.
    pub mark: String,
    pub from: Instant,
    pub until: Instant,
    pub how: String,
}

/// A person who exists and of whom it was said that nobody was found, and when.
pub struct Missed {
    pub person: usize,
    pub from: Instant,
    pub until: Instant,
}

/// What all callers came to.
#[derive(Default)]
pub struct Tally {
    pub requests: usize,
    /// By kind of question, then by status and code.
    pub labels: BTreeMap<String, usize>,
    pub questions: BTreeMap<&'static str, usize>,
    pub wrong: Vec<String>,
    pub heard: Vec<Heard>,
    pub lost: Vec<Lost>,
    pub missed: Vec<Missed>,
    /// In microseconds, of everything that was answered.
    pub took: Vec<u64>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.requests += other.requests;
        other.labels.into_iter().for_each(|(label, count)| *self.labels.entry(label).or_default() += count);
        other.questions.into_iter().for_each(|(kind, count)| *self.questions.entry(kind).or_default() += count);
        self.wrong.extend(other.wrong);
        self.heard.extend(other.heard);
        self.lost.extend(other.lost);
        self.missed.extend(other.missed);
        self.took.extend(other.took);
    }
}

/// A question on its way.
struct Question {
    kind: &'static str,
    path: String,
    /// None: it is a GET.
    body: Option<Value>,
    asked: Asked,
}

/// One caller; ends when the stage says so.
pub async fn call(stage: Arc<Stage>, judge: Arc<Judge>, index: usize, mut dice: Dice) -> Tally {
    let (client, mut tally) = (client(), Tally::default());
    while !stage.stop.load(Ordering::SeqCst) {
        let number = stage.next.fetch_add(1, Ordering::SeqCst);
        let question = question(&stage, &mut dice, number);
        let (mark, url) = (format!("{index}-{number}"), format!("{}{}", stage.address, question.path));
        let request = match &question.body {
            None => client.get(url),
            Some(body) => client.post(url).header("Content-Type", "application/json").body(body.to_string()),
        };
        let request = request.header("X-Api-Key", &stage.key).header(MARK, &mark).timeout(LONGEST);
        let (from, oldest) = (Instant::now(), stage.catalogue_in_use.load(Ordering::SeqCst));
        let answered = async {
            let response = request.send().await?;
            let of_service = response.headers().contains_key("x-request-id");
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>((status, of_service, response.text().await?))
        };
        let answered = answered.await;
        let until = Instant::now();
        tally.requests += 1;
        *tally.questions.entry(question.kind).or_default() += 1;
        match answered {
            Ok((status, true, text)) => {
                let judged = judge.hear(&stage.cast, &question.asked, status, &text, oldest);
                judged.labels.into_iter().for_each(|label| *tally.labels.entry(label).or_default() += 1);
                tally.wrong.extend(judged.wrong);
                tally.heard.extend(judged.heard);
                tally.missed.extend(judged.absent.into_iter().map(|person| Missed { person, from, until }));
                tally.took.push(u64::try_from(until.duration_since(from).as_micros()).unwrap_or(u64::MAX));
            }
            Ok((status, false, _)) => tally.lost.push(Lost { mark, from, until, how: format!("status {status}") }),
            Err(error) => tally.lost.push(Lost { mark, from, until, how: how(&error) }),
        }
        tokio::time::sleep(Duration::from_millis(100 + dice.below(300) as u64)).await;
    }
    tally
}

/// What went wrong with a request, without its address.
fn how(error: &reqwest::Error) -> String {
    let what =
        [(error.is_timeout(), "time-out"), (error.is_connect(), "no connection"), (error.is_body(), "half a body")];
    what.iter().find(|(is, _)| *is).map_or("connection ended", |(_, what)| what).to_owned()
}

fn question(stage: &Stage, dice: &mut Dice, number: usize) -> Question {
    let agency = ["H01.12", "H01.13"][dice.below(2)];
    let settled = dice.below(12) > 0;
    let household = if settled { dice.below(SETTLED) } else { SETTLED + dice.below(HOUSEHOLDS - SETTLED) };
    let (person, form) = (household * PATTERNS + dice.below(PATTERNS), dice.below(2));
    let bride = household * PATTERNS + BRIDE;
    let invented = &stage.cast.people[person];
    // Who asks for somebody who may not be found is an officer of that question alone: several such look-ups in a row
    // would rightly stop an officer.
    let officer = if settled { format!("cb-{household}") } else { format!("cb-rieng-{number}") };
    let mut question = match dice.below(100) {
        0..62 => Question::post("form", "/v1/autofill", invented.request(form), Asked::Form { person, form }),
        62..70 if settled => {
            let (body, _) = stage.cast.couple(household);
            Question::post("couple", "/v1/autofill", body, Asked::Couple { household })
        }
        70..78 if settled => {
            let people: Vec<usize> = (0..3).map(|next| (household + next) % SETTLED * PATTERNS + BRIDE).collect();
            let mut body = stage.cast.people[people[0]].request(0);
            let items = people.iter().map(|person| json!({ "citizen": stage.cast.people[*person].query() }));
            body["items"] = items.collect();
            body.as_object_mut().expect("an object").remove("citizen");
            Question::post("batch", "/v1/autofill/batch", body, Asked::Batch { people })
        }
        78..84 => {
            let mut body = invented.request(form);
            body["citizen"] = invented.query_of_nobody();
            body["officer"] = json!(format!("cb-khong-{number}"));
            Question::post("nobody", "/v1/autofill", body, Asked::Nobody { person })
        }
        84..92 => {
            let right = dice.below(2) == 0;
            let mut body = stage.cast.people[bride].request(0);
            let name = if right { &stage.cast.people[bride].name } else { "NGUYỄN VĂN KHÁC" };
            body["typed"] = json!({ "nguoi_de_nghi_ho_ten": name });
            Question::post("typed", "/v1/verify", body, Asked::Typed { person: bride, right })
        }
        92..95 => {
            Question::post("exists", "/v1/verify", stage.cast.people[bride].request(0), Asked::Exists { person: bride })
        }
        95..98 => {
            let path = format!("/v1/services/{}", invented.form(form).service);
            Question { kind: "service", path, body: None, asked: Asked::Service }
        }
        _ => Question::post("form", "/v1/autofill", invented.request(form), Asked::Form { person, form }),
    };
    let Some(body) = question.body.as_mut() else { return question };
    body["agency"] = json!(agency);
    if body.get("officer").is_none() {
        body["officer"] = json!(officer);
    }
    // A person may be verified three times in a dossier, and a dossier has few people.
    let dossier = match &question.asked {
        Asked::Form { person, .. } => format!("H01.12-261120-{person:04}"),
        Asked::Couple { .. } => format!("H01.12-261120-{household:04}-doi"),
        Asked::Batch { .. } => format!("H01.12-261120-{household:04}-lo"),
        _ => format!("H01.12-261120-{number}"),
    };
    body["dossier"] = json!(dossier);
    if question.path.starts_with("/v1/autofill") && dice.below(10) == 0 {
        body["refresh"] = json!(true);
        question.kind = "refresh";
    }
    question
}

impl Question {
    fn post(kind: &'static str, path: &str, body: Value, asked: Asked) -> Self {
        Self { kind, path: path.to_owned(), body: Some(body), asked }
    }
}
