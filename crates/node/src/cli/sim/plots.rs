//! `quorate sim plots`: what the simulator says of the system, as drawings.

use std::fs;
use std::path::Path;

use quorate_simulator::{Extent, Plots};
use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::PlotsArgs;
use crate::cli::error::{CliError, file_error};
use crate::cli::output::Output;

/// `sim plots`.
pub(crate) fn plots(args: &PlotsArgs, output: Output) -> Result<Exit, CliError> {
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

/// Whoever cannot write there learns it before minutes of work.
fn prepare(directory: &Path) -> Result<(), CliError> {
    fs::create_dir_all(directory).map_err(file_error(directory))?;
    let probe = directory.join(".quorate-plots");
    let probed = fs::write(&probe, "").and_then(|()| fs::remove_file(&probe));
    probed.map_err(file_error(directory))
}
