//! Parsers of option values, with the errors that clap shows.

use quorate_event::{Address, Digest, EventId, Height};
use quorate_node::run::Multiaddr;
use quorate_node::run::TrustedMilestone;

/// A moment of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MomentArg {
    /// The query of the HTTP request.
    pub(crate) query: String,
    /// The moment as the user wrote it.
    pub(crate) name: String,
}

pub(super) fn at(text: &str) -> Result<MomentArg, &'static str> {
    let moment = |query: String| Ok(MomentArg { query, name: text.to_owned() });
    let height = text.strip_prefix('M').unwrap_or(text).parse::<u64>();
    match (text, height, text.parse::<EventId>()) {
        ("merged" | "final", _, _) => moment(format!("level={text}")),
        (_, Ok(height), _) => moment(format!("at={height}")),
        (_, _, Ok(event)) => moment(format!("at={event}")),
        _ => Err("expected a milestone's height, an event's id (0x and 64 hexadecimal digits), `merged` or `final`"),
    }
}

pub(super) fn digest(text: &str) -> Result<String, &'static str> {
    let digest = text.trim_matches('"').parse::<Digest>();
    digest.map(|digest| digest.to_string()).map_err(|_| "expected a digest: 0x and 64 hexadecimal digits")
}

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

pub(super) fn trusted(text: &str) -> Result<TrustedMilestone, &'static str> {
    let parsed = text.split_once(':').and_then(|(height, id)| {
        let height = height.strip_prefix('M').unwrap_or(height).parse().ok()?;
        Some(TrustedMilestone { height: Height(height), id: id.parse().ok()? })
    });
    parsed.ok_or("expected HEIGHT:ID, as `quorate milestones` shows them: 12:0x and 64 hexadecimal digits")
}

pub(super) fn address(text: &str) -> Result<Multiaddr, &'static str> {
    text.parse().map_err(|_| "expected an address such as /ip4/127.0.0.1/tcp/9080")
}
