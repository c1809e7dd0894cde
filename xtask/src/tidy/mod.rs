//! The house rules, one module each. A rule is a function from the files of the workspace to findings.

mod arrows;
pub(crate) mod circles;
mod cited;
pub(crate) mod comments;
mod finding;
mod imports;
mod labels;
mod length;
mod links;
mod lints;
mod modules;
mod names;
mod plants;
mod public_items;
mod purity;
mod reasons;
mod simulated;
mod sources;
mod test_code;
mod tree;
pub(crate) mod type_names;
mod words;
mod workspace;

use std::path::Path;

use anyhow::Result;

use finding::{Finding, Severity};
pub(crate) use length::{FUNCTION_ERROR, functions_of};
pub(crate) use public_items::public_items;
pub(crate) use test_code::test_lines;
pub(crate) use tree::{RustFile, Tree};
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
    findings.extend(cited::check(tree));
    findings.extend(length::check(&rust));
    findings.extend(reasons::check(&rust));
    findings.extend(plants::check(tree));
    findings.extend(labels::check(tree, &rust));
    findings.extend(modules::check(tree));
    findings.extend(circles::check(&rust));
    findings.extend(type_names::check(&rust));
    findings.extend(comments::check(tree));
    findings
}
