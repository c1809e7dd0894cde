//! What happens to a home that was there before.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::args::{UpArgs, VerbosityArgs};
use crate::error::CommandFailure;

/// A directory of one test, removed afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("quorate-homes-{}-{count}", std::process::id());
        Self(env::temp_dir().join(name))
    }

    fn plan(&self, nodes: u16) -> Plan {
        let args = UpArgs {
            nodes: Some(nodes),
            stake: vec![],
            port: 8_080,
            scenario: None,
            reset: false,
            trusted_milestone: None,
            verbosity: VerbosityArgs::default(),
        };
        Plan::of_arguments(&args, &self.0).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_network_that_is_there_goes_on_although_time_has_passed() {
    let scratch = Scratch::new();
    let first = prepare(&scratch.plan(2), false, false).unwrap();
    let mut later = scratch.plan(2);
    later.genesis.time.0 += 5_000;
    assert_eq!(prepare(&later, false, false).unwrap(), first);
    let token = |name: &str| Home::open(&scratch.0, name).unwrap().token().unwrap().to_hex();
    assert_ne!(token("n1"), token("n2"));
}

#[test]
fn another_network_is_refused_until_reset() {
    let scratch = Scratch::new();
    let first = prepare(&scratch.plan(3), false, false).unwrap();
    let error = prepare(&scratch.plan(2), false, false).unwrap_err();
    assert_eq!(error.code(), "other_network");
    assert!(error.hint().unwrap().contains("--reset"));
    let second = prepare(&scratch.plan(2), true, false).unwrap();
    assert_ne!(second.network, first.network);
    assert!(!scratch.0.join("n3").exists());
}

#[test]
fn a_scenario_begins_without_a_history() {
    let scratch = Scratch::new();
    prepare(&scratch.plan(1), false, true).unwrap();
    let error = prepare(&scratch.plan(1), false, true).unwrap_err();
    assert_eq!(error.code(), "history");
    prepare(&scratch.plan(1), true, true).unwrap();
}

#[test]
fn a_home_that_up_did_not_make_is_left_alone_even_by_reset() {
    let scratch = Scratch::new();
    Home::open(&scratch.0, "n1").unwrap().token_or_create().unwrap();
    for reset in [false, true] {
        let error = prepare(&scratch.plan(1), reset, false).unwrap_err();
        assert_eq!(error.code(), "not_ours");
    }
    assert!(scratch.0.join("n1/token").exists());
}

#[test]
fn a_home_in_which_a_node_runs_is_not_thrown_away() {
    let scratch = Scratch::new();
    prepare(&scratch.plan(2), false, false).unwrap();
    let held = Home::open(&scratch.0, "n2").unwrap();
    let error = prepare(&scratch.plan(2), true, false).unwrap_err();
    assert!(matches!(error, CliError::Home(HomeError::Locked { .. })), "{error}");
    drop(held);
    assert!(scratch.0.join("n1/key").exists());
}

#[test]
fn a_network_that_still_runs_is_not_taken_up_elsewhere() {
    let scratch = Scratch::new();
    let first = prepare(&scratch.plan(2), false, false).unwrap();
    let held = Home::open(&scratch.0, "n2").unwrap();
    let mut elsewhere = scratch.plan(2);
    elsewhere.nodes[0].http_port = 9_999;
    let error = prepare(&elsewhere, false, false).unwrap_err();
    assert!(matches!(error, CliError::Home(HomeError::Locked { .. })), "{error}");
    drop(held);
    assert_eq!(NetworkFile::load(&scratch.0).unwrap(), Some(first));
}

#[test]
fn a_home_that_holds_another_key_is_refused_before_anything_is_written() {
    let scratch = Scratch::new();
    let first = prepare(&scratch.plan(2), false, false).unwrap();
    fs::copy(scratch.0.join("n1/key"), scratch.0.join("n2/key")).unwrap();
    let mut elsewhere = scratch.plan(2);
    elsewhere.nodes[0].http_port = 9_999;
    assert_eq!(prepare(&elsewhere, false, false).unwrap_err().code(), "not_ours");
    assert_eq!(NetworkFile::load(&scratch.0).unwrap(), Some(first));
}
