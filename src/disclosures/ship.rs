//! Shipping: from where the register stands to where the journal is settled, in batches that count whole or not at all.

use std::collections::HashSet;
use std::path::Path;

use super::error::{RACE, RegisterError};
use super::row::{Columns, WORDS};
use super::server::{Mark, Register, signed, within};
use crate::audit::{End, MacKeys, Proven, ProvenLine};

/// Lines in one batch: a line has about a kilobyte, so a batch has half a megabyte (ASM).
const BATCH: usize = 500;

/// What one pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Lines that were added.
    pub shipped: u64,
    /// Up to where the register has the chain now; 0: it has nothing of it.
    pub last: u64,
    /// Lines at the end of the register's chain that the journal does not have.
    pub ahead: u64,
}

/// Ships what is settled and not there yet. `told` hears of every batch that the register has. Shipping twice, also at
/// the same time, is harmless.
///
/// # Errors
/// The journal is not proven further on, the register has another line at a place, or it cannot be reached; what was
/// shipped until then stays.
pub async fn ship(
    register: &Register,
    name: &str,
    directory: &Path,
    keys: &MacKeys,
    end: End,
    told: &mut dyn FnMut(Pass),
) -> Result<Pass, RegisterError> {
    let mut mark = register.mark(name).await?;
    let mut lines = Proven::open(directory, keys, mark.as_ref().map_or(0, |mark| mark.last_seq), end)?;
    let mut pass = Pass { last: mark.as_ref().map_or(0, |mark| mark.last_seq), ..Pass::default() };
    let mut months = HashSet::new();
    let mut last_read: Option<ProvenLine> = None;
    loop {
        let batch = lines.next(BATCH)?;
        let (Some(first), Some(last)) = (batch.first().cloned(), batch.last().cloned()) else { break };
        let known = match mark.take() {
            Some(known) => known,
            None => begin(register, name, &first).await?,
        };
        if last_read.is_none() && first.seq > known.last_seq + 1 {
            return Err(RegisterError::Gap { register: known.last_seq, journal: first.seq });
        }
        if let Some(line) = batch.iter().find(|line| line.seq == known.last_seq) {
            same(line.seq, &line.mac, &known.last_mac)?;
        } else if last_read.is_none() && first.seq == known.last_seq + 1 {
            // The journal begins where the register ends: its first line knows the one before.
            same(known.last_seq, &first.prev, &known.last_mac)?;
        }
        let new: Vec<ProvenLine> = batch.into_iter().filter(|line| line.seq > known.last_seq).collect();
        if new.is_empty() {
            mark = Some(known);
        } else {
            make_months(register, &new, &mut months).await?;
            pass.shipped += insert(register, known.id, &new).await?;
            pass.last = last.seq;
            told(pass);
            mark = Some(Mark { last_seq: last.seq, last_mac: last.mac.clone(), ..known });
        }
        last_read = Some(last);
    }
    if let (Some(mark), Some(last)) = (&mark, &last_read)
        && last.seq < mark.last_seq
    {
        // The journal ends before the register does: only the line where it ends can be compared.
        if let Some(mac) = mac_at(register, mark.id, last.seq).await? {
            same(last.seq, &last.mac, &mac)?;
        }
        pass.ahead = mark.last_seq - last.seq;
    }
    Ok(pass)
}

fn same(seq: u64, journal: &str, register: &str) -> Result<(), RegisterError> {
    if journal == register {
        return Ok(());
    }
    Err(RegisterError::OtherLine { seq, journal: journal.to_owned(), register: register.to_owned() })
}

/// A new chain: its first line says where it begins and what it hangs on.
async fn begin(register: &Register, name: &str, first: &ProvenLine) -> Result<Mark, RegisterError> {
    let text = "SELECT disclosures.begin_chain($1, $2, $3)";
    within(register.client.execute(text, &[&name, &signed(first.seq), &first.prev])).await?;
    register.mark(name).await?.ok_or_else(|| RegisterError::Answer("a new chain is not there".to_owned()))
}

/// Partitions for the months of these lines. In a statement of its own before them: it changes the table.
async fn make_months(
    register: &Register,
    lines: &[ProvenLine],
    made: &mut HashSet<String>,
) -> Result<(), RegisterError> {
    for line in lines {
        let month = line.time.get(..7).unwrap_or_default();
        if !made.contains(month) {
            let text = "SELECT disclosures.make_month($1::text::timestamptz)";
            within(register.client.execute(text, &[&line.time])).await?;
            made.insert(month.to_owned());
        }
    }
    Ok(())
}

async fn mac_at(register: &Register, chain: i32, seq: u64) -> Result<Option<String>, RegisterError> {
    let text = "SELECT mac FROM disclosures.line WHERE chain = $1 AND seq = $2";
    let row = within(register.client.query(text, &[&chain, &signed(seq)])).await?;
    row.first().map(|row| Ok(row.try_get(0)?)).transpose()
}

/// One statement, so one transaction: its rows and the chain's mark, or nothing. How many rows are new.
async fn insert(register: &Register, chain: i32, lines: &[ProvenLine]) -> Result<u64, RegisterError> {
    let columns: Vec<Columns> = lines.iter().map(Columns::of).collect();
    let seqs: Vec<i64> = lines.iter().map(|line| signed(line.seq)).collect();
    let texts = |of: fn(&ProvenLine) -> &str| lines.iter().map(of).collect::<Vec<&str>>();
    let (times, prevs, macs) = (texts(|line| &line.time), texts(|line| &line.prev), texts(|line| &line.mac));
    let kinds: Vec<&str> = columns.iter().map(|columns| columns.kind.as_str()).collect();
    let words: Vec<Vec<Option<&str>>> =
        (0..WORDS.len()).map(|at| columns.iter().map(|columns| columns.words[at].as_deref()).collect()).collect();
    let statuses: Vec<Option<i32>> = columns.iter().map(|columns| columns.status).collect();
    let citizens: Vec<&str> = columns.iter().map(|columns| columns.citizens.as_str()).collect();
    let outcomes: Vec<&str> = columns.iter().map(|columns| columns.outcomes.as_str()).collect();
    let watched: Vec<bool> = columns.iter().map(|columns| columns.watched).collect();
    let bytes: Vec<&[u8]> = lines.iter().map(|line| line.bytes.as_slice()).collect();
    let mut parameters: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
        vec![&chain, &seqs, &times, &prevs, &macs, &kinds];
    parameters.extend(words.iter().map(|word| word as &(dyn tokio_postgres::types::ToSql + Sync)));
    parameters.extend([
        &statuses as &(dyn tokio_postgres::types::ToSql + Sync),
        &citizens,
        &outcomes,
        &watched,
        &bytes,
    ]);
    match within(register.client.execute(&insert_text(), &parameters)).await {
        Ok(added) if added == lines.len() as u64 => Ok(added),
        // Somebody else shipped some of them meanwhile, or they are others: the server says which.
        Ok(added) => compare(register, chain, lines).await.map(|()| added),
        Err(RegisterError::Refused { code, message }) if code == RACE => {
            compare(register, chain, lines).await?;
            Err(RegisterError::Refused { code, message })
        }
        Err(error) => Err(error),
    }
}

/// Whether what the register has at the places of these lines is the same.
async fn compare(register: &Register, chain: i32, lines: &[ProvenLine]) -> Result<(), RegisterError> {
    let seqs: Vec<i64> = lines.iter().map(|line| signed(line.seq)).collect();
    let text = "SELECT seq, mac FROM disclosures.line WHERE chain = $1 AND seq = ANY ($2) ORDER BY seq";
    for row in within(register.client.query(text, &[&chain, &seqs])).await? {
        let (seq, mac): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        if let Some(line) = lines.iter().find(|line| signed(line.seq) == seq) {
            same(line.seq, &line.mac, &mac)?;
        }
    }
    Ok(())
}

fn insert_text() -> String {
    let names = WORDS.join(", ");
    let words: Vec<String> = (7..7 + WORDS.len()).map(|at| format!("${at}::text[]")).collect();
    format!(
        "INSERT INTO disclosures.line \
         (chain, seq, at, prev, mac, kind, {names}, status, citizens, outcomes, watched, line) \
         SELECT $1, seq, at::timestamptz, prev, mac, kind, {names}, status, string_to_array(citizens, ' '), \
                string_to_array(outcomes, ' '), watched, line \
         FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], {}, $17::integer[], $18::text[], \
                     $19::text[], $20::boolean[], $21::bytea[]) \
           AS new (seq, at, prev, mac, kind, {names}, status, citizens, outcomes, watched, line) \
         ON CONFLICT (chain, seq, at) DO NOTHING",
        words.join(", ")
    )
}
