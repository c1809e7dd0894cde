//! The file under redb. It counts fsyncs, and refuses all writes after the first failed one.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use redb::{BackendError, StorageBackend};

/// A backend whose first failed write or fsync is its last.
///
/// After a failed fsync the kernel may drop the dirty pages and answer the next one with success, so a second
/// attempt would report lost writes as durable.
#[derive(Debug)]
pub(super) struct OneFailure<B> {
    inner: B,
    failed: FirstFailure,
    fsyncs: Arc<AtomicU64>,
}

/// The first failure, if there was one. redb closes its file when it is dropped, and does not report a failure of that.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstFailure(Arc<OnceLock<io::ErrorKind>>);

impl FirstFailure {
    /// Nothing failed so far.
    pub(super) fn check(&self) -> io::Result<()> {
        self.0.get().map_or(Ok(()), |kind| Err((*kind).into()))
    }
}

impl<B> OneFailure<B> {
    /// Wraps `inner`; every fsync adds one to `fsyncs`.
    pub(super) fn new(inner: B, fsyncs: Arc<AtomicU64>) -> Self {
        Self { inner, failed: FirstFailure::default(), fsyncs }
    }

    /// A handle to the first failure, of use also when redb owns the backend.
    pub(super) fn failure(&self) -> FirstFailure {
        self.failed.clone()
    }

    fn once(&self, attempt: impl FnOnce(&B) -> io::Result<()>) -> io::Result<()> {
        if self.failed.check().is_err() {
            return Err(io::Error::other("an earlier write or fsync failed"));
        }
        attempt(&self.inner).inspect_err(|error| {
            // The first stays.
            let _later = self.failed.0.set(error.kind());
        })
    }
}

impl<B: StorageBackend> StorageBackend for OneFailure<B> {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.once(|inner| inner.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.fsyncs.fetch_add(1, Ordering::Relaxed);
        self.once(StorageBackend::sync_data)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.once(|inner| inner.write(offset, data))
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.query_lock_range(start, end)
    }
}
