//! The OpenAPI description, generated from the table of routes.

use std::sync::OnceLock;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::api::media_types::PROBLEM_JSON;
use crate::api::reply::with_type;
use crate::api::route::{HttpRoute, RouteAccess};
use crate::api::stream::agreement_steps;

/// `GET /openapi.json`
pub(crate) fn describe(routes: &'static [HttpRoute]) -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| document(routes).to_string());
    with_type(StatusCode::OK, "application/json", text.as_str())
}

/// The whole description.
pub(crate) fn document(routes: &[HttpRoute]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Quorate", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "MIT OR Apache-2.0" } },
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Problem": problem(), "PbftStep": agreement_steps::schema() },
        },
    })
}

fn problem() -> Value {
    let text = || json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["code", "message", "hint"],
        "properties": { "code": text(), "message": text(), "hint": text() },
    })
}

fn operation(route: &HttpRoute) -> Value {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| parameter(name, "path"));
    let parameters: Vec<Value> = in_path.chain(route.query.iter().map(|name| parameter(name, "query"))).collect();
    let reference = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    let mut operation = json!({
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            "2XX": { "description": "Done" },
            "default": { "description": "A problem", "content": { PROBLEM_JSON: reference } },
        },
    });
    if route.access == RouteAccess::Write {
        operation["security"] = json!([{ "token": [] }]);
    }
    if !route.body.is_empty() {
        let content: Map<String, Value> = route.body.iter().map(|taken| ((*taken).to_owned(), json!({}))).collect();
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn parameter(name: &str, place: &str) -> Value {
    json!({ "name": name, "in": place, "required": place == "path", "schema": { "type": "string" } })
}
