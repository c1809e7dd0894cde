//! The page at `/` for browsers: the identity and the state of the node, and links to the routes.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::api::problem::Problem;
use crate::api::reply::with_type;
use crate::api::route::HttpRoute;
use crate::api::state::AppState;

/// `GET /`
pub(crate) async fn index(State(app): State<Arc<AppState>>, routes: &'static [HttpRoute]) -> Result<Response, Problem> {
    let status = app.read(|replica| replica.status()).await?;
    let facts = [
        ("network", format!("{} {}", app.genesis.name, status.network)),
        ("address", status.address.to_string()),
        ("peer id", app.peer_id.clone()),
        ("height", status.height.0.to_string()),
        ("events", format!("{}, of which {} are not final yet", status.events, status.uncovered)),
    ];
    let mut rows = String::new();
    for (name, value) in facts {
        // Writing to a string cannot fail.
        let _written = writeln!(rows, "<tr><th>{name}<td>{}", escape(&value));
    }
    let links = links(routes);
    let name = escape(&app.name);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Quorate: {name}</title>\n\
         <style>body{{font:16px/1.5 sans-serif;margin:2em auto;max-width:50em;overflow-wrap:anywhere}}\
         th{{text-align:left;padding-right:1em;white-space:nowrap}}</style>\n\
         <h1>Quorate node {name}</h1>\n<table>\n{rows}</table>\n\
         <p>This node speaks HTTP and JSON. Routes for reading:\n<ul>\n{links}</ul>\n\
         <p>All routes, including those for writing: <a href=\"/openapi.json\">/openapi.json</a>.\n"
    );
    Ok(with_type(StatusCode::OK, "text/html; charset=utf-8", html))
}

/// Links to all routes for reading that have no parameter in their path.
fn links(routes: &[HttpRoute]) -> String {
    let plain = routes.iter().filter(|route| route.method == "get" && !route.path.contains('{'));
    let link = |route: &HttpRoute| {
        let (path, summary) = (route.path, escape(route.summary));
        format!("<li><a href=\"{path}\">{path}</a> {summary}\n")
    };
    plain.map(link).collect()
}

/// Text escaped for HTML, attributes included.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            plain => escaped.push(plain),
        }
    }
    escaped
}
