//! Values as people write them, and what is told of those that are none.

use libp2p::Multiaddr;
use quorate_event::Address;

pub(super) fn url(text: &str) -> Result<String, &'static str> {
    let rest = text.strip_prefix("http://");
    match rest.map(|rest| rest.trim_end_matches('/')) {
        Some(host) if !host.is_empty() && !host.contains('/') => Ok(format!("http://{host}")),
        _ => Err("expected http://HOST:PORT; nodes speak plain HTTP, put a tunnel in front of a remote one"),
    }
}

pub(super) fn member(text: &str) -> Result<(Address, u128), &'static str> {
    let parsed = text.split_once(':').and_then(|(address, stake)| {
        let stake = stake.parse().ok()?;
        Some((address.parse().ok()?, stake))
    });
    parsed.ok_or("expected ADDRESS:STAKE, such as 0x96216849c49358B10257cb55b28eA603c874b05E:100")
}

pub(super) fn stake(text: &str) -> Result<u128, &'static str> {
    match text.parse() {
        Ok(0) => Err("a founder needs a stake of at least 1"),
        Ok(stake) => Ok(stake),
        Err(_) => Err("expected a whole number, at least 1"),
    }
}

pub(super) fn address(text: &str) -> Result<Multiaddr, &'static str> {
    text.parse().map_err(|_| "expected an address such as /ip4/127.0.0.1/tcp/9080")
}
