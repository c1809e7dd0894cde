//! E4: a length that the input merely claims allocates nothing. Alone in its process, whose memory it watches.
#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "each test binary uses its part of the specimens")]
mod specimens;

use specimens::*;

/// The most address space that this process ever had, touched or not.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmPeak:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The goldens with the head of one item replaced by one that claims `length`.
fn claims(major: u8, length: u64) -> Vec<(&'static str, Vec<u8>)> {
    let claim = head(major, length);
    let mut claims = vec![("event", claim.clone()), ("genesis", claim.clone())];
    for (rule, golden) in goldens() {
        let heads = golden.iter().enumerate().filter(|(_, byte)| **byte >> 5 == major);
        claims.extend(heads.map(|(at, _)| (*rule, [&golden[..at], &claim, &golden[at + 1..]].concat())));
    }
    claims
}

/// An event whose only edit is a splice with these change bytes.
fn with_splice(changes: &[u8]) -> Vec<u8> {
    let splice = splices::raw_splice(&[], changes, b"a");
    with_payload(array(&[head(0, 0), array(&[array(&[text_string(b"d"), array(&[splice])])])]))
}

#[test]
fn e4_a_claimed_length_allocates_nothing() {
    let before = peak_kib();
    let mut claimed = 0;
    // Byte strings, texts, arrays, maps.
    for major in 2..=5 {
        for length in [1 << 20, (1 << 32) - 1, 1 << 32, 1 << 63, u64::MAX] {
            for (rule, bytes) in claims(major, length) {
                // A content byte that looks like a head is no claim: then the bytes may be good.
                if let Ok(again) = reencoded(rule, &bytes) {
                    assert_eq!(again, bytes);
                }
                claimed += 1;
            }
            for hostile in [
                with_value(4, head(major, length)),
                with_payload(array(&[head(0, 0), head(major, length)])),
                with_written(head(major, length)),
                raw_event(&head(major, length), &[7; 65]),
                with_splice(&splices::change_head(length % 8, 1 << 32)),
                with_splice(&splices::number(length | 1)),
                with_splice(&[0x86, 0xff, 0xff, 0xff, 0x7f].repeat(1_024)),
            ] {
                assert!(reencoded("event", &hostile).is_err());
            }
        }
    }
    assert!(claimed > 1_000);
    let grown_kib = peak_kib() - before;
    assert!(grown_kib < 16 * 1_024, "{grown_kib} KiB for claims");
}
