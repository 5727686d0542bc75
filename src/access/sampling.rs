//! After the fact: a stable share of look-ups is put on a list, the one-stop system polls it and asks the officer why
//! (RISKS T2). The answer belongs into the journal and comes there first; here the question ends with it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alarm::{Alarm, Alarms};
use super::keyed_hash::HashKey;
use super::moment::Moment;
use super::refusal::Face;
use super::state_log::{Held, StateLog};
use crate::fresh_id::fresh_id;

/// Questions that may be open at once.
const MOST: usize = 10_000;
/// Shorter is no reason, longer is no answer to the question.
const REASON: std::ops::RangeInclusive<usize> = 10..=500;

/// A look-up that somebody is to explain. Holds no citizen: the dossier leads to one, for those who may open it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Made here: callers choose request ids, and would choose one that they know not to be picked.
    pub id: String,
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
    /// It holds what may be a personal number; the journal holds none.
    ReasonNumber,
    /// It cannot be written down.
    Unavailable,
}

impl AnswerRefusal {
    /// Status, code and sentences.
    pub fn face(self) -> Face {
        match self {
            Self::Unknown => Face::new(
                404,
                "sample_unknown",
                "There is no such open question of this caller.",
                "Không có câu hỏi này hoặc đã được trả lời.",
            ),
            Self::OtherOfficer => Face::new(
                403,
                "sample_of_another",
                "Only the officer who looked somebody up can say why.",
                "Chỉ cán bộ đã tra cứu mới trả lời được lý do.",
            )
            .at("/officer"),
            Self::ReasonForm => Face::new(
                400,
                "reason_form",
                "A reason has 10 to 500 characters without control characters.",
                "Lý do có từ 10 đến 500 ký tự, không có ký tự điều khiển.",
            )
            .at("/reason"),
            Self::ReasonNumber => Face::new(
                400,
                "reason_number",
                "A reason names no citizen: leave the number out, the dossier is on record.",
                "Lý do không nêu số định danh của công dân; hồ sơ đã được ghi nhận.",
            )
            .at("/reason"),
            Self::Unavailable => Face::new(
                503,
                "sample_store_unavailable",
                "The answer cannot be written down now; call the operator.",
                "Tạm thời không ghi được câu trả lời; báo người vận hành.",
            )
            .after(Duration::from_secs(10)),
        }
    }
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
                    Line::Answered(id) => state.open.retain(|sample| sample.id != id),
                }
            }
            state.log = Some(log);
        }
        Self { key, alarms, per_thousand, state: Mutex::new(state) }
    }

    /// The id of a question about a look-up, when it is in the share.
    pub fn pick(&self) -> Option<String> {
        if self.per_thousand == 0 {
            return None;
        }
        Some(fresh_id()).filter(|id| self.picks(id))
    }

    /// Whether a look-up is in the share: always the same answer for the same id, and nobody outside can tell which.
    fn picks(&self, id: &str) -> bool {
        self.key.hash("sample", &[id.as_bytes()]).number() % 1000 < u64::from(self.per_thousand)
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

    /// The oldest open questions of a caller, of one officer or of all.
    pub fn open(&self, caller: &str, officer: Option<&str>, most: usize) -> Vec<Sample> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let asked =
            |sample: &&Sample| sample.caller == caller && officer.is_none_or(|officer| sample.officer == officer);
        state.open.iter().filter(asked).take(most).cloned().collect()
    }

    /// How many questions are open, for the metrics.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).open.len()
    }

    /// How many questions are older than an age, for the metrics.
    pub fn older_than(&self, age: Duration, now: Moment) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open.iter().filter(|sample| now.since(Moment::of_millis(sample.at)) > age).count()
    }

    /// Whether an answer can be taken; the question, for the journal line that holds the reason and comes first.
    ///
    /// # Errors
    /// Why not; the question stays open.
    pub fn check(&self, caller: &str, officer: &str, id: &str, reason: &str) -> Result<Sample, AnswerRefusal> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let sample = state.open.iter().find(|sample| sample.caller == caller && sample.id == id);
        let sample = sample.ok_or(AnswerRefusal::Unknown)?;
        if sample.officer != officer {
            return Err(AnswerRefusal::OtherOfficer);
        }
        if !REASON.contains(&reason.trim().chars().count()) || reason.chars().any(char::is_control) {
            return Err(AnswerRefusal::ReasonForm);
        }
        if holds_number(reason) {
            return Err(AnswerRefusal::ReasonNumber);
        }
        Ok(sample.clone())
    }

    /// The question is answered.
    ///
    /// # Errors
    /// That cannot be written down; the question stays open.
    pub fn close(&self, caller: &str, id: &str) -> Result<(), AnswerRefusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.write(&Line::Answered(id.to_owned())).is_err() {
            self.alarms.raise(Alarm::StateUnavailable, caller);
            return Err(AnswerRefusal::Unavailable);
        }
        state.open.retain(|sample| sample.id != id);
        Ok(())
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

/// Nine digits in a row, also in groups: as many as an old card has.
fn holds_number(text: &str) -> bool {
    let mut run = 0;
    text.chars().filter(|c| !c.is_whitespace()).any(|c| {
        run = if c.is_numeric() { run + 1 } else { 0 };
        run >= 9
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Arc<HashKey> {
        Arc::new(HashKey::new(&[6; 32]).expect("a key"))
    }

    fn samples(folder: &std::path::Path, per_thousand: u16) -> Samples {
        Samples::new(key(), Arc::default(), per_thousand, StateLog::open(folder, "samples", key()).ok())
    }

    fn sample(id: &str) -> Sample {
        let text = |text: &str| text.to_owned();
        Sample {
            id: text(id),
            request_id: text("r"),
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
        assert_eq!(list.open("b", None, 10), []);
        assert_eq!(list.open("a", Some("cán bộ 2"), 10), []);
        let reason = "Công dân đến nộp hồ sơ khai sinh";
        let check = |caller, officer, reason| list.check(caller, officer, "r-1", reason);
        assert_eq!(check("b", "cán bộ 1", reason), Err(AnswerRefusal::Unknown));
        assert_eq!(check("a", "cán bộ 2", reason), Err(AnswerRefusal::OtherOfficer));
        assert_eq!(check("a", "cán bộ 1", "vì"), Err(AnswerRefusal::ReasonForm));
        assert_eq!(check("a", "cán bộ 1", "dòng một\ndòng hai"), Err(AnswerRefusal::ReasonForm));
        assert_eq!(check("a", "cán bộ 1", "tra cứu số 999 085 000 001"), Err(AnswerRefusal::ReasonNumber));
        let of_dossier = "Hồ sơ H01.12-261120-0007 cần kiểm tra";
        assert_eq!(check("a", "cán bộ 1", of_dossier), Ok(sample("r-1")));
        assert_eq!(list.open("a", Some("cán bộ 1"), 10).len(), 2, "only looked at");
        assert_eq!(list.close("a", "r-1"), Ok(()));
        assert_eq!(check("a", "cán bộ 1", reason), Err(AnswerRefusal::Unknown));
        list.maintain();
        drop(list);
        let list = samples(folder.path(), 10);
        assert_eq!(list.open("a", None, 10), [sample("r-2")]);
        let later = Moment::of_millis(1_800_000_000_000).after(Duration::from_secs(90));
        assert_eq!(list.older_than(Duration::from_secs(60), later), 1);
    }

    #[test]
    fn a_full_list_is_told_and_stops_nobody() {
        let list = Samples::new(key(), Arc::default(), 10, None);
        list.state.lock().expect("unbroken").most = 1;
        list.ask(sample("r-1"));
        list.ask(sample("r-2"));
        assert_eq!(list.open("a", None, 10).len(), 1);
        assert_eq!(list.alarms.count(Alarm::SampleListFull), 1);
    }
}
