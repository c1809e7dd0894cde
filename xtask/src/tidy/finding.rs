//! One violation of a rule: its place, its message, its remedy.

use std::fmt;

/// Ordered by place, so that a sorted list reads like the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    /// The remedy, in the imperative.
    pub(crate) fix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Error,
    Warning,
}

impl Finding {
    /// An error at the first line of `path`; [`Self::at`] moves it.
    pub(crate) fn error(path: &str, rule: &'static str, message: String, fix: &str) -> Self {
        Self { path: path.to_owned(), line: 1, rule, severity: Severity::Error, message, fix: fix.to_owned() }
    }

    pub(crate) fn at(self, line: usize) -> Self {
        Self { line, ..self }
    }

    /// The findings, if there are more than `allowed`: a rule that the tree does not meet yet starts with the number of
    /// today, so that it cannot grow.
    pub(crate) fn over(allowed: usize, findings: Vec<Self>) -> Vec<Self> {
        if findings.len() > allowed { findings } else { Vec::new() }
    }

    pub(crate) fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warning = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        write!(f, "{}:{}: {}: {warning}{} ({})", self.path, self.line, self.rule, self.message, self.fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_prints_on_one_line_with_its_place_first() {
        let finding = Finding::error("a/b.rs", "length", "too long".to_owned(), "split it").at(7);
        assert_eq!(finding.to_string(), "a/b.rs:7: length: too long (split it)");
        assert_eq!(Finding::over(1, vec![finding.clone()]), []);
        assert_eq!(Finding::over(0, vec![finding.clone()]).len(), 1);
        assert_eq!(finding.warning().to_string(), "a/b.rs:7: length: warning: too long (split it)");
    }
}
