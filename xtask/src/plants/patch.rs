//! A planted bug as a file: three lines that describe it, and a unified diff against production code.
//!
//! ```text
//! Bug: a vote is sent before its record is on disk
//! Threats: T-B6
//! Series: agreement
//!
//! --- a/crates/replica/src/milestones/perform.rs
//! +++ b/crates/replica/src/milestones/perform.rs
//! @@ -174,2 +174,3 @@
//!  ...
//! ```

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

/// The folder of the patches, relative to the root.
pub(crate) const FOLDER: &str = "xtask/plants/";
const SUFFIX: &str = ".patch";

/// A bug that can be planted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Patch {
    /// Its file's name without the suffix.
    pub(crate) name: String,
    /// What goes wrong, in a sentence.
    pub(crate) bug: String,
    /// The rows of `docs/threats.md` that it stands for.
    pub(crate) threats: Vec<String>,
    /// The simulator's series in which it must show.
    pub(crate) series: String,
    pub(crate) hunks: Vec<Hunk>,
}

/// Lines of a file, and the lines in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hunk {
    pub(crate) file: String,
    before: String,
    after: String,
}

/// The name of the patch at this path, if one stands there.
pub(crate) fn name(path: &str) -> Option<&str> {
    path.strip_prefix(FOLDER)?.strip_suffix(SUFFIX)
}

impl Patch {
    /// Reads the text of a patch file.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self> {
        let (head, diff) = text.split_once("\n\n").context("an empty line must separate the head from the diff")?;
        let field = |key: &str| {
            let value = head.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
            value.filter(|value| !value.is_empty()).with_context(|| format!("the head lacks `{key}`"))
        };
        let series = field("Series:")?;
        ensure!(SERIES.contains(&series), "there is no series `{series}`");
        let threats: Vec<_> = field("Threats:")?.split_whitespace().map(str::to_owned).collect();
        let odd = threats.iter().find(|threat| !threat.starts_with("T-"));
        ensure!(odd.is_none(), "a threat is written T-A1, not `{}`", odd.map_or("", String::as_str));
        let hunks = hunks(diff)?;
        ensure!(!hunks.is_empty(), "the diff is empty");
        Ok(Self { name: name.to_owned(), bug: field("Bug:")?.to_owned(), threats, series: series.to_owned(), hunks })
    }

    /// The changed files by their paths, when `read` gives the text of each. Line numbers are not read: the lines before
    /// a change must stand exactly once in their file.
    pub(crate) fn apply(&self, read: impl Fn(&str) -> Option<String>) -> Result<BTreeMap<&str, String>> {
        let mut changed = BTreeMap::<&str, String>::new();
        for hunk in &self.hunks {
            let file = hunk.file.as_str();
            let text = match changed.remove(file) {
                Some(text) => text,
                None => read(file).with_context(|| format!("there is no file {file}"))?,
            };
            changed.insert(file, hunk.apply(&text)?);
        }
        Ok(changed)
    }
}

const SERIES: [&str; 3] = ["agreement", "full", "twins"];

impl Hunk {
    fn apply(&self, text: &str) -> Result<String> {
        let places = text.match_indices(&self.before).filter(|(at, _)| *at == 0 || text[..*at].ends_with('\n'));
        match places.count() {
            1 => Ok(text.replacen(&self.before, &self.after, 1)),
            0 => bail!("these lines do not stand in {}:\n{}", self.file, self.before),
            many => bail!("these lines stand {many} times in {}:\n{}", self.file, self.before),
        }
    }
}

fn hunks(diff: &str) -> Result<Vec<Hunk>> {
    let (mut file, mut found) = (None, Vec::<Hunk>::new());
    for line in diff.lines() {
        match (line.split_at_checked(1), found.last_mut()) {
            _ if ["--- ", "diff --git ", "index "].iter().any(|start| line.starts_with(start)) => {}
            _ if line.starts_with("+++ ") => file = line.strip_prefix("+++ b/"),
            (Some(("@", _)), _) => {
                let file = file.context("a hunk stands before the name of its file")?.to_owned();
                found.push(Hunk { file, before: String::new(), after: String::new() });
            }
            (Some(("-", old)), Some(hunk)) => push(&mut hunk.before, old),
            (Some(("+", new)), Some(hunk)) => push(&mut hunk.after, new),
            (Some((" ", same)), Some(hunk)) => {
                push(&mut hunk.before, same);
                push(&mut hunk.after, same);
            }
            _ => bail!("not a line of a unified diff: `{line}`"),
        }
    }
    Ok(found)
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "\
Bug: nothing is added
Threats: T-A1 T-B2
Series: full

diff --git a/crates/a/src/sum.rs b/crates/a/src/sum.rs
index 7a75afbb..26adbecc 100644
--- a/crates/a/src/sum.rs
+++ b/crates/a/src/sum.rs
@@ -1,3 +1,2 @@
 fn sum() {
-    add();
 }
@@ -9,2 +8,3 @@
 fn rest() {
+    return;
     go();
";
    const SUM: &str = "const A: u8 = 1;\nfn sum() {\n    add();\n}\n\nfn rest() {\n    go();\n}\n";

    fn apply(text: &str) -> Result<BTreeMap<String, String>> {
        let patch = Patch::parse("sum", PATCH)?;
        let changed = patch.apply(|path| (path == "crates/a/src/sum.rs").then(|| text.to_owned()))?;
        Ok(changed.into_iter().map(|(path, text)| (path.to_owned(), text)).collect())
    }

    #[test]
    fn the_head_says_what_goes_wrong_and_where_it_shows() {
        let patch = Patch::parse("sum", PATCH).unwrap();
        assert_eq!((patch.bug.as_str(), patch.series.as_str()), ("nothing is added", "full"));
        assert_eq!(patch.threats, ["T-A1", "T-B2"]);
    }

    #[test]
    fn hunks_apply_wherever_their_lines_stand() {
        let changed = apply(SUM).unwrap();
        let text = "const A: u8 = 1;\nfn sum() {\n}\n\nfn rest() {\n    return;\n    go();\n}\n";
        assert_eq!(changed["crates/a/src/sum.rs"], text);
    }

    #[test]
    fn lines_that_are_gone_or_stand_twice_are_refused() {
        assert!(apply(&SUM.replace("add", "subtract")).is_err());
        assert!(apply(&SUM.repeat(2)).unwrap_err().to_string().contains("2 times"));
        assert!(apply(&SUM.replace("fn sum", "pub fn sum")).is_err());
    }

    #[test]
    fn a_patch_without_a_sound_head_is_refused() {
        for (good, bad) in [
            ("Bug: nothing is added\n", ""),
            ("T-A1 T-B2", "A1"),
            ("T-A1 T-B2", ""),
            ("Series: full", "Series: half"),
            ("@@ -1,3 +1,2 @@\n", ""),
        ] {
            assert!(PATCH.contains(good) && Patch::parse("sum", &PATCH.replace(good, bad)).is_err(), "{good}");
        }
        assert!(Patch::parse("sum", PATCH.split("---").next().unwrap()).is_err());
    }
}
