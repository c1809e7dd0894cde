//! Anchors: the last good peers, kept in a file. With them a node that restarts does not depend on the peers that dial it,
//! which an attacker could be.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use tokio::task::JoinHandle;

use crate::addresses::multiaddr::is_dialable;

/// Peers in the file: more than a mesh needs, few enough to be dialled at once.
pub(crate) const MAX_ANCHORS: usize = 32;

/// Bytes of the file: an address with a relay and two peer ids has some 200.
const MAX_FILE: u64 = 16 << 10;

/// The owner reads and writes.
const PRIVATE_FILE: u32 = 0o600;

/// The reason why an anchor file cannot be used.
#[derive(Debug, thiserror::Error)]
enum AnchorError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is longer than {MAX_FILE} bytes")]
    TooLong,
    #[error("line {line} is no address of a peer")]
    Line { line: usize },
    #[error("it names more than {MAX_ANCHORS} peers")]
    TooMany,
}

/// The file, and its last content.
pub(crate) struct Anchors {
    path: PathBuf,
    saved: Vec<Multiaddr>,
    /// A write under way; the next waits for it.
    saving: Option<JoinHandle<()>>,
}

impl Anchors {
    /// Reads the anchors of the last run. A damaged file is ignored, and replaced later.
    pub(crate) fn open(path: PathBuf) -> Self {
        let saved = load(&path).unwrap_or_else(|error| {
            tracing::warn!(
                path = %path.display(), %error,
                "the anchors are ignored: this node looks for its peers as if it started for the first time"
            );
            Vec::new()
        });
        Self { path, saved, saving: None }
    }

    /// The anchors, peer by peer.
    pub(crate) fn peers(&self) -> Vec<(PeerId, Multiaddr)> {
        self.saved.iter().filter_map(|addr| Some((peer_of(addr)?, addr.clone()))).collect()
    }

    /// Keeps these peers, the best first, and earlier ones if there is room. A blocking thread writes the file, so that the
    /// network task goes on; after a failure the file is written again when the anchors change.
    pub(crate) fn keep(&mut self, good: Vec<(PeerId, Multiaddr)>) {
        if self.saving.as_ref().is_some_and(|saving| !saving.is_finished()) {
            return;
        }
        let anchors = merge(good, self.peers());
        if anchors == self.saved {
            return;
        }
        let (path, anchors) = (self.path.clone(), {
            self.saved = anchors;
            self.saved.clone()
        });
        self.saving = Some(tokio::task::spawn_blocking(move || {
            if let Err(error) = save(&path, &anchors) {
                tracing::warn!(path = %path.display(), %error, "the anchors are not kept: see the disk and its permissions");
            }
        }));
    }
}

/// The good peers, then earlier ones if there is room, sorted, so that the same peers give the same file.
fn merge(good: Vec<(PeerId, Multiaddr)>, earlier: Vec<(PeerId, Multiaddr)>) -> Vec<Multiaddr> {
    let mut kept = BTreeMap::new();
    for (peer, addr) in good.into_iter().chain(earlier) {
        if kept.len() < MAX_ANCHORS && is_dialable(&addr) {
            kept.entry(peer).or_insert(addr);
        }
    }
    kept.into_iter().filter_map(|(peer, addr)| addr.with_p2p(peer).ok()).collect()
}

fn peer_of(addr: &Multiaddr) -> Option<PeerId> {
    match addr.iter().last() {
        Some(Protocol::P2p(peer)) if is_dialable(addr) => Some(peer),
        _ => None,
    }
}

fn load(path: &Path) -> Result<Vec<Multiaddr>, AnchorError> {
    let file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let mut text = String::new();
    file.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(AnchorError::TooLong);
    }
    let parse = |(line, text): (usize, &str)| {
        let addr = text.parse().ok().filter(|addr| peer_of(addr).is_some());
        addr.ok_or(AnchorError::Line { line: line + 1 })
    };
    let anchors = text.lines().enumerate().map(parse).collect::<Result<Vec<Multiaddr>, _>>()?;
    if anchors.len() > MAX_ANCHORS { Err(AnchorError::TooMany) } else { Ok(anchors) }
}

fn save(path: &Path, anchors: &[Multiaddr]) -> io::Result<()> {
    let text: String = anchors.iter().map(|addr| format!("{addr}\n")).collect();
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE_FILE).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    // A file's fsync covers its bytes; its name is made durable with the directory.
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    fs::File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::addresses::multiaddr::loopback;

    fn anchor(port: u16) -> (PeerId, Multiaddr) {
        let peer = PeerId::random();
        (peer, loopback(port).with(Protocol::P2p(peer)))
    }

    #[test]
    fn anchors_come_back_from_a_file_that_only_the_owner_reads() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anchors");
        assert!(load(&path).unwrap().is_empty(), "no file is no damage");
        let anchors = merge(vec![anchor(1), anchor(2)], Vec::new());
        save(&path, &anchors).unwrap();
        assert_eq!(load(&path).unwrap(), anchors);
        assert_eq!(Anchors::open(path.clone()).peers().len(), 2);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, PRIVATE_FILE);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_damaged_file_is_ignored_as_a_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anchors");
        let good = format!("{}\n", anchor(1).1);
        let damaged: [(&str, Vec<u8>); 6] = [
            ("no address", format!("{good}rubbish\n").into_bytes()),
            ("no peer", format!("{good}/ip4/127.0.0.1/tcp/1\n").into_bytes()),
            ("cut off", good.as_bytes()[..good.len() - 9].to_vec()),
            ("no text", vec![0xff; 64]),
            ("too long", good.repeat(500).into_bytes()),
            ("too many", good.repeat(MAX_ANCHORS + 1).into_bytes()),
        ];
        for (what, bytes) in damaged {
            fs::write(&path, bytes).unwrap();
            assert!(load(&path).is_err(), "{what}");
            assert!(Anchors::open(path.clone()).peers().is_empty(), "{what}");
        }
    }

    #[test]
    fn good_peers_push_out_earlier_ones_and_the_number_is_bounded() {
        let (good, earlier): (Vec<_>, Vec<_>) = ((0..20).map(anchor).collect(), (20..60).map(anchor).collect());
        let kept = merge(good.clone(), earlier);
        assert_eq!(kept.len(), MAX_ANCHORS);
        assert!(good.iter().all(|(_, addr)| kept.contains(addr)));
        let moved = loopback(99).with(Protocol::P2p(good[0].0));
        let kept = merge(vec![(good[0].0, moved.clone())], good.clone());
        assert!(kept.contains(&moved) && !kept.contains(&good[0].1), "a peer is kept where it is now");
    }
}
