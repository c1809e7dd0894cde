//! Values with a checksum over themselves and their key, so that a damaged or misplaced page is noticed.

/// Bytes that the checksum takes at the front of a value.
const CHECKSUM_BYTES: usize = 4;

/// The value to store under `key`.
pub(super) fn seal(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(CHECKSUM_BYTES + parts.iter().map(|part| part.len()).sum::<usize>());
    seal_into(&mut sealed, key, parts);
    sealed
}

/// Replaces the content of `sealed` by the value to store under `key`.
pub(super) fn seal_into(sealed: &mut Vec<u8>, key: &[u8], parts: &[&[u8]]) {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(key);
    parts.iter().for_each(|part| checksum.update(part));
    sealed.clear();
    sealed.extend_from_slice(&checksum.finalize().to_le_bytes());
    parts.iter().for_each(|part| sealed.extend_from_slice(part));
}

/// The value that was sealed under `key`, unless it is damaged.
pub(super) fn unseal<'a>(key: &[u8], sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (expected, body) = sealed.split_first_chunk::<CHECKSUM_BYTES>()?;
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(key);
    checksum.update(body);
    (checksum.finalize() == u32::from_le_bytes(*expected)).then_some(body)
}
