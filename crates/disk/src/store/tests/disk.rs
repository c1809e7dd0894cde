//! A disk in memory that forgets what was not synced, and fails on demand.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

use super::super::{Store, StoreError, StoreReport, database, tables};
use super::Random;

const SECTOR: usize = 512;

/// What the store's file would be.
#[derive(Clone, Debug, Default)]
pub(super) struct SimulatedDisk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    now: Vec<u8>,
    synced: Vec<u8>,
    /// Sectors written since the last sync.
    unsynced: Vec<(usize, Vec<u8>)>,
    fail_sync: Option<(u64, io::ErrorKind)>,
    touched_after_failure: u64,
    /// Images of crashes, each with what the observer said at that moment.
    crashes: Vec<(Vec<u8>, u64)>,
    observe: Option<Observe>,
}

struct Observe {
    random: Random,
    completed: Box<dyn Fn() -> u64 + Send>,
}

impl std::fmt::Debug for Observe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observe")
    }
}

impl SimulatedDisk {
    pub(super) fn holding(image: Vec<u8>) -> Self {
        let disk = Self::default();
        disk.platter().now.clone_from(&image);
        disk.platter().synced = image;
        disk
    }

    /// A new store on it.
    pub(super) fn make(&self, report: impl FnMut(StoreReport) + Send + 'static) -> Store {
        let path = Path::new("memory");
        let database = database::open_database(path, self.clone()).unwrap();
        tables::create(path, &database, tables::FORMAT).unwrap();
        drop(database);
        self.open(report).unwrap()
    }

    pub(super) fn open(&self, report: impl FnMut(StoreReport) + Send + 'static) -> Result<Store, StoreError> {
        Store::start(Path::new("memory"), self.clone(), report)
    }

    pub(super) fn image(&self) -> Vec<u8> {
        self.platter().now.clone()
    }

    /// Fails a sync after so many more.
    pub(super) fn fail_sync_after(&self, syncs: u64, kind: io::ErrorKind) {
        self.platter().fail_sync = Some((syncs, kind));
    }

    /// Writes and syncs that came after a sync had failed.
    pub(super) fn touched_after_failure(&self) -> u64 {
        self.platter().touched_after_failure
    }

    /// From now on takes an image of a crash before every write and sync.
    pub(super) fn crash_everywhere(&self, random: Random, completed: impl Fn() -> u64 + Send + 'static) {
        let completed = Box::new(completed);
        self.platter().observe = Some(Observe { random, completed });
    }

    pub(super) fn crashes(&self) -> Vec<(Vec<u8>, u64)> {
        std::mem::take(&mut self.platter().crashes)
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap()
    }
}

impl Platter {
    /// What is left if the power fails now: all that was synced, and any subset of the sectors that were not.
    fn crash(&mut self) {
        let Some(observe) = &mut self.observe else {
            return;
        };
        let mut image = self.synced.clone();
        for (offset, sector) in &self.unsynced {
            if observe.random.below(2) == 0 {
                let end = offset + sector.len();
                image.resize(image.len().max(end), 0);
                image[*offset..end].copy_from_slice(sector);
            }
        }
        let completed = (observe.completed)();
        self.crashes.push((image, completed));
    }

    fn after_failure(&mut self) {
        if matches!(self.fail_sync, Some((0, _))) {
            self.touched_after_failure += 1;
        }
    }
}

impl StorageBackend for SimulatedDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.platter().now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let platter = self.platter();
        let range = offset as usize..offset as usize + out.len();
        let bytes = platter.now.get(range).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut platter = self.platter();
        platter.after_failure();
        platter.now.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut platter = self.platter();
        platter.after_failure();
        platter.crash();
        if let Some((syncs, kind)) = &mut platter.fail_sync {
            if *syncs <= 1 {
                *syncs = 0;
                return Err((*kind).into());
            }
            *syncs -= 1;
        }
        platter.synced = platter.now.clone();
        platter.unsynced.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut platter = self.platter();
        platter.after_failure();
        platter.crash();
        let offset = offset as usize;
        platter.now[offset..offset + data.len()].copy_from_slice(data);
        for (at, sector) in data.chunks(SECTOR).enumerate() {
            platter.unsynced.push((offset + at * SECTOR, sector.to_vec()));
        }
        Ok(())
    }
}
