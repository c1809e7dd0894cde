//! Simulated signatures are forgeable, so nothing that the program `quorate` links may switch them on. The simulator does,
//! which `quorate-lab` alone links.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::workspace::{Kind, Package, Workspace};

const RULE: &str = "simulated-signatures";
const SHIPPED: &str = "quorate-cli";
const FEATURE: (&str, &str) = ("quorate-event", "simulated-signatures");

/// Features by package.
type Features = BTreeMap<String, BTreeSet<String>>;

pub(crate) fn check(workspace: &Workspace) -> Vec<Finding> {
    let Some(shipped) = workspace.package(SHIPPED) else {
        return Vec::new();
    };
    let features = features_of(workspace, shipped);
    let (package, feature) = FEATURE;
    if !features.get(package).is_some_and(|set| set.contains(feature)) {
        return Vec::new();
    }
    let message = format!("`{SHIPPED}` can be built with `{package}/{feature}`");
    let fix = "enable the feature in dev-dependencies and in the simulator only";
    vec![Finding::error(&shipped.manifest, RULE, message, fix)]
}

/// The features of our packages when `shipped` is built with all of its own: the least set that is closed under what
/// dependencies ask for and features imply. Optional dependencies count as taken.
fn features_of(workspace: &Workspace, shipped: &Package) -> Features {
    let mut reached = Features::new();
    let own = shipped.features.keys().cloned().collect();
    reached.insert(shipped.name.clone(), own);
    loop {
        let mut next = reached.clone();
        for (package, features) in &reached {
            if let Some(package) = workspace.package(package) {
                ask(package, &mut next);
                imply(package, features, &mut next);
            }
        }
        if next == reached {
            return reached;
        }
        reached = next;
    }
}

fn ask(package: &Package, features: &mut Features) {
    let dependencies = package.dependencies.iter();
    for dependency in dependencies.filter(|d| d.kind != Kind::Dev) {
        let asked = features.entry(dependency.package.clone()).or_default();
        asked.extend(dependency.features.iter().cloned());
    }
}

fn imply(package: &Package, enabled: &BTreeSet<String>, features: &mut Features) {
    let implied = enabled.iter().filter_map(|f| package.features.get(f));
    for item in implied.flatten() {
        let (target, feature) = match item.split_once('/') {
            Some((dependency, feature)) => (resolve(package, dependency), feature),
            None => (package.name.as_str(), item.as_str()),
        };
        let target = features.entry(target.to_owned()).or_default();
        target.insert(feature.to_owned());
    }
}

/// The package behind the name that a manifest gives a dependency; `name?/feature` is the weak form.
fn resolve<'a>(package: &'a Package, dependency: &'a str) -> &'a str {
    let name = dependency.trim_end_matches('?');
    let mut dependencies = package.dependencies.iter();
    let found = dependencies.find(|d| d.name == name && d.kind != Kind::Dev);
    found.map_or(name, |dependency| dependency.package.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_feature(mut workspace: Workspace, room: &str, name: &str, implied: &str) -> Workspace {
        let mut packages = workspace.packages.iter_mut();
        let package = packages.find(|package| package.room() == room).unwrap();
        let implied = vec![implied.to_owned()];
        package.features.insert(name.to_owned(), implied);
        workspace
    }

    #[test]
    fn a_normal_dependency_that_asks_for_it_is_found() {
        let workspace = Workspace::draw("event:\ncli: event/simulated-signatures");
        assert_eq!(check(&workspace).len(), 1);
        let behind = Workspace::draw("event:\nreplica: event/simulated-signatures\ncli: replica, event");
        assert_eq!(check(&behind).len(), 1);
    }

    #[test]
    fn tests_and_the_simulator_may_ask_for_it() {
        let workspace = Workspace::draw(
            "event:
            simulator: replica, event/simulated-signatures
            replica: event, event/simulated-signatures (dev)
            lab: cli, simulator
            cli: replica, event/simulated-signatures (dev)",
        );
        assert_eq!(check(&workspace), []);
        let workspace = Workspace::draw("event:\nsimulator: event/simulated-signatures\ncli: simulator");
        assert_eq!(check(&workspace).len(), 1);
    }

    #[test]
    fn a_feature_that_forwards_to_it_is_found_only_when_the_program_can_reach_it() {
        let forwards = "event?/simulated-signatures";
        let draw = |cli: &str| {
            let mut workspace = Workspace::draw(&format!("event:\nreplica: event\n{cli}"));
            workspace.packages[1].dependencies[0].name = "event".to_owned();
            with_feature(workspace, "replica", "simulated", forwards)
        };
        assert_eq!(check(&draw("cli: replica")), []);
        assert_eq!(check(&draw("cli: replica/simulated")).len(), 1);
        let switch = draw("cli: replica");
        let switch = with_feature(switch, "cli", "fast", "quorate-replica/simulated");
        assert_eq!(check(&switch).len(), 1);
    }

    #[test]
    fn a_default_feature_that_implies_it_is_found() {
        let workspace = Workspace::draw("event:\ncli: event");
        let workspace = with_feature(workspace, "event", "default", "simulated-signatures");
        assert_eq!(check(&workspace).len(), 1);
    }
}
