//! Bytes that change on the disk.

use super::disk::SimulatedDisk;
use super::{Cursor, Random, Store, StoreError, StoredVertex, batch, completed, event, id, reports};

const BATCHES: u64 = 4;
const EVENTS: u64 = 10;

fn whole() -> Vec<u8> {
    let disk = SimulatedDisk::default();
    let (report, receiver) = reports();
    let store = disk.make(report);
    for ticket in 0..BATCHES {
        store.try_submit(batch(ticket, EVENTS)).unwrap();
        completed(receiver.recv().unwrap());
    }
    drop(store);
    disk.image()
}

/// Everything that can be read, or the first complaint.
fn read(image: Vec<u8>) -> Result<Vec<StoredVertex>, StoreError> {
    let store: Store = SimulatedDisk::holding(image).open(|_| ())?;
    let records = store.replay(Cursor::START)?.collect::<Result<Vec<_>, _>>()?;
    for record in &records {
        assert_eq!(store.get(&record.id)?.as_ref(), Some(record));
    }
    for ticket in 0..BATCHES {
        let found = store.milestone(ticket)?;
        assert!(found.is_none() || found == Some(id(ticket * 100)));
    }
    Ok(records)
}

#[test]
fn a_rotten_byte_is_never_read_as_data() {
    let image = whole();
    let expected: Vec<_> = read(image.clone()).unwrap();
    assert_eq!(expected.len() as u64, BATCHES * EVENTS);
    assert_eq!(*expected[11].bytes, *event(101).bytes);
    let mut random = Random(11);
    let mut noticed = 0;
    for _ in 0..1_000 {
        let mut rotten = image.clone();
        let at = random.below(rotten.len() as u64) as usize;
        rotten[at] ^= 1 << random.below(8);
        match read(rotten) {
            Ok(records) => assert_eq!(records, expected, "byte {at}"),
            Err(StoreError::Damaged { .. }) => noticed += 1,
            Err(error) => panic!("byte {at}: {error}"),
        }
    }
    assert!(noticed > 0, "no flip hit anything that is read");
}

#[test]
fn a_shortened_file_is_never_read_as_data() {
    let image = whole();
    let expected = read(image.clone()).unwrap();
    for length in (1..image.len()).step_by(4_093) {
        match read(image[..length].to_vec()) {
            Ok(records) => assert_eq!(records, expected, "{length} bytes"),
            Err(error) => assert!(error.to_string().contains("damaged"), "{length} bytes: {error}"),
        }
    }
}
