//! Searching the register: by the columns, answered with the lines themselves. It proves nothing, as a search of the
//! journal does not.

use std::ops::ControlFlow;

use futures_util::{StreamExt as _, pin_mut};
use tokio_postgres::types::ToSql;

use super::error::RegisterError;
use super::row::clean;
use super::server::{Register, within};
use crate::audit::{Entry, Wanted, ascii};

const TEXT: &str = "\
SELECT chain.name, line.line FROM disclosures.line JOIN disclosures.chain ON chain.id = line.chain \
WHERE ($1::text[] IS NULL OR citizens && $1) AND ($2::text IS NULL OR officer = $2) \
  AND ($3::text IS NULL OR dossier = $3) AND ($4::text IS NULL OR caller = $4) \
  AND ($5::text IS NULL OR at >= $5::text::timestamptz) AND ($6::text IS NULL OR at < $6::text::timestamptz) \
  AND ($7::text[] IS NULL OR kind = ANY ($7)) \
ORDER BY at, chain.name, seq";

/// Hands every line that fits to `found`, with the name of its journal, in the order of time. How many could not be read.
///
/// # Errors
/// The server's.
pub async fn search(
    register: &Register,
    wanted: &Wanted,
    found: &mut dyn FnMut(&str, Entry) -> ControlFlow<()>,
) -> Result<u64, RegisterError> {
    let citizens: Option<Vec<&str>> =
        wanted.citizen.as_ref().map(|tokens| tokens.iter().map(|token| token.text()).collect());
    let word = |text: &Option<String>| text.as_deref().map(clean);
    let (officer, dossier, caller) = (word(&wanted.officer), word(&wanted.dossier), word(&wanted.caller));
    let time = |limit: &Option<[u8; 24]>| limit.as_ref().map(|limit| ascii(limit));
    let (since, until) = (time(&wanted.since), time(&wanted.until));
    let kinds: Option<&[&str]> = Some(wanted.kinds.as_slice()).filter(|kinds| !kinds.is_empty());
    let parameters: [&(dyn ToSql + Sync); 7] = [&citizens, &officer, &dossier, &caller, &since, &until, &kinds];
    let rows = within(register.client.query_raw(TEXT, parameters)).await?;
    pin_mut!(rows);
    let mut unreadable = 0;
    while let Some(row) = rows.next().await {
        let row = row?;
        let Some(entry) = Entry::read(row.try_get(1)?) else {
            unreadable += 1;
            continue;
        };
        if found(row.try_get(0)?, entry).is_break() {
            break;
        }
    }
    Ok(unreadable)
}
