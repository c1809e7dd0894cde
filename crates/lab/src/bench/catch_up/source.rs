//! The node with the whole history: a replica in memory, and authors that write to it.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

use quorate_event::{
    Canonical, Committee, Digest, DocumentEdits, Edit, EventBody, EventId, Genesis, Height, Lane, NetworkId, Pace,
    Parameters, Payload, SecretKey, Seq, Stake, Target, Timestamp, Value, VerifiedEvent, Writers,
};
use quorate_replica::{
    Input, Now, Output, Peer, PeerMessage, Replica, ReplicaConfig, Request, Summary, SyncResponse, VertexValidator,
};
use quorate_scenario::{DemoSeed, demo_key};

use super::error::CatchUpError;
use crate::args::CatchUpArgs;

/// Number of authors, which write in turn.
const AUTHORS: u64 = 16;
/// Number of documents, and of keys in each: as in a busy application.
const DOCUMENTS: usize = 16;
const KEYS: usize = 256;
/// Bytes of an event without its value: author, parents, signature, names.
const AROUND: usize = 235;
/// The peer id of the late node.
pub(super) const PEER: Peer = Peer(1);

pub(super) struct Source {
    replica: Replica,
    genesis: Genesis,
    stored: HashMap<EventId, Vec<u8>>,
    now: Now,
}

/// An author with its last event.
struct HistoryAuthor {
    key: SecretKey,
    seq: u64,
    last: EventId,
}

impl Source {
    /// A network with one member, and its history.
    pub(super) fn new(args: &CatchUpArgs) -> Result<Self, CatchUpError> {
        let now = Now { elapsed: Duration::from_secs(1), wall: Timestamp(1_800_000_000_000) };
        let member = key(0)?;
        let parameters = Parameters {
            pace: Pace::Automatic,
            min_events: args.covers,
            max_wait_ms: 3_600_000,
            cut_events: args.covers,
            ..Parameters::default()
        };
        let genesis = Genesis {
            name: "catch-up".to_owned(),
            time: Timestamp(1),
            // One member of positive stake is a committee.
            committee: Committee::new(vec![(member.address(), Stake(1))]).expect("a committee of one"),
            writers: Writers::Open,
            parameters,
            demo: true,
        };
        let replica = replica(&genesis, member, now)?;
        let mut source = Self { replica, genesis, stored: HashMap::new(), now };
        source.write(args)?;
        Ok(source)
    }

    pub(super) const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    pub(super) const fn now(&self) -> Now {
        self.now
    }

    pub(super) fn height(&self) -> Height {
        self.replica.height()
    }

    pub(super) fn digest(&self) -> Digest {
        self.replica.status().finalised
    }

    fn write(&mut self, args: &CatchUpArgs) -> Result<(), CatchUpError> {
        let network = self.genesis.network();
        let first = network.event_id();
        let author = |number| Ok(HistoryAuthor { key: key(number)?, seq: 0, last: first });
        let mut authors = (1..=AUTHORS).map(author).collect::<Result<Vec<_>, CatchUpError>>()?;
        let mut before = first;
        // Whole milestones, so that no event stays uncovered.
        let events = args.events.next_multiple_of(usize::try_from(args.covers).unwrap_or(usize::MAX));
        for number in 0..events {
            let at = number % authors.len();
            let event = authors[at].write(number, args.bytes, before, network)?;
            before = event.id();
            let request = Request(number as u64);
            self.now.elapsed += Duration::from_micros(10);
            self.now.wall.0 += u64::from(number % 100 == 0);
            self.handle(Input::Submit { request, events: vec![event] });
        }
        Ok(())
    }

    /// Passes an input to the replica, and performs its outputs with a disk that is immediate.
    fn handle(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for output in self.replica.handle(input, self.now) {
                match output {
                    Output::Persist { ticket, vertices } => {
                        let bytes = vertices.iter().map(|vertex| (vertex.id(), vertex.bytes().to_vec()));
                        self.stored.extend(bytes);
                        inputs.push_back(Input::Stored(ticket));
                    }
                    Output::Record { ticket, .. } => inputs.push_back(Input::Recorded(ticket)),
                    _ => {}
                }
            }
        }
    }

    /// The answer of this node to a summary.
    fn answer(&mut self, summary: Summary) -> Option<SyncResponse> {
        let outputs = self.replica.handle(Input::Summary { from: PEER, summary }, self.now);
        outputs.into_iter().find_map(|output| match output {
            Output::SendSyncResponse { response: rest, .. } => {
                let load = |id: &EventId| Ok::<_, Infallible>(self.stored.get(id).cloned());
                let Ok(rest) = rest.load(load);
                rest
            }
            _ => None,
        })
    }

    /// The messages that bring a node from the genesis to this state, each the answer to its current summary.
    pub(super) fn history(&mut self) -> Result<Vec<Vec<u8>>, CatchUpError> {
        let mut late = replica(&self.genesis, key(AUTHORS + 1)?, self.now)?;
        let mut asked = summary_of(late.handle(Input::Connected { peer: PEER, address: key(0)?.address() }, self.now));
        let mut messages = Vec::new();
        while let Some(rest) = asked.take().and_then(|summary| self.answer(summary)) {
            let input = taken(&late.vertex_validator(), &rest);
            messages.push(PeerMessage::SyncResponse(rest).to_bytes());
            let mut inputs = VecDeque::from_iter(input);
            while let Some(input) = inputs.pop_front() {
                let outputs = late.handle(input, self.now);
                inputs.extend(outputs.iter().filter_map(|output| match output {
                    Output::Persist { ticket, .. } => Some(Input::Stored(*ticket)),
                    _ => None,
                }));
                asked = asked.or_else(|| summary_of(outputs));
            }
        }
        Ok(messages)
    }
}

fn taken(door: &VertexValidator, rest: &SyncResponse) -> Option<Input> {
    let arrivals = door.check_sync_response(rest, &mut quorate_event::KeyRing::default()).ok()?;
    Some(Input::SyncResponse { from: PEER, vertices: arrivals.vertices, more: rest.more || arrivals.left_out })
}

/// The summary in its outputs, if there is one.
pub(super) fn summary_of(outputs: Vec<Output>) -> Option<Summary> {
    outputs.into_iter().find_map(|output| match output {
        Output::Summary { summary, .. } => Some(summary),
        _ => None,
    })
}

pub(super) fn replica(genesis: &Genesis, key: SecretKey, now: Now) -> Result<Replica, CatchUpError> {
    let config = ReplicaConfig::new(genesis.clone(), key, Lane(1));
    Ok(Replica::recover(config, [], &[], now)?.0)
}

pub(super) fn key(number: u64) -> Result<SecretKey, CatchUpError> {
    Ok(demo_key(DemoSeed(number + 1))?)
}

impl HistoryAuthor {
    /// The next event of its lane, with the last event of all authors as a parent.
    fn write(
        &mut self,
        number: usize,
        bytes: usize,
        before: EventId,
        network: NetworkId,
    ) -> Result<VerifiedEvent, CatchUpError> {
        let mut parents = vec![self.last];
        parents.extend((before != self.last).then_some(before));
        let key = format!("k{}", number / DOCUMENTS % KEYS);
        let value = Value::String("x".repeat(bytes.saturating_sub(AROUND).max(1)).into());
        let edits = vec![Edit::Set { target: Target::Root, key, value }];
        let document = format!("d{}", number % DOCUMENTS);
        self.seq += 1;
        let body = EventBody {
            author: self.key.address(),
            lane: Lane(1),
            seq: Seq(self.seq),
            parents,
            time: Timestamp(1_800_000_000_000 + number as u64),
            payload: Payload::Edits(vec![DocumentEdits { document, edits }]),
        };
        let event = VerifiedEvent::sign(body, network, &self.key);
        let event = event.map_err(|source| CatchUpError::Event { bytes, source })?;
        self.last = event.id();
        Ok(event)
    }
}
