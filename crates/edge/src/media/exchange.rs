//! The requests of a call whose offers and answers are not yet over, to tell an answer from an offer.

use sdp::CryptoAttribute;
use sip::message::Method;

use super::Direction;

/// Requests of a call at a time. More are forgotten from the oldest on.
const EXCHANGES: usize = 8;

/// The streams that were offered: the keys of each, `None` for one that carries nothing.
pub(super) type OfferedKeys = Vec<Option<Vec<CryptoAttribute>>>;

/// One request that can bring an offer, and what came of it.
#[derive(Debug)]
pub(super) struct Exchange {
    /// Which way the request went.
    pub(super) direction: Direction,
    pub(super) method: Method,
    pub(super) sequence: u32,
    /// The request had no To tag: the INVITE that begins the call.
    pub(super) is_initial: bool,
    /// The offer of the request.
    pub(super) offer: Option<OfferedKeys>,
    /// The offer of a response (RFC 3261 §13.2.1), until ACK or PRACK answers it.
    pub(super) delayed: Option<OfferedKeys>,
}

/// Those of a call.
#[derive(Debug, Default)]
pub(super) struct Exchanges(Vec<Exchange>);

impl Exchanges {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a request in the place of the one that it repeats or follows.
    pub(super) fn begin(&mut self, exchange: Exchange) {
        self.0.retain(|known| known.direction != exchange.direction || known.method != exchange.method);
        if self.0.len() >= EXCHANGES {
            self.0.remove(0);
        }
        self.0.push(exchange);
    }

    /// The request that went this way.
    pub(super) fn find(&mut self, direction: Direction, method: &Method, sequence: u32) -> Option<&mut Exchange> {
        self.0
            .iter_mut()
            .find(|known| known.direction == direction && known.method == *method && known.sequence == sequence)
    }

    /// The INVITE that went this way and whose response brought an offer.
    pub(super) fn delayed(&mut self, direction: Direction) -> Option<&mut Exchange> {
        self.0.iter_mut().find(|known| known.direction == direction && known.delayed.is_some())
    }

    /// The INVITE that went this way.
    pub(super) fn invite(&mut self, direction: Direction) -> Option<&mut Exchange> {
        self.0.iter_mut().find(|known| known.direction == direction && known.method == Method::Invite)
    }

    /// The request is over.
    pub(super) fn end(&mut self, direction: Direction, method: &Method, sequence: u32) -> Option<Exchange> {
        let place = self
            .0
            .iter()
            .position(|known| known.direction == direction && known.method == *method && known.sequence == sequence)?;
        Some(self.0.remove(place))
    }
}
