//! The network, until somebody ends it.

use serde_json::Value;

use super::children::Children;
use super::plan::Plan;
use super::signals::Stop;
use crate::cli::Exit;
use crate::cli::error::CliError;
use crate::cli::http::Client;
use crate::cli::output::Output;
use crate::cli::view::{Names, inline, short_id, table, text};
use crate::cli::wait::Deadline;

/// Between two looks at the nodes.
const LOOK_MS: u64 = 1_000;
/// Moves the cursor to the start of the line and erases from there on.
const ERASE: &str = "\r\x1b[J";

/// Shows where each node stands, and which of them ended, until Ctrl-C. None is started again: whether a node should come
/// back is for people to say.
pub(super) fn watch(plan: &Plan, children: &mut Children, stop: &Stop, output: Output) -> Result<Exit, CliError> {
    let clients: Vec<Client> = plan.nodes.iter().map(|node| Client::new(&node.url(), None)).collect();
    let names = Names::new(Some(plan.network_file(&plan.genesis)));
    output.say("Ctrl-C ends it.\n")?;
    let mut drawn = 0;
    while !stop.is_asked() {
        while let Some(ended) = children.ended() {
            drawn = 0;
            let hint = ended.hint().unwrap_or_default();
            output.warn(&format!("{ended}\n{hint}; bring it back: {}", again(plan, &ended)));
        }
        if output.is_live() {
            let rows: Vec<Vec<String>> = clients
                .iter()
                .zip(&plan.nodes)
                .map(|(client, node)| row(&node.name, client.get("/v1/status").ok(), &names))
                .collect();
            let head = ["node", "milestone", "view", "leader", "events", "uncovered", "merged", "final"];
            let picture = table(&head, &rows);
            let up = if drawn > 0 { format!("\x1b[{drawn}A") } else { String::new() };
            output.raw(&format!("{up}{ERASE}{picture}"))?;
            drawn = picture.lines().count();
        }
        let mut look = Deadline::after_ms(LOOK_MS);
        while !look.is_over() && !stop.is_asked() {
            look.pause();
        }
    }
    output.say("ending the nodes")?;
    Ok(Exit::Done)
}

fn again(plan: &Plan, ended: &super::UpError) -> String {
    let name = match ended {
        super::UpError::Ended { node, .. } => node,
        _ => "NAME",
    };
    format!("quorate run {name} --home {}", plan.home.display())
}

fn row(name: &str, status: Option<Value>, names: &Names) -> Vec<String> {
    let Some(status) = status else {
        return vec![name.to_owned(), "away".to_owned()];
    };
    vec![
        name.to_owned(),
        format!("M{} {}", inline(&status["height"]), short_id(text(&status, "/milestone"))),
        inline(&status["view"]),
        names.of(text(&status, "/leader")),
        inline(&status["events"]),
        inline(&status["uncovered"]),
        digest(&status, "/digests/merged"),
        digest(&status, "/digests/final"),
    ]
}

fn digest(status: &Value, pointer: &str) -> String {
    text(status, pointer).chars().take(10).collect()
}
