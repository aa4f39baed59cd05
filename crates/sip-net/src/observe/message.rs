//! Messages, as one input of a station moves them.
//!
//! Whether a REGISTER is a mere refresh shows only when it is answered. So it is kept, as a reference to its octets, until
//! something else happens in the same run of the station, or nothing does.

use bytes::Bytes;
use callmanager::flow::{CallKey, FlowCommand, Listener};
use callmanager::station::{Event as StationEvent, Input, Station};
use observation::{Direction, Event, Message as Told, StartLine, Timestamp, clip, mask};
use runtime::observation::{Observation, now};
use sip::message::{HeaderName, Message, Method, Request};

use super::{call, port, transport};

/// The proxies of a message that are named.
const HOPS: usize = 8;

/// Watches the messages of one input.
pub(crate) struct MessageTap<'a> {
    observation: &'a Observation,
    /// Whether there was room for the input and what is sent in answer to it, once it was asked.
    has_room: Option<bool>,
    /// A REGISTER that may be a refresh.
    held: Option<(Timestamp, Bytes)>,
    /// The device that the input concerns.
    device: Option<String>,
    /// The call whose command the input is, and the device of its leg.
    leg: Option<(CallKey, String)>,
}

impl<'a> MessageTap<'a> {
    /// Looks at an input before the station has it; `None` when no message is recorded.
    pub(crate) fn before(observation: &'a Observation, station: &Station, input: &Input) -> Option<Self> {
        let recorder = observation.recorder();
        if !recorder.records_messages() {
            return None;
        }
        let mut tap = Self { observation, has_room: None, held: None, device: None, leg: None };
        match input {
            Input::Receive(Message::Request(request)) | Input::ReceiveThrottled(Message::Request(request), _) => {
                let may_be_refresh = *request.method() == Method::Register && station.is_registered();
                if may_be_refresh && !recorder.records_refreshes() {
                    tap.held = Some((now(), request.as_bytes().clone()));
                } else if tap.has_room() {
                    tap.device = station.shown_sender(request);
                    tap.record(station, now(), Direction::Received, Message::Request(request.clone()));
                }
            }
            Input::Receive(message) | Input::ReceiveThrottled(message, _) if tap.has_room() => {
                tap.record(station, now(), Direction::Received, message.clone());
            }
            Input::Command(FlowCommand::SendRequest { from, device, .. }) => {
                tap.device = Some(device.to_string());
                tap.leg = Some((from.call, device.to_string()));
            }
            Input::Malformed(error) if tap.has_room() => {
                let rule = StartLine::Unreadable(clip(&error.violation().to_string()));
                let octets = error.octets().clone();
                tap.store(
                    station,
                    now(),
                    Direction::Received,
                    &octets,
                    Head { start_line: Some(rule), ..Head::default() },
                );
            }
            _ => {}
        }
        Some(tap)
    }

    /// The station sends a message.
    pub(crate) fn sent(&mut self, station: &Station, octets: &Bytes) {
        if self.held.is_some() && octets.starts_with(b"SIP/2.0 200 ") {
            self.held = None;
            return;
        }
        self.release(station);
        let has_room = self.has_room();
        if !has_room && self.leg.is_none() {
            return;
        }
        match Message::parse(octets.clone()) {
            Ok(message) => {
                if let Message::Request(request) = &message {
                    self.note_leg(request);
                }
                self.record(station, now(), Direction::Sent, message);
            }
            // A keep-alive's answer is no message.
            Err(_) if !has_room || octets.iter().all(u8::is_ascii_whitespace) => {}
            Err(error) => {
                let rule = StartLine::Unreadable(clip(&error.violation().to_string()));
                self.store(station, now(), Direction::Sent, octets, Head { start_line: Some(rule), ..Head::default() });
            }
        }
    }

    /// Something happened that makes the REGISTER more than a refresh.
    pub(crate) fn happened(&mut self, station: &Station, event: &StationEvent) {
        if let StationEvent::Registered(binding) = event {
            self.device.get_or_insert_with(|| binding.device.to_string());
        }
        self.release(station);
    }

    /// The input is done with.
    pub(crate) fn finish(mut self, station: &Station) {
        self.release(station);
    }

    fn release(&mut self, station: &Station) {
        let Some((at, octets)) = self.held.take() else { return };
        if !self.has_room() {
            return;
        }
        if let Ok(message) = Message::parse(octets) {
            if let Message::Request(request) = &message {
                self.device = self.device.take().or_else(|| station.shown_sender(request));
            }
            self.record(station, at, Direction::Received, message);
        }
    }

    /// The first INVITE of a leg ties its Call-ID to the call.
    fn note_leg(&self, request: &Request) {
        let Some((key, device)) = &self.leg else { return };
        let is_first = *request.method() == Method::Invite && request.headers().to().is_ok_and(|to| to.tag().is_none());
        if let (true, Ok(call_id)) = (is_first, request.headers().call_id()) {
            call::leg(self.observation, *key, device, clip(&String::from_utf8_lossy(call_id)));
        }
    }

    fn has_room(&mut self) -> bool {
        *self.has_room.get_or_insert_with(|| self.observation.recorder().has_room(now()))
    }

    fn record(&mut self, station: &Station, at: Timestamp, direction: Direction, message: Message) {
        if !self.has_room() {
            return;
        }
        let headers = message.headers();
        let cseq = headers.cseq().ok();
        let start_line = match &message {
            Message::Request(request) => StartLine::Request(clip(&request.method().to_string())),
            Message::Response(response) => StartLine::Response(
                response.status().as_u16(),
                clip(&String::from_utf8_lossy(response.reason())),
                cseq.as_ref().map(|cseq| clip(&cseq.method.to_string())).unwrap_or_default(),
            ),
        };
        let head = Head {
            start_line: Some(start_line),
            call_id: headers.call_id().map(|id| clip(&String::from_utf8_lossy(id))).unwrap_or_default(),
            cseq: cseq.map(|cseq| cseq.sequence),
            hops: hops(&message, direction),
        };
        self.store(station, at, direction, message.as_bytes(), head);
    }

    fn store(&self, station: &Station, at: Timestamp, direction: Direction, octets: &Bytes, head: Head) {
        let flow = station.flow();
        let only = || {
            // What an edge says for itself is none of its phones'.
            let is_phones = flow.listener != Listener::MraOAuth;
            let mut bindings = station.bindings().filter(|_| is_phones);
            bindings.next().filter(|_| bindings.next().is_none()).map(|binding| binding.device.to_string())
        };
        let told = Told {
            direction,
            port: port(flow.listener),
            transport: transport(flow.transport),
            flow: flow.id.0,
            local: flow.local,
            remote: flow.remote,
            device: self.device.clone().or_else(only).map(|device| clip(&device)),
            call: self.leg.as_ref().map(|(key, _)| call::name(*key)),
            call_id: head.call_id,
            cseq: head.cseq,
            start_line: head.start_line.unwrap_or_else(|| StartLine::Unreadable("".into())),
            hops: head.hops,
            text: mask(octets),
        };
        self.observation.record_at(at, Event::Message(told));
    }
}

/// What the header of a message says.
#[derive(Default)]
struct Head {
    start_line: Option<StartLine>,
    call_id: Box<str>,
    cseq: Option<u32>,
    hops: Box<[Box<str>]>,
}

/// The hosts between the peer and the device: of a request that came, its Vias but the last, which is the device's; of one that goes,
/// its routes; of a response that came, none of them is left, and of one that goes, the Vias of its request.
fn hops(message: &Message, direction: Direction) -> Box<[Box<str>]> {
    let headers = message.headers();
    match (message, direction) {
        (Message::Request(_), Direction::Received) | (Message::Response(_), Direction::Sent) => {
            let mut hosts: Vec<Box<str>> =
                headers.vias().flatten().take(HOPS).map(|via| clip(&via.host().to_string())).collect();
            hosts.pop();
            hosts.into()
        }
        (Message::Request(_), Direction::Sent) if headers.contains(HeaderName::Route) => {
            let routes = headers.routes().flatten().take(HOPS);
            routes.filter_map(|route| Some(clip(&route.uri()?.as_sip()?.host().to_string()))).collect()
        }
        _ => Box::default(),
    }
}
