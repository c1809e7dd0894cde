//! The patch of every planted bug applies to the code as it is now, and cites threats that exist.

use anyhow::{Result, anyhow, ensure};

use super::finding::Finding;
use super::tree::Tree;
use crate::plants::{FOLDER, Patch, name};

const RULE: &str = "plants";
const THREATS: &str = "docs/threats.md";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree.texts.iter().filter(|file| file.path.starts_with(FOLDER));
    let findings = files.filter_map(|file| {
        let error = match name(&file.path) {
            Some(name) => judge(tree, name, &file.text).err()?,
            None => anyhow!("its name does not end in .patch"),
        };
        let first = format!("{error:#}").trim_end().replace('\n', " | ");
        Some(Finding::error(&file.path, RULE, first, "make the diff again against the code as it is now"))
    });
    findings.collect()
}

fn judge(tree: &Tree, name: &str, text: &str) -> Result<()> {
    let patch = Patch::parse(name, text)?;
    let threats = tree.text(THREATS).unwrap_or_default();
    let unknown = patch.threats.iter().find(|threat| !threats.contains(&format!("| {threat} |")));
    ensure!(unknown.is_none(), "{THREATS} has no row {}", unknown.map_or("", String::as_str));
    patch.apply(|path| tree.text(path).map(str::to_owned)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "Bug: b\nThreats: T-A1\nSeries: full\n\n--- a/a.rs\n+++ b/a.rs\n@@ -1 +1 @@\n-fn a() {}\n";

    fn found(path: &str, patch: &str, code: &str) -> Vec<String> {
        let threats = (THREATS, "| T-A1 | a |\n");
        let findings = check(&Tree::of(&[(path, patch), ("a.rs", code), threats]));
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_patch_whose_lines_are_gone_or_that_has_another_name_is_found() {
        assert_eq!(found("xtask/plants/a.patch", PATCH, "fn a() {}\n"), [""; 0]);
        assert_eq!(
            found("xtask/plants/a.patch", PATCH, "fn b() {}\n"),
            ["these lines do not stand in a.rs: | fn a() {}"]
        );
        assert_eq!(found("xtask/plants/a.diff", PATCH, "fn a() {}\n").len(), 1);
        assert_eq!(found("docs/a.patch", PATCH, "fn b() {}\n"), [""; 0]);
    }

    #[test]
    fn a_threat_that_has_no_row_is_found() {
        let patch = PATCH.replace("T-A1", "T-A1 T-A2");
        assert_eq!(found("xtask/plants/a.patch", &patch, "fn a() {}\n"), ["docs/threats.md has no row T-A2"]);
    }
}
