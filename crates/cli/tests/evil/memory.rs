//! How much a process uses, and used at most, as the kernel counts it.

use std::fs;

/// Bytes in a mebibyte.
pub(crate) const MIB: u64 = 1 << 20;

/// Forgets the most that a process used until now.
pub(crate) fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}

/// Resident bytes now.
pub(crate) fn resident(pid: u32) -> u64 {
    read(pid, "VmRSS:")
}

/// The most resident bytes since [`forget_peak`].
pub(crate) fn peak(pid: u32) -> u64 {
    read(pid, "VmHWM:")
}

fn read(pid: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_else(|| panic!("no {field}"));
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().unwrap();
    kibibytes << 10
}

/// Open files and sockets.
pub(crate) fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}
