//! The media of one call: its streams by their place in the descriptions, and the offers that are under way.

use std::net::{IpAddr, Ipv4Addr};

use sdp::SessionDescription;
use sip::message::{Headers, Message, Method, Request, Response};

use super::description::{Line, rewrite};
use super::exchange::{Exchange, Exchanges, OfferedKeys};
use super::place::{Place, Settled};
use super::plane::{MediaPlane, OpenerKey, StreamStatistics};
use super::proposal::{self, Proposal};
use super::refusal::{MediaRefusal, not_acceptable};
use super::{Direction, Role};
use crate::key::Key;

/// Rewrites a call's descriptions; the streams of the plane are its own until they are closed.
#[derive(Debug)]
pub(super) struct MediaCall {
    role: Role,
    places: Vec<Option<Place>>,
    exchanges: Exchanges,
    /// The tag of the dialog that was confirmed, as the called party made it.
    confirmed: Option<Vec<u8>>,
    /// What passed the streams that are closed.
    closed: Vec<StreamStatistics>,
    /// The address of a side is the same for all streams; kept for descriptions that have none.
    addresses: Option<[IpAddr; 2]>,
}

/// What a message means for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It goes on.
    Running,
    /// It is about to end: whoever has to answer may be gone.
    Ending,
    /// It has ended.
    Ended,
}

/// What a call's machine may use while it looks at one message.
pub(super) struct Means<'a, P> {
    pub(super) plane: &'a mut P,
    /// From which the keys of openers are made.
    pub(super) key: &'a Key,
    /// How many more streams the phone may have.
    pub(super) streams_left: usize,
}

impl MediaCall {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            places: Vec::new(),
            exchanges: Exchanges::default(),
            confirmed: None,
            closed: Vec::new(),
            addresses: None,
        }
    }

    /// Has the called party accepted?
    pub(super) fn is_confirmed(&self) -> bool {
        self.confirmed.is_some()
    }

    /// The open streams.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().flatten()
    }

    /// Did no request of it go on yet?
    pub(super) fn is_untouched(&self) -> bool {
        self.confirmed.is_none() && self.exchanges.is_empty() && self.places().next().is_none()
    }

    /// Ends all streams; what passed them.
    pub(super) fn close(&mut self, plane: &mut impl MediaPlane) -> Vec<StreamStatistics> {
        let open = self.places.drain(..).flatten().map(|place| plane.close(place.opened.stream));
        self.closed.extend(open);
        std::mem::take(&mut self.closed)
    }

    /// Looks at a message; `description` is its body when that is one. The body that is to be sent, and the stage.
    pub(super) fn take<P: MediaPlane>(
        &mut self,
        direction: Direction,
        message: &Message,
        description: Option<&[u8]>,
        means: &mut Means<'_, P>,
    ) -> Result<(Option<Vec<u8>>, Stage), MediaRefusal> {
        match message {
            Message::Request(request) => self.request(direction, request, description, means),
            Message::Response(response) => self.response(direction, response, description, means),
        }
    }

    fn request<P: MediaPlane>(
        &mut self,
        direction: Direction,
        request: &Request,
        description: Option<&[u8]>,
        means: &mut Means<'_, P>,
    ) -> Result<(Option<Vec<u8>>, Stage), MediaRefusal> {
        let headers = request.headers();
        let Ok(cseq) = headers.cseq() else { return Ok((None, Stage::Running)) };
        let method = request.method().clone();
        match (&method, description) {
            (Method::Ack, Some(body)) => {
                let tag = tag_of(headers, Called);
                let body = self.answer_to_delayed(direction, Some(cseq.sequence), body, &tag, means)?;
                return Ok((Some(body), Stage::Running));
            }
            (Method::Prack, Some(body)) if self.exchanges.delayed(direction).is_some() => {
                let tag = tag_of(headers, Called);
                let body = self.answer_to_delayed(direction, None, body, &tag, means)?;
                return Ok((Some(body), Stage::Running));
            }
            (Method::Invite | Method::Prack | Method::Update | Method::Bye, _) => {}
            // RFC 3261 §9.1: it has no effect on what was accepted, and a re-INVITE without an answer ends no call.
            (Method::Cancel, _) if self.is_confirmed() => return Ok((None, Stage::Running)),
            (Method::Cancel, _) => return Ok((None, Stage::Ending)),
            _ => return Ok((None, Stage::Running)),
        }
        // An answer in a reliable provisional response counts before the INVITE is over (RFC 3262 §5).
        if method != Method::Invite && description.is_some() {
            self.settle_early(headers, means.plane);
        }
        let is_initial = method == Method::Invite && tag_of(headers, Called).is_empty();
        let offered = description.map(|body| self.offer(direction, body, means)).transpose()?;
        let (body, offer) = offered.unzip();
        let stage = if method == Method::Bye && self.is_of_the_call(headers) { Stage::Ending } else { Stage::Running };
        let sequence = cseq.sequence;
        self.exchanges.begin(Exchange { direction, method, sequence, is_initial, offer, delayed: None });
        Ok((body, stage))
    }

    fn response<P: MediaPlane>(
        &mut self,
        direction: Direction,
        response: &Response,
        description: Option<&[u8]>,
        means: &mut Means<'_, P>,
    ) -> Result<(Option<Vec<u8>>, Stage), MediaRefusal> {
        let headers = response.headers();
        let Ok(cseq) = headers.cseq() else { return Ok((None, Stage::Running)) };
        let asked = direction.reversed();
        let Some(exchange) = self.exchanges.find(asked, &cseq.method, cseq.sequence) else {
            let is_known = matches!(cseq.method, Method::Invite | Method::Prack | Method::Update);
            return match description {
                Some(_) if is_known => Err(not_acceptable("an answer to no offer")),
                _ => Ok((None, Stage::Running)),
            };
        };
        let (is_initial, offer) = (exchange.is_initial, exchange.offer.clone());
        let status = response.status();
        if cseq.method == Method::Bye {
            return Ok((None, self.bye_answered(headers, status.as_u16())));
        }
        if status.as_u16() >= 300 {
            return Ok((None, self.refused(asked, &cseq.method, cseq.sequence, means.plane)));
        }
        let tag = tag_of(headers, Called);
        let body = match (description, &offer) {
            (None, _) => None,
            (Some(body), Some(offer)) => Some(self.answer(direction, body, offer, &tag, means.plane)?),
            (Some(body), None) if cseq.method == Method::Invite => {
                let (body, offer) = self.offer(direction, body, means)?;
                if let Some(exchange) = self.exchanges.find(asked, &cseq.method, cseq.sequence) {
                    exchange.delayed = Some(offer);
                }
                Some(body)
            }
            (Some(_), None) => return Err(not_acceptable("an answer to no offer")),
        };
        if status.is_success() {
            // A second dialog that is confirmed, too, is left to its caller, who ends it (RFC 3261 §13.2.2.4).
            let counts = !is_initial || self.confirmed.as_ref().is_none_or(|confirmed| *confirmed == tag);
            if counts && offer.is_some() {
                self.settle(direction.from(), &tag, means.plane);
            }
            if is_initial && self.confirmed.is_none() {
                self.confirmed = Some(tag);
            }
            if cseq.method != Method::Invite {
                self.exchanges.end(asked, &cseq.method, cseq.sequence);
            }
        }
        Ok((body, Stage::Running))
    }

    /// The response that was to be forwarded is not: its transaction fails.
    pub(super) fn response_refused(
        &mut self,
        direction: Direction,
        headers: &Headers,
        plane: &mut impl MediaPlane,
    ) -> Stage {
        match headers.cseq() {
            Ok(cseq) => self.refused(direction.reversed(), &cseq.method, cseq.sequence, plane),
            Err(_) => Stage::Running,
        }
    }

    fn bye_answered(&self, headers: &Headers, status: u16) -> Stage {
        // RFC 3261 §15.1.1: whatever the other side says, the session is over. A challenge is no such answer.
        let is_over = status >= 200 && !matches!(status, 401 | 407);
        if is_over && self.is_of_the_call(headers) { Stage::Ended } else { Stage::Running }
    }

    /// Is a BYE of the dialog that was confirmed, and not of another branch of a fork?
    fn is_of_the_call(&self, headers: &Headers) -> bool {
        let is_in = |confirmed: &[u8]| [Called, Calling].iter().any(|party| tag_of(headers, *party) == confirmed);
        self.confirmed.as_deref().is_none_or(is_in)
    }

    /// A request was refused, and its offer with it.
    fn refused(&mut self, asked: Direction, method: &Method, sequence: u32, plane: &mut impl MediaPlane) -> Stage {
        let Some(exchange) = self.exchanges.end(asked, method, sequence) else { return Stage::Running };
        if *method == Method::Invite && self.confirmed.is_none() && exchange.is_initial {
            return Stage::Ended;
        }
        for (offer, side) in [(exchange.offer, asked.from()), (exchange.delayed, asked.to())] {
            if offer.is_some() {
                self.change(plane, |place| place.withdraw(side));
            }
        }
        Stage::Running
    }

    /// An offer of the side that the message came from.
    fn offer<P: MediaPlane>(
        &mut self,
        direction: Direction,
        body: &[u8],
        means: &mut Means<'_, P>,
    ) -> Result<(Vec<u8>, OfferedKeys), MediaRefusal> {
        let description = SessionDescription::parse(body)?;
        let proposals = proposal::offered(&description)?;
        let opened = self.open(&proposals, means)?;
        let written = rewrite(body, self.address(direction), &self.lines(direction, &proposals));
        let written = match written {
            Ok(written) => written,
            Err(refusal) => {
                opened.into_iter().for_each(|place| self.close_place(place, means.plane));
                return Err(refusal);
            }
        };
        let keys = proposals.iter().map(|proposal| proposal.as_ref().map(|known| known.crypto.clone())).collect();
        for (place, proposal) in self.places.iter_mut().zip(proposals) {
            if let Some(place) = place {
                place.offer(direction.from(), proposal);
                place.update(self.role, means.plane);
            }
        }
        Ok((written, keys))
    }

    /// Opens the streams that are not open yet; gives the places that it opened. All or none.
    fn open<P: MediaPlane>(
        &mut self,
        proposals: &[Option<Proposal>],
        means: &mut Means<'_, P>,
    ) -> Result<Vec<usize>, MediaRefusal> {
        if self.places.len() < proposals.len() {
            self.places.resize_with(proposals.len(), || None);
        }
        let mut opened = Vec::new();
        for (index, proposal) in proposals.iter().enumerate() {
            if proposal.is_none() || self.places.get(index).is_none_or(Option::is_some) {
                continue;
            }
            let stream = match means.streams_left.checked_sub(1) {
                Some(left) => {
                    means.streams_left = left;
                    means.plane.open(self.role.plan()).map_err(MediaRefusal::from)
                }
                None => Err(MediaRefusal::PortsExhausted),
            };
            match stream {
                Ok(stream) => {
                    let opener = OpenerKey(means.key.short_tag(&[b"opener", &stream.stream.0.to_be_bytes()]));
                    let [(outer, _), (inner, _)] = stream.local;
                    self.addresses = Some([outer, inner]);
                    if let Some(place) = self.places.get_mut(index) {
                        *place = Some(Place::new(stream, opener));
                    }
                    opened.push(index);
                }
                Err(refusal) => {
                    opened.into_iter().for_each(|place| self.close_place(place, means.plane));
                    return Err(refusal);
                }
            }
        }
        Ok(opened)
    }

    /// The answer of the side that the message came from, in the dialog of this tag.
    fn answer(
        &mut self,
        direction: Direction,
        body: &[u8],
        offer: &OfferedKeys,
        tag: &[u8],
        plane: &mut impl MediaPlane,
    ) -> Result<Vec<u8>, MediaRefusal> {
        let description = SessionDescription::parse(body)?;
        let proposals = proposal::answered(&description, offer)?;
        let written = rewrite(body, self.address(direction), &self.lines(direction, &proposals))?;
        for (place, proposal) in self.places.iter_mut().zip(proposals) {
            if let Some(place) = place {
                place.answer(direction.from(), tag, proposal);
                place.update(self.role, plane);
            }
        }
        Ok(written)
    }

    /// The answer in ACK or PRACK to an offer in a response.
    fn answer_to_delayed<P: MediaPlane>(
        &mut self,
        direction: Direction,
        sequence: Option<u32>,
        body: &[u8],
        tag: &[u8],
        means: &mut Means<'_, P>,
    ) -> Result<Vec<u8>, MediaRefusal> {
        let exchange = self.exchanges.delayed(direction);
        let exchange = exchange.filter(|exchange| sequence.is_none_or(|sequence| exchange.sequence == sequence));
        let offer = exchange.and_then(|exchange| exchange.delayed.take());
        let offer = offer.ok_or_else(|| not_acceptable("an answer to no offer"))?;
        let written = self.answer(direction, body, &offer, tag, means.plane)?;
        self.settle(direction.from(), tag, means.plane);
        Ok(written)
    }

    /// A new offer of either party shows that the answer in this dialog was taken.
    fn settle_early(&mut self, headers: &Headers, plane: &mut impl MediaPlane) {
        for party in [Called, Calling] {
            let tag = tag_of(headers, party);
            for direction in [Direction::Inwards, Direction::Outwards] {
                let has_offer = self.exchanges.invite(direction).is_some_and(|invite| invite.offer.is_some());
                if has_offer && self.places().any(|place| place.has_early(direction.to(), &tag)) {
                    self.settle(direction.to(), &tag, plane);
                }
            }
        }
    }

    /// The answer of this side in this dialog counts.
    fn settle(&mut self, answerer: usize, tag: &[u8], plane: &mut impl MediaPlane) {
        self.change(plane, |place| place.settle(answerer, tag));
    }

    fn change(&mut self, plane: &mut impl MediaPlane, change: impl Fn(&mut Place) -> Settled) {
        for place in 0..self.places.len() {
            match self.places.get_mut(place).and_then(Option::as_mut).map(&change) {
                Some(Settled::Ended) => self.close_place(place, plane),
                Some(Settled::Open) => {
                    let open = self.places.get(place).and_then(Option::as_ref);
                    open.into_iter().for_each(|place| place.update(self.role, plane));
                }
                None => {}
            }
        }
    }

    fn close_place(&mut self, place: usize, plane: &mut impl MediaPlane) {
        if let Some(place) = self.places.get_mut(place).and_then(Option::take) {
            self.closed.push(plane.close(place.opened.stream));
        }
    }

    /// Our address on the side that a message leaves on.
    fn address(&self, direction: Direction) -> IpAddr {
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let [outer, inner] = self.addresses.unwrap_or([nowhere; 2]);
        if direction.to() == 0 { outer } else { inner }
    }

    /// The streams as they leave.
    fn lines(&self, direction: Direction, proposals: &[Option<Proposal>]) -> Vec<Line> {
        let tells_opener = self.role == Role::ExpresswayE && direction == Direction::Inwards;
        let places = self.places.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        let lines = proposals.iter().zip(places).map(|(proposal, place)| match (proposal, place) {
            (Some(_), Some(place)) => {
                let (_, port) = place.local(direction.to());
                Line::Relayed { port, opener: tells_opener.then(|| place.opener.clone()) }
            }
            _ => Line::Disabled,
        });
        lines.collect()
    }
}

/// A party, by the header field that a request of the calling one has it in.
#[derive(Debug, Clone, Copy)]
enum Party {
    Called,
    Calling,
}

use Party::{Called, Calling};

/// The tag of the To or From field; empty when there is none.
fn tag_of(headers: &Headers, party: Party) -> Vec<u8> {
    let field = match party {
        Called => headers.to(),
        Calling => headers.from(),
    };
    field.ok().and_then(|field| field.tag()).unwrap_or_default().to_vec()
}
