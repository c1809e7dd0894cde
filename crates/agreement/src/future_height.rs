//! Messages of the next height that came before ours ended. They wait unchecked, because its committee is not known
//! yet.

use std::collections::BTreeMap;

use quorate_event::{Address, VoteKind};

use crate::input::MessageSource;
use crate::message::AgreementMessage;

/// What one member may leave here: one of each. A proposal of view 0 needs no certificates and is 35 KiB at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum BufferSlot {
    Proposal,
    Vote(VoteKind),
}

/// The messages, by the member whose connection they came over.
#[derive(Debug, Default)]
pub(crate) struct FutureHeightBuffer(BTreeMap<(Address, BufferSlot), (MessageSource, AgreementMessage)>);

impl FutureHeightBuffer {
    /// Keeps the first message of each sort from `member`.
    pub(crate) fn keep(&mut self, member: Address, from: MessageSource, message: AgreementMessage) {
        let place = match &message {
            AgreementMessage::Proposal { certificates, .. } if certificates.is_empty() => BufferSlot::Proposal,
            AgreementMessage::Vote(vote) => BufferSlot::Vote(vote.vote.kind),
            _ => return,
        };
        self.0.entry((member, place)).or_insert((from, message));
    }

    /// Messages held.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, to be verified now.
    pub(crate) fn take(&mut self) -> Vec<(MessageSource, AgreementMessage)> {
        std::mem::take(&mut self.0).into_values().collect()
    }
}
