//! What the halves want done.

use edge::{FlowId, Input, Output};
use sip::message::{HeaderName, Message, Method};
use sip::transport::Frame;

use crate::answer::{answer, frames, route};
use crate::play::Play;

impl Play {
    /// Until nothing moves.
    pub fn carry(&mut self) {
        loop {
            if let Some(input) = self.to_e.pop_front() {
                self.e.handle(self.now(self.skew), &mut self.media_e, input);
            } else if let Some(input) = self.to_c.pop_front() {
                self.c.handle(self.now(0), &self.view, &mut self.media_c, input);
            } else {
                return;
            }
            while let Some(output) = self.e.poll() {
                self.output_of_e(output);
            }
            while let Some(output) = self.c.poll() {
                self.output_of_c(output);
            }
        }
    }

    fn output_of_e(&mut self, output: Output) {
        match output {
            Output::Transmit(to, octets) => {
                let whole = whole(&octets);
                match self.link {
                    Some((edge, core)) if edge == to => {
                        self.to_c.extend(whole.into_iter().map(|frame| input(core, frame)));
                    }
                    _ => whole.into_iter().for_each(|frame| self.phone_gets(to, frame)),
                }
            }
            Output::Close(flow, _) => self.closed_by_e(flow),
            Output::Connect(target) => panic!("E connects to {target:?}"),
            Output::SetTimer(at) => self.timers[0] = Some(at),
            Output::Event(_) => {}
        }
    }

    fn output_of_c(&mut self, output: Output) {
        match output {
            Output::Transmit(to, octets) => {
                let whole = whole(&octets);
                match self.link {
                    Some((edge, core)) if core == to => {
                        self.to_e.extend(whole.into_iter().map(|frame| input(edge, frame)));
                    }
                    _ => whole.into_iter().for_each(|frame| self.node_gets(to, frame)),
                }
            }
            Output::Close(flow, _) if self.node == Some(flow) => {
                self.node = None;
                self.to_c.push_back(Input::Closed(flow));
            }
            Output::Close(flow, _) => self.link_closed(flow),
            Output::SetTimer(at) => self.timers[1] = Some(at),
            Output::Connect(_) | Output::Event(_) => {}
        }
    }

    fn closed_by_e(&mut self, flow: FlowId) {
        match self.phones.iter_mut().find(|phone| **phone == Some(flow)) {
            Some(phone) => {
                *phone = None;
                self.to_e.push_back(Input::Closed(flow));
            }
            None => self.link_closed(flow),
        }
    }

    fn link_closed(&mut self, flow: FlowId) {
        if let Some((edge, core)) = self.link.take_if(|(edge, core)| *edge == flow || *core == flow) {
            self.to_e.push_back(Input::Closed(edge));
            self.to_c.push_back(Input::Closed(core));
        }
    }

    fn phone_gets(&mut self, phone: FlowId, frame: Frame) {
        assert!(self.phones.contains(&Some(phone)), "nothing is written to a flow that has ended");
        if let Frame::Message(message) = frame {
            let headers = message.headers();
            assert!(!headers.contains(HeaderName::ProxyAuthorization) && !headers.contains(HeaderName::Authorization));
            if let Message::Request(request) = message {
                self.at_phone = Some((phone, request));
            }
        }
    }

    fn node_gets(&mut self, node: FlowId, frame: Frame) {
        assert_eq!(self.node, Some(node), "nothing is written to a flow that has ended");
        let Frame::Message(Message::Request(request)) = frame else { return };
        assert_eq!(request.headers().routes().count(), 0);
        let is_of_zone = request.headers().first(HeaderName::CallId).is_some_and(|id| id.starts_with(b"zone-"));
        if is_of_zone && *request.method() == Method::Options {
            if self.answers_options {
                let said = answer(&request, b"200 OK\r\nContent-Length: 0\r\n\r\n");
                self.to_c.extend(frames(&said).into_iter().map(|frame| input(node, frame)));
            }
            return;
        }
        if *request.method() == Method::Register {
            self.route = route(&request);
        }
        self.at_node = Some(request);
    }
}

/// What a half writes at once: whole messages that its reader takes.
fn whole(octets: &[u8]) -> Vec<Frame> {
    let frames = frames(octets);
    for frame in &frames {
        if let Frame::Malformed(error) = frame {
            panic!("what is written cannot be read: {error}\n{}", String::from_utf8_lossy(octets));
        }
    }
    assert!(!frames.is_empty(), "half a message: {}", String::from_utf8_lossy(octets));
    frames
}

/// What a frame is to the machine of its flow.
pub fn input(flow: FlowId, frame: Frame) -> Input {
    match frame {
        Frame::KeepAlivePing => Input::Ping(flow),
        Frame::KeepAlivePong => Input::Pong(flow),
        Frame::Message(message) => Input::Received(flow, message),
        Frame::Malformed(error) => Input::Malformed(flow, error),
    }
}
