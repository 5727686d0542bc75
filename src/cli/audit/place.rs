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
use crate::config::{DisclosureSettings, JournalKey, JournalSettings, Purpose, Settings};

/// Options of every command on the journal.
#[derive(clap::Args)]
pub struct Place {
    /// The configuration file whose [journal] is meant; one for each of several replicas.
    #[arg(long, env = "DIENSAN_CONFIG", value_name = "FILE")]
    config: Vec<PathBuf>,
    /// The journal's directory, instead of a configuration; one for each of several replicas, all with the same keys.
    #[arg(long, value_name = "DIR")]
    directory: Vec<PathBuf>,
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
    /// What findings and answers call it where there are several.
    pub name: String,
    mac: Vec<JournalKey>,
    citizen: Vec<JournalKey>,
    /// The configuration, when there is one.
    pub settings: Option<JournalSettings>,
    /// The register that the configuration names.
    disclosures: Option<DisclosureSettings>,
}

impl Place {
    /// Reads the configuration or the keys of one journal.
    ///
    /// # Errors
    /// What is missing, with the option to give.
    pub fn open(&self) -> anyhow::Result<Opened> {
        let mut all = self.open_all()?;
        match (all.pop(), all.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => anyhow::bail!("this command looks at one journal: give --config or --directory once"),
        }
    }

    /// Reads the configurations or the keys of one or more journals, in the order in which they were given.
    ///
    /// # Errors
    /// What is missing, with the option to give, or two journals of one name.
    pub fn open_all(&self) -> anyhow::Result<Vec<Opened>> {
        let all = if self.directory.is_empty() {
            anyhow::ensure!(
                !self.config.is_empty(),
                "which journal? Give --config FILE, or --directory DIR with the keys"
            );
            self.config.iter().map(|file| configured(file)).collect::<anyhow::Result<Vec<_>>>()?
        } else {
            let (mac, citizen) = (read_keys(&self.mac_key_file)?, read_keys(&self.citizen_key_file)?);
            let opened = |directory: &PathBuf| Opened {
                directory: directory.clone(),
                name: directory.display().to_string(),
                mac: mac.clone(),
                citizen: citizen.clone(),
                settings: None,
                disclosures: None,
            };
            self.directory.iter().map(opened).collect()
        };
        for (index, one) in all.iter().enumerate() {
            let again = all[..index].iter().any(|other| other.name == one.name || other.directory == one.directory);
            anyhow::ensure!(!again, "the journal {} is given twice", one.name);
        }
        Ok(all)
    }
}

fn configured(file: &Path) -> anyhow::Result<Opened> {
    let Settings { journal, disclosures, .. } = Settings::read(file, Purpose::Examine)?;
    let journal = journal.with_context(|| format!("{}: there is no [journal] in it", file.display()))?;
    let with = |first: &JournalKey, rest: &[JournalKey]| {
        std::iter::once(first).chain(rest).cloned().collect::<Vec<JournalKey>>()
    };
    let name = disclosures.as_ref().and_then(|settings| settings.journal_name.clone());
    Ok(Opened {
        directory: journal.directory.clone(),
        name: name.unwrap_or_else(|| journal.directory.display().to_string()),
        mac: with(&journal.mac_key, &journal.old_mac_keys),
        citizen: with(&journal.citizen_key, &journal.old_citizen_keys),
        settings: Some(journal),
        disclosures,
    })
}

fn read_keys(files: &[PathBuf]) -> anyhow::Result<Vec<JournalKey>> {
    let read = |file: &PathBuf| {
        JournalKey::read(file).map_err(|wrong| anyhow::anyhow!("{}: the key file {wrong}", file.display()))
    };
    files.iter().map(read).collect()
}

impl Opened {
    /// The directory, for messages.
    pub fn shown(&self) -> String {
        self.directory.display().to_string()
    }

    /// The register that the configuration names.
    ///
    /// # Errors
    /// There is none.
    pub fn register(&self) -> anyhow::Result<&DisclosureSettings> {
        self.disclosures.as_ref().context("which register? Give --config FILE with [disclosures] in it")
    }

    /// The name under which the register has this journal.
    ///
    /// # Errors
    /// None was decided.
    pub fn register_name(&self) -> anyhow::Result<&str> {
        let name = self.register()?.journal_name.as_deref();
        name.context("[disclosures] needs `journal_name`: under which name the register has this journal")
    }

    /// The keys that prove lines.
    ///
    /// # Errors
    /// None was given.
    pub fn mac_keys(&self) -> anyhow::Result<MacKeys> {
        let (current, old) = self.mac.split_first().context("the key of the lines is needed: --mac-key-file FILE")?;
        Ok(MacKeys::new(current, old))
    }

    fn tokens(&self, number: &Number) -> anyhow::Result<Vec<CitizenToken>> {
        let keys = self.citizen.split_first();
        let (current, old) = keys.context("the key of the citizens' hashes is needed: --citizen-key-file FILE")?;
        Ok(CitizenKeys::new(current, old).tokens(number))
    }
}

/// What stands in any of these journals for the citizen whose number this file holds (`-`: standard input). A number is
/// never an argument: arguments stand in shell histories and process lists.
///
/// # Errors
/// No key was given, or there is no number.
pub fn tokens_of(journals: &[Opened], file: &Path) -> anyhow::Result<Vec<CitizenToken>> {
    let number = read_number(file)?;
    let mut all: Vec<CitizenToken> = Vec::new();
    for journal in journals {
        for token in journal.tokens(&number)? {
            if !all.contains(&token) {
                all.push(token);
            }
        }
    }
    Ok(all)
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
