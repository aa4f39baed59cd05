//! The zones of the view, each with its connection.

use sip::message::{HeaderName, Method, Request, Response, UriBuf};

use super::ExpresswayC;
use crate::event::Event;
use crate::flow::{CloseReason, FlowId};
use crate::forwarding::is_written_host;
use crate::now::Now;
use crate::output::{Output, Target};
use crate::view::EdgeView;
use crate::zone::{Action, ConnectFailure, ZoneMachine, ZoneName, ZoneStatus};

impl ExpresswayC {
    /// Makes the zones those of the view: new ones connect, others end, and one whose node listens elsewhere begins anew.
    pub(super) fn reconcile_zones(&mut self, view: &impl EdgeView) {
        let gone: Vec<ZoneName> = self
            .zones
            .values()
            .filter(|machine| !view.zones().iter().any(|zone| is_reached_alike(zone, machine.zone())))
            .map(|machine| machine.zone().name.clone())
            .collect();
        for name in gone {
            if let Some(flow) = self.zones.remove(&name).and_then(|machine| machine.flow()) {
                self.close_node(flow, CloseReason::ZoneRemoved);
            }
        }
        for zone in view.zones() {
            match self.zones.get_mut(&zone.name) {
                Some(machine) => {
                    machine.set_zone(zone.clone());
                    if let Some(action) = machine.hurry() {
                        self.act(&zone.name, action);
                    }
                }
                None => {
                    let (machine, action) = ZoneMachine::new(zone.clone());
                    self.zones.insert(zone.name.clone(), machine);
                    self.act(&zone.name, action);
                    self.event(Event::Zone { name: zone.name.clone(), status: ZoneStatus::Connecting });
                }
            }
        }
    }

    pub(super) fn zone_opened(&mut self, now: Now, name: &ZoneName, flow: FlowId) {
        let Some(machine) = self.zones.get_mut(name) else {
            return self.close_node(flow, CloseReason::ZoneRemoved);
        };
        let action = machine.opened(now.monotonic, flow);
        self.act(name, action);
    }

    pub(super) fn zone_failed(&mut self, now: Now, name: &ZoneName, failure: ConnectFailure) {
        if let Some(machine) = self.zones.get_mut(name) {
            let before = machine.status().clone();
            machine.failed(now.monotonic, failure, &mut self.jitter);
            self.report(name, &before);
        }
    }

    pub(super) fn zone_closed(&mut self, now: Now, name: &ZoneName, flow: FlowId) {
        if let Some(machine) = self.zones.get_mut(name).filter(|machine| machine.flow() == Some(flow)) {
            let before = machine.status().clone();
            machine.closed(now.monotonic, &mut self.jitter);
            self.report(name, &before);
        }
    }

    /// Any response to our OPTIONS.
    pub(super) fn options_answered(&mut self, now: Now, name: &ZoneName, response: &Response) {
        if let (Some(machine), Ok(cseq)) = (self.zones.get_mut(name), response.headers().cseq()) {
            let before = machine.status().clone();
            machine.answered(now.monotonic, cseq.sequence);
            self.report(name, &before);
        }
    }

    /// Whether a response is to our own OPTIONS: it has our Via alone.
    pub(super) fn is_own_options(&self, response: &Response) -> bool {
        let headers = response.headers();
        headers.cseq().is_ok_and(|cseq| cseq.method == Method::Options)
            && headers.vias().count() == 1
            && headers.via().is_ok_and(|via| via.edge_flow().is_none() && is_written_host(self.proxy.host(), &via))
    }

    pub(super) fn zones_due(&mut self, now: Now) {
        let due: Vec<ZoneName> = self
            .zones
            .values()
            .filter(|machine| machine.deadline().is_some_and(|deadline| deadline <= now.monotonic))
            .map(|machine| machine.zone().name.clone())
            .collect();
        for name in due {
            let Some(machine) = self.zones.get_mut(&name) else {
                continue;
            };
            let before = machine.status().clone();
            if let Some(action) = machine.timeout(now.monotonic, &mut self.jitter) {
                self.act(&name, action);
            }
            self.report(&name, &before);
        }
    }

    fn act(&mut self, name: &ZoneName, action: Action) {
        match action {
            Action::Connect => self.outputs.push_back(Output::Connect(Target::Zone(name.clone()))),
            Action::Options(flow, sequence) => {
                if let Some(request) = self.zones.get(name).and_then(|machine| self.options(machine, sequence)) {
                    self.transmit(flow, request);
                }
            }
            Action::Close(flow, reason) => self.close_node(flow, reason),
        }
    }

    /// OPTIONS (RFC 3261 §11) to the node itself.
    fn options(&self, machine: &ZoneMachine, sequence: u32) -> Option<bytes::Bytes> {
        let (zone, host) = (machine.zone(), self.proxy.host());
        let target = UriBuf::sip("", format_args!("{}:{};transport=tls", bracketed(&zone.node), zone.port))?;
        let branch = self.proxy.own_branch(zone.name.as_str(), sequence);
        Request::build(Method::Options, &target)
            .header(HeaderName::Via, format!("SIP/2.0/TLS {};branch={branch};rport", self.proxy.sent_by()))
            .header(HeaderName::MaxForwards, "70")
            .header(HeaderName::From, format!("<sip:{host}>;tag={sequence}"))
            .header(HeaderName::To, format!("<{target}>"))
            .header(HeaderName::CallId, format!("zone-{}@{host}", zone.id))
            .header(HeaderName::CSeq, format!("{sequence} OPTIONS"))
            .header(HeaderName::UserAgent, "ringbearer")
            .finish()
            .ok()
    }

    /// Says so when a zone's status is another than before.
    fn report(&mut self, name: &ZoneName, before: &ZoneStatus) {
        if let Some(status) = self.zones.get(name).map(ZoneMachine::status).filter(|status| *status != before) {
            let event = Event::Zone { name: name.clone(), status: status.clone() };
            self.event(event);
        }
    }

    fn close_node(&mut self, flow: FlowId, reason: CloseReason) {
        self.node_tokens.remove(&flow);
        if let Some((_, remote)) = self.nodes.remove(&flow) {
            self.event(Event::Closing { flow, remote, reason });
        }
        self.outputs.push_back(Output::Close(flow, reason));
    }
}

/// Whether the same connection serves both.
fn is_reached_alike(one: &crate::zone::Zone, other: &crate::zone::Zone) -> bool {
    (&one.name, &one.node, one.port) == (&other.name, &other.node, other.port)
}

/// A host as a URI has it: an IPv6 address in brackets.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}
