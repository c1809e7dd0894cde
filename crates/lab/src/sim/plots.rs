//! `quorate-lab plots`: drawings of simulated measurements.

use std::fs;
use std::path::Path;

use quorate_cli::Exit;
use quorate_cli::error::file_error;
use quorate_cli::output::Printer;
use quorate_simulator::{Extent, Plots};
use serde_json::json;

use crate::args::PlotsArgs;
use crate::error::LabError;

/// `plots`.
pub(crate) fn plots(args: &PlotsArgs, output: Printer) -> Result<Exit, LabError> {
    prepare(&args.out)?;
    let extent = if args.quick { Extent::Small } else { Extent::Full };
    let drawn = Plots { extent, seed: args.seed }.draw(&mut |done, all| output.progress(done, all))?;
    let mut paths = Vec::new();
    for plot in drawn {
        let path = args.out.join(plot.file);
        fs::write(&path, plot.svg).map_err(file_error(&path))?;
        paths.push(path.display().to_string());
    }
    output.answer(&json!({ "written": paths, "seed": args.seed }), || paths.join("\n"))?;
    Ok(Exit::Done)
}

/// Checks that the directory is writable before minutes of work.
fn prepare(directory: &Path) -> Result<(), LabError> {
    fs::create_dir_all(directory).map_err(file_error(directory))?;
    let probe = directory.join(".quorate-plots");
    let probed = fs::write(&probe, "").and_then(|()| fs::remove_file(&probe));
    Ok(probed.map_err(file_error(directory))?)
}
