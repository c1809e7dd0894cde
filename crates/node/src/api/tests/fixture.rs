//! A node without a network: a real replica and a real store, driven by hand.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap};
use axum::http::request::{Builder, Request};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use prometheus_client::registry::Registry;
use quorate_disk::home::{Secret, Token};
use quorate_disk::store::{MilestoneRecord, Store, StoreBatch, StoreReport, VertexRecord, WriteTicket};
use quorate_event::{Committee, Genesis, Lane, Pace, Parameters, SecretKey, Stake, Timestamp, VerifiedVertex, Writers};
use quorate_replica::{Input, Now, Output, PbftStep, Refusal, Replica, ReplicaConfig, Request as Ticketed};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::api::media_types::PROBLEM_JSON;
use crate::api::peers::PeersView;
use crate::api::state::{Api, AppState};
use crate::core::{CoreHandle, CoreRequest, DurableWrite, NumberedNotice};

/// What becomes of writes.
#[derive(Debug, Clone, Default)]
pub(super) enum Fate {
    /// The replica does them.
    #[default]
    Done,
    /// They are refused.
    Refused(Refusal),
    /// They never reach the disk.
    Stuck,
}

/// A node, and a way to change its fate.
pub(super) struct Node {
    pub(super) app: Arc<AppState>,
    pub(super) router: Router,
    pub(super) token: String,
    pub(super) fate: Arc<Mutex<Fate>>,
    _home: TempDir,
}

/// When milestones are made: at once, or on request.
pub(super) fn genesis(pace: Pace) -> (Genesis, SecretKey) {
    let key = SecretKey::from_bytes([7; 32]).unwrap();
    let genesis = Genesis {
        name: "a <test>".to_owned(),
        time: Timestamp(1),
        committee: Committee::new(vec![(key.address(), Stake(100))]).unwrap(),
        writers: Writers::Open,
        parameters: Parameters { pace, min_events: 1, max_wait_ms: 0, ..Parameters::default() },
        demo: false,
    };
    (genesis, key)
}

/// What is handed to the API, with its core running.
pub(super) fn api(pace: Pace) -> (Api, Arc<Mutex<Fate>>, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let (genesis, key) = genesis(pace);
    let (reports, reported) = sync_channel(64);
    let store = Store::open(home.path().join("store.redb"), move |report| {
        let _gone = reports.send(report);
    });
    let store = Arc::new(store.unwrap());
    let fate = Arc::default();
    let core = start_core(&genesis, &key, Arc::clone(&store), reported, Arc::clone(&fate));
    let api = Api {
        core,
        store,
        peers: PeersView::new(async || Vec::new()),
        token: Token::new(Secret::take(&mut [42; 32])),
        genesis,
        name: "n1 & <co>".to_owned(),
        peer_id: "16Uiu2HAm".to_owned(),
        hosts: vec!["node.example".to_owned()],
        registry: Registry::default(),
    };
    (api, fate, home)
}

impl Node {
    pub(super) fn start(pace: Pace) -> Self {
        Self::over(api(pace), "127.0.0.1")
    }

    /// A node that listens on an address.
    pub(super) fn over((api, fate, home): (Api, Arc<Mutex<Fate>>, TempDir), on: &str) -> Self {
        let token = api.token.to_hex().to_string();
        let app = AppState::start(api, on.parse().unwrap());
        Self { router: crate::api::routes::router(&app), app, token, fate, _home: home }
    }

    pub(super) fn fate(&self, fate: Fate) {
        *self.fate.lock().unwrap() = fate;
    }

    /// A request by a program on this machine that knows the token.
    pub(super) fn request(&self, method: &str, uri: &str) -> Builder {
        request(method, uri).header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Reply {
        let response = TowerToHyperService::new(self.router.clone()).call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(super) async fn get(&self, uri: &str) -> Reply {
        self.send(request("GET", uri).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn put(&self, uri: &str, body: impl Into<Body>) -> Reply {
        self.send(self.request("PUT", uri).header(CONTENT_TYPE, "application/json").body(body.into()).unwrap()).await
    }

    /// Something without a body.
    pub(super) async fn ask(&self, method: &str, uri: &str) -> Reply {
        self.send(self.request(method, uri).body(Body::empty()).unwrap()).await
    }
}

pub(super) fn request(method: &str, uri: &str) -> Builder {
    Request::builder().method(method).uri(uri).header(HOST, "localhost:8080")
}

/// An answer, whole.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of a problem, whose form is checked.
    #[track_caller]
    pub(super) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some(PROBLEM_JSON), "{}", self.text());
        let body = self.json();
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["code", "hint", "message"]);
        let code = body["code"].as_str().unwrap();
        let row = crate::api::PROBLEMS.iter().find(|row| row.code == code).unwrap();
        assert_eq!((self.status, body["hint"].as_str().unwrap()), (row.status.as_u16(), row.hint));
        assert!(!body["message"].as_str().unwrap().is_empty());
        (self.status, code.to_owned())
    }

    #[track_caller]
    pub(super) fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!(self.problem(), (status, code.to_owned()));
    }
}

fn start_core(
    genesis: &Genesis,
    key: &SecretKey,
    store: Arc<Store>,
    reported: Receiver<StoreReport>,
    fate: Arc<Mutex<Fate>>,
) -> CoreHandle {
    let (requests, mut requested) = mpsc::channel(64);
    let notices = broadcast::Sender::new(4_096);
    let steps = broadcast::Sender::new(4_096);
    let core = CoreHandle { requests, notices: notices.clone(), steps: steps.clone() };
    let config = ReplicaConfig::new(genesis.clone(), key.clone(), Lane(1));
    let (up, is_up) = sync_channel(1);
    std::thread::spawn(move || {
        let mut driver = Driver::start(config, store, reported, (notices, steps));
        up.send(()).unwrap();
        while let Some(request) = requested.blocking_recv() {
            let fate = fate.lock().unwrap_or_else(PoisonError::into_inner).clone();
            driver.answer(request, fate);
        }
    });
    is_up.recv().unwrap();
    core
}

type Waiting = Vec<(Ticketed, oneshot::Sender<Result<DurableWrite, Refusal>>)>;

/// Does at once what the replica asks for.
struct Driver {
    replica: Replica,
    store: Arc<Store>,
    reported: Receiver<StoreReport>,
    notices: broadcast::Sender<NumberedNotice>,
    steps: broadcast::Sender<PbftStep>,
    clock_ms: u64,
    requests: u64,
    noticed: u64,
    waiting: Waiting,
    unfinished: Vec<(Ticketed, oneshot::Sender<quorate_event::Height>)>,
    stuck: Waiting,
}

impl Driver {
    fn start(
        config: ReplicaConfig,
        store: Arc<Store>,
        reported: Receiver<StoreReport>,
        (notices, steps): (broadcast::Sender<NumberedNotice>, broadcast::Sender<PbftStep>),
    ) -> Self {
        let now = Now { elapsed: Duration::ZERO, wall: Timestamp(1_000) };
        let (replica, outputs) = Replica::recover(config, Vec::new(), &[], now).unwrap();
        let mut driver = Self {
            replica,
            store,
            reported,
            notices,
            steps,
            clock_ms: 0,
            requests: 0,
            noticed: 0,
            waiting: Vec::new(),
            unfinished: Vec::new(),
            stuck: Vec::new(),
        };
        driver.perform(outputs);
        driver
    }

    fn answer(&mut self, core_request: CoreRequest, fate: Fate) {
        self.requests += 1;
        let request = Ticketed(self.requests);
        let (input, answer) = match core_request {
            CoreRequest::Read(read) => return read(&self.replica),
            CoreRequest::SkipLeader => return self.step(Input::SkipLeader),
            CoreRequest::Write { intent, atomicity, answer } => (Input::Write { request, intent, atomicity }, answer),
            CoreRequest::Submit { events, answer } => (Input::Submit { request, events }, answer),
        };
        match fate {
            Fate::Done => {
                self.waiting.push((request, answer));
                self.step(input);
            }
            Fate::Refused(refusal) => answer.send(Err(refusal)).unwrap(),
            Fate::Stuck => self.stuck.push((request, answer)),
        }
    }

    fn step(&mut self, input: Input) {
        self.clock_ms += 10;
        let now = Now { elapsed: Duration::from_millis(self.clock_ms), wall: Timestamp(1_000 + self.clock_ms) };
        let outputs = self.replica.handle(input, now);
        self.perform(outputs);
    }

    fn perform(&mut self, outputs: Vec<Output>) {
        // Finality comes last, since a client may read the milestone as soon as its write is final.
        let (last, first): (Vec<_>, Vec<_>) =
            outputs.into_iter().partition(|output| matches!(output, Output::Final { .. }));
        for output in first.into_iter().chain(last) {
            match output {
                Output::Persist { ticket, vertices } => {
                    self.store(&vertices);
                    self.step(Input::Stored(ticket));
                }
                Output::Record { ticket, .. } => self.step(Input::Recorded(ticket)),
                Output::Durable { request, events } => self.durable(request, events),
                Output::Final { request, milestone } => {
                    let at = self.unfinished.iter().position(|(waits, _)| *waits == request).unwrap();
                    let _gone = self.unfinished.remove(at).1.send(milestone);
                }
                Output::Refused { request, refusal } => {
                    let _gone = self.take(request).send(Err(refusal));
                }
                Output::Notice(notice) => {
                    self.noticed += 1;
                    let _no_receiver = self.notices.send(NumberedNotice { cursor: self.noticed, notice });
                }
                Output::Step(step) => {
                    let _no_receiver = self.steps.send(step);
                }
                _ => {}
            }
        }
    }

    fn durable(&mut self, request: Ticketed, events: Vec<quorate_event::EventId>) {
        let (finally, finality) = oneshot::channel();
        self.unfinished.push((request, finally));
        let _gone = self.take(request).send(Ok(DurableWrite { events, finality }));
    }

    fn take(&mut self, request: Ticketed) -> oneshot::Sender<Result<DurableWrite, Refusal>> {
        let at = self.waiting.iter().position(|(waits, _)| *waits == request).unwrap();
        self.waiting.remove(at).1
    }

    fn store(&mut self, vertices: &[VerifiedVertex]) {
        let mut batch = StoreBatch::new(WriteTicket(self.requests));
        for vertex in vertices {
            let id = *vertex.id().as_bytes();
            batch.events.push(VertexRecord { id, flags: 0, bytes: Arc::clone(vertex.bytes()) });
            if let VerifiedVertex::Milestone(milestone) = vertex {
                batch.milestones.push(MilestoneRecord { height: milestone.height().0, id });
            }
        }
        self.store.try_submit(batch).unwrap();
        assert!(matches!(self.reported.recv().unwrap(), StoreReport::Completed { .. }));
    }
}
