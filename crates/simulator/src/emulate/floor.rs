//! The least that the same hops can take: bytes by bandwidth, latencies, and nothing else.

use std::time::Duration;

use super::emulation::Emulation;
use super::sampler::LatencySampler;

impl Emulation {
    /// The time from the request to enough replies if nothing but the content had bytes, disks and processors took no
    /// time, and every member heard the first quorum of those who speak.
    pub fn floor(&self, seed: u64) -> Duration {
        let mut sampler = LatencySampler::new(self, Duration::ZERO, seed, "floor");
        let quorum = self.nodes * 2 / 3 + 1;
        let received: Vec<Duration> = (0..self.nodes).map(|_| sampler.hop(self.bytes())).collect();
        let proposed = received[0];
        let mut prepare = |(member, received): (usize, &Duration)| {
            if member == 0 { proposed } else { (proposed + sampler.hop(0)).max(*received) }
        };
        let prepares: Vec<Duration> = received.iter().enumerate().map(&mut prepare).collect();
        // A proposal also counts as its leader's prepare.
        let heard = sampler.gather(&prepares, 0, quorum);
        let prepared: Vec<Duration> = heard.into_iter().zip(&prepares).map(|(heard, own)| heard.max(*own)).collect();
        let committed = sampler.gather(&prepared, 0, quorum);
        sampler.collect(&committed, 0, self.faults() + 1)
    }
}
