//! Byzantine members, each in a file of its own.
//!
//! Each has the key of one member and otherwise only public data. While fewer than a third of the stake is Byzantine, the
//! honest members must agree, make progress, and accuse no honest member.

mod insider;
mod messages;

mod amnesiac;
mod censor;
mod clock_liar;
mod cloned_key;
mod double_voter;
mod equivocating_leader;
mod forged_history;
mod future_flooder;
mod garbage_signer;
mod late_joiner;
mod late_voter;
mod message_mutator;
mod rash_leader;
mod reconfigurer;
mod restored_backup;
mod stale_certifier;
mod withholder;

pub use insider::Insider;
pub use reconfigurer::Reconfigurer;

use crate::actor::Actor;
use crate::node_id::NodeId;
use crate::world::World;
use ExpectedEvidence::{Always, Never, Perhaps};

/// A kind of Byzantine behaviour.
#[derive(Clone, Copy)]
pub struct Adversary {
    /// Its name in reports.
    pub name: &'static str,
    /// The evidence that honest members must have against it at the end.
    pub evidence: ExpectedEvidence,
    install: fn(&mut World, NodeId),
}

/// The evidence that the honest members must have against an adversary at the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedEvidence {
    /// Every honest member has evidence.
    Always,
    /// Members may have evidence.
    Perhaps,
    /// No evidence may exist: it signs no statements that exclude each other.
    Never,
}

impl Adversary {
    /// All adversaries of swarm runs, by name.
    pub const ALL: [Self; 15] = [
        Self::new("amnesiac", Perhaps, |world, node| install(world, node, amnesiac::Amnesiac::new)),
        Self::new("censor", Never, |world, node| install(world, node, censor::Censor::new)),
        Self::new("cloned key", Always, cloned_key::install),
        Self::new("clock liar", Never, |world, node| install(world, node, clock_liar::ClockLiar::new)),
        Self::new("double voter", Always, |world, node| install(world, node, double_voter::DoubleVoter::new)),
        Self::new("equivocating leader", Always, |world, node| {
            install(world, node, equivocating_leader::EquivocatingLeader::new);
        }),
        Self::new("forged history", Never, |world, node| install(world, node, forged_history::ForgedHistory::new)),
        Self::new("future flooder", Perhaps, |world, node| install(world, node, future_flooder::FutureFlooder::new)),
        Self::new("garbage signer", Never, |world, node| install(world, node, garbage_signer::GarbageSigner::new)),
        Self::new("late joiner", Never, |world, node| install(world, node, late_joiner::LateJoiner::new)),
        Self::new("late voter", Never, |world, node| install(world, node, late_voter::LateVoter::new)),
        Self::new("message mutator", Perhaps, |world, node| install(world, node, message_mutator::MessageMutator::new)),
        Self::new("restored backup", Perhaps, |world, node| install(world, node, restored_backup::RestoredBackup::new)),
        Self::new("stale certifier", Never, |world, node| install(world, node, stale_certifier::StaleCertifier::new)),
        Self::new("withholder", Never, |world, node| install(world, node, withholder::Withholder::new)),
    ];

    /// Not one of [`Self::ALL`]: it is dangerous only if a decision is hidden from most members, which profile twins arranges.
    pub(crate) const RASH_LEADER: Self =
        Self::new("rash leader", Perhaps, |world, node| install(world, node, rash_leader::RashLeader::new));

    const fn new(name: &'static str, evidence: ExpectedEvidence, install: fn(&mut World, NodeId)) -> Self {
        Self { name, evidence, install }
    }

    /// The adversary with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|adversary| adversary.name == name)
    }

    /// Makes a member of a world this adversary.
    pub fn install(self, world: &mut World, node: NodeId) {
        (self.install)(world, node);
    }
}

/// Puts an actor before a member's replica.
fn install<A: Actor + 'static>(world: &mut World, node: NodeId, make: fn(Insider) -> A) {
    if let Some(insider) = world.insider(node) {
        world.corrupt(node, Box::new(make(insider)));
    }
}
