//! The genesis: who founds a network and by which parameters. Its keccak256 is the network's id, and milestone 0.

use crate::address::Address;
use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError, FORMAT_VERSION};
use crate::committee::Committee;
use crate::event::Timestamp;
use crate::hash::keccak256;
use crate::id::NetworkId;
use crate::limits;

/// Who may write events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// The committee's members.
    Members,
    /// Anybody with a key.
    Open,
}

/// When milestones are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// After `min_events`, or when an event has waited `max_wait_ms`, or upon a seal.
    Automatic,
    /// Upon a seal only.
    Manual,
}

/// The numbers by which a network runs; the same at every node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// When milestones are made.
    pub pace: Pace,
    /// So many uncovered events are work at once.
    pub min_events: u64,
    /// An uncovered event is work after so many milliseconds.
    pub max_wait_ms: u64,
    /// How long a view waits for its leader, in milliseconds; at least 1.
    pub view_timer_ms: u64,
    /// Events that one milestone newly covers, at most; at least 1.
    pub cut_events: u64,
    /// Bytes that one milestone newly covers, at most; at least one event's.
    pub cut_bytes: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            pace: Pace::Automatic,
            min_events: 256,
            max_wait_ms: 100,
            view_timer_ms: 1_000,
            cut_events: 8_192,
            cut_bytes: 8 * 1024 * 1024,
        }
    }
}

/// How a network begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// A name for people; 1 to 256 bytes.
    pub name: String,
    /// When it was written.
    pub time: Timestamp,
    /// The first committee.
    pub committee: Committee,
    /// Who may write.
    pub writers: Writers,
    /// By which numbers it runs.
    pub parameters: Parameters,
    /// Whether the public demo keys may be members. Nothing of worth belongs in such a network.
    pub demo: bool,
}

/// Why a genesis cannot found a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Not a genesis of the format.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A number outside its range.
    #[error("the genesis parameter {name} is {found}; it must be {expected}")]
    Parameter {
        /// Which.
        name: &'static str,
        /// What it is.
        found: u64,
        /// What it must be.
        expected: &'static str,
    },
    /// The name is empty or too long.
    #[error("the genesis name must have 1 to 256 bytes, not {found}")]
    Name {
        /// How many it has.
        found: usize,
    },
    /// A key that everybody knows, in a network that does not say it is a demonstration.
    #[error("{member} is a public demo key; say `demo` in the genesis, or use keys of your own")]
    DemoKey {
        /// The member.
        member: Address,
    },
}

impl Genesis {
    /// The network's name: keccak256 of the genesis.
    pub fn network(&self) -> NetworkId {
        NetworkId::new(keccak256(&[&self.to_bytes()]))
    }

    /// Checks every number, and that none of `demo_keys` is a member unless the genesis says `demo`.
    ///
    /// # Errors
    /// What is wrong and what would be right.
    pub fn check(&self, demo_keys: &[Address]) -> Result<(), GenesisError> {
        if self.name.is_empty() || self.name.len() > limits::NAME_BYTES {
            return Err(GenesisError::Name { found: self.name.len() });
        }
        let p = &self.parameters;
        let day_ms = 86_400_000;
        let least = [
            ("min_events", p.min_events, p.min_events >= 1, "at least 1"),
            ("max_wait_ms", p.max_wait_ms, p.max_wait_ms <= day_ms, "at most a day"),
            ("view_timer_ms", p.view_timer_ms, (1..=day_ms).contains(&p.view_timer_ms), "1 ms to a day"),
            ("cut_events", p.cut_events, (1..=65_536).contains(&p.cut_events), "1 to 65536"),
            (
                "cut_bytes",
                p.cut_bytes,
                (limits::EVENT_BYTES as u64..=1 << 30).contains(&p.cut_bytes),
                "at least 65536 (one event) and at most 1 GiB",
            ),
        ];
        if let Some((name, found, _, expected)) = least.into_iter().find(|(_, _, good, _)| !good) {
            return Err(GenesisError::Parameter { name, found, expected });
        }
        let public = demo_keys.iter().find(|key| self.committee.contains(**key));
        match public {
            Some(member) if !self.demo => Err(GenesisError::DemoKey { member: *member }),
            _ => Ok(()),
        }
    }
}

impl Canonical for Parameters {
    fn encode(&self, to: &mut CborWriter) {
        let pace = match self.pace {
            Pace::Automatic => 0,
            Pace::Manual => 1,
        };
        let values = [pace, self.min_events, self.max_wait_ms, self.view_timer_ms, self.cut_events, self.cut_bytes];
        to.map(values.len() as u64);
        for (key, value) in (0..).zip(values) {
            to.key(key).uint(value);
        }
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.map(6, "parameters")?;
        let mut values = [0; 6];
        for (key, value) in (0..).zip(values.iter_mut()) {
            from.key(key, "parameters")?;
            *value = from.uint("parameter")?;
        }
        let [pace, min_events, max_wait_ms, view_timer_ms, cut_events, cut_bytes] = values;
        let pace = match pace {
            0 => Pace::Automatic,
            1 => Pace::Manual,
            _ => return Err(DecodeError::OutOfRange { what: "pace" }),
        };
        Ok(Self { pace, min_events, max_wait_ms, view_timer_ms, cut_events, cut_bytes })
    }
}

impl Canonical for Genesis {
    fn encode(&self, to: &mut CborWriter) {
        to.map(7).key(0).uint(FORMAT_VERSION);
        to.key(1).text(&self.name);
        to.key(2).uint(self.time.0);
        self.committee.encode(to.key(3));
        to.key(4).uint(match self.writers {
            Writers::Members => 0,
            Writers::Open => 2,
        });
        self.parameters.encode(to.key(5));
        to.key(6).bool(self.demo);
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        const WHAT: &str = "genesis";
        from.map(7, WHAT)?;
        from.key(0, WHAT)?;
        from.version()?;
        from.key(1, WHAT)?;
        let name = from.name("name")?.to_owned();
        from.key(2, WHAT)?;
        let time = Timestamp(from.uint("time")?);
        from.key(3, WHAT)?;
        let committee = Committee::decode(from)?;
        from.key(4, WHAT)?;
        let writers = match from.uint("writers")? {
            0 => Writers::Members,
            2 => Writers::Open,
            _ => return Err(DecodeError::OutOfRange { what: "writers" }),
        };
        from.key(5, WHAT)?;
        let parameters = Parameters::decode(from)?;
        from.key(6, WHAT)?;
        let demo = from.bool("demo")?;
        Ok(Self { name, time, committee, writers, parameters, demo })
    }
}
