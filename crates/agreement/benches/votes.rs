//! What a checked vote costs: from the verified message to the count, the certificate and the rules that it sets going.
//!
//! Target: 500,000 votes a second on one core. Their signatures are checked before, on other threads.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use quorate_agreement::{
    Agreement, AgreementConfig, AgreementInput, AgreementMessage, ChainTip, MessageSource, Now, Peer, VerifiedMessage,
};
use quorate_event::{
    Committee, Genesis, Height, Parameters, ProposalId, SecretKey, Stake, Timestamp, View, Vote, VoteKind, Writers,
};

const NOW: Now = Now { elapsed: std::time::Duration::from_secs(1), wall: Timestamp(2_000) };

fn genesis(members: u64) -> Genesis {
    let members = (0..members).map(|seed| (SecretKey::simulated(seed).address(), Stake(100)));
    Genesis {
        name: "bench".into(),
        time: Timestamp(1_000),
        committee: Committee::new(members.collect()).unwrap(),
        writers: Writers::Members,
        parameters: Parameters::default(),
        demo: true,
    }
}

/// A node that follows, and the prepares of all members in views 0 to 3 with the skips that end them.
fn height(members: u64) -> (Agreement, Vec<(MessageSource, VerifiedMessage)>) {
    let genesis = genesis(members);
    let network = genesis.network();
    let config = AgreementConfig { network, me: None, parameters: genesis.parameters, abstain: false };
    let machine = Agreement::new(config, ChainTip::genesis(&genesis), [], NOW);
    let verifier = machine.verifier();
    let mut votes = Vec::new();
    for (view, kind) in (0..4).flat_map(|view| [VoteKind::Prepare, VoteKind::Skip].map(|kind| (view, kind))) {
        let proposal = if kind == VoteKind::Skip { ProposalId::NONE } else { ProposalId::new([view as u8 + 1; 32]) };
        for seed in 0..members {
            let key = SecretKey::simulated(seed);
            let vote = Vote { kind, height: Height(1), view: View(view), proposal }.sign(network, &key);
            let source = MessageSource { peer: Peer(seed), author: Some(key.address()) };
            votes.push((source, verifier.verify(AgreementMessage::Vote(vote)).unwrap()));
        }
    }
    (machine, votes)
}

fn votes(c: &mut Criterion) {
    let mut group = c.benchmark_group("checked votes");
    for members in [4, 100, 1_000] {
        let (_, votes) = height(members);
        group.throughput(Throughput::Elements(votes.len() as u64));
        group.bench_function(format!("{members} members"), |b| {
            let fresh = || height(members).0;
            let count = |mut machine: Agreement| {
                for (from, message) in &votes {
                    black_box(machine.handle(AgreementInput::Received { from: *from, message: message.clone() }, NOW));
                }
                machine
            };
            b.iter_batched(fresh, count, BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(benches, votes);
criterion_main!(benches);
