//! The one question that the doctor asks: an invented person over a rehearsal, and over a real connection only what
//! somebody hands in. Personal data comes by a file or standard input, never by an argument that a shell would keep.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use zeroize::Zeroizing;

use crate::catalog;
use crate::citizen::{AttributeSet, BirthDate, Name, Number, PartialDate, Query};
use crate::config::{Code, ConnectionSettings, SecretFile, Settings};
use crate::population::{CallTrail, LookUp};

/// Whom to ask for, and as whom.
#[derive(Clone)]
pub struct Question {
    query: Query,
    officer: String,
    agency: String,
    dossier: String,
    service: String,
}

impl Question {
    /// The look-up; everything is kept, so that it can be told which groups are given.
    pub fn look_up(&self) -> LookUp {
        LookUp {
            query: self.query.clone(),
            keep: AttributeSet::all(),
            service: self.service.clone(),
            officer: self.officer.clone(),
            agency: self.agency.clone(),
            dossier: self.dossier.clone(),
            trail: CallTrail::default(),
        }
    }

    /// Whether the person is an invented one.
    pub fn is_invented(&self) -> bool {
        self.query.number.is_invented()
    }

    /// Whether the service would ask this over the connection.
    pub fn is_for(&self, connection: &ConnectionSettings) -> bool {
        connection.serves.fits(&self.service, &self.agency)
    }

    /// Seven lines: number, name, birth date, officer, agency, dossier, service.
    ///
    /// # Errors
    /// Which line cannot be used, never what it holds; or others could read the file, which names a citizen.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let text = Zeroizing::new(match file.to_str() {
            Some("-") => std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?,
            _ => {
                SecretFile::check_mode(file).map_err(|why| anyhow!("--question-from: {} {why}", file.display()))?;
                std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?
            }
        });
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let [number, name, birth, officer, agency, dossier, service] = lines[..] else {
            bail!(
                "--question-from needs seven lines: number, name, birth date (yyyy-mm-dd or yyyy), officer, agency, dossier, service"
            );
        };
        let query = Query {
            number: Number::parse(number).ok().context("line 1 is no personal number")?,
            name: Some(Name::parse(name).ok().context("line 2 is no name")?),
            birth_date: Some(PartialDate::from_iso(birth).ok().context("line 3 is no birth date")?),
        };
        let [officer, agency, dossier, service] = [officer, agency, dossier, service].map(str::to_owned);
        Ok(Self { query, officer, agency, dossier, service })
    }

    /// The first invented person with a whole name and a full birth date, asked for as the connection's rules allow.
    ///
    /// # Errors
    /// The people cannot be read, or there is none.
    pub fn invented(settings: &Settings, connection: &ConnectionSettings) -> anyhow::Result<Self> {
        let mut people = catalog::load_people(&settings.services.join("people"))?;
        people.sort_by(|a, b| a.number.cmp(&b.number));
        // Two files may carry one number: the answer to that would be "several people".
        let alone = |number: &str| people.iter().filter(|other| other.number == number).count() == 1;
        let query = people
            .iter()
            .filter(|person| alone(&person.number))
            .filter(|person| person.record.blocked().is_none())
            .find_map(|person| {
                let BirthDate::Given(birth_date) = person.record.ngay_sinh else { return None };
                let name = Name::parse(&person.record.ho_va_ten.as_ref()?.full()).ok()?;
                let number = Number::parse(&person.number).ok()?;
                birth_date.is_full().then_some(Query { number, name: Some(name), birth_date: Some(birth_date) })
            })
            .context("there is no invented person with a name and a full birth date")?;
        let listed = |code: &Code| match code {
            Code::Table(table) => table.keys().next().cloned(),
            Code::Asked | Code::Fixed(_) => None,
        };
        let serves = &connection.serves;
        let agency = serves.agencies.first().map_or("H00", |rule| rule.trim_end_matches('*'));
        let service = serves.services.first().cloned().or_else(|| listed(&connection.request.procedure));
        Ok(Self {
            query,
            officer: listed(&connection.request.officer).unwrap_or_else(|| "doctor".to_owned()),
            agency: agency.to_owned(),
            dossier: "doctor".to_owned(),
            service: service.unwrap_or_else(|| "1.000894".to_owned()),
        })
    }
}
