//! Alone in its process, since what it tests is a property of the process.

use quorate_event::{Canonical, SecretKey, Signature};

#[test]
fn simulated_signatures_are_read_only_where_simulated_keys_are_made() {
    let bytes = [&[0x82, 0x18, 0xff, 0x58, 0x20][..], &[7; 32]].concat();
    assert!(Signature::from_bytes(&bytes).is_err());
    SecretKey::simulated(1);
    assert_eq!(Signature::from_bytes(&bytes), Ok(Signature::Simulated([7; 32])));
}
