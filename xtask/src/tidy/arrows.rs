//! The floor plan: which room may import which. Siblings are blind to each other.

use super::finding::Finding;
use super::tree::Tree;
use super::workspace::{Dependency, Kind, Package, Workspace, room};

const RULE: &str = "arrows";

/// Every room of the floor plan and what it may import, from the ground up.
const ARROWS: &[(&str, &[&str])] = &[
    ("event", &[]),
    ("graph", &["event"]),
    ("document", &["event"]),
    ("agreement", &["event"]),
    // Read by tests alone: no arrow leads here.
    ("traces", &[]),
    ("replica", &["graph", "document", "agreement", "event"]),
    ("transport", &[]),
    ("disk", &["event"]),
    ("node", &["replica", "transport", "disk", "event"]),
    ("scenario", &["event"]),
    // Keys and tokens lie in homes, which the commands make and read.
    ("cli", &["node", "disk", "scenario", "event"]),
    ("simulator", &["replica", "scenario", "event"]),
    // The bench of catching up takes history into a replica and a store of its own.
    ("lab", &["simulator", "cli", "node", "replica", "disk", "scenario", "event"]),
    (XTASK, &[]),
];

/// Not even their tests may know each other: a test that needs two of them belongs to the replica.
const SIBLINGS: [&str; 3] = ["graph", "document", "agreement"];

const XTASK: &str = "xtask";

pub(crate) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Finding> {
    let packages = workspace.packages.iter();
    packages
        .flat_map(|package| match arrows_of(package) {
            Some(allowed) => imports(workspace, tree, package, allowed),
            None => vec![unknown(package)],
        })
        .collect()
}

fn arrows_of(package: &Package) -> Option<&'static [&'static str]> {
    let (room, allowed) = ARROWS.iter().find(|(room, _)| *room == package.room())?;
    let (name, folder) = if *room == XTASK {
        (XTASK.to_owned(), XTASK.to_owned())
    } else {
        (format!("quorate-{room}"), format!("crates/{room}"))
    };
    let in_place = package.name == name && package.manifest == format!("{folder}/Cargo.toml");
    in_place.then_some(*allowed)
}

fn imports(workspace: &Workspace, tree: &Tree, package: &Package, allowed: &[&str]) -> Vec<Finding> {
    let ours = |d: &&Dependency| workspace.is_ours(&d.package);
    let forbidden = |d: &&Dependency| match d.kind {
        Kind::Normal | Kind::Build => !allowed.contains(&room(&d.package)),
        Kind::Dev => siblings(package.room(), room(&d.package)),
    };
    let dependencies = package.dependencies.iter().filter(ours).filter(forbidden);
    let findings = dependencies.map(|dependency| {
        let (from, to) = (package.room(), room(&dependency.package));
        let message = format!("`{from}` may not import `{to}`");
        let fix = "pass what it needs in through its caller, or move the code";
        Finding::error(&package.manifest, RULE, message, fix).at(package.line_of(dependency, tree))
    });
    findings.collect()
}

fn siblings(one: &str, other: &str) -> bool {
    one != other && SIBLINGS.contains(&one) && SIBLINGS.contains(&other)
}

fn unknown(package: &Package) -> Finding {
    let message = format!("package `{}` is not on the floor plan", package.name);
    let fix = "name it quorate-<room>, put it in crates/<room>, and draw its arrows in xtask";
    Finding::error(&package.manifest, RULE, message, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(lines: &str) -> Vec<String> {
        let findings = check(&Workspace::draw(lines), &Tree::default());
        findings.into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn the_floor_plan_itself_passes() {
        let plan = "event:
            graph: event
            document: event, tokio
            agreement: event
            replica: graph, document, agreement, event
            transport: libp2p
            disk: event, redb
            node: replica, transport, disk, event, tokio
            scenario: event
            cli: node, disk, scenario, event
            simulator: replica, scenario, event
            lab: simulator, cli, node, replica, disk, scenario, event
            xtask: serde";
        assert_eq!(messages(plan), [""; 0]);
    }

    #[test]
    fn an_arrow_that_is_not_drawn_is_found() {
        for (line, message) in [
            ("event: graph", "`event` may not import `graph`"),
            ("graph: document", "`graph` may not import `document`"),
            ("graph: agreement (build)", "`graph` may not import `agreement`"),
            ("transport: event", "`transport` may not import `event`"),
            ("disk: agreement", "`disk` may not import `agreement`"),
            ("node: graph", "`node` may not import `graph`"),
            ("node: simulator", "`node` may not import `simulator`"),
            ("cli: simulator", "`cli` may not import `simulator`"),
            ("cli: lab", "`cli` may not import `lab`"),
            ("simulator: node", "`simulator` may not import `node`"),
            ("xtask: event", "`xtask` may not import `event`"),
        ] {
            assert_eq!(messages(line), [message], "{line}");
        }
    }

    #[test]
    fn tests_may_reach_across_except_between_siblings() {
        assert_eq!(messages("disk: node (dev)"), [""; 0]);
        assert_eq!(messages("document: graph (dev)"), ["`document` may not import `graph`"]);
    }

    #[test]
    fn an_unknown_or_misplaced_package_is_found() {
        let message = "package `quorate-cellar` is not on the floor plan";
        assert_eq!(messages("cellar: event"), [message]);
        let mut workspace = Workspace::draw("graph: event");
        workspace.packages[0].manifest = "graph/Cargo.toml".to_owned();
        assert_eq!(check(&workspace, &Tree::default()).len(), 1);
    }

    #[test]
    fn the_finding_points_at_the_line_that_asks() {
        let manifest = "[dependencies]\nquorate-event.workspace = true\nquorate-graph = \"1\"\n";
        let tree = Tree::of(&[("crates/document/Cargo.toml", manifest)]);
        let findings = check(&Workspace::draw("document: event, graph"), &tree);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 3);
    }
}
