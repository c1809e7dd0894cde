//! Unused ports: HTTP on BASE + i, libp2p a thousand above.
//!
//! A counter in a locked file gives each test of this build directory its own block, whichever processes the tests run
//! in; binding every port of the block once finds those that others took.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process;

/// Nodes that a block has room for.
pub(crate) const NODES: u16 = 16;
/// libp2p is so far above HTTP.
pub(crate) const P2P_ABOVE: u16 = 1_000;
/// Blocks of HTTP ports in each thousand; the next thousand is theirs for libp2p.
const BLOCKS: u32 = 60;
/// All of them end below 32768, where the ephemeral ports of Linux begin.
const FIRST: u16 = 20_000;
const SPANS: u32 = 6;

/// The first HTTP port of a block whose ports are all free.
pub(crate) fn take() -> u16 {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(concat!(env!("CARGO_TARGET_TMPDIR"), "/ports"))
        .unwrap();
    file.lock().unwrap();
    // Another build directory begins somewhere else.
    let mut turn = read(&mut file).unwrap_or_else(process::id);
    for _ in 0..BLOCKS * SPANS {
        turn = (turn + 1) % (BLOCKS * SPANS);
        let base = base(turn);
        if (0..NODES).all(|node| is_free(base + node) && is_free(base + node + P2P_ABOVE)) {
            write(&mut file, turn);
            return base;
        }
    }
    panic!("no block of {NODES} free ports from {FIRST} on");
}

fn base(turn: u32) -> u16 {
    let (span, block) = (turn / BLOCKS, turn % BLOCKS);
    let offset = span * 2 * u32::from(P2P_ABOVE) + block * u32::from(NODES);
    FIRST + u16::try_from(offset).unwrap()
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn read(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    text.trim().parse().ok()
}

fn write(file: &mut File, turn: u32) {
    file.seek(SeekFrom::Start(0)).unwrap();
    file.set_len(0).unwrap();
    writeln!(file, "{turn}").unwrap();
}
