//! The outputs of agreement, performed.

use quorate_agreement::{AgreementInput, AgreementOutput, PendingVote, VoteTicket};
use quorate_event::{Canonical, VerifiedMilestone, VerifiedVertex};
use quorate_graph::Origin;

use super::Milestones;
use super::requests::BuildRequest;
use super::vote_log::Append;
use crate::output::Output;
use crate::pbft_step::PbftStep;
use crate::persistence::HeldOutputs;
use crate::state::admission::Admission;
use crate::turn::Turn;

/// Milestones in one answer to a peer that is behind; it gets the rest by sync.
const MILESTONES_AT_ONCE: usize = 64;

impl Milestones {
    pub(super) fn perform(&mut self, output: AgreementOutput, turn: &mut Turn<'_>) {
        match output {
            AgreementOutput::Build { height, view, time } => {
                self.requests.build = Some(BuildRequest { height, view, time, chosen: None });
                self.retry();
            }
            AgreementOutput::Check { id, proposal, .. } => {
                self.requests.check(id, proposal);
                self.retry();
            }
            AgreementOutput::PersistVote { ticket, pending } => self.record(ticket, pending, turn),
            AgreementOutput::Send { to, message } => {
                turn.output(Output::Agreement { to, message: message.into_message() });
            }
            AgreementOutput::Certified(milestone) => self.certified(milestone, turn),
            AgreementOutput::FetchMilestones { from, .. } => {
                turn.output(Output::Summary { to: from, summary: turn.state.graph().summary() });
            }
            AgreementOutput::SendMilestones { to, above } => {
                let ids = turn.state.milestones_above(above).take(MILESTONES_AT_ONCE).collect();
                turn.output(Output::SendVertices { to, ids });
            }
            AgreementOutput::Verify(messages) => {
                let verifier = self.agreement.verifier();
                for (from, message) in messages {
                    match verifier.verify(message) {
                        Ok(message) => self.enqueue(AgreementInput::Received { from, message }),
                        Err(_) => turn.output(Output::Fault { peer: from.peer }),
                    }
                }
            }
            AgreementOutput::Counted { vote, behind } => {
                let committee = self.agreement.tip().committee();
                turn.output(Output::Step(PbftStep::of_vote(vote, behind, committee)));
            }
            AgreementOutput::Evidence(evidence) => self.evidence.push(evidence),
        }
    }

    /// Signs a vote and asks for its record; the vote leaves only after [`Milestones::recorded`].
    fn record(&mut self, ticket: VoteTicket, pending: PendingVote, turn: &mut Turn<'_>) {
        let height = pending.vote().height;
        let vote = pending.vote().sign(turn.state.network(), turn.key);
        let record = pending.into_record(vote);
        let bytes = record.to_bytes();
        let stored = turn.is_stored(turn.state.graph().last_milestone().1);
        let Append { ticket: own, supersedes } = self.vote_log.append(height, bytes.len(), stored);
        turn.output(Output::Record { ticket: own, bytes, supersedes });
        self.vote_log.await_disk(own, ticket, record);
    }

    /// A height is decided: its milestone is admitted as one from a peer is.
    fn certified(&mut self, milestone: VerifiedMilestone, turn: &mut Turn<'_>) {
        let certificate = milestone.certificate().vote;
        let proposal = milestone.proposal();
        let committee = turn.state.committee();
        let leader = quorate_agreement::leader(committee, proposal.previous, proposal.height, certificate.view);
        let admission = turn.admit(VerifiedVertex::Milestone(milestone), Origin::Local);
        self.take_consequences(turn);
        let Admission::Admitted(vertices) = admission else {
            return;
        };
        // Every member that counted the votes has the milestone; one publisher is enough for the others.
        let publish = if leader == turn.state.author() { vertices.clone() } else { Vec::new() };
        turn.persist(vertices, HeldOutputs { publish, ..HeldOutputs::default() });
    }
}
