//! The metrics of the API and the store, in OpenMetrics text together with those of the caller.

use std::fmt;
use std::sync::{Arc, Weak};

use axum::http::Method;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use quorate_disk::store::Store;
use quorate_replica::Status;

/// The media type of [`Metrics::encode`].
pub(super) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The labels of a counted request. Their number is bounded by routes, methods and statuses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

/// The metrics of the API.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    vertices: Gauge,
    height: Gauge,
    view: Gauge,
    uncovered: Gauge,
    waiting: Gauge,
    peers: Gauge,
}

impl Metrics {
    /// Adds the metrics of the API and the store to those of the caller.
    pub(super) fn new(mut registry: Registry, store: &Arc<Store>) -> Self {
        let metrics = registry.sub_registry_with_prefix("quorate");
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            metrics.register(name, help, gauge.clone());
            gauge
        };
        let vertices = gauge("vertices", "Vertices admitted to the graph");
        let height = gauge("height", "Height of the last milestone");
        let view = gauge("view", "View of the next height");
        let uncovered = gauge("uncovered", "Events that no milestone covers yet");
        let waiting = gauge("waiting", "Vertices that wait for their parents");
        let peers = gauge("peers", "Peers that are connected");
        let requests = Family::default();
        metrics.register("http_requests", "HTTP requests answered", requests.clone());
        metrics.register_collector(Box::new(StoreMetrics(Arc::downgrade(store))));
        Self { registry, requests, vertices, height, view, uncovered, waiting, peers }
    }

    /// Counts an answered request.
    pub(super) fn count(&self, method: &Method, route: &str, status: u16) {
        // Clients can invent methods, and each would be a new time series.
        let known = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"];
        let method = known.into_iter().find(|known| method == known).unwrap_or("other");
        let request = RequestLabels { method, route: route.to_owned(), status };
        self.requests.get_or_create(&request).inc();
    }

    /// All metrics as OpenMetrics text, those of the replica and the peers as of now.
    pub(super) fn encode(&self, status: &Status, connected_peers: usize) -> Result<String, fmt::Error> {
        self.observe(status, connected_peers);
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn observe(&self, status: &Status, connected_peers: usize) {
        let signed = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.vertices.set(signed(status.events));
        self.height.set(i64::try_from(status.height.0).unwrap_or(i64::MAX));
        self.view.set(i64::try_from(status.view.0).unwrap_or(i64::MAX));
        self.uncovered.set(signed(status.uncovered));
        self.waiting.set(signed(status.waiting));
        self.peers.set(signed(connected_peers));
    }
}

/// Reads the counters of the store at each scrape.
struct StoreMetrics(Weak<Store>);

impl fmt::Debug for StoreMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreMetrics")
    }
}

impl Collector for StoreMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(store) = self.0.upgrade() else {
            return Ok(());
        };
        let stats = store.stats();
        for (name, help, value) in [
            ("store_commits", "Transactions that the store committed", stats.commits),
            ("store_fsyncs", "Fsyncs of the store", stats.fsyncs),
            ("store_events", "Events that the store wrote", stats.events),
            ("store_event_bytes", "Bytes of the events that the store wrote", stats.event_bytes),
        ] {
            let counter = ConstCounter::new(value);
            let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        Ok(())
    }
}
