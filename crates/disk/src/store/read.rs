//! Reads. Each call sees one snapshot of the committed state.

use std::path::{Path, PathBuf};

use redb::{OwnedRange, ReadOnlyTable, ReadableDatabase, ReadableTableMetadata};

use super::batch::Cursor;
use super::database::Store;
use super::error::{StoreError, guarded};
use super::seal::unseal;
use super::tables::{EVENTS, META, MILESTONES, ORDER};

/// The bytes after which a page ends: an answer over HTTP is in memory as a whole.
const PAGE_BYTES: usize = 8 << 20;

/// An event as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVertex {
    /// Its place.
    pub cursor: Cursor,
    /// Its id.
    pub id: [u8; 32],
    /// The mark it was given.
    pub flags: u8,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Store {
    /// The event of an id.
    pub fn get(&self, id: &[u8; 32]) -> Result<Option<StoredVertex>, StoreError> {
        self.read(|transaction| {
            let Some(cursor) = transaction.open_table(EVENTS)?.get(id)?.map(|cursor| cursor.value()) else {
                return Ok(Some(None));
            };
            let record = transaction.open_table(ORDER)?.get(cursor)?;
            let record = record.and_then(|sealed| decode(Cursor(cursor), sealed.value()));
            Ok(record.filter(|record| record.id == *id).map(Some))
        })
    }

    /// All events from a place on, in order, each checked against the index. Space freed meanwhile is not used again until it is dropped.
    pub fn replay(&self, from: Cursor) -> Result<Replay, StoreError> {
        self.read(|transaction| {
            let order = transaction.open_table(ORDER)?;
            let first = from.0.max(Cursor::START.next().0);
            Ok(Some(Replay {
                path: self.path.clone(),
                expected: Some(Cursor(first)),
                last: Cursor(order.len()?),
                range: order.range_owned(first..)?,
                events: transaction.open_table(EVENTS)?,
            }))
        })
    }

    /// At most `limit` events after a place, fewer if they are large. Empty at the end of the order.
    pub fn page(&self, after: Cursor, limit: usize) -> Result<Vec<StoredVertex>, StoreError> {
        let mut records = Vec::new();
        let mut bytes = 0;
        for record in self.replay(after.next())?.take(limit) {
            let record = record?;
            bytes += record.bytes.len();
            records.push(record);
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok(records)
    }

    /// The id of the milestone of a height.
    pub fn milestone(&self, height: u64) -> Result<Option<[u8; 32]>, StoreError> {
        self.read(|transaction| {
            let Some(sealed) = transaction.open_table(MILESTONES)?.get(height)? else {
                return Ok(Some(None));
            };
            let id = unseal(&height.to_be_bytes(), sealed.value()).and_then(|id| id.try_into().ok());
            Ok(id.map(Some))
        })
    }

    /// A named value.
    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|transaction| {
            let Some(sealed) = transaction.open_table(META)?.get(key)? else {
                return Ok(Some(None));
            };
            let value = unseal(key.as_bytes(), sealed.value());
            Ok(value.map(|value| Some(value.to_vec())))
        })
    }

    /// At most `limit` names after `after` that begin with `prefix`, ascending: for the removal of expired values.
    pub fn meta_names(&self, prefix: &str, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(META)?;
            let mut names = Vec::new();
            for entry in table.range(prefix.max(after)..)? {
                let (name, _) = entry?;
                let name = name.value();
                if !name.starts_with(prefix) || names.len() >= limit {
                    break;
                }
                if name > after {
                    names.push(name.to_owned());
                }
            }
            Ok(Some(names))
        })
    }

    /// How many events it holds.
    pub fn len(&self) -> Result<u64, StoreError> {
        self.read(|transaction| Ok(Some(transaction.open_table(ORDER)?.len()?)))
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }

    /// Reads on a snapshot; a query without a result means damage.
    fn read<T>(
        &self,
        query: impl FnOnce(&redb::ReadTransaction) -> Result<Option<T>, redb::Error>,
    ) -> Result<T, StoreError> {
        guarded(&self.path, || {
            let answer = self.database.begin_read().map_err(redb::Error::from);
            answer
                .and_then(|transaction| query(&transaction))
                .map_err(|error| StoreError::engine(&self.path, error))?
                .ok_or_else(|| StoreError::damaged(&self.path))
        })
    }
}

/// The events from a place on, in order. Ends after the first error.
pub struct Replay {
    path: PathBuf,
    /// None once it has ended.
    expected: Option<Cursor>,
    last: Cursor,
    range: OwnedRange<u64, &'static [u8]>,
    events: ReadOnlyTable<&'static [u8; 32], u64>,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("expected", &self.expected).field("last", &self.last).finish_non_exhaustive()
    }
}

impl Iterator for Replay {
    type Item = Result<StoredVertex, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let expected = self.expected.take()?;
        if expected > self.last {
            return None;
        }
        let path = self.path.clone();
        let record = guarded(&path, || self.record(&path, expected));
        if record.is_ok() {
            self.expected = Some(expected.next());
        }
        Some(record)
    }
}

impl Replay {
    fn record(&mut self, path: &Path, expected: Cursor) -> Result<StoredVertex, StoreError> {
        let entry = self.range.next().ok_or_else(|| StoreError::damaged(path))?;
        let (cursor, sealed) = entry.map_err(|error| StoreError::engine(path, error))?;
        let found = Cursor(cursor.value());
        let record =
            decode(found, sealed.value()).filter(|_| found == expected).ok_or_else(|| StoreError::damaged(path))?;
        // An id that rotted in the index would be missed by `get`, and its event stored again.
        let indexed = self.events.get(&record.id);
        match indexed.map_err(|error| StoreError::engine(path, error))? {
            Some(indexed) if indexed.value() == found.0 => Ok(record),
            _ => Err(StoreError::damaged(path)),
        }
    }
}

fn decode(cursor: Cursor, sealed: &[u8]) -> Option<StoredVertex> {
    let body = unseal(&cursor.0.to_be_bytes(), sealed)?;
    let (flags, body) = body.split_first()?;
    let (id, bytes) = body.split_first_chunk::<32>()?;
    Some(StoredVertex { cursor, id: *id, flags: *flags, bytes: bytes.to_vec() })
}
