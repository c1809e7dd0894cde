//! The house rules, one module each. A rule is a function from what lies in the workspace to findings.

mod arrows;
mod finding;
mod length;
mod links;
mod lints;
mod names;
mod plants;
mod purity;
mod reasons;
mod simulated;
mod sources;
mod tree;
mod words;
mod workspace;

use std::path::Path;

use anyhow::Result;

use finding::{Finding, Severity};
pub(crate) use tree::Tree;
use workspace::Workspace;

/// Prints one line per finding; true if none of them is an error.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let mut findings = findings(&Tree::read(root)?, &Workspace::read(root)?);
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    let errors = findings.iter().filter(|f| f.severity == Severity::Error);
    let errors = errors.count();
    let warnings = findings.len() - errors;
    eprintln!("tidy: errors {errors}, warnings {warnings}");
    Ok(errors == 0)
}

fn findings(tree: &Tree, workspace: &Workspace) -> Vec<Finding> {
    let (rust, mut findings) = tree.parse_rust();
    findings.extend(arrows::check(workspace, tree));
    findings.extend(purity::check(workspace, tree));
    findings.extend(simulated::check(workspace));
    findings.extend(lints::check(workspace, tree, &rust));
    findings.extend(sources::check(tree));
    findings.extend(names::check(tree, &rust));
    findings.extend(words::check(tree));
    findings.extend(links::check(tree));
    findings.extend(length::check(&rust));
    findings.extend(reasons::check(&rust));
    findings.extend(plants::check(tree));
    findings
}
