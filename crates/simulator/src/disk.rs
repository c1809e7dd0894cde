//! A disk that keeps what it was given time to write, and loses the rest in a crash.

use quorate_event::VerifiedVertex;
use quorate_replica::Ticket;

/// What one node has on disk, and what is on its way there.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    stored: Vec<Vec<u8>>,
    storing: Vec<(Ticket, Vec<Vec<u8>>)>,
    records: Vec<Vec<u8>>,
    recording: Vec<(Ticket, Vec<u8>, bool)>,
}

impl Disk {
    pub(crate) fn store(&mut self, ticket: Ticket, vertices: &[VerifiedVertex]) {
        self.storing.push((ticket, vertices.iter().map(|vertex| vertex.bytes().to_vec()).collect()));
    }

    pub(crate) fn record(&mut self, ticket: Ticket, bytes: Vec<u8>, supersedes: bool) {
        self.recording.push((ticket, bytes, supersedes));
    }

    /// The write of `ticket` and all before it is done. False if a crash came first.
    pub(crate) fn finish_store(&mut self, ticket: Ticket) -> bool {
        let done = self.storing.iter().take_while(|(waiting, _)| *waiting <= ticket).count();
        for (_, vertices) in self.storing.drain(..done) {
            self.stored.extend(vertices);
        }
        done > 0
    }

    /// The record of `ticket` and all before it is done. False if a crash came first.
    pub(crate) fn finish_record(&mut self, ticket: Ticket) -> bool {
        let done = self.recording.iter().take_while(|(waiting, _, _)| *waiting <= ticket).count();
        for (_, bytes, supersedes) in self.recording.drain(..done) {
            if supersedes {
                self.records.clear();
            }
            self.records.push(bytes);
        }
        done > 0
    }

    /// What was not written yet is gone.
    pub(crate) fn crash(&mut self) {
        self.storing.clear();
        self.recording.clear();
    }

    pub(crate) fn stored(&self) -> &[Vec<u8>] {
        &self.stored
    }

    pub(crate) fn records(&self) -> &[Vec<u8>] {
        &self.records
    }
}
