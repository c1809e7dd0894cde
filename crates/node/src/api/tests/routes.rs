//! The table of routes against the router, the description, and requests without credentials.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Builder;
use quorate_event::Pace;

use super::fixture::{Node, api, request};
use crate::api::route::{HttpRoute, RouteAccess};
use crate::api::routes::ROUTES;

/// A path of the route's pattern.
fn path(route: &HttpRoute) -> String {
    let id = format!("0x{}", "ab".repeat(32));
    route.path.replace("{name}", "a").replace("{id}", &id).replace("{height}", "0")
}

fn method(route: &HttpRoute) -> String {
    route.method.to_uppercase()
}

fn with_type(builder: Builder, route: &HttpRoute) -> Builder {
    builder.header(CONTENT_TYPE, route.body.first().copied().unwrap_or("text/plain"))
}

fn writing() -> impl Iterator<Item = &'static HttpRoute> {
    ROUTES.iter().filter(|route| route.access == RouteAccess::Write)
}

#[tokio::test]
async fn every_route_of_the_table_is_served_and_described() {
    let node = Node::start(Pace::Automatic);
    let described = node.get("/openapi.json").await.json();
    for route in ROUTES.iter().filter(|route| route.path != "/v1/stream") {
        let found = node.send(node.request(&method(route), &path(route)).body(Body::empty()).unwrap()).await;
        assert!(found.status != 405, "{route:?}: {found:?}");
        assert!(found.status != 404 || found.problem().1 != "unknown_route", "{route:?}");
        assert!(described["paths"][route.path][route.method]["summary"].is_string(), "{route:?}");
    }
    let operations: usize =
        described["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(operations, ROUTES.len());
}

#[tokio::test]
async fn whatever_changes_anything_is_marked_as_writing() {
    for route in ROUTES {
        assert_eq!(route.access == RouteAccess::Write, route.method != "get", "{route:?}");
    }
}

#[tokio::test]
async fn every_writing_route_denies_every_bad_credential() {
    let node = Node::start(Pace::Automatic);
    let good = node.token.clone();
    let long = "a".repeat(8_000);
    let bad = [
        (None, "no_token"),
        (Some(String::new()), "wrong_token"),
        (Some("Bearer".to_owned()), "wrong_token"),
        (Some("Bearer ".to_owned()), "no_token"),
        (Some(format!("Basic {good}")), "no_token"),
        (Some(good.clone()), "wrong_token"),
        (Some(format!("Bearer  {good}")), "wrong_token"),
        (Some(format!("Bearer {good}0")), "wrong_token"),
        (Some(format!("Bearer {}", &good[1..])), "wrong_token"),
        (Some(format!("Bearer {}", good.to_uppercase())), "wrong_token"),
        (Some(format!("Bearer {long}")), "wrong_token"),
    ];
    for route in writing() {
        for (shown, code) in &bad {
            let mut builder = with_type(request(&method(route), &path(route)), route);
            if let Some(shown) = shown {
                builder = builder.header(AUTHORIZATION, shown);
            }
            let reply = node.send(builder.body(Body::from("{}")).unwrap()).await;
            reply.assert_problem(401, code);
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        }
        let token = format!("Bearer {good}");
        let twice = request(&method(route), &path(route)).header(AUTHORIZATION, &token).header(AUTHORIZATION, &token);
        let reply = node.send(with_type(twice, route).body(Body::from("{}")).unwrap()).await;
        reply.assert_problem(401, "wrong_token");
    }
    assert_eq!(node.get("/v1/status").await.json()["events"], 1, "nothing was written");
}

#[tokio::test]
async fn no_token_is_taken_from_a_url() {
    let node = Node::start(Pace::Automatic);
    for name in ["token", "access_token", "authorization"] {
        let uri = format!("/v1/docs/a?{name}={}", node.token);
        let body = || Body::from("{}");
        let bare = request("PUT", &uri).header(CONTENT_TYPE, "application/json").body(body()).unwrap();
        node.send(bare).await.assert_problem(401, "no_token");
        let reply = node.put(&uri, "{}").await;
        reply.assert_problem(400, "unknown_parameter");
        assert!(!reply.text().contains(&node.token));
    }
}

#[tokio::test]
async fn off_loopback_readers_need_the_token_too() {
    let node = Node::over(api(Pace::Automatic), "192.0.2.7");
    for route in ROUTES.iter().filter(|route| route.access != RouteAccess::Write && route.path != "/v1/stream") {
        let bare = node.get(&path(route)).await;
        if route.access == RouteAccess::Open {
            assert_eq!(bare.status, 200, "{route:?}");
            continue;
        }
        bare.assert_problem(401, "no_token");
        let reply = node.ask("GET", &path(route)).await;
        assert!(reply.status != 401, "{route:?}: {reply:?}");
    }
    let own = axum::http::Request::builder().uri("/livez").header(HOST, "192.0.2.7:8080");
    assert_eq!(node.send(own.body(Body::empty()).unwrap()).await.status, 200);
}

type Verdict = Option<&'static str>;
const FINE: Verdict = None;
const HOST_REFUSED: Verdict = Some("foreign_host");
const ORIGIN_REFUSED: Verdict = Some("foreign_origin");

/// Host, Origin, what reading and writing come to.
const MATRIX: &[(&str, Option<&str>, Verdict, Verdict)] = &[
    ("localhost:8080", None, FINE, FINE),
    ("127.0.0.1:8080", None, FINE, FINE),
    ("[::1]:8080", None, FINE, FINE),
    ("node.example", None, FINE, FINE),
    ("localhost:8080", Some("http://localhost:8080"), FINE, FINE),
    ("node.example", Some("https://node.example"), FINE, FINE),
    ("localhost:8080", Some("http://localhost:3000"), FINE, ORIGIN_REFUSED),
    ("localhost:8080", Some("http://127.0.0.1:8080"), FINE, ORIGIN_REFUSED),
    ("localhost:8080", Some("http://evil.example"), FINE, ORIGIN_REFUSED),
    ("localhost:8080", Some("file://localhost:8080"), FINE, ORIGIN_REFUSED),
    ("localhost:8080", Some("null"), FINE, ORIGIN_REFUSED),
    ("localhost:8080", Some(""), FINE, ORIGIN_REFUSED),
    ("evil.example", None, HOST_REFUSED, HOST_REFUSED),
    ("evil.example:8080", Some("http://evil.example:8080"), HOST_REFUSED, HOST_REFUSED),
    ("localhost.evil.example", None, HOST_REFUSED, HOST_REFUSED),
    ("", None, HOST_REFUSED, HOST_REFUSED),
];

#[tokio::test]
async fn hosts_and_origins_are_judged_as_the_matrix_says() {
    let node = Node::start(Pace::Automatic);
    for &(named, from, reading, writing) in MATRIX {
        for (method, uri, expected) in [("GET", "/v1/status", reading), ("PUT", "/v1/docs/a", writing)] {
            let builder = axum::http::Request::builder().method(method).uri(uri).header(HOST, named);
            let builder = builder.header(AUTHORIZATION, format!("Bearer {}", node.token));
            let mut builder = builder.header(CONTENT_TYPE, "application/json");
            if let Some(from) = from {
                builder = builder.header(ORIGIN, from);
            }
            let reply = node.send(builder.body(Body::from("{}")).unwrap()).await;
            match expected {
                None => assert_eq!(reply.status, 200, "{named} {from:?} {method}"),
                Some(code) => reply.assert_problem(403, code),
            }
            assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("access-control-")));
        }
    }
    for hosts in [&[][..], &["localhost", "localhost"], &["localhost", "evil.example"]] {
        let builder = hosts.iter().fold(axum::http::Request::builder().uri("/livez"), |b, host| b.header(HOST, *host));
        node.send(builder.body(Body::empty()).unwrap()).await.assert_problem(403, "foreign_host");
    }
    let absolute = request("GET", "http://evil.example/v1/status").body(Body::empty()).unwrap();
    node.send(absolute).await.assert_problem(403, "foreign_host");
}

#[tokio::test]
async fn a_preflight_of_another_site_is_answered_with_nothing_that_allows_it() {
    let node = Node::start(Pace::Automatic);
    let builder = request("OPTIONS", "/v1/docs/a").header(ORIGIN, "http://evil.example");
    let reply = node.send(builder.header("access-control-request-method", "PUT").body(Body::empty()).unwrap()).await;
    reply.assert_problem(405, "method_not_allowed");
    assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("access-control-")));
    let allowed = reply.header("allow").unwrap();
    assert!(["GET", "PUT", "PATCH", "DELETE"].iter().all(|method| allowed.contains(method)), "{allowed}");
}

#[tokio::test]
async fn a_path_that_is_no_route_and_a_method_that_a_route_does_not_know_are_problems() {
    let node = Node::start(Pace::Automatic);
    for uri in ["/v1", "/v1/docs/", "/v1/docs/a/b", "/v2/status", "//", "/v1/status/", "/../etc/passwd", "/%2e%2e"] {
        node.get(uri).await.assert_problem(404, "unknown_route");
    }
    for (method, uri) in [("POST", "/v1/status"), ("PUT", "/v1/events"), ("BREW", "/v1/docs/a"), ("DELETE", "/")] {
        node.ask(method, uri).await.assert_problem(405, "method_not_allowed");
    }
}
