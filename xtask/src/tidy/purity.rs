//! Pure crates depend on no runtime, clock, source of entropy, file or socket.

use super::finding::Finding;
use super::tree::Tree;
use super::workspace::{Dependency, Kind, Package, Workspace};

const RULE: &str = "purity";

pub(crate) const PURE: [&str; 5] = ["event", "graph", "document", "agreement", "replica"];

const BANNED: &[(&str, &str)] = &[
    ("async-std", AWAITS),
    ("async-trait", AWAITS),
    ("futures", AWAITS),
    ("futures-util", AWAITS),
    ("smol", AWAITS),
    ("tokio", AWAITS),
    ("tokio-util", AWAITS),
    ("alloy", SENDS),
    ("axum", SENDS),
    ("hyper", SENDS),
    ("libp2p", SENDS),
    ("mio", SENDS),
    ("reqwest", SENDS),
    ("socket2", SENDS),
    ("ureq", SENDS),
    ("redb", STORES),
    ("rocksdb", STORES),
    ("rusqlite", STORES),
    ("sled", STORES),
    ("tempfile", STORES),
    ("fastrand", DRAWS),
    ("getrandom", DRAWS),
    ("rand", DRAWS),
    ("uuid", DRAWS),
    ("chrono", READS_CLOCK),
    ("instant", READS_CLOCK),
    ("time", READS_CLOCK),
    ("web-time", READS_CLOCK),
    ("ahash", SCATTERS),
    ("rayon", SCATTERS),
    ("bincode", "its bytes are not canonical; bytes are CBOR"),
    ("lazy_static", "state belongs to a value that has an owner"),
    ("once_cell", "state belongs to a value that has an owner"),
];

const AWAITS: &str = "only `transport` and `node` await";
const SENDS: &str = "only `transport`, `node` and `cli` touch the network";
const STORES: &str = "only `disk` touches the disk";
const DRAWS: &str = "randomness is a seed that the caller passes";
const READS_CLOCK: &str = "time is an argument";
const SCATTERS: &str = "order must not depend on the run";

pub(crate) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Finding> {
    let packages = workspace.packages.iter();
    let pure = packages.filter(|package| PURE.contains(&package.room()));
    pure.flat_map(|package| impurities(package, tree)).collect()
}

fn impurities(package: &Package, tree: &Tree) -> Vec<Finding> {
    let dependencies = package.dependencies.iter();
    let shipped = dependencies.filter(|dependency| dependency.kind != Kind::Dev);
    let findings = shipped.filter_map(|dependency| {
        let reason = reason_against(dependency)?;
        let message = format!("`{}` may not use `{}`", package.room(), dependency.package);
        let line = package.line_of(dependency, tree);
        Some(Finding::error(&package.manifest, RULE, message, reason).at(line))
    });
    findings.collect()
}

fn reason_against(dependency: &Dependency) -> Option<&'static str> {
    let (_, reason) = BANNED.iter().find(|(name, _)| *name == dependency.package)?;
    Some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(lines: &str) -> Vec<String> {
        let findings = check(&Workspace::draw(lines), &Tree::default());
        findings.into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn a_runtime_in_a_pure_room_is_found_whatever_it_is_called() {
        assert_eq!(messages("graph: tokio"), ["`graph` may not use `tokio`"]);
        let mut workspace = Workspace::draw("document: rand");
        workspace.packages[0].dependencies[0].name = "dice".to_owned();
        assert_eq!(check(&workspace, &Tree::default()).len(), 1);
    }

    #[test]
    fn the_node_may_await_and_tests_may_draw() {
        assert_eq!(messages("node: tokio\ngraph: rand (dev), serde"), [""; 0]);
    }
}
