//! Shapes of what programs send and get, for the description of the API. Nothing is read or written with them: bodies are
//! read by hand and answers written straight into their buffer, and the test suite holds both against these.

#![expect(dead_code, reason = "the description reads the shapes, not the values")]

mod answers;
mod catalog;
mod problem;
mod questions;
mod verdicts;

pub use answers::{AutofillAnswer, BatchAnswer, ReleaseAnswer, SampleAnswer, SampleList, ValidateAnswer};
pub use catalog::{Alive, KeySet, Readiness, ServiceDetail, ServiceList};
pub use problem::Problem;
pub use questions::{
    AutofillQuestion, BatchQuestion, ExplanationQuestion, ReleaseQuestion, ValidateQuestion, VerifyQuestion,
};
pub use verdicts::VerifyAnswer;
