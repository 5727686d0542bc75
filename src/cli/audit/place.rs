//! Which journal a command looks at, with which keys: from the configuration, or named one by one where there is none
//! (an inspector has the files, not the server).

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use zeroize::Zeroizing;

use crate::audit::{CitizenKeys, CitizenToken, MacKeys, TimeText, time_text};
use crate::citizen::Number;
use crate::cli::screen::Lang;
use crate::config::{JournalKey, JournalSettings, Purpose, Settings};

/// Options of every command on the journal.
#[derive(clap::Args)]
pub struct Place {
    /// The configuration file whose [journal] is meant.
    #[arg(long, env = "DIENSAN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The journal's directory, instead of a configuration.
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// The key of the lines, and earlier ones; only with --directory.
    #[arg(long, value_name = "FILE", requires = "directory")]
    mac_key_file: Vec<PathBuf>,
    /// The key of the citizens' hashes, and earlier ones; only with --directory.
    #[arg(long, value_name = "FILE", requires = "directory")]
    citizen_key_file: Vec<PathBuf>,
    /// The language of the output.
    #[arg(long, value_enum, default_value = "vi")]
    pub lang: Lang,
}

/// An opened [`Place`].
pub struct Opened {
    pub directory: PathBuf,
    mac: Vec<JournalKey>,
    citizen: Vec<JournalKey>,
    /// The configuration, when there is one.
    pub settings: Option<JournalSettings>,
}

impl Place {
    /// Reads the configuration or the keys.
    ///
    /// # Errors
    /// What is missing, with the option to give.
    pub fn open(&self) -> anyhow::Result<Opened> {
        if let Some(directory) = &self.directory {
            let (mac, citizen) = (read_keys(&self.mac_key_file)?, read_keys(&self.citizen_key_file)?);
            return Ok(Opened { directory: directory.clone(), mac, citizen, settings: None });
        }
        let file =
            self.config.as_ref().context("which journal? Give --config FILE, or --directory DIR with the keys")?;
        let journal = Settings::read(file, Purpose::Examine)?.journal;
        let journal = journal.with_context(|| format!("{}: there is no [journal] in it", file.display()))?;
        let with = |first: &JournalKey, rest: &[JournalKey]| {
            std::iter::once(first).chain(rest).cloned().collect::<Vec<JournalKey>>()
        };
        Ok(Opened {
            directory: journal.directory.clone(),
            mac: with(&journal.mac_key, &journal.old_mac_keys),
            citizen: with(&journal.citizen_key, &journal.old_citizen_keys),
            settings: Some(journal),
        })
    }
}

fn read_keys(files: &[PathBuf]) -> anyhow::Result<Vec<JournalKey>> {
    let read = |file: &PathBuf| {
        JournalKey::read(file).map_err(|wrong| anyhow::anyhow!("{}: the key file {wrong}", file.display()))
    };
    files.iter().map(read).collect()
}

impl Opened {
    /// The keys that prove lines.
    ///
    /// # Errors
    /// None was given.
    pub fn mac_keys(&self) -> anyhow::Result<MacKeys> {
        let (current, old) = self.mac.split_first().context("the key of the lines is needed: --mac-key-file FILE")?;
        Ok(MacKeys::new(current, old))
    }

    /// What stands for the citizen whose number this file holds (`-`: standard input). A number is never an argument:
    /// arguments stand in shell histories and process lists.
    ///
    /// # Errors
    /// No key was given, or there is no number.
    pub fn tokens(&self, file: &Path) -> anyhow::Result<Vec<CitizenToken>> {
        let keys = self.citizen.split_first();
        let (current, old) = keys.context("the key of the citizens' hashes is needed: --citizen-key-file FILE")?;
        Ok(CitizenKeys::new(current, old).tokens(&read_number(file)?))
    }
}

fn read_number(file: &Path) -> anyhow::Result<Number> {
    let mut text = Zeroizing::new(String::with_capacity(1024));
    let shown = file.display();
    if file == Path::new("-") {
        std::io::stdin().lock().take(1000).read_to_string(&mut text).context("standard input")?;
    } else {
        let file = std::fs::File::open(file).with_context(|| format!("{shown}"))?;
        file.take(1000).read_to_string(&mut text).with_context(|| format!("{shown}"))?;
    }
    Number::parse(text.trim())
        .map_err(|refusal| anyhow::anyhow!("{shown}: holds no personal number ({})", refusal.code()))
}

fn viet_nam() -> TimeZone {
    TimeZone::fixed(offset(7))
}

/// The first moment of a day in Viet Nam, as the journal writes times.
///
/// # Errors
/// The day is outside what clocks show.
pub fn start_of(day: Date) -> anyhow::Result<TimeText> {
    Ok(time_text(viet_nam().to_timestamp(day.at(0, 0, 0, 0))?))
}

/// The first moment after a day in Viet Nam.
///
/// # Errors
/// The day is outside what clocks show.
pub fn end_of(day: Date) -> anyhow::Result<TimeText> {
    start_of(day.tomorrow()?)
}

/// A moment given as a day in Viet Nam (its start or, for the end of a period, its end) or as RFC 3339.
pub fn moment(text: &str, end: bool) -> anyhow::Result<TimeText> {
    if let Ok(day) = text.parse::<Date>()
        && text.len() == 10
    {
        return if end { end_of(day) } else { start_of(day) };
    }
    let time: Timestamp = text.parse().ok().context("a time is written 2026-11-25 or 2026-11-25T08:30:00+07:00")?;
    Ok(time_text(time))
}

/// A time of the journal as people in Viet Nam read it; as it stands when it cannot be read.
pub fn local(time: &str) -> String {
    let read: Option<Timestamp> = time.parse().ok();
    read.map_or_else(|| time.to_owned(), |time| viet_nam().to_datetime(time).strftime("%d/%m/%Y %H:%M:%S").to_string())
}
