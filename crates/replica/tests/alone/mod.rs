//! A network of one member, where nothing but the disk is waited for.
#![expect(unreachable_pub, reason = "shared by tests, each of which is a crate")]
#![allow(dead_code, reason = "no test uses all of it")]

use std::sync::Arc;
use std::time::Duration;

use quorate_event::{Committee, Genesis, Lane, Parameters, SecretKey, Stake, Timestamp, VerifiedVertex, Writers};
use quorate_replica::{
    Atomicity, CommitteeRule, FixedCommittee, Input, Intent, Now, Output, Replica, ReplicaConfig, Request,
};
use serde_json::json;

pub struct Alone {
    pub replica: Replica,
    pub config: ReplicaConfig,
    pub stored: Vec<VerifiedVertex>,
    requests: u64,
    pub now: Now,
}

impl Alone {
    pub fn new() -> Self {
        Self::with(Arc::new(FixedCommittee))
    }

    /// A network whose committee changes by this rule.
    pub fn with(succession: Arc<dyn CommitteeRule>) -> Self {
        let key = SecretKey::simulated(1);
        let genesis = Genesis {
            name: "alone".to_owned(),
            time: Timestamp(1_000),
            committee: Committee::new(vec![(key.address(), Stake(1))]).unwrap(),
            writers: Writers::Open,
            parameters: Parameters { min_events: 1, ..Parameters::default() },
            demo: true,
        };
        let config = ReplicaConfig { committee_rule: succession, ..ReplicaConfig::new(genesis, key, Lane(1)) };
        let now = Now { elapsed: Duration::from_secs(1), wall: Timestamp(2_000) };
        let (replica, _) = Replica::recover(config.clone(), [], &[], now).unwrap();
        Self { replica, config, stored: Vec::new(), requests: 0, now }
    }

    pub fn handle(&mut self, input: Input) -> Vec<Output> {
        let outputs = self.replica.handle(input, self.now);
        for output in &outputs {
            if let Output::Persist { vertices, .. } = output {
                self.stored.extend(vertices.iter().cloned());
            }
        }
        outputs
    }

    pub fn write(&mut self, key: &str) -> Vec<Output> {
        self.intend(Intent::MergePatch { document: "store".to_owned(), patch: json!({ key: 1 }) })
    }

    pub fn set(&mut self, key: &str, value: u64) -> Vec<Output> {
        self.intend(Intent::MergePatch { document: "store".to_owned(), patch: json!({ key: value }) })
    }

    pub fn intend(&mut self, intent: Intent) -> Vec<Output> {
        self.requests += 1;
        self.handle(Input::Write { request: Request(self.requests), intent, atomicity: Atomicity::Split })
    }

    /// Answers disk writes, and whatever follows from them, until there are none.
    pub fn let_the_disk_work(&mut self, outputs: Vec<Output>) -> Vec<Output> {
        let mut all = Vec::new();
        let mut next = outputs;
        while !next.is_empty() {
            let answers: Vec<Input> = next.iter().filter_map(answer).collect();
            all.extend(next);
            next = answers.into_iter().flat_map(|input| self.handle(input)).collect();
        }
        all
    }
}

pub fn answer(output: &Output) -> Option<Input> {
    match output {
        Output::Persist { ticket, .. } => Some(Input::Stored(*ticket)),
        Output::Record { ticket, .. } => Some(Input::Recorded(*ticket)),
        _ => None,
    }
}
