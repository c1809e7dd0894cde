//! The lookup of DNS names in the addresses of static peers, before each dial, by the resolver of the system.
//!
//! The operator configured the name and trusts it as an IP address, so the reach of the result is not checked. A name that
//! a peer announces is never looked up.
//!
//! A lookup takes a minute where no resolver answers, and cannot be interrupted. So each has a thread of its own, which is
//! not joined: a lookup does not delay the end of the process.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::multiaddr::name;

/// The deadline of a lookup.
const LOOKUP: Duration = Duration::from_secs(10);

/// Addresses of one name that are tried, one with each dial.
const MAX_FOUND: usize = 8;

/// Lookups at one time. A lookup past its deadline counts until the system ends it.
static THREADS: Semaphore = Semaphore::const_new(4);

/// Whether `host` allows this address: `dns4` means IPv4, `dns6` IPv6.
fn may_be(host: &Protocol<'_>, ip: IpAddr) -> bool {
    match host {
        Protocol::Dns4(_) => ip.is_ipv4(),
        Protocol::Dns6(_) => ip.is_ipv6(),
        _ => true,
    }
}

/// The addresses that `addr` stands for, with an IP address in place of the name. Empty if the name does not resolve.
pub(crate) async fn look_up(addr: &Multiaddr) -> Vec<Multiaddr> {
    let Some(host) = addr.iter().next() else { return Vec::new() };
    let Some(name) = name(&host) else { return vec![addr.clone()] };
    match timeout(LOOKUP, on_a_thread(name.to_owned(), &THREADS, ask_system)).await {
        Ok(Ok(found)) => {
            let ips = found.into_iter().filter(|ip| may_be(&host, *ip)).take(MAX_FOUND);
            ips.map(|ip| std::iter::once(Protocol::from(ip)).chain(addr.iter().skip(1)).collect()).collect()
        }
        Ok(Err(error)) => {
            tracing::debug!(%addr, %error, "not resolved");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

fn ask_system(name: &str) -> io::Result<Vec<IpAddr>> {
    Ok((name, 0).to_socket_addrs()?.map(|socket| socket.ip()).collect())
}

/// Looks a name up as soon as one of `threads` is free.
async fn on_a_thread(
    name: String,
    threads: &'static Semaphore,
    ask: impl FnOnce(&str) -> io::Result<Vec<IpAddr>> + Send + 'static,
) -> io::Result<Vec<IpAddr>> {
    let until_answered = threads.acquire().await.map_err(io::Error::other)?;
    let (answer, answered) = oneshot::channel();
    thread::Builder::new().name("name-lookup".to_owned()).spawn(move || {
        let _until_answered = until_answered;
        // The deadline may have passed.
        let _gone = answer.send(ask(&name));
    })?;
    answered.await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::*;

    /// A resolver that answers when `let_go` is dropped.
    fn dead(let_go: Receiver<()>) -> impl FnOnce(&str) -> io::Result<Vec<IpAddr>> + Send + 'static {
        move |_| {
            let _gone = let_go.recv();
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_resolver_that_does_not_answer_delays_no_end() {
        static THREADS: Semaphore = Semaphore::const_new(1);
        let (_let_go, dead_end) = sync_channel::<()>(0);
        let (tell, ended) = sync_channel(1);
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let look_up = runtime.spawn(on_a_thread("nobody".to_owned(), &THREADS, dead(dead_end)));
            runtime.block_on(async {
                while THREADS.available_permits() > 0 {
                    tokio::task::yield_now().await;
                }
            });
            drop((look_up, runtime));
            tell.send(()).unwrap();
        });
        ended.recv_timeout(Duration::from_secs(60)).expect("the runtime does not wait for the resolver");
    }

    #[tokio::test]
    async fn look_ups_that_were_given_up_take_their_threads_until_the_system_ends_them() {
        static THREADS: Semaphore = Semaphore::const_new(2);
        let mut let_go = Vec::new();
        for _ in 0..2 {
            let (end, dead_end) = sync_channel(0);
            let_go.push(end);
            let given_up = timeout(Duration::ZERO, on_a_thread("nobody".to_owned(), &THREADS, dead(dead_end)));
            assert!(given_up.await.is_err());
        }
        let further = || on_a_thread("nobody".to_owned(), &THREADS, |_| Ok(Vec::new()));
        assert!(timeout(Duration::ZERO, further()).await.is_err() && THREADS.available_permits() == 0);
        let_go.pop();
        assert_eq!(further().await.unwrap(), Vec::<IpAddr>::new());
    }

    async fn found(addr: &str) -> Vec<String> {
        let mut found: Vec<String> = look_up(&addr.parse().unwrap()).await.iter().map(ToString::to_string).collect();
        found.sort();
        found.dedup();
        found
    }

    #[tokio::test]
    async fn a_name_gives_way_to_its_addresses_and_nothing_behind_it_changes() {
        assert_eq!(found("/dns4/localhost/tcp/7").await, ["/ip4/127.0.0.1/tcp/7"]);
        assert!(found("/dns/localhost/tcp/7").await.contains(&"/ip4/127.0.0.1/tcp/7".to_owned()));
        assert!(found("/dns6/localhost/tcp/7").await.iter().all(|addr| addr.starts_with("/ip6/")));
        let relay = "16Uiu2HAmP44YB5WWWdYccDYRzByum6fWDma13csdVUcySzwPMqYx";
        let behind = format!("/tcp/7/p2p/{relay}/p2p-circuit/p2p/{relay}");
        assert_eq!(found(&format!("/dns4/localhost{behind}")).await, [format!("/ip4/127.0.0.1{behind}")]);
        assert_eq!(found("/ip4/10.0.0.1/tcp/7").await, ["/ip4/10.0.0.1/tcp/7"]);
    }

    #[tokio::test]
    async fn a_name_that_leads_nowhere_gives_nothing() {
        assert_eq!(found("/dns4/nobody.invalid/tcp/7").await, Vec::<String>::new());
    }
}
