//! A disk that fails once.

use std::io::ErrorKind;
use std::sync::Arc;

use redb::StorageBackend;

use super::backend::OneFailure;
use super::disk::SimulatedDisk;
use super::{Refused, StoreError, StoreReport, WriteTicket, batch, completed, reports};

/// Fails the sync after `syncs` others and returns the error reported, and how many batches were completed before.
fn fail(syncs: u64, kind: ErrorKind) -> (StoreError, u64) {
    let disk = SimulatedDisk::default();
    let (report, receiver) = reports();
    let store = disk.make(report);
    disk.fail_sync_after(syncs, kind);
    for ticket in 0.. {
        match store.try_submit(batch(ticket, 2)) {
            Ok(()) => {}
            Err(refused) => panic!("refused before the failure was reported: {refused}"),
        }
        let error = match receiver.recv().unwrap() {
            StoreReport::Failed(error) => error,
            report => {
                assert_eq!(completed(report), WriteTicket(ticket));
                continue;
            }
        };
        assert_eq!(store.try_submit(batch(ticket, 1)), Err(Refused::Stopped));
        assert!(store.is_stopped());
        drop(store);
        assert!(receiver.recv().is_err(), "nothing is reported after a failure");
        assert_eq!(disk.touched_after_failure(), 0, "the disk is left alone after a failure");
        return (error, ticket);
    }
    unreachable!("a disk that fails ends the loop")
}

#[test]
fn a_failed_fsync_is_reported_and_never_tried_again() {
    for syncs in 1..=8 {
        let (error, before) = fail(syncs, ErrorKind::Other);
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
        assert_eq!(before, (syncs - 1) / 2, "two fsyncs a commit");
    }
}

#[test]
fn a_full_disk_is_an_error_of_its_own() {
    let (error, _) = fail(3, ErrorKind::StorageFull);
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().contains("free some"), "{error}");
}

#[test]
fn the_disk_is_left_alone_even_if_the_engine_tries_again() {
    let disk = SimulatedDisk::default();
    disk.fail_sync_after(1, ErrorKind::Other);
    let backend = OneFailure::new(disk.clone(), Arc::default());
    backend.set_len(8).unwrap();
    backend.sync_data().unwrap_err();
    backend.sync_data().unwrap_err();
    backend.write(0, &[1]).unwrap_err();
    backend.set_len(9).unwrap_err();
    backend.read(0, &mut [0]).unwrap();
    assert_eq!(disk.touched_after_failure(), 0);
}
