//! Before the first request of a phone goes on, C hears of its connection (see [`crate::statement`]).

use std::net::SocketAddr;

use sip::message::{HeaderName, Method, Request, Response, StatusCode, UriBuf};

use super::phone::{Freshness, PhoneFlow};
use super::{ExpresswayE, limits};
use crate::event::Event;
use crate::flow::FlowId;
use crate::media::MediaPlane;
use crate::now::Now;
use crate::reason::Reason;
use crate::statement::{CONTENT_TYPE, CertificateSummary, Statement, skew_of_warning};

/// What is to become of a request of a phone.
pub(super) enum Gate {
    Open,
    Wait,
    Refuse(Reason),
}

impl ExpresswayE {
    /// Whether the requests of this phone may go on over the link of now.
    pub(super) fn gate(&self, now: Now, phone: &PhoneFlow, octets: usize) -> Gate {
        let Some(traversal) = &self.traversal else {
            return Gate::Refuse(Reason::NoTraversal);
        };
        match &phone.freshness {
            Freshness::Fresh { link } if *link == traversal.flow.id => Gate::Open,
            Freshness::Refused { reason, until } if now.monotonic < *until => Gate::Refuse(reason.clone()),
            _ if phone.waiting.len() >= limits::WAITING => Gate::Refuse(Reason::StatementPending),
            _ if self.waiting_octets + octets > limits::WAITING_OCTETS => Gate::Refuse(Reason::Overload),
            _ => Gate::Wait,
        }
    }

    /// Keeps a request until C has answered, and asks C if that has not been done.
    pub(super) fn wait(&mut self, now: Now, id: FlowId, request: Request) {
        let Some(phone) = self.phones.get_mut(&id) else {
            return;
        };
        self.waiting_octets += request.as_bytes().len();
        phone.waiting.push_back(request);
        if matches!(phone.freshness, Freshness::Asked { .. }) {
            return;
        }
        self.statements = next_sequence(self.statements);
        let sequence = self.statements;
        phone.freshness = Freshness::Asked { sequence, until: now.monotonic + limits::STATEMENT };
        let (flow, client) = (phone.token.to_string(), phone.flow.remote);
        self.deadlines.set(id, Some(phone.deadline()));
        self.asked.insert(sequence, id);
        self.state(now, sequence, flow, client, false);
    }

    /// Tells C that a phone's connection has ended, if C knew of it.
    pub(super) fn state_closed(&mut self, now: Now, phone: &PhoneFlow) {
        if let Freshness::Asked { sequence, .. } = phone.freshness {
            self.asked.remove(&sequence);
        }
        let link = self.traversal.as_ref().map(|traversal| traversal.flow.id);
        let is_known = match phone.freshness {
            Freshness::Fresh { link: over } => Some(over) == link,
            Freshness::Asked { .. } => link.is_some(),
            Freshness::Unknown | Freshness::Refused { .. } => false,
        };
        if is_known {
            self.statements = next_sequence(self.statements);
            self.state(now, self.statements, phone.token.to_string(), phone.flow.remote, true);
        }
    }

    /// Sends a SERVICE request. Its answer is known by its CSeq.
    fn state(&mut self, now: Now, sequence: u32, flow: String, client: SocketAddr, closed: bool) {
        let Some(traversal) = &self.traversal else {
            return;
        };
        let link = traversal.flow.id;
        let statement = Statement {
            instance: self.instance.clone(),
            flow,
            client: client.to_string(),
            certificate: CertificateSummary {
                subject: self.settings.certificate_subject.clone(),
                extended_key_usage: self.settings.certificate_key_usage.clone(),
            },
            timestamp: now.unix,
            closed,
        };
        let host = self.proxy.host();
        let request = serde_json::to_vec(&statement).ok().and_then(|body| {
            let target = UriBuf::sip("", traversal.flow.remote)?;
            let via = format!("SIP/2.0/TLS {};branch=z9hG4bK{}-{sequence}", self.proxy.sent_by(), self.instance);
            Request::build(Method::Service, &target)
                .header(HeaderName::Via, via)
                .header(HeaderName::MaxForwards, "1")
                .header(HeaderName::From, format!("<sip:{host}>;tag={sequence}"))
                .header(HeaderName::To, format!("<{target}>"))
                .header(HeaderName::CallId, format!("{}@{host}", self.instance))
                .header(HeaderName::CSeq, format!("{sequence} SERVICE"))
                .body(CONTENT_TYPE, body)
                .finish()
                .ok()
        });
        if let Some(request) = request {
            self.transmit(link, request);
        }
    }

    /// C has answered a SERVICE request.
    pub(super) fn statement_answered(
        &mut self,
        now: Now,
        media: &mut impl MediaPlane,
        link: FlowId,
        response: &Response,
    ) {
        let Ok(cseq) = response.headers().cseq() else {
            return;
        };
        if response.status().is_provisional() {
            return;
        }
        // The answer about a connection that has ended finds nobody.
        let Some(id) = self.asked.remove(&cseq.sequence) else {
            return;
        };
        if response.status().is_success() {
            return self.accepted(now, media, link, id);
        }
        let reason = refusal(response);
        if let Reason::ClockSkew(seconds) = reason {
            self.outputs.push_back(crate::output::Output::Event(Event::ClockSkew { seconds }));
        }
        self.refuse_waiting(
            id,
            &reason,
            Freshness::Refused { reason: reason.clone(), until: now.monotonic + limits::REFUSAL },
        );
    }

    fn accepted(&mut self, now: Now, media: &mut impl MediaPlane, link: FlowId, id: FlowId) {
        let Some(phone) = self.phones.get_mut(&id) else {
            return;
        };
        phone.freshness = Freshness::Fresh { link };
        let waiting = std::mem::take(&mut phone.waiting);
        self.deadlines.set(id, Some(phone.deadline()));
        for request in waiting {
            self.waiting_octets = self.waiting_octets.saturating_sub(request.as_bytes().len());
            self.phone_sent(now, media, id, &request);
        }
    }

    pub(super) fn statement_timed_out(&mut self, _now: Now, id: FlowId) {
        let Some(phone) = self.phones.get(&id) else {
            return;
        };
        match phone.freshness {
            Freshness::Asked { sequence, .. } => {
                self.asked.remove(&sequence);
                self.refuse_waiting(id, &Reason::StatementUnanswered, Freshness::Unknown);
            }
            _ => self.deadlines.set(id, Some(phone.deadline())),
        }
    }

    /// The link is gone: what waited for an answer over it is refused.
    pub(super) fn give_up_statements(&mut self) {
        let mut asked: Vec<(u32, FlowId)> = std::mem::take(&mut self.asked).into_iter().collect();
        asked.sort_unstable();
        for (_, id) in asked {
            self.refuse_waiting(id, &Reason::NoTraversal, Freshness::Unknown);
        }
    }

    fn refuse_waiting(&mut self, id: FlowId, reason: &Reason, freshness: Freshness) {
        let Some(phone) = self.phones.get_mut(&id) else {
            return;
        };
        phone.freshness = freshness;
        let waiting = std::mem::take(&mut phone.waiting);
        self.deadlines.set(id, Some(phone.deadline()));
        for request in waiting {
            self.waiting_octets = self.waiting_octets.saturating_sub(request.as_bytes().len());
            self.refuse(id, &request, reason.clone());
        }
    }
}

/// Why C refused: its Warning says by how much the clocks differ. C knows who is ahead; here only the amount is known.
fn refusal(response: &Response) -> Reason {
    let skew = response.headers().warnings().filter_map(Result::ok).find_map(|warning| skew_of_warning(&warning.text));
    match (skew, response.status()) {
        (Some(seconds), StatusCode::FORBIDDEN) => Reason::ClockSkew(seconds),
        (_, status) => Reason::StatementRefused(status.as_u16()),
    }
}

/// The next CSeq number, which is less than 2^31 (RFC 3261 §8.1.1.5).
const fn next_sequence(sequence: u32) -> u32 {
    if sequence >= (1 << 31) - 1 { 1 } else { sequence + 1 }
}
