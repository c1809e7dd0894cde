//! `quorate-lab emulate`: the time of a request under latency and bandwidth, beside the figures of a published system.

use std::fs;
use std::time::Duration;

use quorate_cli::Exit;
use quorate_cli::error::file_error;
use quorate_cli::output::Printer;
use quorate_cli::view::table;
use quorate_simulator::{CaseFigures, CaseVerdict, EmulationCase, MeasurementPlan, csv, plot, published, rows};
use serde_json::{Value, json};

use crate::args::EmulateArgs;
use crate::error::LabError;

/// `emulate`.
pub(crate) fn emulate(args: &EmulateArgs, output: &Printer) -> Result<Exit, LabError> {
    let cells = if args.table { published() } else { asked_for(args) };
    let measure = MeasurementPlan {
        transaction_bytes: args.tx_bytes,
        longest_latency: Duration::from_millis(args.latency_ms),
        runs: if args.classic { 0 } else { args.runs },
        seed: args.seed,
    };
    for cell in &cells {
        cell.emulation(measure.transaction_bytes, measure.longest_latency).check()?;
    }
    let figures = measured(&cells, &measure, output)?;
    if let Some(path) = &args.csv {
        fs::write(path, csv(&figures)).map_err(file_error(path))?;
    }
    if let Some(path) = &args.svg {
        fs::write(path, plot(&figures)).map_err(file_error(path))?;
    }
    print(args, &figures, output)?;
    let fails = figures.iter().any(|of| of.verdict() == CaseVerdict::Fail);
    Ok(if args.table && fails { Exit::Degraded } else { Exit::Done })
}

/// Every combination of the given values.
fn asked_for(args: &EmulateArgs) -> Vec<EmulationCase> {
    let cell = |nodes: usize, transactions: usize, bits: u64| {
        let bandwidth = (bits > 0).then_some(bits);
        let same = |of: &EmulationCase| (of.nodes, of.transactions, of.bandwidth) == (nodes, transactions, bandwidth);
        let is_the_published_law =
            (args.tx_bytes, Duration::from_millis(args.latency_ms)) == EmulationCase::PUBLISHED_LAW;
        let known = published().into_iter().find(|of| is_the_published_law && same(of));
        known.unwrap_or(EmulationCase { transactions, nodes, bandwidth, published: None })
    };
    let with_txs = |txs: usize| args.nodes.iter().map(move |nodes| (txs, *nodes));
    let pairs = args.txs.iter().flat_map(|txs| with_txs(*txs));
    pairs.flat_map(|(txs, nodes)| args.bandwidth_mbps.iter().map(move |bits| cell(nodes, txs, *bits))).collect()
}

fn measured(
    cells: &[EmulationCase],
    measure: &MeasurementPlan,
    output: &Printer,
) -> Result<Vec<CaseFigures>, LabError> {
    let steps = cells.len() as u64 * measure.runs;
    let mut done = 0;
    let mut figures = Vec::new();
    output.progress(done, steps);
    for cell in cells {
        let mut step = || {
            done += 1;
            output.progress(done, steps);
        };
        figures.push(measure.figures(*cell, &mut step)?);
    }
    Ok(figures)
}

fn print(args: &EmulateArgs, figures: &[CaseFigures], output: &Printer) -> Result<(), LabError> {
    let (columns, rows) = rows(figures);
    let named = |row: &Vec<String>| {
        let cells = columns.iter().zip(row).map(|(column, cell)| (column.replace(' ', "_"), json!(cell)));
        Value::Object(cells.collect())
    };
    let report = json!({ "cells": rows.iter().map(named).collect::<Vec<_>>() });
    output.answer(&report, || {
        let count = |verdict| figures.iter().filter(|of| of.verdict() == verdict).count();
        let (pass, fail) = (count(CaseVerdict::Pass), count(CaseVerdict::Fail));
        let runs =
            if args.classic { "laws only, 201 draws".to_owned() } else { format!("medians of {} runs", args.runs) };
        let seeds = format!("{runs} from seed {}; {pass} pass, {fail} fail", args.seed);
        format!("{}{seeds}\n", table(columns, &rows))
    })?;
    Ok(())
}
