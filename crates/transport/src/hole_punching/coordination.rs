//! The messages of two peers at a relay before they dial each other.
//!
//! ```text
//!  opener ── plan, its addresses ──> answerer
//!  opener <── its addresses ──────── answerer
//!  opener ── now ──────────────────> answerer, which dials at once; the opener dials half a round trip later
//! ```
//!
//! This is DCUtR of libp2p with a plan, which says which side dials, so that attempts differ.

use libp2p::Multiaddr;
use libp2p::core::Endpoint;
use libp2p::futures::{AsyncRead, AsyncWrite};
use tokio::time::sleep;

use crate::clock::now;
use crate::direct::frame::{FrameError, read_frame, write_frame};

/// Addresses that a peer may name: two of IPv4 and two of IPv6.
pub(crate) const MAX_ADDRS: usize = 4;

/// The bound of a message: four addresses and a plan, as text.
const MAX_BYTES: usize = 512;

/// The sides that dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DialPlan {
    /// Both at one moment, each from its listening port: each opens its own NAT for the other side.
    Both,
    /// Only the opener, in case the answerer can be dialled without hole punching.
    Opener,
    /// Only the answerer, in case the opener can be dialled without hole punching.
    Answerer,
}

/// A dial that both sides have agreed on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AgreedDial {
    /// The role of this side in the handshake: if both dial, one of them must act as the listener.
    pub(crate) role: Endpoint,
    /// The addresses of the other side.
    pub(crate) addrs: Vec<Multiaddr>,
}

/// The reason why two peers did not agree.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CoordinationError {
    /// The stream broke.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A message without a valid plan, with an invalid address, or with too many.
    #[error("a message that cannot be read")]
    Unreadable,
}

const PLANS: [(DialPlan, &str); 3] =
    [(DialPlan::Both, "both"), (DialPlan::Opener, "opener"), (DialPlan::Answerer, "answerer")];

impl DialPlan {
    /// The plan of attempt `attempt`, from 0. A node that does not know an own address always dials.
    pub(crate) fn of(attempt: u32, has_addrs: bool) -> Self {
        match attempt % 4 {
            0 | 2 if has_addrs => Self::Both,
            3 if has_addrs => Self::Answerer,
            _ => Self::Opener,
        }
    }

    fn opener(self) -> Option<Endpoint> {
        match self {
            Self::Both => Some(Endpoint::Listener),
            Self::Opener => Some(Endpoint::Dialer),
            Self::Answerer => None,
        }
    }

    fn answerer(self) -> Option<Endpoint> {
        (self != Self::Opener).then_some(Endpoint::Dialer)
    }
}

/// The part of the opener. Returns its dial when it is time for it.
pub(crate) async fn open(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    plan: DialPlan,
    own: Vec<Multiaddr>,
) -> Result<Option<AgreedDial>, CoordinationError> {
    let sent = now();
    write_frame(&mut stream, write(Some(plan), &own).as_bytes()).await?;
    let answer = read_frame(&mut stream, MAX_BYTES).await?;
    let trip = now().saturating_duration_since(sent);
    let addrs = read_addrs(text(&answer)?.lines())?;
    write_frame(&mut stream, b"").await?;
    if plan == DialPlan::Both {
        sleep(trip / 2).await;
    }
    Ok(plan.opener().map(|role| AgreedDial { role, addrs }))
}

/// The part of the answerer. Returns its dial when it is time for it.
pub(crate) async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    own: Vec<Multiaddr>,
) -> Result<Option<AgreedDial>, CoordinationError> {
    let asked = read_frame(&mut stream, MAX_BYTES).await?;
    let mut lines = text(&asked)?.lines();
    let name = lines.next().ok_or(CoordinationError::Unreadable)?;
    let (plan, _) = PLANS.into_iter().find(|(_, other)| *other == name).ok_or(CoordinationError::Unreadable)?;
    let addrs = read_addrs(lines)?;
    write_frame(&mut stream, write(None, &own).as_bytes()).await?;
    read_frame(&mut stream, 0).await?;
    Ok(plan.answerer().map(|role| AgreedDial { role, addrs }))
}

fn write(plan: Option<DialPlan>, addrs: &[Multiaddr]) -> String {
    let plan = PLANS.into_iter().filter(|(other, _)| plan == Some(*other)).map(|(_, name)| format!("{name}\n"));
    plan.chain(addrs.iter().take(MAX_ADDRS).map(|addr| format!("{addr}\n"))).collect()
}

fn text(frame: &[u8]) -> Result<&str, CoordinationError> {
    std::str::from_utf8(frame).map_err(|_| CoordinationError::Unreadable)
}

fn read_addrs<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Multiaddr>, CoordinationError> {
    let addrs = lines.map(|line| line.parse().map_err(|_| CoordinationError::Unreadable));
    let addrs = addrs.take(MAX_ADDRS + 1).collect::<Result<Vec<_>, _>>()?;
    if addrs.len() > MAX_ADDRS { Err(CoordinationError::Unreadable) } else { Ok(addrs) }
}
