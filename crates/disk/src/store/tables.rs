//! The tables, and the version that governs them.

use std::path::Path;

use redb::{Database, ReadableDatabase, TableDefinition, TableError};

use super::error::StoreError;
use super::seal::{seal, unseal};

/// Cursor to checksum, flags, id, bytes.
pub(super) const ORDER: TableDefinition<u64, &[u8]> = TableDefinition::new("order");
/// Id to cursor; the record found there names the id again, which checks both.
pub(super) const EVENTS: TableDefinition<&[u8; 32], u64> = TableDefinition::new("events");
/// Height to checksum, id.
pub(super) const MILESTONES: TableDefinition<u64, &[u8]> = TableDefinition::new("milestones");
/// Name to checksum, bytes.
pub(super) const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");

const HEADER: TableDefinition<&str, &[u8]> = TableDefinition::new("header");
const FORMAT_KEY: &str = "format";

/// The version of the tables above.
pub(super) const FORMAT: u32 = 1;

/// Makes the tables of an empty database.
pub(super) fn create(path: &Path, database: &Database, format: u32) -> Result<(), StoreError> {
    let make = || -> Result<(), redb::Error> {
        let mut transaction = database.begin_write()?;
        transaction.set_quick_repair(true);
        {
            let sealed = seal(FORMAT_KEY.as_bytes(), &[&format.to_le_bytes()]);
            transaction.open_table(HEADER)?.insert(FORMAT_KEY, sealed.as_slice())?;
            transaction.open_table(ORDER)?;
            transaction.open_table(EVENTS)?;
            transaction.open_table(MILESTONES)?;
            transaction.open_table(META)?;
        }
        Ok(transaction.commit()?)
    };
    make().map_err(|error| StoreError::engine(path, error))
}

/// Refuses tables that this program cannot read.
pub(super) fn check(path: &Path, database: &Database) -> Result<(), StoreError> {
    let found = format(database).map_err(|error| StoreError::engine(path, error))?;
    match found {
        Some(FORMAT) => Ok(()),
        Some(found) if found > FORMAT => Err(StoreError::Newer { path: path.to_path_buf(), found, supported: FORMAT }),
        _ => Err(StoreError::damaged(path)),
    }
}

fn format(database: &Database) -> Result<Option<u32>, redb::Error> {
    let table = match database.begin_read()?.open_table(HEADER) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        other => other?,
    };
    let Some(sealed) = table.get(FORMAT_KEY)? else {
        return Ok(None);
    };
    let version = unseal(FORMAT_KEY.as_bytes(), sealed.value()).and_then(|body| body.try_into().ok());
    Ok(version.map(u32::from_le_bytes))
}
