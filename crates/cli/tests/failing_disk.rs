//! One node over a disk that fails: while its home is made, when there is no space, when a sync fails.
//!
//! The node is the whole network, so no peer can return what it lost.

mod cluster;
mod faults;

use std::fs;
use std::path::Path;
use std::process::ExitStatus;

use cluster::{Ground, Node, Process, TOO_LONG, until};
use faults::{FaultyDisk, Image, Life, Loss, Order, Step, When};
use serde_json::{Value, json};

/// Far more events than it takes to reach any step of these tests.
const TOO_MANY: usize = 5_000;

/// A network of one member, whose home holds its key and nothing else.
struct Alone {
    ground: Ground,
    line: Vec<String>,
    disk: FaultyDisk,
}

/// Events that were acknowledged, and what was answered last instead.
struct Written {
    events: Vec<String>,
    refused: Vec<(u16, Value)>,
}

impl Alone {
    fn begin() -> Option<Self> {
        let ground = Ground::new();
        let line = ground.alone();
        let disk = FaultyDisk::build(&ground)?;
        copy(&ground.home(), &ground.path("pristine"));
        Some(Self { ground, line, disk })
    }

    /// Its home as it was before its first start.
    fn reset(&self) {
        fs::remove_dir_all(self.ground.home()).unwrap();
        copy(&self.ground.path("pristine"), &self.ground.home());
    }

    fn node(&self) -> Node {
        self.ground.node(1)
    }

    fn start(&mut self, order: Option<&Order>) -> Life {
        self.disk.start(&self.ground, "n1", &self.line, order)
    }

    /// Starts on a sound disk, without anything between it and its files.
    fn start_sound(&self) -> Process {
        let mut process = self.ground.start(&self.line);
        wait_until_ready(&mut process, &self.node());
        process
    }

    /// Writes until the process has ended, and how it did. Whatever is refused ends the writing.
    fn write_until_it_ends(&self, life: &mut Life) -> (Written, ExitStatus) {
        let (node, mut written) = (self.node(), Written { events: Vec::new(), refused: Vec::new() });
        let mut status = None;
        for number in 0.. {
            status = life.process.ended();
            if status.is_some() {
                break;
            }
            assert!(written.events.len() < TOO_MANY, "it goes on, whatever its disk did");
            // It may not listen yet, or not any more.
            let Ok(reply) = write(&node, number) else { continue };
            match reply.status {
                200 | 202 => written.events.extend(reply.events()),
                status => written.refused.push((status, reply.body)),
            }
        }
        (written, status.unwrap())
    }

    /// All that was acknowledged is in the files of the node, which does not run.
    #[track_caller]
    fn assert_kept(&self, written: &Written) {
        if written.events.is_empty() {
            return;
        }
        let genesis = fs::read(self.node().directory.join("genesis.json")).unwrap();
        let genesis: Value = serde_json::from_slice(&genesis).unwrap();
        let (network, member) = (text(&genesis["network"]), text(&genesis["members"][0]["address"]));
        let image = Image::of(&self.ground, &self.node(), network.parse().unwrap(), member.parse().unwrap());
        let lost = written.events.iter().find(|id| !image.events.contains_key(*id));
        assert_eq!(lost, None, "of {} acknowledged events", written.events.len());
    }

    /// It starts on a sound disk, holds what it acknowledged, and finalises.
    #[track_caller]
    fn assert_goes_on(&self, written: &Written) {
        let process = self.start_sound();
        let (node, log) = (self.node(), process.complained());
        assert!(!log.contains("casts no vote"), "it takes its votes for lost:\n{log}");
        let events = node.events();
        let lost = written.events.iter().find(|id| !events.contains(*id));
        assert_eq!(lost, None, "of {} acknowledged events", written.events.len());
        node.put_final("goes-on", &json!(true));
        assert_eq!(node.get("/v1/evidence"), json!({ "votes": [], "events": [], "next": null }));
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn write(node: &Node, number: usize) -> Result<cluster::Reply, ureq::Error> {
    if !node.directory.join("token").exists() {
        return Err(ureq::Error::ConnectionFailed);
    }
    node.try_put("log", &format!("?wait=durable&pointer=/k{number}"), &json!(number))
}

fn wait_until_ready(process: &mut Process, node: &Node) {
    until("n1 is ready", TOO_LONG, || {
        process.assert_runs();
        node.is_ready().then_some(())
    });
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let beside = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &beside);
        } else {
            fs::copy(&path, &beside).unwrap();
        }
    }
}

/// The node dies at these steps of its first life, which makes all its files.
fn interrupt_its_making(steps: impl IntoIterator<Item = u32>) {
    let Some(mut alone) = Alone::begin() else { return };
    let losses = [Loss::None, Loss::All, Loss::Some];
    for (at, loss) in steps.into_iter().flat_map(|at| losses.map(|loss| (at, loss))) {
        eprintln!("step {at}, loses {loss:?}");
        alone.reset();
        let order = Order::die(Step::Any, at, When::Before, loss, u64::from(at));
        let mut life = alone.start(Some(&order));
        let (written, _) = alone.write_until_it_ends(&mut life);
        life.wait_until_dead();
        alone.assert_kept(&written);
        alone.assert_goes_on(&written);
    }
}

#[test]
fn a_home_whose_making_is_interrupted_at_some_steps_is_made_whole() {
    interrupt_its_making([1, 4, 7, 10, 15, 21, 28, 36]);
}

#[test]
#[ignore = "takes minutes: every step, of which some run always"]
fn a_home_whose_making_is_interrupted_at_any_step_is_made_whole() {
    interrupt_its_making(1..=90);
}

/// When the disk begins to count.
#[derive(Clone, Copy)]
enum From {
    /// With the first start of a fresh home.
    Start,
    /// When the node runs.
    Load,
}

/// A node with a failing disk: it ends with a remedy, keeps what it acknowledged, and goes on when
/// the disk is sound.
fn fail(alone: &mut Alone, from: From, order: &Order, advice: &str) {
    alone.reset();
    let mut life = match from {
        From::Start => alone.start(Some(order)),
        From::Load => {
            let mut life = alone.start(None);
            wait_until_ready(&mut life.process, &alone.node());
            alone.node().put_final("log", &json!({}));
            life.order(order);
            life
        }
    };
    let (written, status) = alone.write_until_it_ends(&mut life);
    let complained = life.process.complained();
    assert_eq!(status.code(), Some(2), "{order}: {status}\n{complained}");
    assert!(!complained.contains("panicked") && complained.contains(advice), "{order}: {complained}");
    for (status, body) in &written.refused {
        assert!(matches!(status, 503 | 507), "{order}: {status} {body}");
    }
    alone.assert_kept(&written);
    alone.assert_goes_on(&written);
}

#[test]
fn a_node_without_space_says_so_ends_and_goes_on_once_there_is_some() {
    let Some(mut alone) = Alone::begin() else { return };
    for at in [1, 2, 3, 5, 8, 13, 40, 100] {
        fail(&mut alone, From::Load, &Order::fill(at), "no space is left");
    }
}

#[test]
fn a_node_whose_sync_failed_acknowledges_nothing_more_and_ends() {
    let Some(mut alone) = Alone::begin() else { return };
    for at in [1, 2, 3, 4, 5, 8, 13, 40] {
        // What the failed sync should have kept is lost: an acknowledgement after it would have nothing to stand on.
        fail(&mut alone, From::Load, &Order::fail_sync(at), "start the node again");
    }
}

/// The disk fails at these steps of a node's first life.
fn fail_while_made(steps: impl IntoIterator<Item = u32>) {
    let Some(mut alone) = Alone::begin() else { return };
    for at in steps {
        fail(&mut alone, From::Start, &Order::fill(at), "space");
        fail(&mut alone, From::Start, &Order::fail_sync(at), "");
    }
}

#[test]
fn a_home_that_could_not_be_made_is_made_when_the_disk_is_sound() {
    fail_while_made([1, 2, 4, 7, 11, 15, 17]);
}

#[test]
#[ignore = "takes a minute: every step, of which some run always"]
fn a_home_that_could_not_be_made_at_any_step_is_made_when_the_disk_is_sound() {
    fail_while_made(1..=50);
}
