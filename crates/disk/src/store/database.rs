//! The store: opening, submission, closing.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use redb::backends::FileBackend;
use redb::{Builder, Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, StorageBackend};

use super::backend::OneFailure;
use super::batch::{Cursor, StoreBatch};
use super::error::{StoreError, guarded};
use super::report::{StoreCounters, StoreReport, StoreStats};
use super::tables::{self, ORDER};
use super::writer::StoreWriter;
use crate::durable_file;
use crate::write_queue::{QueueLimits, Refused, WriteQueue};

/// The batches of a few seconds of a busy network. More would be lost in a crash, and would hide a slow disk.
pub(super) const QUEUE: QueueLimits = QueueLimits { items: 8_192, bytes: 64 << 20 };

/// The page cache: enough for the branches of the tables, since the graph has the recent events in memory.
const CACHE_BYTES: usize = 64 << 20;

/// The store in one file. Dropping it writes the batches that wait, and blocks until the disk has them.
#[derive(Debug)]
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) database: Arc<Database>,
    queue: Arc<WriteQueue<StoreBatch>>,
    counters: Arc<StoreCounters>,
    writer: Option<JoinHandle<()>>,
}

impl Store {
    /// Opens the store in `path`, or makes it. `report` is called on the writer's thread, so it should only pass the
    /// report on; a slow one delays the next commit. It must not own the store.
    pub fn open(path: impl AsRef<Path>, report: impl FnMut(StoreReport) + Send + 'static) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let exists = path.try_exists().map_err(|error| StoreError::io(path, error))?;
        if exists {
            let file = open_existing(path)?;
            Self::start(path, file, report)
        } else {
            create(path, tables::FORMAT)?;
            Self::start(path, open_existing(path)?, report)
        }
    }

    /// Starts on any backend.
    pub(super) fn start(
        path: &Path,
        backend: impl StorageBackend,
        report: impl FnMut(StoreReport) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let counters = Arc::new(StoreCounters::default());
        let backend = OneFailure::new(backend, Arc::clone(&counters.fsyncs));
        let database = Arc::new(open_database(path, backend)?);
        let last = guarded(path, || {
            tables::check(path, &database)?;
            last_cursor(path, &database)
        })?;
        let queue = Arc::new(WriteQueue::new(QUEUE));
        let writer = StoreWriter {
            path: path.to_path_buf(),
            database: Arc::clone(&database),
            queue: Arc::clone(&queue),
            counters: Arc::clone(&counters),
            last,
        };
        let writer = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.run(report))
            .map_err(|error| StoreError::io(path, error))?;
        Ok(Self { path: path.to_path_buf(), database, queue, counters, writer: Some(writer) })
    }

    /// Hands a batch to the writer without waiting for the disk, so an async task may call it. When the queue is full
    /// the batch comes back, and a [`StoreReport`] is certain to follow: that is the moment to submit it again.
    pub fn try_submit(&self, batch: StoreBatch) -> Result<(), Refused<StoreBatch>> {
        let weight = batch.weight();
        self.queue.push(batch, weight)
    }

    /// Whether it takes no more batches, because a write failed.
    pub fn is_stopped(&self) -> bool {
        !self.queue.is_open()
    }

    /// Its counters since it was opened.
    pub fn stats(&self) -> StoreStats {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StoreStats {
            commits: of(&self.counters.commits),
            fsyncs: of(&self.counters.fsyncs),
            events: of(&self.counters.events),
            event_bytes: of(&self.counters.event_bytes),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has stopped the queue already.
            let _ = writer.join();
        }
    }
}

fn open_existing(path: &Path) -> Result<FileBackend, StoreError> {
    let failed = |error| StoreError::io(path, error);
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
    // The engine would make a new database of an empty file, and history would be lost silently.
    if file.metadata().map_err(failed)?.len() == 0 {
        return Err(StoreError::damaged(path));
    }
    FileBackend::new(file).map_err(|error| StoreError::engine(path, error))
}

/// Makes a whole store under another name first, so that a crash leaves either none or a whole one.
pub(super) fn create(path: &Path, format: u32) -> Result<(), StoreError> {
    let failed = |error| StoreError::io(path, error);
    let fresh = durable_file::fresh_name(path);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(durable_file::PRIVATE_FILE)
        .open(&fresh)
        .map_err(failed)?;
    lock(path, &file)?;
    file.set_len(0).map_err(failed)?;
    let backend = FileBackend::new(file).map_err(|error| StoreError::engine(path, error))?;
    let backend = OneFailure::new(backend, Arc::default());
    let failure = backend.failure();
    let database = open_database(path, backend)?;
    tables::create(path, &database, format)?;
    // Closing writes and syncs too, so the file gets its name only after that.
    drop(database);
    failure.check().map_err(failed)?;
    durable_file::settle(&fresh, path).map_err(failed)
}

fn lock(path: &Path, file: &File) -> Result<(), StoreError> {
    let path = path.to_path_buf();
    match file.try_lock() {
        // Another process created the store in between.
        Ok(()) if path.exists() => Err(StoreError::Locked { path }),
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path }),
        Err(TryLockError::Error(source)) => Err(StoreError::io(&path, source)),
    }
}

pub(super) fn open_database(path: &Path, backend: impl StorageBackend) -> Result<Database, StoreError> {
    guarded(path, || {
        Builder::new()
            .set_cache_size(CACHE_BYTES)
            .create_with_backend(backend)
            .map_err(|error| StoreError::engine(path, error))
    })
}

/// The last place in the order. Places have no gaps, so the count shows a lost one.
fn last_cursor(path: &Path, database: &Database) -> Result<Cursor, StoreError> {
    let read = || -> Result<(u64, u64), redb::Error> {
        let order = database.begin_read()?.open_table(ORDER)?;
        let last = order.last()?.map_or(Cursor::START.0, |(cursor, _)| cursor.value());
        Ok((last, order.len()?))
    };
    match read().map_err(|error| StoreError::engine(path, error))? {
        (last, count) if last == count => Ok(Cursor(last)),
        _ => Err(StoreError::damaged(path)),
    }
}
