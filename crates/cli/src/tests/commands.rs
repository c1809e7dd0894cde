//! Every command parses, and a wrong word gives an error that names the right one.

use clap::CommandFactory;
use quorate_disk::home::HomeError;
use quorate_event::Stake;
use quorate_node::genesis_file;
use quorate_node::run::RunError;
use quorate_node::run::loopback;
use quorate_node::run::{GenesisSource, RunOptions};

use super::{Scratch, parse, run};
use crate::CliError;
use crate::args::{Cli, Command, GenesisCommand};
use crate::error::CommandFailure;
use crate::options::resolve;
use crate::token::ClientOptions;

const NETWORK: &str = "0x0707070707070707070707070707070707070707070707070707070707070707";

#[test]
fn the_commands_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_parses() {
    let scratch = Scratch::new();
    let (at, if_match) = (format!("get store --at {NETWORK}"), format!("edit store [] --if-match {NETWORK}"));
    let join = format!("run n5 --join /ip4/127.0.0.1/tcp/9080 --network {NETWORK}");
    let lines = [
        "up",
        "up --nodes 4 --stake 100,100,100,100 --port 8080 --home HOME --reset --json",
        "up --scenario scenarios/causal-work.toml --json",
        "genesis new --seeds 1,2,3,4 --stake 150,200,80,120 --name x --pace manual --min-events 5",
        "genesis new --member 0x96216849c49358B10257cb55b28eA603c874b05E:100 --writers open --out f",
        "genesis show",
        "genesis show genesis.json",
        "keys new n1",
        "keys show n1 --home HOME",
        "keys import n1 -",
        "keys export n1 key.txt",
        "init n1",
        "init n1 --seed 1",
        "run n1 --genesis genesis.json --port 8080 --peers /ip4/127.0.0.1/tcp/9081,/ip4/127.0.0.1/tcp/9082",
        "run n1 --founders 4 --stake 100 --peerid seed --stdin-watch",
        &join,
        "put store {}",
        "put store /k1 \"v1\" --wait final --timeout-ms 5",
        "put store /k1 -5",
        "put store -",
        "get store",
        "get store /k1 --level final",
        "get store /k1 --at 3",
        &at,
        "edit store [] --wait final --timeout-ms 5",
        "edit store @edits.json --json-patch",
        "edit store - --merge-patch",
        &if_match,
        "type notes",
        "type notes /body --url http://127.0.0.1:8081",
        "history store --limit 3 --json",
        "diff store --from 1 --to M2",
        "diff store --from final",
        "conflicts store",
        "conflicts store /k1 --at merged",
        "docs",
        "docs --level final --json",
        "watch store --level merged",
        "import store file.json",
        "import store file.json --array-key code --url http://127.0.0.1:8080 --url http://127.0.0.1:8081",
        "status",
        "--url http://127.0.0.1:8081 status --json",
        "peers",
        "doctor",
        "events --after 7 --limit 3",
        "milestones",
        "milestones 2",
        "milestone now --timeout-ms 9",
        "evidence",
        "evidence --export FILE --json",
        "evidence --verify FILE --genesis FILE",
        "leader skip",
        "graph export --format json --node 0",
        "graph export --format dot",
    ];
    for line in lines {
        assert!(parse(line, scratch.path()).is_ok(), "{line}: {}", parse(line, scratch.path()).unwrap_err());
    }
}

#[test]
fn a_wrong_word_is_told_with_what_would_be_right() {
    let table: &[(&str, &[&str])] = &[
        ("statsu", &["statsu", "'status'"]),
        ("up --ndoes 3", &["--ndoes", "'--nodes'"]),
        ("up --nodes 0", &["0", "1..=64"]),
        ("up --nodes 3 --scenario f.toml", &["--nodes", "--scenario"]),
        ("up --stake 1,x", &["'x'", "--stake"]),
        ("up --stake 1,0", &["--stake", "a founder needs a stake of at least 1"]),
        ("genesis new --seeds 1 --stake 0", &["--stake", "a founder needs a stake of at least 1"]),
        ("run x --stake 0", &["--stake", "a founder needs a stake of at least 1"]),
        ("status --url https://a:1", &["http://HOST:PORT"]),
        ("status --url 127.0.0.1:8080", &["http://HOST:PORT"]),
        ("put store", &["JSON"]),
        ("put store 1 --wiat final", &["--wiat", "'--wait'"]),
        ("get store --level sure", &["sure", "merged", "final"]),
        ("put store 1 --wait long", &["long", "durable", "final"]),
        ("genesis new", &["--seeds"]),
        ("genesis new --member 0x12:5", &["ADDRESS:STAKE"]),
        ("genesis new --seeds 1 --pace fast", &["fast", "automatic", "manual"]),
        ("run", &["<NAME>"]),
        ("run n1 --genesis f --founders 4", &["--genesis", "--founders"]),
        ("run n1 --join /ip4/127.0.0.1/tcp/1", &["--network"]),
        ("run n1 --peers localhost:9080", &["localhost:9080", "--peers", "/ip4/127.0.0.1/tcp/9080"]),
        ("run n1 --peers 127.0.0.1:9080", &["127.0.0.1:9080", "--peers", "/ip4/127.0.0.1/tcp/9080"]),
        ("run n1 --join 127.0.0.1:9080", &["127.0.0.1:9080", "--join", "/ip4/127.0.0.1/tcp/9080"]),
        ("import d", &["<FILE>", "quorate import <DOC> <FILE> [OPTIONS] [--url <URL>...]"]),
        ("run n1 --port 64536", &["64536", "1..=64535"]),
        ("graph export --format svg", &["svg", "json", "dot"]),
        ("milestone", &["now"]),
        ("get store --at yesterday", &["yesterday", "--at", "a milestone's height", "`final`"]),
        ("get store --at 3 --level final", &["--at", "--level"]),
        ("diff store", &["--from"]),
        ("edit store", &["<EDITS>"]),
        ("edit store [] --json-patch --merge-patch", &["--json-patch", "--merge-patch"]),
        ("edit store [] --if-match 0x12", &["--if-match", "0x and 64 hexadecimal digits"]),
    ];
    for (line, parts) in table {
        let message = parse(line, "".as_ref()).unwrap_err().to_string();
        for part in *parts {
            assert!(message.contains(part), "{line}: {part:?} is not in {message:?}");
        }
    }
}

#[test]
fn a_pointer_may_be_left_out_and_a_value_may_begin_with_a_dash() {
    let put = |line: &str| {
        let Command::Put(args) = parse(line, "".as_ref()).unwrap().command else { panic!() };
        let (pointer, value) = args.pointer_and_value();
        (args.doc.clone(), pointer.map(str::to_owned), value.to_owned())
    };
    let text = |text: &str| text.to_owned();
    assert_eq!(put("put d 7"), (text("d"), None, text("7")));
    assert_eq!(put("put d -7.5e3 --wait final"), (text("d"), None, text("-7.5e3")));
    assert_eq!(put("put d - --json"), (text("d"), None, text("-")));
    assert_eq!(put("put d /a -7"), (text("d"), Some(text("/a")), text("-7")));
}

#[test]
fn urls_may_follow_one_another_after_import() {
    let line = "import d f --array-key k --url http://a:1 http://b:2 http://c:3/";
    let cli = parse(line, "".as_ref()).unwrap();
    let Command::Import(args) = cli.command else { panic!() };
    let access = ClientOptions::new(&cli.global).unwrap();
    assert_eq!(access.urls(&args.urls), ["http://a:1", "http://b:2", "http://c:3"]);
}

fn options(line: &str, scratch: &Scratch) -> Result<RunOptions, CliError> {
    let cli = parse(&format!("{line} --home HOME"), scratch.path()).unwrap();
    let Command::Run(args) = cli.command else { panic!() };
    resolve(args, &ClientOptions::new(&cli.global)?)
}

#[test]
fn a_node_without_a_genesis_founds_and_the_one_without_peers_gathers() {
    let scratch = Scratch::new();
    let first = options("run a", &scratch).unwrap();
    assert_eq!(first.genesis, GenesisSource::Gather { founders: 4 });
    assert_eq!((first.http_port, first.stake), (8080, Stake(100)));
    assert_eq!((first.listen, first.discovery.lookup), (vec![loopback(9080)], true));
    assert!(first.demo_key.is_none() && !first.stdin_watch);
    let line = "run b --peers /ip4/127.0.0.1/tcp/9080 --founders 3 --port 8081 --peerid x";
    let second = options(line, &scratch).unwrap();
    assert_eq!(second.genesis, GenesisSource::Found { founders: 3 });
    assert_eq!(second.peers.len(), 1);
    let named = quorate_scenario::peer_key("x").unwrap().address();
    assert_eq!(second.demo_key.unwrap().address(), named);
}

#[test]
fn a_node_that_was_run_before_runs_again_without_being_told() {
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.path().join("a")).unwrap();
    std::fs::write(scratch.path().join("a/genesis.json"), "{}").unwrap();
    assert_eq!(options("run a", &scratch).unwrap().genesis, GenesisSource::Home);
    let named = options("run a --genesis g.json", &scratch).unwrap().genesis;
    assert_eq!(named, GenesisSource::File("g.json".into()));
    assert_eq!(options("run ../a", &scratch).unwrap_err().code(), "home");
}

#[test]
fn a_genesis_is_the_same_for_the_same_options_and_shows_what_it_founds() {
    let scratch = Scratch::new();
    let line = "genesis new --seeds 1,2,3,4 --stake 150,200,80,120 --name demo --pace manual --out HOME/";
    for file in ["a.json", "b.json"] {
        assert_eq!(run(&format!("{line}{file}"), scratch.path()), 0);
    }
    let load =
        |file: &str| genesis_file::load(&scratch.path().join(file), &quorate_scenario::demo_addresses()).unwrap();
    let genesis = load("a.json");
    assert_eq!(genesis, load("b.json"));
    assert!(genesis.demo && genesis.time.0 == 0);
    let n2 = "0x8Bd2395335D6984f647EEcb21F003fC8efdF018C".parse().unwrap();
    assert_eq!(genesis.committee.stake(n2), Some(Stake(200)));
    assert_eq!(run("genesis show HOME/a.json", scratch.path()), 0);
    assert_eq!(run("genesis show HOME/c.json", scratch.path()), 2);
    assert_eq!(run("genesis new --seeds 1,2 --stake 1,2,3", scratch.path()), 2);
    let public = "genesis new --member 0x96216849c49358B10257cb55b28eA603c874b05E:100";
    assert_eq!(run(public, scratch.path()), 2);
}

#[test]
fn a_key_is_made_once_and_survives_export_and_import() {
    let scratch = Scratch::new();
    let run = |line: &str| run(&format!("{line} --home HOME"), scratch.path());
    assert_eq!(run("init n1 --seed 1"), 0);
    assert_eq!(run("init n1"), 2);
    assert_eq!(run("keys show n1"), 0);
    assert_eq!(run("keys export n1 HOME/exported"), 0);
    assert_eq!(run("keys export n1 HOME/exported"), 2);
    assert_eq!(run("keys import n2 HOME/exported"), 0);
    let key = |name: &str| std::fs::read(scratch.path().join(name)).unwrap();
    assert_eq!(key("n1/key"), key("n2/key"));
    assert_eq!(run("keys new n3"), 0);
    assert_ne!(key("n3/key"), key("n1/key"));
    std::fs::write(scratch.path().join("broken"), "12").unwrap();
    assert_eq!(run("keys import n4 HOME/broken"), 2);
}

#[test]
fn a_node_that_never_began_is_not_told_to_have_ended() {
    let path = || std::path::PathBuf::from("four/a");
    let error = CliError::Run(Box::new(HomeError::Locked { path: path() }.into()));
    assert_eq!(error.text(), HomeError::Locked { path: path() }.to_string());
    let system = || std::io::Error::from(std::io::ErrorKind::AddrInUse);
    let error = RunError::Http { address: "127.0.0.1:8080".parse().unwrap(), source: system() };
    let text = CliError::Run(Box::new(error)).text();
    assert!(text.starts_with("http cannot listen on 127.0.0.1:8080") && text.ends_with("--port"), "{text}");
}

#[test]
fn stakes_that_disagree_with_the_members_are_told_with_the_option_to_change() {
    let Command::Genesis(GenesisCommand::New(args)) =
        parse("genesis new --seeds 1,2 --stake 1,2,3", "".as_ref()).unwrap().command
    else {
        panic!()
    };
    let error = crate::genesis::genesis(args).unwrap_err();
    assert_eq!(error.text(), "3 stakes for 2 members");
    assert!(error.hint().unwrap().contains("--stake"));
}
