//! `quorate-lab play`: plays a scenario file in virtual time.

use quorate_cli::Exit;
use quorate_cli::output::Printer;
use quorate_cli::up::read_scenario;
use quorate_simulator::{Environment, PlayError};
use serde_json::json;

use crate::args::PlayArgs;
use crate::error::LabError;

/// `play`.
pub(crate) fn play(args: &PlayArgs, output: Printer) -> Result<Exit, LabError> {
    let scenario = read_scenario(&args.scenario)?;
    let played = match quorate_simulator::play(&scenario, args.seed, Environment::default(), None) {
        Ok(played) => played,
        Err(PlayError::Key(error)) => return Err(error.into()),
        Err(PlayError::Committee(error)) => return Err(error.into()),
        Err(error) => {
            output.answer(&json!({ "met": false, "why": error.to_string() }), || error.to_string())?;
            return Ok(Exit::Failed);
        }
    };
    let world = &played.world;
    let nodes = world.nodes().into_iter().filter_map(|node| Some((node, world.replica(node)?.status())));
    let rows: Vec<_> =
        nodes.map(|(node, status)| (node.0 + 1, status.height.0, status.finalised.to_string())).collect();
    let report = json!({
        "met": true, "shown": played.shown, "virtual_ms": u64::try_from(world.elapsed().as_millis()).ok(),
        "nodes": rows.iter().map(|(node, height, digest)| json!({ "node": node, "height": height, "final": digest }))
            .collect::<Vec<_>>(),
    });
    output.answer(&report, || {
        let lines = played.shown.iter().cloned();
        let ends = rows.iter().map(|(node, height, digest)| format!("node {node}: height {height}, final {digest}"));
        let took = format!("all expectations hold, after {:.3} s of virtual time", world.elapsed().as_secs_f64());
        lines.chain(ends).chain([took]).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Exit::Done)
}
