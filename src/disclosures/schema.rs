//! The tables of the register and who may do what with them, as SQL that a person can read.

use super::error::RegisterError;
use super::server::{Register, within};

/// Tables, partitions, functions and the trigger; may be run again.
pub const SCHEMA: &str = include_str!("../../deploy/postgresql/schema.sql");
/// Roles and their rights; may be run again.
pub const ROLES: &str = include_str!("../../deploy/postgresql/roles.sql");

/// Makes the tables, as their owner.
///
/// # Errors
/// The user may not, or the database is not in UTF-8.
pub async fn create(register: &Register) -> Result<(), RegisterError> {
    let row = within(register.client.query_one("SELECT current_setting('server_encoding')", &[])).await?;
    let encoding: String = row.try_get(0)?;
    if encoding != "UTF8" {
        return Err(RegisterError::Answer(format!("the database is in {encoding}; it must be in UTF8")));
    }
    within(register.client.batch_execute(SCHEMA)).await
}
