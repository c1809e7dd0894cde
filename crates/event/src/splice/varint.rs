//! Unsigned numbers in seven bits a byte, the least first (LEB128), and signed ones folded into them.

/// Bytes of the longest number that a change needs: 35 bits.
const LONGEST: u32 = 5;

/// Appends `value` in its shortest form.
#[inline]
pub fn write(value: u64, to: &mut Vec<u8>) {
    let mut rest = value;
    while rest > 0x7f {
        to.push(low_bits(rest) | 0x80);
        rest >>= 7;
    }
    to.push(low_bits(rest));
}

fn low_bits(value: u64) -> u8 {
    u8::try_from(value & 0x7f).unwrap_or_default()
}

/// Takes a number off the front; nothing if the bytes end within it or it is longer than any that is needed.
#[inline]
pub fn read(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..LONGEST {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f).wrapping_shl(place.saturating_mul(7));
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// How `to` differs from `from`: 0, -1, 1, -2, 2 as 0, 1, 2, 3, 4.
#[inline]
pub fn difference(from: u32, to: u32) -> u64 {
    let up = u64::from(to.saturating_sub(from)).saturating_mul(2);
    if to >= from { up } else { u64::from(from.saturating_sub(to)).saturating_mul(2).saturating_sub(1) }
}

/// What differs from `from` like this; nothing if it does not fit 32 bits.
#[inline]
pub fn differing(from: u32, difference: u64) -> Option<u32> {
    let steps = u32::try_from(difference.div_ceil(2)).ok()?;
    if difference.is_multiple_of(2) { from.checked_add(steps) } else { from.checked_sub(steps) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_back_from_its_shortest_form() {
        for (value, bytes) in [
            (0, &[0][..]),
            (127, &[0x7f]),
            (128, &[0x80, 1]),
            (16_383, &[0xff, 0x7f]),
            (16_384, &[0x80, 0x80, 1]),
            ((1 << 35) - 1, &[0xff, 0xff, 0xff, 0xff, 0x7f]),
        ] {
            let mut written = Vec::new();
            write(value, &mut written);
            assert_eq!(written, bytes);
            let mut rest = bytes;
            assert_eq!((read(&mut rest), rest), (Some(value), &[][..]));
        }
    }

    #[test]
    fn a_number_without_an_end_is_none() {
        for mut bytes in [&[][..], &[0x80], &[0xff, 0xff], &[0xff, 0xff, 0xff, 0xff, 0xff, 0]] {
            assert_eq!(read(&mut bytes), None);
        }
    }

    #[test]
    fn every_two_indices_differ_by_a_number_that_leads_from_one_to_the_other() {
        let indices = [0, 1, 2, 63, 64, 65, 1 << 31, u32::MAX - 1, u32::MAX];
        for (from, to) in indices.into_iter().flat_map(|from| indices.map(|to| (from, to))) {
            let difference = difference(from, to);
            assert!(difference < 1 << 33);
            assert_eq!(differing(from, difference), Some(to));
        }
        assert_eq!([0, 1, 2, 3, 4].map(|it| differing(10, it)), [10, 9, 11, 8, 12].map(Some));
        assert_eq!([differing(0, 1), differing(u32::MAX, 2), differing(0, 1 << 34)], [None; 3]);
    }
}
