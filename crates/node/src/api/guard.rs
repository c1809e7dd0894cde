//! The checks of a request before its handler runs.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use axum::http::uri::Uri;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use quorate_disk::home::Token;

use super::problem::Problem;
use super::query::Query;
use super::reply::harden;
use super::route::{HttpRoute, RouteAccess};
use super::state::{AppState, ReadAccess};

/// Bytes of a path and query, at most: a name and a pointer, percent-encoded, fit.
const URI_BYTES: usize = 8 * 1024;

/// The media type of the request body: one of those that the route accepts.
#[derive(Debug, Clone, Copy)]
pub(super) struct MediaType(pub(super) &'static str);

/// The middleware of all requests, unknown routes included: checks `Host`, adds the headers of all answers, counts.
pub(super) async fn receive(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = match check_address(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    harden(response.headers_mut());
    // The pattern of the route, not the path: clients choose names in paths, and each would be a new time series.
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let status = response.status().as_u16();
    app.metrics.count(&method, route, status);
    tracing::debug!(%method, route, status, "answered");
    response
}

fn check_address(app: &AppState, request: &Request) -> Result<(), Problem> {
    let uri = request.uri();
    let bytes = uri.path().len() + uri.query().map_or(0, str::len);
    if bytes > URI_BYTES {
        return Err(Problem::UriTooLong { bytes, limit: URI_BYTES });
    }
    let host = named_host(uri, request.headers()).ok_or(Problem::ForeignHost)?;
    if is_served(host, &app.hosts) { Ok(()) } else { Err(Problem::ForeignHost) }
}

/// The middleware of one route: checks origin, token, media type and query parameters, in this order.
pub(super) async fn admit(
    State((app, route)): State<(Arc<AppState>, &'static HttpRoute)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let headers = request.headers();
    if route.access == RouteAccess::Write {
        check_origin(request.uri(), headers)?;
    }
    if route.access == RouteAccess::Write
        || (route.access == RouteAccess::Read && app.read_access == ReadAccess::WithToken)
    {
        check_token(headers, &app.token)?;
    }
    let media_type = if route.body.is_empty() { None } else { Some(media_type(headers, route.body)?) };
    let query = Query::parse(request.uri().query().unwrap_or_default(), route.query)?;
    if let Some(media_type) = media_type {
        request.extensions_mut().insert(media_type);
    }
    request.extensions_mut().insert(query);
    Ok(next.run(request).await)
}

/// The value of a header; `None` if it is absent, repeated or no text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok())?
}

/// The authority in the `Host` header; `None` if an absolute URL names another one.
fn named_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let host = only(headers, &HOST)?;
    match uri.authority() {
        Some(authority) if authority.as_str() != host => None,
        _ => Some(host),
    }
}

/// Whether an authority names this node: loopback or one of `hosts`, with any port.
fn is_served(authority: &str, hosts: &[String]) -> bool {
    let Some(host) = without_port(authority) else {
        return false;
    };
    let loopback = host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    loopback || hosts.iter().any(|served| served.eq_ignore_ascii_case(host))
}

/// The host of `host`, `host:port` or `[v6]:port`.
fn without_port(authority: &str) -> Option<&str> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = rest.strip_prefix(':').unwrap_or(if rest.is_empty() { "0" } else { "no port" });
    (!host.is_empty() && port.parse::<u16>().is_ok()).then_some(host)
}

/// Browsers send the origin of the page that writes; it must be this node. Other programs send no `Origin`.
fn check_origin(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    if !headers.contains_key(ORIGIN) {
        return Ok(());
    }
    let host = named_host(uri, headers);
    let origin = only(headers, &ORIGIN).and_then(|origin| origin.split_once("://"));
    let own = origin.is_some_and(|(scheme, from)| matches!(scheme, "http" | "https") && Some(from) == host);
    if own { Ok(()) } else { Err(Problem::ForeignOrigin) }
}

fn check_token(headers: &HeaderMap, token: &Token) -> Result<(), Problem> {
    if !headers.contains_key(AUTHORIZATION) {
        return Err(Problem::NoToken);
    }
    let shown = only(headers, &AUTHORIZATION).and_then(|value| value.split_once(' '));
    match shown {
        Some((scheme, shown)) if !scheme.eq_ignore_ascii_case("bearer") || shown.is_empty() => Err(Problem::NoToken),
        Some((_, shown)) if token.matches(shown) => Ok(()),
        _ => Err(Problem::WrongToken),
    }
}

/// The media type, if the route accepts it. A form of another site cannot send any of them without a CORS preflight.
fn media_type(headers: &HeaderMap, taken: &'static [&'static str]) -> Result<MediaType, Problem> {
    let essence = only(headers, &CONTENT_TYPE).and_then(|value| value.split(';').next()).unwrap_or_default();
    let found = taken.iter().find(|taken| essence.trim().eq_ignore_ascii_case(taken));
    found.map(|found| MediaType(found)).ok_or(Problem::MediaType { taken })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_served_if_it_is_loopback_or_configured() {
        let hosts = ["node.example".to_owned(), "192.0.2.7".to_owned()];
        for served in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.0.0.1:1",
            "127.8.9.1:65535",
            "[::1]",
            "[::1]:80",
            "node.example",
            "Node.Example:443",
            "192.0.2.7:8080",
        ] {
            assert!(is_served(served, &hosts), "{served}");
        }
        for foreign in [
            "",
            ":80",
            "evil.example",
            "localhost.evil.example",
            "localhost.",
            "127.0.0.1.evil.example",
            "127.1",
            "0x7f.0.0.1",
            "2130706433",
            "127.0.0.1:",
            "127.0.0.1:x",
            "127.0.0.1:65536",
            "a@localhost",
            "localhost@a",
            "[::1",
            "[::1]x",
            "::1",
            "[::2]",
            "0.0.0.0",
            "192.0.2.8",
            "node.example.evil",
        ] {
            assert!(!is_served(foreign, &hosts), "{foreign}");
        }
    }
}
