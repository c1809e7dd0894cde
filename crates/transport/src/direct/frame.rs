//! Frames on a stream: a length (u32, big-endian), then that many bytes.
//!
//! A length above the bound of the class is refused before anything is allocated for it. Memory then grows with
//! the bytes that have arrived, never with the announced length. The wait for a frame to begin has no deadline;
//! a frame that has begun has one that follows from its length.

use std::io;
use std::time::Duration;

use libp2p::bytes::Bytes;
use libp2p::futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// The two classes of direct messages. Urgent messages never wait behind bulk ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Small, and of use only for a moment: votes, positions.
    Urgent,
    /// Large, and of use later too: the answers of sync.
    Bulk,
}

/// Far above a commit certificate of a thousand members and a proposal with all its heads.
pub const MAX_URGENT_BYTES: usize = 1 << 20;

/// Sixty-four events of full size: the cost of a round trip is small against it, and two of them fit in memory.
pub const MAX_BULK_BYTES: usize = 4 << 20;

/// The part of a deadline that does not depend on the length: some round trips of the worst link, and a busy receiver.
const FRAME_GRACE: Duration = Duration::from_secs(30);

/// The least rate of a live peer (half of a 256 kbit/s link); a slower peer occupies memory for too long.
pub(crate) const MIN_BYTES_PER_SECOND: u64 = 16 << 10;

/// The most memory that is allocated for a frame before its bytes arrive.
const FIRST_ALLOCATION: usize = 64 << 10;

impl Urgency {
    /// The longest message of this class, in bytes.
    #[must_use]
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Urgent => MAX_URGENT_BYTES,
            Self::Bulk => MAX_BULK_BYTES,
        }
    }
}

/// The reason why a stream of frames ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The other side announced a length above the bound of the class.
    #[error("a frame of {len} bytes was announced, above the bound of {max}")]
    Oversize { len: usize, max: usize },
    /// A frame did not end before its deadline.
    #[error("a frame stalled")]
    Stalled,
    /// The stream broke.
    #[error("the stream closed")]
    Closed(#[from] io::Error),
}

/// Reads one frame of at most `max` bytes.
pub(crate) async fn read_frame(stream: &mut (impl AsyncRead + Unpin), max: usize) -> Result<Bytes, FrameError> {
    let mut header = [0; 4];
    let (first, rest) = header.split_at_mut(1);
    stream.read_exact(first).await?;
    timeout(FRAME_GRACE, stream.read_exact(rest)).await.map_err(|_| FrameError::Stalled)??;
    let len = usize::try_from(u32::from_be_bytes(header)).unwrap_or(usize::MAX);
    if len > max {
        return Err(FrameError::Oversize { len, max });
    }
    timeout(deadline(len), read_body(stream, len)).await.map_err(|_| FrameError::Stalled)?
}

async fn read_body(stream: &mut (impl AsyncRead + Unpin), len: usize) -> Result<Bytes, FrameError> {
    let mut body = Vec::with_capacity(len.min(FIRST_ALLOCATION));
    stream.take(len as u64).read_to_end(&mut body).await?;
    if body.len() < len {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(body.into())
}

/// Writes one frame and flushes it. The caller has checked the length.
pub(crate) async fn write_frame(stream: &mut (impl AsyncWrite + Unpin), body: &[u8]) -> Result<(), FrameError> {
    let write = async {
        let len = u32::try_from(body.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        stream.write_all(&len.to_be_bytes()).await?;
        stream.write_all(body).await?;
        stream.flush().await
    };
    timeout(deadline(body.len()), write).await.map_err(|_| FrameError::Stalled)?.map_err(FrameError::from)
}

fn deadline(len: usize) -> Duration {
    FRAME_GRACE + Duration::from_secs(len as u64 / MIN_BYTES_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use libp2p::futures::io::Cursor;

    use super::*;

    #[tokio::test]
    async fn a_frame_read_back_is_the_frame_written() {
        let mut wire = Cursor::new(Vec::new());
        for body in [&b""[..], b"a", &[7; 100_000]] {
            wire.set_position(0);
            write_frame(&mut wire, body).await.unwrap();
            wire.set_position(0);
            assert_eq!(read_frame(&mut wire, 100_000).await.unwrap(), body);
        }
    }

    /// A stream that yields a header, and fails the test if more is read.
    struct OnlyHeader(Cursor<[u8; 4]>);

    impl AsyncRead for OnlyHeader {
        fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
            assert!(self.0.position() < 4, "the body of a refused frame was read");
            Pin::new(&mut self.0).poll_read(cx, buf)
        }
    }

    #[tokio::test]
    async fn an_oversize_frame_is_refused_by_its_header_alone() {
        let mut stream = OnlyHeader(Cursor::new(u32::MAX.to_be_bytes()));
        let refused = read_frame(&mut stream, MAX_BULK_BYTES).await;
        assert!(matches!(refused, Err(FrameError::Oversize { len: 0xffff_ffff, max: MAX_BULK_BYTES })));
    }

    #[test]
    fn the_longest_frame_has_at_most_five_minutes() {
        assert!(deadline(0) >= Duration::from_secs(30));
        assert!(deadline(MAX_BULK_BYTES) <= Duration::from_secs(300));
    }
}
