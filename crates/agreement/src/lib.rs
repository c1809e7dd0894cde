//! Milestone agreement: members who do not trust each other certify exactly one proposal per height.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! Cuts of the graph must become final although leaders crash, lie, or lose their state. The three phases are those of [PBFT](https://pmg.csail.mit.edu/papers/osdi99.pdf); the view change is that of
//! [Simplex](https://eprint.iacr.org/2023/463): a view ends by a certificate that every member can show, so that a view
//! change needs no protocol of its own. The machine knows ids, stakes, votes and the time in its inputs. It sees no
//! payload and no key, sends nothing and never blocks: [`Agreement::handle`] takes one [`AgreementInput`] and returns outputs;
//! their results return as inputs.
//!
//! ```text
//!   Tick, Work, SkipNow ------>+---------------------------------+----> Build, Check
//!   Built, Checked ----------->| tip       the last milestone    |        (the caller derives; answers later)
//!   Durable ------------------>| state     view, tally, proposals|----> Record      (sign, append, sync; then Durable)
//!   Received (VerifiedMessage)>|           certificates, votes   |----> Send        (only what is durable)
//!   Connected ---------------->| rules     until none applies    |----> Certified, FetchMilestones, SendMilestones
//!   Applied (Tip) ------------>+---------------------------------+----> Verify, Evidence
//!                                        next_wake()
//! ```
//!
//! # Words
//! | word | meaning |
//! |---|---|
//! | [`ChainTip`] | the last applied milestone and the committee it names; agreement is about the height after it |
//! | view, [`leader`] | an attempt within a height, numbered from 0; the member that proposes in it |
//! | [`SignedProposal`] | a proposal in one view, signed by its leader, with the prepared view whose content it repeats, if any |
//! | prepare, commit, skip | the votes; a quorum (3 * stake > 2 * total) of one in one view is a certificate |
//! | under way | this node has voted at the height or holds a certificate of it |
//! | [`Work`] | whether there are events to cover |
//! | awake | there is work or the height is under way; timers run only then |
//! | [`PendingVote`], [`VoteRecord`] | a vote before its signature, with the certificates that must be durable with it; the same as a record of the vote log |
//! | [`Position`] | height and view of a node, its votes there, and what it lacks |
//!
//! # Rules
//! At height h, in view v, with timer T(v): the genesis's for four views, then half as much again for each, up to 30 s.
//! A member casts a vote by asking for a record of it; the vote leaves upon [`AgreementInput::Durable`].
//! 1. Upon its turn, when skip certificates for all views before v are held, and there is work: ask for a fresh cut and
//!    propose it. When they are not: propose the content of the latest prepared view u again, if the prepare
//!    certificate of u and the skip certificates of the views between are held. When neither: request the missing certificates
//!    from all members.
//! 2. Upon the first proposal of v's leader whose certificates are all held (those it names, no others), that follows
//!    the tip in place and time, and whose check says valid: prepare. A fresh one is put off while its time is more
//!    than 1 s ahead, and not prepared when it is more than 10 s behind; one made again is not judged by clocks.
//! 3. Upon a quorum of prepares in v: commit, unless this member voted skip in v, and stay; on the timer enter v + 1 with that
//!    certificate. A member that has sent skip enters v + 1 at once. Upon a quorum of prepares in a later view: go there.
//! 4. Upon the timer, or two timers without a message of the leader while awake, or at once if the leader's last view was
//!    skipped and no message of it came since, or skips by more than a third of the stake, or [`AgreementInput::SkipNow`]: skip, unless this member
//!    voted commit in v.
//! 5. Upon a quorum of skips in v or later: enter the view after it. The certificate goes to the new view's leader.
//! 6. Upon a quorum of commits in any view, or a milestone of this height: [`AgreementOutput::Certified`]. The height ends; h +
//!    1 begins upon [`AgreementInput::Applied`].
//! 7. Upon a connection, each half timer while awake, and each [`HEARTBEAT`] otherwise: send the position and own votes
//!    of (h, v). Upon a position: send the certificates, proposal or milestone that it lacks.
//! 8. Upon a message of height h + 1: keep one of each sort a member until h ends; of a later height: fetch milestones.
//! 9. Upon two votes that exclude each other: keep the first, and give [`AgreementOutput::Evidence`] once.
//! 10. Upon a vote that is counted, own ones included: give [`AgreementOutput::Counted`], for observers.
//!
//! Actions of a member in view v by its own votes in v (the first row that applies; "-" is no action):
//!
//! | upon | nothing, or prepare | commit | skip |
//! |---|---|---|---|
//! | quorum of commits, any view | certified | certified | certified |
//! | quorum of skips, view >= v | enter the next | enter the next | enter the next |
//! | quorum of prepares, later view | enter it | enter it | enter it |
//! | quorum of prepares in v | commit | - | enter v + 1 |
//! | valid proposal of v's leader | prepare, once | - | prepare, once |
//! | skips by a third | skip | - | - |
//! | timer | skip | enter v + 1 | - |
//!
//! # Invariants
//! - **A1** No vote leaves before its record is durable (`durable`: nothing else makes an [`Outgoing`]).
//! - **A2** A machine made of its vote log contradicts no vote in it, and sends them again (`height_state::restore`).
//! - **A3** In a view a member casts no vote twice, and never both commit and skip (`height_state::mark_pending`, asserted).
//! - **A4** A certificate counts the stake of distinct members, in integers (`tally`, and E5 of `event`).
//! - **A5** The first vote of a kind counts, the second is evidence against its signer alone, reported once (`tally`).
//! - **A6** No two milestones of one height: with a commit certificate in u there is no skip certificate of u, so that
//!   whatever is justified after u is the same content (`certificates`).
//! - **A7** The certificate by which a view was entered is durable with the first vote in it, prepared content with the
//!   prepare, the prepares with the commit: when all crash, a height that was voted on can still be finished (`rules::cast`).
//! - **A8** While more than two thirds of the stake are honest and connected, heights go on (all rules together).
//! - **A9** A member that lost its vote log casts no vote before two heights beyond the greatest that members with more
//!   than two thirds of all stake reported are certified; with each new committee the reports begin anew (`abstinence`).
//! - **A10** A peer occupies a constant: per member one vote a kind in nine views and one early message a sort, one
//!   proposal a view, and recent answers to 1,024 peers (`tally`, `proposals`, `future_height`, `timers`). Certificates cost a quorum
//!   each.
//! - **A11** Claimed heights and views change nothing: only certificates do (`receive`).
//! - **A12** Without work and without a height under way there is no timer and no traffic but the heartbeat (`deadlines`).
//! - **A13** The committee changes only with an applied milestone, and is the one that it names (`chain_tip`).
//! - **A14** Below the height at which its vote log begins a member casts no vote: after the loss of its store it may
//!   be at a height whose votes the log no longer holds (`machine::may_vote`).
//!
//! # Deviations
//! From PBFT, whose words are: request = event, pre-prepare = proposal, prepare, commit, reply = the receipt with its
//! certificate, checkpoint = milestone. One height at a time instead of a window of sequence numbers. Skip certificates
//! replace view-change and new-view messages; a leader shows at most [`SHOWN_CERTIFICATES`] with its proposal, and who
//! lacks others asks. Stakes replace counts.
//!
//! From Simplex, whose words are notarize = prepare, finalize = commit, nullify = skip. A prepared proposal does not
//! become the parent of the next one: the next leader proposes *it* again, under the same id, until it is certified or
//! skipped everywhere. Therefore members stay after a commit until the timer instead of moving on at the prepares.
//!
//! Refinements: a member may prepare after its skip (only commit and skip exclude each other), but not after its commit; it
//! never commits content that it found invalid; content found valid once at a height is not checked again when it is
//! proposed again; a leader that sent nothing while nothing was under way is not skipped for that; positions keep the
//! pace of the genesis's timer when view timers grow; votes of a finished height get no answer, since
//! late votes are common, and a member that is behind sends its position.
//!
//! # Limits
//! - With a third of the stake or more at fault, two milestones of one height are possible; the evidence then names
//!   the culprits.
//! - The certificates of all views of a height are kept until it ends: some 100 bytes a signer for each failed view.
//! - A wiped member trusts reports: a Byzantine member that reports an unreachable height keeps it silent. That is safe, and
//!   `AgreementConfig::abstain` is the operator's to clear. It must be given again after a restart as long as
//!   [`AgreementStatus::abstains`].
//! - Positions, votes and proposals go from each to all: n² messages a phase.
//!
//! # Example
//! ```
//! use std::collections::VecDeque;
//! use quorate_agreement::*;
//! use quorate_event::*;
//!
//! let keys: Vec<_> = (1..=4).map(|n| SecretKey::from_bytes([n; 32]).unwrap()).collect();
//! let members = keys.iter().map(|key| (key.address(), Stake(100))).collect();
//! let genesis = Genesis {
//!     name: "example".into(),
//!     time: Timestamp(0),
//!     committee: Committee::new(members).unwrap(),
//!     writers: Writers::Members,
//!     parameters: Parameters::default(),
//!     demo: false,
//! };
//! let (network, now) = (genesis.network(), Now { wall: Timestamp(1), ..Now::default() });
//! let mut machines: Vec<_> = keys.iter().map(|key| {
//!     let me = Some(key.address());
//!     let config = AgreementConfig { network, me, parameters: genesis.parameters, abstain: false };
//!     Agreement::new(config, ChainTip::genesis(&genesis), [], now)
//! }).collect();
//!
//! let mut inputs: VecDeque<_> = (0..4).map(|node| (node, AgreementInput::Work(Work::Now))).collect();
//! let mut certified = Vec::new();
//! while let Some((node, input)) = inputs.pop_front() {
//!     for output in machines[node].handle(input, now) {
//!         match output {
//!             AgreementOutput::Build { height, view, time } => {
//!                 let root = Digest::new([0; 32]);
//!                 let proposal = Some(Proposal {
//!                     height,
//!                     previous: network.proposal_id(),
//!                     heads: vec![EventId::new([7; 32])],
//!                     events_root: root,
//!                     documents_root: root,
//!                     ledger_root: root,
//!                     outbox_root: root,
//!                     next_committee: genesis.committee.digest(),
//!                     time,
//!                 });
//!                 inputs.push_back((node, AgreementInput::Built { height, view, proposal }));
//!             }
//!             AgreementOutput::Check { id, .. } => {
//!                 inputs.push_back((node, AgreementInput::Checked { id, verdict: ProposalVerdict::Valid }));
//!             }
//!             AgreementOutput::PersistVote { ticket, pending } => {
//!                 // Here the vote log is written and synced.
//!                 let vote = pending.vote().sign(network, &keys[node]);
//!                 let record = pending.into_record(vote);
//!                 inputs.push_back((node, AgreementInput::Durable { ticket, record }));
//!             }
//!             AgreementOutput::Send { message, .. } => {
//!                 let bytes = message.message().to_bytes();
//!                 let from = MessageSource { peer: Peer(node as u64), author: Some(keys[node].address()) };
//!                 for other in (0..4).filter(|other| *other != node) {
//!                     let message = AgreementMessage::from_bytes(&bytes).unwrap();
//!                     let message = machines[other].verifier().verify(message).unwrap();
//!                     inputs.push_back((other, AgreementInput::Received { from, message }));
//!                 }
//!             }
//!             AgreementOutput::Certified(milestone) => certified.push(milestone.id()),
//!             _ => {}
//!         }
//!     }
//! }
//! assert_eq!(certified.len(), 4);
//! assert!(certified.iter().all(|id| *id == certified[0]));
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::float_arithmetic,
        clippy::arithmetic_side_effects
    )
)]

mod chain_tip;
mod input;
mod output;

mod durable;
mod message;
mod verify;
mod vote_record;

mod deadlines;
mod machine;
mod receive;
mod retransmission;
mod rules;

mod abstinence;
mod certificates;
mod future_height;
mod height_state;
mod leader;
mod proposals;
mod tally;
mod timers;

#[cfg(test)]
mod tests;

pub use chain_tip::{AgreementConfig, ChainTip, CommitteeMismatch};
pub use deadlines::{FUTURE_TOLERANCE_MS, PAST_TOLERANCE_MS};
pub use durable::{DurableVote, Outgoing};
pub use input::{AgreementInput, MessageSource, Now, Peer, ProposalVerdict, Work};
pub use leader::leader;
pub use machine::{Agreement, AgreementStatus, BufferSizes};
pub use message::{AgreementMessage, Position, SHOWN_CERTIFICATES, SignedProposal, WANTED_VIEWS};
pub use output::{AgreementOutput, Recipient};
pub use tally::VIEW_WINDOW;
pub use timers::{HEARTBEAT, LONGEST_VIEW_TIMER, view_timer};
pub use verify::{MessageError, VerifiedMessage, Verifier};
pub use vote_record::{PendingVote, VoteRecord, VoteTicket};
