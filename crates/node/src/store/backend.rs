//! The file under redb: counts fsyncs, and never touches the disk again after one failed.

use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use redb::{BackendError, StorageBackend};

/// A backend whose first failed write or fsync is its last.
///
/// After a failed fsync the kernel may drop the dirty pages and answer the next one with success, so trying again would
/// report as durable what is lost.
#[derive(Debug)]
pub(super) struct OneFailure<B> {
    inner: B,
    failed: AtomicBool,
    fsyncs: Arc<AtomicU64>,
}

impl<B> OneFailure<B> {
    /// Wraps `inner`; every fsync adds one to `fsyncs`.
    pub(super) fn new(inner: B, fsyncs: Arc<AtomicU64>) -> Self {
        Self { inner, failed: AtomicBool::new(false), fsyncs }
    }

    fn once(&self, attempt: impl FnOnce(&B) -> io::Result<()>) -> io::Result<()> {
        if self.failed.load(Ordering::Acquire) {
            return Err(io::Error::other("an earlier write or fsync failed"));
        }
        attempt(&self.inner).inspect_err(|_| self.failed.store(true, Ordering::Release))
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
