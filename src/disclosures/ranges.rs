//! What the server has of a range of lines: first as one hash, so that a million equal lines cost a thousand answers, and
//! row by row where the hash differs.

use aws_lc_rs::digest;

use super::error::RegisterError;
use super::row::{Columns, sql_text};
use super::server::{Register, number, signed, within};
use crate::audit::ProvenLine;

/// A row as it is compared.
pub struct Kept {
    pub seq: u64,
    /// The text of its columns.
    pub text: String,
    pub line: Vec<u8>,
}

/// Whether the server has exactly these lines, with columns that fit them, in the range of their numbers.
///
/// # Errors
/// The server's.
pub async fn equal(register: &Register, chain: i32, lines: &[ProvenLine]) -> Result<bool, RegisterError> {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Ok(true) };
    let query = format!(
        "SELECT count(*), coalesce(sha256(string_agg(convert_to({}, 'UTF8') || '\\x0a'::bytea || line || '\\x0a'::bytea, \
         ''::bytea ORDER BY seq, at)), ''::bytea) FROM disclosures.line WHERE chain = $1 AND seq BETWEEN $2 AND $3",
        sql_text()
    );
    let row = within(register.client.query_one(&query, &[&chain, &signed(first.seq), &signed(last.seq)])).await?;
    let hash: &[u8] = row.try_get(1)?;
    Ok(number(&row, 0)? == lines.len() as u64 && hash == hash_of(lines).as_ref())
}

fn hash_of(lines: &[ProvenLine]) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for line in lines {
        context.update(Columns::of(line).text(line).as_bytes());
        context.update(b"\n");
        context.update(&line.bytes);
        context.update(b"\n");
    }
    context.finish()
}

/// The rows of a range in their order, at most so many.
///
/// # Errors
/// The server's.
pub async fn rows(register: &Register, chain: i32, from: u64, to: u64, most: i64) -> Result<Vec<Kept>, RegisterError> {
    let query = format!(
        "SELECT seq, {}, line FROM disclosures.line WHERE chain = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq, at LIMIT $4",
        sql_text()
    );
    let rows = within(register.client.query(&query, &[&chain, &signed(from), &signed(to), &most])).await?;
    let kept =
        |row: &tokio_postgres::Row| Ok(Kept { seq: number(row, 0)?, text: row.try_get(1)?, line: row.try_get(2)? });
    rows.iter().map(kept).collect()
}
