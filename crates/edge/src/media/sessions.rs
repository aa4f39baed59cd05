//! The media of all calls, and when each of them ends.
//!
//! A call ends when BYE is answered, or the INVITE that began it is refused. For what never comes there are limits, all
//! our choice: 32 s for the answer to BYE and for the end of a cancelled INVITE (64×T1 of RFC 3261 §17.1.2.2); 60 s
//! without an authentic packet when the phone's connection is gone; 10 minutes for a call that nobody accepts, and
//! 2 hours for one that was, without packet or signalling. A phone has at most 16 calls and 64 streams (MED-4).

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sdp::SessionDescription;
use sip::message::{HeaderName, Message, Method};

use super::call::{Means, MediaCall, Stage};
use super::plane::{MediaPlane, StreamStatistics};
use super::refusal::{MediaRefusal, not_acceptable};
use super::{Direction, Role};
use crate::deadlines::Deadlines;
use crate::flow::FlowToken;
use crate::forwarding::screened_call_id;
use crate::key::Key;
use crate::now::Now;

/// What one phone may have at a time.
const CALLS_OF_A_PHONE: usize = 16;
const STREAMS_OF_A_PHONE: usize = 64;

/// How long what is missing is waited for.
const ENDING: Duration = Duration::from_secs(32);
const WITHOUT_FLOW: Duration = Duration::from_secs(60);
const UNANSWERED: Duration = Duration::from_secs(600);
const SILENT: Duration = Duration::from_secs(7_200);

/// Whether a description that can be read has a stream elsewhere; the unspecified address of a stream on hold is nowhere.
fn names_another_host(body: &[u8], host: IpAddr) -> bool {
    let elsewhere = |to: SocketAddr| to.ip() != host && !to.ip().is_unspecified();
    SessionDescription::parse(body).is_ok_and(|description| {
        let mut streams = description.streams().filter(|stream| !stream.is_disabled());
        streams.any(|stream| stream.address().is_ok_and(elsewhere))
    })
}

/// What is to be logged or counted of media.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MediaEvent {
    /// A call's streams ended.
    Ended {
        /// The Call-ID, made safe to show.
        call_id: String,
        /// What passed each stream.
        streams: Vec<StreamStatistics>,
    },
}

/// The media of all calls through this machine, by the phone's flow token and Call-ID.
#[derive(Debug)]
pub struct MediaSessions {
    role: Role,
    key: Key,
    /// The only host that media from outside is sent to (MED-4).
    edge: Option<IpAddr>,
    calls: HashMap<u64, Session>,
    by_phone: HashMap<FlowToken, HashMap<Bytes, u64>>,
    deadlines: Deadlines<u64>,
    events: VecDeque<MediaEvent>,
    last: u64,
}

/// One call.
#[derive(Debug)]
struct Session {
    call: MediaCall,
    phone: FlowToken,
    key: Bytes,
    call_id: String,
    signalled: Instant,
    /// When the phone's connection ended.
    flow_closed: Option<Instant>,
    /// When it ends for lack of an answer to BYE.
    leaving: Option<Instant>,
    /// When it ends for lack of an answer to a cancelled INVITE.
    cancelled: Option<Instant>,
}

impl Session {
    fn deadline(&self, plane: &impl MediaPlane) -> Instant {
        let heard = self.call.places().filter_map(|place| plane.last_heard(place.opened.stream)).max();
        let since = |start: Instant| heard.map_or(start, |heard| heard.max(start));
        let silent = if self.call.is_confirmed() { SILENT } else { UNANSWERED };
        let deadline = match self.flow_closed {
            Some(closed) => since(closed) + WITHOUT_FLOW,
            None => since(self.signalled) + silent,
        };
        [self.leaving, self.cancelled].into_iter().flatten().fold(deadline, Instant::min)
    }
}

impl MediaSessions {
    /// No call yet. `secret` is 32 random octets, from which the keys of openers are made.
    #[must_use]
    pub fn new(role: Role, secret: [u8; 32]) -> Self {
        Self {
            role,
            key: Key::derive(&secret, "media opener"),
            edge: None,
            calls: HashMap::new(),
            by_phone: HashMap::new(),
            deadlines: Deadlines::new(),
            events: VecDeque::new(),
            last: 0,
        }
    }

    /// From now on descriptions from outside may name this host alone: Expressway-C's, which sends to the address that
    /// Expressway-E signals before a packet has come from it, must not be aimed at others by an edge that is no longer
    /// its owner's.
    pub fn expect_from(&mut self, edge: IpAddr) {
        self.edge = Some(edge);
    }

    /// How many calls there are.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Looks at every message that is about to be forwarded; `phone` is this machine's token of the phone's flow.
    /// `None`: the body stays as it is. Also learns from BYE, CANCEL and responses when a call's media ends.
    ///
    /// # Errors
    /// Of a request: it is refused. Of a response: the machine sends the status of the refusal in its place.
    pub fn rewrite(
        &mut self,
        now: Now,
        phone: &FlowToken,
        direction: Direction,
        message: &Message,
        plane: &mut impl MediaPlane,
    ) -> Result<Option<Bytes>, MediaRefusal> {
        let now = now.monotonic;
        let Some(method) = method_of_a_call(message) else { return Ok(None) };
        let description = description(&method, message)?;
        let Some(id) = self.session(now, phone, &method, message)? else {
            return match description {
                Some(_) => Err(not_acceptable("a session description outside a call")),
                None => Ok(None),
            };
        };
        let streams_left = STREAMS_OF_A_PHONE.saturating_sub(self.streams_of(phone));
        let Some(session) = self.calls.get_mut(&id) else { return Ok(None) };
        let mut means = Means { plane, key: &self.key, streams_left };
        let edge = self.edge.filter(|_| direction == Direction::Inwards);
        let outcome = match edge.zip(description) {
            Some((edge, body)) if names_another_host(body, edge) => {
                Err(not_acceptable("a stream from Expressway-E has the address of another host"))
            }
            _ => session.call.take(direction, message, description, &mut means),
        };
        let (outcome, stage) = match (outcome, message) {
            (Ok((body, stage)), _) => (Ok(body.map(Bytes::from)), stage),
            (Err(refusal), Message::Response(response)) => {
                (Err(refusal), session.call.response_refused(direction, response.headers(), plane))
            }
            // The INVITE that began the call goes nowhere; any other request leaves the call as it was.
            (Err(refusal), Message::Request(_)) => {
                let is_new = session.call.is_untouched();
                (Err(refusal), if is_new { Stage::Ended } else { Stage::Running })
            }
        };
        session.signalled = now;
        match (stage, message) {
            (Stage::Ending, _) if method == Method::Cancel => session.cancelled = Some(now + ENDING),
            (Stage::Ending, _) => session.leaving = session.leaving.or(Some(now + ENDING)),
            // However the cancelled INVITE ended, it did.
            (_, Message::Response(response)) if method == Method::Invite && response.status().is_final() => {
                session.cancelled = None;
            }
            _ => {}
        }
        if stage == Stage::Ended {
            self.end(id, plane);
        } else {
            let deadline = session.deadline(plane);
            self.deadlines.set(id, Some(deadline));
        }
        outcome
    }

    /// The call of a message; an INVITE begins one.
    fn session(
        &mut self,
        now: Instant,
        phone: &FlowToken,
        method: &Method,
        message: &Message,
    ) -> Result<Option<u64>, MediaRefusal> {
        let call_id = message.headers().first(HeaderName::CallId).unwrap_or_default();
        let calls = self.by_phone.get(phone);
        if let Some(id) = calls.and_then(|calls| calls.get(call_id)) {
            return Ok(Some(*id));
        }
        if *method != Method::Invite || !matches!(message, Message::Request(_)) {
            return Ok(None);
        }
        if calls.is_some_and(|calls| calls.len() >= CALLS_OF_A_PHONE) {
            return Err(MediaRefusal::PortsExhausted);
        }
        self.last += 1;
        let (id, key) = (self.last, Bytes::copy_from_slice(call_id));
        self.by_phone.entry(phone.clone()).or_default().insert(key.clone(), id);
        let session = Session {
            call: MediaCall::new(self.role),
            phone: phone.clone(),
            key,
            call_id: screened_call_id(message.headers()),
            signalled: now,
            flow_closed: None,
            leaving: None,
            cancelled: None,
        };
        self.calls.insert(id, session);
        Ok(Some(id))
    }

    fn ids_of(&self, phone: &FlowToken) -> Vec<u64> {
        self.by_phone.get(phone).into_iter().flat_map(|calls| calls.values().copied()).collect()
    }

    fn streams_of(&self, phone: &FlowToken) -> usize {
        let calls = self.by_phone.get(phone).into_iter().flat_map(HashMap::values);
        calls.filter_map(|id| self.calls.get(id)).map(|session| session.call.places().count()).sum()
    }

    fn end(&mut self, id: u64, plane: &mut impl MediaPlane) {
        self.deadlines.set(id, None);
        let Some(mut session) = self.calls.remove(&id) else { return };
        if let Some(calls) = self.by_phone.get_mut(&session.phone) {
            calls.remove(&session.key);
            if calls.is_empty() {
                self.by_phone.remove(&session.phone);
            }
        }
        let streams = session.call.close(plane);
        if !streams.is_empty() {
            self.events.push_back(MediaEvent::Ended { call_id: session.call_id, streams });
        }
    }

    /// The phone's flow has ended.
    pub fn flow_closed(&mut self, now: Now, phone: &FlowToken) {
        for id in self.ids_of(phone) {
            if let Some(session) = self.calls.get_mut(&id) {
                session.flow_closed = Some(now.monotonic);
                // Whether packets still come is looked at then.
                self.deadlines.set(id, Some(now.monotonic + WITHOUT_FLOW));
            }
        }
    }

    /// Frees what has been silent for too long.
    pub fn handle_timeout(&mut self, now: Now, plane: &mut impl MediaPlane) {
        while let Some(id) = self.deadlines.take_due(now.monotonic) {
            let Some(session) = self.calls.get(&id) else { continue };
            let deadline = session.deadline(plane);
            if deadline <= now.monotonic {
                self.end(id, plane);
            } else {
                self.deadlines.set(id, Some(deadline));
            }
        }
    }

    /// When `handle_timeout` is due next.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// What is to be reported.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }
}

/// The method, when the message is of a call.
fn method_of_a_call(message: &Message) -> Option<Method> {
    let method = match message {
        Message::Request(request) => request.method().clone(),
        Message::Response(response) => response.headers().cseq().ok()?.method,
    };
    let is_of_a_call =
        matches!(method, Method::Invite | Method::Ack | Method::Prack | Method::Update | Method::Bye | Method::Cancel);
    is_of_a_call.then_some(method)
}

/// The session description of a message. What could hide one is refused: a body of many parts, or an encoded one.
fn description<'a>(method: &Method, message: &'a Message) -> Result<Option<&'a [u8]>, MediaRefusal> {
    let headers = message.headers();
    if message.body().is_empty() || matches!(method, Method::Bye | Method::Cancel) {
        return Ok(None);
    }
    let content_type = headers.content_type().map_err(|_| not_acceptable("the Content-Type cannot be read"))?;
    match content_type {
        Some(content) if content.is_sdp() && headers.contains(HeaderName::ContentEncoding) => {
            Err(not_acceptable("the session description is encoded"))
        }
        Some(content) if content.is_sdp() => Ok(Some(message.body())),
        Some(content) if content.media_type.eq_ignore_ascii_case(b"multipart") => {
            Err(not_acceptable("a body of several parts is not relayed"))
        }
        _ => Ok(None),
    }
}
