//! After the fact: a stable share of look-ups is put on a list, the one-stop system polls it and asks the officer why
//! (RISKS T2). The answer belongs into the journal; here the question ends with it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::alarm::{Alarm, Alarms};
use super::keyed_hash::HashKey;
use super::moment::Moment;
use super::state_log::{Held, StateLog};

/// Questions that may be open at once.
const MOST: usize = 10_000;
/// Shorter is no reason, longer is no answer to the question.
const REASON: std::ops::RangeInclusive<usize> = 10..=500;

/// A look-up that somebody is to explain. Holds no citizen: the dossier leads to one, for those who may open it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    pub request_id: String,
    pub caller: String,
    pub agency: String,
    pub officer: String,
    pub dossier: String,
    pub service: String,
    /// Milliseconds since 1970.
    pub at: u64,
}

/// Why an answer was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerRefusal {
    /// No such question of this caller (any more).
    Unknown,
    /// Another officer's look-up.
    OtherOfficer,
    /// 10 to 500 characters without control characters are needed.
    ReasonForm,
    /// It cannot be written down.
    Unavailable,
}

#[derive(Serialize, Deserialize)]
enum Line {
    Asked(Sample),
    Answered(String),
}

/// The open questions.
pub struct Samples {
    key: Arc<HashKey>,
    alarms: Arc<Alarms>,
    per_thousand: u16,
    state: Mutex<State>,
}

struct State {
    open: VecDeque<Sample>,
    log: Option<StateLog>,
    most: usize,
}

impl State {
    fn write(&mut self, line: &Line) -> Result<(), ()> {
        let Some(log) = &mut self.log else { return Ok(()) };
        let text = serde_json::to_string(line).map_err(|_| ())?;
        log.append(&[text]).map_err(|_| ())
    }
}

impl Samples {
    /// Open questions with what an earlier process left; `per_thousand` look-ups are asked about.
    pub fn new(key: Arc<HashKey>, alarms: Arc<Alarms>, per_thousand: u16, log: Option<(StateLog, Held)>) -> Self {
        let mut state = State { open: VecDeque::new(), log: None, most: MOST };
        if let Some((log, held)) = log {
            for line in held.lines.iter().filter_map(|line| serde_json::from_str(line).ok()) {
                match line {
                    Line::Asked(sample) => state.open.push_back(sample),
                    Line::Answered(id) => state.open.retain(|sample| sample.request_id != id),
                }
            }
            state.log = Some(log);
        }
        Self { key, alarms, per_thousand, state: Mutex::new(state) }
    }

    /// Whether a request is in the share: always the same answer for the same id, and nobody outside can tell which.
    /// The id must be one that we made, or a caller could look for ids that are never asked about.
    pub fn picks(&self, request_id: &str) -> bool {
        self.key.hash("sample", &[request_id.as_bytes()]).number() % 1000 < u64::from(self.per_thousand)
    }

    /// Puts a picked look-up on the list. A full list is told as an alarm and stops nobody: the journal has the look-up.
    pub fn ask(&self, sample: Sample) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.open.len() >= state.most {
            self.alarms.raise(Alarm::SampleListFull, &sample.caller);
            return;
        }
        if state.write(&Line::Asked(sample.clone())).is_err() {
            self.alarms.raise(Alarm::StateUnavailable, &sample.caller);
        }
        state.open.push_back(sample);
    }

    /// The oldest open questions of a caller.
    pub fn open(&self, caller: &str, most: usize) -> Vec<Sample> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open.iter().filter(|sample| sample.caller == caller).take(most).cloned().collect()
    }

    /// How many questions are open, for the metrics.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).open.len()
    }

    /// How many questions are older than an age, for the metrics.
    pub fn older_than(&self, age: std::time::Duration, now: Moment) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open.iter().filter(|sample| now.since(Moment::of_millis(sample.at)) > age).count()
    }

    /// Takes an answer; the question, for the journal line that holds the reason.
    ///
    /// # Errors
    /// Why it was not taken; the question stays open.
    pub fn answer(&self, caller: &str, officer: &str, request_id: &str, reason: &str) -> Result<Sample, AnswerRefusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let of_caller = |sample: &Sample| sample.caller == caller && sample.request_id == request_id;
        let at = state.open.iter().position(of_caller).ok_or(AnswerRefusal::Unknown)?;
        if state.open.get(at).is_none_or(|sample| sample.officer != officer) {
            return Err(AnswerRefusal::OtherOfficer);
        }
        let length = reason.trim().chars().count();
        if !REASON.contains(&length) || reason.chars().any(char::is_control) {
            return Err(AnswerRefusal::ReasonForm);
        }
        if state.write(&Line::Answered(request_id.to_owned())).is_err() {
            self.alarms.raise(Alarm::StateUnavailable, caller);
            return Err(AnswerRefusal::Unavailable);
        }
        state.open.remove(at).ok_or(AnswerRefusal::Unknown)
    }

    /// Makes the disk write, and writes the file anew when most of it is answered. Called once a second.
    pub fn maintain(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { open, log, .. } = &mut *state;
        let Some(log) = log else { return };
        let lines = || open.iter().filter_map(|sample| serde_json::to_string(&Line::Asked(sample.clone())).ok());
        let kept = if log.lines() > 2 * open.len() + 1000 { log.rewrite(lines()) } else { log.keep(lines()) };
        if kept.is_err() {
            self.alarms.raise(Alarm::StateUnavailable, "");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn key() -> Arc<HashKey> {
        Arc::new(HashKey::new(&[6; 32]).expect("a key"))
    }

    fn samples(folder: &std::path::Path, per_thousand: u16) -> Samples {
        Samples::new(key(), Arc::default(), per_thousand, StateLog::open(folder, "samples", key()).ok())
    }

    fn sample(id: &str) -> Sample {
        let text = |text: &str| text.to_owned();
        Sample {
            request_id: text(id),
            caller: text("a"),
            agency: text("H01.12"),
            officer: text("cán bộ 1"),
            dossier: text("H01.12-261120-0007"),
            service: text("1.004772"),
            at: 1_800_000_000_000,
        }
    }

    #[test]
    fn the_share_is_stable_and_near_what_was_asked_for() {
        let folder = tempfile::tempdir().expect("folder");
        let samples = samples(folder.path(), 10);
        let ids: Vec<String> = (0..100_000).map(|id| format!("r-{id}")).collect();
        let picked: Vec<&String> = ids.iter().filter(|id| samples.picks(id)).collect();
        // A thousand expected; ten standard deviations are 315.
        assert!((700..1300).contains(&picked.len()), "{}", picked.len());
        assert!(picked.iter().all(|id| samples.picks(id)));
        let none = Samples::new(key(), Arc::default(), 0, None);
        assert!(ids.iter().all(|id| !none.picks(id)));
        let all = Samples::new(key(), Arc::default(), 1000, None);
        assert!(ids.iter().all(|id| all.picks(id)));
    }

    #[test]
    fn a_question_stays_open_until_the_officer_answers_it_also_over_a_restart() {
        let folder = tempfile::tempdir().expect("folder");
        let list = samples(folder.path(), 10);
        list.ask(sample("r-1"));
        list.ask(sample("r-2"));
        assert_eq!(list.open("b", 10), []);
        let reason = "Công dân đến nộp hồ sơ khai sinh";
        let answer = |caller, officer, reason| list.answer(caller, officer, "r-1", reason);
        assert_eq!(answer("b", "cán bộ 1", reason), Err(AnswerRefusal::Unknown));
        assert_eq!(answer("a", "cán bộ 2", reason), Err(AnswerRefusal::OtherOfficer));
        assert_eq!(answer("a", "cán bộ 1", "vì"), Err(AnswerRefusal::ReasonForm));
        assert_eq!(answer("a", "cán bộ 1", "dòng một\ndòng hai"), Err(AnswerRefusal::ReasonForm));
        assert_eq!(list.open("a", 10).len(), 2);
        assert_eq!(answer("a", "cán bộ 1", reason), Ok(sample("r-1")));
        list.maintain();
        drop(list);
        let list = samples(folder.path(), 10);
        assert_eq!(list.open("a", 10), [sample("r-2")]);
        let later = Moment::of_millis(1_800_000_000_000).after(Duration::from_secs(90));
        assert_eq!(list.older_than(Duration::from_secs(60), later), 1);
    }

    #[test]
    fn a_full_list_is_told_and_stops_nobody() {
        let list = Samples::new(key(), Arc::default(), 10, None);
        list.state.lock().expect("unbroken").most = 1;
        list.ask(sample("r-1"));
        list.ask(sample("r-2"));
        assert_eq!(list.open("a", 10).len(), 1);
        assert_eq!(list.alarms.count(Alarm::SampleListFull), 1);
    }
}
