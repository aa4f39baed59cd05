//! One relayed stream: two sides with RTP and RTCP each.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use edge::media::{PeerMedia, Side, StreamPlan, StreamStatistics};
use sdp::CryptoSuite;

use super::{
    drop_reason::{DropReason, Drops},
    opener::OPENER_LENGTH,
    side::{Arrived, RelaySide},
};

/// Which of the two ports of a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Component {
    /// The even port.
    Rtp = 1,
    /// The odd one.
    Rtcp = 2,
}

impl Component {
    /// Both, in the order of their ports.
    pub const BOTH: [Self; 2] = [Self::Rtp, Self::Rtcp];
}

/// What becomes of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes out on the same component of the other side, to this address, as it came.
    Forward(SocketAddr),
    /// It was for us.
    Taken,
    /// It goes nowhere.
    Dropped(DropReason),
}

/// An opener to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// From which side's port, as its place in the plan.
    pub side: usize,
    /// From which of its two ports.
    pub component: Component,
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub octets: [u8; OPENER_LENGTH],
}

/// The machine of one stream: datagrams and the time in, verdicts and openers out.
pub struct RelayStream {
    sides: [RelaySide; 2],
    packets: [u64; 2],
    octets: [u64; 2],
    suites: [Option<CryptoSuite>; 2],
    drops: Drops,
    last_heard: Option<Instant>,
}

impl RelayStream {
    /// A stream whose peers are unknown; `local` are our addresses on the two sides.
    #[must_use]
    pub fn new(plan: &StreamPlan, local: [IpAddr; 2]) -> Self {
        let ([outer, inner], [outer_ip, inner_ip]) = (&plan.sides, local);
        Self {
            sides: [RelaySide::new(outer, outer_ip), RelaySide::new(inner, inner_ip)],
            packets: [0; 2],
            octets: [0; 2],
            suites: [None; 2],
            drops: Drops::default(),
            last_heard: None,
        }
    }

    /// Takes what signalling says of the peer on a side.
    pub fn set_peer(&mut self, now: Instant, side: Side, peer: &PeerMedia) {
        self.sides.iter_mut().filter(|known| known.side == side).for_each(|known| known.set_peer(now, peer));
    }

    /// A datagram came to a port; `side` is the side's place in the plan.
    pub fn receive(
        &mut self,
        now: Instant,
        side: usize,
        component: Component,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Verdict {
        let [outer, inner] = &mut self.sides;
        let (here, there) = if side == 0 { (outer, inner) } else { (inner, outer) };
        let verified = match here.receive(now, component, from, datagram) {
            Ok(Arrived::Packet(verified)) => verified,
            Ok(Arrived::Opener) => return Verdict::Taken,
            Err(reason) => return self.drop(reason),
        };
        self.last_heard = Some(now);
        let destination = there.destination(component);
        if let Some(suite) = self.suites.get_mut(side) {
            *suite = Some(verified.suite);
        }
        let Some(to) = destination else { return self.drop(DropReason::NoDestination) };
        if let (Some(packets), Some(octets)) = (self.packets.get_mut(side), self.octets.get_mut(side)) {
            *packets += 1;
            *octets += datagram.len() as u64;
        }
        Verdict::Forward(to)
    }

    /// What was to be forwarded could not be sent.
    pub fn not_sent(&mut self, side: usize, octets: usize) {
        if let (Some(packets), Some(all)) = (self.packets.get_mut(side), self.octets.get_mut(side)) {
            *packets = packets.saturating_sub(1);
            *all = all.saturating_sub(octets as u64);
        }
        self.drops.count(DropReason::Congested);
    }

    /// When [`poll_opener`](Self::poll_opener) is due.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.sides.iter().filter_map(RelaySide::next_opener).min()
    }

    /// The next opener that is due.
    pub fn poll_opener(&mut self, now: Instant) -> Option<Opening> {
        self.sides.iter_mut().enumerate().find_map(|(side, known)| {
            known.poll_opener(now).map(|(component, to, octets)| Opening { side, component, to, octets })
        })
    }

    /// When an authentic packet last came.
    #[must_use]
    pub fn last_heard(&self) -> Option<Instant> {
        self.last_heard
    }

    /// What passed.
    #[must_use]
    pub fn statistics(&self) -> StreamStatistics {
        StreamStatistics { packets: self.packets, octets: self.octets, dropped: self.drops.list(), suites: self.suites }
    }

    fn drop(&mut self, reason: DropReason) -> Verdict {
        self.drops.count(reason);
        Verdict::Dropped(reason)
    }
}
