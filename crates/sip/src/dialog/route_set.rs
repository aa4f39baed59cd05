//! The route set of a dialog (RFC 3261 §12.1, §12.2.1.1).

use bytes::Bytes;

use crate::message::header::NameAddr;
use crate::message::{HeaderName, Request, Response, UriBuf, Violation};

/// The proxies that stay on the way of a dialog, the next hop first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteSet(Vec<Bytes>);

impl RouteSet {
    /// §12.1.1: the answerer takes Record-Route in its order.
    pub(super) fn from_request(request: &Request) -> Result<Self, Violation> {
        Ok(Self(collect(request.headers().record_routes())?))
    }

    /// §12.1.2: the caller takes Record-Route in reverse order.
    pub(super) fn from_response(response: &Response) -> Result<Self, Violation> {
        let mut routes = collect(response.headers().record_routes())?;
        routes.reverse();
        Ok(Self(routes))
    }

    /// The path vector of a registration (RFC 3327 §5.3): Path in its order, the preloaded route of every request that begins a
    /// dialog with the contact.
    ///
    /// # Errors
    /// When a value cannot be read, or is not that of a loose router: RFC 3327 §4 wants `lr` in each.
    pub fn from_path(request: &Request) -> Result<Self, Violation> {
        let routes = collect(request.headers().paths())?;
        match routes.iter().any(|route| strict_router(route).is_some()) {
            true => Err(Violation::Syntax(HeaderName::Path)),
            false => Ok(Self(routes)),
        }
    }

    /// The Route values.
    pub fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.0.iter()
    }

    /// Whether requests go straight to the remote target.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The Request-URI and the Route values of a request to `target` (§12.2.1.1).
    pub(super) fn apply(&self, target: &UriBuf) -> (UriBuf, Vec<Bytes>) {
        let Some((first, rest)) = self.0.split_first() else { return (target.clone(), Vec::new()) };
        match strict_router(first) {
            None => (target.clone(), self.0.clone()),
            Some(router) => {
                let last = Bytes::from(format!("<{target}>"));
                (router, rest.iter().cloned().chain([last]).collect())
            }
        }
    }
}

/// The URI of a route without the `lr` parameter: that of a router of RFC 2543.
fn strict_router(route: &Bytes) -> Option<UriBuf> {
    let uri = NameAddr::parse(route)?.uri()?;
    let is_loose = uri.as_sip().is_none_or(|uri| uri.parameters().contains("lr"));
    (!is_loose).then(|| UriBuf::from(uri))
}

fn collect<'a>(routes: impl Iterator<Item = Result<NameAddr<'a>, Violation>>) -> Result<Vec<Bytes>, Violation> {
    routes
        .map(|route| {
            let route = route?;
            let mut value = Vec::with_capacity(route.uri_bytes().len() + route.parameters().as_bytes().len() + 2);
            value.push(b'<');
            value.extend_from_slice(route.uri_bytes());
            value.push(b'>');
            value.extend_from_slice(route.parameters().as_bytes());
            Ok(value.into())
        })
        .collect()
}
