//! The branch of a stateless proxy (RFC 3261 §16.11).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sip::message::{HeaderName, Request};

use super::Proxy;
use crate::flow::FlowId;

impl Proxy {
    /// The branch for a request that came on a flow: the same for each of its retransmissions, and for the CANCEL and
    /// the ACK of a refusal that belong to an INVITE, since those have the branch of its Via (RFC 3261 §9.1, §17.1.1.3).
    pub(super) fn branch(&self, flow: FlowId, request: &Request) -> String {
        format!("z9hG4bK{}", self.identity(b"branch", flow, request))
    }

    /// The branch of a request of our own.
    pub(crate) fn own_branch(&self, name: &str, sequence: u32) -> String {
        let tag: [u8; 15] = self.branches.short_tag(&[b"own", name.as_bytes(), &sequence.to_be_bytes()]);
        format!("z9hG4bK{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// The To tag of our own refusals (RFC 3261 §8.2.7): the same for each retransmission of the request, and known
    /// again in the ACK.
    pub(super) fn to_tag(&self, flow: FlowId, request: &Request) -> String {
        self.identity(b"tag", flow, request)
    }

    /// Whether this is the ACK of our own refusal: it has nowhere to go.
    pub(crate) fn is_own_ack(&self, flow: FlowId, request: &Request) -> bool {
        *request.method() == sip::message::Method::Ack
            && request.headers().to().ok().and_then(|to| to.tag()) == Some(self.to_tag(flow, request).as_bytes())
    }

    fn identity(&self, label: &[u8], flow: FlowId, request: &Request) -> String {
        let flow = flow.0.to_be_bytes();
        let headers = request.headers();
        let via = headers.via().ok();
        let tag: [u8; 15] = match via.as_ref().and_then(|via| via.transaction_branch().map(|branch| (via, branch))) {
            Some((via, branch)) => {
                let sent_by = format!("{}:{}", via.host(), via.port().unwrap_or_default());
                self.branches.short_tag(&[label, &flow, branch, sent_by.as_bytes()])
            }
            // A client of RFC 2543. §16.11: what is the same in all requests of its transaction.
            None => {
                let from = headers.from().ok().and_then(|from| from.tag()).unwrap_or_default();
                let call_id = headers.first(HeaderName::CallId).unwrap_or_default();
                let sequence = headers.cseq().map_or(0, |cseq| cseq.sequence).to_be_bytes();
                let via = via.as_ref().map_or(&[][..], |via| via.as_bytes());
                self.branches.short_tag(&[label, &flow, request.uri_bytes(), from, call_id, &sequence, via])
            }
        };
        URL_SAFE_NO_PAD.encode(tag)
    }
}
