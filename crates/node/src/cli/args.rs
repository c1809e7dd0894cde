//! The commands and their options. The text of `--help` stands here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use libp2p::Multiaddr;
use quorate_event::{Address, NetworkId};

/// Shared state for parties who do not trust each other.
#[derive(Debug, Parser)]
#[command(name = "quorate", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Default, Args)]
pub(crate) struct Global {
    /// The node to ask [default: http://127.0.0.1:8080]
    #[arg(long, global = true, value_delimiter = ',', value_parser = url)]
    pub(crate) url: Vec<String>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Where nodes live, each in a directory of its name [default: ~/.quorate]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// The token to show; else $QUORATE_TOKEN, else the node's own below --home
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a whole network on this machine, one process per node
    Up(UpArgs),
    /// Make or show a genesis
    #[command(subcommand)]
    Genesis(GenesisCommand),
    /// Make, show, import or export a node's key
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Make the home of a node: its key and its token
    Init(InitArgs),
    /// Run one node
    Run(RunArgs),
    /// Set a document, or the value at a pointer inside it
    Put(PutArgs),
    /// Show a document, or the value at a pointer inside it
    Get(GetArgs),
    /// Show a document whenever it changes
    Watch(WatchArgs),
    /// Write a JSON file into a document, record by record
    Import(ImportArgs),
    /// Where the node stands
    Status,
    /// Whom the node knows
    Peers,
    /// What is wrong, and what to do about it
    Doctor,
    /// The events that the node holds
    Events(EventsArgs),
    /// The milestones, or one of them with its signers
    Milestones(MilestonesArgs),
    /// Ask for a milestone
    #[command(subcommand)]
    Milestone(MilestoneCommand),
    /// Who signed what an honest key never signs
    Evidence,
    /// Move on from a leader
    #[command(subcommand)]
    Leader(LeaderCommand),
    /// Export the graph of events
    Graph(GraphArgs),
    /// Measure a network of processes on this machine
    Bench(BenchArgs),
}

/// `bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// How many nodes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) nodes: u16,
    /// HTTP of the first node; the others follow, and libp2p is 1000 above
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Writes at full speed
    #[arg(long, default_value_t = 20_000)]
    pub(crate) writes: usize,
    /// Bytes of each value
    #[arg(long, default_value_t = 256)]
    pub(crate) bytes: usize,
    /// Writers, each with one write under way
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) connections: u16,
    /// Make an event of every write
    #[arg(long)]
    pub(crate) one_event_each: bool,
    /// Writes a second of the steady part
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rate: u16,
    /// Seconds of the steady part
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u16,
}

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// How many nodes [default: 4, or as the scenario or --stake says]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) nodes: Option<u16>,
    /// The stake of each node, or one for all [default: 100]
    #[arg(long, value_delimiter = ',', value_name = "STAKE,…")]
    pub(crate) stake: Vec<u128>,
    /// HTTP of the first node; the others follow, and libp2p is 1000 above
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Play this scenario, judge it, and end
    #[arg(long, value_name = "FILE", conflicts_with_all = ["nodes", "stake"])]
    pub(crate) scenario: Option<PathBuf>,
    /// Throw away what an earlier `up` left in this home
    #[arg(long)]
    pub(crate) reset: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GenesisCommand {
    /// Write a genesis; the same options give the same network
    New(GenesisNewArgs),
    /// Show a genesis and the network it founds
    Show(GenesisShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct GenesisNewArgs {
    /// Members by the numbers of public demo keys; makes a demonstration, nothing of worth belongs in it
    #[arg(long, value_delimiter = ',', value_name = "S,…", required_unless_present = "member")]
    pub(crate) seeds: Vec<u64>,
    /// The stake of each seed, or one for all [default: 100]
    #[arg(long, value_delimiter = ',', value_name = "STAKE,…")]
    pub(crate) stake: Vec<u128>,
    /// A member with a key of its own, and its stake
    #[arg(long, value_name = "ADDRESS:STAKE", value_parser = member)]
    pub(crate) member: Vec<(Address, u128)>,
    /// A name for people
    #[arg(long, default_value = "quorate")]
    pub(crate) name: String,
    /// When it was written, in milliseconds since the Unix epoch
    #[arg(long, default_value_t = 0)]
    pub(crate) time_ms: u64,
    /// Who may write
    #[arg(long, value_enum, default_value_t = WritersArg::Members)]
    pub(crate) writers: WritersArg,
    /// When milestones are made: by work, or upon `milestone now` only
    #[arg(long, value_enum, default_value_t = PaceArg::Automatic)]
    pub(crate) pace: PaceArg,
    /// So many uncovered events are work at once
    #[arg(long)]
    pub(crate) min_events: Option<u64>,
    /// An uncovered event is work after so long
    #[arg(long)]
    pub(crate) max_wait_ms: Option<u64>,
    /// How long a view waits for its leader
    #[arg(long)]
    pub(crate) view_timer_ms: Option<u64>,
    /// Events that one milestone newly covers, at most
    #[arg(long)]
    pub(crate) cut_events: Option<u64>,
    /// Bytes that one milestone newly covers, at most
    #[arg(long)]
    pub(crate) cut_bytes: Option<u64>,
    /// Write here instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WritersArg {
    Members,
    Open,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PaceArg {
    Automatic,
    Manual,
}

#[derive(Debug, Args)]
pub(crate) struct GenesisShowArgs {
    /// Which [default: genesis.json below --home]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key
    New(KeyName),
    /// Show a key's address and peer id, never the key
    Show(KeyName),
    /// Take a key from a file of 64 hex digits, or from standard input
    Import(KeysImportArgs),
    /// Write the key itself to a file that only you can read
    Export(KeysExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeyName {
    /// Whose: the node's name
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct KeysImportArgs {
    /// Whose: the node's name
    pub(crate) name: String,
    /// Where the key is; `-` is standard input
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct KeysExportArgs {
    /// Whose: the node's name
    pub(crate) name: String,
    /// Where to write it; must not exist
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The node's name
    pub(crate) name: String,
    /// Use the public demo key of this number, as `genesis new --seeds` counts them
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The node's name, and its directory below --home
    pub(crate) name: String,
    /// The genesis to start from
    #[arg(long, value_name = "FILE", conflicts_with_all = ["join", "network", "founders"])]
    pub(crate) genesis: Option<PathBuf>,
    /// A node of the network to join
    #[arg(long, value_name = "ADDR", requires = "network", conflicts_with = "founders")]
    pub(crate) join: Option<Multiaddr>,
    /// The network to join, by its id
    #[arg(long, value_name = "ID", requires = "join")]
    pub(crate) network: Option<NetworkId>,
    /// How many found the network, this node included [default: 4]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) founders: Option<u16>,
    /// HTTP; libp2p is 1000 above [default: 8080, or as `up` left it]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64_535))]
    pub(crate) port: Option<u16>,
    /// This node's stake when it founds a network
    #[arg(long, default_value_t = 100)]
    pub(crate) stake: u128,
    /// Nodes to connect to; without any, and without a genesis, this node gathers the founders
    #[arg(long, value_delimiter = ',', value_name = "ADDR,…")]
    pub(crate) peers: Vec<Multiaddr>,
    /// Use the public key pair that this text names, for demonstrations
    #[arg(long, value_name = "SEED")]
    pub(crate) peerid: Option<String>,
    /// Make an event of every write, even of those that wait for the same disk write
    #[arg(long, hide = true)]
    pub(crate) one_event_each: bool,
    /// End when standard input does
    #[arg(long, hide = true)]
    pub(crate) stdin_watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    /// The document's name
    pub(crate) doc: String,
    /// The value, after a JSON pointer if only what is there is set: /people/7/name. `-` reads the value from standard input
    #[arg(value_name = "[POINTER] JSON", required = true, num_args = 1..=2, allow_negative_numbers = true)]
    pub(crate) what: Vec<String>,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

impl PutArgs {
    /// Where in the document, if not all of it, and the value.
    pub(crate) fn pointer_and_value(&self) -> (Option<&str>, &str) {
        match &self.what[..] {
            [pointer, value, ..] => (Some(pointer), value),
            [value] => (None, value),
            [] => (None, ""),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    /// For what to wait: this node's disk, or a milestone
    #[arg(long, value_enum, default_value_t = WaitArg::Durable)]
    pub(crate) wait: WaitArg,
    /// For how long
    #[arg(long, default_value_t = 30_000)]
    pub(crate) timeout_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitArg {
    Durable,
    Final,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LevelArg {
    /// All that the node holds
    Merged,
    /// What its last milestone covers
    Final,
}

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// The document's name
    pub(crate) doc: String,
    /// Where in it, as a JSON pointer: /people/7/name
    pub(crate) pointer: Option<String>,
    /// How strongly it must be agreed
    #[arg(long, value_enum, default_value_t = LevelArg::Merged)]
    pub(crate) level: LevelArg,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// The document's name
    pub(crate) doc: String,
    /// How strongly it must be agreed
    #[arg(long, value_enum, default_value_t = LevelArg::Merged)]
    pub(crate) level: LevelArg,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The document's name
    pub(crate) doc: String,
    /// The JSON file
    pub(crate) file: PathBuf,
    /// Turn the file's array into an object, named by this key of each record, and write record by record
    #[arg(long, value_name = "KEY")]
    pub(crate) array_key: Option<String>,
    /// Write a line of JSON per acknowledged record: its key, its events, the node
    #[arg(long, value_name = "FILE")]
    pub(crate) acks: Option<PathBuf>,
    /// Requests on their way at a time
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) in_flight: u16,
    /// For how long a record is tried again, at one node after another
    #[arg(long, default_value_t = 60_000)]
    pub(crate) timeout_ms: u64,
    /// More nodes, after --url
    #[arg(value_name = "URL", value_parser = url)]
    pub(crate) urls: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// After this cursor, which the last answer named
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
    /// How many, at most
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct MilestonesArgs {
    /// Only this one, with its signers
    pub(crate) height: Option<u64>,
    /// How many of the last, at most
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MilestoneCommand {
    /// Make a milestone of all that the node holds
    Now(SealArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    /// How long to wait for it
    #[arg(long, default_value_t = 30_000)]
    pub(crate) timeout_ms: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LeaderCommand {
    /// Vote to move on from the present leader
    Skip,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    #[command(subcommand)]
    pub(crate) command: GraphCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GraphCommand {
    /// Print the graph
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// In which form
    #[arg(long, value_enum)]
    pub(crate) format: GraphFormat,
    /// Of which node of `up`: 1 is the first, 0 all of them [default: the node at --url]
    #[arg(long, value_name = "0..")]
    pub(crate) node: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Json,
    Dot,
}

fn url(text: &str) -> Result<String, &'static str> {
    let rest = text.strip_prefix("http://");
    match rest.map(|rest| rest.trim_end_matches('/')) {
        Some(host) if !host.is_empty() && !host.contains('/') => Ok(format!("http://{host}")),
        _ => Err("expected http://HOST:PORT; nodes speak plain HTTP, put a tunnel in front of a remote one"),
    }
}

fn member(text: &str) -> Result<(Address, u128), &'static str> {
    let parsed = text.split_once(':').and_then(|(address, stake)| {
        let stake = stake.parse().ok()?;
        Some((address.parse().ok()?, stake))
    });
    parsed.ok_or("expected ADDRESS:STAKE, such as 0x96216849c49358B10257cb55b28eA603c874b05E:100")
}
