//! How long a request takes: against members, and against bandwidth.

use super::{Extent, PlotError, Plots, Progress};
use crate::chart::{Scale, Sheet};
use crate::emulate::{CaseFigures, EmulationCase, KEY, MeasurementPlan, against_bandwidth, against_members, published};

pub(super) const FILE: &str = "latency.svg";

const MEGABIT: u64 = 1_000_000;
/// Runs of each case, whose median is drawn.
const RUNS: u64 = 5;

/// Transactions of each line, along these members; and along these bandwidths, for so many members.
struct CaseSet {
    transactions: &'static [usize],
    members: &'static [usize],
    bits_per_second: &'static [u64],
    fixed_members: usize,
    runs: u64,
}

const FULL: CaseSet = CaseSet {
    transactions: &[100, 1_000, 10_000],
    members: &[4, 7, 10, 30, 50, 100, 200, 300],
    bits_per_second: &[
        MEGABIT / 10,
        MEGABIT * 3 / 10,
        MEGABIT,
        3 * MEGABIT,
        10 * MEGABIT,
        30 * MEGABIT,
        125 * MEGABIT,
        1_000 * MEGABIT,
    ],
    fixed_members: 50,
    runs: RUNS,
};

const SMALL: CaseSet = CaseSet {
    transactions: &[100],
    members: &[4, 10],
    bits_per_second: &[MEGABIT / 10, 30 * MEGABIT],
    fixed_members: 10,
    runs: 1,
};

/// At which members are compared.
const FIXED_BITS_PER_SECOND: u64 = 30 * MEGABIT;

const fn cases(extent: Extent) -> &'static CaseSet {
    match extent {
        Extent::Full => &FULL,
        Extent::Small => &SMALL,
    }
}

pub(super) const fn steps(extent: Extent) -> u64 {
    let cases = cases(extent);
    (cases.transactions.len() * (cases.members.len() + cases.bits_per_second.len())) as u64 * cases.runs
}

pub(super) fn draw(plots: Plots, steps: &mut Progress<'_>) -> Result<String, PlotError> {
    let cases = cases(plots.extent);
    let (transaction_bytes, longest_latency) = EmulationCase::PUBLISHED_LAW;
    let measure = MeasurementPlan { transaction_bytes, longest_latency, runs: cases.runs, seed: plots.seed };
    let mut measured = |cases: Vec<EmulationCase>| {
        let figures = cases.into_iter().map(|case| measure.figures(case, &mut || steps.step()));
        figures.collect::<Result<Vec<CaseFigures>, _>>()
    };
    let each = || cases.transactions.iter().copied();
    let along_members =
        each().flat_map(|txs| cases.members.iter().map(move |nodes| case(txs, *nodes, FIXED_BITS_PER_SECOND)));
    let along_bandwidth =
        each().flat_map(|txs| cases.bits_per_second.iter().map(move |bits| case(txs, cases.fixed_members, *bits)));
    let members = measured(along_members.collect())?;
    let bandwidth = measured(along_bandwidth.collect())?;
    let sheet = Sheet {
        title: "How long a request takes until it is final, against members and against bandwidth".to_owned(),
        key: KEY.to_vec(),
        rows: vec![vec![against_members(&members, Scale::FromZero), against_bandwidth(&bandwidth)]],
        notes: notes(&measure),
    };
    Ok(sheet.draw())
}

/// The case, with what was published of it.
fn case(transactions: usize, nodes: usize, bits_per_second: u64) -> EmulationCase {
    let case = EmulationCase { transactions, nodes, bandwidth: Some(bits_per_second), published: None };
    let same = |of: &EmulationCase| EmulationCase { published: None, ..*of } == case;
    published().into_iter().find(same).unwrap_or(case)
}

fn notes(measure: &MeasurementPlan) -> Vec<String> {
    let (bytes, longest, runs) = (measure.transaction_bytes, measure.longest_latency.as_millis(), measure.runs);
    vec![
        format!(
            "From the request until f + 1 members say that it is final. Transactions of {bytes} bytes; each message travels {} to {longest} ms;",
            longest / 10
        ),
        format!(
            "bandwidth of each connection; a disk takes 1 ms, processors no time. Medians of {runs} runs from seed {}.",
            measure.seed
        ),
    ]
}
