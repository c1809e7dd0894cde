//! The workspace as cargo sees it: packages, dependencies, features.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::tree::Tree;

#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
}

#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Path of its `Cargo.toml`, relative to the root.
    pub(crate) manifest: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) package: String,
    /// Its name in the manifest.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// `default` among them unless switched off.
    pub(crate) features: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

impl Workspace {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let args = ["metadata", "--format-version", "1", "--no-deps"];
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(args)
            .current_dir(root)
            .output()
            .context("cargo metadata")?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "cargo metadata: {stderr}");
        Self::parse(&serde_json::from_slice(&output.stdout)?)
    }

    /// Reads the output of `cargo metadata --format-version 1`.
    pub(crate) fn parse(metadata: &Value) -> Result<Self> {
        let root = string(metadata, "workspace_root")?;
        let packages = array(metadata, "packages")?.iter();
        let packages = packages.map(|package| Package::parse(package, &root));
        Ok(Self { packages: packages.collect::<Result<_>>()? })
    }

    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    /// Whether a dependency of this name is a crate of this workspace, or has the name of one.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        name.starts_with(PREFIX) || self.package(name).is_some()
    }
}

const PREFIX: &str = "quorate-";

impl Package {
    fn parse(package: &Value, root: &str) -> Result<Self> {
        let manifest = string(package, "manifest_path")?.replace('\\', "/");
        let prefix = format!("{}/", root.replace('\\', "/"));
        let dependencies = array(package, "dependencies")?.iter();
        let features = package["features"].as_object().context("features")?;
        Ok(Self {
            name: string(package, "name")?,
            manifest: manifest.trim_start_matches(&prefix).to_owned(),
            dependencies: dependencies.map(Dependency::parse).collect::<Result<_>>()?,
            features: features.iter().map(|(name, implied)| (name.clone(), strings(implied))).collect(),
        })
    }

    /// The package's place on the floor plan: `graph` for `quorate-graph`.
    pub(crate) fn room(&self) -> &str {
        room(&self.name)
    }

    /// The line of the manifest that asks for `dependency`, or 1.
    pub(crate) fn line_of(&self, dependency: &Dependency, tree: &Tree) -> usize {
        let manifest = tree.text(&self.manifest).unwrap_or_default();
        let mut kind = None;
        for (index, line) in manifest.lines().enumerate() {
            if line.starts_with('[') {
                kind = kind_of_table(line);
            }
            let key = line.split(['=', '.', ']']).next().unwrap_or_default();
            let table = line.trim_end().trim_end_matches(']');
            let named = key.trim() == dependency.name || table.ends_with(&format!("dependencies.{}", dependency.name));
            if kind == Some(dependency.kind) && named {
                return index + 1;
            }
        }
        1
    }
}

pub(crate) fn room(package: &str) -> &str {
    package.strip_prefix(PREFIX).unwrap_or(package)
}

fn kind_of_table(header: &str) -> Option<Kind> {
    match header {
        _ if header.contains("dev-dependencies") => Some(Kind::Dev),
        _ if header.contains("build-dependencies") => Some(Kind::Build),
        _ if header.contains("dependencies") => Some(Kind::Normal),
        _ => None,
    }
}

impl Dependency {
    fn parse(dependency: &Value) -> Result<Self> {
        let package = string(dependency, "name")?;
        let mut features = strings(&dependency["features"]);
        if dependency["uses_default_features"] != Value::Bool(false) {
            features.push("default".to_owned());
        }
        Ok(Self {
            name: string(dependency, "rename").unwrap_or_else(|_| package.clone()),
            package,
            kind: match dependency["kind"].as_str() {
                Some("dev") => Kind::Dev,
                Some("build") => Kind::Build,
                _ => Kind::Normal,
            },
            features,
        })
    }
}

fn string(object: &Value, key: &str) -> Result<String> {
    let value = object[key].as_str();
    Ok(value.with_context(|| key.to_owned())?.to_owned())
}

fn array<'a>(object: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    object[key].as_array().with_context(|| key.to_owned())
}

fn strings(array: &Value) -> Vec<String> {
    let values = array.as_array().into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
impl Workspace {
    /// A workspace drawn as text, one package a line: `graph: event, rand (dev), event/simulated`.
    pub(crate) fn draw(lines: &str) -> Self {
        let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        let packages = lines.map(|line| {
            let (room, dependencies) = line.split_once(':').expect("a colon after the room");
            let dependencies = dependencies.split(',').map(str::trim);
            let dependencies = dependencies.filter(|dependency| !dependency.is_empty());
            Package {
                name: tests::package_name(room),
                manifest: tests::manifest(room),
                dependencies: dependencies.map(Dependency::draw).collect(),
                features: BTreeMap::new(),
            }
        });
        Self { packages: packages.collect() }
    }
}

#[cfg(test)]
impl Dependency {
    fn draw(text: &str) -> Self {
        let (text, kind) = match text.split_once(' ') {
            Some((text, "(dev)")) => (text, Kind::Dev),
            Some((text, "(build)")) => (text, Kind::Build),
            _ => (text, Kind::Normal),
        };
        let (room, feature) = text.split_once('/').unwrap_or((text, "default"));
        Self {
            package: tests::package_name(room),
            name: tests::package_name(room),
            kind,
            features: vec![feature.to_owned()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OUTSIDERS: [&str; 6] = ["libp2p", "rand", "redb", "serde", "tokio", "xtask"];

    pub(super) fn package_name(room: &str) -> String {
        if OUTSIDERS.contains(&room) { room.to_owned() } else { format!("{PREFIX}{room}") }
    }

    pub(super) fn manifest(room: &str) -> String {
        match room {
            "xtask" => "xtask/Cargo.toml".to_owned(),
            _ => format!("crates/{room}/Cargo.toml"),
        }
    }

    fn metadata() -> Value {
        json!({
            "workspace_root": "/w",
            "packages": [{
                "name": "quorate-graph",
                "manifest_path": "/w/crates/graph/Cargo.toml",
                "features": { "default": ["fast"] },
                "dependencies": [
                    { "name": "quorate-event", "kind": null, "rename": "event", "features": [],
                      "uses_default_features": true },
                    { "name": "proptest", "kind": "dev", "rename": null, "features": ["std"],
                      "uses_default_features": false },
                ],
            }],
        })
    }

    #[test]
    fn metadata_gives_packages_with_kinds_renames_and_features() {
        let workspace = Workspace::parse(&metadata()).unwrap();
        let graph = workspace.package("quorate-graph").unwrap();
        assert_eq!(graph.room(), "graph");
        assert_eq!(graph.manifest, "crates/graph/Cargo.toml");
        assert_eq!(graph.features["default"], ["fast"]);
        let [event, proptest] = &graph.dependencies[..] else {
            panic!("two dependencies");
        };
        assert_eq!((event.name.as_str(), event.kind), ("event", Kind::Normal));
        assert_eq!(event.features, ["default"]);
        assert_eq!((proptest.kind, &proptest.features[..]), (Kind::Dev, &["std".to_owned()][..]));
    }

    #[test]
    fn a_dependency_is_found_in_the_table_of_its_kind() {
        let manifest = "[dependencies]\nserde = \"1\"\n[dev-dependencies]\nserde.workspace = true\n\
                        [target.unix.dependencies.rand]\n";
        let tree = Tree::of(&[("crates/graph/Cargo.toml", manifest)]);
        let workspace = Workspace::draw("graph: serde, serde (dev), rand, tokio");
        let graph = &workspace.packages[0];
        let lines = graph.dependencies.iter();
        let lines: Vec<usize> = lines.map(|d| graph.line_of(d, &tree)).collect();
        assert_eq!(lines, [2, 4, 5, 1]);
    }
}
