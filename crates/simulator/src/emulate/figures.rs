//! Measured cases: their figures, their verdicts, and their table.

use std::time::Duration;

use super::case::EmulationCase;
use super::emulation::EmulationError;
use super::sampler::median;

/// Samples of a model, whose median is reported; fewer for many members, where samples differ less.
const DRAWS: u64 = 201;
const DRAWS_OF_MANY: u64 = 11;
const MANY: usize = 200;

/// How cases are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasurementPlan {
    /// Bytes of a transaction.
    pub transaction_bytes: usize,
    /// The longest that a message travels.
    pub longest_latency: Duration,
    /// Runs of the production replicas, each with a seed of its own; none where only the laws are asked for.
    pub runs: u64,
    /// The first seed.
    pub seed: u64,
}

/// The measured medians of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseFigures {
    /// The case.
    pub case: EmulationCase,
    /// The model of the published system.
    pub classic: Duration,
    /// The production replicas, if they were run.
    pub ours: Option<Duration>,
    /// The least time of messages and bytes.
    pub floor: Duration,
}

/// Whether a case meets its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseVerdict {
    /// It does.
    Pass,
    /// It does not.
    Fail,
    /// There is nothing to compare with.
    None,
}

impl MeasurementPlan {
    /// Measures a cell; `step` is called after each run.
    ///
    /// # Errors
    /// When it cannot be run, or a run did not end well.
    pub fn figures(&self, case: EmulationCase, step: &mut dyn FnMut()) -> Result<CaseFigures, EmulationError> {
        let emulation = case.emulation(self.transaction_bytes, self.longest_latency);
        emulation.check()?;
        let mut ours = Vec::new();
        for seed in self.seeds(self.runs) {
            ours.push(emulation.run(seed)?.time);
            step();
        }
        let sampler = if case.nodes > MANY { DRAWS_OF_MANY } else { DRAWS };
        Ok(CaseFigures {
            case,
            classic: median(self.seeds(sampler).map(|seed| emulation.classic(seed))),
            ours: (!ours.is_empty()).then(|| median(ours)),
            floor: median(self.seeds(sampler).map(|seed| emulation.floor(seed))),
        })
    }

    fn seeds(&self, count: u64) -> impl Iterator<Item = u64> + use<> {
        let first = self.seed;
        (0..count).map(move |number| first.wrapping_add(number))
    }
}

impl CaseFigures {
    /// Whether ours is faster than what was published, where bytes decide, and at most a tenth slower elsewhere; or, where
    /// ours was not run, whether the law gives what was published: to 5 %, or to 0.4 s.
    pub fn verdict(&self) -> CaseVerdict {
        let Some(published) = self.case.published else {
            return CaseVerdict::None;
        };
        let good = match self.ours {
            Some(ours) if self.case.is_slow() => ours < published,
            Some(ours) => ours * 10 <= published * 11,
            None if self.case.is_beyond_the_law() => return CaseVerdict::None,
            None if self.case.is_slow() => self.classic.abs_diff(published) * 20 <= published,
            None => self.classic.abs_diff(published) <= Duration::from_millis(400),
        };
        if good { CaseVerdict::Pass } else { CaseVerdict::Fail }
    }

    /// What is judged, as a part of what was published.
    fn ratio(&self) -> Option<f64> {
        let judged = self.ours.unwrap_or(self.classic);
        self.case.published.map(|published| judged.as_secs_f64() / published.as_secs_f64())
    }

    fn words(&self) -> [String; 9] {
        let seconds = |time: Option<Duration>| time.map_or("-".to_owned(), |time| format!("{:.3}", time.as_secs_f64()));
        [
            self.case.transactions.to_string(),
            self.case.nodes.to_string(),
            megabits(self.case.bandwidth),
            seconds(self.case.published),
            seconds(Some(self.classic)),
            seconds(self.ours),
            seconds(Some(self.floor)),
            self.ratio().map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
            self.verdict().word().to_owned(),
        ]
    }
}

impl CaseVerdict {
    const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::None => "-",
        }
    }
}

/// A bandwidth as people say it.
pub(super) fn megabits(bandwidth: Option<u64>) -> String {
    bandwidth.map_or("unlimited".to_owned(), |bits| (bits as f64 / 1e6).to_string())
}

/// The columns of a table of figures.
const COLUMNS: [&str; 9] =
    ["transactions", "members", "Mbps", "published s", "classic s", "ours s", "floor s", "ratio", "verdict"];

/// The columns of a table of figures, and its rows.
pub fn rows(figures: &[CaseFigures]) -> (&'static [&'static str], Vec<Vec<String>>) {
    (&COLUMNS, figures.iter().map(|figures| figures.words().to_vec()).collect())
}

/// The same as comma-separated values.
pub fn csv(figures: &[CaseFigures]) -> String {
    let (columns, rows) = rows(figures);
    let head = columns.join(",").replace(' ', "_");
    let rows = rows.into_iter().map(|row| row.join(",") + "\n");
    std::iter::once(head + "\n").chain(rows).collect()
}
