//! `diensan catalog coverage`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use jiff::civil::{Date, date};

use super::coverage_report::{Dates, FormRatio, Forms, Gap, Group, PersonRatio, Report, Services};
use super::coverage_table;
use super::folders::{Folders, day_or_today, problem_of};
use crate::autofill::{FillCount, Offline, in_every_role};
use crate::catalog::{Catalog, FieldCounts, FormPlan, Service, domains, gaps};
use crate::cli::screen::{Progress, print};

/// The first day of the national procedure catalogue that services are checked from.
const FIRST_DAY: Date = date(2021, 7, 1);

const KEYS: &str = "\
Keys of --format json (they do not change within a major version):
  date               the day for which \"today\" stands
  services           total, by_level{province,district,commune}, by_confidence{high,medium,low}
  forms              total, unused (used by no service), by_confidence{high,medium,low}
  fields             total, mapped, suggested, manual, rows (lists filled row by row)
  row_columns        the columns of those lists: total, mapped, suggested, manual, rows
  by_confidence      by the form's confidence: forms, fields{…}
  by_field           by the service's field (lĩnh vực): field, services, forms, fields{…}; a form counts in each
  dates              from, to, complete, gaps[{service, from, to}]: days on which a service has no default form
  people             person, forms, refused, mapped, filled, offered, ratio
  by_form            form, title, confidence, services, fields{…}, mapped, filled, offered, ratio, people{person: ratio}
Every person is asked for in every role of every form. ratio = filled / mapped, where mapped counts the boxes that are
filled outright (fields.mapped and fields.rows), offered those with a value for confirmation; null: nothing to fill, or
no single record for the number.
Exit code: 0 every service has a form on every day, 1 some has not, 2 could not run.";

/// Options of `catalog coverage`.
#[derive(clap::Args)]
#[command(after_long_help = KEYS)]
pub struct Options {
    #[command(flatten)]
    folders: Folders,
    /// How the figures are printed; csv has one line a form.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// The day of the figures instead of today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

/// Counts and prints.
///
/// # Errors
/// The catalogue has findings.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let report = report(&options.folders.offline()?, day_or_today(options.date))?;
    let text = match options.format {
        Format::Table => coverage_table::render(&report, options.folders.lang),
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
        Format::Csv => csv(&report)?,
    };
    print(&text)?;
    Ok(if report.dates.complete { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn report(offline: &Offline, today: Date) -> anyhow::Result<Report> {
    let catalog = offline.catalog();
    let services = catalog.services();
    let forms = catalog.forms();
    let (mut fields, mut row_columns) = (FieldCounts::default(), FieldCounts::default());
    let mut by_confidence: BTreeMap<&'static str, Group> = BTreeMap::new();
    for form in &forms {
        let group = by_confidence.entry(form.confidence.word()).or_default();
        group.forms += 1;
        group.fields.add(FieldCounts::of(form));
        fields.add(FieldCounts::of(form));
        row_columns.add(FieldCounts::of_columns(form));
    }
    let (people, by_form) = ratios(offline, &forms, today)?;
    Ok(Report {
        date: today.to_string(),
        services: Services {
            total: services.len(),
            by_level: tally(services.iter().map(|service| service.file.level.word())),
            by_confidence: tally(services.iter().map(|service| service.file.confidence.word())),
        },
        forms: Forms {
            total: forms.len(),
            unused: forms.iter().filter(|form| catalog.users(&form.id).is_empty()).count(),
            by_confidence: tally(forms.iter().map(|form| form.confidence.word())),
        },
        fields,
        row_columns,
        by_confidence,
        by_field: domains(&services),
        dates: dates(&services, today),
        people,
        by_form,
    })
}

fn tally(words: impl Iterator<Item = &'static str>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}

fn dates(services: &[&Service], today: Date) -> Dates {
    let of_service = |service: &&Service| {
        let code = service.file.code.0.clone();
        let gaps = gaps(service, FIRST_DAY, today).into_iter();
        gaps.map(move |(from, to)| Gap { service: code.clone(), from: from.to_string(), to: to.to_string() })
    };
    let gaps: Vec<Gap> = services.iter().flat_map(of_service).collect();
    Dates { from: FIRST_DAY.to_string(), to: today.to_string(), complete: gaps.is_empty(), gaps }
}

/// Every form for every invented person in every role.
fn ratios(
    offline: &Offline,
    forms: &[&std::sync::Arc<FormPlan>],
    today: Date,
) -> anyhow::Result<(Vec<PersonRatio>, Vec<FormRatio>)> {
    let people = offline.people();
    let mut of_people = vec![(FillCount::default(), 0_usize); people.len()];
    let mut of_forms = Vec::with_capacity(forms.len());
    let mut progress = Progress::new(forms.len());
    for form in forms {
        progress.step(&form.id);
        let (mut of_form, mut matrix) = (FillCount::default(), BTreeMap::new());
        for (person, (of_person, refused)) in people.iter().zip(&mut of_people) {
            let count = ratio(offline, form, &person.number, today)?;
            match count {
                Some(count) => {
                    of_form.add(count);
                    of_person.add(count);
                }
                None => *refused += 1,
            }
            matrix.insert(person.number.clone(), count.and_then(FillCount::ratio));
        }
        of_forms.push(form_ratio(offline.catalog(), form, of_form, matrix));
    }
    let people = people.iter().zip(of_people).map(|(person, (count, refused))| PersonRatio {
        person: person.number.clone(),
        forms: forms.len() - refused,
        refused,
        mapped: count.mapped,
        filled: count.filled,
        offered: count.offered,
        ratio: count.ratio(),
        note: person.note.clone(),
    });
    Ok((people.collect(), of_forms))
}

fn ratio(offline: &Offline, form: &FormPlan, number: &str, today: Date) -> anyhow::Result<Option<FillCount>> {
    let mut request = offline.request_for(form, number, today);
    in_every_role(&mut request, form);
    match offline.answer(&request, today) {
        Ok(answer) => Ok(Some(FillCount::of(form, &answer))),
        Err(unanswered) => problem_of(unanswered).map(|_| None),
    }
}

fn form_ratio(
    catalog: &Catalog,
    form: &FormPlan,
    count: FillCount,
    people: BTreeMap<String, Option<f64>>,
) -> FormRatio {
    FormRatio {
        form: form.id.to_string(),
        title: form.schema.title.to_string(),
        confidence: form.confidence.word(),
        services: catalog.users(&form.id).len(),
        fields: FieldCounts::of(form),
        mapped: count.mapped,
        filled: count.filled,
        offered: count.offered,
        ratio: count.ratio(),
        people,
    }
}

/// One line a form; the last columns are the people.
fn csv(report: &Report) -> anyhow::Result<String> {
    let shown = |ratio: Option<f64>| ratio.map(|ratio| ratio.to_string()).unwrap_or_default();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fixed = ["form", "title", "confidence", "services", "fields", "mapped", "suggested", "manual", "rows", "ratio"];
    writer.write_record(fixed.into_iter().chain(report.people.iter().map(|person| person.person.as_str())))?;
    for form in &report.by_form {
        let counts = &form.fields;
        let numbers = [form.services, counts.total, counts.mapped, counts.suggested, counts.manual, counts.rows];
        let mut line = vec![form.form.clone(), form.title.clone(), form.confidence.to_owned()];
        line.extend(numbers.iter().map(usize::to_string));
        line.push(shown(form.ratio));
        line.extend(form.people.values().map(|ratio| shown(*ratio)));
        writer.write_record(line)?;
    }
    Ok(String::from_utf8(writer.into_inner().map_err(|error| error.into_error())?)?)
}
