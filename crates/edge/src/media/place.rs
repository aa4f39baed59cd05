//! The stream at one place of a call's descriptions, and what both peers have said of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use sdp::CryptoAttribute;

use super::Role;
use super::plane::{MediaPlane, OpenedStream, OpenerKey, PeerMedia, Side};
use super::proposal::Proposal;

/// Early dialogs of which an answer is kept; the oldest is forgotten.
const EARLY: usize = 8;

/// A relayed stream with its peers.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) opened: OpenedStream,
    pub(super) opener: OpenerKey,
    peers: [Peer; 2],
}

/// What a peer has said.
#[derive(Debug, Default)]
struct Peer {
    /// What the last complete exchange settled on.
    settled: Option<Proposal>,
    /// What it offers and nobody has finally answered.
    offered: Option<Proposal>,
    /// What it answers in dialogs that are not confirmed: their tags, and `None` for a refused stream.
    early: Vec<(Vec<u8>, Option<Proposal>)>,
}

/// What becomes of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// It goes on.
    Open,
    /// It was refused or ended.
    Ended,
}

impl Place {
    pub(super) fn new(opened: OpenedStream, opener: OpenerKey) -> Self {
        Self { opened, opener, peers: [Peer::default(), Peer::default()] }
    }

    /// Our address and port on a side.
    pub(super) fn local(&self, side: usize) -> (IpAddr, u16) {
        let [outer, inner] = self.opened.local;
        if side == 0 { outer } else { inner }
    }

    fn peer(&mut self, side: usize) -> &mut Peer {
        let [outer, inner] = &mut self.peers;
        if side == 0 { outer } else { inner }
    }

    /// The peer on this side offers.
    pub(super) fn offer(&mut self, side: usize, proposal: Option<Proposal>) {
        self.peer(side).offered = proposal;
        self.peer(1 - side).early.clear();
    }

    /// The peer on this side answers in a dialog.
    pub(super) fn answer(&mut self, side: usize, tag: &[u8], proposal: Option<Proposal>) {
        let early = &mut self.peer(side).early;
        early.retain(|(known, _)| known != tag);
        if early.len() >= EARLY {
            early.remove(0);
        }
        early.push((tag.to_vec(), proposal));
    }

    /// Has the peer on this side answered in this dialog?
    pub(super) fn has_early(&self, side: usize, tag: &[u8]) -> bool {
        let [outer, inner] = &self.peers;
        let peer = if side == 0 { outer } else { inner };
        peer.early.iter().any(|(known, _)| known == tag)
    }

    /// The answer of this dialog counts, and no other.
    pub(super) fn settle(&mut self, answerer: usize, tag: &[u8]) -> Settled {
        let early = std::mem::take(&mut self.peer(answerer).early);
        let Some((_, answer)) = early.into_iter().find(|(known, _)| known == tag) else {
            return Settled::Open;
        };
        let Some(answer) = answer else { return Settled::Ended };
        let offerer = self.peer(1 - answerer);
        if let Some(mut offer) = offerer.offered.take() {
            offer.crypto.retain(|offered| answer.crypto.iter().any(|answered| answered.tag == offered.tag));
            offerer.settled = Some(offer);
        }
        // Else the answer was repeated.
        if offerer.settled.is_none() {
            return Settled::Ended;
        }
        self.peer(answerer).settled = Some(answer);
        Settled::Open
    }

    /// The offer of the peer on this side was refused. Nothing was ever settled: the stream ends.
    pub(super) fn withdraw(&mut self, side: usize) -> Settled {
        self.peer(side).offered = None;
        self.peer(1 - side).early.clear();
        if self.peer(side).settled.is_some() { Settled::Open } else { Settled::Ended }
    }

    /// Tells the plane what is known of both peers.
    pub(super) fn update(&self, role: Role, plane: &mut impl MediaPlane) {
        for (planned, peer) in role.plan().sides.iter().zip(&self.peers) {
            // Whatever other peers write: openers exist on the traversal side alone, under the key of Expressway-E.
            let opener = match (planned.side, role) {
                (Side::Traversal, Role::ExpresswayE) => Some(&self.opener),
                (Side::Traversal, Role::ExpresswayC) => peer.all().find_map(|proposal| proposal.opener.as_ref()),
                _ => None,
            };
            plane.update(self.opened.stream, planned.side, peer.media(opener));
        }
    }
}

impl Peer {
    fn early(&self) -> impl DoubleEndedIterator<Item = &Proposal> {
        self.early.iter().filter_map(|(_, proposal)| proposal.as_ref())
    }

    fn all(&self) -> impl Iterator<Item = &Proposal> {
        self.offered.iter().chain(self.early()).chain(&self.settled)
    }

    fn media(&self, opener: Option<&OpenerKey>) -> PeerMedia {
        // RFC 3264 §8.3.1: where to send changes with the answer; but before anything is settled there is only the offer.
        let address = self.settled.as_ref().or_else(|| self.early().next_back()).or(self.offered.as_ref());
        let mut crypto: Vec<CryptoAttribute> = Vec::new();
        for attribute in self.all().flat_map(|proposal| &proposal.crypto) {
            if !crypto.iter().any(|known| known.key == attribute.key) {
                crypto.push(attribute.clone());
            }
        }
        let nowhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        PeerMedia {
            rtp: address.map_or(nowhere, |proposal| proposal.rtp),
            rtcp: address.map_or(nowhere, |proposal| proposal.rtcp),
            crypto,
            opener: opener.cloned(),
        }
    }
}
