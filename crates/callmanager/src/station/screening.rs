//! What a device may not say: identities that only the node asserts, routes that only the node sets, and the credentials that were
//! meant for the node (AUT-6, AUT-9, RTE-2).
//!
//! A call builds its other leg anew and copies nothing by default; this takes the fields out before a call can see them.

use sip::message::{HeaderName, Request};

use crate::flow::Listener;

/// Fields that are removed from every request of a device.
const REMOVED: [HeaderName; 11] = [
    HeaderName::Authorization,
    HeaderName::ProxyAuthorization,
    HeaderName::PAssertedIdentity,
    HeaderName::PPreferredIdentity,
    HeaderName::RemotePartyId,
    HeaderName::Diversion,
    HeaderName::HistoryInfo,
    HeaderName::Identity,
    HeaderName::Privacy,
    HeaderName::ServiceRoute,
    HeaderName::Route,
];

/// Fields that an edge sets for its clients, and no other device may.
const OF_AN_EDGE: [HeaderName; 2] = [HeaderName::RecordRoute, HeaderName::Path];

/// The request without what its sender may not say.
///
/// # Errors
/// The request as it came, when it cannot be written anew: then it must not pass.
pub fn screened(request: Request, listener: Listener) -> Result<Request, Box<Request>> {
    let of_an_edge = OF_AN_EDGE.iter().filter(|_| listener != Listener::MraOAuth);
    let unwanted: Vec<HeaderName> =
        REMOVED.iter().chain(of_an_edge).copied().filter(|name| request.headers().contains(*name)).collect();
    if unwanted.is_empty() {
        return Ok(request);
    }
    let edit = unwanted.into_iter().fold(request.edit(), sip::message::Edit::remove);
    let screened = edit.finish().ok().and_then(|message| Request::parse(message).ok());
    let source = request.source();
    // Removing whole fields from a message that parsed leaves one that parses.
    let mut screened = screened.ok_or_else(|| Box::new(request))?;
    if let Some(source) = source {
        screened.set_source(source);
    }
    Ok(screened)
}
