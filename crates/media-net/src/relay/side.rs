//! One side of a stream: who is there, how it is verified, where packets for it go.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use edge::media::{PeerMedia, Side, SidePlan, Trust};
use rtp::RtpError;

use super::{
    destination::usable,
    drop_reason::DropReason,
    key_ring::{KeyRing, Verified},
    opener::{OPENER_LENGTH, Opener, is_stun},
    stream::Component,
};

/// How often the way is opened until the other half's media arrives.
const OPENING: Duration = Duration::from_millis(200);

/// How long at most: a stream may be on hold for hours.
const OPENING_PERIOD: Duration = Duration::from_secs(10);

/// How often it is kept open: firewalls forget after 30 s or more.
const KEEPING: Duration = Duration::from_secs(15);

/// One side of a stream.
pub(super) struct RelaySide {
    pub(super) side: Side,
    trust: Trust,
    local: IpAddr,
    keys: KeyRing,
    opener: Option<Opener>,
    ways: [Way; 2],
}

/// One component of a side.
#[derive(Default)]
struct Way {
    /// What signalling says, when packets may go there.
    signalled: Option<SocketAddr>,
    /// Where an authentic packet or an opener came from.
    learned: Option<SocketAddr>,
    /// The number of the last opener: sent with `Trust::Signalled`, else taken.
    opener: u64,
    /// When the next one is due, and when they become rare.
    next: Option<Instant>,
    rare_from: Option<Instant>,
}

/// What came in.
pub(super) enum Arrived {
    /// An opener of the other half.
    Opener,
    /// An authentic packet.
    Packet(Verified),
}

impl RelaySide {
    pub(super) fn new(plan: &SidePlan, local: IpAddr) -> Self {
        Self {
            side: plan.side,
            trust: plan.trust,
            local,
            keys: KeyRing::default(),
            opener: None,
            ways: [Way::default(), Way::default()],
        }
    }

    /// Takes what signalling says of the peer.
    pub(super) fn set_peer(&mut self, now: Instant, peer: &PeerMedia) {
        self.keys.set(now, &peer.crypto);
        let is_same_key = self.opener.as_ref().map(Opener::key) == peer.opener.as_ref();
        if !is_same_key {
            self.opener = peer.opener.as_ref().map(Opener::new);
        }
        let opens = self.trust == Trust::Signalled && self.opener.is_some();
        for (way, address) in self.ways.iter_mut().zip([peer.rtp, peer.rtcp]) {
            let signalled = usable(address, self.local);
            if !is_same_key {
                way.opener = 0;
            }
            if opens && signalled.is_some() && (signalled != way.signalled || !is_same_key) {
                way.next = Some(now);
                way.rare_from = Some(now + OPENING_PERIOD);
            } else if !opens || signalled.is_none() {
                way.next = None;
            }
            way.signalled = signalled;
        }
    }

    /// Where packets for this side go.
    pub(super) fn destination(&self, component: Component) -> Option<SocketAddr> {
        let way = self.way(component);
        match self.trust {
            Trust::Signalled => way.signalled,
            Trust::Authenticated => way.learned,
        }
    }

    /// Looks at a datagram. What is not authentic changes nothing.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        component: Component,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<Arrived, DropReason> {
        if is_stun(datagram) {
            return self.receive_opener(component, from, datagram);
        }
        if self.keys.is_empty() {
            return Err(DropReason::NoKey);
        }
        let is_control = component == Component::Rtcp || is_multiplexed_control(datagram);
        let verified = self.keys.verify(now, datagram, is_control).map_err(reason)?;
        let way = self.way_mut(component);
        if verified.is_current || way.learned.is_none() {
            way.learned = Some(from);
        }
        Ok(Arrived::Packet(verified))
    }

    fn receive_opener(
        &mut self,
        component: Component,
        from: SocketAddr,
        datagram: &[u8],
    ) -> Result<Arrived, DropReason> {
        let opener = self.opener.as_ref().filter(|_| self.trust == Trust::Authenticated);
        let number = opener.and_then(|opener| opener.read(component, datagram)).ok_or(DropReason::Opener)?;
        let way = self.way_mut(component);
        if number <= way.opener {
            return Err(DropReason::Opener);
        }
        way.opener = number;
        way.learned = Some(from);
        Ok(Arrived::Opener)
    }

    /// When an opener is due.
    pub(super) fn next_opener(&self) -> Option<Instant> {
        self.ways.iter().filter_map(|way| way.next).min()
    }

    /// The opener that is due, with where it goes.
    pub(super) fn poll_opener(&mut self, now: Instant) -> Option<(Component, SocketAddr, [u8; OPENER_LENGTH])> {
        let opener = self.opener.as_ref()?;
        for (way, component) in self.ways.iter_mut().zip(Component::BOTH) {
            let (Some(to), Some(_)) = (way.signalled, way.next.filter(|next| *next <= now)) else { continue };
            let is_open = way.learned.is_some() || way.rare_from.is_none_or(|rare_from| rare_from <= now);
            way.next = Some(now + if is_open { KEEPING } else { OPENING });
            way.opener += 1;
            return Some((component, to, opener.write(component, way.opener)));
        }
        None
    }

    fn way(&self, component: Component) -> &Way {
        let [rtp, rtcp] = &self.ways;
        match component {
            Component::Rtp => rtp,
            Component::Rtcp => rtcp,
        }
    }

    fn way_mut(&mut self, component: Component) -> &mut Way {
        let [rtp, rtcp] = &mut self.ways;
        match component {
            Component::Rtp => rtp,
            Component::Rtcp => rtcp,
        }
    }
}

/// RFC 5761 §4: peers that agreed on one port for both tell them apart by the second octet.
fn is_multiplexed_control(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

const fn reason(fault: RtpError) -> DropReason {
    match fault {
        RtpError::Authentication => DropReason::Forged,
        RtpError::Replayed => DropReason::Replayed,
        RtpError::TooManySources => DropReason::TooManySources,
        RtpError::Unencrypted => DropReason::Unencrypted,
        _ => DropReason::Malformed,
    }
}
