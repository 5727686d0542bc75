//! The folders of a catalogue and what every command does with them first.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::civil::Date;

use crate::autofill::{Offline, Unanswered};
use crate::catalog::{self, Catalog};
use crate::cli::screen::Lang;
use crate::clock::today_in_viet_nam;
use crate::http::Problem;
use crate::strict_json::nearest;

/// Options of every catalogue command.
#[derive(clap::Args)]
pub struct Folders {
    /// The folder of the catalogue.
    #[arg(long, value_name = "DIR", default_value = "service-catalog")]
    pub services: PathBuf,
    /// The folder of the schemas.
    #[arg(long, value_name = "DIR", default_value = "schemas")]
    pub schemas: PathBuf,
    /// The language of the output.
    #[arg(long, value_enum, default_value = "vi")]
    pub lang: Lang,
}

impl Folders {
    /// The catalogue.
    ///
    /// # Errors
    /// Every finding of the catalogue.
    pub fn load(&self) -> anyhow::Result<Catalog> {
        Ok(catalog::load(&self.services, &self.schemas)?)
    }

    /// A desk over the catalogue and its invented people.
    ///
    /// # Errors
    /// Every finding of the catalogue or of the people.
    pub fn offline(&self) -> anyhow::Result<Offline> {
        offline(&self.services, &self.schemas)
    }
}

/// A desk over these folders.
pub fn offline(services: &Path, schemas: &Path) -> anyhow::Result<Offline> {
    let people = catalog::load_people(&services.join("people"))?;
    Ok(Offline::new(catalog::load(services, schemas)?, people)?)
}

/// The day that a command was given, or today.
pub fn day_or_today(day: Option<Date>) -> Date {
    day.unwrap_or_else(today_in_viet_nam)
}

/// Why there is no filled form, as over HTTP.
///
/// # Errors
/// The answer could not be read.
pub fn problem_of(unanswered: Unanswered) -> anyhow::Result<Problem> {
    match unanswered {
        Unanswered::Request(findings) => Ok(findings.into()),
        Unanswered::Refused(refusal) => Ok(refusal.into()),
        Unanswered::Answer(error) => Err(error).context("the answer cannot be read"),
    }
}

/// "There is no such …", with the nearest word that there is.
pub fn unknown<'w>(
    lang: Lang,
    vi: &str,
    en: &str,
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
) -> anyhow::Error {
    let hint = match nearest(word, known) {
        Some(near) => lang.say("; có phải `{}`?", "; did you mean `{}`?").replace("{}", &near),
        None => String::new(),
    };
    anyhow::anyhow!("{}: `{}`{hint}", lang.say(vi, en), word.escape_debug())
}
