//! Answers, and the headers that all of them have.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::media_types::PROBLEM_JSON;
use super::problem::Problem;

/// Lists the media types of a PATCH (RFC 5789).
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

/// A JSON answer.
pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    with_type(status, "application/json", value.to_string())
}

/// An answer of a media type.
pub(super) fn with_type(status: StatusCode, media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let row = self.row();
        let body = json!({ "code": row.code, "message": self.to_string(), "hint": row.hint });
        let mut response = with_type(row.status, PROBLEM_JSON, body.to_string());
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.get()));
        }
        if let Some(taken) = self.patches() {
            headers.extend(HeaderValue::from_str(&taken.join(", ")).ok().map(|taken| (ACCEPT_PATCH, taken)));
        }
        if row.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if row.status.is_server_error() {
            log(&self);
        }
        response
    }
}

/// Logs an error of the node. The log also has the source, which may name files and is not sent to clients.
fn log(problem: &Problem) {
    let source = std::error::Error::source(problem).map(ToString::to_string);
    tracing::warn!(code = problem.row().code, source, "{problem}");
}

/// Adds headers that forbid a browser to guess the type of an answer, to frame it, to store it, and to run scripts in it.
pub(super) fn harden(headers: &mut HeaderMap) {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    let fixed: [(HeaderName, &str); 4] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
