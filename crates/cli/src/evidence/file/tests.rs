use quorate_event::{EventBody, EventId, Height, Lane, Payload, ProposalId, SecretKey, Seq, Timestamp, View, Vote};

use super::*;

const NETWORK: NetworkId = NetworkId::new([1; 32]);

fn key(n: u8) -> SecretKey {
    SecretKey::from_bytes([n; 32]).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn signed_vote(signer: u8, kind: VoteKind, view: u64, proposal: u8) -> String {
    let proposal = if kind == VoteKind::Skip { ProposalId::NONE } else { ProposalId::new([proposal; 32]) };
    let vote = Vote { kind, height: Height(7), view: View(view), proposal };
    hex(&vote.sign(NETWORK, &key(signer)).to_bytes())
}

fn signed_event(author: u8, seq: u64, time: u64) -> String {
    let body = EventBody {
        author: key(author).address(),
        lane: Lane(3),
        seq: Seq(seq),
        parents: vec![EventId::new([9; 32])],
        time: Timestamp(time),
        payload: Payload::MilestoneRequest,
    };
    hex(VerifiedEvent::sign(body, NETWORK, &key(author)).unwrap().bytes())
}

fn item(kind: StatementKind, signed: [String; 2]) -> Item {
    Item { kind, culprit: key(1).address().to_string(), signed }
}

fn commit_and_skip() -> Item {
    item(StatementKind::Votes, [signed_vote(1, VoteKind::Skip, 2, 0), signed_vote(1, VoteKind::Commit, 2, 5)])
}

fn fork() -> Item {
    item(StatementKind::Events, [signed_event(1, 4, 1), signed_event(1, 4, 2)])
}

#[test]
fn a_pair_tells_who_signed_what() {
    let proven = commit_and_skip().prove(NETWORK).unwrap();
    assert_eq!(proven.culprit, key(1).address());
    assert_eq!(proven.signed, "a commit and a skip at height 7, view 2");
    assert_eq!(proven.ids, [ProposalId::new([5; 32]).to_string()]);
    let proven = fork().prove(NETWORK).unwrap();
    assert_eq!(proven.culprit, key(1).address());
    assert_eq!((proven.signed.as_str(), proven.ids.len()), ("two events at lane 3, seq 4", 2));
}

#[test]
fn what_an_honest_key_may_sign_proves_nothing() {
    let votes = |a: (VoteKind, u64, u8), b: (VoteKind, u64, u8)| {
        item(StatementKind::Votes, [signed_vote(1, a.0, a.1, a.2), signed_vote(1, b.0, b.1, b.2)])
    };
    use VoteKind::{Commit, Prepare, Skip};
    let honest = [
        votes((Prepare, 0, 5), (Commit, 0, 5)),
        votes((Prepare, 0, 5), (Skip, 0, 0)),
        votes((Prepare, 0, 5), (Prepare, 1, 6)),
        votes((Commit, 0, 5), (Skip, 1, 0)),
        votes((Commit, 0, 5), (Commit, 0, 5)),
        item(StatementKind::Votes, [signed_vote(1, Commit, 0, 5), signed_vote(2, Skip, 0, 0)]),
        item(StatementKind::Events, [signed_event(1, 4, 1), signed_event(1, 5, 1)]),
        item(StatementKind::Events, [signed_event(1, 4, 1), signed_event(1, 4, 1)]),
        item(StatementKind::Events, [signed_event(1, 4, 1), signed_event(2, 4, 1)]),
    ];
    for item in honest {
        assert!(matches!(item.prove(NETWORK), Err(Flaw::NoConflict)), "{item:?}");
    }
}

#[test]
fn a_statement_of_which_a_digit_was_changed_proves_nothing() {
    for whole in [commit_and_skip(), fork()] {
        for (place, at) in (0..2).flat_map(|place| (2..whole.signed[place].len()).map(move |at| (place, at))) {
            let mut forged = whole.clone();
            let digit = if whole.signed[place].as_bytes()[at] == b'0' { "1" } else { "0" };
            forged.signed[place].replace_range(at..=at, digit);
            assert!(forged.prove(NETWORK).is_err(), "{place} {at}");
        }
    }
}

#[test]
fn a_pair_of_another_network_proves_nothing() {
    for item in [commit_and_skip(), fork()] {
        assert!(item.prove(NetworkId::new([2; 32])).is_err());
    }
}

#[test]
fn nobody_else_can_be_named() {
    for item in [commit_and_skip(), fork()] {
        for named in [key(2).address().to_string(), String::new()] {
            let item = Item { culprit: named, ..item.clone() };
            assert!(matches!(item.prove(NETWORK), Err(Flaw::OtherCulprit { .. })));
        }
    }
}

#[test]
fn a_file_reads_as_it_was_written_and_other_files_are_told_apart() {
    let mut file = EvidenceFile::of(NETWORK.to_string());
    assert!(matches!(EvidenceFile::parse(file.to_json().as_bytes(), None), Err(Flaw::Empty)));
    file.evidence = vec![commit_and_skip(), fork()];
    let text = file.to_json();
    assert_eq!(EvidenceFile::parse(text.as_bytes(), Some(NETWORK)).unwrap(), (NETWORK, file.clone()));
    let other = EvidenceFile::parse(text.as_bytes(), Some(NetworkId::new([2; 32])));
    assert!(matches!(other, Err(Flaw::OtherNetwork { .. })));
    let newer = text.replace(FORMAT, "quorate evidence 2");
    assert!(matches!(EvidenceFile::parse(newer.as_bytes(), None), Err(Flaw::Format)));
    assert!(matches!(EvidenceFile::parse(b"{}", None), Err(Flaw::Syntax(_))));
    for wrong in ["", "0", "0x0", "0xzz", "zz"] {
        let item = Item { signed: [wrong.to_owned(), wrong.to_owned()], ..commit_and_skip() };
        assert!(item.prove(NETWORK).is_err(), "{wrong}");
    }
}
