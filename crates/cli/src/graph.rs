//! `quorate graph export`: the graph of events of one node, or of all that `up` runs.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::args::{ExportArgs, GraphCommand, GraphFormat};
use super::error::CliError;
use super::http::Client;
use super::inspect::events_page;
use super::output::Printer;
use super::token::ClientOptions;
use super::view::{NodeNames, inline, list, short_id, text};
use crate::exit::Exit;

/// Events per request.
const PAGE: u64 = 1_000;

/// `graph export`.
pub(crate) fn export(command: &GraphCommand, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let GraphCommand::Export(args) = command;
    let mut vertices = BTreeMap::new();
    for (name, client) in nodes(args, access)? {
        for mut vertex in held_by(&client)? {
            let id = text(&Value::Object(vertex.clone()), "/id").to_owned();
            // A cursor belongs to one node and is not part of the graph.
            vertex.remove("cursor");
            let (_, holders) = vertices.entry(id).or_insert_with(|| (vertex, Vec::new()));
            holders.push(name.clone());
        }
    }
    let vertices: Vec<Value> = vertices
        .into_values()
        .map(|(mut vertex, holders): (Map<String, Value>, Vec<String>)| {
            vertex.insert("held_by".to_owned(), json!(holders));
            Value::Object(vertex)
        })
        .collect();
    match args.format {
        GraphFormat::Json => output.raw(&format!("{}\n", json!({ "vertices": vertices })))?,
        GraphFormat::Dot => output.raw(&dot(&vertices, &NodeNames::new(access.network()?)))?,
    }
    Ok(Exit::Done)
}

/// The nodes to export, by name: the node at the URL, one node of `up`, or all of them.
fn nodes(args: &ExportArgs, access: &ClientOptions) -> Result<Vec<(String, Client)>, CliError> {
    let Some(number) = args.node else {
        let client = access.reader()?;
        let status = client.get("/v1/status")?;
        return Ok(vec![(inline(&status["name"]), client)]);
    };
    let nodes = access.network()?.map(|network| network.nodes).unwrap_or_default();
    let chosen = nodes.iter().zip(1..).filter(|(_, index)| number == 0 || number == *index);
    let clients = chosen.map(|(node, _)| (node.name.clone(), Client::new(&node.url, None)));
    let clients: Vec<_> = clients.collect();
    if clients.is_empty() {
        return Err(CliError::NoNode { number, count: nodes.len(), home: access.home().to_path_buf() });
    }
    Ok(clients)
}

/// All vertices of one node, the genesis and the milestones among them, page by page.
fn held_by(client: &Client) -> Result<Vec<Map<String, Value>>, CliError> {
    let mut held = BTreeMap::new();
    let mut after: Option<String> = None;
    loop {
        let page = events_page(client, after.as_deref(), PAGE)?;
        let events = list(&page, "/events");
        for event in events.iter().filter_map(Value::as_object) {
            held.insert(text(&event["id"], "").to_owned(), event.clone());
        }
        let next = page.get("next").filter(|next| !next.is_null()).map(inline);
        if events.is_empty() || next.is_none() || next == after {
            break;
        }
        after = next;
    }
    Ok(held.into_values().collect())
}

/// The graph in the language of Graphviz: time flows to the right, an arrow points from an event to its parents.
fn dot(vertices: &[Value], names: &NodeNames) -> String {
    let mut text = String::from("digraph quorate {\n  rankdir=RL;\n  node [shape=box, style=rounded];\n");
    for vertex in vertices {
        // Writing to a string does not fail.
        let _infallible = writeln!(text, "  {}", node_line(vertex, names));
        for parent in list(vertex, "/parents").iter().filter_map(Value::as_str) {
            let _infallible = writeln!(text, "  {} -> {};", quoted(&id(vertex)), quoted(parent));
        }
    }
    text.push_str("}\n");
    text
}

fn id(vertex: &Value) -> String {
    text(vertex, "/id").to_owned()
}

fn node_line(vertex: &Value, names: &NodeNames) -> String {
    let name = short_id(&id(vertex));
    let (label, style) = match text(vertex, "/kind") {
        "genesis" => (format!("M0\n{name}"), ", shape=doubleoctagon"),
        "milestone" => {
            let height = inline(&vertex["payload"]["height"]);
            (format!("M:{height}\n{name}"), ", shape=doubleoctagon")
        }
        _ => {
            let author = names.of(text(vertex, "/author"));
            let style = if vertex["void"] == json!(true) { ", style=dashed" } else { "" };
            (format!("{author}:{}\n{name}", inline(&vertex["seq"])), style)
        }
    };
    format!("{} [label={}{style}];", quoted(&id(vertex)), quoted(&label))
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_is_drawn_with_its_true_parents_and_nothing_breaks_out_of_a_label() {
        let vertices = [
            json!({"id": "m0", "kind": "genesis", "parents": []}),
            json!({"id": "a\"];x", "kind": "edits", "author": "n1", "seq": 1, "parents": ["m0"], "void": true}),
        ];
        let expected = "digraph quorate {\n  rankdir=RL;\n  node [shape=box, style=rounded];\n  \
            \"m0\" [label=\"M0\\nm0\", shape=doubleoctagon];\n  \
            \"a\\\"];x\" [label=\"n1:1\\na\\\"];x\", style=dashed];\n  \
            \"a\\\"];x\" -> \"m0\";\n}\n";
        assert_eq!(dot(&vertices, &NodeNames::default()), expected);
    }
}
