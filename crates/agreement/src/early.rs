//! Messages of the next height that came before ours ended. They wait unchecked, because its committee is not known
//! yet.

use std::collections::BTreeMap;

use quorate_event::{Address, VoteKind};

use crate::input::Source;
use crate::message::Message;

/// What one member may leave here: one of each. A proposal of view 0 needs no certificates and is 35 KiB at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Proposal,
    Vote(VoteKind),
}

/// The messages, by the member whose connection they came over.
#[derive(Debug, Default)]
pub(crate) struct Early(BTreeMap<(Address, Place), (Source, Message)>);

impl Early {
    /// Keeps the first message of each sort from `member`.
    pub(crate) fn keep(&mut self, member: Address, from: Source, message: Message) {
        let place = match &message {
            Message::Proposal { certificates, .. } if certificates.is_empty() => Place::Proposal,
            Message::Vote(vote) => Place::Vote(vote.vote.kind),
            _ => return,
        };
        self.0.entry((member, place)).or_insert((from, message));
    }

    /// Messages held.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, to be verified now.
    pub(crate) fn take(&mut self) -> Vec<(Source, Message)> {
        std::mem::take(&mut self.0).into_values().collect()
    }
}
