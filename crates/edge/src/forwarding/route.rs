//! Route preprocessing (RFC 3261 §16.4): whose Route a value is, and what remains when our own are gone.

use sip::message::header::NameAddr;
use sip::message::{HeaderName, Request};

use super::Proxy;
use crate::reason::Reason;

/// The Route of a request, our own values at its head taken away.
#[derive(Debug)]
pub(crate) struct Routes<'a> {
    /// The user part of each of our own values: a flow token, or nothing.
    pub(crate) own: Vec<Option<&'a [u8]>>,
    /// The `zone-id` of a preloaded Route of ours.
    pub(crate) zone_id: Option<u32>,
    /// What follows them.
    pub(crate) rest: Vec<NameAddr<'a>>,
    /// The same as text, for the message that goes out.
    pub(crate) rest_text: Vec<&'a [u8]>,
}

impl Proxy {
    /// Splits the Route of a request that has passed the checks.
    pub(crate) fn routes<'a>(&self, request: &'a Request) -> Result<Routes<'a>, Reason> {
        let mut routes = Routes { own: Vec::new(), zone_id: None, rest: Vec::new(), rest_text: Vec::new() };
        let texts = request.headers().values(HeaderName::Route);
        for (route, text) in request.headers().routes().zip(texts) {
            let route = route.map_err(Reason::Malformed)?;
            let uri = route.uri().and_then(|uri| uri.as_sip());
            match uri.filter(|uri| routes.rest.is_empty() && self.is_own(uri)) {
                Some(own) => {
                    routes.own.push(own.user());
                    let zone_id = own.parameter("zone-id").and_then(|id| std::str::from_utf8(id).ok()?.parse().ok());
                    routes.zone_id = routes.zone_id.or(zone_id);
                }
                None => {
                    routes.rest.push(route);
                    routes.rest_text.push(text);
                }
            }
        }
        Ok(routes)
    }
}
