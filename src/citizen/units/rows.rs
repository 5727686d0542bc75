//! The rows of the unit files, and what can be wrong with one. Knows the files, not what their rows mean.

use std::fmt;

use csv::StringRecord;

/// Which of the four files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitsFile {
    /// `before-2025-07-01.csv`
    Before,
    /// `since-2025-07-01.csv`
    Since,
    /// `amendments.csv`
    Amendments,
    /// `changes.csv`
    Changes,
}

impl fmt::Display for UnitsFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Before => "before-2025-07-01.csv",
            Self::Since => "since-2025-07-01.csv",
            Self::Amendments => "amendments.csv",
            Self::Changes => "changes.csv",
        })
    }
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitsProblem {
    /// Another header row than the one of the shipped files.
    #[error("the columns are not the expected ones")]
    Columns,
    /// A broken quote, or more or fewer fields than columns.
    #[error("the line is no CSV record of this file")]
    Csv,
    /// Codes have 2, 3 and 5 digits; `1` is not `01`.
    #[error("a code has the wrong number of digits")]
    Code,
    /// A unit without a name.
    #[error("a name is missing, or is given without a code")]
    Name,
    /// Every line of a province or district must repeat it alike; a change must name the district and the province
    /// that its communes have in the tables.
    #[error("a code was given before with another name or in another unit")]
    Contradiction,
    /// Commune codes are unique in the whole country; of a change the two codes together are.
    #[error("the commune, or the change, stands in the file twice")]
    Duplicate,
    /// An amendment or a change of a unit that is not in its table.
    #[error("the table has no unit with this code")]
    UnknownCode,
    /// Amendments know two levels.
    #[error("the level is neither province nor commune")]
    Level,
    /// Amendments are later than the table's first day.
    #[error("the date is no ISO date after 1 July 2025")]
    Date,
    /// Names must lead, in order of date, to the current one (admin-units README §1 "Trap").
    #[error("the names of before and after do not lead to the name in the table")]
    Chain,
    /// A kind of change that is not known, or a share that this kind cannot have.
    #[error("the kind of change and its share are not known together")]
    Kind,
    /// People went wholly to one new commune, or in parts to several of one province; nothing else can be converted.
    #[error("the lines of this old unit do not agree on where its people went")]
    Rivals,
    /// Every old commune and every island district has its line.
    #[error("an old unit has no successor")]
    Missing,
    /// Beyond 4 GiB, or a name beyond 64 KiB.
    #[error("the table is too large")]
    Size,
}

/// A file of administrative units that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {problem}")]
pub struct UnitsError {
    /// The file.
    pub file: UnitsFile,
    /// The line in it, the header being 1; 0 when unknown.
    pub line: u64,
    /// What is wrong there.
    pub problem: UnitsProblem,
}

/// Hands every record of a file over, and gives a problem its line.
pub(super) fn each_record(
    file: UnitsFile,
    csv: &str,
    columns: &[&str],
    mut take: impl FnMut(&StringRecord) -> Result<(), UnitsProblem>,
) -> Result<(), UnitsError> {
    let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_bytes());
    let error = |line, problem| UnitsError { file, line, problem };
    if !reader.headers().is_ok_and(|header| header.iter().eq(columns.iter().copied())) {
        return Err(error(1, UnitsProblem::Columns));
    }
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                take(&record).map_err(|problem| error(line, problem))?;
            }
            Err(problem) => return Err(error(problem.position().map_or(0, csv::Position::line), UnitsProblem::Csv)),
        }
    }
}
