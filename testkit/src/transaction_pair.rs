//! Two transaction layers and the link between them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sip::message::{Message, Method, Request, Response, StatusCode};
use sip::transaction::{
    ClientKey, Event, Input, Output, ServerKey, TableLimits, TimerValues, TransactionLayer, Transport,
};

use crate::lossy_link::{End, LossyLink, Quality};

/// What the transaction users of both ends saw.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Requests, by method: how many came to the right end.
    pub requests: BTreeMap<String, u32>,
    /// Final responses and failures at the left end, by transaction.
    pub outcomes: BTreeMap<u64, Vec<String>>,
    /// ACKs to a 2xx at the right end.
    pub acknowledged: u32,
    /// INVITEs of the right end that nobody acknowledged.
    pub unacknowledged: u32,
}

/// A client at the left, a server at the right that answers each request at once.
pub struct TransactionPair {
    /// The time.
    pub now: Instant,
    /// What happened.
    pub seen: Seen,
    ends: BTreeMap<End, (TransactionLayer, Option<Instant>)>,
    link: LossyLink<Bytes>,
    /// What the server answers.
    pub answer: StatusCode,
    requests: BTreeMap<u64, Request>,
}

impl TransactionPair {
    /// Two layers over UDP of this quality.
    pub fn new(quality: Quality, seed: u64) -> Self {
        let layer = || {
            let limits = TableLimits { server: 10_000, client: 10_000 };
            (TransactionLayer::new(Transport::Unreliable, TimerValues::default(), limits), None)
        };
        Self {
            now: Instant::now(),
            seen: Seen::default(),
            ends: BTreeMap::from([(End::Left, layer()), (End::Right, layer())]),
            link: LossyLink::new(quality, seed),
            answer: StatusCode::OK,
            requests: BTreeMap::new(),
        }
    }

    /// The client sends a request of this method.
    pub fn ask(&mut self, key: u64, method: &str) {
        let request = format!(
            "{method} sip:b@right SIP/2.0\r\nVia: SIP/2.0/UDP left;branch=z9hG4bK-{key}\r\nMax-Forwards: 70\r\n\
             From: <sip:a@left>;tag=a{key}\r\nTo: <sip:b@right>\r\nCall-ID: call-{key}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:a@left>\r\nContent-Length: 0\r\n\r\n"
        );
        let request = Request::parse(Bytes::from(request)).unwrap();
        self.requests.insert(key, request.clone());
        self.handle(End::Left, Input::Send { key: ClientKey(key), request });
    }

    /// How many transactions are open at both ends.
    pub fn open(&self) -> usize {
        self.ends.values().map(|(layer, _)| layer.servers() + layer.clients()).sum()
    }

    /// How many messages the link lost.
    pub fn lost(&self) -> u64 {
        self.link.lost
    }

    /// Time passes.
    pub fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let timers = self.ends.values().filter_map(|(_, at)| *at);
            let Some(at) = timers.chain(self.link.next_arrival()).min().filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            while let Some((to, message)) = self.link.receive(self.now) {
                let message = Message::parse(message).unwrap();
                self.handle(to, Input::Receive(message));
            }
            for side in [End::Left, End::Right] {
                let (_, timer) = self.ends.get_mut(&side).unwrap();
                if timer.take_if(|at| *at <= self.now).is_some() {
                    self.handle(side, Input::Timeout);
                }
            }
        }
        self.now = end;
    }

    fn handle(&mut self, side: End, input: Input) {
        let now = self.now;
        self.ends.get_mut(&side).unwrap().0.handle(now, input);
        while let Some(output) = self.ends.get_mut(&side).unwrap().0.poll() {
            match output {
                Output::Transmit(message) => self.link.send(now, side, message),
                Output::SetTimer(at) => self.ends.get_mut(&side).unwrap().1 = Some(at),
                Output::Event(event) => self.event(side, event),
            }
        }
    }

    fn event(&mut self, side: End, event: Event) {
        match event {
            Event::Request { transaction, request } => self.asked(side, transaction, &request),
            Event::Response { transaction, response } => self.answered(transaction, &response),
            Event::Timeout { transaction } => {
                self.seen.outcomes.entry(transaction.0).or_default().push("timeout".into());
            }
            Event::Ack { invite: Some(_), .. } => self.seen.acknowledged += 1,
            Event::Unacknowledged { .. } => self.seen.unacknowledged += 1,
            _ => {}
        }
    }

    fn asked(&mut self, side: End, transaction: ServerKey, request: &Request) {
        *self.seen.requests.entry(request.method().to_string()).or_default() += 1;
        let status = self.answer;
        let contact = sip::message::HeaderName::Contact;
        let response = Response::reply_to(request, status).to_tag("b").header(contact, "<sip:b@right>");
        self.handle(side, Input::Respond { transaction, status, response: response.finish().unwrap() });
    }

    fn answered(&mut self, transaction: ClientKey, response: &Response) {
        if response.status().is_provisional() {
            return;
        }
        self.seen.outcomes.entry(transaction.0).or_default().push(response.status().to_string());
        let request = &self.requests[&transaction.0];
        if *request.method() == Method::Invite && response.status().is_success() {
            // The ACK to a 2xx is the user's, each time anew.
            let dialog = sip::dialog::Dialog::from_uac_response(request, response).unwrap();
            let via = format!("SIP/2.0/UDP left;branch=z9hG4bK-ack-{}", transaction.0);
            let ack = dialog.ack(1).header(sip::message::HeaderName::Via, via).finish().unwrap();
            self.link.send(self.now, End::Left, ack);
        }
    }
}
