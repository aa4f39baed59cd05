//! What E knows of a phone's flow.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use sip::message::{Request, Response};

use super::limits;
use crate::flow::{Flow, FlowId, FlowToken};
use crate::meter::Meter;
use crate::reason::Reason;

/// A phone's flow.
#[derive(Debug)]
pub(super) struct PhoneFlow {
    pub(super) flow: Flow,
    pub(super) token: FlowToken,
    pub(super) freshness: Freshness,
    pub(super) messages: Meter,
    pub(super) pings: Meter,
    pub(super) is_registered: bool,
    /// Until when it must have registered, or registered again.
    pub(super) register_by: Instant,
    /// The requests that wait for Expressway-C's answer.
    pub(super) waiting: VecDeque<Request>,
}

/// Whether Expressway-C has accepted the statement about a flow.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Not asked over the link of now.
    Unknown,
    /// Asked; the CSeq number of the SERVICE request, and when to give up.
    Asked { sequence: u32, until: Instant },
    /// Accepted, over the traversal link of this number.
    Fresh { link: FlowId },
    /// Refused, and when to ask again.
    Refused { reason: Reason, until: Instant },
}

impl PhoneFlow {
    pub(super) fn new(flow: Flow, token: FlowToken, now: Instant) -> Self {
        Self {
            flow,
            token,
            freshness: Freshness::Unknown,
            messages: Meter::new(limits::MESSAGES_AT_ONCE, limits::MESSAGES_PER_SECOND, now),
            pings: Meter::new(limits::PINGS, limits::PINGS, now),
            is_registered: false,
            register_by: now + limits::TIME_TO_REGISTER,
            waiting: VecDeque::new(),
        }
    }

    /// When something is due on this flow.
    pub(super) fn deadline(&self) -> Instant {
        match self.freshness {
            Freshness::Asked { until, .. } => until.min(self.register_by),
            _ => self.register_by,
        }
    }

    /// Octets of the requests that wait.
    pub(super) fn waiting_octets(&self) -> usize {
        self.waiting.iter().map(|request| request.as_bytes().len()).sum()
    }

    /// A 2xx to a REGISTER has passed: the flow is registered for as long as it says.
    pub(super) fn registered(&mut self, response: &Response, now: Instant) {
        let granted = granted_seconds(response);
        self.is_registered = granted > 0;
        self.register_by = match granted {
            0 => now + limits::TIME_TO_REGISTER,
            seconds => now + Duration::from_secs(seconds.into()) + limits::OVERDUE,
        };
    }
}

/// How long a 2xx to a REGISTER grants (RFC 3261 §10.2.4). Without a Contact it grants nothing.
///
/// Deviation: RFC 3261 §10.2.4: Expires goes before the parameter of a Contact. Unified CM echoes the Contact as the phone
/// wrote it, and says in Expires what it granted.
pub(crate) fn granted_seconds(response: &Response) -> u32 {
    let headers = response.headers();
    let contacts = headers.contacts().filter_map(Result::ok).filter_map(|contact| contact.address());
    let of_contacts = contacts.map(|contact| contact.expires_seconds()).max();
    let granted = match (of_contacts, headers.expires().ok().flatten()) {
        (None, _) => 0,
        (Some(_), Some(expires)) => expires,
        (Some(of_contact), None) => of_contact.unwrap_or_default(),
    };
    // Longer than a day is nobody's registration.
    granted.min(86_400)
}
