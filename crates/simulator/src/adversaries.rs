//! Members that do what no honest member does, each in a file of its own.
//!
//! Each has the key of one member and nothing else that the others do not have. Whatever fewer than a third of them do,
//! the honest members agree, go on, and accuse nobody else.

mod insider;
mod speech;

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
mod restored_backup;
mod stale_certifier;
mod withholder;

pub use insider::Insider;

use crate::actor::Actor;
use crate::world::{Node, World};

/// A way to be dishonest.
#[derive(Clone, Copy)]
pub struct Adversary {
    /// What reports call it.
    pub name: &'static str,
    enter: fn(&mut World, Node),
}

impl Adversary {
    /// All that there are, by name.
    pub const ALL: [Self; 15] = [
        Self::new("amnesiac", |world, node| seat(world, node, amnesiac::Amnesiac::new)),
        Self::new("censor", |world, node| seat(world, node, censor::Censor::new)),
        Self::new("cloned key", cloned_key::enter),
        Self::new("clock liar", |world, node| seat(world, node, clock_liar::ClockLiar::new)),
        Self::new("double voter", |world, node| seat(world, node, double_voter::DoubleVoter::new)),
        Self::new("equivocating leader", |world, node| {
            seat(world, node, equivocating_leader::EquivocatingLeader::new);
        }),
        Self::new("forged history", |world, node| seat(world, node, forged_history::ForgedHistory::new)),
        Self::new("future flooder", |world, node| seat(world, node, future_flooder::FutureFlooder::new)),
        Self::new("garbage signer", |world, node| seat(world, node, garbage_signer::GarbageSigner::new)),
        Self::new("late joiner", |world, node| seat(world, node, late_joiner::LateJoiner::new)),
        Self::new("late voter", |world, node| seat(world, node, late_voter::LateVoter::new)),
        Self::new("message mutator", |world, node| seat(world, node, message_mutator::MessageMutator::new)),
        Self::new("restored backup", |world, node| seat(world, node, restored_backup::RestoredBackup::new)),
        Self::new("stale certifier", |world, node| seat(world, node, stale_certifier::StaleCertifier::new)),
        Self::new("withholder", |world, node| seat(world, node, withholder::Withholder::new)),
    ];

    const fn new(name: &'static str, enter: fn(&mut World, Node)) -> Self {
        Self { name, enter }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|adversary| adversary.name == name)
    }

    /// Makes one of a world's members this.
    pub fn enter(self, world: &mut World, node: Node) {
        (self.enter)(world, node);
    }
}

/// Puts an actor before a member's replica.
fn seat<A: Actor + 'static>(world: &mut World, node: Node, make: fn(Insider) -> A) {
    if let Some(insider) = world.insider(node) {
        world.corrupt(node, Box::new(make(insider)));
    }
}
