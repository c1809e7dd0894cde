//! The plan of a network, made before any process starts.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use quorate_event::{Address, Committee, Genesis, Parameters, SecretKey, SecretKeyError, Stake, Timestamp, Writers};
use quorate_node::run::peer_id;
use quorate_scenario::{DemoSeed, Scenario, demo_key};

use super::error::UpError;
use crate::args::UpArgs;
use crate::error::CliError;
use crate::genesis::stakes;
use crate::network_file::{NetworkFile, NodeEntry};
use crate::options::P2P_ABOVE;

const NODES: usize = 4;
const NAME: &str = "local";

/// A network on this machine.
pub(crate) struct Plan {
    pub(crate) home: PathBuf,
    pub(crate) genesis: Genesis,
    pub(crate) nodes: Vec<PlannedNode>,
}

/// One of its nodes.
pub(crate) struct PlannedNode {
    pub(crate) name: String,
    pub(crate) key: SecretKey,
    pub(crate) http_port: u16,
    pub(crate) p2p_port: u16,
}

impl PlannedNode {
    /// URL of its HTTP interface.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http_port)
    }

    /// Its libp2p multiaddress.
    pub(crate) fn p2p(&self) -> String {
        let peer = peer_id(self.key.expose()).map(|peer| format!("/p2p/{peer}"));
        let peer = peer.unwrap_or_default();
        format!("/ip4/127.0.0.1/tcp/{}{peer}", self.p2p_port)
    }
}

impl Plan {
    /// The network of a scenario.
    pub(crate) fn of_scenario(scenario: &Scenario, home: &Path, port: u16) -> Result<Self, CliError> {
        let named = scenario.nodes.iter();
        let named = named.map(|node| Ok((node.name.clone(), node.key()?)));
        let named = named.collect::<Result<Vec<_>, SecretKeyError>>()?;
        Ok(Self { home: home.to_path_buf(), genesis: scenario.genesis(now())?, nodes: planned(named, port)? })
    }

    /// The network for the arguments: automatic pace, only members write, default limits.
    pub(crate) fn of_arguments(args: &UpArgs, home: &Path) -> Result<Self, CliError> {
        let count = match (args.nodes, args.stake.len()) {
            (Some(nodes), _) => usize::from(nodes),
            (None, 0 | 1) => NODES,
            (None, stakes) => stakes,
        };
        let named = (1..).take(count);
        let named = named.map(|i| Ok((format!("n{i}"), demo_key(DemoSeed(i))?)));
        let named = named.collect::<Result<Vec<_>, SecretKeyError>>()?;
        let stakes = stakes(&args.stake, count)?;
        let members = named.iter().zip(stakes);
        let members: Vec<(Address, Stake)> = members.map(|((_, key), stake)| (key.address(), stake)).collect();
        Ok(Self {
            home: home.to_path_buf(),
            genesis: Genesis {
                name: NAME.to_owned(),
                time: now(),
                committee: Committee::new(members)?,
                writers: Writers::Members,
                parameters: Parameters::default(),
                demo: true,
            },
            nodes: planned(named, args.port)?,
        })
    }

    /// The network file for clients and for nodes that are started again.
    pub(crate) fn network_file(&self, genesis: &Genesis) -> NetworkFile {
        let entry = |node: &PlannedNode| NodeEntry {
            name: node.name.clone(),
            url: node.url(),
            p2p: node.p2p(),
            address: node.key.address().to_string(),
            port: node.http_port,
            p2p_port: node.p2p_port,
        };
        NetworkFile { network: genesis.network().to_string(), nodes: self.nodes.iter().map(entry).collect() }
    }

    /// Opens and closes every port, so that a port in use is an error before any process starts.
    pub(crate) fn check_ports(&self) -> Result<(), UpError> {
        for node in &self.nodes {
            for (port, what) in [(node.http_port, "HTTP"), (node.p2p_port, "libp2p")] {
                let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
                taken.map_err(|source| UpError::PortInUse {
                    port,
                    used_for: format!("{what} of {}", node.name),
                    source,
                })?;
            }
        }
        Ok(())
    }
}

fn planned(named: Vec<(String, SecretKey)>, port: u16) -> Result<Vec<PlannedNode>, UpError> {
    let nodes = named.len();
    let above = |offset: u16| port.checked_add(offset).filter(|_| port > 0);
    let node = |(offset, (name, key)): (u16, (String, SecretKey))| {
        Some(PlannedNode { name, key, http_port: above(offset)?, p2p_port: above(offset)?.checked_add(P2P_ABOVE)? })
    };
    let all: Option<Vec<PlannedNode>> = (0..).zip(named).map(node).collect();
    all.ok_or(UpError::PortRange { port, nodes })
}

#[expect(clippy::disallowed_methods, reason = "two networks that are founded at two times are two networks")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_ms = since.map_or(0, |since| since.as_millis());
    Timestamp(u64::try_from(now_ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::VerbosityArgs;
    use crate::error::CommandFailure;

    fn args(nodes: Option<u16>, stake: &[u128], port: u16) -> UpArgs {
        UpArgs {
            nodes,
            stake: stake.to_vec(),
            port,
            scenario: None,
            reset: false,
            trusted_milestone: None,
            verbosity: VerbosityArgs::default(),
        }
    }

    fn plan(args: &UpArgs) -> Result<Plan, CliError> {
        Plan::of_arguments(args, Path::new("/nowhere"))
    }

    #[test]
    fn nodes_are_named_in_order_and_libp2p_is_a_thousand_above() {
        let plan = plan(&args(Some(2), &[], 9_000)).unwrap();
        let [n1, n2] = &plan.nodes[..] else { panic!("not two nodes") };
        assert_eq!((n1.name.as_str(), n1.http_port, n1.p2p_port), ("n1", 9_000, 10_000));
        assert_eq!((n2.name.as_str(), n2.url().as_str()), ("n2", "http://127.0.0.1:9001"));
        assert!(n2.p2p().starts_with("/ip4/127.0.0.1/tcp/10001/p2p/16Uiu2HA"), "{}", n2.p2p());
    }

    #[test]
    fn stakes_tell_how_many_nodes_there_are() {
        let plan_of = |nodes, stake: &[u128]| plan(&args(nodes, stake, 8_080));
        let stakes = |nodes, stake: &[u128]| {
            let plan = plan_of(nodes, stake).unwrap();
            let stake = |node: &PlannedNode| plan.genesis.committee.stake(node.key.address());
            plan.nodes.iter().map(|node| stake(node).unwrap().0).collect::<Vec<_>>()
        };
        assert_eq!(stakes(None, &[]), [100; 4]);
        assert_eq!(stakes(None, &[150, 200, 80, 120]), [150, 200, 80, 120]);
        assert_eq!(stakes(Some(3), &[7]), [7; 3]);
        assert!(matches!(plan_of(Some(3), &[1, 2]), Err(CliError::Stakes { stakes: 2, members: 3 })));
    }

    #[test]
    fn ports_beyond_the_last_are_refused() {
        for port in [0, 64_536, 65_535] {
            let error = plan(&args(Some(2), &[], port)).err().unwrap();
            assert_eq!(error.code(), "port", "{port}");
        }
    }

    #[test]
    fn a_port_in_use_is_named_with_its_use() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        // The system gives ports that leave room above only by chance.
        let Ok(plan) = plan(&args(Some(1), &[], port)) else {
            return;
        };
        let error = plan.check_ports().unwrap_err();
        assert!(error.to_string().contains(&format!("port {port}, HTTP of n1")), "{error}");
        assert!(error.hint().unwrap().contains("--port"));
    }
}
