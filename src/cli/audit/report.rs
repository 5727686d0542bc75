//! `diensan audit report`: the supervision report of a month (RISKS R4).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::process::ExitCode;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;

use super::disclosures::Folders;
use super::journals;
use super::place::{Opened, Place, local, start_of};
use super::report_text;
use crate::audit::{self, Entry, Wanted, ascii, time_text};
use crate::cli::screen::print;
use crate::clock::now;

/// Options of `audit report`. The report is Vietnamese: somebody signs it.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    folders: Folders,
    /// The month, in Viet Nam's time.
    #[arg(long, value_name = "YYYY-MM", value_parser = first_day)]
    month: Date,
    /// How the report is printed.
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Markdown,
    Json,
}

fn first_day(text: &str) -> Result<Date, &'static str> {
    let day = format!("{text}-01").parse().ok().filter(|_| text.len() == 7);
    day.ok_or("a month is written 2026-11")
}

/// Counts of one caller, officer or procedure.
#[derive(Default, Serialize)]
pub struct Counts {
    pub disclosures: u64,
    pub verifications: u64,
    pub refusals: u64,
    /// Different citizens of whom something was disclosed.
    #[serde(serialize_with = "count")]
    pub citizens: HashSet<String>,
}

fn count<S: serde::Serializer>(set: &HashSet<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(set.len() as u64)
}

/// Something that a person must look at.
#[derive(Serialize)]
pub struct Alarm {
    pub line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<String>,
    pub time: String,
    pub alarm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
}

/// What the signer should know of the journal itself.
#[derive(Serialize)]
pub struct Proof {
    /// `None`: not verified, because the key was not at hand.
    pub faults: Option<usize>,
    pub last_line: Option<u64>,
    pub last_mac: Option<String>,
}

/// A month.
#[derive(Serialize)]
pub struct Report {
    pub month: String,
    pub made_at: String,
    pub lines: u64,
    pub total: Counts,
    pub callers: BTreeMap<String, Counts>,
    /// By agency and officer.
    pub officers: BTreeMap<String, Counts>,
    pub services: BTreeMap<String, Counts>,
    pub refusals: BTreeMap<String, u64>,
    pub outcomes: BTreeMap<String, u64>,
    /// Attributes disclosed, with how often.
    pub attributes: BTreeMap<String, u64>,
    pub alarms: Vec<Alarm>,
    /// Starts, ends and cuts of the writer, deleted cache entries, clocks set back.
    pub events: BTreeMap<String, u64>,
    /// Of the one journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<Proof>,
    /// Of each of several, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub journals: BTreeMap<String, Proof>,
}

/// Counts and prints.
///
/// # Errors
/// The journal or the catalogue cannot be read.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let journals = options.place.open_all()?;
    let wanted = Wanted {
        since: Some(start_of(options.month)?),
        until: Some(start_of(options.month.checked_add(1.month())?)?),
        ..Wanted::default()
    };
    let mut report = Report::new(options.month.strftime("%Y-%m").to_string());
    let several = journals.len() > 1;
    journals::search(&journals, &wanted, &mut |name, entry| {
        report.add(&entry, several.then_some(name));
        ControlFlow::Continue(())
    })?;
    for journal in &journals {
        let proof = proof(journal)?;
        if several {
            report.journals.insert(journal.name.clone(), proof);
        } else {
            report.journal = Some(proof);
        }
    }
    print(&match options.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
        Format::Markdown => report_text::markdown(&report, &options.folders.names()?),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn proof(opened: &Opened) -> anyhow::Result<Proof> {
    let Ok(keys) = opened.mac_keys() else {
        return Ok(Proof { faults: None, last_line: None, last_mac: None });
    };
    let anchors: Vec<_> = opened.settings.iter().filter_map(|settings| settings.anchor_file.clone()).collect();
    let anchors: Vec<_> = anchors.into_iter().filter(|file| file.exists()).collect();
    let verified = audit::verify(&opened.directory, &keys, &anchors, &|_| ())?;
    Ok(Proof {
        faults: Some(verified.faults),
        last_line: verified.last.map(|last| last.seq),
        last_mac: verified.last.map(|last| ascii(&last.mac)),
    })
}

impl Report {
    fn new(month: String) -> Self {
        Self {
            month,
            made_at: local(&ascii(&time_text(now()))),
            lines: 0,
            total: Counts::default(),
            callers: BTreeMap::new(),
            officers: BTreeMap::new(),
            services: BTreeMap::new(),
            refusals: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            attributes: BTreeMap::new(),
            alarms: Vec::new(),
            events: BTreeMap::new(),
            journal: None,
            journals: BTreeMap::new(),
        }
    }

    /// `journal` names where the line stands when there are several.
    fn add(&mut self, entry: &Entry, journal: Option<&str>) {
        self.lines += 1;
        if entry.clock_back {
            *self.events.entry("clock_back".to_owned()).or_default() += 1;
        }
        match entry.kind.as_str() {
            "disclosure" | "verify" | "refusal" => self.add_request(entry),
            "alarm" => self.alarms.push(Alarm {
                line: entry.seq,
                journal: journal.map(str::to_owned),
                time: local(&entry.time),
                alarm: entry.alarm.clone().unwrap_or_default(),
                since: entry.since.as_deref().map(local),
                caller: entry.caller.clone(),
                officer: entry.officer.clone(),
            }),
            other => *self.events.entry(other.to_owned()).or_default() += 1,
        }
    }

    fn add_request(&mut self, entry: &Entry) {
        let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let officer = format!("{} / {}", word(&entry.agency), word(&entry.officer));
        let groups = [
            self.callers.entry(word(&entry.caller)).or_default(),
            self.officers.entry(officer).or_default(),
            self.services.entry(word(&entry.service)).or_default(),
            &mut self.total,
        ];
        for counts in groups {
            match entry.kind.as_str() {
                "disclosure" => counts.disclosures += 1,
                "verify" => counts.verifications += 1,
                _ => counts.refusals += 1,
            }
            let disclosed = entry.people.iter().filter(|person| !person.attributes.is_empty());
            for person in disclosed {
                if !counts.citizens.contains(&person.citizen) {
                    counts.citizens.insert(person.citizen.clone());
                }
            }
        }
        if let Some(code) = &entry.refusal {
            *self.refusals.entry(code.clone()).or_default() += 1;
        }
        for person in &entry.people {
            *self.outcomes.entry(person.outcome.clone()).or_default() += 1;
            for attribute in person.attributes.iter().collect::<BTreeSet<_>>() {
                *self.attributes.entry(attribute.clone()).or_default() += 1;
            }
        }
    }
}
