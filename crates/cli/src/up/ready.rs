//! Waits until the network can be used, and announces it.

use std::path::PathBuf;

use serde::Serialize;

use super::children::Children;
use super::error::UpError;
use super::plan::{Plan, PlannedNode};
use super::signals::Stop;
use crate::error::CliError;
use crate::http::Client;
use crate::network_file::NetworkFile;
use crate::output::Printer;
use crate::view::table;
use crate::wait::Deadline;

/// How long a node may take to become ready.
const READY_MS: u64 = 60_000;

/// Waits until every node is ready; false if a signal arrived.
pub(super) fn wait_for_all(plan: &Plan, children: &mut Children, stop: &Stop) -> Result<bool, UpError> {
    for index in 0..plan.nodes.len() {
        if !wait_for(plan, index, children, stop, READY_MS)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Waits until one node is ready; false if a signal arrived.
pub(super) fn wait_for(
    plan: &Plan,
    index: usize,
    children: &mut Children,
    stop: &Stop,
    within_ms: u64,
) -> Result<bool, UpError> {
    let client = Client::new(&plan.nodes[index].url(), None);
    let mut deadline = Deadline::after_ms(within_ms);
    loop {
        if let Some(ended) = children.ended() {
            return Err(ended);
        }
        if stop.is_asked() {
            return Ok(false);
        }
        if client.is_ok("/readyz") {
            return Ok(true);
        }
        if deadline.is_over() {
            let (node, log) = (children.name(index).to_owned(), children.log(index));
            return Err(UpError::NotReady { node, within_ms, log });
        }
        deadline.pause();
    }
}

/// Prints the addresses of the nodes.
pub(super) fn announce(
    plan: &Plan,
    network: &NetworkFile,
    children: &Children,
    output: &Printer,
) -> Result<(), CliError> {
    let nodes = plan.nodes.iter().enumerate();
    let ready = Ready {
        ready: true,
        network: &network.network,
        nodes: nodes.map(|(index, node)| ReadyNode::of(plan, node, children.pid(index))).collect(),
    };
    output.answer(&ready, || {
        let rows = plan.nodes.iter().enumerate().map(|(index, node)| {
            let pid = children.pid(index).map(|pid| pid.to_string());
            let stake = plan.genesis.committee.stake(node.key.address());
            vec![
                node.name.clone(),
                node.url(),
                node.key.address().to_string(),
                stake.map(|stake| stake.0.to_string()).unwrap_or_default(),
                pid.unwrap_or_default(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        let explorer = plan.nodes.first().map(PlannedNode::url).unwrap_or_default();
        format!(
            "network  {}\nhome     {}\nexplorer {explorer}\n\n{}",
            network.network,
            plan.home.display(),
            table(&["node", "http", "address", "stake", "pid"], &rows)
        )
    })
}

/// The first line of JSON, with its fields in this order.
#[derive(Serialize)]
struct Ready<'a> {
    ready: bool,
    network: &'a str,
    nodes: Vec<ReadyNode<'a>>,
}

#[derive(Serialize)]
struct ReadyNode<'a> {
    name: &'a str,
    url: String,
    p2p: String,
    address: String,
    pid: Option<u32>,
    home: PathBuf,
    token_file: PathBuf,
}

impl<'a> ReadyNode<'a> {
    fn of(plan: &Plan, node: &'a PlannedNode, pid: Option<u32>) -> Self {
        let home = plan.home.join(&node.name);
        Self {
            name: &node.name,
            url: node.url(),
            p2p: node.p2p(),
            address: node.key.address().to_string(),
            pid,
            token_file: home.join("token"),
            home,
        }
    }
}
