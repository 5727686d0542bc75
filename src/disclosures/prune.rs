//! Retention of the register: whole months go, and the register keeps what went.

use super::error::RegisterError;
use super::server::{Register, number, within};

/// A month that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedMonth {
    /// As `2026-11`, in UTC.
    pub month: String,
    pub lines: u64,
}

/// Removes the months that ended before so many months ago.
///
/// # Errors
/// The server's; mostly that the user may not.
pub async fn drop_months(register: &Register, keep: u32) -> Result<Vec<DroppedMonth>, RegisterError> {
    let keep = i32::try_from(keep).unwrap_or(i32::MAX);
    let text = "SELECT to_char(gone, 'YYYY-MM'), gone_lines FROM disclosures.drop_months($1) ORDER BY gone";
    let rows = within(register.client.query(text, &[&keep])).await?;
    rows.iter().map(|row| Ok(DroppedMonth { month: row.try_get(0)?, lines: number(row, 1)? })).collect()
}

/// Numbers of lines of one chain that were in months which retention removed.
pub struct Dropped(Vec<(u64, u64)>);

impl Dropped {
    /// Reads what went of a chain.
    ///
    /// # Errors
    /// The server's.
    pub async fn of(register: &Register, chain: i32) -> Result<Self, RegisterError> {
        let text = "SELECT first_seq, last_seq FROM disclosures.dropped WHERE chain = $1 ORDER BY first_seq";
        let rows = within(register.client.query(text, &[&chain])).await?;
        let ranges: Result<_, RegisterError> = rows.iter().map(|row| Ok((number(row, 0)?, number(row, 1)?))).collect();
        Ok(Self(ranges?))
    }

    /// Splits a gap into how many of its lines retention explains, and the ranges that nothing explains.
    pub fn explain(&self, from: u64, to: u64) -> (u64, Vec<(u64, u64)>) {
        let (mut explained, mut open, mut next) = (0, Vec::new(), from);
        for (first, last) in &self.0 {
            let (first, last) = ((*first).max(next), (*last).min(to));
            if first > last {
                continue;
            }
            if first > next {
                open.push((next, first - 1));
            }
            explained += last - first + 1;
            next = last + 1;
        }
        if next <= to {
            open.push((next, to));
        }
        (explained, open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_explains_what_it_removed_and_nothing_else() {
        let dropped = Dropped(vec![(1, 10), (8, 20), (31, 40)]);
        assert_eq!(dropped.explain(1, 20), (20, vec![]));
        assert_eq!(dropped.explain(5, 35), (16 + 5, vec![(21, 30)]));
        assert_eq!(dropped.explain(41, 42), (0, vec![(41, 42)]));
        assert_eq!(dropped.explain(20, 21), (1, vec![(21, 21)]));
        assert_eq!(Dropped(Vec::new()).explain(3, 3), (0, vec![(3, 3)]));
    }
}
