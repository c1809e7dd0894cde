//! The published table.

use std::time::Duration;

use super::emulation::Emulation;

/// One cell of the table: its parameters, and the published time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmulationCase {
    /// Transactions of the request.
    pub transactions: usize,
    /// Members.
    pub nodes: usize,
    /// Bits per second of each connection; none means unlimited.
    pub bandwidth: Option<u64>,
    /// The published time, where there is one.
    pub published: Option<Duration>,
}

/// Up to this bandwidth the bytes dominate the time, above it the messages.
const SLOW: u64 = 100_000;
const BANDWIDTHS: [u64; 3] = [SLOW, 30_000_000, 125_000_000];

/// Transactions, members, and milliseconds at each bandwidth. The row of 500 was published under the name of 5000: its bytes
/// are those of 500.
const PUBLISHED: [(usize, usize, [Option<u64>; 3]); 7] = [
    (100, 10, [Some(8_609), Some(1_494), Some(1_497)]),
    (100, 30, [Some(8_707), Some(1_685), Some(1_755)]),
    (1_000, 30, [Some(73_536), Some(1_682), Some(1_833)]),
    (100, 50, [Some(8_697), Some(1_842), Some(1_752)]),
    (200, 50, [Some(15_984), Some(1_908), Some(1_893)]),
    (500, 50, [Some(37_532), Some(1_767), Some(1_678)]),
    (10_000, 50, [None, Some(7_215), Some(2_074)]),
];

/// Every cell of the published table.
pub fn published() -> Vec<EmulationCase> {
    let row = |(transactions, nodes, times): (usize, usize, [Option<u64>; 3])| {
        let cases = BANDWIDTHS.into_iter().zip(times);
        cases.map(move |(bandwidth, time)| EmulationCase {
            transactions,
            nodes,
            bandwidth: Some(bandwidth),
            published: time.map(Duration::from_millis),
        })
    };
    PUBLISHED.into_iter().flat_map(row).collect()
}

impl EmulationCase {
    /// Bytes of a transaction in the published table, and the longest that one of its messages travels.
    pub const PUBLISHED_LAW: (usize, Duration) = (315, Duration::from_millis(350));

    /// The emulation of this case, with this size of transactions and this largest latency.
    pub fn emulation(&self, transaction_bytes: usize, longest: Duration) -> Emulation {
        Emulation {
            nodes: self.nodes,
            transactions: self.transactions,
            transaction_bytes,
            latency: Emulation::latency_up_to(longest),
            bandwidth: self.bandwidth,
        }
    }

    /// Whether the bandwidth dominates the time.
    pub fn is_slow(&self) -> bool {
        self.bandwidth.is_some_and(|bandwidth| bandwidth <= SLOW)
    }

    /// Whether no model of messages and bytes gives the published time besides those of the other cells: see `classic.rs`.
    pub fn is_beyond_the_law(&self) -> bool {
        (self.transactions, self.nodes, self.bandwidth) == (10_000, 50, Some(BANDWIDTHS[1]))
    }
}
