//! Two nodes behind routers that refuse inbound connections meet at a relay, and connect directly through both routers.
//!
//! ```text
//!  one ── router (NAT) ──┐              ┌── router (NAT) ── two
//!  192.168.1.2           203.0.113.0/24             192.168.2.2
//!                        relay, .100
//! ```
//!
//! Each is a network namespace of Linux, which needs root, `ip` and `nft`; without them the test is skipped. The nodes are
//! further processes of this test.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{self, Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use quorate_transport::{
    Multiaddr, NetEvent, NetHandle, PeerId, PeerRoute, TransportConfig, Urgency, all_interfaces, start,
};

/// Far above what any step takes; reaching it is a failure, not a means to wait.
const TOO_LONG: Duration = Duration::from_secs(90);

/// Lines of a node that wait to be read; it writes a few in all.
const MAX_LINES: usize = 64;

/// Which node this process is.
const PART: &str = "QUORATE_NAT_PART";

/// The rules of a router: outbound packets get its address, and inbound packets pass only as replies.
const ROUTER: &str = "
table ip nat {
  chain leaving {
    type nat hook postrouting priority 100
    oifname \"wan\" masquerade
  }
}
table ip filter {
  chain in {
    type filter hook input priority 0
    iifname \"wan\" ct state established,related accept
    iifname \"wan\" drop
  }
  chain through {
    type filter hook forward priority 0
    iifname \"wan\" ct state established,related accept
    iifname \"wan\" drop
  }
}";

/// Namespaces that end with the test.
struct Internet {
    prefix: String,
    spaces: Vec<&'static str>,
}

impl Drop for Internet {
    fn drop(&mut self) {
        for space in &self.spaces {
            // Whatever is left of it, the next run has other names.
            let _ = Command::new("ip").args(["netns", "del", &format!("{}{space}", self.prefix)]).status();
        }
    }
}

impl Internet {
    /// `Err` names what this machine lacks.
    fn build() -> Result<Self, String> {
        let mut net = Self { prefix: format!("q{}", process::id()), spaces: Vec::new() };
        run(Command::new("nft").arg("--version"))?;
        for space in ["wide", "r1", "r2", "h1", "h2"] {
            net.ip(&format!("netns add @{space}"))?;
            net.spaces.push(space);
        }
        net.wire().expect("what may make namespaces may fill them");
        Ok(net)
    }

    fn wire(&self) -> Result<(), String> {
        for space in &self.spaces {
            self.ip(&format!("-n @{space} link set lo up"))?;
        }
        self.ip("-n @wide link add net type bridge")?;
        self.ip("-n @wide addr add 203.0.113.100/24 dev net")?;
        self.ip("-n @wide link set net up")?;
        [1, 2].into_iter().try_for_each(|n| self.router(n))
    }

    fn router(&self, n: u8) -> Result<(), String> {
        self.ip(&format!("link add wan netns @r{n} type veth peer name up{n} netns @wide"))?;
        self.ip(&format!("link add lan netns @r{n} type veth peer name eth netns @h{n}"))?;
        self.ip(&format!("-n @wide link set up{n} master net up"))?;
        let places = [
            (format!("r{n}"), "wan", format!("203.0.113.{n}")),
            (format!("r{n}"), "lan", format!("192.168.{n}.1")),
            (format!("h{n}"), "eth", format!("192.168.{n}.2")),
        ];
        for (space, link, ip) in places {
            self.ip(&format!("-n @{space} addr add {ip}/24 dev {link}"))?;
            self.ip(&format!("-n @{space} link set {link} up"))?;
        }
        self.ip(&format!("-n @h{n} route add default via 192.168.{n}.1"))?;
        self.within(&format!("r{n}"), "sh", &["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"])?;
        self.within(&format!("r{n}"), "nft", &[ROUTER])
    }

    /// Runs `ip`; an `@` is where a namespace begins.
    fn ip(&self, line: &str) -> Result<(), String> {
        let line = line.replace('@', &self.prefix);
        run(Command::new("ip").args(line.split(' ')))
    }

    fn within(&self, space: &str, program: &str, args: &[&str]) -> Result<(), String> {
        let space = format!("{}{space}", self.prefix);
        run(Command::new("ip").args(["netns", "exec", &space, program]).args(args))
    }

    fn node(&self, space: &str, part: &str) -> Node {
        let mut child = Command::new("ip")
            .args(["netns", "exec", &format!("{}{space}", self.prefix)])
            .arg(env::current_exe().unwrap())
            .args(["--exact", "one_node_of_the_other_test", "--ignored", "--nocapture"])
            .env(PART, part)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (told, lines) = mpsc::sync_channel(MAX_LINES);
        std::thread::spawn(move || out.lines().map_while(Result::ok).all(|line| told.send(line).is_ok()));
        Node { child, lines }
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// A process that ends with the test.
struct Node {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Drop for Node {
    fn drop(&mut self) {
        // One that has ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Node {
    fn until(&self, wanted: &str) {
        while self.lines.recv_timeout(TOO_LONG).unwrap_or_else(|_| panic!("never {wanted}")) != wanted {}
    }
}

#[test]
fn two_nodes_behind_routers_connect_directly_through_both() {
    let net = match Internet::build() {
        Ok(net) => net,
        Err(why) => {
            // Not `eprintln!`: the test harness hides that where a test passes.
            writeln!(std::io::stderr(), "skipped: only root can make routers, with `ip` and `nft`: {why}").unwrap();
            return;
        }
    };
    let relay = net.node("wide", "relay");
    relay.until("up");
    let (one, two) = (net.node("h1", "one"), net.node("h2", "two"));
    one.until("direct");
    two.until("direct");
    // Without the relay they go on.
    drop(relay);
    one.until("heard");
    two.until("heard");
}

#[test]
#[ignore = "a part of the other test, which runs it"]
fn one_node_of_the_other_test() {
    let Ok(part) = env::var(PART) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match part.as_str() {
            "relay" => relay().await,
            "one" => behind(1, 2).await,
            _ => behind(2, 1).await,
        }
    });
}

/// A line that the test reads; the harness may have left its own line open.
fn print_line(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").unwrap();
}

fn config(key: u8) -> TransportConfig {
    TransportConfig::new([key; 32], [7; 32]).unwrap()
}

async fn relay() {
    let mut config = config(3);
    config.listen = vec!["/ip4/203.0.113.100/tcp/4001".parse().unwrap()];
    config.relay = true;
    config.discovery.lookup = true;
    let (_net, mut events) = start(config).await.unwrap();
    print_line("up");
    while events.recv().await.is_some() {}
}

async fn behind(key: u8, other: u8) {
    let relay: Multiaddr = "/ip4/203.0.113.100/tcp/4001".parse().unwrap();
    let (relay_id, other) = (self::config(3).peer_id(), self::config(other).peer_id());
    let mut config = config(key);
    config.listen = vec![all_interfaces(4001)];
    config.behind_nat = true;
    config.static_peers = vec![relay];
    config.discovery.lookup = true;
    let (net, mut events) = start(config).await.unwrap();
    let (mut is_direct, mut is_alone, mut heard) = (false, false, false);
    while !heard {
        let event = events.recv().await.expect("the network runs");
        heard |= matches!(event, NetEvent::Message { from, .. } if from == other);
        if !is_direct && route(&net, other).await == Some(PeerRoute::Direct) {
            is_direct = true;
            print_line("direct");
        }
        if is_direct && !is_alone && event == (NetEvent::Disconnected { peer: relay_id }) {
            is_alone = true;
            net.send(other, Urgency::Urgent, "still there").unwrap();
        }
    }
    print_line("heard");
    // The other node may not have noticed yet; the test ends both.
    while events.recv().await.is_some() {}
}

async fn route(net: &NetHandle, peer: PeerId) -> Option<PeerRoute> {
    net.peers().await.unwrap().into_iter().find(|info| info.peer == Some(peer))?.route
}
