//! Words of agreement that lie.

use quorate_event::{
    Certificate, Digest, Height, NetworkId, Proposal, ProposalId, Signature, SignedVote, Timestamp, View, VoteKind,
};
use quorate_replica::{AgreementMessage, Position, SignedProposal};
use quorate_transport::Bytes;

use super::field::Field;
use super::forge;
use super::peer::EvilPeer;

/// Heights pass while the evil peer talks, so it talks again and again.
const ROUNDS: usize = 20;
/// A proposal id without a proposal.
const NOBODYS: ProposalId = ProposalId::new([9; 32]);

/// Sends what `of` makes of the height under way and of the next, while heights pass.
fn while_heights_pass(field: &Field, peer: &EvilPeer, of: impl Fn(u64) -> Vec<Bytes>) {
    for _ in 0..field.many(ROUNDS) {
        let height = field.working_on();
        let frames = [of(height), of(height + 1)].concat();
        field.runtime.block_on(peer.flood(&frames));
    }
}

fn vote(vote: SignedVote) -> Bytes {
    forge::agreement(AgreementMessage::Vote(vote))
}

pub(crate) fn garbage(field: &Field, peer: &EvilPeer) {
    while_heights_pass(field, peer, |height| {
        let mut garbage = forge::vote(field.network, &field.member, VoteKind::Prepare, (height, 0), NOBODYS);
        garbage.signature = Signature::Secp256k1([1; 65]);
        vec![vote(garbage); 50]
    });
}

pub(crate) fn another_network(field: &Field, peer: &EvilPeer) {
    let elsewhere = NetworkId::new([7; 32]);
    while_heights_pass(field, peer, |height| {
        vec![vote(forge::vote(elsewhere, &field.member, VoteKind::Prepare, (height, 0), NOBODYS)); 50]
    });
}

pub(crate) fn forged_certificates(field: &Field, peer: &EvilPeer) {
    while_heights_pass(field, peer, |height| {
        let own = forge::vote(field.network, &field.member, VoteKind::Skip, (height, 0), ProposalId::NONE);
        let mut signers = field.honest_members();
        signers.push(field.member.address());
        signers.sort_unstable();
        let signatures = signers.into_iter().map(|signer| (signer, own.signature)).collect();
        let forged = Certificate { vote: own.vote, signatures };
        let alone = Certificate { vote: own.vote, signatures: vec![(own.signer, own.signature)] };
        [forged, alone].map(|certificate| forge::agreement(AgreementMessage::Certificate(certificate))).to_vec()
    });
}

pub(crate) fn far_heights(field: &Field, peer: &EvilPeer) {
    let far = |number: usize| {
        let height = (1 << 40) + number as u64;
        vote(forge::vote(field.network, &field.member, VoteKind::Prepare, (height, 0), NOBODYS))
    };
    let frames: Vec<Bytes> = (0..field.many(10_000)).map(far).collect();
    field.runtime.block_on(peer.flood(&frames));
}

pub(crate) fn far_views(field: &Field, peer: &EvilPeer) {
    while_heights_pass(field, peer, |height| {
        let views = (0..25).flat_map(|view| [(1 << 20) + view, u64::MAX - view]);
        let skip = |view| forge::vote(field.network, &field.member, VoteKind::Skip, (height, view), ProposalId::NONE);
        views.map(|view| vote(skip(view))).collect()
    });
}

pub(crate) fn far_proposals(field: &Field, peer: &EvilPeer) {
    while_heights_pass(field, peer, |height| {
        // Of five views in a row the evil member leads one, whose proposal shows nothing that would justify it.
        let offers = (0..5).map(|turn| {
            let proposal = Proposal {
                height: Height(height),
                previous: NOBODYS,
                heads: Vec::new(),
                events_root: Digest::new([0; 32]),
                documents_root: Digest::new([0; 32]),
                ledger_root: Digest::new([0; 32]),
                outbox_root: Digest::new([0; 32]),
                next_committee: Digest::new([0; 32]),
                time: Timestamp(0),
            };
            let (id, view) = (proposal.id(field.network), u64::MAX - turn);
            let vote = forge::vote(field.network, &field.member, VoteKind::Propose, (height, view), id);
            let offer = Box::new(SignedProposal { proposal, prepared: None, vote });
            forge::agreement(AgreementMessage::Proposal { signed: offer, certificates: Vec::new() })
        });
        offers.collect()
    });
}

pub(crate) fn claimed_heights(field: &Field, peer: &EvilPeer) {
    let claim = |height: u64| {
        forge::agreement(AgreementMessage::Position(Position {
            height: Height(height),
            view: View(u64::MAX),
            proposal: NOBODYS,
            wanted: NOBODYS,
            wanted_views: vec![View(0), View(u64::MAX)],
            votes: Vec::new(),
        }))
    };
    let frames: Vec<Bytes> = forge::again(&[1_000_000_000, u64::MAX, 0, 1].map(claim), field.many(2_000));
    field.runtime.block_on(peer.flood(&frames));
}

pub(crate) fn double(field: &Field, peer: &EvilPeer) {
    while_heights_pass(field, peer, |height| {
        let prepare = |of: u8| {
            forge::vote(field.network, &field.member, VoteKind::Prepare, (height, 0), ProposalId::new([of; 32]))
        };
        (1..=50).map(|of| vote(prepare(of))).collect()
    });
}
